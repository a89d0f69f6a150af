//! Cards: every thing on lines of its own, each with what it leads to.

mod bridge;
mod change;
mod entry;
mod line;
mod moment;
mod person;
mod schedule;
mod team;

pub(crate) use moment::identity as moment_id;

use super::bridge::episode;
use super::drafted::title as drafted_title;
use super::lines::{LineStyle, Lines, LinkedLine};
use super::named;
use super::path::call;
use crate::console::link::LinkTarget;
use crate::console::place::Pane;
use crate::console::state::{Card, Item, Overlay, State};
use crate::domain::text;

/// Columns of a call in the way that one came by.
const CALL: usize = 30;

/// The card as lines for a place of some width.
pub(crate) fn lines(state: &State, card: &Card, width: usize) -> Vec<LinkedLine> {
    let mut out = Lines::new(width.saturating_sub(3));
    let unread = card.topic().and_then(|topic| state.problem(&[topic]));
    if let Some(why) = unread {
        out.say(why, LineStyle::Bad, 0, &LinkTarget::Nowhere);
    }
    match &card.target {
        LinkTarget::Entry(id) => match state.catalog.graph.entry(id) {
            Some(entry) => entry::say(&mut out, state, entry),
            None => out.unknown(state.catalog.arrived),
        },
        LinkTarget::Team(id) => match state.org.teams.iter().find(|team| &team.id == id) {
            Some(found) => team::say(&mut out, state, &found.name),
            None => out.unknown(true),
        },
        LinkTarget::Schedule(id) => match state.oncall.schedules.iter().find(|s| &s.id == id) {
            Some(found) => schedule::say(&mut out, state, found),
            None => out.unknown(state.oncall.arrived),
        },
        LinkTarget::Person(id) => match named::person(state, id) {
            Some(found) => person::say(&mut out, state, found),
            None => out.unknown(true),
        },
        LinkTarget::Change(change) => change::say(&mut out, state, change),
        LinkTarget::Moment(id) => moment::say(&mut out, state, id),
        LinkTarget::Bridge => bridge::say_bridge(&mut out, state),
        LinkTarget::Issue(detector, id) => bridge::say(&mut out, state, detector, id),
        _ => match item(state, card) {
            Some(found) => line::say(&mut out, state, found),
            None => out.unknown(false),
        },
    }
    out.all
}

/// The newest that is known of what a card is of.
pub(crate) fn item<'a>(state: &'a State, card: &'a Card) -> Option<&'a Item> {
    let listed = named::item(state, &card.target);
    // What was asked for this card says more than the line of a list.
    match &card.item {
        Some(own) if listed.is_none_or(|listed| listed.subject == own.subject) => Some(own),
        _ => listed.or(card.item.as_ref()),
    }
}

/// What a thing is called, for a title and for the way one came.
pub(crate) fn name(state: &State, card: &Card) -> String {
    let of = |found: Option<&str>| found.unwrap_or("gone").to_owned();
    match &card.target {
        LinkTarget::Entry(id) => of(state.catalog.graph.entry(id).map(|e| e.name.as_str())),
        LinkTarget::Team(id) => {
            let mut teams = state.org.teams.iter();
            of(teams.find(|team| &team.id == id).map(|t| t.name.as_str()))
        }
        LinkTarget::Schedule(id) => {
            let mut all = state.oncall.schedules.iter();
            of(all.find(|s| &s.id == id).map(|s| s.name.as_str()))
        }
        LinkTarget::Person(id) => of(named::person(state, id).map(|p| &*p.name)),
        LinkTarget::Change(change) => change.title.clone(),
        LinkTarget::Moment(id) => moment::title(state, id),
        LinkTarget::Bridge => "The bridge".into(),
        LinkTarget::Issue(detector, id) => {
            let found = episode(state, detector, id);
            of(found.map(|e| e.detection.title.as_str()))
        }
        _ => item(state, card).map_or_else(|| "Loading".into(), |item| item.title.clone()),
    }
}

/// What kind of thing a card is of, in a word.
pub(crate) fn kind(state: &State, card: &Card) -> String {
    match &card.target {
        LinkTarget::Entry(id) => {
            let graph = &state.catalog.graph;
            let kind = graph.entry(id).and_then(|entry| graph.kind(entry));
            kind.map_or_else(|| "Catalog".into(), |kind| kind.name.clone())
        }
        LinkTarget::Team(_) => "Team".into(),
        LinkTarget::Schedule(_) => "Schedule".into(),
        LinkTarget::Person(_) => "Person".into(),
        LinkTarget::Alert(_) => "Alert".into(),
        LinkTarget::Page(_) => "Page".into(),
        LinkTarget::Route(_) => "Alert route".into(),
        LinkTarget::Bridge => String::new(),
        LinkTarget::Issue(..) => "Issue".into(),
        LinkTarget::Change(change) => capital(change.class.label()),
        LinkTarget::Moment(_) => {
            let reference = state.target().and_then(|id| state.reference(id));
            reference.unwrap_or_default().to_owned()
        }
        _ => item(state, card).map_or_else(String::new, |item| capital(&item.mark)),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// What a heading says first: the rest of it is for the head itself.
fn beginning(heading: &str) -> &str {
    let end = heading.find([',', ';']).unwrap_or(heading.len());
    &heading[..end]
}

/// What a place over the panes is called.
fn overlay_name(state: &State, overlay: &Overlay) -> Option<String> {
    Some(match overlay {
        Overlay::Card(card) => name(state, card),
        Overlay::Evidence(fact) => fact.id.clone(),
        Overlay::Hop(view) => call((&view.hop.from, &view.hop.to), CALL),
        Overlay::Drafted(drafted) => beginning(drafted_title(drafted.kind)).to_owned(),
        Overlay::Analysis(_) => "Looking back".to_owned(),
        Overlay::Report(report) => report.title.clone(),
        // The reference before it is for its own head.
        Overlay::Text(text) => {
            let words = text.title.rsplit("  ").next().unwrap_or_default();
            beginning(words).to_owned()
        }
        _ => return None,
    })
}

/// What the place that is on the screen is called.
pub(crate) fn place_name(state: &State) -> String {
    // What is only asked or shown over a place does not change where one is.
    let over = state.overlays.iter().rfind(|overlay| overlay.is_place());
    if let Some(named) = over.and_then(|overlay| overlay_name(state, overlay)) {
        return text::fit(&named, 32);
    }
    match state.focus {
        Pane::Incidents if !state.typed().is_empty() => {
            format!("{} /{}", state.list.label(), state.typed())
        }
        Pane::Incidents => state.list.label().to_owned(),
        Pane::Detail => {
            let reference = state.target().and_then(|id| state.reference(id));
            reference.unwrap_or("Detail").to_owned()
        }
        Pane::OnCall => "On call".into(),
        Pane::Catalog => "Catalog".into(),
    }
}
