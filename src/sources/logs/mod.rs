//! Logs from Loki, Elasticsearch, OpenSearch, Datadog, CloudWatch, from files, from commands, and the issues of Sentry.

mod cloudwatch;
#[cfg(test)]
mod cloudwatch_tests;
mod datadog;
#[cfg(test)]
mod datadog_tests;
mod elastic;
mod lines;
mod loki;
mod printed;
mod sentry;
#[cfg(test)]
mod servers_tests;
#[cfg(test)]
mod tests;

use super::aws::OsEnv;
use super::http::{Asking, Endpoint, SourceError};
use super::{Question, Window};
use crate::config::{self, ConfigError, LogKind};
use crate::domain::secrets::redact;
use crate::domain::{Instant, LogLine, LogSample};
use chrono::Duration;
use cloudwatch::Cloudwatch;
use datadog::Datadog;
use elastic::Elastic;
pub(in crate::sources) use lines::when;
use loki::Loki;
use printed::Printed;
use sentry::Issues;

/// Lines of one service in one window; a busy service fills it in seconds, and then the window is as long as they last.
const MOST_LINES: usize = 2_000;
/// Characters of a line that are kept.
const LONGEST: usize = 1_000;
/// How long before the incident the fine window begins, and the normal one before that.
const RECENT: i64 = 30;
const NORMAL: i64 = 60;
/// Questions to one source at once.
const AT_ONCE: usize = 6;

enum Backend {
    Loki(Loki),
    Elastic(Elastic),
    Datadog(Box<Datadog>),
    Cloudwatch(Box<Cloudwatch>),
    Printed(Printed),
    Sentry(Issues),
}

/// A source of logs.
pub struct LogSource {
    name: String,
    way: Backend,
}

/// Lines of services, and what could not be had, in sentences.
#[derive(Debug, Default, PartialEq)]
pub struct Logged {
    /// The lines, by service.
    pub samples: Vec<LogSample>,
    /// What is missing.
    pub missing: Vec<String>,
}

impl LogSource {
    /// Sets up; nothing is asked.
    pub fn open(config: &config::Logs, asking: &Asking) -> Result<Self, ConfigError> {
        config.check()?;
        let endpoint = || Endpoint::open(&config.name, &config.url, &config.access, asking);
        let way = match config.kind {
            LogKind::Loki => Backend::Loki(Loki::new(config, endpoint()?)),
            LogKind::Elasticsearch | LogKind::Opensearch => {
                Backend::Elastic(Elastic::new(config, endpoint()?))
            }
            LogKind::Datadog => Backend::Datadog(Datadog::open(config, asking)?.into()),
            LogKind::Cloudwatch => {
                Backend::Cloudwatch(Cloudwatch::open(config, asking, OsEnv)?.into())
            }
            LogKind::Sentry => Backend::Sentry(Issues::open(config, asking)?),
            LogKind::File | LogKind::Command => {
                Backend::Printed(Printed::new(config, asking.timeout))
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

    /// Whether it answers: for `doctor`.
    pub async fn check(&self) -> Result<String, SourceError> {
        match &self.way {
            Backend::Loki(loki) => loki.check().await,
            Backend::Elastic(elastic) => elastic.check().await,
            Backend::Datadog(organisation) => organisation.check().await,
            Backend::Cloudwatch(account) => account.check().await,
            Backend::Printed(printed) => printed.check(),
            Backend::Sentry(issues) => issues.check().await,
        }
    }

    /// Lines of some services from before and around the incident: of as many as the source can be asked about at its price.
    pub async fn samples(&self, question: Question<'_>) -> Logged {
        let times = &Times::of(question.created, question.window);
        let mut told = match &self.way {
            Backend::Loki(loki) => loki.samples(question, times).await,
            Backend::Elastic(elastic) => elastic.samples(question, times).await,
            Backend::Datadog(organisation) => organisation.samples(question, times).await,
            Backend::Cloudwatch(account) => account.samples(question, times).await,
            Backend::Printed(printed) => printed.samples(question, times).await,
            Backend::Sentry(issues) => issues.samples(question, times).await,
        };
        told.samples
            .retain(|s| !s.recent.is_empty() || !s.normal.is_empty());
        told.missing.sort();
        told.missing.dedup();
        told
    }
}

impl Logged {
    fn lacking(error: SourceError) -> Self {
        Self {
            missing: vec![error.0],
            ..Self::default()
        }
    }

    /// What several questions were answered, as one.
    fn joined(answers: impl IntoIterator<Item = Result<impl Into<Self>, SourceError>>) -> Self {
        let mut out = Self::default();
        for answer in answers {
            let told = answer.map_or_else(Self::lacking, Into::into);
            out.samples.extend(told.samples);
            out.missing.extend(told.missing);
        }
        out
    }
}

impl From<LogSample> for Logged {
    fn from(sample: LogSample) -> Self {
        Self {
            samples: vec![sample],
            ..Self::default()
        }
    }
}

/// Where the normal time begins, where the one around the incident does, and where that ends.
struct Times {
    start: Instant,
    middle: Instant,
    end: Instant,
}

/// Lines of a window, oldest first, and the seconds that they stand for where they were cut off.
#[derive(Default)]
struct Lines {
    lines: Vec<LogLine>,
    seconds: Option<i64>,
}

impl Times {
    fn of(created: Instant, window: Window) -> Self {
        let middle = created - Duration::minutes(RECENT);
        Self {
            start: middle - Duration::minutes(NORMAL),
            middle,
            end: window.to,
        }
    }

    /// From and to: the normal window, and the one around the incident.
    fn windows(&self) -> [(Instant, Instant); 2] {
        [(self.start, self.middle), (self.middle, self.end)]
    }

    fn sample(
        &self,
        source: &str,
        service: &str,
        query: &str,
        [normal, recent]: [Lines; 2],
    ) -> LogSample {
        let whole = (self.end - self.middle).num_seconds();
        LogSample {
            service: service.into(),
            source: source.into(),
            query: redact(query),
            normal_seconds: normal.seconds.unwrap_or(NORMAL * 60),
            recent_seconds: recent.seconds.unwrap_or(whole),
            normal: normal.lines,
            recent: recent.lines,
            complete: false,
        }
    }
}

impl Lines {
    /// Lines of which so many were asked for: where there are as many, they stand for as long as they last.
    fn new(lines: Vec<LogLine>, most: usize) -> Self {
        let is_cut = lines.len() >= most;
        let mut all = Self::cut(lines, 0);
        all.seconds = match (all.lines.first(), all.lines.last()) {
            (Some(a), Some(b)) if is_cut => Some((b.at - a.at).num_seconds().max(1)),
            _ => None,
        };
        all
    }

    /// Lines that stand for so many seconds.
    fn cut(mut lines: Vec<LogLine>, seconds: i64) -> Self {
        lines.sort_by(|a, b| (a.at, &a.text).cmp(&(b.at, &b.text)));
        Self {
            lines,
            seconds: Some(seconds.max(1)),
        }
    }
}
