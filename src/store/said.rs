//! What was said about incidents while they went on, as it was at a moment: it stands for as long as nothing happens to
//! them, and reading it again is a question each.

use super::{Store, StoreError, put_blob};
use crate::domain::{IncidentId, Instant, TimelineEntry};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

/// Where it is kept until when all of it was read in one sweep, and how far the order of incidents had come then: of one that
/// was kept later nothing was.
const SWEPT: &str = "swept";

/// What was said about one incident.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Its updates, oldest first.
    pub updates: Vec<TimelineEntry>,
    /// Names of its alerts.
    pub alerts: Vec<String>,
}

/// Where what was said about an incident is kept.
pub(super) fn key(incident: &IncidentId) -> String {
    format!("said {incident}")
}

impl Store {
    /// Keeps all that was said about any incident, in the place of what was kept before: what is not among it was silent
    /// until then.
    pub fn put_sweep(
        &mut self,
        all: &[(IncidentId, Said)],
        until: Instant,
    ) -> Result<(), StoreError> {
        let mark = self.last_mark()?;
        let tx = self.db.transaction()?;
        tx.execute(
            "DELETE FROM blob WHERE key >= 'said ' AND key < 'said!'",
            [],
        )?;
        put(&tx, all.iter().map(|(id, said)| (id, until, said)))?;
        put_blob(&tx, SWEPT, until, &(until, mark))?;
        tx.commit()?;
        Ok(())
    }

    /// Keeps what was said about some incidents, each until a moment.
    pub fn put_said(&mut self, all: &[(IncidentId, Instant, Said)]) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        put(&tx, all.iter().map(|(id, until, said)| (id, *until, said)))?;
        tx.commit()?;
        Ok(())
    }

    /// What was said about some incidents, of each until when that is all. Nothing where nobody looked, or of what is
    /// not kept itself.
    pub fn said<'a>(
        &self,
        incidents: impl Iterator<Item = &'a IncidentId>,
    ) -> Result<Vec<Option<(Instant, Said)>>, StoreError> {
        let swept = self
            .blob::<(Instant, usize)>(SWEPT)?
            .map(|(swept, _)| swept);
        let mut kept = self.db.prepare_cached(
            "SELECT n, body FROM row LEFT JOIN blob ON key = 'said ' || id WHERE id = ?1",
        )?;
        let silent = |n: i64| {
            let (until, _) = swept.filter(|(_, mark)| n as usize <= *mark)?;
            Some((until, Said::default()))
        };
        incidents
            .map(|id| {
                let found = kept.query_row([id.as_str()], |r| {
                    Ok((r.get(0)?, r.get::<_, Option<String>>(1)?))
                });
                Ok(match found.optional()? {
                    None => None,
                    Some((n, None)) => silent(n),
                    // What cannot be read is asked for again.
                    Some((_, Some(body))) => serde_json::from_str(&body).ok(),
                })
            })
            .collect()
    }
}

/// Keeps what was said about incidents that are kept themselves: others are private, or may be.
fn put<'a>(
    db: &Connection,
    all: impl Iterator<Item = (&'a IncidentId, Instant, &'a Said)>,
) -> Result<(), StoreError> {
    let mut is_kept = db.prepare_cached("SELECT 1 FROM row WHERE id = ?1")?;
    for (id, until, said) in all {
        if is_kept.exists([id.as_str()])? {
            put_blob(db, &key(id), until, &(until, said))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EntryKind, Incident, Visibility, sample};

    fn incident(id: &str) -> Incident {
        let row = sample::row(id, "Checkout slow", "Gale", "Closed", "cart", "Ana");
        sample::incident(row)
    }

    fn said(words: &str) -> Said {
        let update = TimelineEntry {
            id: "U1".into(),
            at: Instant::default(),
            kind: EntryKind::Update,
            title: "Fixing".into(),
            body: words.into(),
            actor: "Ana".into(),
            written: Default::default(),
        };
        Said {
            updates: vec![update],
            alerts: vec!["CheckoutSlow".into()],
        }
    }

    #[test]
    fn what_was_said_is_kept_of_public_incidents_until_a_moment_and_leaves_with_them() {
        let mut store = Store::in_memory().expect("a store");
        store
            .put_incidents(&["1", "2", "3"].map(incident))
            .expect("kept");
        let ids = ["1", "2", "3", "private"].map(IncidentId::from);
        let read = |store: &Store| store.said(ids.iter()).expect("read");
        assert_eq!(read(&store), [None, None, None, None], "nobody looked");
        let (first, later) = (
            Instant::default(),
            Instant::default() + chrono::Duration::hours(1),
        );
        let sweep = |words: &str, who: &[&str]| -> Vec<(IncidentId, Said)> {
            who.iter().map(|id| ((*id).into(), said(words))).collect()
        };
        let all = sweep("Rolled back", &["1", "2", "private"]);
        store.put_sweep(&all, first).expect("kept");
        let silent = |at| Some((at, Said::default()));
        let told = |at, words: &str| Some((at, said(words)));
        assert_eq!(
            read(&store),
            [
                told(first, "Rolled back"),
                told(first, "Rolled back"),
                silent(first),
                None
            ]
        );
        let one = (ids[0].clone(), later, said("Twice"));
        store.put_said(&[one]).expect("kept");
        assert_eq!(read(&store)[0], told(later, "Twice"));
        // An alert that belonged to the second was taken away since: the next sweep has nothing of it.
        let all = sweep("Thrice", &["1"]);
        store.put_sweep(&all, later).expect("kept");
        assert_eq!(
            read(&store),
            [told(later, "Thrice"), silent(later), silent(later), None]
        );
        let mut private = incident("1");
        private.row.visibility = Visibility::Private;
        store.put_incidents(&[private]).expect("removed");
        assert_eq!(read(&store)[0], None, "nothing is kept of what is private");
        store.put_incidents(&[incident("1")]).expect("kept");
        assert_eq!(read(&store)[0], None, "nor known when it is public again");
    }
}
