//! Each possible cause with what speaks for and against it, and each suspect that was cleared, with why.

use super::phrases::{change_kind, clock, lead, plain, quoted, shortened, spreads, times};
use super::{MOST_DISCARDED, MOST_STANDING, Writer};
use crate::domain::evidence::{figure, seconds};
use crate::domain::time::span;
use crate::domain::{Change, HopCheck, Hypothesis, Sign, Signal, text};
use crate::investigate::Direction;
use crate::investigate::flow::{Contribution, Trouble};
use crate::investigate::measure::unusual;
use crate::investigate::rank::{GRACE, Part, Place, SURE_LOAD, Weighed};
use chrono::Duration;

/// Log-odds and confidence below which a service is not worth naming.
const LEAST_SUPPORT: f64 = 0.3;
const LEAST_CONFIDENCE: f64 = 0.005;
/// Usual spreads from which a service looks bad to whoever opens its dashboard.
const LOOKS_BAD: f64 = 5.0;
/// How surely something stopped answering, from which it is told.
const SILENT: f64 = 0.3;
/// Usual spreads from which strain is the kind of trouble, not a sign of it.
const SATURATED: f64 = 8.0;

impl Trouble {
    fn kind(self) -> &'static str {
        match self {
            Self::Waiting => "latency",
            Self::Failing => "errors",
        }
    }
}

impl Part {
    /// Whether it is a part that is unusual at all.
    fn tells(&self) -> bool {
        self.share > 0.0 && unusual(self.figures.off) > 0.0
    }
}

impl Weighed {
    /// Its best part in the symptom, where it has one that is unusual.
    fn share(&self) -> Option<Part> {
        self.parts.first().copied().filter(Part::tells)
    }

    /// The first part that looks bad, whatever it accounts for.
    fn looks_bad(&self) -> Option<Part> {
        let mut parts = self.parts.iter();
        parts.find(|p| p.figures.whole_off >= LOOKS_BAD).copied()
    }

    /// How many times as many calls it gets, where that is surely more than usual.
    fn overload(&self) -> Option<f64> {
        self.load.filter(|l| l.1 > SURE_LOAD).map(|l| l.0)
    }
}

impl<'a> Writer<'a> {
    /// What stands, and what was looked at and set aside with a reason worth telling.
    pub(super) fn sides(&self) -> (Vec<&'a Weighed>, Vec<&'a Weighed>) {
        let weighed = &self.picture.weighed;
        let standing: Vec<&Weighed> = weighed
            .iter()
            .filter(|w| w.support > LEAST_SUPPORT && w.confidence >= LEAST_CONFIDENCE)
            .take(MOST_STANDING)
            .collect();
        let is_standing = |w: &Weighed| standing.iter().any(|s| s.service == w.service);
        let aside = weighed
            .iter()
            .filter(|w| !is_standing(w) && self.why_not(w).is_some())
            .take(MOST_DISCARDED)
            .collect();
        (standing, aside)
    }

    pub(super) fn hypothesis(&mut self, one: &Weighed) -> Hypothesis {
        let change = one.change.map(|(c, _)| self.case.changes[c].clone());
        let evidence_for = self.speaks_for(one);
        Hypothesis {
            rank: 0,
            service: self.name(one).to_owned(),
            kind: kind_of(one, &self.case.signs, change.as_ref()),
            statement: self.statement(one, change.as_ref()),
            confidence: (one.confidence * 100.0).round() as u8,
            evidence_for,
            evidence_against: self.speaks_against(one),
            change,
            discarded: false,
            reason: self.reason(one),
            path: self.path(one),
        }
    }

    fn speaks_for(&mut self, one: &Weighed) -> Vec<String> {
        let mut ids = Vec::new();
        ids.extend(one.signs.iter().take(3).map(|&s| self.sign_of(s)));
        for part in one.parts.iter().filter(|p| p.tells()) {
            ids.extend(self.part(one.service, part));
        }
        ids.extend(one.traces.iter().take(2).map(|&t| self.trace(t)));
        let flood = one.flood();
        if one.overload().is_some() || one.silent >= SILENT || flood.is_some() {
            ids.extend(self.measure(one.service, &Signal::Traffic, None));
        }
        if let Some(flood) = flood {
            let ends = (one.service, flood.callee);
            ids.extend(self.measure_edge(ends, &Signal::Traffic, None));
            ids.extend(self.measure(flood.callee, &Signal::Traffic, None));
        }
        for strain in one.strains.iter().take(3) {
            ids.extend(self.measure(one.service, &strain.signal, Some(strain.off)));
        }
        if one.restarts >= 1.0 {
            ids.extend(self.restarts(one));
        }
        let lines = one.patterns.iter().chain(&one.blamed).take(4);
        ids.extend(lines.map(|&p| self.pattern(p)));
        ids.extend(one.change.map(|(c, _)| self.change(c)));
        ids.extend(one.alerts.iter().take(2).map(|&a| self.alert(a)));
        ids
    }

