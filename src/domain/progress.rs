//! How far long work is, as a sentence that promises nothing it cannot keep: a total only where one is known, a time only
//! once the rate of the last seconds stands on enough.

use super::Instant;
use super::text;
use super::time::Zone;
use std::collections::VecDeque;
use std::time::Duration;

/// Work that ends sooner than this is not told of: a line that comes and goes at once only disturbs.
pub const WORTH_TELLING: Duration = Duration::from_secs(1);
/// The rate is that of the last so many seconds: what the line is like now counts, not what it was like at the start.
const LAST: Duration = Duration::from_secs(20);
/// How long work must have been watched before a rate stands on anything.
const LEAST: Duration = Duration::from_secs(3);
/// How often it must have got further in that time: a single large page is no rate.
const STEPS: usize = 3;

/// What is counted: one, several.
pub type Unit = (&'static str, &'static str);

/// How far work is at a moment, for whoever shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// What is done, as a phrase that may stand alone: `Reading the history`.
    pub what: String,
    /// What is counted.
    pub unit: Unit,
    /// How many are done.
    pub done: usize,
    /// How many there are; nothing where nobody knows.
    pub of: Option<usize>,
    /// What is done reaches back to this time, where it is read from the newest to the oldest.
    pub back_to: Option<Instant>,
    /// How long it has gone on.
    pub elapsed: Duration,
    /// How long it still takes, as far as the rate of the last seconds tells.
    pub left: Option<Duration>,
}

impl Progress {
    /// All that is known of it: `Reading the history: 400 of 1200 incidents, about 20 s left`.
    pub fn sentence(&self, zone: Zone) -> String {
        let reached = self.back_to.map(|at| format!("back to {}", zone.date(at)));
        let left = self.left.map(|left| format!("{} left", words(left)));
        let counted = match (self.of, self.done) {
            (None, 0) => format!(": {} so far", passed(self.elapsed)),
            (None, done) => format!(": {} so far", text::counted(done, self.unit.0, self.unit.1)),
            (Some(of), done) => {
                format!(
                    ": {done} of {}",
                    text::counted(of, self.unit.0, self.unit.1)
                )
            }
        };
        let rest = [reached, left].into_iter().flatten();
        let rest: String = rest.map(|part| format!(", {part}")).collect();
        format!("{}{counted}{rest}", self.what)
    }

    /// As much of it as `most` columns take: what is left out is what tells least.
    pub fn fitted(&self, zone: Zone, most: usize) -> String {
        let whole = self.sentence(zone);
        let counts = match self.of {
            Some(of) => format!("{} of {of}", self.done),
            None if self.done == 0 => passed(self.elapsed),
            None => format!("{} so far", self.done),
        };
        let left = self.left.map(|left| format!(", {} left", words(left)));
        let shorter = [
            format!("{}: {counts}{}", self.what, left.unwrap_or_default()),
            format!("{}: {counts}", self.what),
            counts,
        ];
        let all = [whole].into_iter().chain(shorter);
        let mut fits = all.filter(|words| text::columns(words) <= most);
        fits.next().unwrap_or_default()
    }
}

/// A length of time that passed, to the second.
fn passed(elapsed: Duration) -> String {
    match elapsed.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}

/// A length of time that is only known about, rounded up.
fn words(left: Duration) -> String {
    match left.as_secs() {
        0..5 => "a few seconds".into(),
        seconds @ 5..55 => format!("about {} s", seconds.div_ceil(10) * 10),
        seconds @ 55..3_600 => format!("about {} min", seconds.div_ceil(60)),
        seconds => format!("about {} h", seconds.div_ceil(3_600)),
    }
}

/// Work while it goes on: what it is, and when it came how far. Times are lengths since it began, so that no clock that
/// is set matters.
#[derive(Clone, Debug)]
pub struct Course {
    what: String,
    unit: Unit,
    done: usize,
    of: Option<usize>,
    back_to: Option<Instant>,
    /// Whether what is done says how long the rest takes: of questions that are asked at once it does not.
    is_even: bool,
    /// When it came how far, in the last seconds.
    marks: VecDeque<(Duration, usize)>,
}

impl Course {
    /// Work that begins; what it counts comes one after the other.
    pub fn new(what: impl Into<String>, unit: Unit) -> Self {
        Self {
            what: what.into(),
            unit,
            done: 0,
            of: None,
            back_to: None,
            is_even: true,
            marks: VecDeque::from([(Duration::ZERO, 0)]),
        }
    }

    /// What it counts goes on side by side, so that nothing follows from it for the time that is left.
    #[must_use]
    pub fn side_by_side(self) -> Self {
        Self {
            is_even: false,
            ..self
        }
    }

    /// How many there are was told.
    pub fn of(&mut self, of: Option<usize>) {
        self.of = of;
    }

    /// So many were done before: they count as done, and tell nothing of the rate.
    pub fn begun_with(&mut self, done: usize) {
        self.done += done;
        self.marks.iter_mut().for_each(|mark| mark.1 += done);
    }

