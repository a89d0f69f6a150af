//! The keys of a place in words, from the live table, and what else a line may be there.

use crate::console::action::{ACTIONS, ActionSpec, Context};
use crate::console::content::completions::offered;
use crate::console::filter::last;
use crate::console::state::State;
use crate::domain::text;

/// What may follow a facet that is told in a line.
const OFFERED: usize = 9;

/// The actions that mean something in a context, each with its keys and its sentence, narrowed to a word. What is the
/// context's own comes first, and what has no key goes by its name.
pub(super) fn keys(state: &State, context: Context, word: &str) -> Vec<String> {
    let word = word.to_lowercase();
    let says = |row: &&ActionSpec| format!("{} {}", row.title, row.help);
    let works = ACTIONS.iter().filter(|row| row.works_in(context));
    let mut rows: Vec<&ActionSpec> = works
        .filter(|row| text::contains_folded(&says(row), &word))
        .collect();
    rows.sort_by_key(|row| {
        let has_no_key = state.keymap.key_in(row.action, context).is_empty();
        (has_no_key, row.context != context)
    });
    let told = rows.into_iter().map(|row| told(state, row, context));
    let first = Some(how(context)).filter(|_| word.is_empty());
    let first = first.map(|how| match context {
        Context::Filter => format!("{how} {}", facets(state)),
        _ => how.to_owned(),
    });
    let lines: Vec<String> = first.into_iter().chain(told).collect();
    match lines.is_empty() {
        true => vec![format!("No key here is about \"{word}\".")],
        false => lines,
    }
}

/// What a filter can be about.
fn facets(state: &State) -> String {
    let names: Vec<String> = offered(state, "").into_iter().map(|f| f.shown).collect();
    let about = names.join(", ");
    format!("Facets here: {about}. A line that ends in one tells what may follow.")
}

/// What may stand behind the facet in which a filter ends, as it is to be typed.
pub(super) fn follows(state: &State, typed: &str) -> Vec<String> {
    let facet = last(typed);
    let offered = offered(state, typed);
    let values = offered.iter().map(|o| o.word.trim().strip_prefix(facet));
    let values: Vec<&str> = values.flatten().collect();
    if values.is_empty() {
        return vec![format!("Nothing is known that may follow {facet} here.")];
    }
    let lines = values.chunks(OFFERED).map(|some| some.join(", "));
    let mut lines: Vec<String> = lines.collect();
    lines[0].insert_str(0, &format!("Behind {facet} "));
    lines
}

fn told(state: &State, row: &ActionSpec, context: Context) -> String {
    let title = row.action.title_in(context);
    let keys = state
        .keymap
        .all_in(row.action, context)
        .replace(' ', " or ");
    let why = row.action.kind().and_then(|kind| state.obstacle(kind));
    let help = why.map_or_else(|| row.help.to_owned(), |why| format!("Not here: {why}."));
    match keys.as_str() {
        "" => format!("{title}, by this name. {help}"),
        keys => format!("{title}, {keys}. {help}"),
    }
}

/// What a line may be.
fn how(context: Context) -> &'static str {
    match context {
        Context::FormWords | Context::Editing => {
            "A line is what the field becomes; an empty one leaves it and goes on; esc goes to the end; a colon before a \
             key or an action, such as :send."
        }
        Context::FormChoices => {
            "A number takes a choice; other words find one; an empty line goes on; esc goes to the end; a colon before a \
             key or an action, such as :send."
        }
        Context::Form | Context::Panel | Context::Confirm | Context::Review => {
            "y sends, n does not; keys and actions by their names."
        }
        Context::Filter | Context::Prompt | Context::Palette | Context::Help | Context::Opening => {
            "A line is what is typed here; esc goes back; a colon before a key or an action."
        }
        _ => {
            "A number goes to a line, list tells the lines, keys and actions go by their names, an empty line tells where \
             you are, q goes back and at the incidents leaves."
        }
    }
}
