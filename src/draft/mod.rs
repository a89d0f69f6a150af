//! Texts drafted from rows alone: every time, name and number stands in a row that can be looked up, and a gap in the
//! record is written as a gap. Templates may be replaced; what was edited survives a new draft. Pure.

mod export;
mod handover;
mod merge;

pub use export::{COLUMNS, Exported, csv, exported};
pub use handover::{HANDOVER, Handover, at_risk, next_on_call};
pub use merge::{is_of, merge, sectioned, unmarked};

use crate::domain::time::span;
use crate::domain::{Action, EntryKind, Finding, FollowUp, Incident, Instant, TimelineEntry};
use serde::Serialize;
use std::collections::BTreeMap;

/// What can be drafted about an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum TextKind {
    /// For the channel.
    Update,
    /// For the incident's summary.
    Summary,
    /// For learning from it.
    PostMortem,
}

impl TextKind {
    /// Its template's file name.
    pub fn file(self) -> &'static str {
        ["update.md", "summary.md", "post_mortem.md"][self as usize]
    }

    /// The template as shipped.
    pub fn shipped(self) -> &'static str {
        match self {
            Self::Update => include_str!("../../assets/templates/update.md"),
            Self::Summary => include_str!("../../assets/templates/summary.md"),
            Self::PostMortem => include_str!("../../assets/templates/post_mortem.md"),
        }
    }
}

/// The rows a draft is made from.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The incident.
    pub incident: Incident,
    /// Its timeline, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Its actions.
    pub actions: Vec<Action>,
    /// Its follow-ups.
    pub follow_ups: Vec<FollowUp>,
    /// What an investigation found, where one was made.
    pub finding: Option<Finding>,
    /// As of when.
    pub now: Instant,
}

/// One line of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What it says.
    pub text: String,
    /// The row it stands on: `timeline ID`, `action ID`, `follow-up ID`, `incident`, `evidence ID`; nothing for headings
    /// and gaps.
    pub row: Option<String>,
}

/// Lines by the section they belong to.
pub type Sections = BTreeMap<&'static str, Vec<Line>>;

fn line(text: impl Into<String>, row: Option<String>) -> Line {
    Line {
        text: text.into(),
        row,
    }
}

/// Words of others as they stand in markdown of ours: a heading or a mark in them stays words.
fn plain(words: &str) -> String {
    let words = words.replace("<!--", "&lt;!--");
    if words.trim_start().starts_with('#') {
        format!("\\{}", words.trim_start())
    } else {
        words
    }
}

fn gap(what: &str) -> Vec<Line> {
    vec![line(format!("_Not recorded: {what}._"), None)]
}

fn or_gap(lines: Vec<Line>, what: &str) -> Vec<Line> {
    if lines.is_empty() { gap(what) } else { lines }
}

/// Fills a template: a line that is a placeholder alone becomes its section's lines; unknown placeholders become a gap.
pub fn fill(template: &str, sections: &Sections) -> Vec<Line> {
    let mut out = Vec::new();
    for raw in template.lines() {
        match (raw.find("{{"), raw.find("}}")) {
            (Some(from), Some(to)) if from < to => {
                let name = raw[from + 2..to].trim();
                match sections.get(name) {
                    Some(lines) if raw.trim().len() == to + 2 - from => out.extend(lines.clone()),
                    Some(lines) => {
                        let words: Vec<&str> = lines.iter().map(|l| l.text.as_str()).collect();
                        let row = lines.first().and_then(|l| l.row.clone());
                        out.push(line(
                            format!("{}{}{}", &raw[..from], words.join(" "), &raw[to + 2..]),
                            row,
                        ));
                    }
                    None => {
                        let gap =
                            format!("_The template asks for \"{name}\", which is not known._");
                        out.push(line(
                            format!("{}{gap}{}", &raw[..from], &raw[to + 2..]),
                            None,
                        ));
                    }
                }
            }
            _ => out.push(line(raw, None)),
        }
    }
    out
}

/// The lines as markdown.
pub fn markdown(lines: &[Line]) -> String {
    lines
        .iter()
        .map(|l| l.text.as_str())
        .collect::<Vec<_>>()
        .join("\n")
        + "\n"
}

/// Drafts a text about an incident.
pub fn draft(kind: TextKind, template: &str, rows: &Rows) -> Vec<Line> {
    let sections = match kind {
        TextKind::PostMortem => post_mortem(rows),
        TextKind::Update => update(rows),
        TextKind::Summary => summary(rows),
    };
    fill(template, &sections)
}

