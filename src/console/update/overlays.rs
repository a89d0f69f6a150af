//! What lies over the panes: opening it, and doing what it asks for.

use super::super::action::Context;
use super::super::job::Topic;
use super::super::msg::Cmd;
use super::super::overlay::{self, After};
use super::super::palette::Target;
use super::super::place::Pane;
use super::super::state::{FormView, Help, Overlay, State};
use super::act::act;
use super::narrow::{clear_typed, filter_incidents};
use super::show::jump_to;
use super::write_result;
use super::{form, history, idle, investigation, journal, menu, open_form};
use crate::domain::EntryId;
use crate::domain::query::quoted;
use crossterm::event::KeyEvent;

/// A key while something lies over the panes. The overlay is taken off; it goes back on unless it closes.
pub(super) fn key(state: &mut State, mut overlay: Overlay, key: KeyEvent, cmds: &mut Vec<Cmd>) {
    if let Overlay::Form(view) = overlay {
        return form_key(state, view, key, cmds);
    }
    idle::unbound(state, overlay::context(&overlay), key);
    match overlay::key(&mut overlay, state, key, cmds) {
        After::Stay => state.overlays.push(overlay),
        After::Close => {}
        After::Help(context) => {
            state.overlays.push(overlay);
            state.overlays.push(Overlay::Help(Help::on(context)));
        }
        After::Found(target) => go_to_found(state, target, cmds),
        After::Row(row) => {
            if !history::go_to_row(state, &row) {
                state.overlays.push(overlay);
            }
        }
        After::IntoForm(kind, field, text) => {
            open_form::open_with(state, kind, field, &text, cmds);
        }
        After::Answered(question, incident, given) => {
            investigation::answered(state, question, incident, &given, cmds);
        }
        After::Again(incident) => {
            state.overlays.push(overlay);
            investigation::start(state, incident, false, cmds);
            state.say("Asking every source again.");
        }
        After::Confirmed(kind, subjects) => open_form::open(state, kind, subjects, cmds),
        After::Chosen(kind, place) => menu::choose(state, kind, place, cmds),
        After::Over(text) => {
            state.overlays.push(overlay);
            state.overlays.push(Overlay::Text(text));
        }
        After::Write(write) => journal::send_back(state, *write, cmds),
        After::Undo(write) => journal::undo_of(state, &write),
        After::Retrospective => {
            if !journal::retrospective(state, cmds) {
                state.overlays.push(overlay);
            }
        }
        After::Lead(lead, asked) => {
            if !history::lead(state, &lead, &asked, cmds) {
                state.overlays.push(overlay);
            }
        }
        After::Incidents(service) => {
            filter_incidents(state, &format!("service:{}", quoted(&service)), cmds);
        }
    }
}

/// A key in a form.
fn form_key(state: &mut State, mut view: Box<FormView>, key: KeyEvent, cmds: &mut Vec<Cmd>) {
    match form::key(state, &mut view, key, cmds) {
        form::Next::Stay => state.overlays.push(Overlay::Form(view)),
        form::Next::Close => {}
        form::Next::Help => {
            state.overlays.push(Overlay::Form(view));
            state.overlays.push(Overlay::Help(Help::on(Context::Form)));
        }
        form::Next::Send => write_result::send(state, *view, cmds),
    }
}

/// Goes to what the palette found.
fn go_to_found(state: &mut State, target: Target, cmds: &mut Vec<Cmd>) {
    match target {
        Target::Action(action) => act(state, action, cmds),
        Target::Analysis(typed) => history::analyze(state, Some(&typed), cmds),
        Target::Incident(id) => jump_to(state, id, cmds),
        Target::Entry(id) => go_to_entry(state, &id),
        Target::Person(name) => {
            filter_incidents(state, &format!("lead:{}", quoted(&name)), cmds);
        }
        Target::Schedule(id) => {
            state.focus = Pane::OnCall;
            clear_typed(state, Pane::OnCall);
            state.oncall.cursor.id = Some(id.to_string());
            cmds.push(Cmd::Fetch(Topic::Shifts(id)));
        }
    }
}

fn go_to_entry(state: &mut State, id: &EntryId) {
    state.focus = Pane::Catalog;
    clear_typed(state, Pane::Catalog);
    let kind = state.catalog.graph.entry(id).map(|e| e.kind.clone());
    let kinds = state.catalog.kinds();
    let place = kinds.iter().position(|k| Some(&k.id) == kind.as_ref());
    state.catalog.kind = place.unwrap_or(0);
    state.catalog.cursor.id = Some(id.to_string());
}
