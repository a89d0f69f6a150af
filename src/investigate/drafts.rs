//! Timeline entries and a channel update drafted from a finding. Every line carries the evidence it stands on.

use super::outline::{Item, Label, NOT_ENOUGH, Outline, Part, outline};
use crate::domain::time::Zone;
use crate::domain::{Evidence, Finding, Hop, Instant};
use serde::{Deserialize, Serialize};

/// What a draft becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftKind {
    /// An item on the timeline.
    Timeline,
    /// An update to the incident's channel.
    Update,
    /// A message to the incident's Slack channel.
    Slack,
}

/// A text to be read before it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// What it becomes.
    pub kind: DraftKind,
    /// One line: the title of a timeline item.
    pub title: String,
    /// The text.
    pub body: String,
    /// The time it speaks of.
    pub at: Instant,
    /// Ids of the evidence its lines stand on.
    pub cites: Vec<String>,
    /// Whether it is sent without anybody having read it.
    #[serde(skip)]
    pub by_itself: bool,
}

/// Percent from which a root cause may be written down as one.
pub const HIGH: u8 = 75;

/// What of the drafts is to be sent, in order: the entries of the timeline, and the update to one channel or both.
pub fn wanted(all: &[Draft], entries: bool, update: bool, slack: bool) -> Vec<Draft> {
    let timeline = all.iter().filter(|d| d.kind == DraftKind::Timeline);
    let mut wanted: Vec<Draft> = timeline.filter(|_| entries).cloned().collect();
    if let Some(drafted) = all.iter().find(|d| d.kind == DraftKind::Update) {
        wanted.extend(update.then(|| drafted.clone()));
        wanted.extend(slack.then(|| Draft {
            kind: DraftKind::Slack,
            ..drafted.clone()
        }));
    }
    wanted
}

/// The three entries of a timeline (the second only where the cause is sure enough) and an update for the channel.
/// Their times are written, and named, in a zone.
pub fn drafts(
    finding: &Finding,
    (started, ended): (Instant, Instant),
    high: u8,
    zone: Zone,
) -> Vec<Draft> {
    let outline = outline(finding, None, None, zone);
    let cites = finding
        .top()
        .map(|h| h.evidence_for.clone())
        .unwrap_or_default();
    let draft = |kind, title: &str, body, at, cites| Draft {
        kind,
        title: title.into(),
        body,
        at,
        cites,
        by_itself: false,
    };
    let timeline =
        |title: &str, body, at, cites| draft(DraftKind::Timeline, title, body, at, cites);
    let whole = markdown(finding, &outline);
    let mut all = vec![timeline(
        "Investigation started",
        looked_at(finding),
        started,
        vec![],
    )];
    if let Some((cause, percent)) = settled_cause(&outline).filter(|(_, p)| *p >= high) {
        let title = format!("Root cause identified: {}", suspect(finding));
        let body = format!("{} Confidence {percent} %.\n{}", cause.text, facts(cause));
        all.push(timeline(&title, body, ended, cites.clone()));
    }
    all.push(timeline(
        "Investigation complete",
        whole.clone(),
        ended,
        cites.clone(),
    ));
    all.push(draft(DraftKind::Update, "Update", whole, ended, cites));
    all
}

fn suspect(finding: &Finding) -> &str {
    finding.top().map_or("", |h| &h.service)
}

/// A timeline is read on a phone: so many services stand by name, the rest as a number.
const SERVICES_NAMED: usize = 5;

fn looked_at(finding: &Finding) -> String {
    let names: Vec<&str> = finding.services.iter().map(|s| s.name.as_str()).collect();
    let (named, more) = names.split_at(names.len().min(SERVICES_NAMED));
    match (named.join(", "), more.len()) {
        (none, _) if none.is_empty() => "Looked at no service: the incident names none.".to_owned(),
        (named, 0) => format!("Looked at {named}."),
        (named, more) => format!("Looked at {named} and {more} more."),
    }
}

