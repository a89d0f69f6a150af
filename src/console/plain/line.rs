//! What a typed line means where one is: the keys and the text that the screen's own keyboard would have sent. Nothing is
//! done here: it goes the way of all keys.

use super::body::{Body, Rows};
use super::place::{context, place};
use crate::console::action::{ACTIONS, Action, ActionSpec, Context};
use crate::console::keymap;
use crate::console::msg::Msg;
use crate::console::state::{Filling, FormView, Overlay, State};
use crate::writes::{Input, one_value};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a line means.
#[derive(Debug)]
pub(super) enum Meaning {
    /// These are the keys, and the text.
    Msgs(Vec<Msg>),
    /// Where one is.
    Where,
    /// The keys that work here, of which the word is told; all of them where it is empty.
    Help(String),
    /// The lines of the list from the cursor on.
    List,
    /// The next page of what is being read.
    More,
    /// The rest of it.
    All,
    /// The line of this number.
    Pick(usize),
    /// Lines of a text begin.
    Lines,
    /// A filter ends in a facet: what may follow it.
    Facet(String),
    /// It means nothing here, and why.
    Nothing(String),
}

/// What a line means where one is.
pub(super) fn read(state: &State, line: &str) -> Meaning {
    let (typed, context) = (line.trim(), context(state));
    if let Some(word) = asks_for_keys(typed) {
        return Meaning::Help(word.to_owned());
    }
    if typed.eq_ignore_ascii_case("esc") {
        return press(state, Action::Back, context);
    }
    if let Some(command) = typed
        .strip_prefix(':')
        .filter(|rest| !rest.starts_with(':'))
    {
        return self::command(state, command.trim(), context);
    }
    let text = line.strip_prefix(':').filter(|_| typed.starts_with("::"));
    let text = text.unwrap_or(line);
    match context.takes_text() {
        true => in_field(state, text.trim_end_matches(['\r', '\n']), context),
        false => match typed {
            "" => Meaning::Where,
            typed => self::command(state, typed, context),
        },
    }
}

fn asks_for_keys(typed: &str) -> Option<&str> {
    let word = typed.strip_prefix('?')?;
    (word.is_empty() || word.starts_with(' ')).then(|| word.trim())
}

/// A number, a word of this mode, keys, or an action by its name.
fn command(state: &State, typed: &str, context: Context) -> Meaning {
    if let Ok(number) = typed.parse::<usize>() {
        return Meaning::Pick(number);
    }
    match typed {
        "" => return Meaning::Where,
        "list" => return Meaning::List,
        "more" => return Meaning::More,
        "all" => return Meaning::All,
        _ => {}
    }
    if let Some(action) = answer(typed, context) {
        return press(state, action, context);
    }
    let keys: Option<Vec<Vec<KeyEvent>>> = typed.split_whitespace().map(keys).collect();
    if let Some(keys) = keys {
        return Meaning::Msgs(keys.into_iter().flatten().map(Msg::Key).collect());
    }
    // The palette does what works in another pane, too.
    let elsewhere = || named(typed, context, |row| row.context.is_pane());
    let row = named(typed, context, |row| row.works_in(context))
        .or_else(|| has_commands(context).then(elsewhere).flatten());
    match row {
        Some(row) => by_name(state, row, typed, context),
        None if has_commands(context) => search(state, typed, context),
        None => Meaning::Nothing(format!("Nothing here is called {typed}; ? tells the keys.")),
    }
}

/// Yes and no, where something is asked.
fn answer(typed: &str, context: Context) -> Option<Action> {
    let asks = matches!(
        context,
        Context::Form | Context::Panel | Context::Confirm | Context::Review
    );
    let declines = matches!(context, Context::Panel | Context::Confirm);
    match typed {
        "y" | "yes" if asks => Some(Action::Send),
        "n" | "no" if declines => Some(Action::Decline),
        // A form that is not sent is kept, as where one leaves it.
        "n" | "no" if asks => Some(Action::Back),
        _ => None,
    }
}

/// Keys by their name; a letter several times is that key several times.
fn keys(word: &str) -> Option<Vec<KeyEvent>> {
    if let Some(key) = keymap::parse(word) {
        return Some(vec![key]);
    }
    let mut letters = word.chars();
    let first = letters.next()?;
    let alike = letters.all(|letter| letter == first) && !first.is_ascii_digit();
    let key = keymap::parse(&first.to_string()).filter(|_| alike)?;
    Some(vec![key; word.chars().count()])
}

