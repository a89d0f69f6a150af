//! What is said in the status line, and how long it stays: an answer to a key goes with the next key, what comes by itself
//! after the time it takes to read, what went wrong when somebody has had the time to see it.

use super::State;
use crate::domain::Instant;
use chrono::Duration;

/// Words in the status line.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What is said.
    pub words: String,
    /// Since when.
    said: Instant,
    /// What ends it.
    stays: Stays,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stays {
    /// The next key, and the time it takes to read it.
    Answer,
    /// The time it takes to read it.
    News,
    /// A key that comes after it was seen.
    Failure,
}

/// Seconds before a key counts as pressed by somebody who has seen what went wrong: until then it may have been on its
/// way already.
const SEEN: i64 = 2;

impl Notice {
    /// When it goes by itself.
    pub(crate) fn until(&self) -> Option<Instant> {
        // Four seconds to notice it, and a second for each twenty letters.
        let seconds = (4 + self.words.chars().count() as i64 / 20).max(6);
        (self.stays != Stays::Failure).then(|| self.said + Duration::seconds(seconds))
    }

    /// Whether it stands in the way of other words: something went wrong, and nobody can have seen it yet.
    fn is_unseen(&self, now: Instant) -> bool {
        self.stays == Stays::Failure && now - self.said < Duration::seconds(SEEN)
    }

    /// Whether a key leaves it where it is.
    fn outlives_a_key(&self, now: Instant) -> bool {
        match self.stays {
            Stays::Answer => false,
            Stays::News => true,
            Stays::Failure => self.is_unseen(now),
        }
    }
}

impl State {
    /// Says something in the status line for a while.
    pub(crate) fn say(&mut self, words: impl Into<String>) {
        let now = self.now;
        if !self.notice.as_ref().is_some_and(|n| n.is_unseen(now)) {
            self.put_notice(words.into(), Stays::News);
        }
    }

    /// Says what went wrong: it stays until somebody has seen it.
    pub(crate) fn warn(&mut self, words: impl Into<String>) {
        self.put_notice(words.into(), Stays::Failure);
    }

    fn put_notice(&mut self, words: String, stays: Stays) {
        let said = self.now;
        self.notice = Some(Notice { words, said, stays });
    }

    /// A key does something: what an earlier one was answered is over, and what is said now is the answer to this one.
    pub(crate) fn answering(&mut self, key: impl FnOnce(&mut Self)) {
        let now = self.now;
        let before = self.notice.take().filter(|n| n.outlives_a_key(now));
        key(self);
        let said = self.notice.take().map(|said| match said.stays {
            Stays::News => Notice {
                stays: Stays::Answer,
                ..said
            },
            _ => said,
        });
        let in_the_way = before.as_ref().is_some_and(|n| n.is_unseen(now))
            && said.as_ref().is_none_or(|n| n.stays != Stays::Failure);
        self.notice = if in_the_way { before } else { said.or(before) };
    }

    /// What was said long enough goes.
    pub(crate) fn end_notice(&mut self) {
        let until = self.notice.as_ref().and_then(Notice::until);
        if until.is_some_and(|until| until <= self.now) {
            self.notice = None;
        }
    }
}
