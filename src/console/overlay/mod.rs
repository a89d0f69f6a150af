//! What lies over the panes: one file each, with its keys, its footer and its drawing. What a key asks for beyond the
//! overlay itself is returned; drawing only looks.

mod after;
mod analysis;
mod card;
pub(crate) mod chart;
mod confirm;
mod drafted;
mod evidence;
mod form;
mod frame;
pub(crate) mod heard;
mod help;
mod hop;
mod journal;
mod menu;
mod opening;
mod palette;
mod panel;
mod prompt;
mod reading;
mod report;
mod results;
mod review;
mod text;
mod unopened;
mod unsent;
mod write_row;

pub(crate) use after::After;
pub(crate) use palette::search;

use super::action::Context;
use super::msg::Cmd;
use super::state::{Overlay, State};
use super::theme::Theme;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// A key while an overlay is on top.
pub(crate) fn key(
    overlay: &mut Overlay,
    state: &mut State,
    key: KeyEvent,
    cmds: &mut Vec<Cmd>,
) -> After {
    match overlay {
        Overlay::Help(help) => help.key(state, key),
        Overlay::Menu(menu) => menu.key(state, key),
        Overlay::Palette(palette) => palette.key(state, key, cmds),
        Overlay::Card(card) => card.key(state, key, cmds),
        Overlay::Evidence(fact) => fact.key(state, key, cmds),
        Overlay::Hop(hop) => hop.key(state, key, cmds),
        Overlay::Drafted(drafted) => drafted.key(state, key, cmds),
        Overlay::Analysis(analysis) => analysis.key(state, key, cmds),
        Overlay::Opening(opening) => opening.key(state, key),
        Overlay::Unopened(unopened) => unopened.key(state, key),
        Overlay::Confirm(confirm) => confirm.key(state, key),
        Overlay::Review(review) => review.key(state, key, cmds),
        Overlay::Prompt(prompt) => prompt.key(state, key),
        Overlay::Results(results) => results.key(state, key),
        Overlay::Text(text) => text.key(state, key, cmds),
        Overlay::Report(report) => report.key(state, key, cmds),
        Overlay::Panel(panel) => panel.key(state, key),
        Overlay::Journal(journal) => journal.key(state, key, cmds),
        Overlay::Unsent(unsent) => unsent.key(state, key, cmds),
        Overlay::Form(_) => After::Stay,
    }
}

/// Text was pasted: it goes into the field that is open, and nowhere else.
pub(crate) fn paste(overlay: &mut Overlay, state: &State, pasted: &str, cmds: &mut Vec<Cmd>) {
    let line = crate::domain::text::clean_line(pasted);
    match overlay {
        Overlay::Prompt(prompt) => drop(prompt.input.insert_str(&line)),
        Overlay::Review(review) => review.paste(pasted),
        Overlay::Opening(opening) => opening.paste(&line),
        Overlay::Unopened(unopened) => unopened.typed.push_str(&line),
        Overlay::Analysis(analysis) => analysis.paste(&line),
        Overlay::Palette(palette) => {
            palette.input.insert_str(&line);
            palette.ask(state, cmds);
        }
        Overlay::Help(help) => help.typed.push_str(&line),
        _ => {}
    }
}

/// Puts the cursor of what is on top back where it belongs, after the screen or what is shown has changed.
pub(crate) fn settle(state: &mut State) {
    let Some(mut overlay) = state.overlays.pop() else {
        return;
    };
    match &mut overlay {
        Overlay::Help(help) => help.settle(state),
        Overlay::Menu(menu) => menu.settle(state),
        Overlay::Palette(palette) => palette.settle(state),
        Overlay::Card(card) => card.settle(state),
        Overlay::Evidence(fact) => fact.settle(state),
        Overlay::Hop(hop) => hop.settle(state),
        Overlay::Drafted(drafted) => drafted.settle(state),
        Overlay::Analysis(analysis) => analysis.settle(state),
        Overlay::Review(review) => review.settle(state),
        Overlay::Text(text) => text.settle(state),
        Overlay::Report(report) => report.settle(state),
        Overlay::Panel(panel) => panel.settle(state),
        Overlay::Journal(journal) => journal.settle(state),
        Overlay::Unsent(unsent) => unsent.settle(state),
        Overlay::Form(view) => form::settle(view, state),
        Overlay::Results(results) => results.settle(state),
        Overlay::Opening(_) | Overlay::Unopened(_) | Overlay::Prompt(_) => {}
        Overlay::Confirm(_) => {}
    }
    state.overlays.push(overlay);
}

