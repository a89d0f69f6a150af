//! Going to the page that waits for the user.

use super::super::freshness;
use super::super::job::Topic;
use super::super::msg::Cmd;
use super::super::place::ListKind;
use super::super::state::State;
use super::motion::show_list;
use super::show::show_incident;
use super::travel;
use crate::domain::IncidentId;

/// Goes to the user's page that waits, its incident beside it; again to the next.
pub fn go_to(state: &mut State, cmds: &mut Vec<Cmd>) {
    let Some((page, incident)) = next(state) else {
        let why = none(state);
        return state.say(why);
    };
    travel::leave(state);
    show_list(state, ListKind::Pages, cmds);
    let listing = state.lists.entry(ListKind::Pages).or_default();
    listing.typed.clear();
    listing.cursor.id = Some(page);
    if let Some(id) = incident {
        state.follow_at = None;
        show_incident(state, id, cmds);
    }
    travel::arrived(state);
}

/// That nobody is known as the user, and what to do.
pub(super) fn nobody(state: &State) -> String {
    let unknown = state.org.unknown_me(&state.config.me);
    unknown.unwrap_or_else(|| {
        "Nobody is known as you, so nothing is yours: set me = \"you@example.com\" in the config.".into()
    })
}

/// That none waits, said only of pages that were read, for somebody who is known.
fn none(state: &State) -> String {
    let topic = Topic::List(ListKind::Pages);
    match (&state.me, freshness::late(state, &topic)) {
        (None, _) => nobody(state),
        (_, Some(late)) => format!("No page is known to wait for you ({late})."),
        (Some(_), None) => "No page waits for you.".into(),
    }
}

/// The user's page after the one under the cursor, round and round.
fn next(state: &State) -> Option<(String, Option<IncidentId>)> {
    let mine = state.my_pages();
    let listing = state.lists.get(&ListKind::Pages);
    let here = listing.filter(|_| state.list == ListKind::Pages);
    let here = here.and_then(|l| l.cursor.id.as_deref());
    let at = mine.iter().position(|item| Some(item.id.as_str()) == here);
    let next = mine.get(at.map_or(0, |at| (at + 1) % mine.len()))?;
    Some((next.id.clone(), next.incident.clone()))
}
