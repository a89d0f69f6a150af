//! What is to be done after an incident, suggested from its rows: actions that are still open, and what an investigation
//! recommends.

use super::Rows;
use crate::domain::text::{clean_line, fit};

/// Suggestions: with more, nobody does any.
const MOST: usize = 10;
/// Characters of one.
const LONGEST: usize = 200;

/// Something to be done, and the row it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What, in a line.
    pub title: String,
    /// Where that comes from, in a sentence.
    pub why: String,
    /// `action ID`, or `evidence ID ID` for a recommendation.
    pub row: String,
}

/// What is suggested; nothing that is a follow-up already.
pub fn follow_ups(rows: &Rows) -> Vec<Suggestion> {
    let reference = &rows.incident.row.reference;
    let open = rows.actions.iter().filter(|a| a.status == "outstanding");
    let open = open.map(|action| Suggestion {
        title: short(&action.description),
        why: format!("An action that was still open when {reference} was resolved."),
        row: format!("action {}", action.id),
    });
    let mut all: Vec<Suggestion> = Vec::new();
    for one in open.chain(recommended(rows)) {
        let same = |title: &str| title.eq_ignore_ascii_case(&one.title);
        let is_known = rows.follow_ups.iter().any(|f| same(&short(&f.title)));
        if !one.title.is_empty() && !is_known && !all.iter().any(|a| same(&a.title)) {
            all.push(one);
        }
    }
    all.truncate(MOST);
    all
}

fn short(words: &str) -> String {
    fit(&clean_line(words), LONGEST)
}

/// What a finding that settled recommends, with the evidence it stands on.
pub(super) fn recommended(rows: &Rows) -> Vec<Suggestion> {
    let Some((finding, top)) = rows.settled() else {
        return Vec::new();
    };
    let cites = top.evidence_for.join(" ");
    let one = |action: &String| Suggestion {
        title: short(action),
        why: format!(
            "Recommended by hotseat's investigation, which is {} % sure of {} ({cites}).",
            top.confidence, top.service
        ),
        row: format!("evidence {cites}"),
    };
    finding.actions.iter().map(one).collect()
}
