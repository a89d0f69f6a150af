//! What an incident says of itself: the services it names, failing words, endpoints, figures, times.

use super::flow::Trouble;
use super::logs::is_failure;
use crate::domain::{Alert, CatalogEntry, CatalogGraph, Incident, Scoped};
use std::collections::{BTreeMap, BTreeSet};
use strsim::damerau_levenshtein;

/// Words that stand in many services' names and tell none apart.
const FILLER: &[&str] = &[
    "service",
    "svc",
    "api",
    "app",
    "server",
    "prod",
    "production",
    "the",
    "team",
];
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
        for line in text
            .lines()
            .map(|l| l.trim().trim_start_matches(['-', '*', '#']).trim())
            .filter(|l| !l.is_empty())
        {
            let named: Vec<&CatalogEntry> = services(graph)
                .into_iter()
                .filter(|e| mention(&words(line), e, false).is_some())
                .collect();
            let Some(joint) = ALSO.iter().find(|j| line.to_lowercase().contains(**j)) else {
                for entry in &named {
                    notes
                        .remarks
                        .entry(entry.name.clone())
                        .or_default()
                        .push(line.to_owned());
                }
                continue;
            };
            let at = line.to_lowercase().find(joint).unwrap_or_default();
            let (Some(left), Some(right)) = (line.get(..at), line.get(at + joint.len()..)) else {
                continue;
            };
            for (side, other) in [(left, right), (right, left)] {
                let Some(entry) = named
                    .iter()
                    .find(|e| mention(&words(side), e, false).is_some())
                else {
                    continue;
                };
                for alias in other
                    .split([',', ';'])
                    .map(|a| a.trim().trim_matches(['"', '\'', '.']).to_owned())
                {
                    if !alias.is_empty() && alias.split_whitespace().count() <= 4 {
                        notes.aliases.push((alias, entry.name.clone()));
                    }
                }
                break;
            }
        }
        notes
    }
}

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
        let mut named: Vec<(u8, Scoped)> = Vec::new();
        for id in &incident.entries {
            if let Some(entry) = graph.entry(id).filter(|e| is_service(graph, e)) {
                named.push((0, scoped(&entry.name, "set on the incident")));
            }
        }
        for alert in alerts {
            for (label, value) in &alert.attributes {
                for part in value.split(", ") {
                    if let Some(entry) = graph.find(part).filter(|e| is_service(graph, e)) {
                        named.push((
                            1,
                            scoped(
                                &entry.name,
                                &format!(
                                    "{} of the alert \"{}\"",
                                    label.to_lowercase(),
                                    alert.title
                                ),
                            ),
                        ));
                    }
                }
            }
        }
        let fields: String = incident
            .fields
            .iter()
            .map(|f| format!("{} ", f.value))
            .collect();
        let alert_text: String = alerts
            .iter()
            .map(|a| format!("{} {}\n", a.title, a.description))
            .collect();
        let texts = [
            (2, "the title", &*incident.row.name),
            (3, "the summary", &incident.summary),
            (3, "an alert", &alert_text),
            (3, "a field", &fields),
        ];
        for (rank, place, text) in texts {
            for (name, how, weight) in found_in(text, graph, notes) {
                named.push((rank + weight, scoped(&name, &format!("{how} in {place}"))));
            }
        }
        named.sort_by_key(|n| n.0);
        let mut seen = BTreeSet::new();
        let services: Vec<Scoped> = named
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
            phrases: all
                .split(['\n', ';'])
                .flat_map(|l| l.split(". "))
                .map(str::trim)
                .filter(|l| is_failure(l))
                .map(|l| l.chars().take(160).collect())
                .take(5)
                .collect(),
            endpoints: pick(&all, |w| {
                w.len() > 1
                    && w.starts_with('/')
                    && w[1..].starts_with(|c: char| c.is_alphanumeric())
            }),
            figures: pick(&all, |w| {
                w.starts_with(|c: char| c.is_ascii_digit())
                    && w.ends_with(['%', 's', 'x', 'k'])
                    && w.len() < 12
            }),
            times: pick(&all, |w| {
                w.len() == 5
                    && w.as_bytes()[2] == b':'
                    && w.chars().filter(char::is_ascii_digit).count() == 4
            }),
            hint: hint(&[&*incident.row.name, &alert_text, &incident.summary]),
            remarks,
        }
    }
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

