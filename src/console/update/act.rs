//! Actions: what each intent of the user does to the state. Every one is named: one without a handler does not compile.

use super::super::action::Action;
use super::super::content::problems::problems;
use super::super::cursor::Step;
use super::super::editing::line;
use super::super::filter::facets_of;
use super::super::job::Topic;
use super::super::msg::Cmd;
use super::super::place::{DetailTab, ListKind, Pane, Scope};
use super::super::state::{Overlay, Question, State, Text};
use super::motion::{focus, move_to, position, show_list, turn_focus, turn_tab};
use super::narrow::{narrow_by_hand, set_typed};
use super::open::{open, open_help, open_palette};
use super::show::{catch_up, opening};
use super::{
    bridge, changes, copy, history, idle, investigation, journal, menu, my_page, open_form,
    telling, travel,
};
use crate::domain::EntryKind;
use crate::domain::time::Zone;
use crate::draft::TextKind;
use crate::writes::WriteKind;

/// Does what an action says.
pub fn act(state: &mut State, action: Action, cmds: &mut Vec<Cmd>) {
    if Step::of(action, 1).is_none() && action != Action::Mark {
        catch_up(state, cmds);
    }
    match action {
        Action::Down
        | Action::Up
        | Action::Top
        | Action::Bottom
        | Action::HalfDown
        | Action::HalfUp => step(state, action),
        Action::Open => match history::proposed(state) {
            Some(filled) => open_form::open_with(state, WriteKind::FollowUpAdd, &filled, cmds),
            None => open(state, cmds),
        },
        Action::Back => back(state, cmds),
        Action::Quit => quit(state, cmds),
        Action::Help => open_help(state),
        Action::Palette => open_palette(state, false, cmds),
        Action::Command => open_palette(state, true, cmds),
        Action::Filter => open_filter(state),
        Action::Pane1 => go_to_pane(state, Pane::Incidents, cmds),
        Action::Pane2 => go_to_pane(state, Pane::Detail, cmds),
        Action::Pane3 => go_to_pane(state, Pane::OnCall, cmds),
        Action::Pane4 => go_to_pane(state, Pane::Catalog, cmds),
        Action::NextPane => turn_pane(state, 1, cmds),
        Action::PrevPane => turn_pane(state, Pane::ALL.len() - 1, cmds),
        Action::NextTab => turn_tab(state, 1, cmds),
        Action::PrevTab => turn_tab(state, -1, cmds),
        Action::Tabs => menu::open_tabs(state),
        Action::Views => menu::open_views(state),
        Action::View1 => menu::show_view(state, 0, cmds),
        Action::View2 => menu::show_view(state, 1, cmds),
        Action::View3 => menu::show_view(state, 2, cmds),
        Action::View4 => menu::show_view(state, 3, cmds),
        Action::View5 => menu::show_view(state, 4, cmds),
        Action::Zoom => zoom(state),
        Action::Unzoom => unzoom(state),
        Action::JumpBack => jump(state, true, cmds),
        Action::JumpForward => jump(state, false, cmds),
        Action::Refresh => refresh(state, cmds),
        Action::RefreshAll => refresh_all(state, cmds),
        Action::CopyReference => copy::copy_reference(state, cmds),
        Action::CopyAddress => copy::copy_address(state, cmds),
        Action::ShowAddress => copy::show_address(state, cmds),
        Action::ToggleTimes => toggle_times(state),
        Action::ToggleUtc => toggle_utc(state),
        Action::ShowProblems => show_problems(state),
        Action::Redraw => cmds.push(Cmd::Redraw),
        Action::Suspend => cmds.push(Cmd::Suspend),
        Action::Scope | Action::Everything | Action::Order => turn_list(state, action, cmds),
        Action::ViewIncidents => view(state, ListKind::Incidents, cmds),
        Action::ViewAlerts => view(state, ListKind::Alerts, cmds),
        Action::ViewPages => view(state, ListKind::Pages, cmds),
        Action::ViewActions => view(state, ListKind::Actions, cmds),
        Action::ViewFollowUps => view(state, ListKind::FollowUps, cmds),
        Action::ViewDocuments => view(state, ListKind::Documents, cmds),
        Action::ViewWorkflows => view(state, ListKind::Workflows, cmds),
        Action::ViewChanges => view(state, ListKind::Changes, cmds),
        Action::ViewAlertSources => view(state, ListKind::AlertSources, cmds),
        Action::ViewAlertRoutes => view(state, ListKind::AlertRoutes, cmds),
        Action::ViewBridge => view(state, ListKind::Bridge, cmds),
        Action::PauseBridge => bridge::pause(state),
        Action::TakeOver => bridge::take_over(state),
        Action::Why => bridge::why(state, cmds),
        Action::Investigate => investigation::investigate(state, cmds),
        Action::ReviewDrafts => investigation::review(state),
        Action::AddEvidence => investigation::ask(state, Question::Evidence),
        Action::AskModel => investigation::ask(state, Question::Model),
        Action::PostSlack => investigation::slack(state),
        Action::Similar => history::similar(state, cmds),
        Action::SameCause => history::rate(state, true, cmds),
        Action::NotSimilar => history::rate(state, false, cmds),
        Action::Away => history::away(state, cmds),
        Action::Analyze => history::analyze(state, None, cmds),
        Action::DraftPostMortem => history::draft(state, TextKind::PostMortem, cmds),
        Action::Handover => history::handover(state, cmds),
        Action::Doctor => history::doctor(state, cmds),
        Action::Export => history::export(state, cmds),
        Action::DraftUpdate => history::draft(state, TextKind::Update, cmds),
        Action::MyPage => my_page::go_to(state, cmds),
        Action::Mark => open_form::mark(state),
        Action::Undo => journal::undo(state),
        Action::Journal => journal::open_journal(state, cmds),
        Action::Unsent => super::unsent::list(state),
        Action::EntryKind => turn_kind(state),
        Action::WeaveChanges => changes::weave(state, cmds),
        Action::MarkRead => mark_read(state, cmds),
        Action::Acknowledge
        | Action::Note
        | Action::PostUpdate
        | Action::PageSomeone
        | Action::TakeLead
        | Action::SetSeverity
        | Action::SetStatus
        | Action::CloseIncident
        | Action::EditIncident
        | Action::Declare
        | Action::AssignRole
        | Action::EditNote
        | Action::LocalNote
        | Action::Snooze
        | Action::Reassign
        | Action::CancelPage
        | Action::AttachAlert
        | Action::DetachAlert
        | Action::ResolveAlert
        | Action::AddAction
        | Action::AddFollowUp
        | Action::Complete
        | Action::ChangeTask
        | Action::MoveDocument
        | Action::ImportPostMortem
        | Action::Publish
        | Action::PublishUpdate
        | Action::Cover
        | Action::AddEntry
        | Action::EditEntry => write(state, action, cmds),
        // These mean something in what lies over the panes alone, and are done there.
        Action::TakeCompletion
        | Action::NextCompletion
        | Action::Send
        | Action::ShowRequest
        | Action::Drop
        | Action::IntoForm
        | Action::Decline
        | Action::NextDraft
        | Action::PreviousDraft
        | Action::EditDraft
        | Action::NextChoice
        | Action::PreviousChoice
        | Action::NextChoices
        | Action::PreviousChoices
        | Action::SendForm
        | Action::NextField
        | Action::PreviousField
        | Action::HandToEditor
        | Action::ClearField
        | Action::RetryWrite
        | Action::DiscardWrite
        | Action::BackdateWrite
        | Action::AttachLocalNote
        | Action::Retrospective => {}
    }
}

