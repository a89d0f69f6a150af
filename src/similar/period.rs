//! What a period looked like: counts, durations, common causes, repeat offenders, and what came soon after a change. Pure.

use super::{Index, Neighbours, PairVerdicts, Search, Subject};
use crate::domain::time::span;
use crate::domain::{Change, FollowUp, Incident, Instant};
use chrono::{Datelike, Duration};
use serde::Serialize;
use std::collections::BTreeMap;

/// Percent of likeness from which two incidents belong to one cluster: three in four of such pairs people call the same.
const TOGETHER: u8 = 75;
/// Incidents of other names that one leader gathers at most.
const ALIKE: usize = 50;
/// Incidents that are compared by their words, the newest first; older ones are grouped by their name alone, since each
/// comparison costs a millisecond or more.
const COMPARED: usize = 3_000;
/// Rows of each table.
const MOST: usize = 10;
/// Hours within which an incident counts as following a change of its service.
const SOON: i64 = 4;
/// Columns of a bar.
const BAR: usize = 24;

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

/// A period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Period {
    /// What it was narrowed to.
    pub service: Option<String>,
    /// From.
    pub from: Instant,
    /// To.
    pub to: Instant,
    /// Incidents in it.
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
    /// Incidents of the period.
    pub incidents: &'a [Incident],
    /// The same as they are compared.
    pub subjects: Vec<Subject>,
    /// How each was resolved, by reference, where that is known.
    pub resolutions: BTreeMap<String, String>,
    /// Who owns a service.
    pub owners: BTreeMap<String, String>,
    /// Changes of the period; nothing where they are not known.
    pub changes: Option<&'a [Change]>,
    /// Follow-ups of these incidents.
    pub follow_ups: &'a [FollowUp],
}

