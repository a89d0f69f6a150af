//! Both sides as `reconcile` sees them: the configuration as what decides, incidents with what people may change, issues
//! with the services that the catalog knows.

use super::policy::{Hours, Maintenance, Matcher, Policy};
use super::reconcile::Shown;
use crate::config::{Bridge, Config, Learn, PushKind, Pushing};
use crate::domain::time::{Zone, parse};
use crate::domain::{
    CatalogGraph, Detection, Heard, Incident, Instant, Mode, Org, Severity, Sighting,
    StatusCategory,
};
use chrono::Duration;
use std::collections::{BTreeMap, BTreeSet};

/// What decides, as the configuration has it and in the organisation's own words; else what is wrong with it.
pub fn policy(config: &Bridge, zone: Zone, org: &Org) -> Result<Policy, String> {
    let wrong = |setting: &str, e: String| format!("bridge.{setting}: {e}.");
    let labels: Result<_, _> = config.labels.iter().map(|l| Matcher::parse(l)).collect();
    let hours = match config.hours.as_str() {
        "" => None,
        hours => Some(Hours::parse(hours, zone).map_err(|e| wrong("hours", e))?),
    };
    let severity_of: Result<BTreeMap<String, String>, String> = config
        .severity_map
        .iter()
        .map(|(word, name)| Ok((word.clone(), severity(org, name)?)))
        .collect();
    Ok(Policy {
        severities: config.severities.clone(),
        services: config.services.clone(),
        labels: labels.map_err(|e| wrong("labels", e))?,
        hours,
        maintenance: config.maintenance.iter().filter_map(maintenance).collect(),
        wait: Duration::seconds(i64::from(config.wait_seconds)),
        severity_of: severity_of.map_err(|e| wrong("severity_map", e))?,
        severity: default_severity(config, org).map_err(|e| wrong("severity", e))?,
        hold: config.hold(),
        longest_hold: config.longest_hold(),
        declares: config.push.incidents(),
        most_an_hour: config.declares_per_hour,
        resolves_touched: config.resolve_touched,
        resolves: config.resolve,
        investigates: config.investigate,
        notes: config.notes.clone(),
        learns: config.learn != Learn::Off,
    })
}

fn maintenance(quiet: &crate::config::Quiet) -> Option<Maintenance> {
    Some(Maintenance {
        from: parse(&quiet.from)?,
        to: parse(&quiet.to)?,
        services: quiet.services.clone(),
    })
}

/// The severity of whatever is not mapped: where none is named, Critical, and in an organisation that has none of that
/// name, its worst.
fn default_severity(config: &Bridge, org: &Org) -> Result<String, String> {
    if !config.severity.is_empty() {
        return severity(org, &config.severity);
    }
    let worst = org.severities.iter().max_by_key(|s| s.rank);
    severity(org, "Critical").or_else(|e| worst.map(|s| s.name.to_string()).ok_or(e))
}

/// The organisation's name of a severity that is given by name or id.
fn severity(org: &Org, wanted: &str) -> Result<String, String> {
    let is = |s: &&Severity| s.name.eq_ignore_ascii_case(wanted) || &*s.id == wanted;
    let found = org.severities.iter().find(is);
    found.map(|s| s.name.to_string()).ok_or_else(|| {
        let known: Vec<&str> = org.severities.iter().map(|s| &*s.name).collect();
        format!(
            "this organisation has no severity \"{wanted}\"; it has {}",
            known.join(", ")
        )
    })
}

/// The status that incidents are resolved into, in words; else what is wrong with it, which would show at the end of an
/// outage.
pub fn resolving(config: &Bridge, org: &Org) -> Result<String, String> {
    if !config.resolve {
        return Ok("nothing is resolved: bridge.resolve is off".into());
    }
    let ends = |category| matches!(category, StatusCategory::Learning | StatusCategory::Closed);
    let known = org.statuses.iter().filter(|s| ends(s.category));
    let known: Vec<&str> = known.map(|s| &*s.name).collect();
    let wanted = &config.resolved_status;
    let found = known.iter().find(|name| name.eq_ignore_ascii_case(wanted));
    match (wanted.as_str(), found, known.first()) {
        ("", _, Some(_)) => Ok("into the mildest status that is an end".into()),
        (_, Some(name), _) => Ok(format!("into {name}")),
        _ => Err(format!(
            "bridge.resolved_status is \"{wanted}\"; an incident ends in {}",
            known.join(", ")
        )),
    }
}

