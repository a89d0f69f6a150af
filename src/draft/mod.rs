//! Texts drafted from rows alone: every time, name and number stands in a row that can be looked up, and a gap in the
//! record is written as a gap. Templates may be replaced; what was edited survives a new draft. Pure.

pub(crate) mod bridge;
pub(crate) mod columns;
mod export;
mod follow_ups;
mod handover;
mod merge;
mod post_mortem;
mod records;
mod story;
mod week;

pub(crate) use export::{Exported, csv, exported};
pub use follow_ups::{Suggestion, follow_ups};
pub use handover::{HANDOVER, Handover};
pub(crate) use handover::{at_risk, next_on_call};
pub(crate) use merge::{is_of, merge, sectioned, unmarked};
pub(crate) use records::{catalog_entry_json, catalog_entry_lines, incident_lines, timeline_line};
pub(crate) use week::Days;

use crate::domain::time::{Zone, span};
use crate::domain::{Action, Finding, FollowUp, Incident, Instant, TimelineEntry, zoned};
use post_mortem::post_mortem;
use serde::Serialize;
use std::collections::BTreeMap;
use story::{cause, latest, telling, timeline_row};

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
    /// The zone times are written in; each names it.
    pub zone: Zone,
}

/// What a text is drafted from: the rows, and the template they fill.
#[derive(Clone, Debug)]
pub struct Material {
    /// The rows.
    pub rows: Rows,
    /// The template.
    pub template: String,
}

impl Material {
    /// The text.
    pub fn lines(&self, kind: TextKind) -> Vec<Line> {
        draft(kind, &self.template, &self.rows)
    }
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
        let (Some(from), Some(to)) = (raw.find("{{"), raw.find("}}")) else {
            out.push(line(raw, None));
            continue;
        };
        if from >= to {
            out.push(line(raw, None));
            continue;
        }
        let (before, name, behind) = (&raw[..from], raw[from + 2..to].trim(), &raw[to + 2..]);
        match sections.get(name) {
            Some(lines) if raw.trim().len() == to + 2 - from => out.extend(lines.clone()),
            Some(lines) => {
                let words: Vec<&str> = lines.iter().map(|l| l.text.as_str()).collect();
                let row = lines.first().and_then(|l| l.row.clone());
                out.push(line(format!("{before}{}{behind}", words.join(" ")), row));
            }
            None => {
                let gap = format!("_The template asks for \"{name}\", which is not known._");
                out.push(line(format!("{before}{gap}{behind}"), None));
            }
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

fn incident_row() -> Option<String> {
    Some("incident".into())
}

fn update(rows: &Rows) -> Sections {
    let newest = latest(rows).map(|x| {
        let words = format!("Latest, {}: {}", rows.at(x.at), telling(x));
        line(words, timeline_row(x))
    });
    let lead = rows.incident.row.lead.as_deref();
    let lead = lead.map(|l| line(format!("{l} leads."), incident_row()));
    let head = line(headline(rows), incident_row());
    let summary = std::iter::once(head).chain(found(rows)).collect();
    let latest = or_gap(newest.into_iter().collect(), "any update so far");
    let owner = or_gap(lead.into_iter().collect(), "who leads");
    Sections::from([("summary", summary), ("latest", latest), ("owner", owner)])
}

/// What, how it stands, how bad, how long.
fn headline(rows: &Rows) -> String {
    let row = &rows.incident.row;
    let so_far = || (rows.now - row.created).num_seconds();
    let seconds = rows.incident.lasted().unwrap_or_else(so_far);
    let word = if row.category.is_open() {
        "for"
    } else {
        "took"
    };
    format!(
        "{}: {}, {}, {word} {}.",
        plain(&row.name),
        row.status,
        row.severity.as_deref().unwrap_or("no severity"),
        span(seconds)
    )
}

/// What an investigation found. An update is read where the evidence is not: it carries no numbers of it.
fn found(rows: &Rows) -> Option<Line> {
    let f = rows.finding.as_ref()?;
    let summary = zoned(f.summary.as_str().into(), f.onset, rows.zone);
    let words = summary.split(' ').filter(|w| !w.starts_with("[E"));
    let mut says = words.collect::<Vec<_>>().join(" ");
    if !says.ends_with('.') {
        says.push('.');
    }
    let cites = f.top().map_or(String::new(), |h| h.evidence_for.join(" "));
    Some(line(says, Some(format!("evidence {cites}"))))
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
            format!("As of {}: {}", rows.at(x.at), telling(x)),
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
