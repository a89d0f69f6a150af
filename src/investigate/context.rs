//! What an incident says of itself: the services it names, failing words, endpoints, figures, times.

use super::flow::Trouble;
use super::logs::is_failure;
use super::naming::{found_in, is_named, is_service, services, words};
use crate::domain::{Alert, CatalogEntry, CatalogGraph, Incident, Scoped};
use std::collections::{BTreeMap, BTreeSet};

/// Words that tell of failing calls, and of waiting, in the languages that incidents are often written in.
const FAILING: &[&str] = &[
    "error",
    "errors",
    "5xx",
    "500",
    "502",
    "503",
    "504",
    "fail",
    "fails",
    "failed",
    "failing",
    "failure",
    "failures",
    "availability",
    "unavailable",
    "down",
    "outage",
    "exception",
    "exceptions",
    "crash",
    "crashing",
    "refused",
    "fehler",
    "ausfall",
    "erreur",
    "erreurs",
    "panne",
    "errores",
    "caida",
    "caída",
    "erros",
    "errori",
];
const WAITING: &[&str] = &[
    "latency", "slow", "slowness", "timeout", "timeouts", "delay", "delays", "delayed", "p50",
    "p90", "p95", "p99", "hang", "hanging", "sluggish", "langsam", "latenz", "lent", "lente",
    "lenteur", "lento", "lenta", "latencia",
];

/// Custom context: free text about names, owners and escalation, as the user wrote it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notes {
    /// Other names, with the service each means.
    pub aliases: Vec<(String, String)>,
    /// Lines that say who owns or how to escalate, by service.
    pub remarks: BTreeMap<String, Vec<String>>,
}

/// Phrases between a service and its other names.
const ALSO: &[&str] = &[
    " is also called ",
    " also called ",
    " also known as ",
    " aka ",
    " is called ",
    " means ",
    " = ",
    " is our ",
    " is the ",
];

impl Notes {
    /// Reads free text line by line: a line that names a service and joins it to other words by "also called", "aka",
    /// "means" or "=" gives it other names; any other line that names a service is a remark about it.
    pub fn read(text: &str, graph: &CatalogGraph) -> Self {
        let mut notes = Self::default();
        let bare = |l: &'_ str| {
            l.trim()
                .trim_start_matches(['-', '*', '#'])
                .trim()
                .to_owned()
        };
        for line in text.lines().map(bare).filter(|l| !l.is_empty()) {
            let all = services(graph).into_iter();
            let named: Vec<&CatalogEntry> = all.filter(|e| is_named(&line, e)).collect();
            let low = line.to_lowercase();
            match ALSO.iter().find(|j| low.contains(**j)) {
                Some(joint) => notes.alias(&line, (low.find(joint), joint), &named),
                None => notes.remark(&line, &named),
            }
        }
        notes
    }

    fn remark(&mut self, line: &str, named: &[&CatalogEntry]) {
        for entry in named {
            let remarks = self.remarks.entry(entry.name.clone()).or_default();
            remarks.push(line.to_owned());
        }
    }

    /// The names on the one side of the joint are other names of the service on the other side.
    fn alias(&mut self, line: &str, (at, joint): (Option<usize>, &str), named: &[&CatalogEntry]) {
        let at = at.unwrap_or_default();
        let (Some(left), Some(right)) = (line.get(..at), line.get(at + joint.len()..)) else {
            return;
        };
        for (side, other) in [(left, right), (right, left)] {
            let Some(entry) = named.iter().find(|e| is_named(side, e)) else {
                continue;
            };
            let others = other
                .split([',', ';'])
                .map(|a| a.trim().trim_matches(['"', '\'', '.']))
                .filter(|a| !a.is_empty() && a.split_whitespace().count() <= LONGEST_ALIAS);
            let aliases = others.map(|a| (a.to_owned(), entry.name.clone()));
            return self.aliases.extend(aliases);
        }
    }
}

/// Words of another name; what is longer is a sentence.
const LONGEST_ALIAS: usize = 4;

/// What an incident says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// Services it names, surest first, each with where and how.
    pub services: Vec<Scoped>,
    /// Sentences that tell of a failure.
    pub phrases: Vec<String>,
    /// Paths such as `/v1/pay`.
    pub endpoints: Vec<String>,
    /// Figures with their unit.
    pub figures: Vec<String>,
    /// Clock times.
    pub times: Vec<String>,
    /// Whether it speaks of failing or of waiting; nothing where of neither or both.
    pub hint: Option<Trouble>,
    /// Remarks of the custom context, by service.
    pub remarks: Vec<(String, String)>,
}

