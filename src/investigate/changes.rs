//! Changes from several sources as one list: each laid to a service of the catalog, each once, and each with what it has
//! to do with a finding. Pure.

use super::{Notes, named_in};
use crate::domain::{CatalogGraph, Change, ChangeClass, Finding, Missing};
use chrono::Duration;
use serde::Serialize;

/// Seconds within which two sources tell of one change: a rollout takes minutes.
const SAME_CHANGE: i64 = 300;

/// The service of the catalog a change is of: the one it names, else one that its words name; empty where none is.
pub fn attribute_service(change: &mut Change, graph: &CatalogGraph, notes: &Notes) {
    let known = graph
        .find(&change.service)
        .map(|e| e.name.clone())
        .filter(|_| !change.service.is_empty());
    let said = || {
        let named = |text: &str| named_in(text, graph, &notes.aliases).into_iter().next();
        named(&change.service).or_else(|| named(&change.title))
    };
    change.service = known.or_else(said).unwrap_or_default();
}

/// Newest first, and each change once: two sources that tell of the same version of a service within minutes tell of one
/// change, and the one that knows more of it stands.
pub fn dedup_changes(mut all: Vec<Change>) -> Vec<Change> {
    let known = |c: &Change| {
        usize::from(c.author.is_some())
            + usize::from(c.link.is_some())
            + usize::from(c.class != ChangeClass::Other)
    };
    all.sort_by(|a, b| {
        (known(b), a.at, &a.service, &a.title).cmp(&(known(a), b.at, &b.service, &b.title))
    });
    let mut kept: Vec<Change> = Vec::new();
    for change in all {
        if !kept.iter().any(|k| is_same(k, &change)) {
            kept.push(change);
        }
    }
    kept.sort_by(|a, b| (b.at, &a.service, &a.title).cmp(&(a.at, &b.service, &b.title)));
    kept
}

fn is_same(a: &Change, b: &Change) -> bool {
    let near = (a.at - b.at).num_seconds().abs() <= SAME_CHANGE;
    let named = a.title == b.title || (a.version.is_some() && a.version == b.version);
    a.service == b.service && near && named
}

/// A change with what it has to do with an incident.
#[derive(Clone, Debug, Serialize)]
pub struct JudgedChange {
    /// What was changed.
    #[serde(flatten)]
    pub change: Change,
    /// `correlates`, `does not correlate`, `unknown`; absent without an incident.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl From<Change> for JudgedChange {
    fn from(change: Change) -> Self {
        Self {
            change,
            verdict: None,
            why: None,
        }
    }
}

/// The changes of a finding from so long before its onset on, with whether it correlates with them.
pub fn judged(finding: &Finding, within: Duration) -> Vec<JudgedChange> {
    let changes = finding.changes.iter();
    let recent = changes.filter(|c| c.at >= finding.onset - within);
    recent
        .map(|change| {
            let (verdict, why) = verdict(finding, change);
            JudgedChange {
                change: change.clone(),
                verdict: Some(verdict.into()),
                why: Some(why),
            }
        })
        .collect()
}

/// Whether something that is missing says anything of changes.
pub fn is_of_changes(missing: &Missing) -> bool {
    !["confidence", "metrics", "logs"].contains(&missing.source.as_str())
}

/// Whether a change has to do with what was found, and why: `correlates`, `does not correlate`, `unknown`.
fn verdict(finding: &Finding, change: &Change) -> (&'static str, String) {
    let same = |other: &Change| {
        other.at == change.at && other.title == change.title && other.service == change.service
    };
    let named = finding
        .hypotheses
        .iter()
        .find(|h| h.change.as_ref().is_some_and(same));
    match named {
        Some(h) if !h.discarded => ("correlates", format!("{} % {}", h.confidence, h.reason)),
        Some(h) => ("does not correlate", h.reason.clone()),
        None if change.service.is_empty() => {
            ("unknown", "It names no service of the catalog.".into())
        }
        None if change.at > finding.onset => (
            "does not correlate",
            "It came after the trouble began.".into(),
        ),
        None => (
            "does not correlate",
            "Nothing measured or logged speaks for it.".into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Instant;

    fn change(seconds: i64, title: &str, version: Option<&str>, author: Option<&str>) -> Change {
        Change {
            at: Instant::from_timestamp(1_800_000_000 + seconds, 0).expect("a time"),
            class: ChangeClass::Deploy,
            title: title.into(),
            service: "cart".into(),
            version: version.map(str::to_owned),
            author: author.map(str::to_owned),
            source: "git".into(),
            query: String::new(),
            link: None,
        }
    }

    #[test]
    fn what_two_sources_tell_of_one_change_stands_once_as_the_one_who_knows_more_says() {
        let all = vec![
            change(0, "cart v2 deployed", Some("v2"), None),
            change(120, "Release v2", Some("v2"), Some("Ana")),
            change(400, "cart v2 deployed", Some("v2"), None),
            change(10, "cart v3 deployed", Some("v3"), None),
        ];
        let told: Vec<(String, Option<String>)> = dedup_changes(all)
            .into_iter()
            .map(|c| (c.title, c.author))
            .collect();
        assert_eq!(
            told,
            [
                ("Release v2".to_owned(), Some("Ana".to_owned())),
                ("cart v3 deployed".to_owned(), None),
            ],
            "newest first; the third lies within minutes of the second"
        );
    }
}
