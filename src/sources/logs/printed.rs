//! Logs that are text: a file, or what a command prints. What is one for all services is read once.

use super::lines::{Last, dated};
use super::{AT_ONCE, Lines, Logged, MOST_LINES, Times};
use crate::config;
use crate::domain::secrets::redact;
use crate::domain::{Instant, LogSample};
use crate::sources::Question;
use crate::sources::command::{LARGEST, argument, as_text, run};
use crate::sources::http::SourceError;
use futures_util::{StreamExt, stream};
use std::io::{Read, Seek, SeekFrom};
use std::time::Duration;

/// Services that are asked about one by one.
const MOST_SERVICES: usize = 24;
/// Services that are looked for in a text that is one for all.
const MOST_SHARED: usize = 500;

enum Way {
    File(String),
    Command(Vec<String>),
}

/// A file or a command.
pub(super) struct Printed {
    name: String,
    way: Way,
    timeout: Duration,
}

impl Printed {
    pub fn new(config: &config::Logs, timeout: Duration) -> Self {
        Self {
            name: config.name.clone(),
            way: match config.command.is_empty() {
                true => Way::File(config.path.clone()),
                false => Way::Command(config.command.clone()),
            },
            timeout,
        }
    }

    pub fn check(&self) -> Result<String, SourceError> {
        match &self.way {
            Way::File(path) if path.contains("$service") => Ok(path.clone()),
            Way::File(path) => std::fs::metadata(path)
                .map(|m| format!("{} bytes", m.len()))
                .map_err(|e| SourceError(format!("{}: {path}: {e}.", self.name))),
            Way::Command(command) => Ok(format!(
                "not tried, since it is asked for one service at a time: {}",
                redact(&command.join(" "))
            )),
        }
    }

    pub async fn samples(&self, question: Question<'_>, times: &Times) -> Logged {
        if self.is_own() {
            let each = question.services.iter().take(MOST_SERVICES);
            let asked: Vec<_> = each.map(|service| self.own(service, times)).collect();
            let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
            return Logged::joined(answers);
        }
        match self.text("", times.start).await {
            Ok((query, text)) => {
                let each = question.services.iter().take(MOST_SHARED);
                Logged::joined(each.map(|service| Ok(self.split(&query, &text, service, times))))
            }
            Err(e) => Logged::lacking(e),
        }
    }

    async fn own(&self, service: &str, times: &Times) -> Result<LogSample, SourceError> {
        let (query, text) = self.text(service, times.start).await?;
        Ok(self.split(&query, &text, service, times))
    }

    /// What there is of one service, or of all, with how it was had.
    async fn text(&self, service: &str, start: Instant) -> Result<(String, String), SourceError> {
        match &self.way {
            Way::File(path) => file(path, service).await,
            Way::Command(command) => self.output(command, service, start).await,
        }
    }

    /// What a command prints for one service, with the line that was run.
    async fn output(
        &self,
        command: &[String],
        service: &str,
        start: Instant,
    ) -> Result<(String, String), SourceError> {
        let since = start.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let given = if self.is_own() {
            argument(service)?
        } else {
            ""
        };
        let written = |a: &String| a.replace("$service", given).replace("$since", &since);
        let arguments: Vec<String> = command[1..].iter().map(written).collect();
        let text = run(&command[0], &arguments, self.timeout).await?;
        Ok((format!("{} {}", command[0], arguments.join(" ")), text))
    }

    /// The lines of one service from before and around the incident.
    pub fn split(&self, query: &str, text: &str, service: &str, times: &Times) -> LogSample {
        let [mut normal, mut recent] = times.windows().map(|(from, to)| Last::of(from, to));
        for (at, line) in dated(text, times.end, (!self.is_own()).then_some(service)) {
            normal.take(at, line);
            recent.take(at, line);
        }
        let lines = [normal, recent].map(|l| Lines::new(l.kept(), MOST_LINES));
        times.sample(&self.name, service, query, lines)
    }

    /// Whether it is asked for one service; else its lines are told apart by whether they name it.
    fn is_own(&self) -> bool {
        match &self.way {
            Way::File(path) => path.contains("$service"),
            Way::Command(command) => command.iter().any(|a| a.contains("$service")),
        }
    }
}

/// The end of a file, with its path; of a service's own file where the path names the service.
async fn file(path: &str, service: &str) -> Result<(String, String), SourceError> {
    let path = if path.contains("$service") {
        path.replace("$service", argument(service)?)
    } else {
        path.to_owned()
    };
    let from = path.clone();
    let read = tokio::task::spawn_blocking(move || tail(&from)).await;
    let text = read
        .map_err(|e| SourceError(e.to_string()))?
        .map_err(|e| SourceError(format!("{path}: {e}.")))?;
    Ok((path, text))
}

/// The last megabytes of a file.
fn tail(path: &str) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LARGEST)))?;
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(as_text(bytes))
}
