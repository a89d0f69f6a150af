//! Who may write: one at a time, by compare-and-swap on a key that the server forgets after ten seconds, with a number
//! that grows with every new holder. Ten seconds are the server's; a holder counts seven of its own, from before it
//! asked, by a clock that no change of the time of day moves (`std::time::Instant`, which is CLOCK_MONOTONIC on Linux). A
//! process that is stopped and continued finds the time gone by. A machine that was suspended does not: its first
//! writes fail the compare-and-swap, or carry a number that readers know to be old.

use super::{Bucket, Fault, Link, Names};
use crate::domain;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// How long the server keeps a lease that nobody renews.
const KEPT: Duration = Duration::from_secs(10);
/// How long a holder believes in its last renewal.
const BELIEVED: Duration = Duration::from_secs(7);
/// Bits for the revisions of one bucket. More of them only borrow from the seconds, which pass faster.
const REVISION_BITS: u32 = 24;
/// How often a try is made again that met something in between.
const TRIES: usize = 4;

/// A lease as its holder wrote it.
#[derive(Deserialize, Serialize)]
struct Holding {
    holder: String,
    /// Tells two holders of one name apart.
    nonce: u64,
    /// The holder's number; nothing in the write by which it was taken, whose revision is what gives it.
    fence: Option<u64>,
}

/// A lease that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Grows with every new holder.
    pub fence: u64,
}

/// A lease, held or not.
pub struct Lease {
    link: Link,
    name: String,
    bucket: Bucket,
    what: String,
    holder: String,
    nonce: u64,
    held: Option<Held>,
    /// When the last renewal that was answered began.
    renewed: Option<Instant>,
}

impl Lease {
    /// A lease on something of an organisation, not yet taken. Makes the bucket for leases.
    pub async fn open(
        link: &Link,
        names: &Names,
        what: &str,
        holder: &str,
    ) -> Result<Lease, Fault> {
        let name = names.lease_bucket();
        Ok(Lease {
            bucket: bucket(link, &name).await?,
            link: link.clone(),
            name,
            what: what.to_owned(),
            holder: holder.to_owned(),
            nonce: fastrand::u64(..),
            held: None,
            renewed: None,
        })
    }

    /// One try to take it: its number where it is ours.
    pub async fn take(&mut self) -> Result<Option<u64>, Fault> {
        for _ in 0..TRIES {
            // An emptied server has lost the bucket with everything else.
            self.bucket = bucket(&self.link, &self.name).await?;
            match self.try_to_take().await {
                Err(Fault::Missing) => {}
                other => return other,
            }
        }
        Err(Fault::Missing)
    }

    async fn try_to_take(&mut self) -> Result<Option<u64>, Fault> {
        let began = Instant::now();
        let born = self.bucket.born().await?;
        let (expected, holding) = read(&self.bucket, &self.what).await?;
        if holding.is_some_and(|holding| holding.nonce != self.nonce) {
            self.lose();
            return Ok(None);
        }
        let put = self
            .bucket
            .put(&self.what, self.written(None), expected)
            .await;
        let revision = match put {
            Err(Fault::Moved) => {
                self.lose();
                return Ok(None);
            }
            other => other?,
        };
        if self.bucket.born().await? != born {
            return Err(Fault::Missing);
        }
        let fence = fence(born, revision)?;
        self.held = Some(Held { fence });
        self.renewed = Some(began);
        Ok(Some(fence))
    }

    /// Renews it. `false` where it is lost: another has it, or the server forgot it. It can then be taken anew.
    pub async fn renew(&mut self) -> Result<bool, Fault> {
        let Some(held) = self.held else {
            return Ok(false);
        };
        for _ in 0..TRIES {
            let began = Instant::now();
            match self.try_to_renew(held).await {
                Ok(true) => {
                    self.renewed = Some(began);
                    return Ok(true);
                }
                Ok(false) | Err(Fault::Missing) => break,
                // Our own last write may have arrived after we gave up waiting for its answer.
                Err(Fault::Moved) => {}
                Err(fault) => return Err(fault),
            }
        }
        self.lose();
        Ok(false)
    }

    async fn try_to_renew(&self, held: Held) -> Result<bool, Fault> {
        let (revision, holding) = read(&self.bucket, &self.what).await?;
        if holding.is_none_or(|holding| holding.nonce != self.nonce) {
            return Ok(false);
        }
        let written = self.written(Some(held.fence));
        self.bucket.put(&self.what, written, revision).await?;
        Ok(true)
    }

