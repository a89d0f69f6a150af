//! What a list's line stands for: an alert, a page, a task, a workflow, a route.

use super::entry;
use crate::console::content::lines::Lines;
use crate::console::content::named::{self, to_entry, to_incident, to_person};
use crate::console::content::page;
use crate::console::link::LinkTarget;
use crate::console::state::{Item, State};
use crate::domain::{Alert, Escalation, IncidentId, Instant, Person, time};
use crate::writes::Subject;

pub(super) fn say(out: &mut Lines, state: &State, item: &Item) {
    match item.subject.as_deref() {
        Some(Subject::Alert(alert)) => say_alert(out, state, item, alert),
        Some(Subject::Page(page)) => say_page(out, state, item, page),
        Some(Subject::Action(action)) => {
            task(out, state, item, action.assignee.as_ref(), &action.incident);
        }
        Some(Subject::FollowUp(task_)) => {
            task(out, state, item, task_.assignee.as_ref(), &task_.incident);
        }
        _ => {
            out.fact("Status", &item.mark, &LinkTarget::Nowhere);
            since(out, state, "Since", item.at);
            if item.note.contains('-') {
                out.fact("For", &item.note, &to_incident(state, &item.note));
            }
            for (label, words, target) in &item.facts {
                out.fact(label, &by_name(state, words), target);
            }
            if let (LinkTarget::Route(_), true) = (item.target(), item.facts.is_empty()) {
                out.plain("Reading its rules.");
            }
            body(out, item);
            names(out, item);
        }
    }
}

/// Words in which an id of something that is known gives way to its name.
fn by_name(state: &State, words: &str) -> String {
    let named = |word: &str| {
        let id = word.trim_end_matches([',', ';']);
        let name = named::of_id(state, id)?;
        Some(word.replacen(id, &name, 1))
    };
    let words = words.split(' ');
    let words = words.map(|word| named(word).unwrap_or_else(|| word.to_owned()));
    words.collect::<Vec<_>>().join(" ")
}

fn since(out: &mut Lines, state: &State, label: &str, at: Option<Instant>) {
    let Some(at) = at else { return };
    let ago = time::span((state.now - at).num_seconds());
    let words = format!("{} ({ago} ago)", state.zone.full(at));
    out.fact(label, &words, &LinkTarget::Nowhere);
}

fn body(out: &mut Lines, item: &Item) {
    if !item.body.is_empty() {
        out.plain(" ");
    }
    for line in &item.body {
        out.plain(if line.is_empty() { " " } else { line });
    }
}

fn names(out: &mut Lines, item: &Item) {
    out.section("Leads to", &item.names, "", |out, (words, target)| {
        out.leading(words, target.clone());
    });
}

/// The incident something belongs to.
fn incident(out: &mut Lines, state: &State, id: &IncidentId, reference: &str) {
    let mut rows = state.incidents.rows.iter();
    let row = rows.find(|row| &row.id == id);
    let words = match (row, reference) {
        (Some(row), _) => format!("{} {} ({})", row.reference, row.name, row.status),
        (None, "") => "its incident".into(),
        (None, reference) => reference.to_owned(),
    };
    out.fact("Incident", &words, &LinkTarget::Incident(id.clone()));
}

fn say_alert(out: &mut Lines, state: &State, item: &Item, alert: &Alert) {
    let nowhere = &LinkTarget::Nowhere;
    out.fact("Status", &alert.status, nowhere);
    since(out, state, "Since", Some(alert.created));
    since(out, state, "Resolved", alert.resolved);
    let own = alert.incident.as_ref().or(item.incident.as_ref());
    let named = |id: &IncidentId| {
        let target = LinkTarget::Incident(id.clone());
        item.names.iter().any(|(_, known)| *known == target)
    };
    if let Some(id) = own.filter(|id| !named(id)) {
        incident(out, state, id, "");
    }
    for (words, target) in &item.names {
        match target {
            LinkTarget::Incident(id) => incident(out, state, id, words),
            _ => out.fact("Source", words, target),
        }
    }
    for (name, value) in &alert.attributes {
        match name.eq_ignore_ascii_case("service") {
            true => entry::service(out, state, value),
            false => out.fact(name, value, &to_entry(state, value)),
        }
    }
    out.fact("Tags", &alert.tags.join(", "), nowhere);
    out.fact("Key", &alert.dedup_key, nowhere);
    let address = alert.source_url.as_deref().unwrap_or_default();
    out.fact("Address", address, nowhere);
    if !alert.description.is_empty() {
        out.plain(" ");
        alert.description.lines().for_each(|line| out.plain(line));
    }
}

fn say_page(out: &mut Lines, state: &State, item: &Item, page: &Escalation) {
    let nowhere = &LinkTarget::Nowhere;
    out.fact("Status", &page::status(state, page), nowhere);
    if let Some((label, words)) = page::next(state, page) {
        out.fact(label, &words, nowhere);
    }
    for (id, reference) in &page.incidents {
        incident(out, state, id, reference);
    }
    since(out, state, "Since", Some(page.created));
    out.fact("Priority", &page.priority, nowhere);
    out.fact("By", &page.creator, &to_person(state, &page.creator));
    let story = page::story(state, page);
    out.section("What happened", &story, "", |out, (words, who)| {
        let target = who.clone().map_or(LinkTarget::Nowhere, LinkTarget::Person);
        out.leading(words, target);
    });
    names(out, item);
}

fn task(out: &mut Lines, state: &State, item: &Item, who: Option<&Person>, of: &IncidentId) {
    out.fact("Status", &item.mark, &LinkTarget::Nowhere);
    since(out, state, "Since", item.at);
    let target = who.map_or(LinkTarget::Nowhere, |p| LinkTarget::Person(p.id.clone()));
    out.fact("Assignee", &item.note, &target);
    incident(out, state, of, "");
    body(out, item);
}