/// Alertmanagers that name a source of metrics which there is not, each with a sentence.
pub fn without_metrics(config: &Config) -> impl Iterator<Item = (&str, String)> {
    let is_known = |name: &str| config.sources.prometheus_names().any(|p| p == name);
    let named = config.bridge.alertmanager.iter();
    let unknown = named.filter(move |a| !a.prometheus.is_empty() && !is_known(&a.prometheus));
    unknown.map(|a| {
        let says = format!(
            "bridge.alertmanager names the metrics source \"{}\", and there is none of that name",
            a.prometheus
        );
        (a.name.as_str(), says)
    })
}

/// An incident with what people may change on it.
pub fn shown(incident: &Incident, told_by_people: Option<Instant>) -> Shown {
    let row = &incident.row;
    Shown {
        id: row.id.clone(),
        reference: row.reference.to_string(),
        name: row.name.to_string(),
        address: incident.permalink.clone(),
        is_private: !incident.is_public(),
        answered: None,
        category: row.category,
        status: row.status.to_string(),
        severity: row.severity.as_deref().unwrap_or_default().to_owned(),
        lead: row.lead.as_deref().unwrap_or_default().to_owned(),
        services: row.services().map(str::to_owned).collect(),
        is_joinable: row.mode == Mode::Standard && incident.is_public(),
        told_by_people,
    }
}

/// Detectors whose word that something is over needs the metrics beside it: those that name a source of them, and an
/// Alertmanager that is not asked, whose "resolved" may only mean that a sender stopped.
pub fn needing_metrics(config: &Bridge) -> BTreeSet<String> {
    let asked = config.alertmanager.iter();
    let asked = asked.filter(|a| !a.prometheus.is_empty()).map(|a| &a.name);
    let pushing = config.detector.iter();
    // The word of one that is asked too only makes the next look come sooner.
    let is_asked = |d: &Pushing| config.asked().any(|name| name == d.name);
    let doubted =
        |d: &&Pushing| d.kind == PushKind::Alertmanager && !d.trust_resolved && !is_asked(d);
    let pushing = pushing.filter(doubted).map(|d| &d.name);
    asked.chain(pushing).cloned().collect()
}

/// The same sightings with services as the catalog names them, where it knows them.
pub fn with_catalog(sightings: &mut [Sighting], catalog: &CatalogGraph) {
    for sighting in sightings {
        let (Heard::All(all, _) | Heard::Some(all) | Heard::Part(all, _)) = &mut sighting.heard
        else {
            continue;
        };
        name_services(all.iter_mut(), catalog);
    }
}

/// Names the services of detections as the catalog does.
pub fn name_services<'a>(all: impl Iterator<Item = &'a mut Detection>, catalog: &CatalogGraph) {
    for service in all.flat_map(|one| &mut one.services) {
        if let Some(known) = service_named(catalog, service) {
            *service = known.to_owned();
        }
    }
}

/// The one service of the catalog that a word means; none where that is not certain.
pub fn service_named<'a>(catalog: &'a CatalogGraph, word: &str) -> Option<&'a str> {
    match catalog.services_meant(word)[..] {
        [one] => Some(&one.name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_an_alertmanager_that_is_not_asked_needs_the_metrics_and_of_one_that_is_does_not()
    {
        let all: toml::Table = crate::config::DEFAULTS.parse().expect("TOML");
        let mut bridge: Bridge = all["bridge"].clone().try_into().expect("settings");
        let pushing = |name: &str| {
            let raw = format!("name = \"{name}\"\nkind = \"alertmanager\"\n");
            toml::from_str::<Pushing>(&raw).expect("a detector")
        };
        bridge.detector = vec![pushing("asked"), pushing("told")];
        let asked = "name = \"asked\"\nurl = \"http://127.0.0.1:9093\"\n";
        bridge.alertmanager = vec![toml::from_str(asked).expect("an Alertmanager")];
        assert_eq!(needing_metrics(&bridge), ["told".to_owned()].into());
        bridge.alertmanager[0].prometheus = "metrics".into();
        assert_eq!(needing_metrics(&bridge).len(), 2);
    }
}
