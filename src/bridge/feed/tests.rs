//! What is told and in which order, as rows; then worlds at random against one rule.

use super::*;
use crate::domain::alert_feed::AlertFeed;
use crate::domain::episode::{Doubt, IssueId, Proof};
use crate::domain::order::{About, Order, Orders, Wish};
use crate::domain::{Detection, time};

mod world;

fn at(seconds: i64) -> Instant {
    time::parse("2026-11-20T14:00:00Z").expect("a time") + Duration::seconds(seconds)
}

fn policy() -> Policy {
    Policy {
        severities: vec!["critical".into(), "high".into()],
        services: Vec::new(),
        labels: Vec::new(),
        hours: None,
        maintenance: Vec::new(),
        wait: Duration::zero(),
        severity_of: [("high".to_owned(), "Minor".to_owned())].into(),
        severity: "Major".into(),
        hold: Duration::minutes(5),
        longest_hold: Duration::hours(1),
        declares: false,
        most_an_hour: 6,
        resolves_touched: false,
        resolves: true,
        investigates: false,
        notes: crate::config::Notes::All(true),
        learns: false,
    }
}

fn ranks() -> BTreeMap<String, i64> {
    [("Minor".to_owned(), 1), ("Major".to_owned(), 2)].into()
}

/// An issue that burns since then, on so many services.
fn burning(id: &str, severity: &str, services: usize, started: i64) -> Episode {
    let detection = Detection {
        detector: "am".into(),
        id: id.into(),
        title: format!("{id} is slow"),
        severity: severity.into(),
        services: (0..services).map(|n| format!("s{n}")).collect(),
        started: at(started),
        ..Detection::default()
    };
    Episode::begins(detection, at(started))
}

fn is_clear(mut episode: Episode, since: i64) -> Episode {
    episode.standing = Standing::Clear {
        since: at(since),
        by: Proof::Detector,
    };
    episode
}

/// What is remembered of issues, and what the source was told.
#[derive(Default)]
struct Night {
    memory: Memory,
    feed: AlertFeed,
    told: Vec<(i64, String, AlertStatus)>,
}

impl Night {
    fn says(&mut self, episode: Episode) {
        let issue = episode.issue();
        self.memory.episodes.insert(issue, Arc::new(episode));
    }

    fn due(&mut self, now: i64) -> Vec<AlertEvent> {
        let (policy, ranks) = (policy(), ranks());
        let round = FeedRound {
            memory: &self.memory,
            policy: &policy,
            ranks: &ranks,
            answering: ["am"].into(),
            pushes: true,
            now: at(now),
        };
        due(&round, &mut self.feed)
    }

    /// A round whose events are all answered so, as far as the source takes them; how many left.
    fn round(&mut self, now: i64, answer: &Answer) -> usize {
        let mut left = 0;
        for event in self.due(now) {
            if self.feed.pace.closed(at(now)).is_some() {
                break;
            }
            leaves(&mut self.feed, &event, at(now));
            answered(&mut self.feed, &event, answer, at(now));
            left += 1;
            let (issue, status) = (event.detection.id.clone(), event.status);
            self.told.push((now, issue, status));
        }
        left
    }

    fn statuses(&mut self, now: i64) -> Vec<AlertStatus> {
        self.due(now).iter().map(|event| event.status).collect()
    }

    fn alert(&self, id: &str) -> &FedAlert {
        &self.feed.alerts[&("am".to_owned(), id.to_owned())]
    }
}

