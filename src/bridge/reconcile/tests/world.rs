//! Worlds at random: issues that come and go, an Alertmanager that forgets, senders that stop, an incident.io that loses
//! answers, a bridge that is killed at any step, and people. The rule: what burns has one open incident, none is resolved
//! while something of it burns, what people touched is theirs, and what is over is resolved in the end.

use super::*;

/// Seconds between two rounds.
const EVERY: i64 = 15;
/// How long a sender vouches for an alert.
const VOUCHED: i64 = 240;

/// An issue as it truly is.
struct Issue {
    id: String,
    service: String,
    burns: bool,
    started: i64,
    /// Its sender speaks to the detector.
    speaks: bool,
}

/// An incident as incident.io has it.
#[derive(Clone)]
struct Real {
    shown: Shown,
    key: String,
    /// People changed something on it.
    touched: bool,
}

struct World {
    rng: fastrand::Rng,
    now: i64,
    issues: Vec<Issue>,
    /// What the detector knows: its alerts, by id.
    listed: BTreeMap<String, Detection>,
    up: i64,
    answers: bool,
    metrics: bool,
    incidents: Vec<Real>,
    /// What is on disk.
    kept: Memory,
    /// Faults happen.
    rough: bool,
    faults: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let issue = |n: usize| Issue {
            id: format!("i{n}"),
            service: format!("s{}", n % 3),
            burns: false,
            started: 0,
            speaks: true,
        };
        Self {
            metrics: rng.bool(),
            issues: (0..4).map(issue).collect(),
            rng,
            now: 0,
            listed: BTreeMap::new(),
            up: -1_000,
            answers: true,
            incidents: Vec::new(),
            kept: Memory::default(),
            rough: true,
            faults: 0,
        }
    }

    fn once_in(&mut self, many: u32) -> bool {
        let hits = self.rough && self.rng.u32(0..many) == 0;
        self.faults += usize::from(hits);
        hits
    }

    /// The world turns.
    fn turn(&mut self) {
        self.now += EVERY;
        let now = self.now;
        for n in 0..self.issues.len() {
            if self.once_in(20) {
                let issue = &mut self.issues[n];
                (issue.burns, issue.started) = (!issue.burns, now - 1);
            }
            if self.once_in(60) {
                self.issues[n].speaks = !self.issues[n].speaks;
            }
        }
        if self.once_in(80) {
            (self.up, self.answers) = (now, true);
            self.listed.clear();
        } else if self.once_in(40) {
            self.answers = !self.answers;
        }
        for issue in &self.issues {
            if !issue.speaks {
                continue;
            }
            match issue.burns {
                true => {
                    let told = alert(&issue.id, &issue.service, issue.started, now + VOUCHED);
                    self.listed.insert(issue.id.clone(), told);
                }
                false => drop(self.listed.remove(&issue.id)),
            }
        }
        self.listed
            .retain(|_, told| told.ends.is_some_and(|ends| ends > at(now)));
        self.people();
    }

    fn people(&mut self) {
        if self.incidents.is_empty() || !self.once_in(25) {
            return;
        }
        let n = self.rng.usize(..self.incidents.len());
        let what = self.rng.u8(..4);
        let real = &mut self.incidents[n];
        // What it said at first is known only once its declaration was answered.
        if !self.kept.incidents.contains_key(&real.shown.id) {
            return;
        }
        match what {
            0 => real.shown.severity = "Minor".into(),
            1 => real.shown.lead = "Ana".into(),
            2 => real.shown.status = "Fixing".into(),
            _ => real.shown.category = StatusCategory::Closed,
        }
        real.touched = true;
    }

    /// A round of the bridge, which may be killed at any step.
    fn round(&mut self) {
        let heard = match self.answers {
            true => Heard::All(self.listed.values().cloned().collect(), Some(at(self.up))),
            false => Heard::Nothing("away".into()),
        };
        let sighting = Sighting {
            detector: "am".into(),
            at: at(self.now),
            heard,
        };
        let verdicts: BTreeMap<IssueId, Verdict> = super::super::silent(&self.kept, &sighting)
            .into_iter()
            .map(|issue| (issue.clone(), self.verdict(&issue.1)))
            .collect();
        let incidents: Vec<Shown> = self.incidents.iter().map(|r| r.shown.clone()).collect();
        let away = self.once_in(10);
        let confirmed = self.metrics.then(|| "am".to_owned()).into_iter().collect();
        let round = Round {
            sightings: &[sighting],
            verdicts: &verdicts,
            confirmed: &confirmed,
            incidents: (!away).then_some(&incidents[..]),
            policy: &policy(),
            now: at(self.now),
        };
        let (memory, steps) = reconcile(&round, &self.kept);
        if self.once_in(30) {
            return;
        }
        self.kept = memory;
        for step in &steps {
            // Killed before the step, or its answer is lost after it.
            if self.once_in(12) {
                return;
            }
            let happened = self.take(step);
            if self.once_in(12) {
                return;
            }
            if let Some(happened) = happened {
                self.kept = learn(&self.kept, &happened, at(self.now));
            }
        }
    }

    fn verdict(&mut self, id: &str) -> Verdict {
        let burns = self.issues.iter().any(|i| i.id == id && i.burns);
        match (self.once_in(10), burns) {
            (true, _) => Verdict::Unknown,
            (false, true) => Verdict::Burns,
            (false, false) => Verdict::Quiet,
        }
    }

    fn take(&mut self, step: &Step) -> Option<Happened> {
        match step {
            Step::Declare(d) => {
                // The platform knows a key again.
                let known = self.incidents.iter().position(|r| r.key == d.key);
                let n = known.unwrap_or_else(|| {
                    let reference = format!("INC-{}", self.incidents.len() + 1);
                    let shown = incident(&reference, &d.severity, &d.services);
                    let (key, touched) = (d.key.clone(), false);
                    self.incidents.push(Real {
                        shown,
                        key,
                        touched,
                    });
                    self.incidents.len() - 1
                });
                let shown = &self.incidents[n].shown;
                let (id, reference) = (shown.id.clone(), shown.reference.clone());
                let said = Said {
                    severity: d.severity.clone(),
                    lead: String::new(),
                    ..shown.said()
                };
                Some(Happened::Declared(Box::new(d.clone()), id, reference, said))
            }
            Step::Note { incident, .. } => Some(Happened::Noted(incident.clone())),
            Step::TakeBack { incident, .. } => Some(Happened::TakenBack(incident.clone())),
            Step::Withdraw { key, issues, how } => {
                let went_out = self.incidents.iter().find(|r| r.key == *key);
                let Some(real) = went_out else {
                    let over = "it was over".into();
                    return Some(Happened::NotDeclared(issues.clone(), over));
                };
                // What went out is kept, and resolved as any other.
                let (shown, how) = (&real.shown, *how);
                let of = Declaration {
                    issues: issues.clone(),
                    key: key.clone(),
                    name: String::new(),
                    severity: shown.severity.clone(),
                    summary: String::new(),
                    services: Vec::new(),
                    how,
                };
                let (id, reference) = (shown.id.clone(), shown.reference.clone());
                Some(Happened::Declared(
                    Box::new(of),
                    id,
                    reference,
                    shown.said(),
                ))
            }
            Step::Investigate { .. } | Step::Summarise { .. } | Step::Learn { .. } => None,
            Step::Resolve { incident, .. } => self.resolve(incident),
        }
    }

    fn resolve(&mut self, id: &IncidentId) -> Option<Happened> {
        let burning: Vec<&str> = self
            .kept
            .of(id)
            .filter(|e| self.listed.contains_key(&e.detection.id) && self.answers)
            .map(|e| e.detection.id.as_str())
            .collect();
        assert!(
            burning.is_empty(),
            "{id} is resolved while {burning:?} burns"
        );
        // What cleared, and fired again while its sender was silent, nobody can know but the metrics.
        let truly = self.kept.of(id).find(|e| {
            let by_metrics = at(self.now - 300);
            let known = if self.metrics { by_metrics } else { e.heard };
            let mut issues = self.issues.iter();
            issues.any(|i| i.id == e.detection.id && i.burns && at(i.started + EVERY) < known)
        });
        assert!(
            truly.is_none(),
            "{id} is resolved, and {truly:?} burns all the time"
        );
        let real = self.incidents.iter_mut().find(|r| r.shown.id == *id)?;
        assert!(!real.touched, "{id} is people's");
        real.shown.category = StatusCategory::Closed;
        Some(Happened::Resolved(id.clone()))
    }

    /// No more faults: in the end both sides agree.
    fn settle(&mut self) {
        self.rough = false;
        self.answers = true;
        self.issues.iter_mut().for_each(|i| i.speaks = true);
        for _ in 0..(2 * 3_600 / EVERY) {
            self.turn();
            self.round();
        }
    }

    fn check(&self) {
        for issue in &self.issues {
            let key = ("am".to_owned(), issue.id.clone());
            let open: Vec<&Real> = self
                .incidents
                .iter()
                .filter(|r| r.shown.category.is_open())
                .filter(|r| {
                    self.kept
                        .of(&r.shown.id)
                        .any(|e| e.detection.id == issue.id)
                })
                .collect();
            let episode = self.kept.episodes.get(&key);
            let of = episode.and_then(|e| e.incident.as_ref());
            let closed = self
                .incidents
                .iter()
                .find(|r| of == Some(&r.shown.id) && !r.shown.category.is_open() && r.touched);
            if issue.burns {
                let is_held = open.len() == 1 || (open.is_empty() && closed.is_some());
                assert!(
                    is_held,
                    "{} burns, and has {} incidents: {episode:?}",
                    issue.id,
                    open.len()
                );
            }
            // Without metrics nobody can tell that what fell silent is over.
            let is_known = episode.is_none_or(|e| e.is_over() || self.metrics);
            if !issue.burns && is_known {
                assert!(episode.is_none_or(|e| e.is_over()), "{episode:?}");
            }
        }
        for real in self.incidents.iter().filter(|r| r.shown.category.is_open()) {
            let kept = self.kept.incidents.get(&real.shown.id);
            assert!(kept.is_some(), "{} is nobody's", real.shown.reference);
            let all_over = self.kept.of(&real.shown.id).all(Episode::is_over);
            let touched = kept.is_some_and(|k| k.hands.is_some());
            assert!(
                !all_over || touched,
                "{} is over and open",
                real.shown.reference
            );
        }
        let keys: BTreeSet<&str> = self.incidents.iter().map(|r| r.key.as_str()).collect();
        assert_eq!(keys.len(), self.incidents.len(), "a key made two");
    }
}

#[test]
fn in_every_world_what_burns_has_one_incident_and_nothing_is_closed_that_burns() {
    let (mut faults, mut declared) = (0, 0);
    for seed in 0..400 {
        let mut world = World::new(seed);
        let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..300 {
                world.turn();
                world.round();
            }
            world.settle();
            world.check();
            (world.faults, world.incidents.len())
        }));
        let Ok((broke, made)) = played else {
            panic!("the world of seed {seed} breaks the rule");
        };
        (faults, declared) = (faults + broke, declared + made);
    }
    assert!(
        faults > 10_000 && declared > 1_000,
        "{faults} faults, {declared} incidents"
    );
}
