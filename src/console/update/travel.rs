//! Going from thing to thing, and back: every jump leaves the place it was made from as it was, and goes through here.

use super::super::content::card;
use super::super::cursor::Cursor;
use super::super::job::Topic;
use super::super::link::{HopRef, LinkTarget};
use super::super::msg::Cmd;
use super::super::place::{DetailTab, ListKind, Pane};
use super::super::state::{
    Card, Detail, Fact, HopView, IncidentsPlace, Item, Overlay, Place, State, Text,
};
use super::investigation::hypothesis;
use super::motion::show_list;
use super::narrow::{filter_incidents, narrow, type_into};
use super::open_form;
use super::show::{go_to, watch};
use super::write_result;
use crate::domain::IncidentId;

/// Places that are remembered: more than anybody goes back through.
const MOST: usize = 100;

/// Goes to what a line leads to. What is known of it from that line goes along.
pub(super) fn go(state: &mut State, target: LinkTarget, item: Option<Item>, cmds: &mut Vec<Cmd>) {
    if is_here(state, &target) {
        return;
    }
    match target {
        // What is done is no place to go to.
        LinkTarget::Nowhere | LinkTarget::Do(_) | LinkTarget::Analysis(_) => {}
        LinkTarget::PageThem(id) => open_form::page_person(state, &id, cmds),
        LinkTarget::Evidence(id) => show_evidence(state, id),
        LinkTarget::Hop(hop) => show_hop(state, hop),
        LinkTarget::Hypothesis(rank) => show_hypothesis(state, rank),
        LinkTarget::Document(id, title) => {
            let topic = Topic::Document(id);
            cmds.push(Cmd::Fetch(topic.clone()));
            let text = Text::asked(title, vec!["Loading.".into()], topic);
            show(state, Overlay::Text(text));
        }
        target => {
            leave(state);
            arrive(state, target, item, cmds);
            arrived(state);
            cmds.push(watch(state));
        }
    }
}

/// Goes to an incident.
pub(super) fn jump_to(state: &mut State, id: IncidentId, cmds: &mut Vec<Cmd>) {
    go(state, LinkTarget::Incident(id), None, cmds);
}

/// Goes to something that is shown over the panes; what lay there before is there again on the way back.
pub(super) fn show(state: &mut State, overlay: Overlay) {
    leave(state);
    state.overlays.push(overlay);
    arrived(state);
}

/// Where one is now is where a jump led.
pub(super) fn arrived(state: &mut State) {
    state.travel.arrived = (state.focus, state.typed().to_owned());
}

/// Whether a jump would lead to where one is.
fn is_here(state: &State, target: &LinkTarget) -> bool {
    match (state.card(), target) {
        (Some(card), target) => card.target == *target,
        (None, LinkTarget::Incident(id)) => {
            let shown = state.focus == Pane::Detail && state.overlays.is_empty();
            shown && state.is_shown(id)
        }
        _ => false,
    }
}

fn arrive(state: &mut State, target: LinkTarget, item: Option<Item>, cmds: &mut Vec<Cmd>) {
    match target {
        LinkTarget::Incident(id) => go_to(state, id, cmds),
        LinkTarget::Incidents(typed) => filter_incidents(state, &typed, cmds),
        LinkTarget::List(kind) => show_list(state, kind, cmds),
        target => {
            let mut card = Card {
                target,
                item,
                cursor: Cursor::default(),
            };
            card.begin(state);
            cmds.extend(card.topic().map(Cmd::Fetch));
            state.overlays.push(Overlay::Card(card));
        }
    }
}

/// The place that is left is remembered, with what lies over it.
pub(super) fn leave(state: &mut State) {
    let place = taken(state);
    let travel = &mut state.travel;
    travel.forward.clear();
    travel.back.push(place);
    travel.trail += 1;
    if travel.back.len() > MOST {
        travel.back.remove(0);
        travel.trail = travel.trail.min(MOST);
    }
}

/// The place one is at, as it is; what lies over the panes is taken off.
fn taken(state: &mut State) -> Place {
    let listing = state.lists.get(&state.list);
    let (typed, cursor) =
        listing.map_or_else(Default::default, |l| (l.typed.clone(), l.cursor.clone()));
    let incidents = &state.incidents;
    Place {
        name: card::place_name(state),
        focus: state.focus,
        zoomed: state.zoomed,
        list: (state.list, typed, cursor),
        incidents: IncidentsPlace {
            typed: incidents.filter.typed.clone(),
            open_only: incidents.filter.open_only,
            scope: incidents.filter.scope,
            newest_first: incidents.newest_first,
            cursor: incidents.cursor.clone(),
        },
        detail: state.detail.clone(),
        investigation: state.investigation().map(|i| i.cursor.clone()),
        oncall: (state.oncall.typed.clone(), state.oncall.cursor.clone()),
        catalog: (
            state.catalog.kind,
            state.catalog.typed.clone(),
            state.catalog.cursor.clone(),
        ),
        overlays: std::mem::take(&mut state.overlays),
        trail: state.travel.trail,
        arrived: state.travel.arrived.clone(),
    }
}

/// Goes back to where one was, or forward again; false where there is no such place.
pub(super) fn jump(state: &mut State, backwards: bool, cmds: &mut Vec<Cmd>) -> bool {
    let travel = &mut state.travel;
    let found = if backwards {
        travel.back.pop()
    } else {
        travel.forward.pop()
    };
    let Some(place) = found else { return false };
    let here = taken(state);
    let travel = &mut state.travel;
    let other = if backwards {
        &mut travel.forward
    } else {
        &mut travel.back
    };
    other.push(here);
    restore(state, place, cmds);
    true
}

