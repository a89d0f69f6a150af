//! What lies over the panes: opening it, and doing what it asks for.

use super::super::action::Context;
use super::super::link::LinkTarget;
use super::super::msg::Cmd;
use super::super::overlay::{self, After};
use super::super::state::{Confirmed, FormView, Help, Overlay, State};
use super::act::act;
use super::write_result;
use super::{form, history, idle, investigation, journal, menu, open_form, travel};
use crossterm::event::KeyEvent;

/// A key while something lies over the panes. The overlay is taken off; it goes back on unless it closes.
pub(super) fn key(state: &mut State, mut overlay: Overlay, key: KeyEvent, cmds: &mut Vec<Cmd>) {
    if let Overlay::Form(view) = overlay {
        return form_key(state, view, key, cmds);
    }
    match overlay::key(&mut overlay, state, key, cmds) {
        After::Stay => {
            idle::unbound(state, overlay::context(&overlay), key);
            state.overlays.push(overlay);
        }
        After::Close => {}
        After::Help(context) => {
            state.overlays.push(overlay);
            state.overlays.push(Overlay::Help(Help::on(context)));
        }
        After::Go(target) => {
            state.overlays.push(overlay);
            follow(state, target, cmds);
        }
        After::Found(target) => follow(state, target, cmds),
        After::Return => leave(state, overlay, cmds),
        After::Act(action) => {
            state.overlays.push(overlay);
            act(state, action, cmds);
        }
        After::Row(row) => {
            state.overlays.push(overlay);
            history::go_to_row(state, &row, cmds);
        }
        After::IntoForm(kind, filled) => {
            leave(state, overlay, cmds);
            open_form::open_with(state, kind, &filled, cmds);
        }
        After::Answered(question, incident, given) => {
            investigation::answered(state, question, incident, &given, cmds);
        }
        After::Again(incident) => {
            state.overlays.push(overlay);
            investigation::start(state, incident, false, cmds);
            state.say("Asking every source again.");
        }
        After::Confirmed(does) => match *does {
            Confirmed::Write(kind, subjects) => open_form::open(state, kind, subjects, cmds),
            Confirmed::Order(about, wish, _) => cmds.push(Cmd::Order(about, wish)),
        },
        After::Chosen(kind, place) => menu::choose(state, kind, place, cmds),
        After::Over(text) => {
            state.overlays.push(overlay);
            travel::show(state, Overlay::Text(text));
        }
        After::Write(write) => journal::send_back(state, *write, cmds),
        After::Answer(proposal, yes) => journal::answer(state, proposal, yes, cmds),
        After::Asked(proposal) => {
            state.overlays.push(overlay);
            journal::ask(state, *proposal);
        }
        After::Undo(write) => journal::undo_of(state, &write),
        After::GoOn(kind, ids) => {
            if !super::unsent::go_on(state, kind, ids, cmds) {
                state.overlays.push(overlay);
            }
        }
        After::Retrospective => {
            if !journal::retrospective(state, cmds) {
                state.overlays.push(overlay);
            }
        }
        After::Lead(lead, asked) => {
            state.overlays.push(overlay);
            history::lead(state, &lead, &asked, cmds);
        }
    }
}

/// Goes back from an overlay to where it was gone to from; else it closes.
fn leave(state: &mut State, overlay: Overlay, cmds: &mut Vec<Cmd>) {
    state.overlays.push(overlay);
    if !travel::leave_arrival(state, cmds) {
        state.overlays.pop();
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

/// Does or goes to what a line leads to.
fn follow(state: &mut State, target: LinkTarget, cmds: &mut Vec<Cmd>) {
    if let LinkTarget::Analysis(typed) = &target {
        return history::analyze(state, Some(typed), cmds);
    }
    let LinkTarget::Do(action) = target else {
        return travel::go(state, target, None, cmds);
    };
    // What is written is about the card that lies there; anything else is done where the panes are seen.
    if action.kind().is_none() {
        state.overlays.clear();
    }
    act(state, action, cmds);
}
