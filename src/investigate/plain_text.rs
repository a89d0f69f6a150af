//! A finding as plain text, from its outline.

use super::outline::{Item, Label, Part, outline, sign};
use super::{Draft, Retelling};
use crate::domain::time::Zone;
use crate::domain::{Finding, Hop};

/// What is printed of a finding, in order.
const PRINTED: [Part; 7] = [
    Part::Situation,
    Part::Cause,
    Part::Next,
    Part::Timeline,
    Part::AlsoSeen,
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
        let items = outline.items(part).iter().filter(|i| is_printed(i, f));
        // The check that is left to do stands last, where the reader's eye ends.
        let (last, items): (Vec<_>, Vec<_>) = items.partition(|i| i.label == Label::Check);
        if !(items.is_empty() && last.is_empty()) {
            let zone_name = match part {
                Part::Timeline => format!(" ({})", zone.abbreviation(f.onset)),
                _ => String::new(),
            };
            out.push_str(&format!("\n{}{zone_name}\n", part.heading()));
            for item in items.into_iter().chain(last) {
                item.lines().for_each(|line| said(&mut out, line, zone));
            }
        }
    }
    out
}

/// Of what was also seen, what a call refers to is printed; the rest stays in the JSON.
fn is_printed(item: &Item<'_>, f: &Finding) -> bool {
    let Label::Seen(id) = item.label else {
        return true;
    };
    let standing = f.hypotheses.iter().filter(|h| !h.discarded);
    let mut hops = standing.flat_map(|h| &h.path);
    hops.any(|hop| hop.evidence.iter().any(|cited| cited == id))
}

/// The evidence that a call is cited with.
fn cited(hop: &Hop) -> String {
    match hop.evidence.as_slice() {
        [] => String::new(),
        ids => format!("  [{}]", ids.join(", ")),
    }
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
        Label::Path(_) => format!("     path          {text}"),
        Label::Hop(hop) => format!(
            "     hop      {:<4} {}{}{}  {text}{}",
            sign(hop),
            hop.from,
            Hop::ARROW,
            hop.to,
            cited(hop)
        ),
        Label::For(e) => format!("     for      {:<4} {text}  [{}]", e.id, e.source),
        Label::Against(e) => format!("     against  {:<4} {text}  [{}]", e.id, e.source),
        Label::SetAside => format!("set aside: {text}"),
        Label::Check => format!("To be sure: {text}"),
        Label::Action(n) => format!("{n}. {text}"),
        Label::Moment { at, evidence } => {
            let evidence = evidence.map_or(String::new(), |e| format!("  {e}"));
            format!("{}  {text}{evidence}", zone.clock(at))
        }
        Label::Seen(id) => format!("{id:<4} {text}"),
        Label::Missing(source) => format!("{source}: {text}"),
        Label::Dropped => format!("({text})"),
        Label::Summary | Label::Scope | Label::Abstention | Label::Gone | Label::Sentence => {
            text.to_string()
        }
    };
    out.push_str(&format!("  {line}\n"));
}

#[cfg(test)]
mod tests {
    use super::super::outline::tests::{cause_of, finding};
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_is_printed_call_by_call_and_every_number_it_cites_is_told() {
        let hop = |from: &str, to: &str, check: &str, says: &str, ids: &[&str]| json!({"from": from, "to": to, "check": check, "says": says, "evidence": ids});
        let mut cause = cause_of(1, "db", 87, "E2", "");
        cause["path"] = json!([
            hop(
                "db",
                "pay",
                "follows",
                "latency at both ends",
                &["E1", "E2"]
            ),
            hop("pay", "web", "unverified", "unverified", &[]),
        ]);
        let text = plain_text(&finding(true, vec![cause]), None, Zone::UTC);
        let cause = text.split("What caused it").nth(1).unwrap_or_default();
        assert_eq!(
            cause.lines().skip(1).take(5).collect::<Vec<_>>(),
            [
                "  1. 87 %  db fails.",
                "       path          db → pay → web",
                "       hop      ✓    db → pay  latency at both ends  [E1, E2]",
                "       hop      ?    pay → web  unverified",
                "       for      E2   fact E2  [prom]",
            ]
        );
        assert!(text.contains("Also seen\n  E1   fact E1\n"), "{text}");
        assert!(!text.contains("fact E3"), "nothing refers to it: {text}");
    }
}
