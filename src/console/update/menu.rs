//! Menus: tabs and saved views, chosen by number.

use super::super::content::menu::{how_to_save, lines, shown_view};
use super::super::msg::Cmd;
use super::super::place::{ListKind, Pane};
use super::super::state::{Menu, MenuKind, Overlay, State, Text};
use super::motion::{show_list, show_tab_at};
use super::narrow::narrow_by_hand;
use super::travel;
use crate::config::Order;

/// Opens the menu of the focused pane's tabs.
pub(super) fn open_tabs(state: &mut State) {
    if lines(state, MenuKind::Tabs).is_empty() {
        return state.say("The on-call pane has no tabs.");
    }
    let here = match state.focus {
        Pane::Incidents => state.list as usize,
        Pane::Detail => state.detail.tab as usize,
        Pane::Catalog => state.catalog.kind,
        Pane::OnCall => 0,
    };
    state
        .overlays
        .push(Overlay::Menu(Menu::at(MenuKind::Tabs, here)));
}

/// Opens the menu of saved views; where there is none, how one is saved.
pub(super) fn open_views(state: &mut State) {
    if state.config.views.is_empty() {
        let text = Text::new("Saved views", how_to_save(state));
        return travel::show(state, Overlay::Text(text));
    }
    let name = shown_view(state).map(|view| view.name.clone());
    let here = state
        .config
        .views
        .iter()
        .position(|view| Some(&view.name) == name.as_ref());
    let menu = Menu::at(MenuKind::Views, here.unwrap_or(0));
    state.overlays.push(Overlay::Menu(menu));
}

/// Goes to what has a place in a menu.
pub(super) fn choose(state: &mut State, kind: MenuKind, place: usize, cmds: &mut Vec<Cmd>) {
    match kind {
        MenuKind::Tabs => show_tab_at(state, place, cmds),
        MenuKind::Views => show_view(state, place, cmds),
    }
}

/// Shows a saved view.
pub(super) fn show_view(state: &mut State, place: usize, cmds: &mut Vec<Cmd>) {
    let Some(view) = state.config.views.get(place).cloned() else {
        let saved = state.config.views.len();
        return state.say(format!(
            "There is no view {}; {saved} are saved.",
            place + 1
        ));
    };
    show_list(state, ListKind::Incidents, cmds);
    let incidents = &mut state.incidents;
    incidents.filter.typed = view.filter;
    incidents.filter.scope = view.scope;
    incidents.filter.open_only = !view.everything;
    incidents.newest_first = view.order == Order::Newest;
    incidents.columns = view.columns;
    narrow_by_hand(state, cmds);
    state.say(format!("View {}.", view.name));
}
