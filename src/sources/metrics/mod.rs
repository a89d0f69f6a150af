//! Metrics: each kind of server is asked in its own way, and tells the same signals in the same units.

mod answer;
mod cloudwatch;
mod counted;
mod datadog;
mod presets;
mod prometheus;
mod question;

pub use prometheus::Prometheus;
pub(super) use question::literal;

use super::Window;
use super::aws::OsEnv;
use super::http::{Asking, SourceError};
use super::names::Names;
use crate::config::{self, ConfigError, MetricKind};
use crate::domain::{Change, Instant, Series, Sign};
use cloudwatch::Cloudwatch;
use datadog::Datadog;
use std::collections::{BTreeMap, BTreeSet};

enum Backend {
    Prometheus(Box<Prometheus>),
    Datadog(Box<Datadog>),
    Cloudwatch(Box<Cloudwatch>),
}

/// A source of metrics.
pub struct Metrics {
    name: String,
    way: Backend,
}

/// What it told.
#[derive(Debug, Default)]
pub struct Measured {
    /// Series.
    pub series: Vec<Series>,
    /// Changes that show in series.
    pub changes: Vec<Change>,
    /// What it says of things by itself.
    pub signs: Vec<Sign>,
    /// What it could not tell, in sentences.
    pub missing: Vec<String>,
}

impl Metrics {
    /// Sets up; nothing is asked.
    pub fn open(config: &config::Metrics, asking: &Asking) -> Result<Self, ConfigError> {
        config.check()?;
        let way = match config.kind {
            MetricKind::Prometheus => Backend::Prometheus(Prometheus::open(config, asking)?.into()),
            MetricKind::Datadog => Backend::Datadog(Datadog::open(config, asking)?.into()),
            MetricKind::Cloudwatch => {
                Backend::Cloudwatch(Cloudwatch::open(config, asking, OsEnv)?.into())
            }
        };
        Ok(Self {
            name: config.name.clone(),
            way,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server, where it is one of Prometheus: only those know alerting rules and take queries in PromQL.
    pub fn prometheus(&self) -> Option<&Prometheus> {
        match &self.way {
            Backend::Prometheus(server) => Some(server),
            Backend::Datadog(_) | Backend::Cloudwatch(_) => None,
        }
    }

    /// Whether it answers, and what of it applies: for `doctor`.
    pub async fn check(&self, now: Instant) -> Result<String, SourceError> {
        match &self.way {
            Backend::Prometheus(server) => server.check(now).await,
            Backend::Datadog(organisation) => organisation.check(now).await,
            Backend::Cloudwatch(account) => account.check().await,
        }
    }

    /// Everything it knows of some services in a window.
    pub async fn measure(&self, names: &Names, window: Window) -> Measured {
        match &self.way {
            Backend::Prometheus(server) => server.measure(names, window).await,
            Backend::Datadog(organisation) => organisation.measure(names, window).await,
            Backend::Cloudwatch(account) => account.measure(names, window).await,
        }
    }
}

/// Series that questions gave, and changes that show in them.
type Answer = (Vec<Series>, Vec<Change>);

impl Measured {
    fn lacking(says: String) -> Self {
        Self {
            missing: vec![says],
            ..Self::default()
        }
    }

    /// What a source says that knows nothing of some services.
    fn without_series(name: &str) -> Self {
        Self::lacking(format!(
            "{name} has no series for the services in question."
        ))
    }

    /// Everything that a source was told, in the order in which it asked; what failed is said once.
    fn of(answers: impl IntoIterator<Item = Result<Answer, SourceError>>) -> Self {
        let mut all = Self::default();
        for answer in answers {
            match answer {
                Ok((series, changes)) => {
                    all.series.extend(series);
                    all.changes.extend(changes);
                }
                Err(e) => all.missing.push(e.to_string()),
            }
        }
        all.series = first_said(all.series);
        all.missing.sort();
        all.missing.dedup();
        all
    }
}

/// Of several answers about one signal of one service, or of one call, the one that was asked for first, unless another
/// knows plainly more: templates of one's own stand before presets, and a service's own measure before that of a proxy.
fn first_said(all: Vec<Series>) -> Vec<Series> {
    let length = |s: &Series| s.normal.len() + s.recent.len();
    let key = |s: &Series| (s.service.clone(), s.signal.clone(), s.caller.clone());
    let mut longest = BTreeMap::new();
    for one in &all {
        let most = longest.entry(key(one)).or_insert(0);
        *most = length(one).max(*most);
    }
    let mut said = BTreeSet::new();
    let mut kept = all;
    kept.retain(|one| length(one) * 5 >= longest[&key(one)] * 4 && said.insert(key(one)));
    kept
}