    /// The measures of a part: of the service itself, or of both ends of the calls between which it lies.
    fn part(&mut self, service: usize, part: &Part) -> Vec<String> {
        let (signal, off) = (part.kind.signal(), Some(part.figures.off));
        if part.place == Place::Between {
            return self.ends(service, &signal, off);
        }
        let mut ids: Vec<String> = self.measure(service, &signal, off).into_iter().collect();
        if part.kind == Trouble::Waiting {
            ids.extend(self.measure(service, &Signal::Tail, None));
        }
        ids
    }

    /// Its answers, where they are measured and show nothing.
    fn speaks_against(&mut self, one: &Weighed) -> Vec<String> {
        let mut own = one.parts.iter().filter(|p| p.place == Place::Own);
        let measured = own.next().filter(|_| one.share().is_none());
        measured
            .and_then(|p| self.measure(one.service, &p.kind.signal(), Some(p.figures.off)))
            .into_iter()
            .collect()
    }

    /// One sentence that says what this service does to the symptom.
    fn statement(&self, one: &Weighed, change: Option<&Change>) -> String {
        let name = self.name(one);
        let adds = || one.share().map(|part| self.adds(one, part));
        let does = self.floods(one.service).or_else(adds);
        let does = does.unwrap_or_else(|| self.sign(one, change.is_some()));
        let started = clock(self.picture.onset);
        let near = change.map_or(String::new(), |c| {
            let (class, at) = (c.class.label(), clock(c.at));
            format!("; correlates with the {name} {class} at {at}")
        });
        format!("{does}; started {started}{near}.")
    }

    /// What a service adds to the trouble by itself, as it was measured.
    fn adds(
        &self,
        one: &Weighed,
        Part {
            kind,
            place,
            figures: part,
            ..
        }: Part,
    ) -> String {
        let (from, to) = self.picture.after;
        let amount = part.began * (to - from) as f64;
        let lasted = self.picture.recovered.map_or(to - from, |at| {
            (at.timestamp() - from).min(to - from).max(60)
        });
        let amount = match kind {
            Trouble::Waiting => format!("{} of waiting over all its calls", seconds(amount)),
            Trouble::Failing => format!("{} failing calls", figure(amount.round())),
        };
        let name = self.name(one);
        let callees = if place == Place::Between {
            format!("; {name} itself does not measure that")
        } else if self.flow.calls.callees[one.service].is_empty() {
            String::new()
        } else {
            "; what it calls does not explain that".into()
        };
        let who = match place {
            Place::Own => name.to_owned(),
            Place::Between => format!("the way to {name}"),
        };
        format!(
            "{who} {} {amount} in {}{}{callees}",
            self.tense("adds", "added"),
            span(lasted),
            self.share_of_felt(one, kind, part)
        )
    }

    /// How much of what is felt that is. Calls beside one another wait more together than whoever waits for all of them:
    /// past threefold a percentage would only puzzle.
    fn share_of_felt(&self, one: &Weighed, kind: Trouble, part: Contribution) -> String {
        let felt = self.felt(kind).filter(|f| *f > 0.0);
        let Some(felt) = felt.filter(|_| one.distance.is_some()) else {
            return String::new();
        };
        let who = format!("{} {}", self.symptom_name(), self.tense("feels", "felt"));
        match part.began / felt {
            times if times > 3.0 => format!(", more than all that {who}"),
            times if times > 0.95 => format!(", all that {who}"),
            times => {
                let percent = figure((times * 100.0).round());
                format!(", {percent} % of what {who}")
            }
        }
    }

    /// How much of a kind the symptom feels.
    fn felt(&self, kind: Trouble) -> Option<f64> {
        let s = self.picture.symptom.as_ref()?;
        let mut weighed = self.picture.weighed.iter();
        let one = weighed.find(|w| w.service == s.service)?;
        let own = one
            .parts
            .iter()
            .find(|p| p.kind == kind && p.place == Place::Own);
        own.map(|p| p.figures.whole)
    }

    /// Whom a service surely floods, in words.
    pub(super) fn floods(&self, service: usize) -> Option<String> {
        let mut weighed = self.picture.weighed.iter();
        let flood = weighed.find(|w| w.service == service)?.flood()?;
        let names = &self.flow.calls.names;
        let (name, callee, times) = (&names[service], &names[flood.callee], figure(flood.times));
        let (calls, gets) = (self.tense("calls", "called"), self.tense("gets", "got"));
        Some(format!(
            "{name} {calls} {callee} far more often for each call that it {gets} itself: {callee} {gets} {times} times as many              calls as before"
        ))
    }

