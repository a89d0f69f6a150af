//! What the rows tell: lines of the timeline in words, what was found, and where each thing is said, so that it is said
//! once.

use super::{Line, Rows, line, plain};
use crate::domain::{
    EntryKind, Evidence, Finding, Hop, Hypothesis, Instant, TimelineEntry, text, zoned,
};
use std::collections::{BTreeMap, BTreeSet};

/// Sections of a post-mortem that quote the timeline, each with the words that tell. A line stands under the first that
/// it fits.
const QUOTING: [(&str, &[&str]); 4] = [
    ("Cause", &["cause", "because of", "due to", "traced to"]),
    (
        "Resolution",
        &[
            "resolved",
            "rolled back",
            "rolling back",
            "rollback",
            "fixed",
            "raised the",
            "restored",
            "reverted",
            "mitigated",
        ],
    ),
    (
        "Impact",
        &[
            "customer", "affected", "% of", "percent", "users", "orders", "impact",
        ],
    ),
    (
        "Contributing factors",
        &[
            "retry",
            "pool",
            "limit",
            "no alert",
            "did not alert",
            "manual",
            "missing",
            "stuck",
            "expired",
            "exhausted",
        ],
    ),
];

impl Rows {
    /// A time, with its zone.
    pub(super) fn at(&self, instant: Instant) -> String {
        self.zone.named_minute(instant)
    }

    /// The finding, where it names a cause.
    pub(super) fn settled(&self) -> Option<(&Finding, &Hypothesis)> {
        let finding = self.finding.as_ref().filter(|f| f.settled)?;
        Some((finding, finding.top()?))
    }
}

/// Which section says what a line of the timeline says, by its id: each line has one at most.
pub(super) struct Quoted<'a>(BTreeMap<&'a str, &'static str>);

impl<'a> Quoted<'a> {
    pub(super) fn of(rows: &'a Rows) -> Self {
        let quotable = rows
            .timeline
            .iter()
            .filter(|i| is_written(i) && !i.is_of_investigation());
        let placed = quotable.filter_map(|i| Some((i.id.as_str(), section_of(i)?)));
        Self(placed.collect())
    }

    /// The section that quotes a line.
    pub(super) fn section(&self, item: &TimelineEntry) -> Option<&'static str> {
        self.0.get(item.id.as_str()).copied()
    }

    /// What people wrote that belongs into a section.
    pub(super) fn lines(&self, rows: &Rows, section: &str) -> Vec<Line> {
        let here = |i: &&TimelineEntry| self.section(i) == Some(section);
        let told = rows.timeline.iter().filter(here);
        told.map(|i| {
            let words = format!("- {}: {} ({})", rows.at(i.at), telling(i), who(i));
            line(words, timeline_row(i))
        })
        .collect()
    }
}

fn section_of(item: &TimelineEntry) -> Option<&'static str> {
    let said = format!("{} {}", item.title, item.body).to_lowercase();
    let fits = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let mut sections = QUOTING.iter();
    sections
        .find(|(_, words)| fits(words))
        .map(|(name, _)| *name)
}

/// What a person wrote.
fn is_written(item: &TimelineEntry) -> bool {
    matches!(item.kind, EntryKind::Curated | EntryKind::Update)
}

pub(super) fn timeline_row(item: &TimelineEntry) -> Option<String> {
    Some(format!("timeline {}", item.id))
}

/// Lines of the timeline that tell the story: notes, updates, alerts and pages, and of the activity only what moved it.
pub(super) fn story(rows: &Rows) -> impl Iterator<Item = &TimelineEntry> {
    let moved = |i: &TimelineEntry| {
        ["became", "Status", "Severity", "declared"]
            .iter()
            .any(|w| i.title.contains(w))
    };
    let all = rows.timeline.iter();
    all.filter(move |i| i.kind != EntryKind::Activity || moved(i))
}