/// Where the keys of an overlay mean something; nothing for a form, whose keys go by its fields.
pub(crate) fn context(overlay: &Overlay) -> Option<Context> {
    Some(match overlay {
        Overlay::Help(_) => Context::Help,
        Overlay::Menu(_) => Context::Menu,
        Overlay::Palette(_) => Context::Palette,
        Overlay::Card(_) => Context::Card,
        Overlay::Evidence(_) => Context::Evidence,
        Overlay::Hop(_) => Context::Hop,
        Overlay::Drafted(_) => Context::Drafted,
        Overlay::Analysis(analysis) if analysis.input.is_some() => Context::Prompt,
        Overlay::Analysis(_) => Context::Analysis,
        Overlay::Opening(_) | Overlay::Unopened(_) => Context::Opening,
        Overlay::Review(review) if review.editing.is_some() => Context::Editing,
        Overlay::Review(_) => Context::Review,
        Overlay::Form(_) => return None,
        Overlay::Panel(_) => Context::Panel,
        Overlay::Journal(_) => Context::Journal,
        Overlay::Results(_) => Context::Results,
        Overlay::Prompt(_) => Context::Prompt,
        Overlay::Text(_) => Context::Text,
        Overlay::Report(_) => Context::Report,
        Overlay::Confirm(_) => Context::Confirm,
        Overlay::Unsent(_) => Context::Unsent,
    })
}

/// Whether an overlay tells its keys in its own last line.
pub(crate) fn has_footer(overlay: &Overlay) -> bool {
    matches!(
        overlay,
        Overlay::Card(_)
            | Overlay::Analysis(_)
            | Overlay::Report(_)
            | Overlay::Drafted(_)
            | Overlay::Opening(_)
            | Overlay::Unopened(_)
            | Overlay::Review(_)
            | Overlay::Form(_)
            | Overlay::Panel(_)
            | Overlay::Journal(_)
            | Overlay::Unsent(_)
            | Overlay::Results(_)
            | Overlay::Confirm(_)
    )
}

/// Rows an overlay needs for all of its content.
fn wanted(overlay: &Overlay, state: &State) -> usize {
    match overlay {
        Overlay::Text(text) => text.wanted(state),
        Overlay::Card(card) => card.wanted(state),
        Overlay::Evidence(fact) => fact.wanted(state),
        Overlay::Hop(hop) => hop.wanted(state),
        Overlay::Prompt(_) | Overlay::Opening(_) => 5,
        Overlay::Unopened(unopened) => unopened.wanted(state),
        Overlay::Results(results) => results.wanted(),
        Overlay::Panel(panel) => panel.wanted(state),
        Overlay::Confirm(confirm) => confirm.wanted(state),
        Overlay::Menu(menu) => menu.wanted(state),
        Overlay::Form(view) => form::wanted(view),
        Overlay::Unsent(unsent) => unsent.wanted(state),
        Overlay::Help(_)
        | Overlay::Palette(_)
        | Overlay::Review(_)
        | Overlay::Drafted(_)
        | Overlay::Analysis(_)
        | Overlay::Report(_)
        | Overlay::Journal(_) => usize::MAX,
    }
}

/// Where an overlay stands, without its frame.
pub(crate) fn inside(overlay: &Overlay, state: &State) -> Rect {
    frame::inside(frame::place(state.layout().body, wanted(overlay, state)))
}

/// Draws an overlay's frame and what is in it.
pub(crate) fn draw(buf: &mut Buffer, overlay: &Overlay, state: &State, theme: &Theme) {
    let place = frame::place(state.layout().body, wanted(overlay, state));
    frame::draw(buf, place, theme);
    let inside = frame::inside(place);
    match overlay {
        Overlay::Help(help) => help.draw(buf, inside, state, theme),
        Overlay::Menu(menu) => menu.draw(buf, inside, state, theme),
        Overlay::Palette(palette) => palette.draw(buf, inside, theme),
        Overlay::Card(card) => card.draw(buf, inside, state, theme),
        Overlay::Evidence(fact) => fact.draw(buf, inside, state, theme),
        Overlay::Hop(hop) => hop.draw(buf, inside, state, theme),
        Overlay::Drafted(drafted) => drafted.draw(buf, inside, state, theme),
        Overlay::Analysis(analysis) => analysis.draw(buf, inside, state, theme),
        Overlay::Opening(opening) => opening.draw(buf, inside, state, theme),
        Overlay::Unopened(unopened) => unopened.draw(buf, inside, state, theme),
        Overlay::Confirm(confirm) => confirm.draw(buf, inside, state, theme),
        Overlay::Review(review) => review.draw(buf, inside, state, theme),
        Overlay::Prompt(prompt) => prompt.draw(buf, inside, state, theme),
        Overlay::Text(text) => text.draw(buf, inside, state, theme),
        Overlay::Report(report) => report.draw(buf, inside, state, theme),
        Overlay::Results(results) => results.draw(buf, inside, state, theme),
        Overlay::Panel(panel) => panel.draw(buf, inside, state, theme),
        Overlay::Journal(journal) => journal.draw(buf, inside, state, theme),
        Overlay::Unsent(unsent) => unsent.draw(buf, inside, state, theme),
        Overlay::Form(view) => form::draw(buf, inside, state, view, theme),
    }
}
