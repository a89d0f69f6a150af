//! News from the worker. Late answers to replaced questions change nothing.

use super::super::msg::{Cmd, News, Topic};
use super::super::state::{Item, Link, ListKind, Overlay, State, Tone};
use super::keys::search;
use super::{form, journal, narrow, open_form, say, show_incident, touch_selection, write_result};
use crate::domain::{IncidentSummary, Org};
use std::collections::HashMap;
use std::sync::Arc;

/// The worker told something.
pub fn apply(state: &mut State, news: News, cmds: &mut Vec<Cmd>) {
    let more_to_find = matches!(news, News::Org(_) | News::Schedules(_) | News::Catalog(_));
    take(state, news, cmds);
    if more_to_find {
        search(state, cmds);
    }
}

fn take(state: &mut State, news: News, cmds: &mut Vec<Cmd>) {
    match news {
        News::Org(org) => take_org(state, *org, cmds),
        News::Rows {
            rows,
            whole,
            cached,
        } => take_rows(state, rows, whole, cached, cmds),
        News::History(loading) => state.incidents.loading = loading,
        News::Incident(incident) if state.detail.id.as_ref() == Some(&incident.row.id) => {
            state.detail.incident = Some(incident)
        }
        News::Timeline {
            id,
            items,
            missing,
            seen,
        } if state.detail.id.as_ref() == Some(&id) => {
            if !state.detail.arrived {
                // First look: what came since the last look is marked, and from now on this is the last look.
                state.detail.seen = state.detail.seen.or(seen);
                cmds.push(Cmd::MarkSeen(id, state.now));
            }
            state.detail.arrived = true;
            state.detail.timeline = items;
            state.detail.missing = missing;
            state.detail.fresh.clear();
            write_result::show_sent(state);
        }
        News::Incident(_) | News::Timeline { .. } => {}
        News::Tab(id, tab, items) => {
            if state.detail.id.as_ref() == Some(&id) {
                let listing = state.detail.tabs.entry(tab).or_default();
                (listing.items, listing.arrived) = (items, true);
            }
        }
        News::List(kind, items) => {
            if kind == ListKind::Pages {
                notice_pages(state, &items, cmds);
            }
            let listing = state.lists.entry(kind).or_default();
            (listing.items, listing.arrived) = (items, true);
            if kind == ListKind::Pages {
                open_form::pages_came(state, cmds);
            }
        }
        News::Schedules(schedules) => {
            (state.oncall.schedules, state.oncall.arrived) = (Arc::new(schedules), true)
        }
        News::Shifts(id, shifts) => take_shifts(state, id, shifts),
        News::Catalog(graph) => (state.catalog.graph, state.catalog.arrived) = (graph, true),
        News::Document(markdown) => {
            if let Some(Overlay::Text { lines, .. }) = state.overlays.last_mut() {
                let width = usize::from(state.size.0).saturating_sub(8);
                *lines = crate::domain::text::wrap(&markdown, width.min(100));
            }
        }
        News::Narrowed { ticket, visible } => take_narrowed(state, ticket, visible, cmds),
        News::Found { ticket, hits } => {
            if let Some(Overlay::Palette {
                ticket: asked,
                hits: shown,
                at,
                ..
            }) = state.overlays.last_mut()
                && *asked == ticket
            {
                *at = (*at).min(hits.len().saturating_sub(1));
                *shown = hits;
            }
        }
        News::FormOptions(form_options) => {
            state.form_options = form_options;
            open_form::supplied(state);
        }
        News::Journal(writes) => journal::journal(state, writes),
        News::Subjects(kind, incidents) => open_form::subjects(state, kind, incidents, cmds),
        News::SavedForm(all) => {
            let count = all.len();
            state
                .saved_forms
                .extend(all.into_iter().map(|kept| (kept.key.clone(), kept)));
            if count > 0 {
                let texts = if count == 1 {
                    "A text".into()
                } else {
                    format!("{count} texts")
                };
                say(
                    state,
                    format!(
                        "{texts} you began and did not send will be there when you come back to it."
                    ),
                );
            }
        }
        News::Wrote(wrote) => write_result::wrote(state, *wrote, cmds),
        News::Ahead(ahead) => {
            if ahead != state.clock_offset && ahead.num_seconds().abs() >= 120 {
                let side = if ahead > chrono::Duration::zero() {
                    "behind"
                } else {
                    "ahead of"
                };
                let by = crate::domain::time::span(ahead.num_seconds().abs());
                say(
                    state,
                    format!(
                        "This machine's clock is {by} {side} incident.io's; what you write gets the right time."
                    ),
                );
            }
            state.clock_offset = ahead;
        }
        News::Edited(given) => {
            if let (Some(text), Some(Overlay::Form(_))) = (given, state.overlays.last())
                && let Some(Overlay::Form(mut view)) = state.overlays.pop()
            {
                form::edited(state, &mut view, &text, cmds);
                state.overlays.push(Overlay::Form(view));
            }
        }
        News::Analysis(told) => {
            if let Some(Overlay::Text { lines, .. }) = state.overlays.last_mut() {
                *lines = told;
            }
        }
        News::Drafted(id, drafted) => {
            if let (true, Some(Overlay::Drafted { lines, .. })) =
                (state.detail.id == Some(id), state.overlays.last_mut())
            {
                *lines = drafted;
            }
        }
        News::InvestigationEvent(id, told) => super::investigation::event(state, id, *told, cmds),
        News::Failed {
            topic,
            says,
            advice,
            offline,
        } => failed(state, &topic, says, advice, offline, cmds),
        News::Away(at) => state.last_session = Some(at),
        News::Cached(at) => state.link.cached = state.link.cached.max(Some(at)),
        News::Said(text) => say(state, text),
        News::Answered { topic, budget } => {
            let name = name_of(&topic);
            state.problems.retain(|(what, _)| what != name);
            state.link = Link {
                answered: Some(state.now),
                budget: budget.or(state.link.budget),
                problem: None,
                offline: false,
                ..state.link.clone()
            };
        }
    }
}