/// The action of a name among some: its title before its id, and these before other words it is known by.
fn named(
    typed: &str,
    context: Context,
    is_among: impl Fn(&ActionSpec) -> bool,
) -> Option<&'static ActionSpec> {
    let typed = typed.to_lowercase();
    let among = || ACTIONS.iter().filter(|row| is_among(row));
    let by_title = among().find(|row| row.action.title_in(context) == typed || row.title == typed);
    by_title
        .or_else(|| among().find(|row| row.id == typed))
        .or_else(|| among().find(|row| row.is_called(&typed)))
}

/// Whether actions can be found by their name here although they have no key.
fn has_commands(context: Context) -> bool {
    context.is_pane() || context == Context::Card
}

fn by_name(state: &State, row: &ActionSpec, typed: &str, context: Context) -> Meaning {
    match key_of(state, row.action, context) {
        Some(key) => Meaning::Msgs(vec![Msg::Key(key)]),
        None if has_commands(context) => match search(state, row.title, context) {
            Meaning::Msgs(mut msgs) => {
                msgs.push(enter());
                Meaning::Msgs(msgs)
            }
            other => other,
        },
        None => Meaning::Nothing(format!("{typed} has no key here.")),
    }
}

/// The palette, with what was typed.
fn search(state: &State, typed: &str, context: Context) -> Meaning {
    match key_of(state, Action::Command, context) {
        Some(key) => Meaning::Msgs(vec![Msg::Key(key), Msg::Pasted(typed.to_owned())]),
        None => Meaning::Nothing(format!("Nothing here is called {typed}.")),
    }
}

/// The first key of an action in a context.
pub(super) fn key_of(state: &State, action: Action, context: Context) -> Option<KeyEvent> {
    keymap::parse(state.keymap.key_in(action, context))
}

fn press(state: &State, action: Action, context: Context) -> Meaning {
    let key = key_of(state, action, context);
    key.map_or_else(
        || Meaning::Nothing(format!("{} has no key here.", action.row().title)),
        |key| Meaning::Msgs(vec![Msg::Key(key)]),
    )
}

fn plain_key(code: KeyCode) -> Msg {
    Msg::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn enter() -> Msg {
    plain_key(KeyCode::Enter)
}

/// Empties the line that is typed in, as readline does.
fn rub_out() -> Msg {
    Msg::Key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL))
}

/// A line where text is typed: it is what the field becomes.
fn in_field(state: &State, text: &str, context: Context) -> Meaning {
    let typed = text.trim();
    match (context, state.overlays.last()) {
        (Context::Filter, _) if typed.is_empty() => Meaning::Msgs(vec![enter()]),
        (Context::Filter, _) if typed.ends_with(':') => Meaning::Facet(typed.to_owned()),
        (Context::Palette, _) if typed.is_empty() => Meaning::Where,
        (Context::Palette, _) => match typed.parse() {
            Ok(number) => Meaning::Pick(number),
            Err(_) => Meaning::Msgs(vec![rub_out(), Msg::Pasted(typed.to_owned())]),
        },
        (Context::FormWords, Some(Overlay::Form(view))) => words(state, view, text),
        (Context::FormChoices, Some(Overlay::Form(view))) => choice(state, view, typed),
        (Context::Editing, _) => Meaning::Lines,
        // What could not open takes no text.
        (Context::Opening, _) if matches!(typed, "" | "q") => press(state, Action::Back, context),
        (Context::Opening, _) => {
            Meaning::Nothing("It could not open: an empty line goes back.".into())
        }
        (Context::Help, _) => Meaning::Msgs(vec![Msg::Pasted(typed.to_owned())]),
        _ => Meaning::Msgs(vec![rub_out(), Msg::Pasted(typed.to_owned()), enter()]),
    }
}

/// A line into the words of a form; an empty one leaves them as they are.
fn words(state: &State, view: &FormView, text: &str) -> Meaning {
    if text.trim().is_empty() {
        return press(state, Action::NextField, Context::FormWords);
    }
    if matches!(view.input(), Some(Input::Text)) {
        return Meaning::Lines;
    }
    // What the field cannot take is not put there: it is still the one that is asked for.
    if let Some(wrong) = fault(state, view, text.trim()) {
        return Meaning::Nothing(format!("{wrong}."));
    }
    let filled = Msg::Edited(Ok(text.trim().to_owned()));
    match press(state, Action::NextField, Context::FormWords) {
        Meaning::Msgs(next) => Meaning::Msgs(std::iter::once(filled).chain(next).collect()),
        _ => Meaning::Msgs(vec![filled]),
    }
}