/// What a line tells, as a sentence: its text where it has one, else its title.
pub(super) fn telling(item: &TimelineEntry) -> String {
    if item.is_of_investigation() {
        return sentence(plain(&item.title));
    }
    let body = plain(&text::clean_line(&item.body));
    sentence(match (item.kind, body.is_empty()) {
        (_, true) => item.title.clone(),
        (EntryKind::Update, false) => body,
        (_, false) => format!("{}: {body}", item.title.trim_end_matches(['.', ':'])),
    })
}

/// Words with an end.
pub(super) fn sentence(words: String) -> String {
    match words.trim_end().chars().last() {
        Some('.' | '!' | '?' | '"' | ')' | ':') | None => words,
        Some(_) => format!("{}.", words.trim_end()),
    }
}

fn who(item: &TimelineEntry) -> String {
    if item.actor.is_empty() {
        "nobody named".into()
    } else {
        item.actor.clone()
    }
}

/// What the investigation found, as its own, with what each number of its evidence stands for; then what people wrote.
pub(super) fn cause(rows: &Rows) -> Vec<Line> {
    let mut out = found_cause(rows).unwrap_or_else(|| posted_cause(rows));
    out.extend(Quoted::of(rows).lines(rows, "Cause"));
    out
}

fn found_cause(rows: &Rows) -> Option<Vec<Line>> {
    let (finding, top) = rows.settled()?;
    let says = zoned(top.statement.as_str().into(), finding.onset, rows.zone);
    let says = format!(
        "{} Found by hotseat's investigation, with a confidence of {} %.",
        sentence(says.into_owned()),
        top.confidence
    );
    let head = line(says, row_of(&top.evidence_for));
    let legend = cited(finding, top).map(|e| {
        let words = format!("- {}: {} ({})", e.id, e.says, e.source);
        line(words, row_of(std::slice::from_ref(&e.id)))
    });
    let lines = std::iter::once(head).chain(way(top)).chain(legend);
    Some(lines.collect())
}

/// The way from the cause to where it was felt, call by call with what shows that the trouble took it, or that nothing does.
fn way(top: &Hypothesis) -> Vec<Line> {
    let whole = Hop::names(&top.path).join(Hop::ARROW);
    let whole = (top.path.len() > 1).then(|| {
        let words = format!("The way to where it was felt: {whole}.");
        line(words, row_of(&top.evidence_for))
    });
    let hops = top.path.iter().map(|hop| {
        let call = format!("- {}{}{}: {}", hop.from, Hop::ARROW, hop.to, hop.checked());
        match hop.evidence.as_slice() {
            [] => line(call, row_of(&top.evidence_for)),
            ids => line(format!("{call} ({})", ids.join(", ")), row_of(ids)),
        }
    });
    whole.into_iter().chain(hops).collect()
}

/// Every fact that the cause or its way stands on, once.
fn cited<'a>(finding: &'a Finding, top: &'a Hypothesis) -> impl Iterator<Item = &'a Evidence> {
    let of_way = top.path.iter().flat_map(|hop| &hop.evidence);
    let mut seen = BTreeSet::new();
    let all = top.evidence_for.iter().chain(of_way);
    let once = all.filter(move |id| seen.insert(id.as_str()));
    once.filter_map(|id| finding.evidence(id))
}

fn row_of(ids: &[String]) -> Option<String> {
    Some(format!("evidence {}", ids.join(" ")))
}

/// What an earlier investigation put on the timeline, where none was made since.
fn posted_cause(rows: &Rows) -> Vec<Line> {
    let is_cause = |i: &&TimelineEntry| i.title.starts_with("Root cause identified");
    let last = rows.timeline.iter().rev().find(is_cause);
    let told = last.into_iter().flat_map(|item| {
        let title = line(
            sentence(format!("{}, {}", item.title, rows.at(item.at))),
            timeline_row(item),
        );
        let body = item.body.lines().filter(|l| !l.trim().is_empty());
        let body = body.map(|words| line(plain(words), timeline_row(item)));
        std::iter::once(title).chain(body).collect::<Vec<_>>()
    });
    told.collect()
}

/// The newest words of a person.
pub(super) fn latest(rows: &Rows) -> Option<&TimelineEntry> {
    let mut newest = rows.timeline.iter().rev();
    newest.find(|i| is_written(i) && !i.is_of_investigation())
}
