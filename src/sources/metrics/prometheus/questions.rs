//! Which questions apply to some services: templates of one's own, and presets whose series are there.

use super::super::presets::Preset;
use super::super::question::{Dialect, Matched, Question, asked_of, telling};
use super::{AT_ONCE, Prometheus};
use crate::config::Template;
use crate::domain::Instant;
use crate::sources::Window;
use crate::sources::http::SourceError;
use crate::sources::names::Names;
use futures_util::{StreamExt, stream};
use std::collections::{BTreeMap, BTreeSet};

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

impl Prometheus {
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
                all.extend(asked_of(Dialect::Promql, template, label, &matched));
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

    /// The label that tells most of the services apart, with the names it carries.
    fn matched(&self, known: &'a Known, names: &Names) -> (&'a str, Matched) {
        let values = |label: &'a str| {
            known
                .get(&self.lookup(label))
                .map_or(&[][..], Vec::as_slice)
        };
        let labels = self.labels.iter();
        telling(labels.map(|label| (*label, values(label))), names)
    }
}