/// What would be wrong with a field that has these words.
fn fault(state: &State, view: &FormView, words: &str) -> Option<String> {
    let mut field = view.field()?.clone();
    field.value = one_value(words);
    view.form.fault_in(&field, state.server_now())
}

/// A number or words among choices: what only one of them fits is taken.
fn choice(state: &State, view: &FormView, typed: &str) -> Meaning {
    if typed.is_empty() {
        return press(state, Action::NextField, Context::FormChoices);
    }
    if let Ok(number) = typed.parse() {
        return Meaning::Pick(number);
    }
    let found = view.found_by(typed);
    let lower = typed.to_lowercase();
    let begin = |label: &str| label.to_lowercase().starts_with(&lower);
    let is_one = match found.as_slice() {
        [] => return Meaning::Nothing(format!("Nothing fits \"{typed}\".")),
        [_] => true,
        [first, second, ..] => {
            let exact = first.label.to_lowercase() == lower;
            exact || (begin(&first.label) && !begin(&second.label))
        }
    };
    let rub_out = (!view.typed().is_empty()).then(rub_out);
    let mut msgs: Vec<Msg> = rub_out.into_iter().collect();
    msgs.push(Msg::Pasted(typed.to_owned()));
    msgs.extend(is_one.then(enter));
    Meaning::Msgs(msgs)
}

/// The keys that go to a line of what is there, and take it where it is chosen and not only gone to. `id` is what the
/// line was known by when its number was told; without one it was not told, and what was found is only gone to.
pub(super) fn pick(state: &State, number: usize, id: Option<&str>) -> Result<Vec<Msg>, String> {
    let context = context(state);
    let says = || format!("There is no line {number} here.");
    if let (Context::FormChoices, Some(Overlay::Form(view))) = (context, state.overlays.last()) {
        let to = number.checked_sub(1).filter(|to| *to < view.found().len());
        let to = to.ok_or_else(says)?;
        let mut msgs = choose(state, view, to);
        msgs.push(enter());
        return Ok(msgs);
    }
    let Body::Rows(rows) = place(state).body else {
        return Err(says());
    };
    let to = target(&rows, number, id).ok_or_else(says)?;
    let mut msgs = go(state, &rows, to, context);
    // What was found and not told yet is told first.
    let takes = context == Context::Menu || (context == Context::Palette && id.is_some());
    msgs.extend(takes.then(enter));
    Ok(msgs)
}

fn choose(state: &State, view: &FormView, to: usize) -> Vec<Msg> {
    let at = match &view.filling {
        Some(Filling::Choosing { at, .. }) => *at,
        _ => None,
    };
    // Where none is marked, the first key marks the first or, upwards, the last.
    let from = at.map_or(-1, usize::cast_signed);
    steps(state, to.cast_signed() - from, Context::FormChoices)
}

/// Where a line stands by now.
fn target(rows: &Rows<'_>, number: usize, id: Option<&str>) -> Option<usize> {
    let place = number.checked_sub(1)?;
    let is_it = |at: usize| id.is_none_or(|id| (rows.id)(at) == id);
    if place < rows.count && is_it(place) {
        return Some(place);
    }
    (0..rows.count).find(|at| id.is_some() && is_it(*at))
}

/// Keys that go from the cursor to a line, from the top or the bottom where that is nearer.
fn go(state: &State, rows: &Rows<'_>, to: usize, context: Context) -> Vec<Msg> {
    let (away, last) = (to.abs_diff(rows.at), rows.count.saturating_sub(1));
    let below = last - to;
    let ends = [(Action::Top, 0, to), (Action::Bottom, last, below)];
    for (action, from, steps_left) in ends {
        let key = key_of(state, action, context).filter(|_| steps_left + 1 < away);
        if let Some(key) = key {
            let by = to.cast_signed() - from.cast_signed();
            let first = std::iter::once(Msg::Key(key));
            return first.chain(steps(state, by, context)).collect();
        }
    }
    steps(state, to.cast_signed() - rows.at.cast_signed(), context)
}

fn steps(state: &State, by: isize, context: Context) -> Vec<Msg> {
    let chooses = matches!(context, Context::FormChoices | Context::Palette);
    let action = match (chooses, by > 0) {
        (true, true) => Action::NextChoice,
        (true, false) => Action::PreviousChoice,
        (false, true) => Action::Down,
        (false, false) => Action::Up,
    };
    let key = key_of(state, action, context);
    let keys = key.into_iter().flat_map(|key| vec![key; by.unsigned_abs()]);
    keys.map(Msg::Key).collect()
}
