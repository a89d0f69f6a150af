//! The finding in words and figures: every sentence stands on evidence that is listed with its query.

use super::flow::{Flow, Trouble};
use super::measure::{median, unusual};
use super::rank::{Ranking, SETTLED, Weighed};
use super::{Case, Pattern};
use crate::domain::evidence::figure;
use crate::domain::time::span;
use crate::domain::{Change, Evidence, Finding, Hypothesis, Instant, Moment, Signal};
use std::collections::BTreeMap;

/// Hypotheses shown beside the first, and set-aside ones.
const MOST_STANDING: usize = 5;
const MOST_DISCARDED: usize = 6;
/// Points of a chart: more than a terminal has columns.
const MOST_POINTS: usize = 400;

/// Writes the finding of a case.
pub fn report(case: &Case, flow: &Flow, picture: &Ranking) -> Finding {
    let mut writer = Writer {
        case,
        picture,
        flow,
        evidence: Vec::new(),
        ids: BTreeMap::new(),
    };
    let symptom = writer.symptom();
    let (standing, aside) = writer.sides();
    let mut hypotheses: Vec<Hypothesis> = standing.iter().map(|w| writer.hypothesis(w)).collect();
    hypotheses.extend(aside.iter().map(|w| writer.discarded(w)));
    hypotheses.extend(writer.innocent_changes(&hypotheses));
    for (at, hypothesis) in hypotheses.iter_mut().enumerate() {
        hypothesis.rank = at + 1;
    }
    writer.told();
    let settled = hypotheses
        .first()
        .is_some_and(|h| !h.discarded && f64::from(h.confidence) >= SETTLED * 100.0);
    let mut changes = case.changes.clone();
    changes.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.title.cmp(&b.title)));
    let mut missing = case.missing.clone();
    missing.extend(picture.cap.1.iter().map(|why| crate::domain::Missing {
        source: "confidence".into(),
        says: format!("Held down: {why}."),
    }));
    missing.sort();
    missing.dedup();
    let actions = writer.actions(&standing, &hypotheses, settled);
    let timeline = writer.timeline(standing.first().copied().filter(|_| settled));
    Finding {
        incident: case.reference.clone(),
        name: case.name.clone(),
        severity: case.severity.clone(),
        priority: case.priority.clone(),
        onset: picture.onset,
        onset_from: picture.onset_from.clone(),
        summary: writer.summary(&symptom, hypotheses.first().filter(|_| settled)),
        settled,
        services: case.scope.clone(),
        next_check: writer.next_check(&standing),
        hypotheses,
        evidence: writer.evidence,
        changes,
        missing,
        actions,
        timeline,
    }
}

struct Writer<'a> {
    case: &'a Case,
    picture: &'a Ranking,
    flow: &'a Flow<'a>,
    evidence: Vec<Evidence>,
    ids: BTreeMap<String, String>,
}

impl<'a> Writer<'a> {
    /// Until when it lasted, in words; nothing while it lasts.
    fn until(&self) -> String {
        self.picture.recovered.map_or(String::new(), |at| {
            format!(" until {}", at.format("%H:%M UTC"))
        })
    }