/// Opens the form of what an action writes.
fn write(state: &mut State, action: Action, cmds: &mut Vec<Cmd>) {
    let kind = action.kind().expect("an action that writes has its kind");
    open_form::begin(state, kind, cmds);
}

/// Opens the filter's field, where there is something to narrow.
fn open_filter(state: &mut State) {
    if facets_of(state.focus, state.list, state.detail.tab).is_none() {
        let tab = state.detail.tab.label();
        return state.say(format!(
            "{tab} is read as a whole; there is no list to narrow."
        ));
    }
    state.completion = 0;
    state.input = Some(line(state.typed()));
}

fn step(state: &mut State, action: Action) {
    let half = state.layout().lines(state.focus) / 2;
    let Some(step) = Step::of(action, half) else {
        return;
    };
    let (before, lines) = position(state);
    let pinned = state.incidents.pinned.is_some();
    move_to(state, step);
    // What stood there only while the cursor was on it leaves its place to the next.
    let left = pinned && state.incidents.pinned.is_none();
    if position(state).0 == before && !left {
        idle::no_further(state, action, lines);
    }
}

/// Gives the pane that has the keys all of the screen, or shows the others again.
fn zoom(state: &mut State) {
    state.zoomed = !state.zoomed;
    if state.is_heard() {
        state.say("One pane is told at a time here.");
    }
}