impl Context {
    /// Reads an incident and its alerts against the catalog and the custom context.
    pub fn read(
        incident: &Incident,
        alerts: &[Alert],
        graph: &CatalogGraph,
        notes: &Notes,
    ) -> Self {
        let alert_text: String = alerts
            .iter()
            .map(|a| format!("{} {}\n", a.title, a.description))
            .collect();
        let mut named = set(incident, alerts, graph);
        named.extend(written(incident, &alert_text, graph, notes));
        named.sort_by_key(|n| n.0);
        let mut seen = BTreeSet::new();
        let services = named
            .into_iter()
            .map(|n| n.1)
            .filter(|s| seen.insert(s.name.clone()))
            .collect();
        let all = format!("{}\n{}\n{alert_text}", incident.row.name, incident.summary);
        let remarks = notes
            .remarks
            .iter()
            .flat_map(|(service, all)| all.iter().map(|r| (service.clone(), r.clone())))
            .collect();
        Self {
            services,
            phrases: phrases(&all),
            endpoints: pick(&all, is_endpoint),
            figures: pick(&all, is_figure),
            times: pick(&all, is_time),
            hint: hint(&[&*incident.row.name, &alert_text, &incident.summary]),
            remarks,
        }
    }
}

/// A service with how unsure it is that the incident means it: 0 is certain.
type Named = (u8, Scoped);

/// Services set on the incident, and on its alerts.
fn set(incident: &Incident, alerts: &[Alert], graph: &CatalogGraph) -> Vec<Named> {
    let service = |e: &&CatalogEntry| is_service(graph, e);
    let entries = incident.entries.iter().filter_map(|id| graph.entry(id));
    let mut named: Vec<Named> = entries
        .filter(service)
        .map(|e| (0, scoped(&e.name, "set on the incident")))
        .collect();
    for alert in alerts {
        for (label, value) in &alert.attributes {
            let found = value.split(", ").filter_map(|part| graph.find(part));
            let why = format!("{} of the alert \"{}\"", label.to_lowercase(), alert.title);
            named.extend(found.filter(service).map(|e| (1, scoped(&e.name, &why))));
        }
    }
    named
}

/// Services named in words.
fn written(
    incident: &Incident,
    alert_text: &str,
    graph: &CatalogGraph,
    notes: &Notes,
) -> Vec<Named> {
    let fields = incident.fields.iter().map(|f| format!("{} ", f.value));
    let texts = [
        (2, "the title", &*incident.row.name),
        (3, "the summary", &incident.summary),
        (3, "an alert", alert_text),
        (3, "a field", &fields.collect::<String>()),
    ];
    let mut named = Vec::new();
    for (rank, place, text) in texts {
        for (name, how, weight) in found_in(text, graph, &notes.aliases) {
            named.push((rank + weight, scoped(&name, &format!("{how} in {place}"))));
        }
    }
    named
}

/// The first sentences that tell of a failure.
fn phrases(text: &str) -> Vec<String> {
    text.split(['\n', ';'])
        .flat_map(|l| l.split(". "))
        .map(str::trim)
        .filter(|l| is_failure(l))
        .map(|l| l.chars().take(160).collect())
        .take(5)
        .collect()
}

fn is_endpoint(word: &str) -> bool {
    word.strip_prefix('/')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()))
}

fn is_figure(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        && word.ends_with(['%', 's', 'x', 'k'])
        && word.len() < 12
}

fn is_time(word: &str) -> bool {
    word.len() == 5
        && word.as_bytes()[2] == b':'
        && word.chars().filter(char::is_ascii_digit).count() == 4
}

fn scoped(name: &str, why: &str) -> Scoped {
    Scoped {
        name: name.into(),
        why: why.into(),
    }
}

/// Failing or waiting, by the first text that speaks of exactly one.
fn hint(texts: &[&str]) -> Option<Trouble> {
    texts.iter().find_map(|text| {
        let words = words(text);
        let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
        match (has(FAILING), has(WAITING)) {
            (true, false) => Some(Trouble::Failing),
            (false, true) => Some(Trouble::Waiting),
            _ => None,
        }
    })
}

fn pick(text: &str, keep: impl Fn(&str) -> bool) -> Vec<String> {
    let trimmed = text.split_whitespace().map(|w| {
        w.trim_matches(|c: char| "()[]{},;\"'`".contains(c))
            .trim_end_matches('.')
    });
    trimmed
        .filter(|w| w.is_ascii() && keep(w))
        .map(str::to_owned)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .take(8)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_is_the_first_text_that_speaks_of_one_thing() {
        for (texts, expected) in [
            (vec!["High error rate on checkout"], Some(Trouble::Failing)),
            (vec!["Slow errors", "p99 latency"], Some(Trouble::Waiting)),
            (vec!["Something odd"], None),
        ] {
            assert_eq!(hint(&texts), expected, "{texts:?}");
        }
    }
}