fn take_org(state: &mut State, org: Org, cmds: &mut Vec<Cmd>) {
    let me = state.config.me.clone();
    state.me = org
        .person(&me)
        .or_else(|| org.person(&org.identity.name))
        .filter(|_| !me.is_empty() || org.person(&org.identity.name).is_some())
        .cloned();
    state.org = Arc::new(org);
    for sentence in &state.org.missing {
        if !state.problems.iter().any(|(_, says)| says == sentence) {
            state
                .problems
                .push(("organisation".into(), sentence.clone()));
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
    narrow(state, cmds);
}

/// New rows come in: merged by id, in the list's order, and what changed is noticed.
fn take_rows(
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
    state.incidents.arrived = true;
    let changed = merge(state, rows, whole);
    if changed {
        narrow(state, cmds);
    }
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
        let mut fresh: HashMap<Arc<str>, Arc<IncidentSummary>> = rows
            .into_iter()
            .map(|row| (row.id.0.clone(), row))
            .collect();
        for row in old.iter() {
            match fresh.remove(&row.id.0) {
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
            say(state, text);
        }
        if old.is_none() {
            super::investigation::declared(state, row, cmds);
        }
    }
}

/// What was just written from here is no news to whoever wrote it: an incident declared, or a severity set.
fn is_own(state: &State, row: &IncidentSummary, is_new: bool) -> bool {
    let recent =
        |w: &&crate::domain::Write| (state.now - w.recorded).abs() < chrono::Duration::minutes(2);
    state.outbox.iter().filter(recent).any(|w| match is_new {
        true => w.result.as_deref() == Some(row.id.as_str()),
        false => w.order_key == row.id.as_str() && crate::writes::sets_severity(w),
    })
}

/// A page nobody has answered.
fn notice_pages(state: &mut State, items: &[Item], cmds: &mut Vec<Cmd>) {
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
        say(state, text);
    }
}

fn take_shifts(
    state: &mut State,
    id: crate::domain::ScheduleId,
    shifts: Vec<crate::domain::Shift>,
) {
    let schedule = state.oncall.schedules.iter().find(|s| s.id == id).cloned();
    state.oncall.shifts = Some((id, shifts));
    let Some(schedule) = schedule else { return };
    let text = super::super::view::oncall::schedule_text(state, &schedule);
    if let Some(Overlay::Text { title, lines, .. }) = state.overlays.last_mut()
        && *title == schedule.name
    {
        *lines = text;
    }
}

/// The filter's answer. The rows it was asked with may have been replaced since: then a newer question is under way,
/// and this answer is dropped by its ticket.
fn take_narrowed(state: &mut State, ticket: u64, visible: Vec<u32>, cmds: &mut Vec<Cmd>) {
    if ticket != state.incidents.ticket {
        return;
    }
    state.incidents.asked = state.incidents.rows.clone();
    state.incidents.visible = visible;
    let id = state.incidents.cursor.id.clone();
    let incidents = &mut state.incidents;
    let mut cursor = std::mem::take(&mut incidents.cursor);
    cursor.settle(incidents.visible.len(), |at| {
        incidents
            .at(at)
            .map_or_else(String::new, |row| row.id.to_string())
    });
    // The first rows of all: nothing was chosen yet, so the top one is.
    incidents.cursor = cursor;
    if state.detail.id.is_none() {
        if let Some(id) = state.incidents.current().map(|row| row.id.clone()) {
            show_incident(state, id, cmds);
        }
    } else if id != state.incidents.cursor.id && state.focus == super::super::state::Pane::Incidents
    {
        touch_selection(state);
    }
}

fn failed(
    state: &mut State,
    topic: &Topic,
    says: String,
    advice: String,
    offline: bool,
    cmds: &mut Vec<Cmd>,
) {
    if let Topic::Subjects(kind, _) = topic {
        open_form::no_subjects(state, *kind, &says, cmds);
    }
    let name = name_of(topic).to_owned();
    state.problems.retain(|(what, _)| *what != name);
    state.problems.push((name, format!("{says} {advice}")));
    state.link.offline = offline;
    state.link.problem = Some(says.clone());
    match topic {
        Topic::Detail(_) | Topic::Timeline(_) => {
            state.detail.missing = vec![says];
            state.detail.arrived |= state.detail.incident.is_some();
        }
        Topic::Incidents | Topic::History => {
            state.incidents.arrived = true;
            state.incidents.loading = None;
        }
        Topic::Schedules => state.oncall.arrived = true,
        Topic::Catalog => state.catalog.arrived = true,
        Topic::List(kind) => {
            state.acknowledging = false;
            state.lists.entry(*kind).or_default().arrived = true;
        }
        Topic::Tab(_, tab) => state.detail.tabs.entry(*tab).or_default().arrived = true,
        Topic::Drafted(..) => {
            if let Some(Overlay::Drafted { lines, .. }) = state.overlays.last_mut() {
                *lines = vec![crate::draft::Line {
                    text: says,
                    row: None,
                }];
            }
        }
        Topic::Document(_) | Topic::Analysis => {
            if let Some(Overlay::Text { lines, .. }) = state.overlays.last_mut() {
                *lines = vec![says];
            }
        }
        _ => {}
    }
}

/// What a question is about, in words for the list of problems.
fn name_of(topic: &Topic) -> &'static str {
    match topic {
        Topic::Org => "organisation",
        Topic::Incidents => "incidents",
        Topic::History => "history",
        Topic::Detail(_) => "incident",
        Topic::Timeline(_) => "timeline",
        Topic::Tab(_, tab) => tab.label(),
        Topic::List(kind) => kind.label(),
        Topic::Schedules | Topic::Shifts(_) => "schedules",
        Topic::Catalog => "catalog",
        Topic::Document(_) => "document",
        Topic::Analysis => "analysis",
        Topic::Drafted(..) => "draft",
        Topic::FormOptions => "paths and status pages",
        Topic::Journal => "journal",
        Topic::Subjects(..) => "incident",
    }
}
