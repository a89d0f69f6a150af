//! The organisation and its incidents come in: merged by id, narrowed, and what somebody must know of is noticed.

use super::super::content::named::open_on;
use super::super::job::Topic;
use super::super::msg::Cmd;
use super::super::place::{ListKind, Pane};
use super::super::state::{Detail, Item, State, Tone};
use super::narrow::{narrow, read_again};
use super::pin;
use super::resume;
use super::show::{catch_up, show_incident, touch_selection};
use super::{arrivals, declared, investigation, meanwhile, telling};
use crate::domain::{CatalogEntry, IncidentId, IncidentSummary, Org};
use crate::writes::sets_severity;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub fn take_org(state: &mut State, org: Org, cmds: &mut Vec<Cmd>) {
    state.me = org.me(&state.config.me).cloned();
    // It is said when the people are first known, and whenever somebody asks for what is theirs.
    let is_first = state.org.people.is_empty() && !org.people.is_empty();
    if let Some(says) = org.unknown_me(&state.config.me).filter(|_| is_first) {
        state.warn(says);
    }
    state.org = Arc::new(org);
    for sentence in &state.org.missing {
        if !state.problems.iter().any(|(_, says)| says == sentence) {
            state.problems.push((Topic::Org, sentence.clone()));
        }
    }
    let filter = &mut state.incidents.filter;
    filter.me = state.me.as_ref().map(|me| me.id.clone());
    filter.teams = filter
        .me
        .as_ref()
        .map(|me| state.org.teams_of(me))
        .unwrap_or_default();
    state.incidents.filter.priorities = state.priorities();
    read_again(state);
    narrow(state, cmds);
}

/// New rows come in: merged by id, in the list's order, and what changed is noticed.
pub fn take_rows(
    state: &mut State,
    rows: Vec<Arc<IncidentSummary>>,
    whole: bool,
    cached: bool,
    cmds: &mut Vec<Cmd>,
) {
    let had = state.incidents.arrived && !state.incidents.rows.is_empty();
    if had && !cached && !whole && rows.len() <= 50 {
        notice_rows(state, &rows, cmds);
    }
    meanwhile::heard(state, &rows);
    state.incidents.arrived = true;
    if whole && rows.is_empty() {
        // Nothing that was told stands any more: what is shown of it neither.
        state.detail = Detail::default();
        state.incidents.pinned = None;
    }
    let shown = state.detail.id.clone();
    let shown = shown.filter(|id| rows.iter().any(|row| row.id == *id));
    telling::rows_came(state, &rows);
    let changed = merge(state, rows, whole);
    if changed {
        ask_for_rest(state, shown, cmds);
        count_open(state);
        pin::renew(state);
        arrivals::count(&mut state.incidents);
        declared::say(state);
        narrow(state, cmds);
    }
}

/// An incident is not to be seen any more: nothing of it stays on the screen or in memory.
pub fn take_gone(state: &mut State, id: &IncidentId, cmds: &mut Vec<Cmd>) {
    let known = state.reference(id).map(str::to_owned);
    let (gone, rows): (Vec<_>, Vec<_>) = state
        .incidents
        .rows
        .iter()
        .cloned()
        .partition(|row| row.id == *id);
    let burned = gone.iter().any(|row| row.category.is_open());
    state.incidents.rows = Arc::new(rows);
    state.incidents.unseen.retain(|unseen| unseen != id);
    state
        .incidents
        .pinned
        .take_if(|pinned| pinned.row.id == *id);
    state.investigations.remove(id);
    let shown = state.is_shown(id);
    if shown {
        state.detail = Detail::default();
    }
    // What nobody looks at any more leaves without a word.
    if let Some(reference) = known.filter(|_| burned || shown) {
        state.say(format!(
            "{reference} is private now: only who may see it still does."
        ));
    }
    let listed = !gone.is_empty();
    if listed {
        count_open(state);
        arrivals::count(&mut state.incidents);
        narrow(state, cmds);
    }
}

/// The list knows more of the incident that is shown than what was read of it: the rest is asked for at once, not at the
/// next turn.
fn ask_for_rest(state: &State, shown: Option<IncidentId>, cmds: &mut Vec<Cmd>) {
    let Some(id) = shown else { return };
    let read = state
        .detail
        .incident
        .as_ref()
        .map(|whole| whole.row.updated);
    let mut rows = state.incidents.rows.iter();
    let listed = rows.find(|row| row.id == id).map(|row| row.updated);
    if read.is_some() && listed > read {
        cmds.push(Cmd::Fetch(Topic::Detail(id)));
    }
}

/// Counts what is open on each entry of the catalog, so that what burns stands first. Only entries that an open incident
/// can be on are counted: its services, and what owns these.
pub fn count_open(state: &mut State) {
    let graph = state.catalog.graph.clone();
    let open = state.incidents.open();
    let named: HashSet<&str> = open.flat_map(|row| row.services()).collect();
    let services = graph.entries.iter();
    let services = services.filter(|e| named.contains(e.name.as_str()));
    let owners: HashSet<String> = services
        .flat_map(|e| {
            graph
                .owner(e)
                .split(", ")
                .map(str::to_lowercase)
                .collect::<Vec<_>>()
        })
        .collect();
    let burns = |e: &&CatalogEntry| {
        named.contains(e.name.as_str()) || owners.contains(&e.name.to_lowercase())
    };
    let burning = graph.entries.iter().filter(burns);
    let counted = burning.map(|e| (e.id.clone(), open_on(state, e).len()));
    state.catalog.open = counted.filter(|(_, open)| *open > 0).collect();
}

