//! A finding as plain text, from its outline.

use super::outline::{Item, Label, Part, outline};
use super::{Draft, Retelling};
use crate::domain::Finding;
use crate::domain::time::Zone;

/// What is printed of a finding, in order; what nothing refers to stays in the JSON.
const PRINTED: [Part; 6] = [
    Part::Situation,
    Part::Cause,
    Part::Next,
    Part::Timeline,
    Part::Missing,
    Part::Retold,
];

/// The finding for a person, under its headings.
pub(crate) fn plain_text(f: &Finding, retold: Option<&Retelling>, zone: Zone) -> String {
    let mut out = format!("{}  {}\n", f.incident, f.name);
    let severity: Vec<&str> = f
        .severity
        .iter()
        .chain(&f.priority)
        .map(String::as_str)
        .collect();
    if !severity.is_empty() {
        out.push_str(&format!("{}\n", severity.join(" · ")));
    }
    out.push_str(&format!(
        "Began {} {} ({})\n",
        zone.date_clock(f.onset),
        zone.abbreviation(f.onset),
        f.onset_from
    ));
    let outline = outline(f, None, retold, zone);
    for part in PRINTED {
        if let Some(section) = outline.section(part) {
            let zone_name = match part {
                Part::Timeline => format!(" ({})", zone.abbreviation(f.onset)),
                _ => String::new(),
            };
            out.push_str(&format!("\n{}{zone_name}\n", part.heading()));
            // The check that is left to do stands last, where the reader's eye ends.
            let (last, items): (Vec<_>, Vec<_>) =
                section.items.iter().partition(|i| i.label == Label::Check);
            for item in items.into_iter().chain(last) {
                said(&mut out, item, zone);
                item.facts
                    .iter()
                    .for_each(|fact| said(&mut out, fact, zone));
            }
        }
    }
    out
}

/// Drafts for a person, to be read before they are sent.
pub(crate) fn drafts_text(all: &[Draft]) -> String {
    let text = |d: &Draft| format!("\nDraft ({:?}): {}\n{}\n", d.kind, d.title, d.body);
    all.iter().map(text).collect()
}

/// What was posted, for a person.
pub(crate) fn posted_text(all: &[String]) -> String {
    let lines = all.iter().map(|title| format!("\nPosted: {title}"));
    let end = (!all.is_empty()).then(|| "\n".to_owned());
    lines.chain(end).collect()
}

/// One line for an item of a finding.
fn said(out: &mut String, item: &Item<'_>, zone: Zone) {
    let text = &item.text;
    let line = match item.label {
        // It stands above the headings.
        Label::Began(_) => return,
        Label::Cause { rank, percent } => format!("{rank}. {percent} %  {text}"),
        Label::For(e) => format!("     for      {:<4} {text}  [{}]", e.id, e.source),
        Label::Against(e) => format!("     against  {:<4} {text}  [{}]", e.id, e.source),
        Label::SetAside => format!("set aside: {text}"),
        Label::Check => format!("To be sure: {text}"),
        Label::Action(n) => format!("{n}. {text}"),
        Label::Moment { at, evidence } => {
            let evidence = evidence.map_or(String::new(), |e| format!("  {e}"));
            format!("{}  {text}{evidence}", zone.clock(at))
        }
        Label::Missing(source) => format!("{source}: {text}"),
        Label::Dropped => format!("({text})"),
        Label::Summary
        | Label::Scope
        | Label::Abstention
        | Label::Gone
        | Label::Sentence
        | Label::Seen(_) => text.to_string(),
    };
    out.push_str(&format!("  {line}\n"));
}
