//! One question to the index: score every incident, and give the best with their reasons.

use super::index::Index;
use super::reasons::matched;
use super::score::Query;
use super::words::Words;
use super::{Match, Search, Subject};
use std::io;

impl Index {
    /// The most alike, best first. Reading the segment may fail: then it is to be built anew.
    pub fn find(&self, asked: &Subject, search: &Search<'_>) -> io::Result<Vec<Match>> {
        self.find_by(&mut Words::default(), asked, search)
    }

    /// The same for one of many questions: what pieces of text are as words is worked out once for all of them.
    pub(super) fn find_by(
        &self,
        words: &mut Words,
        asked: &Subject,
        search: &Search<'_>,
    ) -> io::Result<Vec<Match>> {
        let query = Query::new(self, words, asked, search)?;
        let found = query.ranked(self.norms()?);
        found.iter().map(|f| matched(self, &query, f)).collect()
    }
}