    /// The strongest sign of a service that adds nothing measurable to the symptom.
    fn sign(&self, one: &Weighed, changed: bool) -> String {
        let (name, is) = (self.name(one), self.tense("is", "was"));
        if let Some(&s) = one.signs.first() {
            plain(&self.case.signs[s].says)
        } else if one.silent >= SILENT {
            let answers = self.tense("answers", "answered");
            format!("{name} {answers} far fewer calls than it {is} sent")
        } else if let Some(&t) = one.traces.first() {
            self.traced(&self.case.traces[t])
        } else if let Some(strain) = one.strains.first() {
            let (what, observed, normal) = strain.shown();
            let off = spreads(strain.off);
            format!("{what} of {name} {is} {off} above normal ({observed}, normal {normal})")
        } else if let Some(times) = one.overload() {
            let (times, gets) = (figure(times), self.tense("gets", "got"));
            format!("{name} {gets} {times} times as many calls as before")
        } else if let Some(&p) = one.patterns.iter().chain(&one.blamed).next() {
            let p = &self.picture.patterns[p];
            let logs = match p.direction {
                Direction::Silent => self.tense("no longer logs", "logged no more"),
                _ => self.tense("logs", "logged"),
            };
            format!("{} {logs} \"{}\"", p.service, shortened(&p.example))
        } else if changed {
            format!("{name} was changed shortly before")
        } else if one.restarts >= 1.0 {
            format!("{name} restarted {}", times(one.restarts))
        } else {
            format!("an alert {} {name}", self.tense("names", "named"))
        }
    }

    /// How many templates of its log are there that should not be, or are not there that should.
    fn unusual_lines(&self, one: &Weighed) -> Vec<String> {
        let is_silent = |p: &&usize| self.picture.patterns[**p].direction == Direction::Silent;
        let (silent, more): (Vec<&usize>, Vec<&usize>) = one.patterns.iter().partition(is_silent);
        [
            (more, "new or grown log line", "new or grown log lines"),
            (silent, "log line fell silent", "log lines fell silent"),
        ]
        .into_iter()
        .filter(|(lines, ..)| !lines.is_empty())
        .map(|(lines, one, many)| text::counted(lines.len(), one, many))
        .collect()
    }

    /// Why it stands where it does: every kind of evidence that was counted, in a few words.
    fn reason(&self, one: &Weighed) -> String {
        let mut parts = Vec::new();
        let share = one.share();
        let is = self.tense("is", "was");
        parts.extend(share.map(|s| {
            let off = spreads(s.figures.off);
            match s.place {
                Place::Own => format!("its own part {is} {off} off"),
                Place::Between => format!("what its callers see and it does not {is} {off} off"),
            }
        }));
        if one.silent >= SILENT {
            parts.push("it stopped answering".into());
        }
        let said = one.signs.len();
        if said > 0 {
            parts.push(text::counted(
                said,
                "sign of its system",
                "signs of its system",
            ));
        }
        if !one.traces.is_empty() {
            parts.push("traces lead to it".into());
        }
        parts.extend(self.nearness(one, share.is_some()));
        if !one.strains.is_empty() {
            let what: Vec<&str> = one.strains.iter().map(|s| s.signal.label()).collect();
            parts.push(format!("{} strained", what[..what.len().min(2)].join(", ")));
        }
        if one.restarts >= 1.0 {
            parts.push(format!("restarted {}", times(one.restarts)));
        }
        parts.extend(self.unusual_lines(one));
        if !one.blamed.is_empty() {
            parts.push("others' logs name it".into());
        }
        if one.change.is_some() {
            parts.push("changed before the onset".into());
        }
        let unverified = one.path.iter().filter(|w| w.check == HopCheck::Unverified);
        let unverified = unverified.count();
        if unverified > 0 && one.path.len() > 1 {
            let calls = one.path.len();
            parts.push(format!(
                "{unverified} of {calls} calls on the way unverified"
            ));
        }
        let mut said = parts.join("; ");
        if let Some(first) = said.get(..1) {
            said.replace_range(..1, &first.to_uppercase());
        }
        if said.is_empty() {
            "Nothing was measured of it; the incident names it.".into()
        } else {
            format!("{said}.")
        }
    }

    /// How near it is to where the trouble is felt.
    fn nearness(&self, one: &Weighed, shares: bool) -> Option<String> {
        let felt = self.symptom_name();
        match one.distance {
            Some(0) if shares => {
                let is = self.tense("is", "was");
                Some(format!("it {is} where the trouble {is} felt"))
            }
            Some(1) if shares => Some(format!("{felt} calls it")),
            Some(d) if shares => Some(format!("{d} calls away from {felt}")),
            None if one.seen && self.picture.symptom.is_some() => {
                Some(format!("no known path to {felt}"))
            }
            _ => None,
        }
    }

