//! Enter: what the cursor is on is opened, a text over the panes or the incident it leads to.

use super::super::action::Context;
use super::super::content::{entry, schedule, timeline};
use super::super::job::Topic;
use super::super::msg::Cmd;
use super::super::overlay;
use super::super::place::{DetailTab, ListKind, Pane};
use super::super::state::{Help, Item, Overlay, Palette, State, Text};
use super::investigation;
use super::show::{jump_to, show_incident};
use crate::domain::zoned;
use crate::writes::Subject;

/// Opens what the cursor is on.
pub fn open(state: &mut State, cmds: &mut Vec<Cmd>) {
    match (state.focus, state.list) {
        (Pane::Incidents, ListKind::Incidents) => open_incident(state, cmds),
        (Pane::Incidents, kind) => {
            let item = state.lists.get(&kind).and_then(|l| l.current().cloned());
            item.into_iter()
                .for_each(|item| open_item(state, item, cmds));
        }
        (Pane::Detail, _) => match state.detail.tab {
            DetailTab::Timeline => open_line(state),
            DetailTab::Overview => {}
            DetailTab::Investigation => investigation::open(state),
            tab => {
                let listing = state.detail.tabs.get(&tab);
                let item = listing.and_then(|l| l.current().cloned());
                item.into_iter()
                    .for_each(|item| open_item(state, item, cmds));
            }
        },
        (Pane::OnCall, _) => open_schedule(state, cmds),
        (Pane::Catalog, _) => open_entry(state),
    }
}

fn open_incident(state: &mut State, cmds: &mut Vec<Cmd>) {
    if let Some(id) = state.incidents.current().map(|row| row.id.clone()) {
        state.follow_at = None;
        show_incident(state, id, cmds);
        state.focus = Pane::Detail;
    }
}

fn open_item(state: &mut State, item: Item, cmds: &mut Vec<Cmd>) {
    if let Some(document) = item.document {
        let topic = Topic::Document(document);
        cmds.push(Cmd::Fetch(topic.clone()));
        return show(
            state,
            Text::asked(item.title, vec!["Loading.".into()], topic),
        );
    }
    let elsewhere = |id: &_| state.detail.id.as_ref() != Some(id);
    if let Some(id) = item.incident.clone().filter(elsewhere) {
        return jump_to(state, id, cmds);
    }
    let in_detail = state.focus == Pane::Detail;
    let of = item
        .incident
        .as_ref()
        .or(state.target().filter(|_| in_detail));
    let title = of.map_or_else(|| item.mark.clone(), |id| state.heading(id, &item.mark));
    let read = |line: String| match (item.subject.as_deref(), item.at) {
        (Some(Subject::Page(_)), Some(at)) => {
            zoned(line.as_str().into(), at, state.zone).into_owned()
        }
        _ => line,
    };
    let body = item.body.into_iter().map(read);
    let lines = std::iter::once(item.title).chain(body).collect();
    show(state, Text::new(title, lines));
}

fn open_line(state: &mut State) {
    let lines = state.detail.lines();
    let Some(item) = lines.get(state.detail.cursor.at) else {
        return;
    };
    let title = format!("{} {}", item.kind.label(), state.zone.clock(item.at));
    let title = state
        .target()
        .map_or_else(|| title.clone(), |id| state.heading(id, &title));
    let text = Text::new(title, timeline::entry_text(state, item));
    show(state, text);
}

fn open_schedule(state: &mut State, cmds: &mut Vec<Cmd>) {
    let schedules = state.oncall.shown();
    let Some(schedule) = schedules.get(state.oncall.cursor.at) else {
        return;
    };
    let topic = Topic::Shifts(schedule.id.clone());
    cmds.push(Cmd::Fetch(topic.clone()));
    let lines = schedule::schedule_text(state, schedule, overlay::width(state));
    let text = Text::asked(schedule.name.clone(), lines, topic);
    show(state, text);
}

fn open_entry(state: &mut State) {
    let entries = state.catalog.shown();
    let Some(entry) = entries.get(state.catalog.cursor.at) else {
        return;
    };
    let text = Text {
        service: Some(state.catalog.graph.word_for(entry).to_owned()),
        ..Text::new(entry.name.clone(), entry::entry_text(state, entry))
    };
    show(state, text);
}

fn show(state: &mut State, text: Text) {
    state.overlays.push(Overlay::Text(text));
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
    overlay::search(state, cmds);
}
