//! What a value of a bucket travels in: a line of JSON that says what it is, when it was fetched and by which relay, then
//! the API's own bytes, compressed. Signed where a relay has a key; its place in the bucket is signed too, so that one
//! incident's words cannot be put under another.

use super::{Signer, Verifier};
use crate::domain::{Instant, sha256};
use flate2::Compression;
use flate2::read::{ZlibDecoder, ZlibEncoder};
use serde::{Deserialize, Serialize};
use std::io::Read;

/// The most bytes that a body may become: no incident has a hundredth of it.
const LARGEST: u64 = 32 << 20;
/// The most bytes of a head.
const LONGEST_HEAD: usize = 4096;

/// A value with what must be known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// The version of what is inside.
    pub schema: u32,
    /// When the body was fetched from the API.
    pub at: Instant,
    /// The number of the lease under which it was written: the greatest is right.
    pub fence: u64,
    /// The number of the relay's run.
    pub began: u64,
    /// SHA-256 of the body in hex.
    pub hash: String,
    /// The API's own bytes; nothing where the thing is gone.
    pub body: Option<Vec<u8>>,
}

#[derive(Deserialize, Serialize)]
struct Head {
    schema: u32,
    at: Instant,
    fence: u64,
    began: u64,
    hash: String,
    gone: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

/// The one field that is read of a head before its version is known.
#[derive(Deserialize)]
struct Version {
    schema: u32,
}

impl Envelope {
    /// The version that this program writes, and the newest that it reads.
    pub const SCHEMA: u32 = 1;

    /// An envelope of the present version around a body.
    pub fn around(body: Option<Vec<u8>>, at: Instant, fence: u64, began: u64) -> Envelope {
        Envelope {
            schema: Self::SCHEMA,
            at,
            fence,
            began,
            hash: sha256(body.as_deref().unwrap_or_default()),
            body,
        }
    }

    /// As bytes for a key of a bucket.
    pub fn seal(&self, key: &str, signer: Option<&Signer>) -> Vec<u8> {
        let mut head = Head {
            schema: self.schema,
            at: self.at,
            fence: self.fence,
            began: self.began,
            hash: self.hash.clone(),
            gone: self.body.is_none(),
            signature: None,
        };
        head.signature = signer.map(|signer| signer.sign(&signed(key, &head)));
        let mut bytes = serde_json::to_vec(&head).expect("a head is words and numbers");
        bytes.push(b'\n');
        if let Some(body) = &self.body {
            // Reading from memory into memory does not fail.
            let _ =
                ZlibEncoder::new(body.as_slice(), Compression::default()).read_to_end(&mut bytes);
        }
        bytes
    }

    /// Reads what stands under a key, and believes it only where it is whole and, where there is a verifier, signed.
    pub fn open(key: &str, bytes: &[u8], verifier: Option<&Verifier>) -> Result<Envelope, String> {
        let (head, rest) = parted(key, bytes)?;
        if let Some(verifier) = verifier {
            verify(key, &head, verifier)?;
        }
        let body = match head.gone {
            true => None,
            false => Some(inflate(key, rest)?),
        };
        let left_over = head.gone && !rest.is_empty();
        if left_over || sha256(body.as_deref().unwrap_or_default()) != head.hash {
            return Err(format!(
                "What stands under {key} is not what its hash says."
            ));
        }
        Ok(Envelope {
            schema: head.schema,
            at: head.at,
            fence: head.fence,
            began: head.began,
            hash: head.hash,
            body,
        })
    }
}

/// The head, and what follows its line.
fn parted<'a>(key: &str, bytes: &'a [u8]) -> Result<(Head, &'a [u8]), String> {
    let unread = || format!("What stands under {key} is no envelope of a relay.");
    let longest = &bytes[..bytes.len().min(LONGEST_HEAD)];
    let end = longest
        .iter()
        .position(|byte| *byte == b'\n')
        .ok_or_else(unread)?;
    let (head, rest) = (&bytes[..end], &bytes[end + 1..]);
    let version: Version = serde_json::from_slice(head).map_err(|_| unread())?;
    if version.schema > Envelope::SCHEMA {
        return Err(format!(
            "What stands under {key} was written by a newer hotseat (format {}); update this one.",
            version.schema
        ));
    }
    let head: Head = serde_json::from_slice(head).map_err(|_| unread())?;
    Ok((head, rest))
}

fn verify(key: &str, head: &Head, verifier: &Verifier) -> Result<(), String> {
    let Some(signature) = &head.signature else {
        return Err(format!(
            "What stands under {key} is not signed, and the relay signs."
        ));
    };
    match verifier.holds(&signed(key, head), signature) {
        true => Ok(()),
        false => Err(format!(
            "What stands under {key} is not signed by the relay; somebody else wrote it."
        )),
    }
}

/// What a signature covers: every word of the head, the place, and through the hash the body. As JSON, in which no word
/// runs into the next.
fn signed(key: &str, head: &Head) -> Vec<u8> {
    let words = (
        "hotseat envelope",
        key,
        head.schema,
        head.at,
        head.fence,
        head.began,
        &head.hash,
        head.gone,
    );
    serde_json::to_vec(&words).expect("a head is words and numbers")
}

fn inflate(key: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    let mut decoder = ZlibDecoder::new(bytes);
    let read = decoder.by_ref().take(LARGEST + 1).read_to_end(&mut body);
    if read.is_err() || decoder.total_in() < bytes.len() as u64 && body.len() as u64 <= LARGEST {
        return Err(format!("What stands under {key} is damaged."));
    }
    if body.len() as u64 > LARGEST {
        return Err(format!(
            "What stands under {key} is larger than 32 MiB; it is not read."
        ));
    }
    Ok(body)
}

#[cfg(test)]
mod tests;
