//! What was begun and not sent: Enter goes on with it in its form, dropping it is asked twice.

use super::after::{After, closing};
use super::frame;
use crate::console::action::{Action, Context};
use crate::console::content::unsent::{about, beginning, form_of, listed, title};
use crate::console::cursor::Step;
use crate::console::msg::Cmd;
use crate::console::paint::{cursor, put, put_spans, when};
use crate::console::state::{State, Unsent};
use crate::console::theme::Theme;
use crate::domain::{SavedForm, text};
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Lines that half a page moves by.
const HALF_PAGE: usize = 10;
/// Columns of a form's name, and of what it is about.
const TITLE: usize = 24;
const ABOUT: usize = 9;

impl Unsent {
    pub(super) fn key(&mut self, state: &mut State, key: KeyEvent, cmds: &mut Vec<Cmd>) -> After {
        let action = state.keymap.resolve(key, Context::Unsent);
        let armed = self.drop_armed.take();
        let here = listed(state)
            .get(self.cursor.at)
            .map(|saved| (*saved).clone());
        match (action, here) {
            (Some(Action::Open), Some(saved)) => match form_of(&saved) {
                Some((kind, ids)) => return After::GoOn(kind, ids),
                None => {
                    let key = state.keymap.key(Action::Drop);
                    state.say(format!(
                        "This version has no such form; {key} drops what is kept of it."
                    ));
                }
            },
            (Some(Action::Drop), Some(saved)) if armed.as_ref() == Some(&saved.key) => {
                drop_saved(state, saved, cmds);
            }
            (Some(Action::Drop), Some(saved)) => {
                let key = state.keymap.key(Action::Drop);
                state.say(format!(
                    "{key} again drops it for good: {}",
                    beginning(&saved)
                ));
                self.drop_armed = Some(saved.key);
            }
            (Some(action), _) => {
                if let Some(step) = Step::of(action, HALF_PAGE) {
                    self.cursor.go(step, listed(state).len());
                }
            }
            (None, _) => {}
        }
        closing(action, Context::Unsent).unwrap_or(After::Stay)
    }

    /// The cursor stays on its text.
    pub(super) fn settle(&mut self, state: &State) {
        let inside = frame::inside(frame::place(state.layout().body, self.wanted(state)));
        let rows = usize::from(frame::middle(inside, true).height);
        let all = listed(state);
        self.cursor.settle(all.len(), |at| all[at].key.clone());
        self.cursor.scroll(rows, all.len());
    }

    pub(super) fn wanted(&self, state: &State) -> usize {
        listed(state).len().max(1) + 6
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        let all = listed(state);
        put(
            buf,
            frame::head(inside),
            &head(all.len()),
            theme.title(true),
        );
        let place = frame::middle(inside, true);
        if all.is_empty() {
            put(buf, frame::head(place), NOTHING, theme.dim());
        }
        let hidden = self.cursor.outside(usize::from(place.height), all.len());
        frame::draw_edges(buf, frame::head(inside), hidden, theme);
        let shown = all.iter().enumerate().skip(self.cursor.top);
        for ((at, saved), y) in shown.zip(place.y..place.bottom()) {
            cursor(buf, place.x, y, at == self.cursor.at, true, theme);
            let row = Rect::new(place.x + 1, y, place.width.saturating_sub(1), 1);
            one(buf, row, state, saved, theme);
        }
        let keys = frame::footer(
            &state.keymap,
            &[
                (&[Action::Open], "goes on with it"),
                (&[Action::Drop], "drops it"),
                (&[Action::Back], "closes"),
            ],
            usize::from(inside.width),
        );
        put(buf, frame::foot(inside), &keys, theme.dim());
    }
}

/// What is said where there is none.
pub(super) const NOTHING: &str = "Nothing was begun and left.";

pub(super) fn head(count: usize) -> String {
    match count {
        0 => "Drafts not sent".to_owned(),
        count => format!("Drafts not sent: {count}"),
    }
}

fn one(buf: &mut Buffer, row: Rect, state: &State, saved: &SavedForm, theme: &Theme) {
    let column = |words: &str, width: usize| format!("{:<width$} ", text::fit(words, width));
    let age = if state.absolute { 12 } else { 5 };
    let spans = [
        (column(&when(state, saved.at), age), theme.dim()),
        (column(title(saved), TITLE), Style::new()),
        (column(&about(state, saved), ABOUT), theme.accent()),
        (beginning(saved), theme.good()),
    ];
    let spans: Vec<(&str, Style)> = spans.iter().map(|(t, s)| (t.as_str(), *s)).collect();
    put_spans(buf, row, &spans);
}

/// Forgets a text here and on the disk.
fn drop_saved(state: &mut State, saved: SavedForm, cmds: &mut Vec<Cmd>) {
    state.say(format!("Dropped: {}", beginning(&saved)));
    state.saved_forms.remove(&saved.key);
    let values = Vec::new();
    cmds.push(Cmd::SaveForm(SavedForm { values, ..saved }, false));
}
