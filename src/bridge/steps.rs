//! What the bridge did with an incident, as lines of its timeline: each step of an investigation with the evidence that it
//! stands on, and what was done without anybody having asked for it.

use super::words::counted_alerts;
use crate::config::NoteKind;
use crate::domain::episode::{Line, Looked};
use crate::domain::text::counted;
use crate::domain::{Finding, Hypothesis, Instant};
use crate::investigate::HIGH;
use std::collections::BTreeSet;

/// Lines by what they are about.
pub type Lines = Vec<(String, Line)>;

const CAUSE: &str = "cause";
const ACT: &str = "act";
/// Causes, services and sources that are named.
const NAMED: usize = 4;

/// The kind of a line, by what it is about.
pub fn kind(about: &str) -> NoteKind {
    match about.split(' ').next() {
        Some(CAUSE) => NoteKind::Investigation,
        Some(ACT) => NoteKind::Actions,
        _ => NoteKind::Alerts,
    }
}

fn line(about: String, at: Instant, text: String) -> (String, Line) {
    (about, Line { at, text })
}

/// The steps of an investigation. One that found nothing new is not told again, but for the last.
pub fn investigated(
    before: Option<&Looked>,
    now: &Looked,
    finding: &Finding,
    (begun, ended): (Instant, Instant),
    is_last: bool,
) -> Lines {
    let is_over = now.settled || is_last;
    let same = |b: &Looked| b.hypothesis == now.hypothesis && b.settled == now.settled;
    if before.is_some_and(same) && !is_over {
        return Vec::new();
    }
    let started = format!("Investigation started: {}", looked_at(finding));
    let mut lines = vec![line(format!("{CAUSE} 0"), begun, started)];
    let standing = finding.hypotheses.iter().filter(|h| !h.discarded);
    lines.extend(standing.take(NAMED).enumerate().map(|(n, cause)| {
        let says = format!(
            "Possible cause, {} % sure: {}{}",
            cause.confidence,
            cause.statement,
            cites(cause)
        );
        line(format!("{CAUSE} 1 {n}"), ended, says)
    }));
    lines.push(line(format!("{CAUSE} 2"), ended, outcome(finding, is_over)));
    lines
}

/// That an investigation could not be made.
pub fn not_investigated(why: &str, at: Instant) -> Lines {
    let says = format!("The cause could not be looked for: {why}");
    vec![line(format!("{CAUSE} 2"), at, says)]
}

/// The evidence that a cause stands on, by its ids.
fn cites(cause: &Hypothesis) -> String {
    match cause.evidence_for.is_empty() {
        true => String::new(),
        false => format!(" [{}]", cause.evidence_for.join(", ")),
    }
}

fn looked_at(finding: &Finding) -> String {
    let names: Vec<&str> = finding.services.iter().map(|s| s.name.as_str()).collect();
    let services = match names.is_empty() {
        true => "no service is named".to_owned(),
        false => format!("looked at {}", some(&names)),
    };
    let sources: BTreeSet<&str> = finding.evidence.iter().map(|e| &*e.source).collect();
    let sources: Vec<&str> = sources.into_iter().collect();
    let facts = counted(finding.evidence.len(), "piece", "pieces");
    let facts = match sources.is_empty() {
        true => "; no source told anything of it".to_owned(),
        false => format!("; {facts} of evidence from {}", some(&sources)),
    };
    let silent: BTreeSet<&str> = finding.missing.iter().map(|m| &*m.source).collect();
    let silent: Vec<&str> = silent.into_iter().filter(|s| *s != "confidence").collect();
    let missing = match silent.is_empty() {
        true => String::new(),
        false => format!("; nothing from {}", some(&silent)),
    };
    format!("{services}{facts}{missing}.")
}

