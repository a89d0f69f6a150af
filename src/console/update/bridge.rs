//! The bridge told what it keeps; and what people order it.

use super::super::action::Action;
use super::super::content::bridge::{episode, heading, kept};
use super::super::job::Topic;
use super::super::link::LinkTarget;
use super::super::list::{HEADING, Item};
use super::super::msg::Cmd;
use super::super::place::{ListKind, Pane};
use super::super::state::{Confirm, Confirmed, Overlay, State};
use super::{problems, travel};
use crate::domain::IncidentId;
use crate::domain::order::{About, Wish};
use crate::session::KnownBridge;

/// Takes in incidents that are kept and how the last look went; the episodes stay as they are.
pub fn take_kept(state: &mut State, known: Option<KnownBridge>) {
    problems::clear(state, &Topic::Bridge);
    let before = state.bridge.take().map(|known| known.memory.episodes);
    state.bridge = known.map(|mut known| {
        known.memory.episodes = before.unwrap_or_default();
        known
    });
}

/// Takes in all of it, with the lines of its list below that of the bridge itself.
pub fn take_all(state: &mut State, known: Option<KnownBridge>, mut items: Vec<Item>) {
    problems::clear(state, &Topic::List(ListKind::Bridge));
    state.bridge = known;
    if let Some(heading) = heading(state) {
        items.insert(0, heading);
    }
    let listing = state.lists.entry(ListKind::Bridge).or_default();
    let cursor = &mut listing.cursor;
    if let Some(first) = items.get(1).filter(|_| !cursor.moved) {
        // What burns is looked at first, not who tells of it.
        (cursor.at, cursor.id) = (1, Some(first.id.clone()));
    }
    (listing.items, listing.arrived, listing.more) = (items, true, false);
}

/// The line of the bridge says how long it has been silent, as the minutes pass.
pub fn age(state: &mut State) {
    let Some(now) = heading(state) else { return };
    let listing = state.lists.get_mut(&ListKind::Bridge);
    let first = listing.and_then(|listing| listing.items.first_mut());
    if let Some(first) = first.filter(|first| first.id == HEADING) {
        *first = now;
    }
}

/// What became of the issue under the cursor, and by which rule.
pub fn why(state: &mut State, cmds: &mut Vec<Cmd>) {
    let is_here = (state.focus, state.list) == (Pane::Incidents, ListKind::Bridge);
    let here = state.listed().filter(|_| is_here);
    let target = here.map(|item| match item.names.first() {
        Some((_, issue)) => issue.clone(),
        None => item.target(),
    });
    match target {
        Some(target) if target != LinkTarget::Nowhere => travel::go(state, target, None, cmds),
        _ => {
            let (why, list) = (
                state.keymap.key(Action::Why),
                state.keymap.key(Action::ViewBridge),
            );
            let says = format!("{why} is for what the bridge keeps: {list} lists it.");
            state.say(says);
        }
    }
}

/// `M`: pauses the bridge on what the cursor is on, or lets it go on, once that was confirmed.
pub fn pause(state: &mut State) {
    let Some((about, name)) = subject(state) else {
        return say_not_kept(state, Action::PauseBridge);
    };
    let orders = state.bridge.as_ref().map(|known| &known.memory.orders);
    let own = orders.and_then(|orders| orders.pause_of(&about));
    let taken = match &about {
        About::Incident(id) => orders.and_then(|orders| orders.taken(id)),
        _ => None,
    };
    match own.or(taken) {
        Some(order) => {
            let says = vec![format!("{}.", order.told()), goes_on(&about).to_owned()];
            ask(
                state,
                format!("{name}: let the bridge go on?"),
                (about, Wish::Resume, says),
            );
        }
        None => {
            let says = vec![pauses(&about).to_owned()];
            ask(
                state,
                format!("{name}: pause the bridge?"),
                (about, Wish::Pause, says),
            );
        }
    }
}

/// Takes the incident over that the cursor is on, once that was confirmed.
pub fn take_over(state: &mut State) {
    let Some((about @ About::Incident(_), name)) = subject(state) else {
        return say_not_kept(state, Action::TakeOver);
    };
    let says = "The bridge goes on noting what burns and clears on it, and does not resolve it.";
    let asks = format!("{name}: take it over from the bridge?");
    ask(state, asks, (about, Wish::Take, vec![says.to_owned()]));
}

fn ask(state: &mut State, asks: String, (about, wish, says): (About, Wish, Vec<String>)) {
    if state.config.read_only {
        return state.say("Read-only mode: nothing is ordered.");
    }
    let does = Confirmed::Order(about, wish, says);
    state
        .overlays
        .push(Overlay::Confirm(Confirm { asks, does }));
}

fn pauses(about: &About) -> &'static str {
    match about {
        About::Everything => {
            "It declares, notes and resolves nothing until it is let go on; it goes on listening and remembering."
        }
        About::Incident(_) => {
            "It neither writes on it nor resolves it until it is let go on; what happens meanwhile is noted then."
        }
        About::Issue(..) => "No incident is declared for it until it is let go on.",
    }
}

fn goes_on(about: &About) -> &'static str {
    match about {
        About::Everything => "It declares, notes and resolves again, from its next look on.",
        About::Incident(_) => "It is noted on again, and resolved once all of it is over.",
        About::Issue(..) => "An incident is declared for it where the rules say so.",
    }
}

fn say_not_kept(state: &mut State, action: Action) {
    let (title, list) = (action.row().title, state.keymap.key(Action::ViewBridge));
    let says = format!("{title}: the bridge keeps nothing here; {list} lists what it keeps.");
    state.say(says);
}

/// What an order would be about, with its name: what the card or the line of the list is of, else the incident that is
/// shown, where the bridge keeps it. Of an issue that has an incident it is the incident.
fn subject(state: &State) -> Option<(About, String)> {
    let in_list = (state.focus, state.list) == (Pane::Incidents, ListKind::Bridge);
    let target = match state.card() {
        Some(card) => Some(card.target.clone()),
        None if in_list => match state.listed() {
            Some(item) if item.is_heading() => Some(LinkTarget::Bridge),
            item => item
                .and_then(|item| item.names.first())
                .map(|(_, target)| target.clone()),
        },
        None => None,
    };
    match target {
        Some(LinkTarget::Bridge) => Some((About::Everything, "The bridge".to_owned())),
        Some(LinkTarget::Issue(detector, id)) => of_issue(state, detector, id),
        Some(_) => None,
        None if in_list => Some((About::Everything, "The bridge".to_owned())),
        None => of_incident(state, state.target()?),
    }
}

fn of_incident(state: &State, id: &IncidentId) -> Option<(About, String)> {
    let kept = kept(state, id)?;
    Some((About::Incident(id.clone()), kept.reference.clone()))
}

fn of_issue(state: &State, detector: String, id: String) -> Option<(About, String)> {
    let episode = episode(state, &detector, &id)?;
    let incident = episode.incident.as_ref();
    let title = episode.detection.title.clone();
    incident
        .and_then(|incident| of_incident(state, incident))
        .or(Some((About::Issue(detector, id), title)))
}
