//! Whether a world is as it should be.

use super::detector::{Truth, name};
use super::organisation::{Organisation, Set, text};
use super::program::{SERVICES, service};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is looked at in the end.
pub struct Ending<'a> {
    pub truth: &'a Truth,
    pub organisation: &'a Organisation,
    /// Incidents that the bridge declared, as the organisation has them.
    pub incidents: &'a [Value],
    /// What `hotseat bridge status` says.
    pub status: &'a Value,
    pub has_metrics: bool,
    /// Incidents that people closed, and what people set.
    pub closed: &'a BTreeSet<String>,
    pub set: &'a [Set],
}

pub fn is_open(incident: &Value) -> bool {
    let category = incident["incident_status"]["category"].as_str();
    matches!(category, Some("live" | "triage" | "paused"))
}

impl Ending<'_> {
    fn rows(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.status[name].as_array().into_iter().flatten()
    }

    fn episode(&self, issue: usize) -> Option<&Value> {
        let mut all = self.rows("episodes");
        all.find(|e| e["detection"]["labels"]["alertname"] == name(issue).as_str())
    }

    fn incident(&self, id: &Value) -> Option<&Value> {
        self.incidents.iter().find(|i| i["id"] == *id)
    }

    /// What is not as it should be; some of it may only not be so yet.
    pub fn wrong(&self) -> Result<(), String> {
        for issue in 0..self.truth.issues.len() {
            self.issue(issue)?;
        }
        for incident in self.incidents.iter().filter(|i| is_open(i)) {
            self.open(incident)?;
        }
        for service in SERVICES {
            let of = |i: &&Value| is_open(i) && services(i) == [service];
            let open: Vec<&Value> = self.incidents.iter().filter(of).collect();
            if open.len() > 1 {
                return Err(format!("{service} has {} incidents: {open:#?}", open.len()));
            }
        }
        self.people()
    }

    fn issue(&self, issue: usize) -> Result<(), String> {
        let (true_state, episode) = (&self.truth.issues[issue], self.episode(issue));
        if !true_state.burns {
            let is_clear = episode.is_none_or(|e| e["standing"]["clear"].is_object());
            // Without the metrics nobody can tell that what fell silent is over.
            let is_unsure = episode.is_some_and(|e| e["standing"]["unsure"].is_object());
            return match is_clear || (is_unsure && !self.has_metrics) {
                true => Ok(()),
                false => Err(format!(
                    "{} is over, and is told as {episode:#?}",
                    name(issue)
                )),
            };
        }
        let episode = episode.ok_or_else(|| format!("{} burns unheard", name(issue)))?;
        let of = self.incident(&episode["incident"]);
        let is_held = of.is_some_and(|i| is_open(i) || self.closed.contains(&text(&i["id"])));
        match is_held && episode["standing"] == "burning" {
            true => Ok(()),
            false => Err(format!(
                "{} of {} burns without an open incident: {episode:#?} of {of:#?}",
                name(issue),
                service(issue)
            )),
        }
    }

    /// An open incident is somebody's, and is not over.
    fn open(&self, incident: &Value) -> Result<(), String> {
        let (id, reference) = (&incident["id"], &incident["reference"]);
        let Some(kept) = self.rows("incidents").find(|k| k["id"] == *id) else {
            return Err(format!("{reference} is nobody's: {incident:#?}"));
        };
        let mut of = self.rows("episodes").filter(|e| e["incident"] == *id);
        let is_over = of.all(|e| e["standing"]["clear"].is_object());
        match is_over && kept["hands"].is_null() {
            true => Err(format!("{reference} is over and open: {kept:#?}")),
            false => Ok(()),
        }
    }

    /// What people set last stands, and what they closed is closed.
    fn people(&self) -> Result<(), String> {
        let last: BTreeMap<(&str, &str), &str> = self
            .set
            .iter()
            .map(|(id, field, to)| ((id.as_str(), *field), to.as_str()))
            .collect();
        for incident in self.incidents {
            let id = text(&incident["id"]);
            for field in ["severity", "lead"] {
                let stands = self.organisation.standing(incident, field);
                if let Some(set) = last.get(&(id.as_str(), field))
                    && stands != *set
                {
                    return Err(format!(
                        "its {field} is {stands}, and people set {set}: {incident:#?}"
                    ));
                }
            }
            if self.closed.contains(&id) && is_open(incident) {
                return Err(format!("people closed it, and it is open: {incident:#?}"));
            }
        }
        Ok(())
    }
}

/// The services that an incident names; none for one of a storm.
pub fn services(incident: &Value) -> Vec<String> {
    let summary = text(&incident["summary"]);
    let affected = summary.lines().filter_map(|l| l.strip_prefix("Affected: "));
    let named: BTreeSet<&str> = affected.map(|l| l.trim_end_matches('.')).collect();
    named.into_iter().map(str::to_owned).collect()
}