/// Merges rows into the list by id. Only what is new is sorted in: the list is in order already. The lookup is built on
/// the smaller side, so that a hundred thousand rows from the cache cost no table of their own.
fn merge(state: &mut State, rows: Vec<Arc<IncidentSummary>>, whole: bool) -> bool {
    let old = state.incidents.rows.clone();
    let mut next: Vec<Arc<IncidentSummary>> = Vec::with_capacity(old.len().max(rows.len()));
    let mut changed = false;
    if rows.len() > old.len() {
        let mut kept: HashMap<&str, &Arc<IncidentSummary>> =
            old.iter().map(|row| (row.id.as_str(), row)).collect();
        for row in rows {
            match kept.remove(row.id.as_str()) {
                Some(same) if **same == *row => next.push(same.clone()),
                _ => {
                    changed = true;
                    next.push(row);
                }
            }
        }
        changed |= whole && !kept.is_empty();
        next.extend(kept.into_values().filter(|_| !whole).cloned());
    } else {
        let mut fresh: HashMap<IncidentId, Arc<IncidentSummary>> =
            rows.into_iter().map(|row| (row.id.clone(), row)).collect();
        for row in old.iter() {
            match fresh.remove(&row.id) {
                Some(new) if new != *row => {
                    changed = true;
                    next.push(new);
                }
                None if whole => changed = true,
                _ => next.push(row.clone()),
            }
        }
        changed |= !fresh.is_empty();
        next.extend(fresh.into_values());
    }
    if changed {
        next.sort_by(|a, b| a.order().cmp(&b.order()));
        state.incidents.rows = Arc::new(next);
    }
    changed
}

/// A new incident or a raised severity: a line, the bell, and the terminal's own notice.
fn notice_rows(state: &mut State, rows: &[Arc<IncidentSummary>], cmds: &mut Vec<Cmd>) {
    for row in rows.iter().filter(|row| row.category.is_open()) {
        let old = state
            .incidents
            .rows
            .iter()
            .find(|old| old.id == row.id)
            .cloned();
        let text = match &old {
            None if (state.now - row.created).num_minutes() < 60 => {
                format!(
                    "New {}: {} {}",
                    row.severity.as_deref().unwrap_or("incident"),
                    row.reference,
                    row.name
                )
            }
            Some(old) if row.rank > old.rank => {
                format!(
                    "{} raised to {}: {}",
                    row.reference,
                    row.severity.as_deref().unwrap_or("?"),
                    row.name
                )
            }
            _ => continue,
        };
        if !is_own(state, row, old.is_none()) {
            cmds.push(Cmd::Notify(text.clone()));
            state.say(text);
            arrivals::note(state, row);
        }
        if old.is_none() {
            investigation::declared(state, row, cmds);
        }
    }
}

/// What was just written from here is no news to whoever wrote it: an incident declared, or a severity set.
fn is_own(state: &State, row: &IncidentSummary, is_new: bool) -> bool {
    let recent =
        |w: &&crate::domain::Write| (state.now - w.recorded).abs() < chrono::Duration::minutes(2);
    state.outbox.iter().filter(recent).any(|w| match is_new {
        true => w.result.as_deref() == Some(row.id.as_str()),
        false => w.order_key == row.id.as_str() && sets_severity(w),
    })
}

/// A page nobody has answered.
pub fn notice_pages(state: &mut State, items: &[Item], cmds: &mut Vec<Cmd>) {
    let waiting: Vec<&Item> = items.iter().filter(|item| item.tone == Tone::Hot).collect();
    let fresh: Vec<String> = waiting
        .iter()
        .filter(|item| !state.waiting.contains(&item.id))
        .map(|item| format!("Page: {} ({})", item.title, item.note))
        .collect();
    let known = std::mem::replace(&mut state.knows_pages, true);
    state.waiting = waiting.iter().map(|item| item.id.clone()).collect();
    for text in fresh.into_iter().filter(|_| known) {
        cmds.push(Cmd::Notify(text.clone()));
        state.say(text);
    }
}

/// The filter's answer. The rows it was asked with may have been replaced since: then a newer question is under way,
/// and this answer is dropped by its ticket.
pub fn take_narrowed(state: &mut State, ticket: u64, visible: Vec<u32>, cmds: &mut Vec<Cmd>) {
    if ticket != state.incidents.ticket {
        return;
    }
    state.incidents.narrowed = ticket;
    let by_hand = std::mem::take(&mut state.incidents.narrowing);
    let leads = by_hand && (state.focus, state.list) == (Pane::Incidents, ListKind::Incidents);
    if !leads {
        catch_up(state, cmds);
    }
    let incidents = &mut state.incidents;
    (incidents.asked, incidents.visible) = (incidents.rows.clone(), visible);
    // What the filter does not let pass is pinned again where it is still what is shown.
    incidents.pinned = None;
    let mut cursor = std::mem::take(&mut incidents.cursor);
    if let Some(was) = incidents.returning.take() {
        cursor = was;
    }
    cursor.settle(incidents.visible.len(), |at| {
        incidents
            .at(at)
            .map_or_else(String::new, |row| row.id.to_string())
    });
    incidents.cursor = cursor;
    resume::find(state, cmds);
    // The first rows of all: nothing was chosen yet, so the top one is.
    if state.detail.id.is_none() {
        if let Some(id) = state.incidents.current().map(|row| row.id.clone()) {
            show_incident(state, id, cmds);
        }
    } else if leads {
        touch_selection(state);
    }
}
