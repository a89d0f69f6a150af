//! The keys that work somewhere, from the live table.

use crate::console::action::{ACTIONS, ActionSpec, Context};
use crate::console::state::State;
use crate::domain::text;

/// Columns of the keys and of the title, each with a space behind it, at most.
const WIDEST: usize = 18;
/// Columns that a sentence needs to be read as one: where there are fewer it stands below its key.
const SENTENCE: usize = 36;

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
    let columns = Columns::of(state, context, &rows, width);
    let line = |row| line(state, context, row, &columns);
    rows.into_iter().flat_map(line).collect()
}

/// How wide keys, titles and sentences are, and how far these stand from the left.
struct Columns {
    keys: usize,
    title: usize,
    indent: usize,
    sentence: usize,
}

impl Columns {
    fn of(state: &State, context: Context, rows: &[&ActionSpec], width: usize) -> Self {
        let widest = |words: &dyn Fn(&ActionSpec) -> String| {
            let wide = rows.iter().map(|row| text::columns(&words(row)));
            wide.max().unwrap_or(0).min(WIDEST)
        };
        let keys = widest(&|row| state.keymap.all(row.action));
        let title = widest(&|row| row.action.title_in(context).to_owned());
        let beside = keys + title + 2;
        let indent = match width.saturating_sub(beside) >= SENTENCE {
            true => beside,
            false => keys + 1,
        };
        Self {
            keys,
            title,
            indent,
            sentence: width.saturating_sub(indent).max(20),
        }
    }

    /// Whether a sentence stands beside its key and title.
    fn is_beside(&self) -> bool {
        self.indent > self.keys + 1
    }
}

fn line(state: &State, context: Context, row: &ActionSpec, columns: &Columns) -> Vec<String> {
    let why = row.action.kind().and_then(|kind| state.obstacle(kind));
    let help = why.map_or_else(|| row.help.to_owned(), |why| format!("Not here: {why}."));
    let (keys, title) = (state.keymap.all(row.action), row.action.title_in(context));
    let Columns {
        keys: wide,
        title: named,
        ..
    } = *columns;
    let head = format!("{keys:<wide$} {title:<named$} ");
    let lines = text::wrap(&help, columns.sentence).into_iter();
    let indent = " ".repeat(columns.indent);
    let mut lines = lines.map(|line| format!("{indent}{line}"));
    if !columns.is_beside() {
        return std::iter::once(head).chain(lines).collect();
    }
    let first = lines.next().unwrap_or_default();
    let first = format!("{head}{}", first.trim_start());
    std::iter::once(first).chain(lines).collect()
}
