//! What stands above the fields of a form, whatever is filled in: what became of its incident since it was opened, and
//! that nothing can be sent from here.

use super::lines::LineStyle;
use super::pinned::{ended, over};
use crate::console::state::{FormView, Meanwhile, State};
use crate::domain::{EntryKind, IncidentSummary, Instant, text, time};

/// The lines, wrapped; none while nothing is to be said.
pub(crate) fn standing(state: &State, view: &FormView, width: usize) -> Vec<(String, LineStyle)> {
    let unsendable = state
        .unsendable
        .clone()
        .filter(|_| !view.form.kind.is_local());
    let said = unsendable.into_iter().chain(meanwhile(state, view));
    said.flat_map(|says| text::wrap(&says, width))
        .map(|line| (line, LineStyle::Bad))
        .collect()
}

/// What became of the incidents of a form since it was opened.
fn meanwhile(state: &State, view: &FormView) -> Option<String> {
    let says = |one: &Meanwhile| {
        let says = changes(state, view, one).join("; ");
        let named = match &view.about[..] {
            [_] => says.clone(),
            _ => format!("{} {says}", one.now.reference),
        };
        (!says.is_empty()).then_some(named)
    };
    let all: Vec<String> = view.about.iter().filter_map(says).collect();
    (!all.is_empty()).then(|| format!("Meanwhile: {}", all.join("; ")))
}

fn changes(state: &State, view: &FormView, one: &Meanwhile) -> Vec<String> {
    let (was, now) = (&*one.was, &*one.now);
    let mut out = Vec::new();
    let status = was.status != now.status;
    if !now.category.is_open() && (status || has_ended_since(state, now, view.begun)) {
        out.push(end(state, now));
    } else if status && !was.category.is_open() {
        out.push(format!("open again, {}", now.status));
    } else if status {
        out.push(format!("status {} → {}", was.status, now.status));
    }
    let or_none = |word: &Option<crate::domain::Word>| word.as_deref().unwrap_or("none").to_owned();
    for (label, was, now) in [
        ("severity", &was.severity, &now.severity),
        ("lead", &was.lead, &now.lead),
    ] {
        if was != now {
            out.push(format!("{label} {} → {}", or_none(was), or_none(now)));
        }
    }
    if let (Some(last), true) = (out.last_mut(), now.category.is_open())
        && let Some(who) = mover(state, now, view.form.opened)
    {
        last.push_str(&format!(", by {who}"));
    }
    out
}

/// Whether its timeline tells that it ended after a text was begun that is gone on with.
fn has_ended_since(state: &State, row: &IncidentSummary, begun: Option<Instant>) -> bool {
    let (who, at) = ended(state, row);
    who.is_some() && begun.is_some_and(|begun| at > begun)
}

/// "closed by Bram Brandt, 2 min ago".
fn end(state: &State, row: &IncidentSummary) -> String {
    let (who, at) = ended(state, row);
    let by = who.map_or(String::new(), |who| format!(" by {who}"));
    format!("{}{by}, {}", over(row), ago(state, at))
}

/// Minutes are spelled out: whoever types reads this once.
fn ago(state: &State, at: Instant) -> String {
    match (state.now - at).num_minutes() {
        ..1 => "just now".into(),
        minutes @ 1..60 => format!("{minutes} min ago"),
        _ => format!("{} ago", time::age(state.now, at)),
    }
}

/// Whoever posted the last update since a time, where that is on the screen.
fn mover<'a>(state: &'a State, row: &IncidentSummary, since: Instant) -> Option<&'a str> {
    let mut entries = state.detail.timeline.iter().rev();
    let last = entries.find(|entry| entry.kind == EntryKind::Update)?;
    let told = state.is_shown(&row.id) && last.at >= since && !last.actor.is_empty();
    told.then_some(last.actor.as_str())
}
