//! Worlds at random: issues that come and go, a source that loses answers, refuses to be hurried and counts, a bridge that
//! is killed at any step. The rule: each alert fires before it is resolved, none fires after it, none burns for ever, and
//! no minute has more than 120 events.

use super::*;

struct World {
    rng: fastrand::Rng,
    now: i64,
    /// Issues: whether each burns, and since when.
    issues: Vec<(bool, i64)>,
    memory: Memory,
    /// What is on disk.
    kept: AlertFeed,
    /// What the source heard of each key, and when it heard anything.
    heard: BTreeMap<String, Vec<AlertStatus>>,
    arrivals: Vec<i64>,
    of: BTreeMap<String, IssueId>,
    rough: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let many = rng.usize(1..200);
        Self {
            rng,
            now: 0,
            issues: vec![(false, 0); many],
            memory: Memory::default(),
            kept: AlertFeed::default(),
            heard: BTreeMap::new(),
            arrivals: Vec::new(),
            of: BTreeMap::new(),
            rough: true,
        }
    }

    fn once_in(&mut self, many: u32) -> bool {
        self.rough && self.rng.u32(0..many) == 0
    }

    fn turn(&mut self) {
        self.now += 15;
        let now = self.now;
        for n in 0..self.issues.len() {
            if self.once_in(40) {
                self.issues[n] = (!self.issues[n].0, now);
            }
            let (burns, since) = self.issues[n];
            let id = format!("i{n}");
            let known = self.memory.episodes.get(&("am".to_owned(), id.clone()));
            let known = known.map(|e| (**e).clone());
            match (burns, known) {
                (true, None) => self.says(burning(&id, "critical", 1, since)),
                (true, Some(e)) if e.is_over() => self.says(burning(&id, "critical", 1, since)),
                (false, Some(e)) if !e.is_over() => self.says(is_clear(e, now)),
                _ => {}
            }
        }
    }

    fn says(&mut self, episode: Episode) {
        let issue = episode.issue();
        self.memory.episodes.insert(issue, Arc::new(episode));
    }

    /// A round, which may be killed at any step: what was not kept is forgotten.
    fn round(&mut self) {
        let (policy, ranks) = (policy(), ranks());
        let round = FeedRound {
            memory: &self.memory,
            policy: &policy,
            ranks: &ranks,
            answering: ["am"].into(),
            pushes: true,
            now: at(self.now),
        };
        let mut feed = self.kept.clone();
        let events = due(&round, &mut feed);
        self.kept = feed.clone();
        for event in events {
            if feed.pace.closed(at(self.now)).is_some() {
                break;
            }
            leaves(&mut feed, &event, at(self.now));
            if self.once_in(60) {
                return;
            }
            self.kept = feed.clone();
            if self.once_in(60) {
                return;
            }
            let answer = self.hear(&event);
            if self.once_in(60) {
                return;
            }
            answered(&mut feed, &event, &answer, at(self.now));
            self.kept = feed.clone();
        }
    }

    fn hear(&mut self, event: &AlertEvent) -> Answer {
        match self.once_in(20).then(|| self.rng.u8(0..4)) {
            Some(0) => return Answer::Unsent(None),
            Some(1) => return Answer::Unsent(Some(Duration::seconds(30))),
            Some(2) => return Answer::InDoubt(None),
            _ => {}
        }
        let key = event.alert.key();
        self.arrivals.push(self.now);
        self.of.insert(key.clone(), event.alert.issue.clone());
        self.heard.entry(key).or_default().push(event.status);
        match self.once_in(20) {
            true => Answer::InDoubt(None),
            false => Answer::Taken,
        }
    }

    fn check(&self) {
        for (key, heard) in &self.heard {
            assert!(heard.is_sorted(), "{key}: {heard:?}");
        }
        for (n, (burns, _)) in self.issues.iter().enumerate() {
            let issue = ("am".to_owned(), format!("i{n}"));
            let keys = self.of.iter().filter(|(_, of)| **of == issue);
            let firing = |key: &&String| self.heard[*key].last() == Some(&AlertStatus::Firing);
            let open: Vec<&String> = keys.map(|(key, _)| key).filter(firing).collect();
            assert_eq!(open.len(), usize::from(*burns), "{issue:?}: {open:?}");
        }
        for (n, begun) in self.arrivals.iter().enumerate() {
            let minute = self.arrivals[n..].iter().take_while(|at| *at - begun <= 60);
            assert!(minute.count() <= 120, "after {begun}");
        }
    }
}

#[test]
fn in_every_world_each_alert_fires_before_it_is_resolved_and_none_burns_for_ever() {
    let mut heard = 0;
    for seed in 0..40 {
        let mut world = World::new(seed);
        for _ in 0..200 {
            world.turn();
            world.round();
        }
        world.rough = false;
        for _ in 0..300 {
            world.turn();
            world.round();
        }
        let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| world.check()));
        assert!(checked.is_ok(), "the world of seed {seed} breaks the rule");
        heard += world.arrivals.len();
    }
    assert!(heard > 10_000, "{heard}");
}
