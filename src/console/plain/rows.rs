//! The lines of the panes: each stands alone, what it is first and its time last.

use super::around;
use super::body::{Body, Named, Place, Row, Rows};
use crate::config::Column;
use crate::console::content::{card, finding, incident, item, menu, nothing, overview, pinned};
use crate::console::freshness;
use crate::console::overlay::heard::linked;
use crate::console::paint::when;
use crate::console::place::{DetailTab, ListKind, Pane};
use crate::console::state::{Item, Listing, State, Tone};
use crate::console::view::detail;
use crate::console::{action::Action, markdown};
use crate::domain::{IncidentSummary, TimelineEntry, text};

/// What the focused pane shows.
pub(super) fn of_pane(state: &State) -> Place<'_> {
    let (name, id, rows) = match (state.focus, state.list) {
        (Pane::Incidents, ListKind::Incidents) => of_incidents(state),
        (Pane::Incidents, kind) => {
            let id = format!("{kind:?}");
            (
                kind.label().to_owned(),
                id,
                of_list(state, Pane::Incidents, state.lists.get(&kind)),
            )
        }
        (Pane::Detail, _) => of_detail(state),
        (Pane::OnCall, _) => around::on_call(state),
        (Pane::Catalog, _) => around::catalog(state),
    };
    let typed = Some(state.typed()).filter(|typed| !typed.is_empty());
    let late = freshness::behind(state, state.focus);
    let parts = [
        Some(name),
        typed.map(|typed| format!("filter {typed}")),
        // Where there is none, that is told in words.
        (is_counted(state) && rows.count > 0).then(|| counted(&rows)),
        late.map(|late| late.to_string()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    Place {
        id: format!("pane {id} {}", state.typed()),
        title: parts.join(", "),
        body: Body::Rows(rows),
    }
}

/// How many lines there are, with a sign where there are more than were read.
fn counted(rows: &Rows<'_>) -> String {
    let sign = if rows.more { "+" } else { "" };
    let word = if rows.count == 1 { "line" } else { "lines" };
    format!("{}{sign} {word}", rows.count)
}

/// Of the incidents it is told which of how many they are.
fn is_counted(state: &State) -> bool {
    (state.focus, state.list) != (Pane::Incidents, ListKind::Incidents)
}

fn of_incidents(state: &State) -> Named<'_> {
    let incidents = &state.incidents;
    let which = incident::which(state).join(", ");
    let (shown, known) = (incidents.visible.len(), incidents.rows.len());
    let loading = incidents.loading;
    let loading = loading.map_or(String::new(), |n| format!(", {n} of the history loaded"));
    let name = format!("Incidents, {shown} of {known}, {which}{loading}");
    let row = |at: usize| {
        let row = incidents.at(at);
        row.map_or_else(|| Row::of(String::new()), |row| of_incident(state, row, at))
    };
    let id = |at: usize| {
        incidents
            .at(at)
            .map_or_else(String::new, |row| row.id.to_string())
    };
    let arrived = incidents.arrived;
    let nothing = if arrived {
        nothing::incidents(state)
    } else {
        "Loading.".into()
    };
    let rows = Rows {
        at: incidents.cursor.at,
        count: incidents.count(),
        more: false,
        nothing,
        id: Box::new(id),
        row: Box::new(row),
    };
    (name, format!("Incidents {which} {arrived}"), rows)
}

