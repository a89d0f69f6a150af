//! The keys that work somewhere, from the live table.

use crate::console::action::{ACTIONS, ActionSpec, Context};
use crate::console::state::State;
use crate::domain::text;

/// The keys that work in a context, its own first, narrowed to a word.
pub(crate) fn help(state: &State, context: Context, typed: &str) -> Vec<String> {
    let word = typed.to_lowercase();
    let mut rows: Vec<&ActionSpec> = ACTIONS
        .iter()
        .filter(|row| row.works_in(context))
        .filter(|row| text::contains_folded(&format!("{} {}", row.title, row.help), &word))
        .collect();
    rows.sort_by_key(|row| row.context != context);
    rows.into_iter().map(|row| line(state, row)).collect()
}

fn line(state: &State, row: &ActionSpec) -> String {
    let why = row.action.kind().and_then(|kind| state.obstacle(kind));
    let help = why.map_or_else(|| row.help.to_owned(), |why| format!("Not here: {why}."));
    format!(
        "{:<18} {:<18} {help}",
        state.keymap.all(row.action),
        row.title
    )
}
