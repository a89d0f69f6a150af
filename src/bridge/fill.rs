//! What custom fields of an incident are filled with: templates, with what was detected and what queries say in the places
//! that stand for it.

use super::reconcile::{Declaration, Happened, Step};
use super::words::NAME;
use crate::config::Bridge;
use crate::domain::episode::{How, Memory};
use crate::domain::text::{clean_line, fit};
use crate::domain::{Detection, time};
use crate::session::Session;
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long all queries of a declaration may take together: nobody is called later for a field.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known of a declaration beside itself.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The issue it is declared for.
    pub first: Option<Detection>,
    /// What the queries say that its fields name.
    pub queries: BTreeMap<String, String>,
    /// What they do not say, in sentences.
    pub missing: Vec<String>,
}

impl Facts {
    /// That fields were left out of what was declared, and why.
    pub fn left_out(&self, happened: &Happened) -> Option<String> {
        let Happened::Declared(_, _, reference, _) = happened else {
            return None;
        };
        let why = self.missing.join("; ");
        (!why.is_empty()).then(|| format!("{reference}: fields are left out: {why}."))
    }
}

/// What is known for a step beside itself.
pub async fn of_step(session: &Session, step: &Step, memory: &Memory) -> Facts {
    let Step::Declare(declaration) = step else {
        return Facts::default();
    };
    let first = declaration.issues.first();
    let first = first.and_then(|issue| memory.episodes.get(issue));
    ask(session, declaration, first.map(|e| e.detection.clone())).await
}

/// Asks the queries that fields name, all at once and only for so long.
pub async fn ask(session: &Session, declaration: &Declaration, first: Option<Detection>) -> Facts {
    let config = &session.config().bridge;
    let mut facts = Facts {
        first,
        ..Facts::default()
    };
    let asked = config.queries.iter().filter(|(name, _)| {
        let place = format!("{{query.{name}}}");
        let mut templates = config.fields.values().chain([&config.name]);
        templates.any(|value| value.contains(&place))
    });
    let answers = asked.map(|(name, query)| async move {
        let value = session.bridge_query(query, &declaration.services);
        (name, tokio::time::timeout(PATIENCE, value).await)
    });
    for (name, answer) in join_all(answers).await {
        let why = match answer {
            Ok(Ok(value)) => {
                facts.queries.insert(name.clone(), value);
                continue;
            }
            Ok(Err(e)) => e.to_string(),
            Err(_) => format!("no answer within {} seconds", PATIENCE.as_secs()),
        };
        let why = why.trim_end_matches('.');
        facts.missing.push(format!("query {name}: {why}"));
    }
    facts
}

/// The fields of a declaration, each as `name=value`. One whose query says nothing is left out.
pub fn fields(config: &Bridge, declaration: &Declaration, facts: &Facts) -> Vec<String> {
    let filled = |(name, template): (&String, &String)| {
        let value = filled(template, declaration, facts)?;
        (!value.is_empty()).then(|| format!("{name}={value}"))
    };
    config.fields.iter().filter_map(filled).collect()
}

/// The name of an incident, as it is configured; what was detected where that says nothing. A storm names itself.
pub fn name(config: &Bridge, declaration: &Declaration, facts: &Facts) -> String {
    let said = filled(&config.name, declaration, facts);
    let said = said.filter(|_| declaration.how != How::Storm);
    let said = said.map(|said| fit(&clean_line(&said), NAME));
    said.filter(|said| !said.trim().is_empty())
        .unwrap_or_else(|| declaration.name.clone())
}

/// A value with what was detected in the places that stand for it. It is one pass: what comes from outside stands for
/// nothing further. Nothing where a query that it names says nothing.
fn filled(template: &str, declaration: &Declaration, facts: &Facts) -> Option<String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        out.push_str(before);
        out.push_str(&match name.strip_prefix("query.") {
            Some(query) => facts.queries.get(query)?.clone(),
            None => named(name, declaration, facts.first.as_ref()),
        });
        rest = behind;
    }
    out.push_str(rest);
    Some(out.trim().to_owned())
}

fn named(name: &str, declaration: &Declaration, first: Option<&Detection>) -> String {
    let of = |map: &BTreeMap<String, String>, key: &str| map.get(key).cloned().unwrap_or_default();
    match (name, first) {
        ("services", _) => declaration.services.join(", "),
        ("title", _) => declaration.name.clone(),
        ("summary", _) => declaration.summary.clone(),
        ("severity", _) => declaration.severity.clone(),
        ("detector", Some(first)) => first.detector.clone(),
        ("url", Some(first)) => first.url.clone(),
        ("started", Some(first)) => time::Zone::UTC.named_minute(first.started),
        (name, Some(first)) => match name.split_once('.') {
            Some(("label", key)) => of(&first.labels, key),
            Some(("annotation", key)) => of(&first.annotations, key),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_whose_query_says_nothing_is_left_out_and_no_other() {
        let declaration = Declaration {
            issues: Vec::new(),
            key: "k".into(),
            name: "Slow {query.slo}".into(),
            severity: "Major".into(),
            summary: "s".into(),
            services: vec!["cart".into(), "bank".into()],
            how: How::Declared,
        };
        let facts = Facts {
            queries: [("slo".to_owned(), "0.99 {title}".to_owned())].into(),
            ..Facts::default()
        };
        for (template, says) in [
            ("{services}", Some("cart, bank")),
            ("{query.slo} left", Some("0.99 {title} left")),
            ("{query.burn}", None),
            ("{title}: {query.burn}", None),
            ("{title}", Some("Slow {query.slo}")),
            ("{label.team}", Some("")),
            ("{query.slo", Some("{query.slo")),
        ] {
            let said = filled(template, &declaration, &facts);
            assert_eq!(said.as_deref(), says, "{template}");
            let all: toml::Table = crate::config::DEFAULTS.parse().expect("TOML");
            let mut config: Bridge = all["bridge"].clone().try_into().expect("settings");
            assert_eq!(name(&config, &declaration, &facts), "Slow {query.slo}");
            config.name = template.into();
            let named = says.filter(|says| !says.is_empty());
            let named = named.unwrap_or("Slow {query.slo}");
            assert_eq!(name(&config, &declaration, &facts), named, "{template}");
        }
    }
}