/// Goes to a pane by its key: what led here before is another way.
fn go_to_pane(state: &mut State, pane: Pane, cmds: &mut Vec<Cmd>) {
    travel::begin_anew(state);
    focus(state, pane, cmds);
}

fn turn_pane(state: &mut State, by: usize, cmds: &mut Vec<Cmd>) {
    travel::begin_anew(state);
    turn_focus(state, by, cmds);
}

/// Lists a kind of things in pane 1.
fn view(state: &mut State, kind: ListKind, cmds: &mut Vec<Cmd>) {
    if state.is_heard() && state.focus == Pane::Incidents && state.list == kind {
        state.say(format!("{}: you are there.", kind.label()));
    }
    travel::begin_anew(state);
    show_list(state, kind, cmds);
}

fn jump(state: &mut State, backwards: bool, cmds: &mut Vec<Cmd>) {
    if !travel::jump(state, backwards, cmds) {
        let side = if backwards { "back" } else { "forward" };
        state.say(format!("There is nothing to go {side} to."));
    }
}

fn quit(state: &mut State, cmds: &mut Vec<Cmd>) {
    if !state.is_at_start() {
        return back(state, cmds);
    }
    if state.on_their_way() > 0 && !state.leaving {
        state.leaving = true;
        return state
            .say("A write is on its way; again leaves, and the journal finishes it next time.");
    }
    cmds.push(Cmd::Quit);
}

/// Esc: what was typed last goes first, then the zoom, then the pane; where a jump led here, back to where it was made.
fn back(state: &mut State, cmds: &mut Vec<Cmd>) {
    if travel::leave_arrival(state, cmds) {
        return;
    }
    if !state.marks.is_empty() {
        state.marks.clear();
    } else if !state.typed().is_empty() {
        set_typed(state, "", cmds);
    } else if state.zoomed {
        state.zoomed = false;
    } else if state.travel.trail > 0 && state.focus != state.travel.arrived.0 {
        state.focus = state.travel.arrived.0;
    } else if state.focus != Pane::Incidents {
        state.focus = Pane::Incidents;
    } else if state.list != ListKind::Incidents {
        state.list = ListKind::Incidents;
    } else {
        let quit = state.keymap.key(Action::Quit).to_owned();
        let why = format!("there is nothing to go back from; {quit} leaves hotseat.");
        idle::nothing(state, Action::Back, &why);
    }
}

fn toggle_times(state: &mut State) {
    state.absolute = !state.absolute;
    state.say(match state.absolute {
        true => "Times are told by the clock.",
        false => "Times are told as how long ago.",
    });
}

fn toggle_utc(state: &mut State) {
    let (was, zone) = (state.zone, state.local);
    if zone == Zone::UTC && was == zone {
        return idle::nothing(state, Action::ToggleUtc, "this machine's zone is UTC, too.");
    }
    state.zone = if was == Zone::UTC { zone } else { Zone::UTC };
    state.say(format!("Times are in {}.", state.zone.name()));
    telling::rezone(state);
}

fn show_problems(state: &mut State) {
    let text = Text::new("Problems", problems(state));
    travel::show(state, Overlay::Text(text));
}