fn some(names: &[&str]) -> String {
    let named = names[..names.len().min(NAMED)].join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn outcome(finding: &Finding, is_over: bool) -> String {
    let top = finding.top();
    let sure = top.filter(|top| finding.settled && top.confidence >= HIGH);
    match (sure, top) {
        (Some(top), _) => format!(
            "Root cause identified: {}, {} % sure{}",
            top.service,
            top.confidence,
            cites(top)
        ),
        (None, Some(_)) if finding.settled => {
            "Investigation complete: the likeliest cause is settled, and not sure enough to be called the root cause.".into()
        }
        (None, Some(_)) if is_over => "Investigation complete: nothing is settled.".into(),
        (None, None) if is_over => {
            "Investigation complete: there is not enough to name a cause.".into()
        }
        _ => "Nothing is settled yet; it is looked at again while it burns.".into(),
    }
}

/// That alerts are silenced at their detector.
pub fn silenced(detector: &str, by: &str, many: usize, at: Instant) -> Lines {
    let says = format!(
        "Silenced at {detector} for {by}, for as long as they have it: {}",
        counted_alerts(many)
    );
    vec![line(format!("{ACT} silence {detector}"), at, says)]
}

/// That a hypothesis was written into the summary.
pub fn summarised(at: Instant) -> (String, Line) {
    let says = "The likeliest cause was written into the summary.".to_owned();
    line(format!("{ACT} summary"), at, says)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time;
    use serde_json::json;

    fn at(seconds: i64) -> Instant {
        time::parse("2026-11-20T14:00:00Z").expect("a time") + chrono::Duration::seconds(seconds)
    }

    fn finding(settled: bool, confidence: u8) -> Finding {
        let cause = |rank: usize, service: &str, confidence: u8, discarded: bool| {
            json!({"rank": rank, "service": service, "kind": "deploy",
                "statement": format!("{service} was deployed"), "confidence": confidence,
                "evidence_for": [format!("E{rank}"), "E9"], "evidence_against": [], "change": null,
                "discarded": discarded, "reason": ""})
        };
        let fact = |source: &str| {
            json!({"id": "E1", "source": source, "service": "checkout", "says": "", "query": "",
                "at": null, "observed": "", "normal": "", "deviation": null, "link": null})
        };
        let finding = json!({
            "incident": "INC-7", "name": "Slow", "severity": null, "priority": null, "onset": at(0),
            "onset_from": "", "summary": "", "settled": settled,
            "services": [{"name": "checkout", "why": ""}, {"name": "cart", "why": ""}],
            "hypotheses": [
                cause(1, "checkout", confidence, false), cause(2, "cart", 20, false), cause(3, "bank", 5, true)
            ],
            "evidence": [fact("metrics"), fact("deploys"), fact("metrics")],
            "changes": [], "missing": [], "next_check": null, "actions": [], "timeline": [],
        });
        serde_json::from_value(finding).expect("a finding")
    }

    fn looked(settled: bool) -> Looked {
        Looked {
            at: at(9),
            times: 1,
            settled,
            hypothesis: Some("It is checkout".into()),
        }
    }

    fn says(before: Option<&Looked>, finding: &Finding, is_last: bool) -> Vec<String> {
        let now = looked(finding.settled);
        let lines = investigated(before, &now, finding, (at(0), at(9)), is_last);
        lines.into_iter().map(|(_, line)| line.text).collect()
    }

    #[test]
    fn each_step_is_told_with_the_evidence_it_stands_on() {
        let steps = [
            "Investigation started: looked at checkout, cart; 3 pieces of evidence from deploys, metrics.",
            "Possible cause, 87 % sure: checkout was deployed [E1, E9]",
            "Possible cause, 20 % sure: cart was deployed [E2, E9]",
            "Root cause identified: checkout, 87 % sure [E1, E9]",
        ];
        assert_eq!(says(None, &finding(true, 87), false), steps);
        for (settled, is_last, end) in [
            (true, false, "the likeliest cause is settled"),
            (false, true, "nothing is settled."),
            (false, false, "looked at again"),
        ] {
            let all = says(None, &finding(settled, 40), is_last);
            let last = all.last().expect("a line");
            assert!(last.contains(end), "{last}");
        }
    }

    #[test]
    fn a_second_look_that_finds_the_same_is_not_told() {
        let before = looked(false);
        assert_eq!(says(Some(&before), &finding(false, 40), false), [""; 0]);
        assert_eq!(says(Some(&before), &finding(true, 87), false).len(), 4);
    }

    #[test]
    fn what_a_line_is_about_says_of_which_kind_it_is() {
        assert_eq!(kind("cause 1 0"), NoteKind::Investigation);
        assert_eq!(kind(&summarised(at(0)).0), NoteKind::Actions);
        assert_eq!(kind("state am f1"), NoteKind::Alerts);
    }
}