    /// What is held; nothing as soon as the last renewal that was answered began seven seconds ago.
    pub fn held(&self) -> Option<Held> {
        let fresh = self.renewed.is_some_and(|at| at.elapsed() < BELIEVED);
        self.held.filter(|_| fresh)
    }

    /// Until when it is held, as far as is known now.
    pub fn until(&self) -> Option<Instant> {
        self.held?;
        self.renewed.map(|at| at + BELIEVED)
    }

    /// Whether it is held.
    pub fn is_held(&self) -> bool {
        self.held().is_some()
    }

    /// Gives it back, so that another can take it at once. No fault where it was lost already.
    pub async fn give_back(&mut self) -> Result<(), Fault> {
        if self.held.is_none() {
            return Ok(());
        }
        self.lose();
        let given = match read(&self.bucket, &self.what).await {
            Ok((revision, Some(holding))) if holding.nonce == self.nonce => {
                self.bucket.mark(&self.what, "DEL", revision).await
            }
            other => other.map(|(revision, _)| revision),
        };
        match given {
            Err(Fault::Moved | Fault::Missing) => Ok(()),
            other => other.map(|_| ()),
        }
    }

    /// Who holds it now; nobody is an empty name.
    pub async fn who(&self) -> Result<String, Fault> {
        let (_, holding) = read(&self.bucket, &self.what).await?;
        Ok(holding.map(|holding| holding.holder).unwrap_or_default())
    }

    /// Who holds a lease, and its number; nothing is made.
    pub async fn holder(
        link: &Link,
        names: &Names,
        what: &str,
    ) -> Result<Option<(String, u64)>, Fault> {
        let found = async {
            let bucket = Bucket::find(link, &names.lease_bucket()).await?;
            let (revision, holding) = read(&bucket, what).await?;
            let Some(holding) = holding else {
                return Ok(None);
            };
            let number = match holding.fence {
                Some(number) => number,
                None => fence(bucket.born().await?, revision)?,
            };
            Ok(Some((holding.holder, number)))
        };
        match found.await {
            Err(Fault::Missing) => Ok(None),
            other => other,
        }
    }

    fn lose(&mut self) {
        self.held = None;
        self.renewed = None;
    }

    fn written(&self, fence: Option<u64>) -> Vec<u8> {
        let holding = Holding {
            holder: self.holder.clone(),
            nonce: self.nonce,
            fence,
        };
        serde_json::to_vec(&holding).expect("a holding is words and numbers")
    }
}

async fn bucket(link: &Link, name: &str) -> Result<Bucket, Fault> {
    Bucket::make_with(link, name, Some(KEPT), 1).await
}

/// What stands under a lease's key: its revision, 0 where nothing does, and who holds it. Words that nobody of us wrote
/// hold it too, until the server forgets them.
async fn read(bucket: &Bucket, what: &str) -> Result<(u64, Option<Holding>), Fault> {
    let Some(entry) = bucket.get(what).await? else {
        return Ok((0, None));
    };
    let holding = entry.value.map(|value| {
        serde_json::from_slice(&value).unwrap_or(Holding {
            holder: "somebody else".to_owned(),
            nonce: 0,
            fence: None,
        })
    });
    Ok((entry.revision, holding))
}

/// A number that grows with every holder, and over a bucket that was lost and made anew: the second in which the bucket
/// was made counts more than all of its revisions.
fn fence(born: domain::Instant, revision: u64) -> Result<u64, Fault> {
    let seconds = u64::try_from(born.timestamp()).ok();
    let number = seconds
        .and_then(|seconds| seconds.checked_mul(1 << REVISION_BITS))
        .and_then(|base| base.checked_add(revision));
    number.ok_or_else(|| {
        Fault::Other(format!(
            "The server's clock says that the bucket for leases was made at {born}; set it right and remove the bucket."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_lease_grows_over_revisions_and_new_buckets() {
        let born = |seconds| domain::Instant::from_timestamp(seconds, 0).expect("a time");
        let of = |seconds, revision| fence(born(seconds), revision).expect("a number");
        let growing = [
            of(1_763_823_600, 1),
            of(1_763_823_600, 2),
            of(1_763_823_600, (1 << 24) - 1),
            of(1_763_823_601, 1),
            of(1_763_823_601, 1 << 24),
            of(1_763_823_603, 1),
        ];
        assert!(growing.is_sorted_by(|a, b| a < b), "{growing:?}");
        assert!(fence(born(-1), 1).is_err());
        assert!(fence(domain::Instant::MAX_UTC, 1).is_err());
        assert!(fence(born(1_763_823_600), u64::MAX).is_err());
    }
}