/// An incident: what it is called, what is to be known of it, then the columns as they are chosen.
fn of_incident(state: &State, row: &IncidentSummary, at: usize) -> Row {
    if row.reference.is_empty() {
        // It is to be shown, and nothing of it has come yet.
        return Row {
            is_silent: true,
            ..Row::of(row.name.to_string())
        };
    }
    let (columns, _) = menu::columns(state);
    let mut parts = vec![format!("{} {}", row.reference, row.name)];
    parts.extend(incident::signs(state, row).into_iter().map(str::to_owned));
    let pinned = state.incidents.is_pinned(at);
    let pinned = pinned.then(|| pinned::why_pinned(state, row));
    // That it is over is news; that the list does not hold it is none, nor that it does again.
    let (news, known) = match row.category.is_open() {
        true => (None, pinned),
        false => (pinned, None),
    };
    parts.extend(news);
    let marked = state.marks.contains(row.id.as_str());
    parts.extend(marked.then(|| "marked".to_owned()));
    parts.extend(
        columns
            .iter()
            .filter_map(|column| of_column(state, row, *column)),
    );
    let time = |column: &Column| match column {
        Column::Age => Some(when(state, row.created)),
        Column::Update => Some(format!("updated {}", when(state, row.active))),
        _ => None,
    };
    let mut times: Vec<String> = columns.iter().filter_map(time).collect();
    times.extend(known);
    times.reverse();
    Row::at(parts.join(", "), times.join(", "))
}

/// What a column says; the name and the times stand elsewhere.
fn of_column(state: &State, row: &IncidentSummary, column: Column) -> Option<String> {
    let word = |word: &Option<crate::domain::Word>| word.as_deref().map(str::to_owned);
    match column {
        Column::Severity => Some(incident::severity(state, row)),
        Column::Status => Some(row.status.to_string()),
        Column::Lead => Some(match &row.lead {
            Some(lead) if is_me(state, lead) => format!("lead {lead}, you"),
            Some(lead) => format!("lead {lead}"),
            None => incident::NO_LEAD.to_owned(),
        }),
        Column::Service => word(&row.service),
        Column::Team => Some(incident::teams(state, row)),
        Column::Type => word(&row.kind),
        Column::Reference | Column::Name | Column::Age | Column::Update => None,
    }
    .filter(|words| !words.is_empty())
}

fn is_me(state: &State, name: &str) -> bool {
    state.me.as_ref().is_some_and(|me| &*me.name == name)
}

/// A list of items; nothing of it has come where there is none.
fn of_list<'a>(state: &'a State, pane: Pane, listing: Option<&'a Listing>) -> Rows<'a> {
    let none = Listing::default();
    let arrived = listing.is_some_and(|listing| listing.arrived);
    let nothing = match arrived {
        true => item::nothing(state, pane, listing.unwrap_or(&none)),
        false => "Loading.".to_owned(),
    };
    let shown = listing.map_or_else(Vec::new, Listing::shown);
    let ids = shown.clone();
    Rows {
        at: listing.map_or(0, |listing| listing.cursor.at),
        count: shown.len(),
        more: listing.is_some_and(|listing| listing.more),
        nothing,
        id: Box::new(move |at| ids.get(at).map_or_else(String::new, |item| item.id.clone())),
        row: Box::new(move |at| {
            let item = shown.get(at);
            item.map_or_else(|| Row::of(String::new()), |item| of_item(state, item))
        }),
    }
}

fn of_item(state: &State, item: &Item) -> Row {
    let waits = match item.tone {
        Tone::Hot if state.is_my_page(item) => "your page, waits",
        Tone::Hot if !item.is_heading() => "needs somebody",
        Tone::Quiet => "over",
        _ => "",
    };
    let marked = if state.marks.contains(&item.id) {
        "marked"
    } else {
        ""
    };
    let mark = item::mark(state, item);
    let parts = [item.title.as_str(), waits, marked, mark, &item.note];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let when = item.at.map_or_else(String::new, |at| when(state, at));
    Row::at(parts.join(", "), when)
}

