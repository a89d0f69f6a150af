//! A form as it is told: one field after the other, each with what stands in it and what may be chosen; at its end what it
//! does, the exact request, and the question.

use super::place::{Body, Place};
use super::words::EXACT;
use crate::console::action::Action;
use crate::console::content::form::{outcome, requests};
use crate::console::content::meanwhile::standing;
use crate::console::layout::HEARD;
use crate::console::state::{Filling, FormView, State};
use crate::domain::text;
use crate::writes::{Choice, Field, Input, overruled};

/// Choices that are told at once; further ones are found by what is typed.
const CHOICES: usize = 9;
/// Letters of a request that are told before somebody asks for all of it.
const LONGEST: usize = 600;

/// A form, and what its marked line asks for.
pub(super) fn place<'a>(state: &State, view: &FormView) -> Place<'a> {
    let above = standing(state, view, usize::from(HEARD.0));
    let above = above.into_iter().map(|(words, _)| words);
    let title = std::iter::once(view.form.title.clone());
    let parts: Vec<String> = title.chain(above).chain(view.note.clone()).collect();
    Place {
        id: format!("form {:?} {}", view.form.kind, view.form.draft_key()),
        title: parts.join("; "),
        body: match view.field() {
            Some(field) => Body::Field(asked(view, field)),
            None => at_its_end(state, view),
        },
    }
}

/// What a field asks for.
fn asked(view: &FormView, field: &Field) -> Vec<String> {
    let mut parts = vec![field.label.clone()];
    parts.extend(field.required.then(|| "needed".to_owned()));
    if let Some(instead) = overruled(&view.form, field) {
        parts.push(instead.to_owned());
    } else if !field.hint.is_empty() {
        parts.push(field.hint.clone());
    }
    let now = field.shown();
    if !now.is_empty() {
        parts.push(format!("now {now}"));
    }
    parts.extend(field.error.clone());
    let how = match &field.input {
        Input::Text => "; lines, one with a dot alone ends them:",
        Input::Pick(_) => "; a number, or type to find:",
        Input::PickMany(_) => "; numbers take or drop, an empty line goes on:",
        _ => ":",
    };
    let mut lines = vec![format!("{}{how}", parts.join(", "))];
    if let Some(Filling::Choosing { .. }) = &view.filling {
        lines.push(choices(view, field));
    }
    lines
}

/// What can be chosen, each with its number; what cannot, with the reason.
fn choices(view: &FormView, field: &Field) -> String {
    let found = view.found();
    let told = found.iter().take(CHOICES).enumerate();
    let mut told: Vec<String> = told.map(|(at, c)| choice(at, field, c)).collect();
    let more = found.len().saturating_sub(CHOICES);
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    match told.is_empty() {
        true => "Nothing to choose.".into(),
        false => format!("{}.", told.join("; ")),
    }
}

fn choice(at: usize, field: &Field, choice: &Choice) -> String {
    let taken = field.value.contains(&choice.id);
    let taken = if taken {
        "taken".to_owned()
    } else {
        String::new()
    };
    let why = choice.blocked.as_ref();
    let beside = why.map_or_else(|| choice.note.clone(), |why| format!("not here: {why}"));
    let parts = [choice.label.clone(), beside, taken];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("{} {}", at + 1, parts.join(", "))
}

/// What the form does, and the exact request where there is one already.
fn at_its_end<'a>(state: &State, view: &FormView) -> Body<'a> {
    let told = outcome(state, view, usize::from(HEARD.0)).into_iter();
    let told: Vec<String> = told.map(|(words, _)| words).collect();
    let requests = requests(state, view);
    if view.request || requests.is_empty() {
        return Body::Text(told);
    }
    let exact = format!("{EXACT}{}", requests.join(" "));
    let key = state.keymap.key(Action::ShowRequest);
    Body::Question(vec![sentences(&told), shortened(&exact, key)])
}

/// Lines as one, each a sentence.
fn sentences(lines: &[String]) -> String {
    let ended = |line: &String| {
        let line = line.trim();
        match line.ends_with(['.', ':', ';', '?', '!']) {
            true => line.to_owned(),
            false => format!("{line}."),
        }
    };
    let lines = lines.iter().filter(|line| !line.trim().is_empty());
    lines.map(ended).collect::<Vec<_>>().join(" ")
}

/// A request that is too long to be heard in one go is told on demand.
fn shortened(exact: &str, key: &str) -> String {
    let words: Vec<&str> = exact.split_whitespace().collect();
    let whole = words.join(" ");
    match text::columns(&whole) > LONGEST {
        true => format!("{} {key} tells all of it.", text::fit(&whole, LONGEST)),
        false => whole,
    }
}

/// What was chosen, by field: the answer to a number is what it took.
pub(super) fn chosen(view: &FormView) -> Vec<(String, String)> {
    let fields = view.form.fields.iter();
    let picks = fields.filter(|field| field.input.choices().is_some());
    picks
        .map(|field| (field.label.clone(), field.shown()))
        .collect()
}

/// What is wrong with a form, and what its last key did not do.
pub(super) fn said(view: &FormView) -> Vec<String> {
    let wrong = view.form.fields.iter().filter_map(|field| {
        let error = field.error.as_ref()?;
        Some(format!("{}: {error}", field.label))
    });
    wrong.chain(view.said.clone()).collect()
}
