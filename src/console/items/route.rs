//! A route of alerts: a line in its list, and everything its rules say on its card.

use super::super::link::LinkTarget;
use super::super::list::{Item, Tone};
use crate::domain::time::span;
use crate::domain::{AlertRoute, RouteIncident};
use crate::session::{ApiError, KnownRoute, Session};

/// What is done with alerts.
pub fn line(r: AlertRoute) -> Item {
    let (mark, tone) = match r.enabled {
        true => ("on", Tone::Plain),
        false => ("off", Tone::Quiet),
    };
    Item {
        leads_to: Some(LinkTarget::Route(r.id.clone())),
        id: r.id,
        mark: mark.into(),
        title: r.name,
        tone,
        ..Item::default()
    }
}

/// One route with its rules, for its card.
pub async fn one_route(session: &Session, id: &str) -> Result<Item, ApiError> {
    Ok(whole(session.alert_route(id).await?))
}

/// A route with everything that its rules say.
pub fn whole(known: KnownRoute) -> Item {
    Item {
        facts: facts(&known),
        ..line(known.route)
    }
}

/// A label, words, and where they lead.
type Fact = (String, String, LinkTarget);

fn fact(label: &str, words: impl Into<String>) -> Fact {
    (label.to_owned(), words.into(), LinkTarget::Nowhere)
}

fn facts(known: &KnownRoute) -> Vec<Fact> {
    let rules = &known.rules;
    let mut all: Vec<Fact> = rules.sources.iter().map(|s| source(known, s)).collect();
    all.push(fact("Only where", rules.conditions.as_str()));
    all.push(fact("Groups", grouping(rules.groups.as_ref())));
    match &rules.incident {
        Some(incident) => all.extend(declares(incident)),
        None => all.push(fact("Declares", "no incident")),
    }
    if rules.is_private {
        all.push(fact("Private", "what it declares is private"));
    }
    let pages = rules.pages.iter().map(|id| fact("Pages", path(known, id)));
    all.extend(pages);
    if rules.pages.is_empty() {
        all.push(fact("Pages", "nobody"));
    }
    let again = rules.pages_again.as_deref().unwrap_or_default();
    all.push(fact("Again", again));
    if rules.cancels_pages && !rules.pages.is_empty() {
        all.push(fact("Cancels", "its pages once all alerts are resolved"));
    }
    all.extend(
        rules
            .posts_to
            .iter()
            .map(|to| fact("Posts to", to.as_str())),
    );
    all.extend(rules.teams.iter().map(|team| fact("Team", team.as_str())));
    all
}

fn source(known: &KnownRoute, (id, conditions): &(String, String)) -> Fact {
    let found = known.sources.iter().find(|s| &s.id == id);
    let name = found.map_or(id.as_str(), |s| s.name.as_str());
    let words = match conditions.is_empty() {
        true => name.to_owned(),
        false => format!("{name}, where {conditions}"),
    };
    ("Alerts of".into(), words, LinkTarget::Line(id.clone()))
}

fn grouping(groups: Option<&(Vec<String>, Option<i64>)>) -> String {
    let Some((keys, seconds)) = groups else {
        return "no: each alert stands alone".into();
    };
    let by = match keys.is_empty() {
        true => "all alerts together".to_owned(),
        false => format!("by {}", keys.join(", ")),
    };
    let within = seconds.map_or_else(String::new, |s| format!(", within {}", span(s)));
    by + &within
}

fn declares(incident: &RouteIncident) -> Vec<Fact> {
    let words = match incident.conditions.is_empty() {
        true => "an incident".to_owned(),
        false => format!("an incident where {}", incident.conditions),
    };
    let mut all = vec![fact("Declares", words)];
    let sets = incident.sets.iter();
    all.extend(sets.map(|(label, value)| fact(&format!("  {label}"), value.as_str())));
    if incident.declines {
        let words = "one in triage once all alerts are resolved";
        all.push(fact("Declines", words));
    }
    all
}

/// A path by its name; anything else as it stands.
fn path(known: &KnownRoute, id: &str) -> String {
    let found = known.paths.iter().find(|path| path.id == id);
    found.map_or_else(|| id.to_owned(), |path| path.name.clone())
}
