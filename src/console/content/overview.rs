//! An incident as lines: what it is, who does what, when what was reached.

use super::bridge;
use super::lines::{LineStyle, Lines, LinkedLine};
use super::named::{to_entry, to_person, to_team};
use crate::console::link::LinkTarget;
use crate::console::place::ListKind;
use crate::console::state::State;
use crate::domain::{Incident, IncidentSummary, Instant, time};

/// Columns of the labels.
const LABEL: usize = 17;

/// The overview as lines, each with what it leads to.
pub(crate) fn overview(state: &State) -> Vec<LinkedLine> {
    overview_in(state, state.detail_width())
}

/// The overview in a place of some width.
pub(crate) fn overview_in(state: &State, width: usize) -> Vec<LinkedLine> {
    let mut out = Lines::new(width.saturating_sub(3));
    let Some(row) = state.newest_row() else {
        out.say("Loading.", LineStyle::Plain, 0, &LinkTarget::Nowhere);
        return out.all;
    };
    let whole = state.detail.incident.as_deref();
    let name = format!("{} {}", row.reference, row.name);
    out.say(&name, LineStyle::Head, 0, &LinkTarget::Nowhere);
    let facts = what_it_is(state, row, whole).into_iter();
    let leads_nowhere = |(label, value)| (label, value, LinkTarget::Nowhere);
    let facts = facts.map(leads_nowhere);
    let read = match whole {
        Some(incident) => who_and_when(state, incident),
        None => Vec::from_iter(lead(state, row)),
    };
    let kept = bridge::kept(state, &row.id).map(|kept| {
        let list = LinkTarget::List(ListKind::Bridge);
        ("Bridge".to_owned(), bridge::keeps(state, kept), list)
    });
    for (label, value, target) in facts.chain(kept).chain(read) {
        if !value.is_empty() {
            let label = format!("{label:<LABEL$} ");
            out.item(&label, &value, LineStyle::Plain, &target);
        }
    }
    match whole {
        Some(incident) if !incident.summary.is_empty() => {
            out.head("Summary");
            out.say(&incident.summary, LineStyle::Plain, 0, &LinkTarget::Nowhere);
        }
        Some(_) => {}
        None => out.say(
            "Loading the rest.",
            LineStyle::Quiet,
            0,
            &LinkTarget::Nowhere,
        ),
    }
    leads(&mut out, state, row);
    out.all
}

/// Who leads it, as the list knows before the roles are read.
fn lead(state: &State, row: &IncidentSummary) -> Option<(String, String, LinkTarget)> {
    let name = row.lead.as_deref()?;
    Some(("Lead".into(), name.to_owned(), to_person(state, name)))
}

/// The services and teams it names.
fn leads(out: &mut Lines, state: &State, row: &IncidentSummary) {
    let services = row.services().filter(|name| !name.is_empty());
    let services = services.map(|name| (name.to_owned(), to_entry(state, name)));
    let teams = row.teams.iter().flat_map(|ids| ids.split(' '));
    let teams = teams.filter_map(|id| {
        let team = state.org.teams.iter().find(|t| t.id.as_str() == id)?;
        Some((format!("team {}", team.name), to_team(state, &team.name)))
    });
    let named: Vec<(String, LinkTarget)> = services.chain(teams).collect();
    if named.is_empty() {
        return;
    }
    out.head("Services and teams");
    for (words, target) in named {
        out.item("  ", &words, LineStyle::Plain, &target);
    }
}

fn what_it_is(
    state: &State,
    row: &IncidentSummary,
    whole: Option<&Incident>,
) -> Vec<(String, String)> {
    let severity = row.severity.as_deref();
    let priority = state.priority(severity).map_or("", |p| p.label());
    let ago = |at: Instant| time::span((state.now - at).num_seconds());
    let declared = format!(
        "{} ({} ago)",
        state.zone.full(row.created),
        ago(row.created)
    );
    let by = whole.map(|incident| format!(" by {}", incident.creator));
    let kind = whole.and_then(|incident| incident.kind.as_deref());
    [
        (
            "Severity",
            format!("{} {priority}", severity.unwrap_or("none yet")),
        ),
        (
            "Status",
            format!("{} ({})", row.status, row.category.label()),
        ),
        (
            "Type",
            kind.or(row.kind.as_deref()).unwrap_or_default().to_owned(),
        ),
        ("Declared", declared + by.as_deref().unwrap_or_default()),
        ("Last activity", format!("{} ago", ago(row.active))),
    ]
    .map(|(label, value)| (label.to_owned(), value))
    .to_vec()
}

/// Roles, fields, timestamps and places, each with what it leads to.
fn who_and_when(state: &State, incident: &Incident) -> Vec<(String, String, LinkTarget)> {
    let nowhere = |label: String, value: String| (label, value, LinkTarget::Nowhere);
    let roles = incident.roles.iter().map(|role| {
        let person = role.value.as_ref();
        let target = person.map_or(LinkTarget::Nowhere, |p| LinkTarget::Person(p.id.clone()));
        let who = person.map_or("nobody", |p| &p.name);
        (role.label.to_string(), who.to_owned(), target)
    });
    let fields = incident.fields.iter().map(|field| {
        let target = to_entry(state, &field.value);
        (field.label.to_string(), field.value.to_string(), target)
    });
    let stamps = incident.timestamps.iter().map(|stamp| {
        let at = stamp.value.map(|at| state.zone.full(at));
        let at = at.unwrap_or_else(|| "not reached".into());
        nowhere(stamp.label.to_string(), at)
    });
    let durations = incident.durations.iter();
    let durations = durations.map(|d| nowhere(d.label.to_string(), time::span(d.value)));
    let places = [
        ("Channel", &incident.channel),
        ("Page", &incident.permalink),
    ]
    .map(|(label, place)| nowhere(label.to_owned(), place.clone().unwrap_or_default()));
    roles
        .chain(fields)
        .chain(stamps)
        .chain(durations)
        .chain(places)
        .collect()
}
