//! What a form changes, in words, or the exact requests.

use super::lines::LineStyle;
use super::{request_lines, wrapped};
use crate::console::place::DetailTab;
use crate::console::state::{FormView, Item, State, Tone};
use crate::domain::text;
use crate::writes::{Fault, Planned, Subject, WriteKind};

/// What stands below the fields, wrapped.
pub(crate) fn outcome(state: &State, view: &FormView, width: usize) -> Vec<(String, LineStyle)> {
    let styled = |lines: Vec<String>, style| lines.into_iter().map(move |l| (l, style));
    let mut lines = Vec::new();
    if let Some(note) = &view.note {
        lines.extend(styled(text::wrap(note, width), LineStyle::Bad));
    }
    match planned(state, view) {
        Ok(planned) => {
            let mut does = Vec::new();
            for one in &planned {
                let says = says(one, view.request, planned.len() > 1, width);
                does.extend(styled(says, LineStyle::Plain));
            }
            let words = no_way_back(&planned).filter(|_| !view.request);
            let is_short = view.filling.is_some();
            let words = words.map(|why| match is_short {
                true => "Cannot be taken back.".to_owned(),
                false => format!("Cannot be taken back: {why}"),
            });
            let is_final = words.map_or_else(Vec::new, |words| text::wrap(&words, width));
            let is_final = styled(is_final, LineStyle::Quiet);
            match is_short {
                // Under a field there may be room for the first lines alone; the line that sends says why.
                true => lines.extend(is_final.chain(does)),
                false => lines.extend(does.into_iter().chain(is_final)),
            }
        }
        Err(wrong) => {
            let why = text::wrap(&not_yet(&wrong), width);
            lines.extend(styled(why, LineStyle::Quiet));
        }
    }
    if !view.request {
        let left = wrapped(&left_to_do(state, view), width);
        lines.extend(styled(left, LineStyle::Strong));
    }
    lines
}

/// What a form does by now, for where the rest of the screen is needed: a word about it first, then a line that begins
/// with what must not be cut.
pub(crate) fn summary(state: &State, view: &FormView) -> Vec<(String, LineStyle)> {
    let note = view.note.clone().map(|note| (note, LineStyle::Bad));
    let does = match planned(state, view) {
        Ok(planned) => {
            let is_final = no_way_back(&planned).map(|_| "Cannot be taken back");
            let says = planned.iter().flat_map(|one| &one.says);
            let says = says.map(|says| says.trim_end_matches('.'));
            let parts: Vec<&str> = is_final.into_iter().chain(says).collect();
            parts.join("; ")
        }
        Err(wrong) => not_yet(&wrong),
    };
    let does = Some((does, LineStyle::Quiet));
    note.into_iter().chain(does).collect()
}

/// The exact requests of a form that could be sent as it stands, one line each.
pub(crate) fn requests(state: &State, view: &FormView) -> Vec<String> {
    let planned = planned(state, view).unwrap_or_default();
    planned.iter().map(|one| one.write.request()).collect()
}

fn planned(state: &State, view: &FormView) -> Result<Vec<Planned>, Vec<Fault>> {
    view.plan(state.server_now())
}

fn not_yet(wrong: &[Fault]) -> String {
    let first = wrong.first().map_or("", |(_, why)| why.as_str());
    format!("Not yet: {first}.")
}

/// What is still to be done of an incident that is about to be closed.
fn left_to_do(state: &State, view: &FormView) -> Vec<String> {
    let [Subject::Incident(incident)] = &view.form.subjects[..] else {
        return Vec::new();
    };
    if view.form.kind != WriteKind::Close || !state.is_shown(&incident.row.id) {
        return Vec::new();
    }
    let tasks = state.detail.tabs.get(&DetailTab::Tasks);
    let Some(tasks) = tasks.filter(|tasks| tasks.arrived) else {
        return vec!["Reading what is still to do.".into()];
    };
    let open: Vec<&Item> = tasks
        .items
        .iter()
        .filter(|item| item.tone != Tone::Quiet)
        .collect();
    if open.is_empty() {
        return vec!["No action or follow-up of it is open.".into()];
    }
    let one = |item: &&Item| {
        let word = match item.subject.as_deref() {
            Some(Subject::FollowUp(_)) => "follow-up",
            _ => "action",
        };
        format!("  {word}: {} ({})", item.title, item.note)
    };
    let head = format!("Still open, and not closed with it: {}", open.len());
    std::iter::once(head).chain(open.iter().map(one)).collect()
}

/// What one write does; of several, each says whose it is.
fn says(planned: &Planned, as_request: bool, of_several: bool, width: usize) -> Vec<String> {
    if as_request {
        request_lines(&planned.write, width)
    } else if of_several {
        text::wrap(&planned.write.what, width)
    } else {
        planned
            .says
            .iter()
            .flat_map(|says| text::wrap(says, width))
            .collect()
    }
}

/// Why none of these can be undone, where that is so.
fn no_way_back(planned: &[Planned]) -> Option<&str> {
    let is_final = |one: &Planned| one.write.no_way_back().is_some();
    let first = planned.first().filter(|_| planned.iter().all(is_final))?;
    first.write.no_way_back()
}