    fn name(&self, one: &Weighed) -> &'a str {
        &self.case.calls.names[one.service]
    }

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
    fn measure(&mut self, service: usize, signal: &Signal, off: Option<f64>) -> Option<String> {
        let series = self.flow.series(service, signal)?;
        let (from, to) = self.picture.after;
        let inside: Vec<f64> = series
            .recent
            .iter()
            .filter(|p| (from..to).contains(&p.0))
            .map(|p| p.1)
            .collect();
        let peak = inside
            .iter()
            .copied()
            .filter(|v| v.is_finite())
            .reduce(f64::max)?;
        let before = if series.normal.is_empty() {
            &series.recent
        } else {
            &series.normal
        };
        let normal = median(
            &before
                .iter()
                .filter(|p| p.0 < from)
                .map(|p| p.1)
                .collect::<Vec<_>>(),
        );
        let name = &self.case.calls.names[service];
        let label = signal.label();
        let points: Vec<(i64, f64)> = thinned(&series.recent);
        let (shown, usual) = (
            signal.show(peak),
            if normal.is_finite() {
                signal.show(normal)
            } else {
                "unknown".into()
            },
        );
        let at = if inside.is_empty() {
            None
        } else {
            Some(self.picture.onset)
        };
        let (source, query, link) = (
            series.source.clone(),
            series.query.clone(),
            series.link.clone(),
        );
        Some(self.add(format!("{name} {signal:?}"), |id| Evidence {
            id,
            source,
            service: name.clone(),
            says: format!("{label} of {name} up to {shown} (normal {usual})"),
            query,
            at,
            observed: shown,
            normal: usual,
            deviation: off.map(|o| (o * 10.0).round() / 10.0),
            link,
            points,
            signal: Some(signal.clone()),
            lines: Vec::new(),
        }))
    }

    fn pattern(&mut self, at: usize) -> String {
        let p: &Pattern = &self.picture.patterns[at];
        let how = if p.usual == 0.0 {
            format!("new: {} lines", p.count)
        } else {
            format!("{} a minute", figure(p.now))
        };
        self.add(format!("log {} {}", p.service, p.template), |id| Evidence {
            id,
            source: p.source.clone(),
            service: p.service.clone(),
            says: format!(
                "log of {}: \"{}\" ({how})",
                p.service,
                shortened(&p.example)
            ),
            query: p.query.clone(),
            at: Some(p.first),
            observed: how,
            normal: if p.usual == 0.0 {
                "never seen".into()
            } else {
                format!("{} a minute", figure(p.usual))
            },
            deviation: None,
            link: None,
            points: Vec::new(),
            signal: None,
            lines: p.lines.clone(),
        })
    }

    fn change(&mut self, at: usize) -> String {
        let c = &self.case.changes[at];
        let when = lead(self.picture.onset, c.at);
        self.add(format!("change {} {} {}", c.at, c.service, c.title), |id| {
            Evidence {
                id,
                source: c.source.clone(),
                service: c.service.clone(),
                says: format!("{} {when}: {}", c.class.label(), quoted(&c.title)),
                query: c.query.clone(),
                at: Some(c.at),
                observed: c.version.clone().unwrap_or_else(|| c.title.clone()),
                normal: String::new(),
                deviation: None,
                link: c.link.clone(),
                points: Vec::new(),
                signal: None,
                lines: Vec::new(),
            }
        })
    }

    fn alert(&mut self, at: usize) -> String {
        let a = &self.case.alerts[at];
        self.add(format!("alert {}", a.id), |id| Evidence {
            id,
            source: "incident.io".into(),
            service: String::new(),
            says: format!(
                "alert fired {}: {}",
                if a.status == "firing" {
                    "and is firing"
                } else {
                    "and was resolved"
                },
                quoted(&a.title)
            ),
            query: "alerts of the incident".into(),
            at: Some(a.created),
            observed: a.status.clone(),
            normal: String::new(),
            deviation: None,
            link: a.source_url.clone(),
            points: Vec::new(),
            signal: None,
            lines: if a.description.is_empty() {
                Vec::new()
            } else {
                vec![a.description.clone()]
            },
        })
    }

    /// The facts of the symptom: what is felt, and where.
    fn symptom(&mut self) -> Option<(String, Vec<String>)> {
        let s = self.picture.symptom.clone()?;
        let off = Some(s.part.whole_off);
        let mut ids: Vec<String> = self
            .measure(s.service, &s.kind.signal(), off)
            .into_iter()
            .collect();
        if !s.visible {
            return Some((String::new(), ids));
        }
        if s.kind == Trouble::Waiting {
            ids.extend(self.measure(s.service, &Signal::Tail, None));
        }
        let says = ids
            .first()
            .and_then(|id| self.evidence.iter().find(|e| &e.id == id))
            .map(|e| e.says.clone());
        Some((says.unwrap_or_default(), ids))
    }

    /// What stands, and what was looked at and set aside with a reason worth telling.
    fn sides(&self) -> (Vec<&'a Weighed>, Vec<&'a Weighed>) {
        let picture = self.picture;
        let standing: Vec<&Weighed> = picture
            .weighed
            .iter()
            .filter(|w| w.support > 0.3 && w.confidence >= 0.005)
            .take(MOST_STANDING)
            .collect();
        let aside = picture.weighed.iter().filter(|w| {
            !standing.iter().any(|s| s.service == w.service) && self.why_not(w).is_some()
        });
        (standing.clone(), aside.take(MOST_DISCARDED).collect())
    }

    fn hypothesis(&mut self, one: &Weighed) -> Hypothesis {
        let name = self.name(one).to_owned();
        let mut pro = Vec::new();
        let share = one
            .parts
            .first()
            .copied()
            .filter(|(_, share, part)| *share > 0.0 && unusual(part.off) > 0.0);
        for &(kind, share, part) in &one.parts {
            if share > 0.0 && unusual(part.off) > 0.0 {
                pro.extend(self.measure(one.service, &kind.signal(), Some(part.off)));
                pro.extend(
                    Some(Signal::Tail)
                        .filter(|_| kind == Trouble::Waiting)
                        .and_then(|tail| self.measure(one.service, &tail, None)),
                );
            }
        }
        if one.load.is_some_and(|l| l.1 > 0.3) {
            pro.extend(self.measure(one.service, &Signal::Traffic, None));
        }
        for strain in one.strains.iter().take(3) {
            pro.extend(self.measure(one.service, &strain.signal, Some(strain.off)));
        }
        if one.restarts >= 1.0 {
            pro.extend(self.restarts(one));
        }
        pro.extend(
            one.patterns
                .iter()
                .chain(&one.blamed)
                .take(4)
                .map(|&p| self.pattern(p))
                .collect::<Vec<_>>(),
        );
        pro.extend(one.change.map(|(c, _)| self.change(c)));
        pro.extend(
            one.alerts
                .iter()
                .take(2)
                .map(|&a| self.alert(a))
                .collect::<Vec<_>>(),
        );
        let mut con = Vec::new();
        if let (None, Some((kind, _, part))) = (share, one.parts.first()) {
            con.extend(self.measure(one.service, &kind.signal(), Some(part.off)));
        }
        let change = one.change.map(|(c, _)| self.case.changes[c].clone());
        Hypothesis {
            rank: 0,
            service: name,
            kind: kind_of(one, change.as_ref()),
            statement: self.statement(one, share.is_some(), change.as_ref()),
            confidence: (one.confidence * 100.0).round() as u8,
            evidence_for: pro,
            evidence_against: con,
            change,
            discarded: false,
            reason: self.reason(one),
        }
    }

    /// One sentence that says what this service does to the symptom.
    fn statement(&self, one: &Weighed, shared: bool, change: Option<&Change>) -> String {
        let name = self.name(one);
        let clock = |at: Instant| at.format("%H:%M UTC").to_string();
        let mut said = if let Some((kind, _, part)) = one.parts.first().filter(|_| shared) {
            let (seconds, felt) = (
                self.picture.after.1 - self.picture.after.0,
                self.felt(*kind),
            );
            let lasted = self.picture.recovered.map_or(seconds, |at| {
                (at.timestamp() - self.picture.after.0).clamp(60, seconds)
            });
            let amount = part.began * seconds as f64;
            let (what, unit) = match kind {
                Trouble::Waiting => ("adds", "of waiting over all its calls"),
                Trouble::Failing => ("adds", "failing calls"),
            };
            let amount = match kind {
                Trouble::Waiting => crate::domain::evidence::seconds(amount),
                Trouble::Failing => figure(amount.round()),
            };
            // Calls beside one another wait more together than whoever waits for all of them: past threefold a percentage
            // would only puzzle.
            let share = felt
                .filter(|f| *f > 0.0 && one.distance.is_some())
                .map(|f| match part.began / f {
                    times if times > 3.0 => {
                        format!(", more than all that {} feels", self.symptom_name())
                    }
                    times if times > 0.95 => format!(", all that {} feels", self.symptom_name()),
                    times => format!(
                        ", {} % of what {} feels",
                        figure((times * 100.0).round()),
                        self.symptom_name()
                    ),
                });
            let callees = if self.case.calls.callees[one.service].is_empty() {
                ""
            } else {
                "; what it calls does not explain that"
            };
            format!(
                "{name} {what} {amount} {unit} in {}{}{callees}",
                span(lasted),
                share.unwrap_or_default()
            )
        } else if let Some(strain) = one.strains.first() {
            format!(
                "{} of {name} is {} above normal ({}, normal {})",
                strain.signal.label(),
                spreads(strain.off),
                strain.signal.show(strain.observed),
                strain.signal.show(strain.normal)
            )
        } else if let Some((times, _)) = one.load.filter(|l| l.1 > 0.3) {
            format!(
                "{name} gets {} times as many calls as before",
                figure(times)
            )
        } else if let Some(&p) = one.patterns.iter().chain(&one.blamed).next() {
            let p = &self.picture.patterns[p];
            format!("{} logs \"{}\"", p.service, shortened(&p.example))
        } else if change.is_some() {
            format!("{name} was changed shortly before")
        } else if one.restarts >= 1.0 {
            format!("{name} restarted {} times", figure(one.restarts))
        } else {
            format!("an alert names {name}")
        };
        said.push_str(&format!("; started {}", clock(self.picture.onset)));
        if let Some(c) = change {
            said.push_str(&format!(
                "; correlates with the {} {} at {}",
                name,
                c.class.label(),
                clock(c.at)
            ));
        }
        said.push('.');
        said
    }

    fn symptom_name(&self) -> &'a str {
        self.picture
            .symptom
            .as_ref()
            .map_or("the incident", |s| &self.case.calls.names[s.service])
    }

    /// How much of a kind the symptom feels.
    fn felt(&self, kind: Trouble) -> Option<f64> {
        let s = self.picture.symptom.as_ref()?;
        let one = self
            .picture
            .weighed
            .iter()
            .find(|w| w.service == s.service)?;
        one.parts.iter().find(|p| p.0 == kind).map(|p| p.2.whole)
    }

    fn reason(&self, one: &Weighed) -> String {
        let share = one
            .parts
            .first()
            .filter(|p| p.1 > 0.0 && unusual(p.2.off) > 0.0);
        let mut parts = Vec::new();
        if let Some((_, _, part)) = share {
            parts.push(format!("its own part is {} off", spreads(part.off)));
        }
        match one.distance {
            Some(0) if share.is_some() => parts.push("it is where the trouble is felt".into()),
            Some(1) if share.is_some() => parts.push(format!("{} calls it", self.symptom_name())),
            Some(d) if share.is_some() => {
                parts.push(format!("{d} calls away from {}", self.symptom_name()))
            }
            None if one.seen && self.picture.symptom.is_some() => {
                parts.push(format!("no known path to {}", self.symptom_name()))
            }
            _ => {}
        }
        if !one.strains.is_empty() {
            parts.push(format!(
                "{} strained",
                one.strains
                    .iter()
                    .take(2)
                    .map(|s| s.signal.label())
                    .collect::<Vec<_>>()
                    .join(", ")
            ));
        }
        if one.restarts >= 1.0 {
            parts.push(format!("restarted {} times", figure(one.restarts)));
        }
        if !one.patterns.is_empty() {
            parts.push(format!("{} new or grown log lines", one.patterns.len()));
        }
        if !one.blamed.is_empty() {
            parts.push("others' logs name it".into());
        }
        if one.change.is_some() {
            parts.push("changed before the onset".into());
        }
        let mut said = parts.join("; ");
        if let Some(first) = said.get(..1) {
            said.replace_range(..1, &first.to_uppercase());
        }
        if said.is_empty() {
            "Only named.".into()
        } else {
            format!("{said}.")
        }
    }

    /// Why a service that looks bad is not the cause; nothing where it does not even look bad.
    fn why_not(&self, one: &Weighed) -> Option<String> {
        let (_, _, part) = one
            .parts
            .iter()
            .find(|p| p.2.whole_off >= 5.0 && p.2.whole > 0.0)?;
        Some(if part.own <= part.whole * 0.3 {
            let callees = &self.case.calls.callees[one.service];
            let worst = callees
                .iter()
                .filter_map(|c| self.picture.weighed.iter().find(|w| w.service == *c))
                .reduce(|a, b| if b.support > a.support { b } else { a });
            match worst.filter(|w| w.support > 0.0) {
                Some(w) => format!("What it calls explains it, {} above all.", self.name(w)),
                None => "What it calls explains it.".into(),
            }
        } else if part.began < part.own * 0.5 {
            "It was so before the trouble began.".into()
        } else if one.distance.is_none() && self.picture.symptom.is_some() {
            format!("Its trouble does not reach {}.", self.symptom_name())
        } else {
            "It accounts for too little of what is felt.".into()
        })
    }

    fn discarded(&mut self, one: &Weighed) -> Hypothesis {
        let name = self.name(one).to_owned();
        let worst = one.parts.iter().find(|p| p.2.whole_off >= 5.0).copied();
        let seen: Vec<String> = worst
            .and_then(|(kind, _, part)| {
                self.measure(one.service, &kind.signal(), Some(part.whole_off))
            })
            .into_iter()
            .collect();
        Hypothesis {
            rank: 0,
            statement: format!("{name} is out of its usual range."),
            service: name,
            kind: worst
                .map_or("latency", |w| {
                    if w.0 == Trouble::Waiting {
                        "latency"
                    } else {
                        "errors"
                    }
                })
                .into(),
            confidence: (one.confidence * 100.0).round() as u8,
            evidence_for: Vec::new(),
            evidence_against: seen,
            change: None,
            discarded: true,
            reason: self.why_not(one).unwrap_or_default(),
        }
    }

    /// Changes that were near and are not blamed, with why not.
    fn innocent_changes(&mut self, told: &[Hypothesis]) -> Vec<Hypothesis> {
        let onset = self.picture.onset;
        let mut rest = Vec::new();
        for (at, change) in self.case.changes.iter().enumerate() {
            let near = change.at <= onset + chrono::Duration::minutes(30)
                && change.at >= onset - self.case.change_window;
            let known = told
                .iter()
                .any(|h| h.service == change.service && (!h.discarded || h.change.is_some()));
            if !near
                || known
                || rest.len() >= MOST_DISCARDED
                || change.service.is_empty()
                || rest
                    .iter()
                    .any(|h: &Hypothesis| h.service == change.service)
            {
                continue;
            }
            let reason = if change.at > onset + chrono::Duration::seconds(super::rank::GRACE) {
                "It came after the trouble began.".to_owned()
            } else {
                match self
                    .picture
                    .weighed
                    .iter()
                    .find(|w| self.name(w) == change.service)
                {
                    Some(w) if w.seen => "Its measures did not change.".into(),
                    Some(_) => "Nothing measured or logged speaks for it.".into(),
                    None => "It is not in the scope of this incident.".into(),
                }
            };
            rest.push(Hypothesis {
                rank: 0,
                service: change.service.clone(),
                kind: change_kind(change),
                statement: format!("{} {}.", quoted(&change.title), lead(onset, change.at)),
                confidence: 0,
                evidence_for: Vec::new(),
                evidence_against: vec![self.change(at)],
                change: Some(change.clone()),
                discarded: true,
                reason,
            });
        }
        rest
    }

    /// What people and the platform added: shown beside, never reckoned with.
    fn told(&mut self) {
        let case = self.case;
        let plain =
            |id: String, source: &str, says: String, at: Option<Instant>, link: Option<String>| {
                Evidence {
                    id,
                    source: source.into(),
                    service: String::new(),
                    observed: String::new(),
                    says,
                    query: String::new(),
                    at,
                    normal: String::new(),
                    deviation: None,
                    link,
                    points: Vec::new(),
                    signal: None,
                    lines: Vec::new(),
                }
            };
        for (at, says) in &case.by_hand {
            self.add(format!("hand {at} {says}"), |id| {
                plain(id, "by hand", says.clone(), Some(*at), None)
            });
        }
        for (at, says) in &case.platform {
            self.add(format!("platform {at} {says}"), |id| {
                plain(
                    id,
                    "incident.io",
                    format!("incident.io's own investigation: {says}"),
                    Some(*at),
                    None,
                )
            });
        }
        for linked in &case.linked {
            let says = format!("linked {}: {}", linked.kind, linked.title);
            self.add(format!("linked {says}"), |id| {
                plain(id, "incident.io", says, None, linked.link.clone())
            });
        }
    }

    fn restarts(&mut self, one: &Weighed) -> Option<String> {
        let id = self.measure(one.service, &Signal::Restarts, None)?;
        let (name, count) = (self.name(one).to_owned(), figure(one.restarts));
        if let Some(e) = self.evidence.iter_mut().find(|e| e.id == id) {
            e.says = format!("{name} restarted {count} times");
            e.observed = count;
            e.normal = "0".into();
        }
        Some(id)
    }

    fn summary(&self, symptom: &Option<(String, Vec<String>)>, top: Option<&Hypothesis>) -> String {
        let Some(s) = self.picture.symptom.as_ref().filter(|s| s.visible) else {
            let seen =
                self.case.series.iter().any(|s| !s.recent.is_empty()) || !self.case.logs.is_empty();
            let measured = self.picture.symptom.is_some();
            return match (seen && measured, top) {
                (_, Some(h)) => format!("{} points to {}.", self.case.name, h.service),
                (true, None) => {
                    "Nothing that was measured left its usual range. Not enough to say.".into()
                }
                (false, None) if seen => {
                    "No measure of the affected services was seen. Not enough to say.".into()
                }
                (false, None) => {
                    "No source could tell anything about this incident. Not enough to say.".into()
                }
            };
        };
        let what = symptom.as_ref().map_or("", |s| s.0.as_str());
        let cite = symptom
            .as_ref()
            .and_then(|s| s.1.first())
            .map_or(String::new(), |id| format!(" [{id}]"));
        let felt = &self.case.calls.names[s.service];
        let over = self.picture.recovered.is_some();
        let does = match s.kind {
            Trouble::Failing => format!(
                "{felt} {} failing calls{}",
                if over { "was" } else { "is" },
                self.until()
            ),
            Trouble::Waiting => format!(
                "{felt} {} slow{}",
                if over { "was" } else { "is" },
                self.until()
            ),
        };
        let trouble = if over {
            "was in trouble; it is back to normal"
        } else {
            "is in trouble"
        };
        match top {
            Some(h) if h.service == *felt => format!("{does} by itself: {what}{cite}."),
            Some(h)
                if self
                    .picture
                    .weighed
                    .first()
                    .is_some_and(|w| w.distance.is_some()) =>
            {
                format!(
                    "{does} because {}, which it depends on, {trouble}: {what}{cite}.",
                    h.service
                )
            }
            Some(h) => format!("{does}, probably because of {}: {what}{cite}.", h.service),
            None => format!(
                "{does}: {what}{cite}. What causes it cannot be said with enough certainty."
            ),
        }
    }

    /// What to do, from the evidence alone.
    fn actions(
        &self,
        standing: &[&Weighed],
        hypotheses: &[Hypothesis],
        settled: bool,
    ) -> Vec<String> {
        let mut all = Vec::new();
        let cite = |ids: &[String], of: &dyn Fn(&Evidence) -> bool| {
            let found = ids
                .iter()
                .find(|id| self.evidence.iter().any(|e| &e.id == *id && of(e)));
            found.map_or(String::new(), |id| format!(" [{id}]"))
        };
        let over = self.picture.recovered.is_some();
        if let Some(at) = self.picture.recovered {
            all.push(format!(
                "{} has been back to normal since {}: watch that it stays so before closing.",
                self.symptom_name(),
                at.format("%H:%M UTC")
            ));
        }
        for (one, h) in standing
            .iter()
            .zip(hypotheses)
            .take(if settled { 1 } else { 2 })
        {
            let name = &h.service;
            let log = self.case.logs.iter().find(|l| &l.service == name);
            if let Some(log) = log {
                let cite = cite(&h.evidence_for, &|e| {
                    e.service == *name && !e.lines.is_empty()
                });
                all.push(format!(
                    "Read the log of {name}: {} ({}).{cite}",
                    log.query, log.source
                ));
            } else if one.seen || !one.strains.is_empty() {
                let query = h
                    .evidence_for
                    .iter()
                    .chain(&h.evidence_against)
                    .find_map(|id| {
                        self.evidence
                            .iter()
                            .find(|e| &e.id == id && !e.query.is_empty())
                    });
                all.extend(
                    query
                        .map(|e| format!("Look at {name}: {} ({}). [{}]", e.query, e.source, e.id)),
                );
            }
            if let Some(c) = h.change.as_ref().filter(|_| !over) {
                let what = c.version.as_deref().map_or_else(|| quoted(&c.title), plain);
                let cite = cite(&h.evidence_for, &|e| {
                    e.at == Some(c.at) && e.signal.is_none()
                });
                let says = match c.class {
                    crate::domain::ChangeClass::FeatureFlag => format!(
                        "Consider turning back the flag on {name}: {}.",
                        quoted(&c.title)
                    ),
                    crate::domain::ChangeClass::Config => format!(
                        "Consider reverting the configuration of {name}: {}.",
                        quoted(&c.title)
                    ),
                    _ => format!(
                        "Consider rolling {name} back: {what} came {}.",
                        lead(self.picture.onset, c.at)
                    ),
                };
                all.push(says + &cite);
            }
            if let Some(strain) = one.strains.first().filter(|_| !over) {
                all.push(format!(
                    "Give {name} more room or take load off it: {} is at {} (normal {}).",
                    strain.signal.label(),
                    strain.signal.show(strain.observed),
                    strain.signal.show(strain.normal)
                ));
            }
            if one.distance.is_some_and(|d| d > 0) && settled && !over {
                let callers: Vec<&str> = self
                    .case
                    .calls
                    .callers(one.service)
                    .into_iter()
                    .map(|c| self.case.calls.names[c].as_str())
                    .take(3)
                    .collect();
                if !callers.is_empty() {
                    all.push(format!(
                        "Shield {} from {name} (circuit breaker, shorter timeout), if that is not active.",
                        callers.join(", ")
                    ));
                }
            }
            all.extend(
                self.case
                    .runbooks
                    .get(name)
                    .map(|r| format!("Runbook of {name}: {r}")),
            );
        }
        let named: Vec<&str> = hypotheses
            .iter()
            .filter(|h| !h.discarded)
            .map(|h| h.service.as_str())
            .collect();
        for (service, remark) in &self.case.context.remarks {
            let called = self
                .case
                .context
                .services
                .iter()
                .any(|s| &s.name == service);
            if named.first() == Some(&service.as_str()) || (called && !settled) {
                all.push(format!("Your notes on {service}: {remark}"));
            }
        }
        all.extend(self.case.past.iter().take(2).map(|(reference, how)| {
            format!("{reference} looked like this; it was resolved by: {how}")
        }));
        all
    }

    /// The one check that tells the first two apart.
    fn next_check(&self, standing: &[&Weighed]) -> Option<String> {
        let first = standing.first()?;
        let name = self.name(first);
        let Some(second) = standing.get(1).filter(|s| s.confidence >= 0.05) else {
            return (first.confidence < SETTLED).then(|| {
                format!("See whether {name} answers slowly or fails when it is called directly.")
            });
        };
        let other = self.name(second);
        if let Some((c, _)) = first.change.filter(|_| second.change.is_none()) {
            return Some(format!(
                "Roll back or turn off \"{}\": if {} recovers it was {name}, if not, look at {other}.",
                self.case.changes[c].title,
                self.symptom_name()
            ));
        }
        let (calls, called) = (
            self.case.calls.callees[first.service].contains(&second.service),
            self.case.calls.callees[second.service].contains(&first.service),
        );
        Some(if calls {
            format!("Call {other} directly, without {name}: if it answers as usual, it is {name}.")
        } else if called {
            format!("Call {name} directly, without {other}: if it answers as usual, it is {other}.")
        } else {
            format!(
                "Compare calls that need only {name} with calls that need only {other}: the ones that fail or wait name the cause."
            )
        })
    }

    /// What happened when: the change, first lines, the onset, alerts, the incident.
    fn timeline(&mut self, top: Option<&Weighed>) -> Vec<Moment> {
        let mut all = Vec::new();
        let mut say = |at: Instant, says: String, evidence: Option<String>| {
            all.push(Moment { at, says, evidence })
        };
        if let Some(one) = top {
            if let Some((c, _)) = one.change {
                let change = &self.case.changes[c];
                say(change.at, quoted(&change.title), Some(self.change(c)));
            }
            // What was changed there afterwards is often what helped.
            let name = self.name(one);
            let later = (0..self.case.changes.len()).filter(|&c| {
                let change = &self.case.changes[c];
                change.service == name
                    && change.at
                        > self.picture.onset + chrono::Duration::seconds(super::rank::GRACE)
            });
            for c in later.take(3).collect::<Vec<_>>() {
                let change = &self.case.changes[c];
                say(change.at, quoted(&change.title), Some(self.change(c)));
            }
            if let Some(&p) = one
                .patterns
                .iter()
                .chain(&one.blamed)
                .min_by_key(|&&p| self.picture.patterns[p].first)
            {
                let pattern = &self.picture.patterns[p];
                say(
                    pattern.first,
                    format!(
                        "first \"{}\" in the log of {}",
                        shortened(&pattern.example),
                        pattern.service
                    ),
                    Some(self.pattern(p)),
                );
            }
        }
        if let Some(s) = self.picture.symptom.clone().filter(|s| s.visible) {
            let id = self.measure(s.service, &s.kind.signal(), Some(s.part.whole_off));
            say(
                self.picture.onset,
                format!(
                    "{} of {} left its usual range",
                    s.kind.signal().label(),
                    self.case.calls.names[s.service]
                ),
                id,
            );
        }
        if let (Some(at), Some(s)) = (
            self.picture.recovered,
            self.picture.symptom.clone().filter(|s| s.visible),
        ) {
            let id = self.measure(s.service, &s.kind.signal(), Some(s.part.whole_off));
            say(
                at,
                format!(
                    "{} of {} back in its usual range",
                    s.kind.signal().label(),
                    self.case.calls.names[s.service]
                ),
                id,
            );
        }
        for at in 0..self.case.alerts.len().min(5) {
            let alert = &self.case.alerts[at];
            let id = self.alert(at);
            say(
                alert.created,
                format!("alert fired: {}", quoted(&alert.title)),
                Some(id),
            );
        }
        say(
            self.case.created,
            format!("{} declared", self.case.reference),
            None,
        );
        all.sort_by_key(|m| m.at);
        all
    }
}

