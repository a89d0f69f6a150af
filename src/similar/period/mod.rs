//! What a period looked like: counts, durations, common causes, repeat offenders, and what came soon after a change. Pure.

mod asked;
mod clusters;
mod print;

pub use asked::{AnalysisRequest, QUARTER};
pub use clusters::clusters;
pub use print::{Lead, Line};

use crate::domain::{Change, FollowUp, Incident, Instant};
use chrono::{Datelike, Duration};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Rows of each table.
const MOST: usize = 10;
/// Hours within which an incident counts as following a change of its service.
const SOON: i64 = 4;
/// A name with a count.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Counted {
    /// What.
    pub name: String,
    /// How many.
    pub count: usize,
}

/// How long something took, over several incidents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Took {
    /// What: a duration's name, or a severity's.
    pub name: String,
    /// The middle, in seconds.
    pub median: i64,
    /// Nine of ten took no longer, in seconds.
    pub p90: i64,
    /// How many it rests on.
    pub count: usize,
}

/// Incidents that were the same thing again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cluster {
    /// The name of the newest.
    pub name: String,
    /// References, newest first.
    pub members: Vec<String>,
    /// How many of them have another name, numbers aside.
    pub others: usize,
    /// What resolved the newest one that is over, where that was written down.
    pub resolved_by: String,
}

/// An incident that came soon after a change of its service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Followed {
    /// The incident.
    pub reference: String,
    /// The change.
    pub change: String,
    /// Minutes between them.
    pub minutes: i64,
}

/// One incident that took long.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lasted {
    /// The incident.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// Seconds from its declaration to its resolution.
    pub seconds: i64,
}

/// A period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Period {
    /// The service or team it was narrowed to, where that is all.
    pub service: Option<String>,
    /// What else it was narrowed to, as it is typed.
    pub filter: Option<String>,
    /// Whether it reaches to the moment it was asked for.
    #[serde(skip)]
    pub until_now: bool,
    /// From.
    pub from: Instant,
    /// To.
    pub to: Instant,
    /// Incidents the organisation has in all, where the API says.
    pub organisation: Option<usize>,
    /// Incidents declared in the period, before anything is narrowed.
    pub declared: usize,
    /// Of these, those it is about.
    pub count: usize,
    /// Those still open.
    pub open: usize,
    /// By severity, most severe first.
    pub severities: Vec<Counted>,
    /// By service.
    pub services: Vec<Counted>,
    /// By team that owns the service, where the catalog tells.
    pub teams: Vec<Counted>,
    /// By week, oldest first: the Monday it began.
    pub weeks: Vec<Counted>,
    /// Times between the organisation's own timestamps, by their names.
    pub durations: Vec<Took>,
    /// Time from declared to the last of its timestamps or durations, by severity.
    pub by_severity: Vec<Took>,
    /// The same by week of its declaration, weeks in which none ended left out.
    pub week_durations: Vec<Took>,
    /// Those that took longest.
    pub longest: Vec<Lasted>,
    /// The same thing again, largest first.
    pub clusters: Vec<Cluster>,
    /// Soon after a change.
    pub after_changes: Vec<Followed>,
    /// Whether changes of the whole period were known; else that list says nothing.
    pub changes_known: bool,
    /// Outstanding follow-ups by age.
    pub follow_ups: Vec<Counted>,
    /// References of incidents of the first half and of the second: the trend.
    pub halves: (usize, usize),
}

/// What a period is made from.
pub struct Facts<'a> {
    /// Incidents the organisation has in all, where that is known.
    pub organisation: Option<usize>,
    /// Incidents declared in the period.
    pub declared: usize,
    /// Those of them that pass the filter.
    pub incidents: &'a [Incident],
    /// Those of them that were the same thing again.
    pub clusters: Vec<Cluster>,
    /// Who owns a service.
    pub owners: BTreeMap<String, String>,
    /// Changes of the period; nothing where they are not known.
    pub changes: Option<&'a [Change]>,
    /// Follow-ups of these incidents.
    pub follow_ups: &'a [FollowUp],
}

/// Looks back over a period.
pub fn period(facts: Facts<'_>, asked: &AnalysisRequest, from: Instant, to: Instant) -> Period {
    let all = facts.incidents;
    let middle = from + (to - from) / 2;
    let second = all.iter().filter(|i| i.row.created >= middle).count();
    let (services, teams) = by_service(all, &facts.owners);
    let durations = all.iter().flat_map(|i| {
        let own = i.durations.iter().map(|d| (d.label.clone(), d.value));
        own.chain(between(i))
    });
    let whole = all
        .iter()
        .filter_map(|i| Some((i.row.severity.as_deref()?.to_owned(), i.lasted()?)));
    let weekly = all
        .iter()
        .filter_map(|i| Some((monday_of(i.row.created).to_string(), i.lasted()?)));
    let service = asked.service();
    let filter = Some(asked.filter.clone()).filter(|f| !f.is_empty() && service.is_none());
    Period {
        service,
        filter,
        from,
        to,
        until_now: asked.until.is_none(),
        organisation: facts.organisation,
        declared: facts.declared,
        count: all.len(),
        open: all.iter().filter(|i| i.row.category.is_open()).count(),
        severities: by_severity(all),
        services: top(services),
        teams: top(teams),
        weeks: by_week(all, from, to),
        durations: took(durations),
        by_severity: took(whole),
        week_durations: took(weekly),
        longest: longest(all),
        clusters: facts.clusters,
        after_changes: facts
            .changes
            .map(|changes| after(all, changes))
            .unwrap_or_default(),
        changes_known: facts.changes.is_some(),
        follow_ups: ages(facts.follow_ups, to),
        halves: (all.len() - second, second),
    }
}

