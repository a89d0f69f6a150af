//! How webhooks are signed and verified, by the Standard Webhooks scheme: HMAC-SHA256 over `id.timestamp.body` with a
//! shared secret. The same code answers for what comes in and signs what goes out.

use super::Instant;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;

/// What every secret begins with.
const PREFIX: &str = "whsec_";
/// What stands before each signature of this scheme.
const VERSION: &str = "v1";
/// Bytes of the shortest key that cannot be guessed.
const SHORTEST_KEY: usize = 16;
/// Seconds by which a webhook may be old or early: clocks differ, and a recorded one must not be good for ever.
const TOLERANCE: i64 = 5 * 60;

/// A secret that signs webhooks.
#[derive(Clone, Debug)]
pub struct SigningSecret(SecretSlice<u8>);

/// Why a text is no signing secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretFault {
    /// It does not begin as secrets do.
    #[error(
        "The webhook secret does not begin with whsec_. Copy the signing secret of the endpoint, not a key."
    )]
    Prefix,
    /// What follows is no base64.
    #[error("The webhook secret is not base64 after whsec_. Copy it again, whole.")]
    Encoding,
    /// It can be guessed.
    #[error("The webhook secret is shorter than 16 bytes. Copy it again, whole.")]
    Short,
}

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// A header is not there.
    #[error("The header {0} is missing: this is no signed webhook.")]
    Missing(&'static str),
    /// A header holds what no header of a webhook holds.
    #[error("The header {0} cannot be read.")]
    Unreadable(&'static str),
    /// It was signed too long ago.
    #[error("The webhook was signed more than 5 minutes ago. Check the clock of this machine.")]
    Old,
    /// It will be signed.
    #[error(
        "The webhook was signed more than 5 minutes in the future. Check the clock of this machine."
    )]
    Early,
    /// What was signed is no text, as it is by the scheme.
    #[error("The body is no UTF-8 text, and a webhook is.")]
    NotText,
    /// No signature was made with a secret that is known here.
    #[error("No signature fits a secret that is configured here.")]
    Wrong,
}

/// What the headers of a webhook say.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The message's id, the same each time it is sent.
    pub id: &'a str,
    /// When it was signed, in Unix seconds.
    pub timestamp: &'a str,
    /// Signatures with their versions, between spaces.
    pub signatures: &'a str,
}

impl SigningSecret {
    /// Reads a secret as it is handed out: `whsec_` and base64.
    pub fn read(raw: &SecretString) -> Result<Self, SecretFault> {
        let coded = raw.expose_secret().trim().strip_prefix(PREFIX);
        let key = STANDARD
            .decode(coded.ok_or(SecretFault::Prefix)?)
            .map_err(|_| SecretFault::Encoding)?;
        if key.len() < SHORTEST_KEY {
            return Err(SecretFault::Short);
        }
        Ok(Self(key.into()))
    }

    /// A key as it is handed out.
    pub fn written(key: &[u8]) -> SecretString {
        format!("{PREFIX}{}", STANDARD.encode(key)).into()
    }

    /// The signature of a message, with its version.
    pub fn sign(&self, id: &str, at: Instant, body: &[u8]) -> String {
        let signature = self.mac(id, at.timestamp(), body).finalize().into_bytes();
        format!("{VERSION},{}", STANDARD.encode(signature))
    }

    fn mac(&self, id: &str, timestamp: i64, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = keyed(self.0.expose_secret());
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        mac
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key of any length is taken")
}

impl Signed<'_> {
    /// When it says that it was signed, where that is near enough to now.
    pub fn is_timely(&self, now: Instant) -> Result<i64, SignatureFault> {
        let unreadable = |_| SignatureFault::Unreadable("webhook-timestamp");
        let at: i64 = self.timestamp.parse().map_err(unreadable)?;
        match now.timestamp().saturating_sub(at) {
            late if late > TOLERANCE => Err(SignatureFault::Old),
            late if late < -TOLERANCE => Err(SignatureFault::Early),
            _ => Ok(at),
        }
    }