fn kind_of(one: &Weighed, change: Option<&Change>) -> String {
    let share = one
        .parts
        .first()
        .filter(|p| p.1 > 0.05 && unusual(p.2.off) > 0.0);
    match (change, one.strains.first(), one.load) {
        (Some(c), ..) => change_kind(c),
        (_, _, Some((_, sure))) if sure > 0.3 => "load".into(),
        (_, Some(s), _) if s.off >= 8.0 => "saturation".into(),
        _ if one.restarts >= 1.0 => "restart".into(),
        _ => share
            .map_or("errors", |p| {
                if p.0 == Trouble::Waiting {
                    "latency"
                } else {
                    "errors"
                }
            })
            .into(),
    }
}

fn change_kind(change: &Change) -> String {
    change.class.label().replace(' ', "_")
}

/// How many usual spreads; past a hundred the number says nothing more.
fn spreads(off: f64) -> String {
    if off > 100.0 {
        "more than 100 usual spreads".into()
    } else {
        format!("{} usual spreads", figure(off))
    }
}

/// `2 min before`, `5 min after`.
fn lead(onset: Instant, at: Instant) -> String {
    let seconds = (onset - at).num_seconds();
    if seconds >= 0 {
        format!("{} before the onset", span(seconds))
    } else {
        format!("{} after the onset", span(-seconds))
    }
}

/// A line's message, short enough for a sentence; the line itself stands with the evidence.
fn shortened(line: &str) -> String {
    plain(&crate::domain::text::fit(&super::logs::said(line), 120))
}

/// Words of others as they stand in a sentence of ours: without brackets, which cite evidence here.
fn plain(words: &str) -> String {
    words.replace('[', "(").replace(']', ")")
}

/// The same, in quotes.
fn quoted(words: &str) -> String {
    format!("\"{}\"", plain(words))
}

fn thinned(points: &[(i64, f64)]) -> Vec<(i64, f64)> {
    let every = points.len().div_ceil(MOST_POINTS).max(1);
    points.iter().step_by(every).copied().collect()
}
