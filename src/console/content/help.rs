//! The keys that work somewhere, from the live table.

use crate::console::action::{ACTIONS, ActionSpec, Context};
use crate::console::state::State;
use crate::domain::text;

/// Columns of the keys and of the title, each with a space behind it.
const KEYS: usize = 18;

/// The keys that work in a context, narrowed to a word: what has a key first, and of that the context's own. A sentence
/// that is too long for its line goes on below itself.
pub(crate) fn help(state: &State, context: Context, typed: &str, width: usize) -> Vec<String> {
    let word = typed.to_lowercase();
    let mut rows: Vec<&ActionSpec> = ACTIONS
        .iter()
        .filter(|row| row.works_in(context))
        .filter(|row| text::contains_folded(&format!("{} {}", row.title, row.help), &word))
        .collect();
    rows.sort_by_key(|row| {
        let has_no_key = state.keymap.key(row.action).is_empty();
        (has_no_key, row.context != context)
    });
    let line = |row| line(state, context, row, width);
    rows.into_iter().flat_map(line).collect()
}

fn line(state: &State, context: Context, row: &ActionSpec, width: usize) -> Vec<String> {
    let why = row.action.kind().and_then(|kind| state.obstacle(kind));
    let help = why.map_or_else(|| row.help.to_owned(), |why| format!("Not here: {why}."));
    let keys = state.keymap.all(row.action);
    let head = format!("{keys:<KEYS$} {:<KEYS$} ", row.action.title_in(context));
    let indent = text::columns(&head);
    let mut lines = text::wrap(&help, width.saturating_sub(indent).max(20)).into_iter();
    let first = format!("{head}{}", lines.next().unwrap_or_default());
    let rest = lines.map(|line| format!("{}{line}", " ".repeat(indent)));
    std::iter::once(first).chain(rest).collect()
}
