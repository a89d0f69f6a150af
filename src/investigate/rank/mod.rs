//! Which service is the likeliest cause. Every service is weighed by what was seen of it; the weights say how much a kind
//! of evidence moves the odds, and the odds become a confidence that leaves room for a cause nobody looked at.

mod cap;
mod confide;
pub(super) mod evidence;
mod flood;
mod observe;
mod parts;
mod path;
mod silence;
mod support;
mod symptom;
pub(super) mod weights;

pub(super) use confide::grounds;
pub use flood::Flood;

use super::Case;
use super::flow::{Contribution, Flow, Span, Trouble};
use super::logs::{Pattern, blames, patterns};
use super::measure::unusual;
use super::onset::recovered;
use crate::domain::{HopCheck, Instant, Signal};
use cap::cap;
use confide::confide;
use evidence::Evidences;
use observe::observe;
use parts::Parts;
use support::{attribute_symptom, blame_callee, collect, prefer_deepest, surge};
use symptom::symptom;

/// Seconds by which a change may seem to come after what it caused: measures are points, and clocks differ.
pub const GRACE: i64 = 60;
/// From here on a cause is named. Below it the odds are worse than even.
pub const SETTLED: f64 = 0.5;
/// Usual spreads from which a symptom is there at all: a bell curve leaves one in a thousand beyond.
const VISIBLE: f64 = 3.0;
/// Sureness from which more calls than usual count as a cause of their own.
pub const SURE_LOAD: f64 = 0.3;
/// Seconds after the onset that are compared with normal: what came later may be the doing of whoever repairs it.
const COMPARED: i64 = 1_800;
const COMPARED_LINES: chrono::Duration = chrono::Duration::seconds(COMPARED);

/// Where the trouble is felt.
#[derive(Clone, Debug, PartialEq)]
pub struct Symptom {
    /// The service, as an index into the calls.
    pub service: usize,
    /// What kind of trouble.
    pub kind: Trouble,
    /// How much of it.
    pub part: Contribution,
    /// Whether it is seen in the measures at all.
    pub visible: bool,
    /// Whether the incident names the service.
    pub named: bool,
    /// Below which service the cause is looked for: the named one where the trouble is seen beneath it, else the service
    /// itself.
    pub root: usize,
    /// What part of what flows at the root the trouble is: what is far less than usual there, nobody would call about.
    pub matters: f64,
}

/// Something that runs out.
#[derive(Clone, Debug, PartialEq)]
pub struct Strain {
    /// What.
    pub signal: Signal,
    /// In usual spreads.
    pub off: f64,
    /// Now.
    pub observed: f64,
    /// Usually.
    pub normal: f64,
    /// Where it runs out, if that is known.
    pub limit: Option<f64>,
}

impl Strain {
    /// What, with its value now and usually.
    pub fn shown(&self) -> (&str, String, String) {
        let show = |value| self.signal.show(value);
        let observed = match self.limit {
            Some(limit) => format!("{} of {}", show(self.observed), show(limit)),
            None => show(self.observed),
        };
        (self.signal.label(), observed, show(self.normal))
    }
}

/// Which end of its calls a part is seen at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the service, as it measures itself or as its callers see it.
    Own,
    /// Between the service and those it talks to: one end sees it and the other does not.
    Between,
}

/// A service's part in the symptom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// What kind of trouble.
    pub kind: Trouble,
    /// Where it is seen.
    pub place: Place,
    /// What share of the symptom it is, 0 to 1.
    pub share: f64,
    /// How much.
    pub figures: Contribution,
}

impl Weighed {
    /// The kind of trouble in which it accounts for most.
    fn kind(&self) -> Trouble {
        self.parts.first().map_or(Trouble::Waiting, |p| p.kind)
    }

    /// Whom it surely floods with calls.
    pub fn flood(&self) -> Option<Flood> {
        self.floods.filter(|f| f.sure > SURE_LOAD)
    }

    /// Whether there surely are more calls than usual: those it gets, or those it makes.
    fn is_load(&self) -> bool {
        self.load.is_some_and(|l| l.1 > SURE_LOAD) || self.flood().is_some()
    }
}

impl Part {
    /// What it accounts for: its share, as far as it is unusual.
    fn accounted(&self) -> f64 {
        self.share * unusual(self.figures.off)
    }
}

/// One service weighed.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    /// Index into the calls.
    pub service: usize,
    /// What speaks for it, each kind 0 to 1.
    pub evidence: Evidences,
    /// Log-odds.
    pub support: f64,
    /// 0 to 1.
    pub confidence: f64,
    /// Its parts in the symptom's kind of trouble and in the other one, the one that accounts for most first.
    pub parts: Vec<Part>,
    /// What is strained, worst first.
    pub strains: Vec<Strain>,
    /// How surely it stopped answering while it is called, 0 to 1.
    pub silent: f64,
    /// Whether it went out of sight as a whole.
    pub vanished: bool,
    /// Restarts since the onset.
    pub restarts: f64,
    /// Patterns of its own log.
    pub patterns: Vec<usize>,
    /// How much those of them that tell of a failure say, and how much the others, 0 to 1.
    pub failure: f64,
    /// The same of the others.
    pub lines: f64,
    /// Patterns of others' logs that name it.
    pub blamed: Vec<usize>,
    /// How surely they blame it, 0 to 1.
    pub blame: f64,
    /// The most suspect change and how suspect, 0 to 1.
    pub change: Option<(usize, f64)>,
    /// Alerts on it.
    pub alerts: Vec<usize>,
    /// What its system says of it, surest first.
    pub signs: Vec<usize>,
    /// What traces tell of it, most first.
    pub traces: Vec<usize>,
    /// More load than usual: times as much, and how surely.
    pub load: Option<(f64, f64)>,
    /// Whom it floods with calls.
    pub floods: Option<Flood>,
    /// Calls between it and the symptom; nothing where no path is known.
    pub distance: Option<usize>,
    /// Whether its answers are measured.
    pub seen: bool,
    /// The way from it to the symptom, where one is known.
    pub path: Vec<Way>,
}