    /// Why a service that looks bad is not the cause; nothing where it does not even look bad.
    fn why_not(&self, one: &Weighed) -> Option<String> {
        let own = one.parts.iter().filter(|p| p.place == Place::Own);
        let mut parts = own.map(|p| p.figures);
        let part = parts.find(|p| p.whole_off >= LOOKS_BAD && p.whole > 0.0)?;
        Some(if part.own <= part.whole * 0.3 {
            match self.worst_callee(one) {
                Some(name) => format!("What it calls explains it, {name} above all."),
                None => "What it calls explains it.".into(),
            }
        } else if part.began < part.own * 0.5 {
            "It was so before the trouble began.".into()
        } else if one.distance.is_none() && self.picture.symptom.is_some() {
            let does = self.tense("does not reach", "did not reach");
            format!("Its trouble {does} {}.", self.symptom_name())
        } else {
            let is = self.tense("is", "was");
            format!("It accounts for too little of what {is} felt.")
        })
    }

    fn worst_callee(&self, one: &Weighed) -> Option<&'a str> {
        let weighed = &self.picture.weighed;
        let callees = self.flow.calls.callees[one.service].iter();
        callees
            .filter_map(|c| weighed.iter().find(|w| w.service == *c))
            .reduce(|a, b| if b.support > a.support { b } else { a })
            .filter(|w| w.support > 0.0)
            .map(|w| self.name(w))
    }

    /// A service that looks bad and is not the cause.
    pub(super) fn discarded(&mut self, one: &Weighed) -> Hypothesis {
        let name = self.name(one).to_owned();
        let worst = one.looks_bad();
        let seen = worst
            .and_then(|p| self.measure(one.service, &p.kind.signal(), Some(p.figures.whole_off)));
        Hypothesis {
            rank: 0,
            statement: format!("{name} {} out of its usual range.", self.tense("is", "was")),
            service: name,
            kind: worst.map_or("latency", |w| w.kind.kind()).into(),
            confidence: (one.confidence * 100.0).round() as u8,
            evidence_for: Vec::new(),
            evidence_against: seen.into_iter().collect(),
            change: None,
            discarded: true,
            reason: self.why_not(one).unwrap_or_default(),
            path: Vec::new(),
        }
    }

    /// Changes that were near and are not blamed, with why not: one of each service.
    pub(super) fn innocent_changes(&mut self, told: &[Hypothesis]) -> Vec<Hypothesis> {
        let (case, onset) = (self.case, self.picture.onset);
        let near = onset - case.change_window..=onset + Duration::minutes(30);
        let mut rest: Vec<Hypothesis> = Vec::new();
        for (at, change) in case.changes.iter().enumerate() {
            let is_told = told
                .iter()
                .any(|h| h.service == change.service && (!h.discarded || h.change.is_some()));
            let known = is_told || rest.iter().any(|h| h.service == change.service);
            if near.contains(&change.at)
                && !known
                && rest.len() < MOST_DISCARDED
                && !change.service.is_empty()
            {
                rest.push(self.innocent(at, change));
            }
        }
        rest
    }

    fn innocent(&mut self, at: usize, change: &Change) -> Hypothesis {
        let onset = self.picture.onset;
        let mut weighed = self.picture.weighed.iter();
        let reason = if change.at > onset + Duration::seconds(GRACE) {
            "It came after the trouble began."
        } else {
            match weighed.find(|w| self.name(w) == change.service) {
                Some(w) if w.seen => "Its measures did not change.",
                Some(_) => "Nothing measured or logged speaks for it.",
                None => "It is not in the scope of this incident.",
            }
        };
        Hypothesis {
            rank: 0,
            service: change.service.clone(),
            kind: change_kind(change),
            statement: format!("{} {}.", quoted(&change.title), lead(onset, change.at)),
            confidence: 0,
            evidence_for: Vec::new(),
            evidence_against: vec![self.change(at)],
            change: Some(change.clone()),
            discarded: true,
            reason: reason.into(),
            path: Vec::new(),
        }
    }
}

/// What a cause is called in a word: the change where there is one, else its strongest sign.
fn kind_of(one: &Weighed, signs: &[Sign], change: Option<&Change>) -> String {
    let share = one.share().filter(|s| s.share > 0.05);
    match (change, one.strains.first()) {
        (Some(c), _) => change_kind(c),
        _ if !one.signs.is_empty() => signs[one.signs[0]].kind.clone(),
        _ if one.silent >= SILENT => "silence".into(),
        _ if share.is_some_and(|s| s.place == Place::Between) => "network".into(),
        _ if one.overload().is_some() || one.flood().is_some() => "load".into(),
        (_, Some(s)) if s.off >= SATURATED => "saturation".into(),
        _ if one.restarts >= 1.0 => "restart".into(),
        _ => share.map_or("errors", |s| s.kind.kind()).into(),
    }
}