#[test]
fn of_eight_hundred_at_once_the_biggest_leave_first_and_never_more_than_120_a_minute() {
    let mut night = Night::default();
    for n in 0..800_usize {
        let severity = if n % 4 == 0 { "critical" } else { "high" };
        night.says(burning(
            &format!("i{n:03}"),
            severity,
            n % 3,
            -i64::try_from(n).expect("small"),
        ));
    }
    // What must not declare is not told either.
    night.says(burning("info", "info", 9, -9_999));
    let mut now = 0;
    while night.round(now, &Answer::Taken) > 0 || now < 600 {
        now += 15;
    }
    assert_eq!(night.told.len(), 800, "each once");
    let times: Vec<i64> = night.told.iter().map(|(at, ..)| *at).collect();
    for (n, begun) in times.iter().enumerate() {
        let minute = times[n..].iter().take_while(|at| *at - begun <= 60);
        assert!(minute.count() <= 120, "after {begun}");
    }
    let worth = |(_, id, _): &(i64, String, AlertStatus)| {
        let n: i64 = id[1..].parse().expect("a number");
        (n % 4 != 0, -(n % 3), -n)
    };
    assert!(night.told.is_sorted_by_key(worth));
    assert_eq!(night.round(now + 60, &Answer::Taken), 0, "all is told");
}

#[test]
fn what_is_over_is_told_once_after_its_hold_and_what_is_in_doubt_is_not() {
    let mut night = Night::default();
    let a = || burning("a", "critical", 1, 0);
    night.says(a());
    assert_eq!(night.round(0, &Answer::Taken), 1);
    let mut unsure = a();
    unsure.standing = Standing::Unsure {
        since: at(30),
        why: Doubt::Lapsed,
    };
    night.says(unsure);
    assert_eq!(night.statuses(9_000), []);
    night.says(is_clear(a(), 9_000));
    assert_eq!(night.statuses(9_299), [], "the hold");
    assert_eq!(night.round(9_300, &Answer::Taken), 1);
    assert_eq!(night.round(9_999, &Answer::Taken), 0);
    let says: Vec<AlertStatus> = night.told.iter().map(|(_, _, status)| *status).collect();
    assert_eq!(says, [AlertStatus::Firing, AlertStatus::Resolved]);
}

#[test]
fn what_people_paused_is_told_nothing_until_it_goes_on() {
    let mut night = Night::default();
    for id in ["a", "b"] {
        night.says(burning(id, "critical", 1, 0));
    }
    let paused = Order {
        about: About::Issue("am".into(), "a".into()),
        wish: Wish::Pause,
        by: "Ana".into(),
        at: at(0),
    };
    night.memory.orders = [paused.clone()].into_iter().collect();
    assert_eq!(night.round(15, &Answer::Taken), 1);
    let all = Order {
        about: About::Everything,
        ..paused
    };
    night.memory.orders = [all].into_iter().collect();
    night.says(is_clear(burning("b", "critical", 1, 0), 30));
    assert_eq!(night.statuses(9_000), []);
    night.memory.orders = Orders::default();
    assert_eq!(
        night.statuses(9_015),
        [AlertStatus::Firing, AlertStatus::Resolved]
    );
}

#[test]
fn what_was_over_before_it_could_be_told_is_not_told_at_all() {
    let mut night = Night::default();
    night.says(burning("a", "critical", 1, 0));
    assert_eq!(night.round(0, &Answer::Unsent(None)), 1);
    night.says(is_clear(burning("a", "critical", 1, 0), 10));
    assert_eq!(night.statuses(9_999), [], "nobody was called");
    // Where it may have arrived, somebody may have been.
    night.says(burning("b", "critical", 1, 0));
    assert_eq!(night.round(10_000, &Answer::InDoubt(None)), 1);
    night.says(is_clear(burning("b", "critical", 1, 0), 10_100));
    assert_eq!(night.statuses(10_400), [AlertStatus::Resolved]);
}

