//! Words that stand in kept incidents, found without reading more of a hundred thousand than is told.

use super::{Store, StoreError};
use crate::domain::text::contains_folded;
use crate::domain::{Incident, IncidentSummary};
use rusqlite::OptionalExtension;
use serde::Deserialize;
use std::borrow::Cow;

impl Store {
    /// Whole incidents whose rows fit and in whose name or summary all words stand, with `others` that are found already,
    /// newest first: so many, after some that are passed over. And how many were held against the words.
    pub fn find(
        &self,
        fits: impl Fn(&IncidentSummary) -> bool,
        words: &[String],
        others: Vec<Incident>,
        (after, most): (usize, usize),
    ) -> Result<(Vec<Incident>, usize), StoreError> {
        let mut rows = self.rows(false)?;
        rows.retain(|row| fits(row));
        rows.sort_by_key(|row| std::cmp::Reverse(row.created));
        let mut others = others.into_iter().peekable();
        let mut body = self.db.prepare("SELECT body FROM incident WHERE id = ?1")?;
        let (mut passed, mut found, mut looked_at) = (0, Vec::new(), 0);
        let mut take = |found: &mut Vec<Incident>, whole: &dyn Fn() -> Option<Incident>| {
            passed += 1;
            if passed > after {
                found.extend(whole());
            }
        };
        for row in rows {
            while let Some(newer) = others.next_if(|other| other.row.created >= row.created) {
                take(&mut found, &|| Some(newer.clone()));
            }
            if found.len() >= most {
                break;
            }
            looked_at += 1;
            let body = body.query_row([row.id.as_str()], |r| r.get::<_, String>(0));
            let Some(data) = body.optional()? else {
                continue;
            };
            if stand_in(words, &row, &data) {
                take(&mut found, &|| {
                    let whole: Incident = serde_json::from_str(&data).ok()?;
                    Some(Incident {
                        row: (*row).clone(),
                        ..whole
                    })
                });
            }
        }
        for older in others {
            take(&mut found, &|| Some(older.clone()));
        }
        found.truncate(most);
        Ok((found, looked_at))
    }
}

/// Whether all words stand in the name or the summary of an incident.
fn stand_in(words: &[String], row: &IncidentSummary, whole: &str) -> bool {
    let summary = serde_json::from_str::<Summary<'_>>(whole);
    let summary = summary.map(|whole| whole.summary).unwrap_or_default();
    let is_in = |word: &String| contains_folded(&row.name, word) || contains_folded(&summary, word);
    words.iter().all(is_in)
}

/// What of a whole incident is searched: reading the rest of a hundred thousand would take seconds.
#[derive(Deserialize)]
struct Summary<'a> {
    #[serde(borrow)]
    summary: Cow<'a, str>,
}
