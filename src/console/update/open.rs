//! Enter: what the line under the cursor leads to is gone to.

use super::super::action::Context;
use super::super::content::card;
use super::super::content::overview::overview;
use super::super::job::Topic;
use super::super::link::LinkTarget;
use super::super::msg::Cmd;
use super::super::overlay;
use super::super::place::{DetailTab, ListKind, Pane};
use super::super::state::{Help, Item, Overlay, Palette, State};
use super::show::show_incident;
use super::{investigation, travel};

/// Opens what the cursor is on.
pub fn open(state: &mut State, cmds: &mut Vec<Cmd>) {
    if (state.focus, state.list) == (Pane::Incidents, ListKind::Incidents) {
        return open_incident(state, cmds);
    }
    let (target, item) = under_cursor(state);
    if target == LinkTarget::Nowhere {
        return state.say("This line leads nowhere.");
    }
    travel::go(state, target, item, cmds);
}

/// What the line under the cursor of the focused pane leads to, with the line where a list holds it.
fn under_cursor(state: &State) -> (LinkTarget, Option<Item>) {
    let alone = |target: Option<LinkTarget>| (target.unwrap_or_default(), None);
    let listing = match (state.focus, state.list, state.detail.tab) {
        (Pane::Incidents, kind, _) => state.lists.get(&kind),
        (Pane::Detail, _, tab) if tab.is_list() => state.detail.tabs.get(&tab),
        (Pane::Detail, _, DetailTab::Timeline) => {
            let lines = state.detail.lines();
            let line = lines.get(state.detail.cursor.at);
            return alone(line.map(|line| LinkTarget::Moment(card::moment_id(line))));
        }
        (Pane::Detail, _, DetailTab::Overview) => {
            let line = overview(state).into_iter().nth(state.detail.cursor.at);
            return alone(line.map(|line| line.target));
        }
        (Pane::Detail, ..) => return alone(investigation::link(state)),
        (Pane::OnCall, ..) => {
            let shown = state.oncall.shown();
            let here = shown.get(state.oncall.cursor.at);
            return alone(here.map(|s| LinkTarget::Schedule(s.id.clone())));
        }
        (Pane::Catalog, ..) => {
            let shown = state.catalog.shown();
            let here = shown.get(state.catalog.cursor.at);
            return alone(here.map(|e| LinkTarget::Entry(e.id.clone())));
        }
    };
    let Some(item) = listing.and_then(|l| l.current()) else {
        return alone(None);
    };
    (item.target(), Some(item.clone()))
}

fn open_incident(state: &mut State, cmds: &mut Vec<Cmd>) {
    if let Some(id) = state.incidents.current().map(|row| row.id.clone()) {
        state.follow_at = None;
        show_incident(state, id, cmds);
        state.focus = Pane::Detail;
    }
}

/// Opens the help of the focused pane.
pub fn open_help(state: &mut State) {
    let context = Context::of(state.focus);
    state.overlays.push(Overlay::Help(Help::on(context)));
}

/// Opens the palette, over everything or over actions only.
pub fn open_palette(state: &mut State, actions_only: bool, cmds: &mut Vec<Cmd>) {
    // No palette before this one had a ticket as high.
    let ticket = state.incidents.ticket << 20;
    let palette = Palette::new(actions_only, ticket);
    state.overlays.push(Overlay::Palette(palette));
    if !actions_only && !state.lists.contains_key(&ListKind::Alerts) {
        state.lists.entry(ListKind::Alerts).or_default();
        cmds.push(Cmd::Fetch(Topic::List(ListKind::Alerts)));
    }
    overlay::search(state, cmds);
}