fn at(instant: Instant) -> String {
    instant.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn timeline_row(item: &TimelineEntry) -> Option<String> {
    Some(format!("timeline {}", item.id))
}

/// Lines of the timeline that tell the story: notes, updates, alerts and pages, and of the activity only what moved it.
fn story(rows: &Rows) -> impl Iterator<Item = &TimelineEntry> {
    let moved = |i: &TimelineEntry| {
        ["became", "Status", "Severity", "declared"]
            .iter()
            .any(|w| i.title.contains(w))
    };
    rows.timeline
        .iter()
        .filter(move |i| i.kind != EntryKind::Activity || moved(i))
}

fn saying(rows: &Rows, words: &[&str]) -> Vec<Line> {
    let holds = |text: &str| words.iter().any(|w| text.to_lowercase().contains(w));
    let told = rows.timeline.iter().filter(|i| {
        matches!(i.kind, EntryKind::Curated | EntryKind::Update)
            && (holds(&i.title) || holds(&i.body))
    });
    told.map(|i| {
        line(
            format!("- {}: {} ({})", at(i.at), telling(i), who(i)),
            timeline_row(i),
        )
    })
    .collect()
}

/// What a line tells: its text where it has one, else its title.
fn telling(item: &TimelineEntry) -> String {
    let body = plain(&crate::domain::text::clean_line(&item.body));
    match (item.kind, body.is_empty()) {
        (_, true) => item.title.clone(),
        (EntryKind::Update, false) => body,
        (_, false) => format!("{}: {body}", item.title),
    }
}

fn who(item: &TimelineEntry) -> String {
    if item.actor.is_empty() {
        "nobody named".into()
    } else {
        item.actor.clone()
    }
}

fn facts(rows: &Rows) -> Vec<Line> {
    let i = &rows.incident;
    let mut out = vec![line(
        format!(
            "- Severity: {}",
            i.row.severity.as_deref().unwrap_or("none")
        ),
        Some("incident".into()),
    )];
    out.push(line(
        format!("- Declared: {} by {}", at(i.row.created), i.creator),
        Some("incident".into()),
    ));
    for role in i.roles.iter().filter(|r| r.value.is_some()) {
        out.push(line(
            format!(
                "- {}: {}",
                role.label,
                role.value.as_ref().map_or("", |p| &p.name)
            ),
            Some("incident".into()),
        ));
    }
    for stamp in &i.timestamps {
        out.push(line(
            format!(
                "- {}: {}",
                stamp.label,
                stamp.value.map_or_else(|| "not reached".into(), at)
            ),
            Some("incident".into()),
        ));
    }
    for duration in &i.durations {
        out.push(line(
            format!("- {}: {}", duration.label, span(duration.value)),
            Some("incident".into()),
        ));
    }
    out
}

fn cause(rows: &Rows) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    if let Some(f) = rows.finding.as_ref().filter(|f| f.settled)
        && let Some(top) = f.top()
    {
        out.push(line(
            format!("{} (investigation, {} %)", top.statement, top.confidence),
            Some(format!("evidence {}", top.evidence_for.join(" "))),
        ));
        out.extend(
            top.evidence_for
                .iter()
                .filter_map(|id| f.evidence(id))
                .map(|e| {
                    line(
                        format!("- {} [{}]", e.says, e.id),
                        Some(format!("evidence {}", e.id)),
                    )
                }),
        );
    }
    out.extend(saying(
        rows,
        &["cause", "because of", "due to", "traced to"],
    ));
    out
}

fn post_mortem(rows: &Rows) -> Sections {
    let i = &rows.incident;
    let incident = || Some("incident".to_owned());
    let summary: Vec<Line> = i
        .summary
        .lines()
        .filter(|l| !l.trim().is_empty())
        .map(|l| line(plain(l), incident()))
        .collect();
    let mut impact: Vec<Line> = i
        .row
        .service
        .iter()
        .map(|s| line(format!("- Services: {s}"), incident()))
        .collect();
    impact.extend(saying(
        rows,
        &[
            "customer", "affected", "% of", "percent", "users", "orders", "impact",
        ],
    ));
    let timeline = story(rows)
        .map(|x| {
            line(
                format!("- {} {}: {}", at(x.at), x.kind.label(), telling(x)),
                timeline_row(x),
            )
        })
        .collect();
    let mut factors = saying(
        rows,
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
    );
    factors.dedup_by(|a, b| a.row == b.row);
    let done = |a: &&Action| a.status == "completed";
    let mut well: Vec<Line> = rows
        .actions
        .iter()
        .filter(done)
        .map(|a| {
            line(
                format!("- Done during the incident: {}", a.description),
                Some(format!("action {}", a.id)),
            )
        })
        .collect();
    well.extend(
        rows.timeline
            .iter()
            .find(|x| x.kind == EntryKind::Escalation && x.title.contains("acknowledged"))
            .map(|x| {
                let late = (x.at - i.row.created).num_seconds();
                let when = if late >= 0 {
                    format!("{} after it was declared", span(late))
                } else {
                    format!("{} before it was declared", span(-late))
                };
                line(
                    format!("- The first page was answered {when}: {}", x.title),
                    timeline_row(x),
                )
            }),
    );
    let mut actions: Vec<Line> = rows
        .follow_ups
        .iter()
        .map(|f| {
            let whose = f.assignee.as_ref().map_or("nobody", |p| &p.name);
            let mark = if f.status == "completed" { "x" } else { " " };
            line(
                format!("- [{mark}] {} ({whose}, since {})", f.title, at(f.created)),
                Some(format!("follow-up {}", f.id)),
            )
        })
        .collect();
    let open = rows.actions.iter().filter(|a| a.status == "outstanding");
    actions.extend(open.map(|a| {
        line(
            format!(
                "- [ ] {} ({})",
                a.description,
                a.assignee.as_ref().map_or("nobody", |p| &p.name)
            ),
            Some(format!("action {}", a.id)),
        )
    }));
    let resolution = saying(
        rows,
        &[
            "resolved",
            "rolled back",
            "rollback",
            "fixed",
            "raised",
            "restored",
            "reverted",
            "mitigated",
        ],
    );
    Sections::from([
        (
            "title",
            vec![line(
                format!("{}: {}", i.row.reference, i.row.name),
                incident(),
            )],
        ),
        ("facts", facts(rows)),
        ("summary", or_gap(summary, "a summary")),
        ("impact", or_gap(impact, "who was affected and how much")),
        ("timeline", or_gap(timeline, "what happened when")),
        ("cause", or_gap(cause(rows), "the cause")),
        ("factors", or_gap(factors, "what made it worse or hid it")),
        ("resolution", or_gap(resolution, "what resolved it")),
        ("well", or_gap(well, "what went well")),
        ("actions", or_gap(actions, "what is to be done")),
    ])
}