    /// So many more are done, this long after it began.
    pub fn add(&mut self, after: Duration, more: usize) {
        self.done += more;
        self.marks.push_back((after, self.done));
        while self.marks.len() > STEPS
            && self.marks.get(1).is_some_and(|mark| mark.0 + LAST < after)
        {
            self.marks.pop_front();
        }
    }

    /// What is done reaches back to a time.
    pub fn back_to(&mut self, at: Instant) {
        self.back_to = Some(self.back_to.map_or(at, |before| before.min(at)));
    }

    /// How far it is, this long after it began.
    pub fn at(&self, after: Duration) -> Progress {
        // What was counted twice, or came in since it was counted, does not make more than all.
        let done = self.done.min(self.of.unwrap_or(usize::MAX));
        Progress {
            what: self.what.clone(),
            unit: self.unit,
            done,
            of: self.of,
            back_to: self.back_to,
            elapsed: after,
            left: self.left(after, done),
        }
    }

    /// How long the rest takes at the rate of the last seconds. A pause counts: the longer nothing comes, the longer the
    /// rest takes.
    fn left(&self, after: Duration, done: usize) -> Option<Duration> {
        let (since, then) = *self.marks.front()?;
        let (took, came) = (after.checked_sub(since)?, done.checked_sub(then)?);
        if !self.is_even || took < LEAST || self.marks.len() <= STEPS || came == 0 {
            return None;
        }
        let rest = self.of?.saturating_sub(done);
        let each = took.as_secs_f64() / came as f64;
        Duration::try_from_secs_f64(each * rest as f64).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INCIDENTS: Unit = ("incident", "incidents");

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    /// Work that did `each` a second for so many seconds.
    fn course(of: Option<usize>, each: usize, after: u64) -> Course {
        let mut course = Course::new("Reading the history", INCIDENTS);
        course.of(of);
        (1..=after).for_each(|second| course.add(seconds(second), each));
        course
    }

    fn says(course: &Course, after: u64) -> String {
        course.at(seconds(after)).sentence(Zone::UTC)
    }

    #[test]
    fn it_says_what_how_many_and_how_long_still() {
        for (of, each, after, sentence) in [
            (Some(1_200), 10, 2, "20 of 1200 incidents"),
            (
                Some(1_200),
                10,
                20,
                "200 of 1200 incidents, about 2 min left",
            ),
            (
                Some(1_200),
                100,
                9,
                "900 of 1200 incidents, a few seconds left",
            ),
            (Some(900), 10, 60, "600 of 900 incidents, about 30 s left"),
            (
                Some(100_000),
                10,
                60,
                "600 of 100000 incidents, about 3 h left",
            ),
            (None, 10, 20, "200 incidents so far"),
            (None, 1, 1, "1 incident so far"),
            (None, 0, 0, "0 s so far"),
        ] {
            let said = says(&course(of, each, after), after);
            assert_eq!(said, format!("Reading the history: {sentence}"));
        }
    }

    #[test]
    fn no_time_is_told_before_it_stands_on_something() {
        let mut one_page = course(Some(1_000), 0, 0);
        one_page.add(seconds(5), 250);
        assert_eq!(one_page.at(seconds(9)).left, None, "one page is no rate");
        let stuck = course(Some(1_000), 0, 9);
        assert_eq!(stuck.at(seconds(9)).left, None, "nothing came");
        assert_eq!(course(None, 10, 9).at(seconds(9)).left, None, "no total");
        let parts = course(Some(8), 1, 6).side_by_side();
        assert_eq!(parts.at(seconds(6)).left, None, "asked at once");
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds_and_a_pause_counts() {
        let mut slowed = course(Some(10_000), 100, 50);
        (51..=100).for_each(|second| slowed.add(seconds(second), 10));
        let left = slowed.at(seconds(100)).left.expect("a rate");
        assert_eq!(left.as_secs(), 450, "4500 at 10 a second");
        let paused = slowed.at(seconds(140)).left.expect("a rate");
        assert!(paused > 2 * left, "{paused:?}");
    }

    #[test]
    fn what_was_there_before_is_done_and_no_rate() {
        let mut resumed = Course::new("Reading the history", INCIDENTS);
        resumed.of(Some(1_000));
        resumed.begun_with(800);
        (1..=10).for_each(|second| resumed.add(seconds(second), 10));
        let said = says(&resumed, 10);
        assert_eq!(
            said,
            "Reading the history: 900 of 1000 incidents, about 10 s left"
        );
        resumed.add(seconds(11), 500);
        assert_eq!(resumed.at(seconds(11)).done, 1_000, "never more than all");
    }

    #[test]
    fn a_narrow_terminal_gets_what_fits() {
        let progress = course(Some(900), 10, 60).at(seconds(60));
        for (most, words) in [
            (
                80,
                "Reading the history: 600 of 900 incidents, about 30 s left",
            ),
            (55, "Reading the history: 600 of 900, about 30 s left"),
            (40, "Reading the history: 600 of 900"),
            (12, "600 of 900"),
            (5, ""),
        ] {
            assert_eq!(progress.fitted(Zone::UTC, most), words);
        }
    }
}