/// Whether an entry stands for something that runs. Where a catalog marks no type as services, every entry may.
pub(super) fn is_service(graph: &CatalogGraph, entry: &CatalogEntry) -> bool {
    let marked = |e: &CatalogEntry| graph.kind(e).is_some_and(|t| t.is_service());
    marked(entry) || !graph.types.iter().any(|t| t.is_service())
}

/// Every service of a catalog.
pub(super) fn services(graph: &CatalogGraph) -> Vec<&CatalogEntry> {
    let any = graph.types.iter().any(|t| t.is_service());
    let kinds: BTreeSet<_> = graph
        .types
        .iter()
        .filter(|t| !any || t.is_service())
        .map(|t| &t.id)
        .collect();
    graph
        .entries
        .iter()
        .filter(|e| kinds.contains(&e.kind))
        .collect()
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Services a text names: name, how, and how unsure that is.
fn found_in(text: &str, graph: &CatalogGraph, notes: &Notes) -> Vec<(String, String, u8)> {
    let said = words(text);
    if said.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(String, String, u8)> = Vec::new();
    for (alias, name) in &notes.aliases {
        if phrase(&said, &words(alias)) {
            found.push((
                name.clone(),
                format!("\"{alias}\", which your notes say is {name},"),
                0,
            ));
        }
    }
    let all = services(graph);
    for entry in &all {
        if let Some((how, weight)) = mention(&said, entry, false) {
            found.push((entry.name.clone(), how, weight));
        }
    }
    // A misspelt name is looked for only where nothing is named rightly: a right name next to it is no typing error.
    if found.is_empty() {
        for entry in &all {
            if let Some((how, weight)) = mention(&said, entry, true) {
                found.push((entry.name.clone(), how, weight));
            }
        }
    }
    // "payment gateway" also holds "payment": the longer name stands.
    let longer = |name: &str| {
        found.iter().any(|(other, ..)| {
            other != name
                && words(other).len() > words(name).len()
                && phrase(&words(other), &words(name))
        })
    };
    let keep: Vec<bool> = found
        .iter()
        .map(|(name, ..)| !longer(name) || phrase_apart(&said, name, &found))
        .collect();
    let mut keep = keep.into_iter();
    found.retain(|_| keep.next().unwrap_or(true));
    found
}

/// Whether a short name is also said outside of every longer one that holds it.
fn phrase_apart(said: &[String], name: &str, found: &[(String, String, u8)]) -> bool {
    let short = words(name);
    let count =
        |text: &[String], of: &[String]| text.windows(of.len().max(1)).filter(|w| *w == of).count();
    let within: usize = found
        .iter()
        .filter(|(o, ..)| o != name && phrase(&words(o), &short))
        .map(|(o, ..)| count(said, &words(o)))
        .sum();
    count(said, &short) > within
}

/// The services a text names, surest first.
pub fn named_in(text: &str, graph: &CatalogGraph, notes: &Notes) -> Vec<String> {
    let mut found = found_in(text, graph, notes);
    found.sort_by_key(|f| f.2);
    found.into_iter().map(|f| f.0).collect()
}

/// How a text names an entry: word for word, as one word, in another order, or misspelt.
fn mention(said: &[String], entry: &CatalogEntry, misspelt: bool) -> Option<(String, u8)> {
    let names = std::iter::once(&entry.name)
        .chain(&entry.aliases)
        .chain(&entry.external_id);
    names
        .filter_map(|name| {
            let whole = words(name);
            let core: Vec<String> = whole
                .iter()
                .filter(|w| !FILLER.contains(&w.as_str()))
                .cloned()
                .collect();
            if core.is_empty() {
                return None;
            }
            let joined = core.concat();
            let long = joined.chars().count();
            if !misspelt {
                if phrase(said, &whole) || (phrase(said, &core) && long >= 3) {
                    return Some((format!("\"{name}\""), 0));
                }
                let runs = (1..=3)
                    .flat_map(|n| said.windows(n))
                    .any(|w| w.concat() == joined);
                if runs && long >= 4 {
                    return Some((format!("\"{name}\""), 0));
                }
                let together = said
                    .windows((core.len() * 3).min(said.len()))
                    .any(|w| core.iter().all(|c| w.contains(c)));
                return (core.len() >= 2 && together)
                    .then(|| (format!("\"{name}\" in another order"), 1));
            }
            let most = match long {
                0..=4 => return None,
                5..=8 => 1,
                _ => 2,
            };
            let near = (1..=core.len() + 1)
                .flat_map(|n| said.windows(n))
                .map(|w| w.concat())
                .find(|w| w.chars().count() >= 5 && damerau_levenshtein(w, &joined) <= most);
            near.map(|as_written| (format!("\"{as_written}\", read as {name},"), 2))
        })
        .min_by_key(|m| m.1)
}

fn phrase(said: &[String], wanted: &[String]) -> bool {
    !wanted.is_empty() && said.windows(wanted.len()).any(|w| w == wanted)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::CatalogType;

    pub(crate) fn graph(names: &[(&str, &[&str])]) -> CatalogGraph {
        let kind = CatalogType {
            id: "T".into(),
            name: "Service".into(),
            type_name: "Custom[\"Service\"]".into(),
            categories: vec!["service".into()],
            count: None,
            attributes: vec![],
            by_name: true,
        };
        let entry = |(name, aliases): &(&str, &[&str])| CatalogEntry {
            id: (*name).into(),
            kind: "T".into(),
            name: (*name).into(),
            aliases: aliases.iter().map(|a| (*a).into()).collect(),
            external_id: None,
            rank: 0,
            values: vec![],
        };
        CatalogGraph::new(vec![kind], names.iter().map(entry).collect())
    }

    #[test]
    fn services_are_found_by_name_alias_order_and_misspelling_but_not_by_chance() {
        let graph = graph(&[
            ("payment-gateway", &["pgw"]),
            ("payment", &[]),
            ("checkout-service", &[]),
            ("PostgreSQL", &[]),
            ("web", &[]),
        ]);
        let notes = Notes::read(
            "The till = checkout-service\npayment-gateway is owned by the money team, page them first",
            &graph,
        );
        for (text, names) in [
            (
                "High error rate on checkout service",
                vec!["checkout-service"],
            ),
            ("payment gateway timeouts", vec!["payment-gateway"]),
            (
                "payment and payment-gateway both fail",
                vec!["payment", "payment-gateway"],
            ),
            ("PaymentGateway 503s", vec!["payment-gateway"]),
            ("pgw is slow", vec!["payment-gateway"]),
            (
                "the gateway for payment is slow",
                vec!["payment", "payment-gateway"],
            ),
            ("chekcout is broken", vec!["checkout-service"]),
            ("postgressql lag", vec!["PostgreSQL"]),
            ("the till is down", vec!["checkout-service"]),
            ("wet floor in the office", vec![]),
            ("サイトが遅い", vec![]),
        ] {
            let mut found: Vec<String> = found_in(text, &graph, &notes)
                .into_iter()
                .map(|f| f.0)
                .collect();
            found.sort();
            assert_eq!(found, names, "{text}");
        }
        assert_eq!(
            notes.remarks["payment-gateway"],
            ["payment-gateway is owned by the money team, page them first"]
        );
    }

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