fn latest(rows: &Rows) -> Option<&TimelineEntry> {
    rows.timeline.iter().rev().find(|i| {
        matches!(i.kind, EntryKind::Curated | EntryKind::Update)
            && !i.title.starts_with("Investigation")
    })
}

fn update(rows: &Rows) -> Sections {
    let i = &rows.incident;
    let open = i.row.category.is_open();
    let seconds =
        crate::similar::lasted(i).unwrap_or_else(|| (rows.now - i.row.created).num_seconds());
    let lasted = if open {
        format!("for {}", span(seconds))
    } else {
        format!("took {}", span(seconds))
    };
    let head = format!(
        "{}: {}, {}, {lasted}.",
        plain(&i.row.name),
        i.row.status,
        i.row.severity.as_deref().unwrap_or("no severity")
    );
    let found = rows.finding.as_ref().map(|f| {
        let cites = f
            .top()
            .map(|h| h.evidence_for.join(" "))
            .unwrap_or_default();
        // An update is read where the evidence is not: it carries no numbers of it.
        let words: Vec<&str> = f
            .summary
            .split(' ')
            .filter(|w| !w.starts_with("[E"))
            .collect();
        let mut says = words.join(" ");
        if !says.ends_with('.') {
            says.push('.');
        }
        line(says, Some(format!("evidence {cites}")))
    });
    let newest = latest(rows).map(|x| {
        line(
            format!("Latest, {}: {}", at(x.at), telling(x)),
            timeline_row(x),
        )
    });
    let lead = i
        .row
        .lead
        .as_deref()
        .map(|l| line(format!("{l} leads."), Some("incident".into())));
    Sections::from([
        (
            "summary",
            std::iter::once(line(head, Some("incident".into())))
                .chain(found)
                .collect(),
        ),
        (
            "latest",
            or_gap(newest.into_iter().collect(), "any update so far"),
        ),
        ("owner", or_gap(lead.into_iter().collect(), "who leads")),
    ])
}

fn summary(rows: &Rows) -> Sections {
    let i = &rows.incident;
    let what: Vec<Line> = i
        .summary
        .lines()
        .take(3)
        .filter(|l| !l.trim().is_empty())
        .map(|l| line(plain(l), Some("incident".into())))
        .collect();
    let newest = latest(rows).map(|x| {
        line(
            format!("As of {}: {}", at(x.at), telling(x)),
            timeline_row(x),
        )
    });
    Sections::from([
        ("what", or_gap(what, "a summary")),
        (
            "cause",
            or_gap(cause(rows).into_iter().take(1).collect(), "the cause"),
        ),
        ("now", or_gap(newest.into_iter().collect(), "how it stands")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_line_by_line_and_what_is_unknown_is_a_gap() {
        let sections = Sections::from([(
            "a",
            vec![line("one", Some("incident".into())), line("two", None)],
        )]);
        let filled = fill("# Head\n{{a}}\nSays {{a}}.\n{{nonsense}}", &sections);
        let texts: Vec<&str> = filled.iter().map(|l| l.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "# Head",
                "one",
                "two",
                "Says one two.",
                "_The template asks for \"nonsense\", which is not known._"
            ]
        );
        assert_eq!(filled[3].row.as_deref(), Some("incident"));
    }
}
