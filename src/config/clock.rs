//! The time that everything here goes by: this machine's, or another one for tests and drills.

use chrono::{DateTime, Duration, Utc};

/// A clock that runs as this machine's does, from wherever it was set to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    offset: Duration,
}

impl Clock {
    /// A clock that says `now` at this moment and runs on from there.
    pub fn starting_at(now: DateTime<Utc>) -> Self {
        Self {
            offset: now - Utc::now(),
        }
    }

    /// What it says.
    pub fn now(self) -> DateTime<Utc> {
        Utc::now() + self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_runs_on_from_there() {
        let leap = "2028-02-29T23:59:59Z".parse().expect("a time");
        let clock = Clock::starting_at(leap);
        let (first, second) = (clock.now(), clock.now());
        assert!(first >= leap && second >= first);
        assert!(second - leap < Duration::hours(1));
    }
}
