//! Facts with their origin: each is listed once, however many sentences stand on it.

use super::Writer;
use super::phrases::{lead, plain, quoted, shortened, times};
use crate::domain::evidence::{figure, seconds};
use crate::domain::{Evidence, Instant, Series, Signal, TracePart, TraceSign};
use crate::investigate::flow::Lane;
use crate::investigate::rank::Weighed;
use crate::investigate::{Direction, Pattern};

/// Points of a chart: more than a terminal has columns.
const MOST_POINTS: usize = 400;

/// Callers whose view of a service is shown.
const MOST_ENDS: usize = 3;

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
        let series = self.flow.view(service, signal)?;
        self.measured(service, series, signal, off)
    }

    /// The same as one caller of the service sees it.
    pub(super) fn measure_edge(
        &mut self,
        (caller, callee): (usize, usize),
        signal: &Signal,
        off: Option<f64>,
    ) -> Option<String> {
        let series = self.flow.edge(caller, callee, signal)?;
        self.measured(callee, series, signal, off)
    }

    /// A service as each of its callers sees it, and as it sees itself.
    pub(super) fn ends(
        &mut self,
        service: usize,
        signal: &Signal,
        off: Option<f64>,
    ) -> Vec<String> {
        let callers = self.flow.calls.callers(service).to_vec().into_iter();
        let callees = self.flow.calls.callees[service].clone().into_iter();
        let edges = callers
            .map(|u| (u, service))
            .chain(callees.map(|c| (service, c)));
        let mut ids: Vec<String> = edges
            .filter_map(|ends| self.measure_edge(ends, signal, off))
            .take(MOST_ENDS)
            .collect();
        ids.extend(self.measure(service, signal, None));
        ids
    }

    fn measured(
        &mut self,
        service: usize,
        series: &Series,
        signal: &Signal,
        off: Option<f64>,
    ) -> Option<String> {
        let peak = peak(series, self.picture.after)?;
        let lane = Lane::new(series, Some(self.picture.after.0));
        let normal = lane.middle().unwrap_or(f64::NAN);
        let observed = signal.show(peak);
        let usual = if normal.is_finite() {
            signal.show(normal)
        } else {
            "unknown".into()
        };
        let (name, onset) = (self.flow.calls.names[service].clone(), self.picture.onset);
        let label = signal.label();
        let seen = series.caller.as_ref();
        let seen = seen.map_or(String::new(), |caller| format!(" as {caller} sees it"));
        let (low, word) = (trough(series, self.picture.after), "down to");
        let says =
            match low.filter(|low| *signal == Signal::Traffic && normal - low > peak - normal) {
                Some(low) => format!(
                    "{label} of {name}{seen} {word} {} (normal {usual})",
                    signal.show(low)
                ),
                None => format!("{label} of {name}{seen} up to {observed} (normal {usual})"),
            };
        let key = format!("{name}{seen} {signal:?}");
        Some(self.add(key, |id| Evidence {
            query: series.query.clone(),
            at: Some(onset),
            observed,
            normal: usual,
            deviation: off.map(|o| (o * 10.0).round() / 10.0),
            link: series.link.clone(),
            points: thinned(&series.recent),
            caller: series.caller.clone(),
            signal: Some(signal.clone()),
            ..fact(id, &series.source, &name, says)
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

    /// What a system says of one of its objects.
    pub(super) fn sign_of(&mut self, at: usize) -> String {
        let s = &self.case.signs[at];
        let says = format!("{}: {}", s.object, plain(&s.says));
        self.add(format!("sign {} {} {}", s.object, s.kind, s.says), |id| {
            Evidence {
                query: s.query.clone(),
                at: s.at,
                observed: s.kind.clone(),
                link: s.link.clone(),
                lines: s.lines.clone(),
                ..fact(id, &s.source, &s.service, says)
            }
        })
    }

    /// What traces tell of a service or a call.
    pub(super) fn trace(&mut self, at: usize) -> String {
        let t = &self.case.traces[at];
        let says = format!("{} (trace {})", self.traced(t), t.trace);
        let show = |value: f64| match t.part {
            TracePart::Failing => Signal::Errors.show(value),
            _ => seconds(value),
        };
        self.add(
            format!("trace {} {:?} {:?}", t.service, t.caller, t.part),
            |id| Evidence {
                query: t.query.clone(),
                at: t.at,
                observed: show(t.observed),
                normal: show(t.normal),
                link: t.link.clone(),
                lines: t.lines.clone(),
                ..fact(id, &t.source, &t.service, says)
            },
        )
    }

    /// What traces tell, in words.
    pub(super) fn traced(&self, t: &TraceSign) -> String {
        let (now, usual) = (t.observed, t.normal);
        let service = &t.service;
        match (t.part, &t.caller) {
            (TracePart::Failing, _) => format!(
                "{} of {service}'s spans end in an error of its own (normal {})",
                Signal::Errors.show(now),
                Signal::Errors.show(usual)
            ),
            (TracePart::Between, Some(caller)) => format!(
                "between {caller} and {service} a call takes {} (normal {})",
                seconds(now),
                seconds(usual)
            ),
            _ => format!(
                "{service} by itself takes {} of a trace (normal {})",
                seconds(now),
                seconds(usual)
            ),
        }
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

/// The lowest value within a span.
fn trough(series: &Series, (from, to): (i64, i64)) -> Option<f64> {
    let inside = series.recent.iter().filter(|p| (from..to).contains(&p.0));
    inside
        .map(|p| p.1)
        .filter(|v| v.is_finite())
        .reduce(f64::min)
}

fn thinned(points: &[(i64, f64)]) -> Vec<(i64, f64)> {
    let every = points.len().div_ceil(MOST_POINTS).max(1);
    points.iter().step_by(every).copied().collect()
}