/// One call on the way from a cause to the symptom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Way {
    /// The callee; of a cause that floods another, the caller.
    pub from: usize,
    /// The caller; of a cause that floods another, the callee.
    pub to: usize,
    /// What shows that the trouble took it.
    pub check: HopCheck,
    /// The kind of trouble that shows it.
    pub kind: Trouble,
    /// The trace or the pattern that shows it, where one does.
    pub by: Option<usize>,
}

/// What judgement saw.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// When it began.
    pub onset: Instant,
    /// Where that comes from.
    pub onset_from: String,
    /// When the symptom was back in its usual range, where it is.
    pub recovered: Option<Instant>,
    /// Unix seconds that were compared with normal.
    pub after: Span,
    /// Where it is felt.
    pub symptom: Option<Symptom>,
    /// Log lines that are new, grew or fell silent.
    pub patterns: Vec<Pattern>,
    /// Likeliest first.
    pub weighed: Vec<Weighed>,
    /// The most that may be said, and why, where something was not seen.
    pub cap: (f64, Vec<String>),
}

/// Weighs every service in scope, by its measures against those of before the onset.
pub fn rank<'a>(case: &'a Case) -> (Flow<'a>, Ranking) {
    let calls = case.known_calls();
    let scout = Flow::new(&calls, &case.series, None);
    let (mut symptom, onset, onset_from) = symptom(case, &scout);
    let flow = Flow::new(&calls, &case.series, Some(onset.timestamp()));
    let recovered = end_of(&flow, symptom.as_ref(), onset);
    let after = span(&flow, onset.timestamp(), recovered);
    let parts = Parts::new(&flow, after);
    if let Some(s) = &mut symptom
        && let Some(part) = parts.own(s.kind, s.service)
    {
        s.part = part;
        s.visible = part.whole_off >= VISIBLE && part.whole > 0.0;
    }
    let patterns = patterns(&case.logs, (onset, onset + COMPARED_LINES), &|service| {
        observe::calls(&flow, flow.calls.index(service)?, after)
    });
    let names: Vec<Vec<String>> = flow.calls.names.iter().map(|n| vec![n.clone()]).collect();
    let blames = blames(&patterns, &names, &case.logs, onset);
    let lines = (patterns.as_slice(), blames.as_slice());
    let mut weighed: Vec<Weighed> = (0..flow.calls.names.len())
        .map(|n| observe(case, &flow, n, (after, onset), lines))
        .collect();
    if let Some(symptom) = &symptom {
        attribute_symptom(&flow, symptom, (after, &parts), &mut weighed);
    }
    silence::find(&flow, after, &parts, &mut weighed);
    flood::find(&flow, after, &mut weighed);
    let surge = surge(&flow, &weighed);
    for one in &mut weighed {
        one.evidence = collect(case, &flow, one, (symptom.as_ref(), surge));
    }
    blame_callee(&flow, &mut weighed);
    prefer_deepest(&flow, &mut weighed);
    // Where nothing is measured, it is felt by whom the incident names.
    let mut named = case.context.services.iter();
    let named = named.find_map(|s| flow.calls.index(&s.name));
    let felt = symptom.as_ref().map(|s| s.service).or(named);
    let kind = symptom.as_ref().map_or(Trouble::Waiting, |s| s.kind);
    let hops = path::hops(case, &flow, (&parts, kind), (&blames, &weighed));
    for one in &mut weighed {
        one.support = one.evidence.support();
        if let Some(felt) = felt {
            one.path = path::way(&hops, (one.service, felt));
        }
    }
    likeliest_first(&flow, &mut weighed);
    confide(&flow, &mut weighed);
    let cap = cap(case, &flow, symptom.as_ref(), &weighed);
    for one in &mut weighed {
        one.confidence = one.confidence.min(cap.0);
    }
    let ranking = Ranking {
        onset,
        onset_from,
        recovered,
        after,
        symptom,
        patterns,
        weighed,
        cap,
    };
    (flow, ranking)
}

/// The time that is compared with normal: from the onset until it is over, for half an hour, or as long as there is
/// anything.
fn span(flow: &Flow, onset: i64, recovered: Option<Instant>) -> Span {
    let end = flow.end().unwrap_or(onset).min(onset + COMPARED);
    let end = recovered.map_or(end, |at| end.min(at.timestamp()));
    (onset, end.max(onset) + 1)
}

/// When the symptom was back in its usual range.
fn end_of(flow: &Flow, symptom: Option<&Symptom>, onset: Instant) -> Option<Instant> {
    let s = symptom?;
    let series = flow.view(s.service, &s.kind.signal())?;
    Instant::from_timestamp(recovered(flow.lane(series), onset.timestamp())?, 0)
}

/// By what speaks for each; where nothing tells two apart, by what is nearest to the symptom, and by name at the very
/// last, so that the order is always the same.
fn likeliest_first(flow: &Flow, weighed: &mut [Weighed]) {
    let names = &flow.calls.names;
    let near = |w: &Weighed| w.distance.unwrap_or(usize::MAX);
    weighed.sort_by(|a, b| {
        b.support
            .total_cmp(&a.support)
            .then_with(|| near(a).cmp(&near(b)))
            .then_with(|| names[a.service].cmp(&names[b.service]))
    });
}
