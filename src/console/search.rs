//! Searches over what the console holds. They are pure, and may take longer than a frame: they run beside the screen.

use super::filter::{self, Filter};
use super::job::JobSubject;
use super::list::Rows;
use super::news::News;
use super::palette::{self, Pool};
use std::sync::{Mutex, PoisonError};

/// A search; its ticket comes back with the answer.
#[derive(Debug)]
pub enum Search {
    /// Narrow the list of incidents.
    Narrow {
        /// Which search this is.
        ticket: u64,
        /// All rows.
        rows: Rows,
        /// What to.
        filter: Box<Filter>,
        /// Whether the newest comes first, instead of the gravest.
        newest_first: bool,
    },
    /// Find things and actions for the palette.
    Find {
        /// Which search this is.
        ticket: u64,
        /// What was typed.
        query: String,
        /// Where to look.
        pool: Box<Pool>,
    },
}

impl Search {
    /// The job it is: a newer one takes its place.
    pub fn subject(&self) -> JobSubject {
        match self {
            Self::Narrow { .. } => JobSubject::Filter,
            Self::Find { .. } => JobSubject::Palette,
        }
    }

    /// Searches. Narrowing starts from its last answer where that holds all there is to find, and leaves its own there.
    pub fn run(self, last: &Mutex<Option<filter::Last>>) -> News {
        match self {
            Self::Narrow {
                ticket,
                rows,
                filter,
                newest_first,
            } => {
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                let visible = filter::narrow_on(&mut last, &rows, &filter, newest_first);
                News::Narrowed { ticket, visible }
            }
            Self::Find {
                ticket,
                query,
                pool,
            } => {
                let hits = palette::find(&pool, &query);
                News::Found { ticket, hits }
            }
        }
    }
}
