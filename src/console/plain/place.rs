//! Where one is: the name of the place, and the lines, the text, the question or the field in it.

use super::body::{Body, Place, Rows};
use super::{form, rows};
use crate::console::action::Context;
use crate::console::overlay::{self, heard};
use crate::console::state::{Filling, Overlay, State};

/// Where one is.
pub(super) fn place(state: &State) -> Place<'_> {
    if let Some(input) = &state.input {
        let typed = input.lines().concat();
        let now = match typed.as_str() {
            "" => String::new(),
            typed => format!(", now {typed}"),
        };
        return Place {
            id: "filter".into(),
            title: String::new(),
            body: Body::Field(vec![format!(
                "Filter, words and facets such as sev:P1{now}:"
            )]),
        };
    }
    match state.overlays.last() {
        Some(Overlay::Form(view)) => form::place(state, view),
        Some(over) => of_overlay(state, over),
        None => rows::of_pane(state),
    }
}

fn of_overlay<'a>(state: &'a State, over: &'a Overlay) -> Place<'a> {
    let heard::Heard { title, body } = heard::heard(over, state);
    let body = match body {
        heard::Body::Lines { at, lines, nothing } => Body::Rows(Rows::of_lines(at, lines, nothing)),
        heard::Body::Text(lines) => Body::Text(lines),
        heard::Body::Question(lines) => Body::Question(lines),
        heard::Body::Field { text, lines } => Body::Field(field(&text, lines)),
        heard::Body::Form => Body::Text(Vec::new()),
    };
    // What is typed into a list of what was found makes it no other place, and neither does what a title counts.
    let kind = std::mem::discriminant(over);
    let name = match over {
        Overlay::Palette(_) | Overlay::Journal(_) | Overlay::Unsent(_) | Overlay::Results(_) => "",
        _ => title.as_str(),
    };
    let id = format!("{} {kind:?} {name}", state.overlays.len());
    Place { id, title, body }
}

/// The prompt of a field that stands alone.
fn field(text: &str, lines: bool) -> Vec<String> {
    let now = match text {
        "" => String::new(),
        text => format!("now: {text}; "),
    };
    let how = match lines {
        true => "type lines, one with a dot alone ends them:",
        false => "type a line:",
    };
    vec![format!("{now}{how}")]
}

/// Where keys mean something now.
pub(super) fn context(state: &State) -> Context {
    if state.input.is_some() {
        return Context::Filter;
    }
    match state.overlays.last() {
        Some(Overlay::Form(view)) => match view.filling {
            Some(Filling::Words(_)) => Context::FormWords,
            Some(Filling::Choosing { .. }) => Context::FormChoices,
            None => Context::Form,
        },
        Some(over) => overlay::context(over).unwrap_or(Context::Everywhere),
        None => Context::of(state.focus),
    }
}
