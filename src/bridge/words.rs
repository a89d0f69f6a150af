//! What the bridge says: names and summaries of incidents, lines of their timelines, the words that resolve them.

use crate::domain::episode::{Doubt, Episode, Proof, Standing};
use crate::domain::text::{counted, fit};
use crate::domain::time::Zone;
use crate::domain::{Detection, Finding, Instant, time};
use crate::draft::bridge::doubt;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Characters of an incident's name.
pub const NAME: usize = 120;
/// Issues of a service that a storm names.
const EACH: usize = 3;

fn alerts(all: &[&Episode]) -> String {
    counted_alerts(all.len())
}

/// So many alerts.
pub fn counted_alerts(many: usize) -> String {
    counted(many, "alert", "alerts")
}

/// The name of an issue's incident.
pub fn name(episode: &Episode) -> String {
    fit(&episode.detection.title, NAME)
}

/// What is known when an incident is declared: what fired, where, since when, and links back.
pub fn summary(all: &[&Episode], many: usize) -> String {
    let mut parts: Vec<String> = all.iter().map(|e| told(&e.detection)).collect();
    if many > all.len() {
        parts.push(format!("And {} more.", many - all.len()));
    }
    parts.push("Declared by hotseat bridge.".into());
    parts.join("\n\n")
}

/// What its detector says of an issue that burns.
pub fn told(detection: &Detection) -> String {
    let mut lines = vec![format!(
        "**{}**: burning since {}, says {}.",
        detection.title,
        Zone::UTC.named_minute(detection.started),
        detection.detector
    )];
    if !detection.services.is_empty() {
        lines.push(format!("Affected: {}.", detection.services.join(", ")));
    }
    if !detection.summary.is_empty() {
        lines.push(detection.summary.clone());
    }
    let labels = detection.labels.iter();
    let labels: Vec<String> = labels.map(|(k, v)| format!("`{k}={v}`")).collect();
    if !labels.is_empty() {
        lines.push(labels.join(" "));
    }
    if !detection.url.is_empty() {
        lines.push(detection.url.clone());
    }
    lines.join("\n")
}

/// Since when an issue is over, and who says so.
pub fn over(detection: &Detection, since: Instant, by: Proof) -> String {
    let (title, at) = (&detection.title, Zone::UTC.named_minute(since));
    format!(
        "**{title}**: over since {at}, says {}.",
        witness(detection, by)
    )
}

fn witness(detection: &Detection, by: Proof) -> String {
    match by {
        Proof::Detector => detection.detector.clone(),
        Proof::Metrics => format!("{} and the metrics", detection.detector),
    }
}

/// The name of the incident of a storm.
pub fn storm_name(all: &[&Episode]) -> String {
    let services = by_service(all).len();
    format!(
        "Storm: {} on {}",
        alerts(all),
        counted(services, "service", "services")
    )
}

/// What is known of a storm, by service.
pub fn storm_summary(all: &[&Episode], most: usize) -> String {
    let head = format!(
        "More burns at once than {most} incidents an hour allow, so this one stands for all of it: {} on {}.",
        alerts(all),
        counted(by_service(all).len(), "service", "services")
    );
    let foot = "`hotseat bridge why FINGERPRINT` says of each what became of it.";
    format!("{head}\n\n{}\n\n{foot}", listed(all))
}

/// What a storm took in further.
pub fn more_of_storm(all: &[&Episode]) -> String {
    format!("{} more:\n{}", alerts(all), listed(all))
}

fn by_service<'a>(all: &[&'a Episode]) -> BTreeMap<String, Vec<&'a Episode>> {
    let mut services: BTreeMap<String, Vec<&Episode>> = BTreeMap::new();
    for episode in all {
        let named = &episode.detection.services;
        let name = match named.is_empty() {
            true => "no service named".into(),
            false => named.join(", "),
        };
        services.entry(name).or_default().push(episode);
    }
    services
}

fn listed(all: &[&Episode]) -> String {
    let mut services: Vec<(String, Vec<&Episode>)> = by_service(all).into_iter().collect();
    services.sort_by_key(|(_, of)| std::cmp::Reverse(of.len()));
    let shown = services.iter().take(40).map(|(name, of)| {
        let mut titles: Vec<&str> = of.iter().map(|e| e.detection.title.as_str()).collect();
        titles.sort_unstable();
        titles.dedup();
        let more = titles.len().saturating_sub(EACH);
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let titles = titles[..titles.len().min(EACH)].join("; ");
        format!("- {name}: {} ({titles}{more})", of.len())
    });
    let mut lines: Vec<String> = shown.collect();
    if services.len() > lines.len() {
        lines.push(format!(
            "- and {} more services",
            services.len() - lines.len()
        ));
    }
    lines.join("\n")
}

/// An issue joined an incident.
pub fn joins(title: &str) -> String {
    format!("Also burning: {title}")
}

/// An issue burns again.
pub fn again(title: &str, flaps: u32) -> String {
    match flaps {
        1 => format!("Burning again: {title}"),
        many => format!("Burning again, {many} times so far: {title}"),
    }
}

/// An issue is over.
pub fn cleared(title: &str, by: Proof) -> String {
    match by {
        Proof::Detector => format!("Clear: {title}"),
        Proof::Metrics => format!("Clear, and its rule no longer fires: {title}"),
    }
}

/// Why the silence about an issue is no recovery.
pub fn in_doubt(detection: &Detection, why: Doubt) -> String {
    let (title, says) = (&detection.title, doubt(detection, why));
    format!("Not known to be over: {title}: {says}")
}

/// An incident was closed while something of it burns.
pub fn still_burns(titles: &[&str]) -> String {
    format!(
        "It was closed while this still burns: {}. It is not opened again; what begins anew is declared anew.",
        titles.join("; ")
    )
}

/// Everything is over: what cleared when.
pub fn all_clear(episodes: &[Arc<Episode>]) -> String {
    let mut lines: Vec<(Instant, String)> = episodes
        .iter()
        .filter_map(|e| match e.standing {
            Standing::Clear { since, by } => Some((since, e, by)),
            _ => None,
        })
        .map(|(since, e, by)| {
            let lasted = time::span((since - e.begun).num_seconds());
            let who = witness(&e.detection, by);
            let flaps = match e.flaps {
                0 => String::new(),
                1 => ", after it came back once".into(),
                many => format!(", after it came back {many} times"),
            };
            let title = &e.detection.title;
            let at = Zone::UTC.named_minute(since);
            (
                since,
                format!("- {at}: {title} (burnt {lasted}{flaps}; says {who})"),
            )
        })
        .collect();
    lines.sort();
    let lines: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
    format!("Everything that burnt is over:\n{}", lines.join("\n"))
}

/// Facts that a hypothesis names.
const FACTS: usize = 4;

/// The likeliest cause of a finding with its confidence and the evidence it stands on; nothing where none is named.
pub fn hypothesis(finding: &Finding) -> Option<String> {
    let top = finding.top()?;
    let facts = top
        .evidence_for
        .iter()
        .filter_map(|id| finding.evidence(id));
    let facts: Vec<String> = facts
        .take(FACTS)
        .map(|e| format!("- {} ({}, {})", e.says, e.id, e.source))
        .collect();
    let standing = match finding.settled {
        true => "settled",
        false => "not settled",
    };
    Some(format!(
        "({} % sure, {standing}): {}\n{}",
        top.confidence,
        top.statement,
        facts.join("\n")
    ))
}

/// Everything is over, and people have the incident.
pub fn left_to_people(clear: &str, why: &str) -> String {
    format!("{clear}\nIt is left open, because {why}.")
}
