//! What happened since the last session, from the rows that are there.

use crate::console::state::State;
use crate::domain::text;
use crate::domain::{IncidentSummary, Instant, Move, MoveKind, Moved};

/// Incidents of a kind that are listed one by one; of more, their number says enough.
const LISTED: usize = 20;

/// What was moved, what was declared, what ended and which pages wait, since a time. What was moved has to be read: until
/// then, and where it cannot be, a sentence stands in its place.
pub(crate) fn since(state: &State, at: Instant, moved: Result<&Moved, &str>) -> Vec<String> {
    let mut lines = match moved {
        Ok(moved) => counted(state, moved),
        Err(says) => vec![says.to_owned()],
    };
    lines.push(String::new());
    for (kind, head) in [
        (Some(Kind::Open), "declared and open"),
        (Some(Kind::Over), "declared and over"),
        (Some(Kind::OlderAndOver), "older, and over since"),
    ] {
        let rows = state.incidents.rows.iter();
        let found: Vec<_> = rows.filter(|row| kind_of(row, at) == kind).collect();
        lines.push(format!("{} {head}", found.len()));
        lines.extend(found.into_iter().take(LISTED).map(|row| line(row)));
    }
    let waiting = state.waiting.len();
    let words = ("page nobody has answered", "pages nobody has answered");
    lines.push(text::counted(waiting, words.0, words.1));
    lines
}

/// How much was moved, by the user and by others.
fn counted(state: &State, moved: &Moved) -> Vec<String> {
    let mine = |m: &&Move| is_mine(state, &m.who);
    let more = if moved.more { "+" } else { "" };
    let mut lines = vec![format!("{:<18}{:>7}{:>9}", "Moved", "by you", "others")];
    lines.extend(MoveKind::ALL.into_iter().map(|kind| {
        let all = || moved.moves.iter().filter(|m| m.kind == kind);
        let own = all().filter(mine).count();
        let others = format!("{}{more}", all().count() - own);
        format!("{:<18}{own:>7}{others:>9}", kind.label())
    }));
    let missing = moved.missing.iter();
    lines.extend(missing.map(|why| format!("Not all of it: {why}")));
    lines
}

/// What the key of this console wrote was written by its user, as far as anybody can tell.
fn is_mine(state: &State, who: &str) -> bool {
    let me = state.me.as_ref().map(|me| &*me.name);
    let key = &*state.org.identity.name;
    !who.is_empty() && (me == Some(who) || key == who)
}

#[derive(PartialEq)]
enum Kind {
    Open,
    Over,
    OlderAndOver,
}

fn kind_of(row: &IncidentSummary, at: Instant) -> Option<Kind> {
    match (row.created >= at, row.category.is_open()) {
        (true, true) => Some(Kind::Open),
        (true, false) => Some(Kind::Over),
        (false, false) if row.active >= at => Some(Kind::OlderAndOver),
        _ => None,
    }
}

fn line(row: &IncidentSummary) -> String {
    format!(
        "  {} {} {}: {}",
        row.reference,
        row.severity.as_deref().unwrap_or("-"),
        row.status,
        row.name
    )
}