#[test]
fn a_flap_within_the_hold_is_the_same_alert_and_waits_longer_for_its_end() {
    let mut night = Night::default();
    night.says(burning("a", "critical", 1, 0));
    night.round(0, &Answer::Taken);
    let key = night.alert("a").key();
    for n in 1..=100 {
        night.says(is_clear(burning("a", "critical", 1, n * 60), n * 60 + 20));
        assert_eq!(night.round(n * 60 + 40, &Answer::Taken), 0);
        night.says(burning("a", "critical", 1, n * 60 + 45));
        assert_eq!(night.round(n * 60 + 50, &Answer::Taken), 0, "flap {n}");
    }
    night.says(is_clear(burning("a", "critical", 1, 6_045), 6_100));
    assert_eq!(night.statuses(9_699), [], "an hour, by now");
    assert_eq!(night.due(9_700)[0].alert.key(), key);
}

#[test]
fn what_burns_again_after_it_was_told_to_be_over_has_a_key_of_its_own() {
    let mut night = Night::default();
    let mut keys = BTreeSet::new();
    // The second has another start, the third the same one again.
    for (n, started) in [(0, 0), (1, 5_000), (2, 5_000)] {
        let now = n * 10_000 + 5_000;
        night.says(burning("a", "critical", 1, started));
        assert_eq!(night.round(now, &Answer::Taken), 1);
        keys.insert(night.alert("a").key());
        night.says(is_clear(burning("a", "critical", 1, started), now + 10));
        assert_eq!(night.round(now + 400, &Answer::Taken), 1);
    }
    assert_eq!(keys.len(), 3);
}

#[test]
fn what_was_refused_is_not_said_again_until_it_burns_anew() {
    let mut night = Night::default();
    night.says(burning("a", "critical", 1, 0));
    let refused = Answer::Refused("title: is too long".into());
    assert_eq!(night.round(0, &refused), 1);
    assert_eq!(night.statuses(3_600), []);
    night.says(burning("a", "critical", 1, 4_000));
    assert_eq!(night.statuses(4_001), [AlertStatus::Firing]);
}

#[test]
fn a_source_that_asks_to_wait_is_left_alone_for_as_long_as_it_asks_and_longer_each_time_it_does_not_say()
 {
    let mut night = Night::default();
    night.says(burning("a", "critical", 1, 0));
    night.round(0, &Answer::Unsent(Some(Duration::seconds(90))));
    assert_eq!(night.round(89, &Answer::Taken), 0);
    night.round(90, &Answer::InDoubt(None));
    assert_eq!(night.feed.pace.closed(at(90)), Some(at(100)));
    night.round(100, &Answer::InDoubt(None));
    assert_eq!(night.feed.pace.closed(at(100)), Some(at(120)));
    let keys: BTreeSet<String> = [night.alert("a").key()].into();
    assert_eq!(night.round(120, &Answer::Taken), 1);
    assert_eq!(keys, [night.alert("a").key()].into(), "the same key");
    assert_eq!(night.round(180, &Answer::Taken), 0, "once it was taken");
}

#[test]
fn a_clock_that_is_put_back_does_not_shut_the_source_for_long() {
    let mut night = Night::default();
    for n in 0..130 {
        night.says(burning(&format!("i{n}"), "critical", 1, 0));
    }
    assert_eq!(night.round(3_600, &Answer::Taken), 120);
    assert_eq!(night.round(0, &Answer::Taken), 0, "it was an hour ahead");
    assert_eq!(night.round(61, &Answer::Taken), 10);
}

#[test]
fn only_what_a_detector_that_answers_says_is_told_to_be_over() {
    let mut night = Night::default();
    night.says(burning("a", "critical", 1, 0));
    night.round(0, &Answer::Taken);
    night.says(is_clear(burning("a", "critical", 1, 0), 10));
    let (policy, ranks) = (policy(), ranks());
    let mut round = FeedRound {
        memory: &night.memory,
        policy: &policy,
        ranks: &ranks,
        answering: BTreeSet::new(),
        pushes: false,
        now: at(9_999),
    };
    assert_eq!(due(&round, &mut night.feed), []);
    round.answering.insert("am");
    let events = due(&round, &mut night.feed);
    assert_eq!(
        events.len(),
        1,
        "what was told to burn is told to be over also where nothing is pushed any more"
    );
}