/// Looks back over a period.
pub fn period(facts: Facts<'_>, service: Option<String>, from: Instant, to: Instant) -> Period {
    let all = facts.incidents;
    let mut severities: BTreeMap<(i16, String), usize> = BTreeMap::new();
    let (mut services, mut teams, mut weeks) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for incident in all {
        let name = incident
            .row
            .severity
            .as_deref()
            .unwrap_or("none")
            .to_owned();
        *severities.entry((-incident.row.rank, name)).or_default() += 1;
        let day = incident.row.created.date_naive();
        let monday = day - Duration::days(i64::from(day.weekday().num_days_from_monday()));
        *weeks.entry(monday.to_string()).or_insert(0) += 1;
        for service in incident.row.services().map(str::to_owned) {
            if let Some(owner) = facts.owners.get(&service).filter(|o| !o.is_empty()) {
                *teams.entry(owner.clone()).or_insert(0) += 1;
            }
            *services.entry(service).or_insert(0) += 1;
        }
    }
    // Weeks without an incident are weeks too.
    let mut monday = from.date_naive()
        - Duration::days(i64::from(
            from.date_naive().weekday().num_days_from_monday(),
        ));
    while monday <= to.date_naive() {
        weeks.entry(monday.to_string()).or_insert(0);
        monday += Duration::days(7);
    }
    let middle = from + (to - from) / 2;
    let second = all.iter().filter(|i| i.row.created >= middle).count();
    let now = to;
    Period {
        service,
        from,
        to,
        count: all.len(),
        open: all.iter().filter(|i| i.row.category.is_open()).count(),
        severities: severities
            .into_iter()
            .map(|((_, name), count)| Counted { name, count })
            .collect(),
        services: top(services),
        teams: top(teams),
        weeks: weeks
            .into_iter()
            .map(|(name, count)| Counted { name, count })
            .collect(),
        durations: took(all.iter().flat_map(|i| {
            i.durations
                .iter()
                .map(|d| (d.label.clone(), d.value))
                .chain(between(i))
        })),
        by_severity: took(
            all.iter()
                .filter_map(|i| Some((i.row.severity.as_deref()?.to_owned(), lasted(i)?))),
        ),
        clusters: clusters(all, facts.subjects, &facts.resolutions),
        after_changes: facts
            .changes
            .map(|changes| after(all, changes))
            .unwrap_or_default(),
        changes_known: facts.changes.is_some(),
        follow_ups: ages(facts.follow_ups, now),
        halves: (all.len() - second, second),
    }
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

/// How long an incident took, as its own durations tell, else as its latest timestamp does.
pub fn lasted(incident: &Incident) -> Option<i64> {
    if incident.row.category.is_open() {
        return None;
    }
    let resolve = incident
        .durations
        .iter()
        .find(|d| d.label.to_lowercase().contains("resol"))
        .or(incident.durations.first());
    let last = || {
        incident
            .timestamps
            .iter()
            .filter_map(|t| t.value)
            .max()
            .map(|at| (at - incident.row.created).num_seconds())
    };
    resolve.map(|d| d.value).or_else(last).filter(|s| *s > 0)
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

/// The newest leads; what is alike to it belongs to it. Nothing belongs by way of a third, or everything would be one.
fn clusters(
    all: &[Incident],
    subjects: Vec<Subject>,
    resolutions: &BTreeMap<String, String>,
) -> Vec<Cluster> {
    let place: BTreeMap<&str, usize> = subjects
        .iter()
        .enumerate()
        .map(|(n, s)| (s.id.as_str(), n))
        .collect();
    let mut newest: Vec<usize> = (0..subjects.len()).collect();
    newest.sort_by_key(|n| std::cmp::Reverse((subjects[*n].created, subjects[*n].id.clone())));
    let mut index = Index::default();
    newest
        .iter()
        .take(COMPARED)
        .for_each(|&n| index.put(subjects[n].clone()));
    let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    newest.iter().for_each(|&n| {
        names
            .entry(super::pattern(&subjects[n].name))
            .or_default()
            .push(n)
    });
    let mut taken = vec![false; subjects.len()];
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, leader) in newest.into_iter().enumerate() {
        if taken[leader] {
            continue;
        }
        // The same name but for numbers is the same thing again, and is left out of each other's answers.
        let mut members = names[&super::pattern(&subjects[leader].name)].clone();
        let compares = at < COMPARED;
        let alike = if compares {
            let search = Search {
                near: &Neighbours::new(),
                verdicts: &PairVerdicts::default(),
                since: None,
                least: TOGETHER,
                most: ALIKE,
            };
            // An index in memory reads nothing that could fail.
            index.find(&subjects[leader], &search).unwrap_or_default()
        } else {
            Vec::new()
        };
        for at in alike.iter().filter_map(|m| place.get(m.id.as_str())) {
            members.extend(&names[&super::pattern(&subjects[*at].name)]);
        }
        members.retain(|n| !std::mem::replace(&mut taken[*n], true));
        groups.push(members);
    }
    let by_id: BTreeMap<&str, &Incident> = all.iter().map(|i| (i.row.id.as_str(), i)).collect();
    let mut out: Vec<Cluster> = groups
        .into_iter()
        .filter(|m| m.len() > 1)
        .map(|mut m| {
            m.sort_by_key(|n| std::cmp::Reverse((subjects[*n].created, subjects[*n].id.clone())));
            let over = m.iter().filter(|n| {
                by_id
                    .get(subjects[**n].id.as_str())
                    .is_some_and(|i| !i.row.category.is_open())
            });
            let resolved = over
                .filter_map(|n| resolutions.get(&subjects[*n].reference))
                .find(|r| !r.is_empty());
            Cluster {
                others: m
                    .iter()
                    .filter(|n| {
                        super::pattern(&subjects[**n].name) != super::pattern(&subjects[m[0]].name)
                    })
                    .count(),
                name: subjects[m[0]].name.clone(),
                resolved_by: resolved.cloned().unwrap_or_default(),
                members: m.iter().map(|n| subjects[*n].reference.clone()).collect(),
            }
        })
        .collect();
    out.sort_by(|a, b| {
        b.members
            .len()
            .cmp(&a.members.len())
            .then_with(|| a.name.cmp(&b.name))
    });
    out.truncate(MOST);
    out
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

impl Period {
    /// The period as lines with bars, for a terminal and, between fences, for markdown.
    pub fn lines(&self) -> Vec<String> {
        let mut out = Vec::new();
        let of = self
            .service
            .as_ref()
            .map_or(String::new(), |s| format!(" on {s}"));
        out.push(format!(
            "{} incidents{of} from {} to {}, {} still open",
            self.count,
            self.from.format("%Y-%m-%d"),
            self.to.format("%Y-%m-%d"),
            self.open
        ));
        let (first, second) = self.halves;
        out.push(format!("First half {first}, second half {second}."));
        bars(&mut out, "By severity", &self.severities);
        bars(&mut out, "By service", &self.services);
        bars(&mut out, "By team", &self.teams);
        bars(&mut out, "By week", &self.weeks);
        for (head, rows) in [
            ("How long", &self.durations),
            ("How long, by severity", &self.by_severity),
        ] {
            if !rows.is_empty() {
                out.extend([String::new(), head.to_owned()]);
                out.extend(rows.iter().map(|t| {
                    format!(
                        "  {:<28} half within {:>6}, nine of ten within {:>6}  ({})",
                        t.name,
                        span(t.median),
                        span(t.p90),
                        t.count
                    )
                }));
            }
        }
        if !self.clusters.is_empty() {
            out.extend([String::new(), "The same thing again".to_owned()]);
            for c in &self.clusters {
                out.push(format!(
                    "  {:>3} x {}{}",
                    c.members.len(),
                    c.name,
                    if c.others > 0 { ", and alike" } else { "" }
                ));
                let more = c.members.len().saturating_sub(8);
                let rest = if more > 0 {
                    format!(" and {more} more")
                } else {
                    String::new()
                };
                out.push(format!(
                    "        {}{rest}",
                    c.members
                        .iter()
                        .take(8)
                        .cloned()
                        .collect::<Vec<_>>()
                        .join(" ")
                ));
                if !c.resolved_by.is_empty() {
                    out.push(format!("        last resolved by: {}", c.resolved_by));
                }
            }
        }
        out.extend([
            String::new(),
            format!("Within {SOON} hours after a change of the same service"),
        ]);
        match (self.changes_known, self.after_changes.is_empty()) {
            (false, _) => out.push(
                "  Changes of this period are not known: no source of changes answered for it."
                    .into(),
            ),
            (true, true) => out.push("  None.".into()),
            (true, false) => out.extend(
                self.after_changes
                    .iter()
                    .take(MOST)
                    .map(|f| format!("  {} {} min after \"{}\"", f.reference, f.minutes, f.change)),
            ),
        }
        bars(&mut out, "Open follow-ups by age", &self.follow_ups);
        out.extend([
            String::new(),
            format!("Tables show their first {MOST} rows."),
        ]);
        out
    }
}

fn bars(out: &mut Vec<String>, head: &str, rows: &[Counted]) {
    let Some(most) = rows.iter().map(|r| r.count).max().filter(|m| *m > 0) else {
        return;
    };
    let wide = rows
        .iter()
        .map(|r| crate::domain::text::columns(&r.name))
        .max()
        .unwrap_or(0)
        .min(32);
    out.extend([String::new(), head.to_owned()]);
    for row in rows {
        let name = crate::domain::text::fit(&row.name, wide);
        let gap = " ".repeat(wide.saturating_sub(crate::domain::text::columns(&name)));
        out.push(format!(
            "  {name}{gap} {:>5} {}",
            row.count,
            "█".repeat((row.count * BAR).div_ceil(most))
        ));
    }
}
