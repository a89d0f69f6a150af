//! Texts of post-mortems, as of their last change: each is a request, and few of them change from one look to the next.

use super::{Store, StoreError};
use crate::domain::{Document, IncidentId, Instant};
use rusqlite::{Connection, params};
use std::collections::HashSet;

/// Where the texts about an incident begin to be kept; a document's id follows.
fn prefix(incident: &IncidentId) -> String {
    format!("post-mortem {incident} ")
}

/// Where a document's text is kept.
fn key(document: &Document) -> String {
    format!("{}{}", prefix(&document.incident), document.id)
}

impl Store {
    /// The text of a post-mortem as it was at its last change.
    pub fn post_mortem(
        &self,
        document: &Document,
        changed: Instant,
    ) -> Result<Option<String>, StoreError> {
        let kept = self.blob::<(Instant, String)>(&key(document))?;
        let text = kept.filter(|((at, _), _)| *at == changed);
        Ok(text.map(|((_, text), _)| text))
    }

    /// Keeps the texts of some post-mortems, of incidents alone that are kept themselves: others are private, or may be.
    pub fn put_post_mortems(
        &self,
        all: &[(Document, Instant, String)],
        now: Instant,
    ) -> Result<(), StoreError> {
        for (document, changed, text) in all {
            if self.mark(&document.incident)?.is_some() {
                self.put_blob(&key(document), now, &(changed, text))?;
            }
        }
        Ok(())
    }

    /// Forgets the texts of all but some post-mortems.
    pub fn leave_post_mortems(&self, of: &[Document]) -> Result<(), StoreError> {
        let needed: HashSet<String> = of.iter().map(key).collect();
        let mut all = self.db.prepare_cached(
            "SELECT key FROM blob WHERE key >= 'post-mortem ' AND key < 'post-mortem!'",
        )?;
        let all = all.query_map([], |r| r.get::<_, String>(0))?;
        let all: Vec<String> = all.collect::<Result<_, _>>()?;
        for key in all.iter().filter(|key| !needed.contains(*key)) {
            self.drop_blob(key)?;
        }
        Ok(())
    }
}

/// Forgets what was kept about an incident; whether anything was.
pub(super) fn forget(db: &Connection, incident: &IncidentId) -> Result<bool, StoreError> {
    let from = prefix(incident);
    let to = from.trim_end().to_owned() + "!";
    let dropped = db.execute(
        "DELETE FROM blob WHERE key >= ?1 AND key < ?2",
        params![from, to],
    )?;
    Ok(dropped > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Incident, Visibility, sample};

    fn incident(id: &str) -> Incident {
        let row = sample::row(id, "Checkout slow", "Gale", "Closed", "cart", "Ana");
        sample::incident(row)
    }

    fn document(id: &str, incident: &str) -> Document {
        Document {
            id: id.into(),
            incident: incident.into(),
            title: "What happened".into(),
            status: "completed".into(),
            url: String::new(),
            created: Instant::default(),
        }
    }

    #[test]
    fn a_text_is_kept_as_of_its_change_with_a_public_incident_and_leaves_with_it() {
        let mut store = Store::in_memory().expect("a store");
        store
            .put_incidents(&[incident("1"), incident("12")])
            .expect("kept");
        let (at, later) = (
            Instant::default(),
            Instant::default() + chrono::Duration::seconds(1),
        );
        let all = [
            document("A", "1"),
            document("B", "1"),
            document("C", "12"),
            document("D", "unknown"),
        ];
        let texts = all
            .clone()
            .map(|d| (d.clone(), at, format!("Text of {}", d.id)));
        store.put_post_mortems(&texts, at).expect("kept");
        let found = |store: &Store, at| {
            all.each_ref()
                .map(|d| store.post_mortem(d, at).expect("read").is_some())
        };
        assert_eq!(found(&store, at), [true, true, true, false]);
        assert_eq!(found(&store, later), [false; 4], "it changed since");
        store.leave_post_mortems(&all[1..]).expect("dropped");
        assert_eq!(found(&store, at), [false, true, true, false]);
        let mut private = incident("1");
        private.row.visibility = Visibility::Private;
        store.put_incidents(&[private]).expect("removed");
        assert_eq!(found(&store, at), [false, false, true, false]);
    }
}
