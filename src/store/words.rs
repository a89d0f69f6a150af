//! Words that stand in kept incidents, found without reading more of a hundred thousand than is told.

use super::bodies::Unpacker;
use super::incidents::{Kept, write_line};
use super::{Store, StoreError, packed};
use crate::domain::text::contains_folded;
use crate::domain::{Incident, IncidentSummary};
use rusqlite::Error;

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
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT {} FROM row JOIN incident USING (n) ORDER BY created DESC, n",
            Kept::COLUMNS
        ))?;
        let mut rows = statement.query([])?;
        let (mut reader, mut line) = (packed::Reader::default(), String::new());
        let mut unpacker = Unpacker::new(&self.db);
        let mut others = others.into_iter().peekable();
        let (mut passed, mut found, mut looked_at) = (0, Vec::new(), 0);
        while let Some(kept) = rows.next()? {
            let text = |at| kept.get_ref(at)?.as_str().map_err(Error::from);
            write_line(&mut line, text(1)?, text(2)?);
            let body = kept.get_ref(3)?.as_blob().map_err(Error::from)?;
            let Some(row) = reader.read(&line).filter(&fits) else {
                continue;
            };
            while let Some(newer) = others.next_if(|other| other.row.created >= row.created) {
                passed += 1;
                found.extend((passed > after).then_some(newer));
            }
            if found.len() >= most {
                break;
            }
            looked_at += 1;
            // All of it is read for what is told alone: a hundred thousand would take seconds.
            let summary = unpacker.summary(&line, body)?;
            if !summary.is_some_and(|summary| stand_in(words, &row, summary)) {
                continue;
            }
            passed += 1;
            if passed > after {
                let whole = unpacker.incident(&line, body)?;
                found.extend(whole.map(|whole| Incident { row, ..whole }));
            }
        }
        for older in others {
            passed += 1;
            found.extend((passed > after).then_some(older));
        }
        found.truncate(most);
        Ok((found, looked_at))
    }
}

/// Whether all words stand in the name or the summary of an incident.
fn stand_in(words: &[String], row: &IncidentSummary, summary: &str) -> bool {
    let is_in = |word: &String| contains_folded(&row.name, word) || contains_folded(summary, word);
    words.iter().all(is_in)
}