/// The likeliest cause with its percent, where the finding stands by it.
fn settled_cause<'o>(outline: &'o Outline<'_>) -> Option<(&'o Item<'o>, u8)> {
    let items = outline.items(Part::Cause);
    if items.iter().any(|i| i.label == Label::Abstention) {
        return None;
    }
    items.iter().find_map(|item| match item.label {
        Label::Cause { percent, .. } => Some((item, percent)),
        _ => None,
    })
}

/// What speaks for a cause, and the calls on the way to what is felt, a line each.
fn facts(cause: &Item<'_>) -> String {
    let stated = cause.facts.iter().chain(&cause.path);
    let lines = stated.filter_map(|item| match item.label {
        Label::For(e) => Some(format!("- {} [{}]", item.text, e.id)),
        Label::Hop(hop) => {
            let cited = hop.evidence.iter().map(|id| format!(" [{id}]"));
            let cited: String = cited.collect();
            let (from, to) = (&hop.from, &hop.to);
            let arrow = Hop::ARROW;
            Some(format!("- {from}{arrow}{to} ({}){cited}", item.text))
        }
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// An update names so many gaps; the rest is in the finding.
const GAPS_NAMED: usize = 4;

/// The finding under its three headings.
fn markdown(finding: &Finding, outline: &Outline<'_>) -> String {
    let heading = |part: Part| format!("**{}**\n", part.heading());
    let mut text = heading(Part::Situation);
    let summary = outline.items(Part::Situation).first();
    text.extend(summary.map(|item| format!("{}\n\n", item.text)));
    text.push_str(&heading(Part::Cause));
    match settled_cause(outline) {
        Some((cause, percent)) => {
            let facts = facts(cause);
            text.push_str(&format!(
                "{} (confidence {percent} %)\n{facts}\n",
                cause.text
            ));
        }
        None => {
            let gaps = outline.items(Part::Missing).iter().take(GAPS_NAMED);
            text.push_str(NOT_ENOUGH);
            text.extend(gaps.map(|gap| format!(" {}", gap.text)));
            text.push('\n');
        }
    }
    if let Some(next) = outline.section(Part::Next) {
        text.push_str(&format!("\n{}", heading(Part::Next)));
        text.extend(
            next.items
                .iter()
                .zip(1..)
                .map(|(item, n)| format!("{n}. {}\n", item.text)),
        );
    }
    text.push_str(&legend(finding, &text));
    text.trim_end().to_owned()
}

/// What the numbers stand for that a text cites and does not tell.
fn legend(finding: &Finding, text: &str) -> String {
    let cited = |e: &&Evidence| text.contains(&format!("[{}]", e.id));
    let told = |e: &&Evidence| text.contains(&format!("- {} [{}]", e.says, e.id));
    let rest = finding.evidence.iter().filter(|e| cited(e) && !told(e));
    let lines: Vec<String> = rest.map(|e| format!("- [{}] {}\n", e.id, e.says)).collect();
    match lines.is_empty() {
        true => String::new(),
        false => format!("\n**Evidence**\n{}", lines.concat()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_are_the_entries_in_order_and_the_update_to_each_channel_that_is_asked_for() {
        let draft = |kind, title: &str| Draft {
            kind,
            title: title.into(),
            body: String::new(),
            at: Instant::UNIX_EPOCH,
            cites: Vec::new(),
            by_itself: false,
        };
        let all = [
            draft(DraftKind::Timeline, "started"),
            draft(DraftKind::Update, "found"),
            draft(DraftKind::Timeline, "complete"),
        ];
        let sent = |entries, update, slack| -> Vec<String> {
            let wanted = wanted(&all, entries, update, slack);
            let said = wanted.iter().map(|d| format!("{:?} {}", d.kind, d.title));
            said.collect()
        };
        assert_eq!(
            sent(true, false, false),
            ["Timeline started", "Timeline complete"]
        );
        assert_eq!(sent(false, true, true), ["Update found", "Slack found"]);
        assert!(sent(false, false, false).is_empty());
    }
}