/// Esc on what a jump led to: back to where it was made from. False where no jump led here, or where something was done
/// since that Esc takes back first.
pub(super) fn leave_arrival(state: &mut State, cmds: &mut Vec<Cmd>) -> bool {
    let travel = &state.travel;
    let Some(from) = travel.back.last().filter(|_| travel.trail > 0) else {
        return false;
    };
    let (focus, typed) = &travel.arrived;
    let as_arrived = state.overlays.last().is_some_and(Overlay::is_place)
        || (*focus == state.focus
            && typed == state.typed()
            && state.zoomed == from.zoomed
            && state.marks.is_empty());
    as_arrived && jump(state, true, cmds)
}

/// Going to a pane by its key begins a new way; what was left can still be gone back to.
pub(super) fn begin_anew(state: &mut State) {
    state.travel.trail = 0;
}

pub(super) fn restore(state: &mut State, place: Place, cmds: &mut Vec<Cmd>) {
    (state.focus, state.zoomed) = (place.focus, place.zoomed);
    state.follow_at = None;
    let (kind, typed, cursor) = place.list;
    state.list = kind;
    if kind != ListKind::Incidents {
        type_into(state, (Pane::Incidents, kind, DetailTab::default()), &typed);
        state.lists.entry(kind).or_default().cursor = cursor;
    }
    restore_incidents(state, place.incidents, cmds);
    restore_detail(state, place.detail, cmds);
    let shown = state.detail.id.clone();
    let investigation = shown.and_then(|id| state.investigations.get_mut(&id));
    if let (Some(investigation), Some(cursor)) = (investigation, place.investigation) {
        investigation.cursor = cursor;
    }
    let (typed, cursor) = place.oncall;
    type_into(state, (Pane::OnCall, kind, DetailTab::default()), &typed);
    state.oncall.cursor = cursor;
    let (shown, typed, cursor) = place.catalog;
    type_into(state, (Pane::Catalog, kind, DetailTab::default()), &typed);
    (state.catalog.kind, state.catalog.cursor) = (shown, cursor);
    (state.travel.trail, state.travel.arrived) = (place.trail, place.arrived);
    // What was asked there may have come while nobody was there to take it.
    let asked = place.overlays.iter().filter_map(Overlay::awaits);
    cmds.extend(asked.map(Cmd::Fetch));
    state.overlays = place.overlays;
    cmds.push(watch(state));
}

fn restore_incidents(state: &mut State, was: IncidentsPlace, cmds: &mut Vec<Cmd>) {
    let incidents = &mut state.incidents;
    let filter = &mut incidents.filter;
    let narrowed = (&filter.typed, filter.open_only, filter.scope);
    let same = narrowed == (&was.typed, was.open_only, was.scope)
        && incidents.newest_first == was.newest_first;
    incidents.cursor = was.cursor.clone();
    if same {
        return;
    }
    (filter.open_only, filter.scope) = (was.open_only, was.scope);
    filter.typed = was.typed;
    incidents.newest_first = was.newest_first;
    incidents.returning = Some(was.cursor);
    narrow(state, cmds);
}

/// The incident as it was shown. What has come of it meanwhile stays, and the rest is asked for.
fn restore_detail(state: &mut State, was: Detail, cmds: &mut Vec<Cmd>) {
    let Some(id) = was.id.clone() else { return };
    let here = std::mem::take(&mut state.detail);
    let tab = was.tab;
    state.detail = if here.id == was.id {
        as_it_was(here, was)
    } else {
        cmds.push(Cmd::Fetch(Topic::Detail(id.clone())));
        cmds.push(Cmd::Fetch(Topic::Timeline(id.clone())));
        if tab.is_list() {
            cmds.push(Cmd::Fetch(Topic::Tab(id, tab)));
        }
        was
    };
    write_result::show_sent(state);
}

fn as_it_was(mut here: Detail, was: Detail) -> Detail {
    (here.tab, here.kind, here.cursor) = (was.tab, was.kind, was.cursor);
    (here.follows, here.weaves) = (was.follows, was.weaves);
    for (tab, listing) in was.tabs {
        if let Some(known) = here.tabs.get_mut(&tab) {
            (known.typed, known.conditions) = (listing.typed, listing.conditions);
            known.cursor = listing.cursor;
        }
    }
    here
}

fn show_evidence(state: &mut State, id: String) {
    if let Some(incident) = state.detail.id.clone() {
        let fact = Fact::new(incident, id);
        show(state, Overlay::Evidence(fact));
    }
}

fn show_hop(state: &mut State, hop: HopRef) {
    if let Some(incident) = state.detail.id.clone() {
        show(state, Overlay::Hop(HopView::new(incident, hop)));
    }
}

fn show_hypothesis(state: &mut State, rank: usize) {
    let finding = state.investigation().and_then(|i| i.finding.as_ref());
    let found = finding.and_then(|f| f.hypotheses.iter().find(|h| h.rank == rank));
    if let Some(text) = found.map(hypothesis) {
        let incident = state.detail.id.as_ref();
        let title = incident.map(|id| state.heading(id, &text.title));
        let title = title.unwrap_or_else(|| text.title.clone());
        show(state, Overlay::Text(Text { title, ..text }));
    }
}

/// Shows a tab of the incident that is shown.
pub(super) fn go_to_tab(state: &mut State, tab: DetailTab, cmds: &mut Vec<Cmd>) {
    leave(state);
    (state.focus, state.detail.tab) = (Pane::Detail, tab);
    if let (Some(id), true) = (state.detail.id.clone(), tab.is_list()) {
        cmds.push(Cmd::Fetch(Topic::Tab(id, tab)));
    }
    arrived(state);
}
