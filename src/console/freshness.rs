//! How old what is on the screen is, held against the plan it is asked for by.

use super::job::Topic;
use super::place::{DetailTab, ListKind, Pane};
use super::plan;
use super::state::{Reading, State};
use crate::domain::{Instant, time};

/// By how much an answer is late, `4m old` or nothing while it is under a minute; and why, in few words.
pub(crate) struct Late {
    age: String,
    why: String,
}

impl Late {
    /// The shortest that says it.
    pub(crate) fn short(&self) -> &str {
        if self.age.is_empty() {
            &self.why
        } else {
            &self.age
        }
    }
}

impl std::fmt::Display for Late {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.age.as_str() {
            "" => f.write_str(&self.why),
            age => write!(f, "{age}: {}", self.why),
        }
    }
}

/// An answer is late from the second turn that it missed on; ages are told in minutes.
const TURNS: i64 = 2;
const LEAST: i64 = 60;

/// What a pane shows and has to be asked for.
pub(crate) fn topic(state: &State, pane: Pane) -> Option<Topic> {
    let shown = state.detail.id.clone();
    match (pane, state.list) {
        (Pane::Incidents, ListKind::Incidents) => Some(Topic::Incidents),
        (Pane::Incidents, kind) => Some(Topic::List(kind)),
        (Pane::Detail, _) => shown.map(|id| match state.detail.tab {
            DetailTab::Timeline | DetailTab::Investigation => Topic::Timeline(id),
            DetailTab::Overview => Topic::Detail(id),
            tab => Topic::Tab(id, tab),
        }),
        (Pane::OnCall, _) => Some(Topic::Schedules),
        (Pane::Catalog, _) => Some(Topic::Catalog),
    }
}

/// What a pane lists, in the words of its title.
fn name(state: &State, pane: Pane) -> &'static str {
    match pane {
        Pane::Incidents => state.list.label(),
        Pane::Detail => state.detail.tab.label(),
        Pane::OnCall => "On call",
        Pane::Catalog => "Catalog",
    }
}

/// How old what a pane shows is, and why: `4m old: refused, permission missing`. Nothing while it is as young as planned.
pub(crate) fn behind(state: &State, pane: Pane) -> Option<Late> {
    late(state, &topic(state, pane)?)
}

/// The same of one question.
pub(crate) fn late(state: &State, topic: &Topic) -> Option<Late> {
    if topic.is_local() {
        return None;
    }
    let none = Reading::default();
    let reading = state.readings.get(topic).unwrap_or(&none);
    let failed = reading.failed.as_ref().map(|why| why.brief.as_str());
    let first = state.link.answered.is_none();
    let cached = state.link.cached.filter(|_| first || failed.is_some());
    let read = reading.answered.or(cached);
    if failed.is_none()
        && reading
            .answered
            .is_some_and(|at| is_young(state, topic, at))
    {
        return None;
    }
    let why = failed.unwrap_or_else(|| unasked(state, reading));
    let age = match read {
        Some(at) => old(state, at),
        None => failed.map(|_| "not read".to_owned())?,
    };
    let why = why.to_owned();
    Some(Late { age, why })
}

/// An age in words.
fn old(state: &State, at: Instant) -> String {
    match (state.now - at).num_seconds() {
        i64::MIN..60 => String::new(),
        _ => format!("{} old", time::age(state.now, at)),
    }
}

fn is_young(state: &State, topic: &Topic, at: Instant) -> bool {
    let stretch = plan::stretch(left(state));
    let Some(seconds) = plan::interval(topic) else {
        return true;
    };
    (state.now - at).num_seconds() < (TURNS * seconds * stretch).max(LEAST)
}

/// What is left of the rate limit, as a share.
fn left(state: &State) -> f64 {
    let budget = state.link.budget;
    budget.map_or(1.0, |(left, limit)| left as f64 / limit.max(1) as f64)
}

/// Why there is no newer answer where no question failed.
fn unasked(state: &State, reading: &Reading) -> &'static str {
    match reading.answered {
        _ if state.link.offline => "offline",
        None => "from the cache",
        Some(_) if is_limited(state) => "rate limit reached",
        Some(_) if left(state) < plan::SCARCE => "saving the rate limit",
        Some(_) => "no answer since",
    }
}

/// Whether the rate limit is reached, as far as anything on the screen says: then nothing is said of how much is free.
pub(crate) fn is_limited(state: &State) -> bool {
    let waits = state.link.limited_until.is_some_and(|at| at > state.now);
    let failed = |topic: &Topic| state.readings.get(topic)?.failed.as_ref()?.limited;
    waits || watched(state).any(|(_, topic)| failed(&topic).is_some())
}

/// What of the screen is older than planned, by name.
pub(crate) fn behind_all(state: &State) -> Vec<&'static str> {
    let mut all: Vec<&str> = Vec::new();
    for (name, _) in watched(state).filter(|(_, topic)| late(state, topic).is_some()) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// What the screen stands on: what the status line counts, and the panes that are shown.
fn watched(state: &State) -> impl Iterator<Item = (&'static str, Topic)> {
    let layout = state.layout();
    let counted = [
        (ListKind::Incidents.label(), Topic::Incidents),
        (ListKind::Pages.label(), Topic::List(ListKind::Pages)),
    ];
    let panes = Pane::ALL.into_iter();
    let shown = panes.filter(move |pane| layout.panes[*pane as usize].is_some());
    let named = shown.filter_map(|pane| Some((name(state, pane), topic(state, pane)?)));
    counted.into_iter().chain(named)
}
