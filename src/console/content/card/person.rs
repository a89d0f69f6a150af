//! A person: where they are on call and until when, their open pages, what they lead, and a way to page them.

use crate::console::content::lines::{LISTED, LineStyle, Lines};
use crate::console::content::named::{incident_line, to_team};
use crate::console::link::LinkTarget;
use crate::console::place::ListKind;
use crate::console::state::State;
use crate::domain::query::quoted;
use crate::domain::{
    Duty, Escalation, IncidentSummary, Instant, Person, Schedule, Shift, Team, time,
};
use crate::writes::{Subject, WriteKind};
use std::cmp::Reverse;

pub(super) fn say(out: &mut Lines, state: &State, person: &Person) {
    let is_me = state.me.as_ref().is_some_and(|me| me.id == person.id);
    if is_me {
        out.say("This is you.", LineStyle::Quiet, 0, &LinkTarget::Nowhere);
    }
    let email = person.email.as_deref().unwrap_or_default();
    out.fact("Address", email, &LinkTarget::Nowhere);
    if state.obstacle(WriteKind::Page).is_none() {
        let words = format!("page {}", if is_me { "yourself" } else { "them" });
        out.item(
            "",
            &words,
            LineStyle::Plain,
            &LinkTarget::PageThem(person.id.clone()),
        );
    }
    on_call(out, state, person);
    let pages: Vec<&Escalation> = pages(state, person);
    out.section("Open pages", &pages, "none", |out, page| {
        let parts = [
            page.status.clone(),
            page.title.clone(),
            page.clock(state.now),
        ];
        let parts: Vec<String> = parts.into_iter().filter(|p| !p.is_empty()).collect();
        out.leading(&parts.join("  "), LinkTarget::Page(page.id.clone()));
    });
    led(out, state, person);
    let is_in = |team: &&Team| team.members.contains(&person.id);
    let teams: Vec<&Team> = state.org.teams.iter().filter(is_in).collect();
    out.section("Teams", &teams, "", |out, team| {
        out.leading(&team.name, to_team(state, &team.name));
    });
}

fn is_of(shift: &Shift, person: &Person) -> bool {
    let on = shift.person.as_ref();
    on.is_some_and(|on| on.id == person.id)
}

/// Where they are on call, and until when.
fn duties<'a>(
    schedule: &'a Schedule,
    person: &Person,
) -> Vec<(&'a Schedule, &'static str, Instant)> {
    let mine = |duty: &Duty<'_>| duty.people.iter().any(|p| p.id == person.id);
    let mut until: Vec<_> = schedule
        .duties()
        .iter()
        .filter(|duty| mine(duty))
        .filter_map(|duty| Some((schedule, "until", duty.until?)))
        .collect();
    if until.is_empty() {
        let next = schedule.next.iter().filter(|shift| is_of(shift, person));
        let first = next.map(|shift| shift.start).min();
        until.extend(first.map(|start| (schedule, "next, from", start)));
    }
    until
}

/// Where they are on call now and until when; else where next and from when.
fn on_call(out: &mut Lines, state: &State, person: &Person) {
    let all = state.oncall.schedules.iter();
    let shifts: Vec<_> = all.flat_map(|s| duties(s, person)).collect();
    let none = if state.oncall.arrived {
        "on no schedule now or next"
    } else {
        "Loading."
    };
    out.section("On call", &shifts, none, |out, (schedule, word, at)| {
        let words = format!(
            "{}  {word} {} ({})",
            schedule.name,
            state.zone.day_clock(state.now, *at),
            time::until(state.now, *at)
        );
        out.leading(&words, LinkTarget::Schedule(schedule.id.clone()));
    });
}

/// Pages that wait for them or that they took, of those the console knows.
fn pages<'a>(state: &'a State, person: &Person) -> Vec<&'a Escalation> {
    let listing = state.lists.get(&ListKind::Pages);
    let items = listing.map_or(&[][..], |listing| &listing.items);
    let page = |subject: &'a Subject| match subject {
        Subject::Page(page) => Some(&**page),
        _ => None,
    };
    let open = |page: &&Escalation| {
        page.is_waiting() || matches!(page.status.as_str(), "acked" | "snoozed")
    };
    let theirs = |page: &&Escalation| {
        let mut people = page.events.iter().flat_map(|event| &event.people);
        people.any(|p| p.id == person.id)
    };
    let pages = items
        .iter()
        .filter_map(|item| page(item.subject.as_deref()?));
    pages.filter(open).filter(theirs).collect()
}

/// What they lead now and led last.
fn led(out: &mut Lines, state: &State, person: &Person) {
    let rows = state.incidents.rows.iter();
    let mut led: Vec<&IncidentSummary> = rows
        .filter(|row| row.lead.as_deref() == Some(&*person.name))
        .map(AsRef::as_ref)
        .collect();
    let all = led.len();
    let order = |row: &&IncidentSummary| (!row.category.is_open(), Reverse(row.created));
    led.sort_by_key(order);
    led.truncate(LISTED);
    out.section("Leads or led", &led, "nothing", |out, row| {
        let target = LinkTarget::Incident(row.id.clone());
        out.leading(&incident_line(row), target);
    });
    if all > led.len() {
        let target = LinkTarget::Incidents(format!("lead:{}", quoted(&person.name)));
        out.leading(&format!("all {all} of them"), target);
    }
}