/// By severity, most severe first.
fn by_severity(all: &[Incident]) -> Vec<Counted> {
    let mut counts: BTreeMap<(i16, &str), usize> = BTreeMap::new();
    for row in all.iter().map(|i| &i.row) {
        let name = row.severity.as_deref().unwrap_or("none");
        *counts.entry((-row.rank, name)).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|((_, name), count)| Counted {
            name: name.to_owned(),
            count,
        })
        .collect()
}

/// How often something occurs.
type Counts = BTreeMap<String, usize>;

/// By service, and by the team that owns it.
fn by_service(all: &[Incident], owners: &BTreeMap<String, String>) -> (Counts, Counts) {
    let (mut services, mut teams) = (Counts::new(), Counts::new());
    for incident in all {
        // An incident is one of a team's, however many of its services it names.
        let mut on: BTreeSet<&str> = BTreeSet::new();
        for service in incident.row.services() {
            let owner = owners.get(service).into_iter();
            on.extend(owner.flat_map(|o| o.split(", ")).filter(|o| !o.is_empty()));
            *services.entry(service.to_owned()).or_default() += 1;
        }
        for team in on {
            *teams.entry(team.to_owned()).or_default() += 1;
        }
    }
    (services, teams)
}

/// The Monday of a time's week.
fn monday_of(at: Instant) -> chrono::NaiveDate {
    let day = at.date_naive();
    day - Duration::days(i64::from(day.weekday().num_days_from_monday()))
}

/// Those that took longest, the longest first.
fn longest(all: &[Incident]) -> Vec<Lasted> {
    let lasted = |i: &Incident| {
        Some(Lasted {
            reference: i.row.reference.to_string(),
            name: i.row.name.to_string(),
            seconds: i.lasted().filter(|s| *s > 0)?,
        })
    };
    let mut longest: Vec<Lasted> = all.iter().filter_map(lasted).collect();
    longest.sort_by(|a, b| (b.seconds, &a.reference).cmp(&(a.seconds, &b.reference)));
    longest.truncate(MOST);
    longest
}

/// By the Monday of each week; weeks without an incident are weeks too.
fn by_week(all: &[Incident], from: Instant, to: Instant) -> Vec<Counted> {
    let mut weeks = BTreeMap::new();
    for incident in all {
        *weeks.entry(monday_of(incident.row.created)).or_insert(0) += 1;
    }
    let mut monday = monday_of(from);
    while monday <= to.date_naive() {
        weeks.entry(monday).or_insert(0);
        monday += Duration::days(7);
    }
    weeks
        .into_iter()
        .map(|(week, count)| Counted {
            name: week.to_string(),
            count,
        })
        .collect()
}

fn top(counts: BTreeMap<String, usize>) -> Vec<Counted> {
    let mut all: Vec<Counted> = counts
        .into_iter()
        .map(|(name, count)| Counted { name, count })
        .collect();
    all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    all.truncate(MOST);
    all
}

/// Times from declared to each timestamp the organisation keeps.
fn between(incident: &Incident) -> Vec<(String, i64)> {
    let stamped = incident
        .timestamps
        .iter()
        .filter_map(|t| Some((&t.label, t.value?)));
    let later = stamped.filter(|(label, at)| {
        *at > incident.row.created && !label.to_lowercase().contains("report")
    });
    later
        .map(|(label, at)| {
            (
                format!(
                    "Declared to {}",
                    label.trim_end_matches(" at").to_lowercase()
                ),
                (at - incident.row.created).num_seconds(),
            )
        })
        .collect()
}

fn took(values: impl Iterator<Item = (String, i64)>) -> Vec<Took> {
    let mut by: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (name, seconds) in values {
        by.entry(name).or_default().push(seconds);
    }
    let rank = |sorted: &[i64], q: f64| sorted[((sorted.len() - 1) as f64 * q).round() as usize];
    by.into_iter()
        .map(|(name, mut all)| {
            all.sort_unstable();
            Took {
                name,
                median: rank(&all, 0.5),
                p90: rank(&all, 0.9),
                count: all.len(),
            }
        })
        .collect()
}

fn after(all: &[Incident], changes: &[Change]) -> Vec<Followed> {
    let mut out: Vec<Followed> = all
        .iter()
        .filter_map(|incident| {
            let services: Vec<&str> = incident.row.services().collect();
            let near = changes
                .iter()
                .filter(|c| services.contains(&c.service.as_str()) && c.at <= incident.row.created);
            let last = near
                .filter(|c| incident.row.created - c.at <= Duration::hours(SOON))
                .max_by_key(|c| c.at)?;
            Some(Followed {
                reference: incident.row.reference.to_string(),
                change: last.title.clone(),
                minutes: (incident.row.created - last.at).num_minutes(),
            })
        })
        .collect();
    out.sort_by(|a, b| (a.minutes, &a.reference).cmp(&(b.minutes, &b.reference)));
    out
}

fn ages(follow_ups: &[FollowUp], now: Instant) -> Vec<Counted> {
    let bands = [
        ("under a week", 7),
        ("under a month", 30),
        ("under a quarter", 90),
        ("older", i64::MAX),
    ];
    let mut counts = [0usize; 4];
    for follow_up in follow_ups.iter().filter(|f| f.status == "outstanding") {
        let days = (now - follow_up.created).num_days();
        counts[bands.iter().position(|(_, most)| days < *most).unwrap_or(3)] += 1;
    }
    bands
        .iter()
        .zip(counts)
        .filter(|(_, n)| *n > 0)
        .map(|((name, _), count)| Counted {
            name: (*name).into(),
            count,
        })
        .collect()
}