    /// Whether one of the signatures was made over these bytes with one of these secrets: during a rotation there are
    /// several of both. How long that takes tells nothing of how much of a signature was right.
    pub fn verify(
        &self,
        body: &[u8],
        secrets: &[SigningSecret],
        now: Instant,
    ) -> Result<(), SignatureFault> {
        let at = self.is_timely(now)?;
        std::str::from_utf8(body).map_err(|_| SignatureFault::NotText)?;
        let given: Vec<Vec<u8>> = self
            .signatures
            .split(' ')
            .filter_map(|signature| signature.split_once(','))
            .filter(|(version, _)| *version == VERSION)
            .filter_map(|(_, coded)| STANDARD.decode(coded).ok())
            .collect();
        let fits = secrets.iter().any(|secret| {
            let mac = secret.mac(self.id, at, body);
            given
                .iter()
                .any(|given| mac.clone().verify_slice(given).is_ok())
        });
        fits.then_some(()).ok_or(SignatureFault::Wrong)
    }
}

/// Whether two secrets are the same, in a time that tells nothing of where they differ or how long they are.
pub fn is_same_secret(given: &str, own: &SecretString) -> bool {
    let digest = |of: &str| {
        let mut mac = keyed(b"equality");
        mac.update(of.as_bytes());
        mac
    };
    let own = digest(own.expose_secret()).finalize().into_bytes();
    digest(given).verify_slice(&own).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(raw: &str) -> Result<SigningSecret, SecretFault> {
        SigningSecret::read(&raw.to_owned().into())
    }

    #[test]
    fn a_secret_that_is_no_signing_secret_is_refused_with_a_sentence_that_does_not_hold_it() {
        for (raw, fault) in [
            ("inc_abcdefghijklmnopqrstuv", SecretFault::Prefix),
            ("", SecretFault::Prefix),
            ("whsec_", SecretFault::Short),
            ("whsec_c2hvcnQ=", SecretFault::Short),
            ("whsec_not base64 at all!", SecretFault::Encoding),
        ] {
            let found = secret(raw).map(|_| ()).expect_err(raw);
            assert_eq!(found, fault, "{raw}");
            assert!(raw.len() < 8 || !found.to_string().contains(&raw[6..]));
        }
        let good = secret(" whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").expect("a secret");
        assert!(!format!("{good:?}").contains("49"), "{good:?}");
    }

    #[test]
    fn five_minutes_either_way_are_believed_and_no_second_more() {
        let own = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let at = Instant::from_timestamp(1_800_000_000, 0).expect("a time");
        let (signatures, timestamp) = (own.sign("msg_1", at, b"{}"), at.timestamp().to_string());
        for (seconds, answer) in [
            (-301, Err(SignatureFault::Early)),
            (-300, Ok(())),
            (300, Ok(())),
            (301, Err(SignatureFault::Old)),
        ] {
            let signed = Signed {
                id: "msg_1",
                timestamp: &timestamp,
                signatures: &signatures,
            };
            let now = at + chrono::Duration::seconds(seconds);
            let found = signed.verify(b"{}", std::slice::from_ref(&own), now);
            assert_eq!(found, answer, "{seconds} s later");
        }
        for timestamp in ["", "now", "1e9", "99999999999999999999", "1800000000.0"] {
            let signed = Signed {
                id: "msg_1",
                timestamp,
                signatures: &signatures,
            };
            let found = signed.verify(b"{}", std::slice::from_ref(&own), at);
            assert_eq!(found, Err(SignatureFault::Unreadable("webhook-timestamp")));
        }
    }

    #[test]
    fn while_a_secret_is_rotated_either_one_and_either_signature_will_do() {
        let old = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let new = secret("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX").expect("a secret");
        let at = Instant::from_timestamp(1_800_000_000, 0).expect("a time");
        let timestamp = at.timestamp().to_string();
        let (by_old, by_new) = (old.sign("m", at, b"x"), new.sign("m", at, b"x"));
        let both = format!("v1a,AAAA {by_old} v1,junk {by_new}");
        for (signatures, secrets, fits) in [
            (&by_old, vec![old.clone()], true),
            (&by_old, vec![new.clone(), old.clone()], true),
            (&by_old, vec![new.clone()], false),
            (&both, vec![new.clone()], true),
            (&both, vec![old.clone()], true),
            (&both, vec![], false),
        ] {
            let signed = Signed {
                id: "m",
                timestamp: &timestamp,
                signatures,
            };
            assert_eq!(signed.verify(b"x", &secrets, at).is_ok(), fits);
        }
    }

    #[test]
    fn secrets_are_the_same_only_where_every_byte_is() {
        for (given, own, same) in [
            ("s3cret", "s3cret", true),
            ("s3cre", "s3cret", false),
            ("s3cret ", "s3cret", false),
            ("", "s3cret", false),
            ("", "", true),
        ] {
            assert_eq!(is_same_secret(given, &own.to_owned().into()), same);
        }
    }
}
