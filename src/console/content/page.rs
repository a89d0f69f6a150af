//! A page on its way: whom it reached at which level and when, who answered, and what comes next.

use crate::console::state::State;
use crate::domain::{
    Escalation, EscalationEvent, EscalationPath, Instant, PathLevel, UserId, WriteKind, WriteState,
};
use crate::writes;

/// A line, and the person it tells of where it is one.
pub(crate) type PageLine = (String, Option<UserId>);

/// What comes next, and a word for it; nothing where nobody has to answer.
pub(crate) fn next(state: &State, page: &Escalation) -> Option<(&'static str, String)> {
    if page.status == "snoozed" {
        let until = snoozed_until(state, page);
        let unknown = || "incident.io does not say until when".into();
        let until = until.map_or_else(unknown, |at| state.zone.day_clock(state.now, at));
        return Some(("Until", until));
    }
    page.is_waiting().then(|| ("Next", climbs(state, page)))
}

/// How it stands: acknowledged, or at which level of how many it waits and until when.
pub(crate) fn status(state: &State, page: &Escalation) -> String {
    let status = page.status.replace('_', " ");
    if !page.is_waiting() {
        return status;
    }
    let path = path(state, page);
    let (level, since) = page.stands(path);
    let of = path.map_or(String::new(), |path| format!(" of {}", path.levels.len()));
    let since = state.zone.seconds(since);
    let stays = match path.map(|path| page.upcoming(path)) {
        None => format!("since {since}"),
        Some(None) => format!("since {since}, until somebody answers"),
        Some(Some(next)) => format!("from {since} until {}", state.zone.seconds(next.at)),
    };
    format!("{status}: waits on level {level}{of} {stays}")
}

/// Whom it pages next, and how long that is from now.
fn climbs(state: &State, page: &Escalation) -> String {
    let Some(path) = path(state, page) else {
        return "not known: it climbs no path that can be read".into();
    };
    let Some(upcoming) = page.upcoming(path) else {
        return "nobody: this level waits until somebody answers".into();
    };
    let left = countdown(state.now, upcoming.at);
    match upcoming.level {
        None => format!("nobody: without an answer it ends {left}"),
        Some((level, to)) => format!("level {level} {left}: {}", targets(state, to)),
    }
}

/// When what `next` says counts down to.
pub(crate) fn next_at(state: &State, page: &Escalation) -> Option<Instant> {
    Some(page.upcoming(path(state, page)?)?.at)
}

/// What happened, oldest first.
pub(crate) fn story(state: &State, page: &Escalation) -> Vec<PageLine> {
    let reached = page.reached(path(state, page));
    let levels = reached.iter().map(|reached| {
        let names: Vec<&str> = reached.people.iter().map(|p| &*p.name).collect();
        let whom = match names.len() {
            0 => "a channel".into(),
            _ => names.join(", "),
        };
        let words = format!("level {}  paged {whom}", reached.level);
        (
            reached.at,
            words,
            reached.people.first().map(|p| p.id.clone()),
        )
    });
    let told = |e: &&EscalationEvent| !e.kind.starts_with("notified");
    let others = page.events.iter().filter(told).map(|event| {
        let who = event.people.first().map(|p| p.id.clone());
        (event.at, answered(page, event), who)
    });
    let mut all: Vec<(Instant, String, Option<UserId>)> = levels.chain(others).collect();
    all.sort_by_key(|(at, ..)| *at);
    all.into_iter()
        .map(|(at, words, who)| (format!("{}  {words}", state.zone.seconds(at)), who))
        .collect()
}

/// An event that is no level, in words.
fn answered(page: &Escalation, event: &EscalationEvent) -> String {
    let by = match event.names().as_str() {
        "" => String::new(),
        names => format!(" by {names}"),
    };
    let last = page.events.iter().rev().find(|e| e.kind == event.kind);
    let snoozes = page.status == "snoozed" && event.kind == "acked" && last == Some(event);
    match event.kind.as_str() {
        "triggered" => "began".into(),
        "acked" if snoozes => format!("snoozed{by}"),
        "acked" => format!("acknowledged{by}"),
        "expired" => "ended: nobody answered".into(),
        other => format!("{}{by}", other.replace('_', " ")),
    }
}

fn path<'a>(state: &'a State, page: &Escalation) -> Option<&'a EscalationPath> {
    let id = page.path.as_ref()?;
    state.form_options.paths.iter().find(|path| path.id == *id)
}

/// Whom a level pages: people by name, schedules with who is on call by now.
fn targets(state: &State, level: &PathLevel) -> String {
    let named = level.targets.iter().map(|target| {
        let (kind, id) = target.split_once(' ').unwrap_or((target, ""));
        let person = state.org.people.iter().find(|p| p.id.as_str() == id);
        let mut schedules = state.oncall.schedules.iter();
        let schedule = schedules.find(|s| s.id.as_str() == id);
        match (person, schedule) {
            (Some(person), _) => person.name.to_string(),
            (None, Some(schedule)) => {
                let now = schedule.now.iter().filter_map(|s| s.person.as_ref());
                let names: Vec<&str> = now.map(|p| &*p.name).collect();
                match names.is_empty() {
                    true => format!("{} (nobody)", schedule.name),
                    false => format!("{} ({})", schedule.name, names.join(", ")),
                }
            }
            _ => kind.replace('_', " "),
        }
    });
    named.collect::<Vec<_>>().join(", ")
}

/// How long it is until then, to the second.
fn countdown(now: Instant, at: Instant) -> String {
    let left = (at - now).num_seconds();
    match left {
        ..=0 => "now".into(),
        1..60 => format!("in {left} s"),
        _ => format!("in {} min {:02} s", left / 60, left % 60),
    }
}

/// Until when it rests, where that was asked for from here: the API does not tell it of a page.
fn snoozed_until(state: &State, page: &Escalation) -> Option<Instant> {
    let of_page = |target: &Option<String>| target.as_deref() == Some(page.id.as_str());
    let mut newest = state.outbox.iter().rev();
    let write = newest.find(|w| {
        let snoozes = w.kind.form() == Some(WriteKind::Snooze);
        snoozes && w.state == WriteState::Confirmed && of_page(&w.target)
    })?;
    writes::snoozed_until(write).filter(|until| *until > state.now)
}
