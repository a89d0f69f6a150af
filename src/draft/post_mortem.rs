//! The sections of a post-mortem, each line with the row it stands on.

use super::follow_ups::recommended;
use super::story::{Quoted, cause, sentence, story, telling, timeline_row};
use super::{Line, Rows, Sections, incident_row, line, or_gap, plain};
use crate::domain::incident::Labelled;
use crate::domain::time::span;
use crate::domain::{EntryKind, Person};

pub(super) fn post_mortem(rows: &Rows) -> Sections {
    let (row, quoted) = (&rows.incident.row, Quoted::of(rows));
    let factors = quoted.lines(rows, "Contributing factors");
    let title = format!("{}: {}", row.reference, row.name);
    Sections::from([
        ("title", vec![line(title, incident_row())]),
        ("facts", facts(rows)),
        ("summary", or_gap(summary(rows), "a summary")),
        (
            "impact",
            or_gap(impact(rows, &quoted), "who was affected and how much"),
        ),
        (
            "timeline",
            or_gap(timeline(rows, &quoted), "what happened when"),
        ),
        ("cause", or_gap(cause(rows), "the cause")),
        ("factors", or_gap(factors, "what made it worse or hid it")),
        (
            "resolution",
            or_gap(quoted.lines(rows, "Resolution"), "what resolved it"),
        ),
        ("well", or_gap(well(rows), "what went well")),
        ("actions", or_gap(to_do(rows), "what is to be done")),
    ])
}

fn facts(rows: &Rows) -> Vec<Line> {
    let i = &rows.incident;
    let severity = i.row.severity.as_deref().unwrap_or("none");
    let head = [
        format!("- Severity: {severity}"),
        format!("- Declared: {} by {}", rows.at(i.row.created), i.creator),
        format!("- Times are in {}", rows.zone),
    ];
    let role = |r: &Labelled<Option<Person>>| {
        let who = &r.value.as_ref()?.name;
        Some(format!("- {}: {who}", r.label))
    };
    let stamps = i.timestamps.iter().map(|stamp| {
        let when = stamp
            .value
            .map_or_else(|| "not reached".into(), |at| rows.at(at));
        format!("- {}: {when}", stamp.label)
    });
    let durations = i.durations.iter();
    let durations = durations.map(|d| format!("- {}: {}", d.label, span(d.value)));
    head.into_iter()
        .chain(i.roles.iter().filter_map(role))
        .chain(stamps)
        .chain(durations)
        .map(|words| line(words, incident_row()))
        .collect()
}

fn summary(rows: &Rows) -> Vec<Line> {
    let lines = rows.incident.summary.lines();
    lines
        .filter(|l| !l.trim().is_empty())
        .map(|l| line(plain(l), incident_row()))
        .collect()
}

fn impact(rows: &Rows, quoted: &Quoted<'_>) -> Vec<Line> {
    let services = rows.incident.row.service.iter();
    let mut lines: Vec<Line> = services
        .map(|s| line(format!("- Services: {s}"), incident_row()))
        .collect();
    lines.extend(quoted.lines(rows, "Impact"));
    lines
}

/// What happened when. What another section says is named there, not said again.
fn timeline(rows: &Rows, quoted: &Quoted<'_>) -> Vec<Line> {
    story(rows)
        .map(|x| {
            let says = quoted
                .section(x)
                .map_or_else(|| telling(x), |section| format!("see {section}."));
            let words = format!("- {} {}: {says}", rows.at(x.at), x.kind.label());
            line(words, timeline_row(x))
        })
        .collect()
}

/// What was done while it lasted, and how soon somebody answered.
fn well(rows: &Rows) -> Vec<Line> {
    let done = rows.actions.iter().filter(|a| a.status == "completed");
    let mut lines: Vec<Line> = done
        .map(|a| {
            let words = sentence(format!("- Done during the incident: {}", a.description));
            line(words, Some(format!("action {}", a.id)))
        })
        .collect();
    let mut pages = rows.timeline.iter();
    let answered =
        pages.find(|x| x.kind == EntryKind::Escalation && x.title.contains("acknowledged"));
    lines.extend(answered.map(|x| {
        let late = (x.at - rows.incident.row.created).num_seconds();
        let when = if late >= 0 {
            format!("{} after it was declared", span(late))
        } else {
            format!("{} before it was declared", span(-late))
        };
        let words = sentence(format!("- The first page was answered {when}: {}", x.title));
        line(words, timeline_row(x))
    }));
    lines
}

/// Every follow-up with how it stands, the actions that are still open, and what an investigation recommends.
fn to_do(rows: &Rows) -> Vec<Line> {
    let whose = |who: &Option<Person>| who.as_ref().map_or("nobody".into(), |p| p.name.clone());
    let follow_ups = rows.follow_ups.iter().map(|f| {
        let mark = if f.status == "completed" { "x" } else { " " };
        let (who, since) = (whose(&f.assignee), rows.at(f.created));
        let words = format!("- [{mark}] {} ({who}, since {since})", f.title);
        line(words, Some(format!("follow-up {}", f.id)))
    });
    let open = rows.actions.iter().filter(|a| a.status == "outstanding");
    let actions = open.map(|a| {
        let words = format!("- [ ] {} ({})", a.description, whose(&a.assignee));
        line(words, Some(format!("action {}", a.id)))
    });
    let known = |title: &str| rows.follow_ups.iter().any(|f| f.title == title);
    let advice = recommended(rows).into_iter().filter(|s| !known(&s.title));
    let advice = advice.map(|s| {
        let words = format!("- [ ] {} (recommended by the investigation)", s.title);
        line(words, Some(s.row))
    });
    follow_ups.chain(actions).chain(advice).collect()
}
