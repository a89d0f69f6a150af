//! The way from a cause to what is felt, in words that fit, and what both ends of a call on it saw. Names are cut in
//! their middle, what was checked never is.

use crate::console::link::HopRef;
use crate::domain::text::{columns, fit_middle};
use crate::domain::{Evidence, Finding, Hop, HopCheck, Hypothesis};

/// All names of a path on one line; where there is no room for all of them, the cause and what is felt.
pub(crate) fn whole(path: &[Hop], room: usize) -> String {
    let names = Hop::names(path);
    let all = names.join(Hop::ARROW);
    match names.as_slice() {
        [cause, .., felt] if columns(&all) > room => {
            pair(cause, felt, &format!("{0}…{0}", Hop::ARROW), room)
        }
        _ => all,
    }
}

/// A call with what shows that the trouble took it, and the ids of the evidence for that.
pub(crate) fn told(hop: &Hop, room: usize) -> String {
    let call = call((&hop.from, &hop.to), room);
    let says = hop.checked();
    match hop.evidence.as_slice() {
        [] => format!("{call}  {says}"),
        ids => format!("{call}  {says} [{}]", ids.join(", ")),
    }
}

/// The two ends of a call, the one nearer to the cause first.
pub(crate) fn call((from, to): (&str, &str), room: usize) -> String {
    pair(from, to, Hop::ARROW, room)
}

/// Two names, each cut in its middle where it takes more than its share.
fn pair(first: &str, second: &str, between: &str, room: usize) -> String {
    let room = room.saturating_sub(columns(between));
    let of_first = (room / 2).max(room.saturating_sub(columns(second)));
    let first = fit_middle(first, of_first);
    let second = fit_middle(second, room.saturating_sub(columns(&first)));
    format!("{first}{between}{second}")
}

/// A call of a finding, with what was seen at its ends.
pub(crate) struct Seen<'a> {
    /// The cause whose path it is on.
    pub(crate) cause: &'a Hypothesis,
    pub(crate) hop: &'a Hop,
    /// What the check stands on beside measures: a trace, lines of a log, further measures.
    pub(crate) others: Vec<&'a Evidence>,
    /// The measure of the callee and that of the caller.
    pub(crate) ends: [Option<&'a Evidence>; 2],
}

impl<'a> Seen<'a> {
    /// Nothing where the finding has no such call.
    pub(crate) fn of(finding: &'a Finding, wanted: &HopRef) -> Option<Self> {
        let (cause, hop) = wanted.of(finding)?;
        let facts: Vec<&Evidence> = hop
            .evidence
            .iter()
            .filter_map(|id| finding.evidence(id))
            .collect();
        let ends = ends(hop, &facts);
        let is_end = |e: &Evidence| ends.iter().flatten().any(|end| end.id == e.id);
        let others = facts.into_iter().filter(|e| !is_end(e)).collect();
        Some(Self {
            cause,
            hop,
            others,
            ends,
        })
    }

    /// Every fact, in the order in which they are shown.
    pub(crate) fn facts(&self) -> impl Iterator<Item = &'a Evidence> {
        let ends = self.ends.iter().flatten();
        self.others.iter().chain(ends).copied()
    }
}

/// What tells most of either end. Where a call itself loses or delays, its caller's end is what the caller saw of it; else
/// it is what became of the caller.
fn ends<'a>(hop: &Hop, facts: &[&'a Evidence]) -> [Option<&'a Evidence>; 2] {
    let measured = || facts.iter().copied().filter(|e| e.signal.is_some());
    let own = |service: &str| measured().find(|e| e.service == service && e.caller.is_none());
    let of_call = measured().find(|e| e.service == hop.from && e.caller.as_ref() == Some(&hop.to));
    let caller = match hop.check {
        HopCheck::Gap => of_call.or_else(|| own(&hop.to)),
        _ => own(&hop.to).or(of_call),
    };
    let is_free = |e: &&Evidence| caller.is_none_or(|taken| taken.id != e.id);
    let seen_by_others = || measured().filter(is_free).find(|e| e.service == hop.from);
    [own(&hop.from).or_else(seen_by_others), caller]
}
