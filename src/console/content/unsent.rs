//! Texts that were begun and not sent: which form each is of, what it is about, and how it begins.

use crate::console::state::State;
use crate::domain::text;
use crate::domain::{SavedForm, WriteOrigin};
use crate::writes::{Form, WriteKind};

/// Those that are not on their way, the newest first.
pub(crate) fn listed(state: &State) -> Vec<&SavedForm> {
    let mut all: Vec<&SavedForm> = state.saved_forms.values().collect();
    all.retain(|saved| !is_on_its_way(state, saved));
    all.sort_by(|a, b| (b.at, &b.key).cmp(&(a.at, &a.key)));
    all
}

/// What was begun in a form and not sent; nothing where what is kept of it was sent as it stands.
pub(crate) fn begun(state: &State, form: &Form) -> Option<SavedForm> {
    let saved = state.saved_forms.get(&form.draft_key())?;
    (!is_on_its_way(state, saved)).then(|| saved.clone())
}

/// Whether a text was sent as it stands and is kept only until it is known what became of it.
fn is_on_its_way(state: &State, saved: &SavedForm) -> bool {
    let mut pending = state.pending_forms.values().map(|view| &view.form);
    pending.any(|form| form.draft_key() == saved.key && form.values() == saved.values)
}

/// The form a text is of, and the ids of what that is about.
pub(crate) fn form_of(saved: &SavedForm) -> Option<(WriteKind, Vec<String>)> {
    let mut words = saved.key.split(' ');
    let kind = WriteOrigin::parse(words.next()?).form()?;
    Some((kind, words.map(str::to_owned).collect()))
}

/// The name of its form.
pub(crate) fn title(saved: &SavedForm) -> &'static str {
    form_of(saved).map_or("A form this version does not know", |(kind, _)| {
        kind.title()
    })
}

/// What it is about, where that is known.
pub(crate) fn about(state: &State, saved: &SavedForm) -> String {
    let ids = form_of(saved).map_or_else(Vec::new, |(_, ids)| ids);
    match &ids[..] {
        [one] => {
            let mut rows = state.incidents.rows.iter();
            let row = rows.find(|row| row.id.as_str() == one);
            row.map_or_else(String::new, |row| row.reference.to_string())
        }
        [] => String::new(),
        several => format!("{} at once", several.len()),
    }
}

/// How its words begin: what somebody typed says more than what they chose.
pub(crate) fn beginning(saved: &SavedForm) -> String {
    const WORDS: [&str; 5] = ["message", "title", "name", "description", "summary"];
    let is_words = |name: &&&str| saved.values.iter().any(|(id, _)| id == **name);
    let Some(name) = WORDS.iter().find(is_words) else {
        let count = saved.values.len();
        return text::counted(count, "field filled in", "fields filled in");
    };
    let value = saved.values.iter().find(|(id, _)| id == *name);
    value.map_or_else(String::new, |(_, value)| value.join(" ").replace('\n', " "))
}
