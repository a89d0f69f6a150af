//! The keys that work somewhere, from the live table.

use crate::console::action::{ACTIONS, ActionSpec, Context};
use crate::console::state::State;
use crate::domain::text;

/// Columns of the keys and of the title, each with a space behind it.
const KEYS: usize = 18;

/// The keys that work in a context, narrowed to a word. In a field every letter is one, so that the keys of fields are
/// told on the line that sends.
pub(crate) fn help(state: &State, context: Context, typed: &str, width: usize) -> Vec<String> {
    let word = typed.to_lowercase();
    let mut lines = keys(state, context, &word, width);
    if context == Context::Form {
        let fields = [
            ("Where words are typed", Context::FormWords),
            ("Among choices", Context::FormChoices),
        ];
        for (head, context) in fields {
            let keys = keys(state, context, &word, width);
            if !keys.is_empty() {
                lines.extend([String::new(), head.to_owned()]);
                lines.extend(keys);
            }
        }
    }
    lines
}

/// What has a key first, and of that the context's own. A sentence that is too long for its line goes on below itself.
fn keys(state: &State, context: Context, word: &str, width: usize) -> Vec<String> {
    let mut rows: Vec<&ActionSpec> = ACTIONS
        .iter()
        .filter(|row| row.works_in(context))
        .filter(|row| text::contains_folded(&format!("{} {}", row.title, row.help), word))
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
    let keys = state.keymap.all_in(row.action, context);
    let head = format!("{keys:<KEYS$} {:<KEYS$} ", row.action.title_in(context));
    let indent = text::columns(&head);
    let mut lines = text::wrap(&help, width.saturating_sub(indent).max(20)).into_iter();
    let first = format!("{head}{}", lines.next().unwrap_or_default());
    let rest = lines.map(|line| format!("{}{line}", " ".repeat(indent)));
    std::iter::once(first).chain(rest).collect()
}
