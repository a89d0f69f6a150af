//! What a form is opened on besides incidents: the lines under the cursor, and pages, with whose they are.

use super::super::content::card;
use super::super::state::{DetailTab, Item, ListKind, Pane, State, Tone};
use crate::domain::Escalation;
use crate::writes::Subject;
use std::sync::Arc;

/// What the card on top is of; else the item under the cursor of the list that has the keys, or those marked in it.
pub fn items(state: &State) -> Vec<Item> {
    if let Some(shown) = state.card() {
        return card::item(state, shown).cloned().into_iter().collect();
    }
    let listing = match (state.focus, state.list) {
        (Pane::Incidents, kind) if kind != ListKind::Incidents => state.lists.get(&kind),
        (Pane::Detail, _) => state.detail.tabs.get(&state.detail.tab),
        _ => None,
    };
    let Some(listing) = listing else {
        return Vec::new();
    };
    let shown = listing.shown().into_iter();
    let marked = shown.filter(|i| state.marks.contains(&i.id));
    let marked: Vec<Item> = marked.cloned().collect();
    match marked.is_empty() {
        true => listing.current().cloned().into_iter().collect(),
        false => marked,
    }
}

pub fn about(items: Vec<Item>, fits: impl Fn(&Subject) -> bool) -> Vec<Subject> {
    items
        .into_iter()
        .filter_map(|i| i.subject)
        .filter(|s| fits(s))
        .map(Arc::unwrap_or_clone)
        .collect()
}

/// What is said of the page under the cursor that waits for nobody any more.
pub fn answered(state: &State) -> Option<String> {
    items(state)
        .iter()
        .find_map(|item| match &**item.subject.as_ref()? {
            Subject::Page(page) => Some(format!(
                "This page is {}; there is nothing to acknowledge.",
                match page.status.as_str() {
                    "acked" => "acknowledged already",
                    status => status,
                }
            )),
            _ => None,
        })
}

/// The pages under the cursor; else the one on the incident that is shown; else the only one that waits. Only one that
/// waits can be acknowledged.
pub fn pages(state: &State, waiting_only: bool) -> Vec<Subject> {
    let mut here = about(items(state), |s| matches!(s, Subject::Page(_)));
    if !here.is_empty() {
        // Whoever is on a page means that page and no other.
        here.retain(|s| matches!(s, Subject::Page(e) if !waiting_only || e.is_waiting()));
        return here;
    }
    let of_tab = state.detail.tabs.get(&DetailTab::Pages);
    let known = of_tab.into_iter().chain(state.lists.get(&ListKind::Pages));
    let all: Vec<&Item> = known.flat_map(|listing| &listing.items).collect();
    let found = page_of_incident(state, &all, waiting_only).or_else(|| only_waiting(&all));
    let subject = found.and_then(|item| item.subject.clone());
    subject.map(Arc::unwrap_or_clone).into_iter().collect()
}

/// A page on what an action is about: one that waits first, and of these the user's own.
fn page_of_incident<'a>(state: &State, all: &[&'a Item], waiting_only: bool) -> Option<&'a Item> {
    let ids = state.targets();
    let of = |s: &Arc<Subject>| ids.iter().any(|id| s.incident() == Some(id));
    let open = |i: &Item| i.tone == Tone::Hot || (!waiting_only && i.tone != Tone::Quiet);
    let fits = |i: &&&Item| i.subject.as_ref().is_some_and(of) && open(i);
    all.iter()
        .filter(fits)
        .min_by_key(|i| (i.tone != Tone::Hot, !state.is_my_page(i)))
        .copied()
}

fn only_waiting<'a>(all: &[&'a Item]) -> Option<&'a Item> {
    let waiting: Vec<&Item> = all
        .iter()
        .filter(|i| i.tone == Tone::Hot)
        .copied()
        .collect();
    if let [one] = waiting[..] {
        Some(one)
    } else {
        None
    }
}

/// What is asked before pages are taken that are somebody else's, or that are on another incident than the one that is
/// shown. Nothing is asked where the user took their own.
pub fn question(state: &State, pages: &[Subject]) -> Option<String> {
    let of_page = |s: &Subject| match s {
        Subject::Page(page) => Some((**page).clone()),
        _ => None,
    };
    let pages: Vec<Escalation> = pages.iter().filter_map(of_page).collect();
    let me = state.me.as_ref().map(|me| &me.id);
    let is_mine = |page: &&Escalation| me.is_some_and(|me| page.waits_for(me));
    let others: Vec<&Escalation> = pages.iter().filter(|page| !is_mine(page)).collect();
    match (&others[..], &pages[..]) {
        ([], [own]) => {
            let (_, reference) = own.incidents.first()?;
            let is_seen = is_shown(state, own) || is_under_cursor(state, own);
            (!is_seen).then(|| format!("Your page on {reference}: take it?"))
        }
        ([], _) => None,
        ([one], [_]) => Some(format!("{}: take it?", whose(one))),
        (several, all) => {
            let (theirs, all) = (several.len(), all.len());
            let asks = if theirs == 1 {
                "is not yours: take it?"
            } else {
                "are not yours: take them?"
            };
            Some(format!("{theirs} of {all} pages {asks}"))
        }
    }
}

fn is_shown(state: &State, page: &Escalation) -> bool {
    let targets = state.targets();
    page.incidents.iter().any(|(id, _)| targets.contains(id))
}

fn is_under_cursor(state: &State, page: &Escalation) -> bool {
    let here = items(state);
    here.iter().any(|item| item.id == page.id.as_str())
}

/// "Elif Faulkner's page", by whom it reached last.
fn whose(page: &Escalation) -> String {
    match page.notified().as_str() {
        "" => "A page that has reached nobody yet".into(),
        names => format!("{names}'s page"),
    }
}
