//! Which questions apply to some services: templates of one's own, and presets whose series are there.

use super::{AT_ONCE, Metrics};
use crate::config::Template;
use crate::domain::{Instant, Signal};
use crate::sources::Window;
use crate::sources::http::SourceError;
use crate::sources::names::Names;
use crate::sources::presets::Preset;
use futures_util::{StreamExt, stream};
use std::collections::{BTreeMap, BTreeSet};

/// Names in one question: a longer alternation makes some proxies refuse the request.
const NAMES_AT_ONCE: usize = 40;

/// What a template gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Gives {
    Series(Signal),
    Versions,
    Generation,
    Started,
}

/// A question for some services.
pub(super) struct Question {
    pub gives: Gives,
    /// The label that carries the service.
    pub label: String,
    /// The label that carries who calls it, where the caller measured.
    pub caller: Option<String>,
    pub query: String,
    /// Where what is measured runs out, and the query that tells.
    pub limit: Option<f64>,
    pub limit_query: String,
    /// The source's name of a service, to the service.
    pub values: BTreeMap<String, String>,
}

/// A label, and the series it is looked up on: all of them where there is no probe.
type Lookup = (String, Option<String>);

/// The names that a source knows by lookup.
type Known = BTreeMap<Lookup, Vec<String>>;

/// Templates that apply together, and the labels of which one carries the service.
struct Group<'a> {
    labels: Vec<&'a str>,
    probe: Option<&'a str>,
    templates: &'a [Template],
}

/// The source's names of services, with the services.
type Matched = Vec<(String, String)>;

impl Metrics {
    /// Which questions apply, for the names that a label carries: one's own first.
    pub(super) async fn questions(
        &self,
        names: &Names,
        window: Window,
    ) -> Result<Vec<Question>, SourceError> {
        let span = (window.recent_from, window.to);
        let there = self.presets_there(span).await?;
        let own = self.own.iter().map(|t| Group {
            labels: vec![t.label.as_str()],
            probe: None,
            templates: std::slice::from_ref(t),
        });
        let presets = there.into_iter().map(|p| Group {
            labels: p.labels.iter().map(String::as_str).collect(),
            probe: Some(p.probe.as_str()),
            templates: &p.template,
        });
        let groups: Vec<Group<'_>> = own.chain(presets).collect();
        let lookups = groups.iter().flat_map(Group::lookups).collect();
        let known = self.known(lookups, span).await?;
        let mut all = Vec::new();
        for group in &groups {
            let (label, matched) = group.matched(&known, names);
            for template in group.templates {
                all.extend(asked_of(template, label, &matched));
            }
        }
        Ok(all)
    }

    /// Presets whose series are there, by one request for all of them.
    pub(super) async fn presets_there(
        &self,
        span: (Instant, Instant),
    ) -> Result<Vec<&Preset>, SourceError> {
        let probes = self.presets.iter().map(|p| p.probe.as_str()).collect();
        let known: BTreeSet<String> = match self.presets.is_empty() {
            true => BTreeSet::new(),
            false => {
                let names = self.values("__name__", probes, span).await?;
                names.into_iter().collect()
            }
        };
        let presets = self.presets.iter();
        Ok(presets.filter(|p| known.contains(p.metric())).collect())
    }

    /// The names that labels carry, several asked at once.
    async fn known(
        &self,
        lookups: BTreeSet<Lookup>,
        span: (Instant, Instant),
    ) -> Result<Known, SourceError> {
        let asked = lookups.into_iter().map(|lookup| async move {
            let probe = lookup.1.as_deref().into_iter().collect();
            let values = self.values(&lookup.0, probe, span).await?;
            Ok((lookup, values))
        });
        let answers: Vec<Result<_, SourceError>> =
            stream::iter(asked).buffered(AT_ONCE).collect().await;
        answers.into_iter().collect()
    }
}

impl<'a> Group<'a> {
    fn lookups(&self) -> impl Iterator<Item = Lookup> {
        let labels = self.labels.iter();
        labels.map(|label| self.lookup(label))
    }

    fn lookup(&self, label: &str) -> Lookup {
        (label.to_owned(), self.probe.map(str::to_owned))
    }

    /// The label that tells most of the services apart, with the names it carries; the first of equals.
    fn matched(&self, known: &Known, names: &Names) -> (&'a str, Matched) {
        let of = |label: &'a str| {
            let values = known.get(&self.lookup(label)).into_iter().flatten();
            let matched: Matched = values
                .filter_map(|v| names.service(v).map(|s| (v.clone(), s.to_owned())))
                .collect();
            let services: BTreeSet<&String> = matched.iter().map(|m| &m.1).collect();
            (services.len(), label, matched)
        };
        let each = self.labels.iter().map(|l| of(l));
        let best = each.reduce(|a, b| if b.0 > a.0 { b } else { a });
        best.map_or(("service", Vec::new()), |(_, label, matched)| {
            (label, matched)
        })
    }
}

/// The questions of one template, so many services at a time.
fn asked_of(template: &Template, label: &str, matched: &[(String, String)]) -> Vec<Question> {
    let Ok(gives) = gives(template) else {
        return Vec::new();
    };
    let on = |query: &str| query.replace("$label", label);
    matched
        .chunks(NAMES_AT_ONCE)
        .map(|chunk| Question {
            gives: gives.clone(),
            label: label.to_owned(),
            caller: Some(template.caller.clone()).filter(|c| !c.is_empty()),
            query: on(&template.query),
            limit: template.limit,
            limit_query: on(&template.limit_query),
            values: chunk.iter().cloned().collect(),
        })
        .collect()
}

/// What cannot be meant by a template.
pub(super) fn fault(template: &Template) -> Result<(), String> {
    let gives = gives(template)?;
    let of_a_call = matches!(
        gives,
        Gives::Series(Signal::Latency | Signal::Errors | Signal::Traffic | Signal::Tail)
    );
    if !template.caller.is_empty() && !of_a_call {
        return Err("a template with a caller measures a call: its signal is latency, errors, traffic or tail.".into());
    }
    if template.caller == template.label {
        return Err(format!(
            "a template has the label \"{}\" for both ends of a call; label carries who is called, caller who calls.",
            template.label
        ));
    }
    if template.limit.is_some() && !template.limit_query.is_empty() {
        return Err("a template has both limit and limit_query; give one of them.".into());
    }
    if template.limit.is_some_and(|l| !l.is_finite() || l <= 0.0) {
        return Err("a template has a limit that nothing can reach; give a number above 0.".into());
    }
    Ok(())
}

fn gives(template: &Template) -> Result<Gives, String> {
    Ok(match template.signal.as_str() {
        "latency" => Gives::Series(Signal::Latency),
        "errors" => Gives::Series(Signal::Errors),
        "traffic" => Gives::Series(Signal::Traffic),
        "tail" => Gives::Series(Signal::Tail),
        "restarts" => Gives::Series(Signal::Restarts),
        "saturation" if !template.name.is_empty() => {
            Gives::Series(Signal::Saturation(template.name.clone()))
        }
        "saturation" => return Err("a template for saturation needs a name.".into()),
        "version" => Gives::Versions,
        "generation" => Gives::Generation,
        "started" => Gives::Started,
        other => {
            return Err(format!(
                "a template has the signal \"{other}\"; there are latency, errors, traffic, tail, saturation, restarts, version, generation, started."
            ));
        }
    })
}