fn unzoom(state: &mut State) {
    if !state.zoomed {
        return idle::nothing(state, Action::Unzoom, "all panes are shown.");
    }
    state.zoomed = false;
}

/// Shows the next kind of lines of the timeline alone, after the last all of them.
fn turn_kind(state: &mut State) {
    if state.detail.tab != DetailTab::Timeline {
        let key = state.keymap.key(Action::NextTab);
        let why = format!("kinds are those of the timeline; {key} goes there.");
        return idle::nothing(state, Action::EntryKind, &why);
    }
    let next = state.detail.kind.map_or(0, |kind| kind as usize + 1);
    state.detail.kind = EntryKind::ALL.get(next).copied();
    state.detail.follows = true;
}

/// Lists other incidents, or in another order.
fn turn_list(state: &mut State, action: Action, cmds: &mut Vec<Cmd>) {
    if state.list != ListKind::Incidents {
        let key = state.keymap.key(action);
        let says = format!("{key} is for the list of incidents: :incidents shows it.");
        return state.say(says);
    }
    let incidents = &mut state.incidents;
    match action {
        Action::Everything => incidents.filter.open_only = !incidents.filter.open_only,
        Action::Order => incidents.newest_first = !incidents.newest_first,
        _ => turn_scope(state),
    }
    narrow_by_hand(state, cmds);
}

fn turn_scope(state: &mut State) {
    let scope = match state.incidents.filter.scope {
        Scope::All => Scope::Mine,
        Scope::Mine => Scope::Team,
        Scope::Team => Scope::All,
    };
    state.incidents.filter.scope = scope;
    if scope != Scope::All && state.me.is_none() {
        let says = my_page::nobody(state);
        state.say(says);
    }
}

fn mark_read(state: &mut State, cmds: &mut Vec<Cmd>) {
    if let Some(id) = state.detail.id.clone() {
        state.detail.seen = Some(state.now);
        cmds.push(Cmd::MarkSeen(id, state.now));
    }
}

fn refresh_all(state: &mut State, cmds: &mut Vec<Cmd>) {
    cmds.extend(opening(state));
    refresh(state, cmds);
}

/// Asks for what the focused pane shows.
fn refresh(state: &mut State, cmds: &mut Vec<Cmd>) {
    let topics = match (state.focus, state.list, state.detail.id.clone()) {
        (Pane::Incidents, ListKind::Incidents, _) => vec![Topic::Incidents],
        (Pane::Incidents, kind, _) => vec![Topic::List(kind)],
        (Pane::Detail, _, None) => vec![],
        (Pane::Detail, _, Some(id)) if state.detail.tab == DetailTab::Investigation => {
            return investigation::start(state, id, false, cmds);
        }
        (Pane::Detail, _, Some(id)) => {
            let mut topics = vec![Topic::Detail(id.clone()), Topic::Timeline(id.clone())];
            if state.detail.tab.is_list() {
                topics.push(Topic::Tab(id, state.detail.tab));
            }
            topics
        }
        (Pane::OnCall, ..) => vec![Topic::Schedules],
        (Pane::Catalog, ..) => vec![Topic::Catalog],
    };
    cmds.extend(topics.into_iter().map(Cmd::Fetch));
    state.say("Asking again.");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::action::ACTIONS;
    use crate::console::keymap::Keymap;
    use crate::domain::Instant;
    use std::sync::Arc;

    #[test]
    fn every_action_of_a_pane_can_be_done_at_any_time() {
        let keymap = Keymap::new(&Default::default()).expect("keys");
        let now = Instant::default();
        let defaults = crate::config::Overrides {
            file: Some("/dev/null".into()),
            ..Default::default()
        };
        let config = Arc::new(crate::config::load(&defaults).expect("defaults"));
        let mut state = State::new(config, Arc::new(keymap), now, (80, 24), Zone::UTC);
        for row in ACTIONS.iter().filter(|row| row.context.is_pane()) {
            act(&mut state, row.action, &mut Vec::new());
            state.overlays.clear();
        }
    }
}
