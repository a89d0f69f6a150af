//! The journal on the screen: what agents propose, what was written, what waits, and what can be done about it.

use super::after::{After, closing};
use super::frame::{self, Offer};
use super::write_row;
use crate::console::action::{Action, Context};
use crate::console::content::journal::{Line, can_be_taken_back, in_full, lines, proposed_in_full};
use crate::console::cursor::Step;
use crate::console::msg::Cmd;
use crate::console::paint::{cursor, put};
use crate::console::state::{Journal, State, Text};
use crate::console::theme::Theme;
use crate::domain::{Visibility, Write};
use crate::writes;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Writes that half a page moves by.
const HALF_PAGE: usize = 10;

impl Journal {
    pub(super) fn key(&mut self, state: &mut State, key: KeyEvent, cmds: &mut Vec<Cmd>) -> After {
        let Some(action) = state.keymap.resolve(key, Context::Journal) else {
            return After::Stay;
        };
        if let Some(step) = Step::of(action, HALF_PAGE) {
            let count = lines(state).len();
            self.cursor.go(step, count);
            return After::Stay;
        }
        if is_write(action) && state.config.read_only {
            state.say("Read-only mode: nothing is sent.");
            return After::Stay;
        }
        let here = match lines(state).get(self.cursor.at) {
            Some(Line::Proposed(proposal)) if action == Action::Open => {
                if proposal.is_open_question() {
                    return After::Asked(Box::new((*proposal).clone()));
                }
                let text = Text::new("Proposal", proposed_in_full(state, proposal));
                return After::Over(text);
            }
            Some(Line::Written(write)) => Some((*write).clone()),
            _ => None,
        };
        match (action, here) {
            (Action::Retrospective, _) => return After::Retrospective,
            (Action::Undo, Some(write)) => return After::Undo(Box::new(write)),
            (Action::Open, Some(write)) => {
                return After::Over(Text::new("Write", in_full(state, &write)));
            }
            (action, Some(write)) if !write.state.is_settled() => {
                settle(state, action, write, cmds)
            }
            _ => {}
        }
        closing(Some(action), Context::Journal).unwrap_or(After::Stay)
    }

    /// The cursor stays on its write.
    pub(super) fn settle(&mut self, state: &State) {
        let inside = frame::inside(frame::place(state.layout().body, usize::MAX));
        let rows = usize::from(frame::middle(inside, true).height);
        let lines = lines(state);
        self.cursor
            .settle(lines.len(), |at| lines[at].id().to_owned());
        self.cursor.scroll(rows, lines.len());
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        let lines = lines(state);
        put(buf, frame::head(inside), &title(state), theme.title(true));
        let place = frame::middle(inside, true);
        let hidden = self.cursor.outside(usize::from(place.height), lines.len());
        frame::draw_edges(buf, frame::head(inside), hidden, theme);
        let shown = lines.iter().enumerate().skip(self.cursor.top);
        for ((at, line), y) in shown.zip(place.y..place.bottom()) {
            cursor(buf, place.x, y, at == self.cursor.at, true, theme);
            let row = Rect::new(place.x + 1, y, place.width.saturating_sub(1), 1);
            match line {
                Line::Proposed(proposal) => write_row::proposed(buf, row, state, proposal, theme),
                Line::Written(write) => write_row::draw(buf, row, state, write, theme),
            }
        }
        if lines.is_empty() {
            put(buf, frame::head(place), NOTHING, theme.dim());
        }
        let keys = footer(state, lines.get(self.cursor.at).copied(), inside.width);
        put(buf, frame::foot(inside), &keys, theme.dim());
    }
}

/// What is said where there is none.
pub(super) const NOTHING: &str = "Nothing was written yet.";

/// How many there are of each.
pub(super) fn title(state: &State) -> String {
    let open = state.outbox.iter().filter(|w| !w.state.is_settled());
    let proposed = match state.proposals.len() {
        0 => String::new(),
        count => format!("{count} proposed, "),
    };
    let last = match state.outbox.len() {
        0 => "nothing written".to_owned(),
        1 => "the last write".to_owned(),
        count => format!("the last {count} writes"),
    };
    format!("Journal: {proposed}{} open, {last}", open.count())
}

/// Whether an action of the journal writes.
fn is_write(action: Action) -> bool {
    matches!(
        action,
        Action::RetryWrite
            | Action::DiscardWrite
            | Action::BackdateWrite
            | Action::AttachLocalNote
            | Action::Retrospective
    )
}

/// What is done with a write that is not settled.
fn settle(state: &mut State, action: Action, write: Write, cmds: &mut Vec<Cmd>) {
    match action {
        Action::RetryWrite => {
            state.say(format!("Sending again: {}.", write.what));
            cmds.push(Cmd::Retry(write.key));
        }
        Action::DiscardWrite => discard(state, write, cmds),
        Action::BackdateWrite if writes::is_update(&write) => {
            state.say("Becomes a note with the time it was written.");
            cmds.push(Cmd::Backdate(write.key));
        }
        Action::AttachLocalNote if write.is_local() => attach(state, write, cmds),
        _ => {}
    }
}

/// Pressed twice on the same line: what was written is not lost by a slip.
fn discard(state: &mut State, write: Write, cmds: &mut Vec<Cmd>) {
    if state.detail.discard_armed.as_ref() == Some(&write.key) {
        state.detail.discard_armed = None;
        return cmds.push(Cmd::Discard(write.key));
    }
    let key = state.keymap.key(Action::DiscardWrite);
    state.say(format!("{key} again gives it up: {}", write.what));
    state.detail.discard_armed = Some(write.key);
}

/// A note kept here goes onto the incident that is shown.
fn attach(state: &mut State, write: Write, cmds: &mut Vec<Cmd>) {
    let Some(incident) = state.detail.incident.as_ref() else {
        return state.say("No incident is selected.");
    };
    let (id, reference) = (incident.row.id.clone(), incident.row.reference.clone());
    let private = incident.row.visibility != Visibility::Public;
    state.say(format!("Goes to the timeline of {reference}."));
    cmds.push(Cmd::AttachNotes(id, private, vec![write.key]));
}

/// What can be done with what is under the cursor.
fn footer(state: &State, here: Option<Line<'_>>, width: u16) -> String {
    let retry: Offer = (&[Action::RetryWrite], "sends");
    let discard: Offer = (&[Action::DiscardWrite], "gives up");
    let shows: Offer = (&[Action::Open], "shows");
    let request: Offer = (&[Action::Open], "shows the exact request");
    let write = match here {
        Some(Line::Written(write)) => Some(write),
        _ => None,
    };
    let asks = matches!(here, Some(Line::Proposed(p)) if p.is_open_question());
    let mut offers = match write {
        None if asks => vec![(&[Action::Open][..], "reads it and answers")],
        Some(w) if w.is_local() && !w.state.is_settled() => vec![
            (&[Action::AttachLocalNote][..], "onto this incident"),
            (&[Action::Retrospective], "a retrospective of all"),
            discard,
            shows,
        ],
        Some(w) if writes::is_update(w) && !w.state.is_settled() => {
            let backdate: Offer = (&[Action::BackdateWrite], "as a back-dated note");
            vec![retry, backdate, discard, shows]
        }
        Some(w) if !w.state.is_settled() => vec![retry, discard, shows],
        Some(w) if can_be_taken_back(state, w) => {
            vec![(&[Action::Undo][..], "undoes"), request]
        }
        _ => vec![request],
    };
    offers.push((&[Action::Back], "closes"));
    frame::footer(&state.keymap, &offers, usize::from(width))
}
