//! Which services of the catalog a text names: word for word, by another name, in another order, or misspelt.

use crate::domain::{CatalogEntry, CatalogGraph};
use std::collections::BTreeSet;
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

pub(super) fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether a text names an entry without a slip.
pub(super) fn is_named(text: &str, entry: &CatalogEntry) -> bool {
    mention(&words(text), entry, false).is_some()
}

/// Another name, and the service it means.
pub(crate) type Alias = (String, String);

/// A service's name, how it is named, and how unsure that is.
type Found = (String, String, u8);

/// Services a text names.
pub(super) fn found_in(text: &str, graph: &CatalogGraph, aliases: &[Alias]) -> Vec<Found> {
    let said = words(text);
    if said.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Found> = aliases
        .iter()
        .filter(|(alias, _)| phrase(&said, &words(alias)))
        .map(|(alias, name)| {
            let how = format!("\"{alias}\", which your notes say is {name},");
            (name.clone(), how, 0)
        })
        .collect();
    let all = services(graph);
    // A misspelt name is looked for only where nothing is named rightly: a right name next to it is no typing error.
    for misspelt in [false, true] {
        if misspelt && !found.is_empty() {
            break;
        }
        found.extend(all.iter().filter_map(|entry| {
            let (how, weight) = mention(&said, entry, misspelt)?;
            Some((entry.name.clone(), how, weight))
        }));
    }
    // "payment gateway" also holds "payment": the longer name stands.
    let keep: Vec<bool> = found
        .iter()
        .map(|(name, ..)| !is_within(name, &found) || phrase_apart(&said, name, &found))
        .collect();
    let mut keep = keep.into_iter();
    found.retain(|_| keep.next().unwrap_or(true));
    found
}

/// Whether a longer name that was found holds this one.
fn is_within(name: &str, found: &[Found]) -> bool {
    let short = words(name);
    found.iter().any(|(other, ..)| {
        let other_words = words(other);
        other != name && other_words.len() > short.len() && phrase(&other_words, &short)
    })
}

/// Whether a short name is also said outside of every longer one that holds it.
fn phrase_apart(said: &[String], name: &str, found: &[Found]) -> bool {
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
pub fn named_in(text: &str, graph: &CatalogGraph, aliases: &[Alias]) -> Vec<String> {
    let mut found = found_in(text, graph, aliases);
    found.sort_by_key(|f| f.2);
    found.into_iter().map(|f| f.0).collect()
}

/// How a text names an entry, by the surest of its names, and how unsure that is.
fn mention(said: &[String], entry: &CatalogEntry, misspelt: bool) -> Option<(String, u8)> {
    let others = entry.aliases.iter().chain(&entry.external_id);
    std::iter::once(&entry.name)
        .chain(others)
        .filter_map(|name| {
            let whole = words(name);
            let telling = whole.iter().filter(|w| !FILLER.contains(&w.as_str()));
            let core: Vec<String> = telling.cloned().collect();
            if core.is_empty() {
                None
            } else if misspelt {
                near(said, name, &core)
            } else {
                spelt(said, name, &whole, &core)
            }
        })
        .min_by_key(|m| m.1)
}

/// A name word for word, as one word, or in another order. Short ones stand in too many other words.
fn spelt(said: &[String], name: &str, whole: &[String], core: &[String]) -> Option<(String, u8)> {
    let joined = core.concat();
    let long = joined.chars().count();
    let mut runs = (1..=3).flat_map(|n| said.windows(n));
    if phrase(said, whole)
        || (phrase(said, core) && long >= 3)
        || (long >= 4 && runs.any(|w| w.concat() == joined))
    {
        return Some((format!("\"{name}\""), 0));
    }
    let mut stretches = said.windows((core.len() * 3).min(said.len()));
    let together = core.len() >= 2 && stretches.any(|w| core.iter().all(|c| w.contains(c)));
    together.then(|| (format!("\"{name}\" in another order"), 1))
}

/// A name with one slip, or two where it is long.
fn near(said: &[String], name: &str, core: &[String]) -> Option<(String, u8)> {
    let joined = core.concat();
    let most = match joined.chars().count() {
        0..=4 => return None,
        5..=8 => 1,
        _ => 2,
    };
    let mut runs = (1..=core.len() + 1)
        .flat_map(|n| said.windows(n))
        .map(|w| w.concat());
    let found = runs.find(|w| w.chars().count() >= 5 && damerau_levenshtein(w, &joined) <= most);
    found.map(|as_written| (format!("\"{as_written}\", read as {name},"), 2))
}

fn phrase(said: &[String], wanted: &[String]) -> bool {
    !wanted.is_empty() && said.windows(wanted.len()).any(|w| w == wanted)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Notes;
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
            written: Default::default(),
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
            let mut found: Vec<String> = found_in(text, &graph, &notes.aliases)
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
}