fn of_detail(state: &State) -> Named<'_> {
    let tab = state.detail.tab;
    let reference = state.target().and_then(|id| state.reference(id));
    let reference = reference.unwrap_or("No incident");
    let mut name = vec![format!("{reference} {}", tab.label())];
    // How many lines there are is told of each list.
    let counted = state.detail.tabs.get(&tab).map(Listing::counted);
    let notes = detail::notes(state).into_iter();
    name.extend(notes.filter(|note| counted.as_ref() != Some(note)));
    let rows = match tab {
        _ if state.target().is_none() => none(state.no_target()),
        DetailTab::Timeline => of_timeline(state),
        DetailTab::Overview => of_linked(overview::overview(state), state.detail.cursor.at, ""),
        DetailTab::Investigation => of_investigation(state),
        tab => of_list(state, Pane::Detail, state.detail.tabs.get(&tab)),
    };
    let shown = state.detail.id.as_ref().map(ToString::to_string);
    let running = state.investigation().map(|i| i.running);
    let running = running.filter(|_| tab == DetailTab::Investigation);
    let arrived = match tab.is_list() {
        true => state.detail.tabs.get(&tab).is_some_and(|l| l.arrived),
        false => tab != DetailTab::Timeline || state.detail.arrived,
    };
    let kind = state.detail.kind;
    let id = format!("{shown:?} {tab:?} {running:?} {arrived} {kind:?}");
    (name.join(", "), id, rows)
}

fn none<'a>(nothing: &str) -> Rows<'a> {
    Rows {
        at: 0,
        count: 0,
        more: false,
        nothing: nothing.to_owned(),
        id: Box::new(|_| String::new()),
        row: Box::new(|_| Row::of(String::new())),
    }
}

fn of_investigation(state: &State) -> Rows<'_> {
    let key = state.keymap.key(Action::Investigate);
    let nothing = format!("Not investigated yet; {key} does it.");
    let at = state.investigation().map_or(0, |i| i.cursor.at);
    let mut lines = finding::shown(state);
    for line in &mut lines {
        line.words = in_words(&line.words);
    }
    of_linked(lines, at, &nothing)
}

/// What speaks for a cause and what against it, which on the screen have a sign.
fn in_words(line: &str) -> String {
    let words = line.trim_start();
    match (words.strip_prefix("+ "), words.strip_prefix("- ")) {
        (Some(fact), _) => format!("for it: {fact}"),
        (_, Some(fact)) => format!("against it: {fact}"),
        _ => words.to_owned(),
    }
}

/// Lines of which some lead on.
fn of_linked<'a>(
    lines: Vec<crate::console::content::lines::LinkedLine>,
    at: usize,
    nothing: &str,
) -> Rows<'a> {
    // Two lines that say the same are two.
    let named = |(at, line)| {
        let (id, words) = linked(line);
        (format!("{at} {id}"), words)
    };
    let lines = lines.iter().enumerate().map(named).collect();
    Rows::of_lines(at, lines, nothing)
}

fn of_timeline(state: &State) -> Rows<'_> {
    let lines = state.detail.lines();
    let ids: Vec<String> = lines.iter().map(|line| card::moment_id(line)).collect();
    let arrived = state.detail.arrived || !state.detail.missing.is_empty();
    Rows {
        at: state.detail.cursor.at,
        count: lines.len(),
        more: false,
        nothing: if arrived {
            nothing::timeline(state)
        } else {
            "Loading.".into()
        },
        id: Box::new(move |at| ids.get(at).cloned().unwrap_or_default()),
        row: Box::new(move |at| {
            let line = lines.get(at);
            line.map_or_else(|| Row::of(String::new()), |line| of_entry(state, line))
        }),
    }
}

/// Letters of an entry's text that its line tells; all of it is told where it is opened.
const BEGINNING: usize = 400;

fn of_entry(state: &State, entry: &TimelineEntry) -> Row {
    let fresh = state.detail.seen.is_some_and(|seen| entry.at > seen);
    let body = markdown::plain(&entry.body).join(" ");
    let body = text::fit(body.trim(), BEGINNING);
    let parts = [
        entry.title.as_str(),
        if fresh { "new" } else { "" },
        entry.kind.label(),
        &entry.actor,
        &body,
    ];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let today = entry.at >= state.zone.midnight(state.now, 0);
    let when = match today {
        true => state.zone.clock(entry.at),
        false => state.zone.day_clock(state.now, entry.at),
    };
    // What is written here is said as it goes; its line is for whoever goes to it.
    let is_own = state.detail.sent.iter().any(|sent| sent.id == entry.id);
    Row {
        is_silent: is_own && state.detail.follows,
        ..Row::at(parts.join(", "), when)
    }
}
