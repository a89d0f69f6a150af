//! Facts with their origin: each is listed once, however many sentences stand on it.

use super::Writer;
use super::phrases::{lead, quoted, shortened, times};
use crate::domain::evidence::figure;
use crate::domain::{Evidence, Instant, Series, Signal};
use crate::investigate::measure::median;
use crate::investigate::rank::Weighed;
use crate::investigate::{Direction, Pattern};

/// Points of a chart: more than a terminal has columns.
const MOST_POINTS: usize = 400;

/// A fact of which nothing but its words is known yet.
fn fact(id: String, source: &str, service: &str, says: String) -> Evidence {
    Evidence {
        id,
        source: source.into(),
        service: service.into(),
        caller: None,
        says,
        query: String::new(),
        at: None,
        observed: String::new(),
        normal: String::new(),
        deviation: None,
        link: None,
        points: Vec::new(),
        signal: None,
        lines: Vec::new(),
    }
}

impl Writer<'_> {
    /// Adds a fact once; gives its id.
    fn add(&mut self, key: String, make: impl FnOnce(String) -> Evidence) -> String {
        if let Some(id) = self.ids.get(&key) {
            return id.clone();
        }
        let id = format!("E{}", self.evidence.len() + 1);
        self.evidence.push(make(id.clone()));
        self.ids.insert(key, id.clone());
        id
    }

    /// The measured fact of one signal of one service.
    pub(super) fn measure(
        &mut self,
        service: usize,
        signal: &Signal,
        off: Option<f64>,
    ) -> Option<String> {
        let series = self.flow.series(service, signal)?;
        let peak = peak(series, self.picture.after)?;
        let normal = normal(series, self.picture.after.0);
        let observed = signal.show(peak);
        let usual = if normal.is_finite() {
            signal.show(normal)
        } else {
            "unknown".into()
        };
        let (name, onset) = (&self.case.calls.names[service], self.picture.onset);
        let label = signal.label();
        let says = format!("{label} of {name} up to {observed} (normal {usual})");
        let key = format!("{name} {signal:?}");
        Some(self.add(key, |id| Evidence {
            query: series.query.clone(),
            at: Some(onset),
            observed,
            normal: usual,
            deviation: off.map(|o| (o * 10.0).round() / 10.0),
            link: series.link.clone(),
            points: thinned(&series.recent),
            signal: Some(signal.clone()),
            ..fact(id, &series.source, name, says)
        }))
    }

    /// The restarts of a service, counted in whole.
    pub(super) fn restarts(&mut self, one: &Weighed) -> Option<String> {
        let id = self.measure(one.service, &Signal::Restarts, None)?;
        let (name, count) = (self.name(one).to_owned(), figure(one.restarts));
        if let Some(e) = self.evidence.iter_mut().find(|e| e.id == id) {
            e.says = format!("{name} restarted {}", times(one.restarts));
            e.observed = count;
            e.normal = "0".into();
        }
        Some(id)
    }

    /// A template of log lines that is new, grew or fell silent.
    pub(super) fn pattern(&mut self, at: usize) -> String {
        let p: &Pattern = &self.picture.patterns[at];
        let a_minute = |rate| format!("{} a minute", figure(rate));
        let (how, usual) = match p.direction {
            Direction::New => {
                let lines = if p.count == 1 { "line" } else { "lines" };
                (format!("new: {} {lines}", p.count), "never seen".into())
            }
            Direction::Grown => (a_minute(p.now), a_minute(p.usual)),
            Direction::Silent if p.count == 0 => ("silent".into(), a_minute(p.usual)),
            Direction::Silent => (a_minute(p.now), a_minute(p.usual)),
        };
        let words = shortened(&p.example);
        let says = format!("log of {}: \"{words}\" ({how})", p.service);
        self.add(format!("log {} {}", p.service, p.template), |id| Evidence {
            query: p.query.clone(),
            at: Some(p.first),
            observed: how,
            normal: usual,
            lines: p.lines.clone(),
            ..fact(id, &p.source, &p.service, says)
        })
    }

    pub(super) fn change(&mut self, at: usize) -> String {
        let c = &self.case.changes[at];
        let when = lead(self.picture.onset, c.at);
        let says = format!("{} {when}: {}", c.class.label(), quoted(&c.title));
        let key = format!("change {} {} {}", c.at, c.service, c.title);
        self.add(key, |id| Evidence {
            query: c.query.clone(),
            at: Some(c.at),
            observed: c.version.clone().unwrap_or_else(|| c.title.clone()),
            link: c.link.clone(),
            ..fact(id, &c.source, &c.service, says)
        })
    }

    pub(super) fn alert(&mut self, at: usize) -> String {
        let a = &self.case.alerts[at];
        let state = if a.status == "firing" {
            "and is firing"
        } else {
            "and was resolved"
        };
        let says = format!("alert fired {state}: {}", quoted(&a.title));
        let description = Some(a.description.clone()).filter(|d| !d.is_empty());
        self.add(format!("alert {}", a.id), |id| Evidence {
            query: "alerts of the incident".into(),
            at: Some(a.created),
            observed: a.status.clone(),
            link: a.source_url.clone(),
            lines: description.into_iter().collect(),
            ..fact(id, "incident.io", "", says)
        })
    }

    /// What people and the platform added: shown beside, never reckoned with.
    pub(super) fn told(&mut self) {
        let case = self.case;
        for (at, says) in &case.by_hand {
            self.told_at(format!("hand {at} {says}"), "by hand", says.clone(), *at);
        }
        for (at, says) in &case.platform {
            let key = format!("platform {at} {says}");
            let says = format!("incident.io's own investigation: {says}");
            self.told_at(key, "incident.io", says, *at);
        }
        for linked in &case.linked {
            let says = format!("linked {}: {}", linked.kind, linked.title);
            self.add(format!("linked {says}"), |id| Evidence {
                link: linked.link.clone(),
                ..fact(id, "incident.io", "", says)
            });
        }
    }

    fn told_at(&mut self, key: String, source: &str, says: String, at: Instant) {
        self.add(key, |id| Evidence {
            at: Some(at),
            ..fact(id, source, "", says)
        });
    }
}

/// The highest value within a span; nothing where nothing was measured in it.
fn peak(series: &Series, (from, to): (i64, i64)) -> Option<f64> {
    let inside = series.recent.iter().filter(|p| (from..to).contains(&p.0));
    inside
        .map(|p| p.1)
        .filter(|v| v.is_finite())
        .reduce(f64::max)
}

/// What is usual before the trouble: from the long history, or from the minutes before where there is none.
fn normal(series: &Series, onset: i64) -> f64 {
    let history = if series.normal.is_empty() {
        &series.recent
    } else {
        &series.normal
    };
    let before = history.iter().filter(|p| p.0 < onset);
    median(&before.map(|p| p.1).collect::<Vec<_>>())
}

fn thinned(points: &[(i64, f64)]) -> Vec<(i64, f64)> {
    let every = points.len().div_ceil(MOST_POINTS).max(1);
    points.iter().step_by(every).copied().collect()
}
