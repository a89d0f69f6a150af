//! How a page climbs its path: whom it reached at which level and when, and whom it reaches next.

use super::{Escalation, EscalationEvent, EscalationPath, Instant, PathLevel, Person};
use chrono::Duration;

/// Where the path is not known, what is told within this many seconds belongs to one level: its targets are told one by
/// one.
const TOGETHER: i64 = 20;

/// A level that a page has reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Reached<'a> {
    /// Which, from 1.
    pub level: usize,
    /// When its clock began.
    pub at: Instant,
    /// Who was told.
    pub people: Vec<&'a Person>,
}

/// What comes next where nobody answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Upcoming<'a> {
    /// Which level, from 1; none where the page then ends without an answer.
    pub level: Option<(usize, &'a PathLevel)>,
    /// When.
    pub at: Instant,
}

impl Escalation {
    /// The levels it has reached, in order; a level that was reached again stands again.
    pub fn reached<'a>(&'a self, path: Option<&EscalationPath>) -> Vec<Reached<'a>> {
        let mut reached: Vec<Reached<'a>> = Vec::new();
        let told = |e: &&EscalationEvent| e.kind.starts_with("notified");
        for event in self.events.iter().filter(told) {
            let nth = reached.len();
            match reached.last_mut() {
                Some(last) if (event.at - last.at) < stays(path, nth - 1) => {
                    let fresh = |p: &&Person| !last.people.contains(p);
                    let more: Vec<&Person> = event.people.iter().filter(fresh).collect();
                    last.people.extend(more);
                }
                _ => {
                    let place = path.and_then(|path| path.nth(nth)).unwrap_or(nth);
                    reached.push(Reached {
                        level: place + 1,
                        at: event.at,
                        people: event.people.iter().collect(),
                    });
                }
            }
        }
        reached
    }

    /// What comes next by its path, while it waits for an answer; nothing where it waits for ever.
    pub fn upcoming<'a>(&self, path: &'a EscalationPath) -> Option<Upcoming<'a>> {
        if !self.is_waiting() {
            return None;
        }
        let reached = self.reached(Some(path));
        let since = match reached.last() {
            None => self.created,
            Some(last) => {
                let level = &path.levels[path.nth(reached.len() - 1)?];
                last.at + Duration::seconds(level.seconds?)
            }
        };
        let next = path.nth(reached.len());
        let delay = next.map_or(0, |place| path.levels[place].delay);
        Some(Upcoming {
            level: next.map(|place| (place + 1, &path.levels[place])),
            at: since + Duration::seconds(delay),
        })
    }
}

impl EscalationPath {
    /// The place of the nth level that is climbed, from 0, repeats counted.
    fn nth(&self, nth: usize) -> Option<usize> {
        if nth < self.levels.len() {
            return Some(nth);
        }
        let (times, from) = self.repeats?;
        let round = self.levels.len().checked_sub(from).filter(|n| *n > 0)?;
        let beyond = nth - self.levels.len();
        (beyond / round < times).then(|| from + beyond % round)
    }
}

/// How long a level stays itself: what is told within its time is told to it once more.
fn stays(path: Option<&EscalationPath>, nth: usize) -> Duration {
    let level = path.and_then(|path| Some(&path.levels[path.nth(nth)?]));
    let seconds = level.and_then(|level| level.seconds);
    Duration::seconds(seconds.map_or(TOGETHER, |all| all * 9 / 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::default() + Duration::seconds(seconds)
    }

    fn page(status: &str, told: &[(i64, &str)]) -> Escalation {
        let event = |(seconds, name): &(i64, &str)| EscalationEvent {
            kind: "notified_users".into(),
            at: at(*seconds),
            people: vec![Person {
                id: (*name).into(),
                name: (*name).into(),
                email: None,
            }],
            urgency: None,
        };
        Escalation {
            id: "E".into(),
            title: String::new(),
            status: status.into(),
            priority: String::new(),
            path: None,
            created: at(0),
            updated: at(0),
            events: told.iter().map(event).collect(),
            incidents: Vec::new(),
            creator: String::new(),
        }
    }

    fn path() -> EscalationPath {
        let level = |seconds, delay| PathLevel {
            targets: Vec::new(),
            schedules: Vec::new(),
            seconds,
            delay,
        };
        EscalationPath {
            id: "P".into(),
            name: "P".into(),
            levels: vec![level(Some(300), 0), level(Some(600), 60)],
            repeats: Some((1, 0)),
            responders: Vec::new(),
        }
    }

    #[test]
    fn a_page_stands_on_the_level_its_path_says_and_climbs_when_that_says() {
        for (told, levels, next) in [
            (&[(2, "a")][..], vec![1], Some((Some(2), 362))),
            (&[(2, "a"), (120, "a")], vec![1], Some((Some(2), 362))),
            (&[(2, "a"), (362, "b")], vec![1, 2], Some((Some(1), 962))),
            (
                &[(2, "a"), (362, "b"), (962, "a"), (1_322, "b")],
                vec![1, 2, 1, 2],
                Some((None, 1_922)),
            ),
            (&[], vec![], Some((Some(1), 0))),
        ] {
            let (page, path) = (page("triggered", told), path());
            let reached = page.reached(Some(&path));
            let on: Vec<usize> = reached.iter().map(|r| r.level).collect();
            assert_eq!(on, levels, "{told:?}");
            let upcoming = page.upcoming(&path);
            let upcoming = upcoming.map(|u| (u.level.map(|(level, _)| level), u.at));
            assert_eq!(upcoming, next.map(|(level, s)| (level, at(s))), "{told:?}");
        }
    }

    #[test]
    fn an_answered_page_climbs_no_more_and_without_its_path_levels_are_told_apart_by_time() {
        let told = [(2, "a"), (4, "b"), (302, "c")];
        assert_eq!(page("acked", &told).upcoming(&path()), None);
        let page = page("triggered", &told);
        let reached = page.reached(None);
        let people: Vec<usize> = reached.iter().map(|r| r.people.len()).collect();
        assert_eq!(people, [2, 1]);
    }
}
