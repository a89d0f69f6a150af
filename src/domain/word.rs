//! Words that many rows of a list share: a severity, a status, a person. Kept once each, by a pointer of one word's width.

use super::IncidentSummary;
use std::collections::HashSet;

pub use arcstr::ArcStr as Word;

/// One copy of each word that rows have in common.
#[derive(Default)]
pub struct Vocabulary(HashSet<Word>);

impl Vocabulary {
    /// The one copy of a word.
    pub fn word(&mut self, text: &str) -> Word {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let word = Word::from(text);
        self.0.insert(word.clone());
        word
    }

    /// Lets a row's words be those that other rows have, too.
    pub fn share(&mut self, row: &mut IncidentSummary) {
        row.status = self.word(&row.status);
        for word in [
            &mut row.severity,
            &mut row.lead,
            &mut row.service,
            &mut row.teams,
            &mut row.people,
            &mut row.kind,
            &mut row.roles,
        ]
        .into_iter()
        .flatten()
        {
            *word = self.word(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;

    #[test]
    fn rows_share_the_words_that_they_have_in_common() {
        let mut vocabulary = Vocabulary::default();
        let mut rows =
            ["7", "8"].map(|id| sample::row(id, "Down", "Gale", "Fixing", "cart", "Ana"));
        let before = rows.clone();
        rows.iter_mut().for_each(|row| vocabulary.share(row));
        assert_eq!(rows, before);
        let [a, b] = rows;
        for (a, b) in [
            (Some(a.status), Some(b.status)),
            (a.severity, b.severity),
            (a.lead, b.lead),
            (a.service, b.service),
            (a.roles, b.roles),
        ] {
            let (a, b) = (a.expect("a word"), b.expect("a word"));
            assert!(Word::ptr_eq(&a, &b), "{a}");
        }
    }
}
