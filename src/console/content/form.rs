//! What a form changes, in words, or the exact requests.

use super::lines::LineStyle;
use super::request_lines;
use crate::console::state::{FormView, State};
use crate::domain::{Undo, text};
use crate::writes::Planned;

/// What stands below the fields, wrapped.
pub(crate) fn outcome(state: &State, view: &FormView, width: usize) -> Vec<(String, LineStyle)> {
    let styled = |lines: Vec<String>, style| lines.into_iter().map(move |l| (l, style));
    let mut lines = Vec::new();
    if let Some(note) = &view.note {
        lines.extend(styled(text::wrap(note, width), LineStyle::Bad));
    }
    let now = state.now + state.clock_offset;
    match view.form.plan(now, &view.idempotency_seed) {
        Ok(planned) => {
            for one in &planned {
                let says = says(one, view.request, planned.len() > 1, width);
                lines.extend(styled(says, LineStyle::Plain));
            }
            if let Some(why) = no_way_back(&planned).filter(|_| !view.request) {
                let words = format!("Cannot be taken back: {why}");
                lines.extend(styled(text::wrap(&words, width), LineStyle::Quiet));
            }
        }
        Err(wrong) => {
            let first = wrong
                .into_iter()
                .next()
                .map_or_else(String::new, |(_, why)| why);
            lines.push((format!("Not yet: {first}."), LineStyle::Quiet));
        }
    }
    lines
}

/// What a form does by now on one line, for where the rest of the screen is needed; what is wrong with it goes first.
pub(crate) fn summary(state: &State, view: &FormView) -> (String, LineStyle) {
    let lines = outcome(state, view, usize::from(u16::MAX));
    let look = lines.first().map_or(LineStyle::Quiet, |(_, look)| *look);
    let words: Vec<String> = lines.into_iter().map(|(words, _)| words).collect();
    (words.join(" "), look)
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
    let is_final = |one: &Planned| matches!(one.write.undo, Undo::Never(_));
    let first = planned.first().filter(|_| planned.iter().all(is_final))?;
    match &first.write.undo {
        Undo::Never(why) => Some(why),
        Undo::By { .. } => None,
    }
}
