//! Logs from Amazon CloudWatch, by its documentation, through Logs Insights: one query searches the log groups of many
//! services, and groups that fill an answer are asked for alone.

use super::lines::{kept, when};
use super::{AT_ONCE, Lines, Logged, Times};
use crate::config::{self, ConfigError};
use crate::domain::{Instant, LogLine};
use crate::sources::Question;
use crate::sources::aws::{Aws, Env, Service, Settings};
use crate::sources::http::{Asking, SourceError};
use crate::sources::names::Names;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// CloudWatch Logs in signatures and by its operations.
const SERVICE: Service = Service {
    name: "logs",
    target: "Logs_20140328",
    version: "1.1",
};
/// Log groups in one query, the most that CloudWatch takes.
const TOGETHER: usize = 50;
/// Log groups that are looked through, 50 a page, and those that are asked about.
const MOST_PAGES: usize = 20;
const MOST_GROUPS: usize = 200;
/// Lines of an answer for many groups, the most that CloudWatch gives, and of one group alone.
const MOST_SHARED: usize = 10_000;
const MOST_ALONE: usize = super::MOST_LINES;
/// Services that are asked for alone in one window, and lines in a full answer from which on one is.
const ALONE: usize = 6;
const LOUD: usize = MOST_SHARED / 12;
/// How often it is asked whether a query is done.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

type Span = (Instant, Instant);
/// Log groups, each with its service.
type Groups = Vec<(String, String)>;
/// Lines by service.
type Found = BTreeMap<String, Lines>;

/// An account's logs in one region.
pub(super) struct Cloudwatch {
    door: Aws,
    patterns: Vec<String>,
}

impl Cloudwatch {
    pub fn open(
        config: &config::Logs,
        asking: &Asking,
        env: impl Env,
    ) -> Result<Self, ConfigError> {
        let settings = Settings {
            name: &config.name,
            url: &config.url,
            region: &config.region,
            profile: &config.profile,
            access: &config.access,
        };
        Ok(Self {
            door: Aws::open(&settings, SERVICE, asking, env)?,
            patterns: config.groups.clone(),
        })
    }

    pub async fn check(&self) -> Result<String, SourceError> {
        let mut count = 0;
        for pattern in &self.patterns {
            count += self.listed(pattern).await?.len();
        }
        let region = &self.door.region;
        Ok(format!(
            "{region}: log groups that may be a service's: {count}"
        ))
    }

    /// Both windows.
    pub async fn samples(&self, question: Question<'_>, times: &Times) -> Logged {
        let groups = match self.groups(&question).await {
            Ok(groups) => groups,
            Err(e) => return Logged::lacking(e),
        };
        let [normal, recent] = times.windows();
        let (normal, recent) =
            tokio::join!(self.window(&groups, normal), self.window(&groups, recent));
        let mut out = Logged::default();
        let mut parts = [normal, recent].map(|(found, missing)| {
            out.missing.extend(missing);
            found
        });
        let services: BTreeSet<&String> = groups.iter().map(|g| &g.1).collect();
        for service in question.services.iter().filter(|s| services.contains(s)) {
            let lines = parts.each_mut();
            let lines = lines.map(|found| found.remove(service).unwrap_or_default());
            let of = groups.iter().filter(|g| g.1 == *service);
            let of: Vec<&str> = of.map(|g| g.0.as_str()).collect();
            let query = format!("{} in {}", query(MOST_ALONE), of.join(", "));
            let sample = times.sample(&self.door.name, service, &query, lines);
            out.samples.push(sample);
        }
        out
    }

    /// The log groups of the services in scope, those named first.
    async fn groups(&self, question: &Question<'_>) -> Result<Groups, SourceError> {
        let asked: Vec<_> = self.patterns.iter().map(|p| self.listed(p)).collect();
        let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        let mut all = Vec::new();
        for (pattern, listed) in self.patterns.iter().zip(answers) {
            let of = listed?.into_iter().filter_map(|group| {
                let service = service_in(&group, pattern, question.names)?;
                let at = question.services.iter().position(|s| *s == service)?;
                Some((at, group, service))
            });
            all.extend(of);
        }
        all.sort();
        all.dedup();
        all.truncate(MOST_GROUPS);
        Ok(all
            .into_iter()
            .map(|(_, group, service)| (group, service))
            .collect())
    }

    /// The names of log groups that begin as a pattern does.
    async fn listed(&self, pattern: &str) -> Result<Vec<String>, SourceError> {
        let prefix = pattern.split("$service").next().unwrap_or_default();
        let mut body = json!({"limit": 50});
        if !prefix.is_empty() {
            body["logGroupNamePrefix"] = json!(prefix);
        }
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let read = |answer: &Value| {
                let groups = answer["logGroups"].as_array();
                let groups = groups.ok_or_else(|| self.door.foreign())?;
                let named = groups.iter().filter_map(|g| g["logGroupName"].as_str());
                let named: Vec<String> = named.map(str::to_owned).collect();
                Ok((named, answer["nextToken"].as_str().map(str::to_owned)))
            };
            let (named, more) = self
                .door
                .ask(SERVICE, "DescribeLogGroups", &body, read)
                .await?;
            all.extend(named);
            let Some(more) = more else { break };
            body["nextToken"] = json!(more);
        }
        Ok(all)
    }

    /// Lines by service in one window, and what could not be had.
    async fn window(&self, groups: &Groups, span: Span) -> (Found, Vec<String>) {
        let parts: Vec<&[(String, String)]> = groups.chunks(TOGETHER).collect();
        let asked: Vec<_> = parts
            .into_iter()
            .map(|some| self.part(some, span))
            .collect();
        let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        let (mut found, mut missing) = (Found::new(), Vec::new());
        for answer in answers {
            match answer {
                Ok(told) => found.extend(told),
                Err(e) => missing.push(e.0),
            }
        }
        (found, missing)
    }

    /// The lines of some groups: together, and those that fill the answer alone.
    async fn part(&self, groups: &[(String, String)], span: Span) -> Result<Found, SourceError> {
        let told = self.search(groups, MOST_SHARED, span).await?;
        let is_full = told.values().map(Vec::len).sum::<usize>() >= MOST_SHARED;
        if !is_full {
            let whole = |(service, lines)| (service, Lines::new(lines, usize::MAX));
            return Ok(told.into_iter().map(whole).collect());
        }
        // Who fills an answer is asked for alone, so that the others have one of their own.
        let mut loud: Vec<(&String, usize)> = told.iter().map(|(s, l)| (s, l.len())).collect();
        loud.retain(|(_, count)| *count > LOUD);
        loud.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let loud: BTreeSet<&String> = loud.into_iter().take(ALONE).map(|(s, _)| s).collect();
        let (alone, rest): (Vec<_>, Vec<_>) =
            groups.iter().cloned().partition(|g| loud.contains(&g.1));
        let by_service = alone.chunk_by(|a, b| a.1 == b.1);
        let mut asked: Vec<_> = by_service
            .map(|of| self.alone(of, MOST_ALONE, span))
            .collect();
        if !rest.is_empty() {
            asked.push(self.alone(&rest, MOST_SHARED, span));
        }
        let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        let mut found = Found::new();
        for answer in answers {
            found.extend(answer?);
        }
        Ok(found)
    }

    /// The newest lines of some groups, and the time that they stand for.
    async fn alone(
        &self,
        groups: &[(String, String)],
        most: usize,
        span: Span,
    ) -> Result<Found, SourceError> {
        let told = self.search(groups, most, span).await?;
        let is_full = told.values().map(Vec::len).sum::<usize>() >= most;
        let oldest = told.values().flatten().map(|l| l.at).min();
        let seconds = oldest
            .filter(|_| is_full)
            .map(|o| (span.1 - o).num_seconds());
        let cut = |(service, lines)| {
            let lines = match seconds {
                Some(seconds) => Lines::cut(lines, seconds),
                None => Lines::new(lines, usize::MAX),
            };
            (service, lines)
        };
        Ok(told.into_iter().map(cut).collect())
    }

    /// Starts a query, and waits until it is done.
    async fn search(
        &self,
        groups: &[(String, String)],
        most: usize,
        (from, to): Span,
    ) -> Result<BTreeMap<String, Vec<LogLine>>, SourceError> {
        let names: Vec<&str> = groups.iter().map(|g| g.0.as_str()).collect();
        let body = json!({
            "logGroupNames": names, "startTime": from.timestamp(), "endTime": to.timestamp(),
            "queryString": query(most), "limit": most,
        });
        let read = |answer: &Value| {
            let id = answer["queryId"].as_str();
            id.map(str::to_owned).ok_or_else(|| self.door.foreign())
        };
        let id = self.door.ask(SERVICE, "StartQuery", &body, read).await?;
        let body = json!({"queryId": id});
        loop {
            let read = |answer: &Value| self.results(answer, groups, most);
            if let Some(told) = self
                .door
                .ask(SERVICE, "GetQueryResults", &body, read)
                .await?
            {
                return Ok(told);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Lines by service; nothing while the query runs.
    fn results(
        &self,
        answer: &Value,
        groups: &[(String, String)],
        most: usize,
    ) -> Result<Option<BTreeMap<String, Vec<LogLine>>>, SourceError> {
        let status = answer["status"]
            .as_str()
            .ok_or_else(|| self.door.foreign())?;
        match status {
            "Complete" => {}
            "Scheduled" | "Running" => return Ok(None),
            other => {
                let other = crate::domain::text::clean_line(other).to_lowercase();
                let name = &self.door.name;
                return Err(SourceError(format!(
                    "{name} could not search: its query is {other}."
                )));
            }
        }
        let rows = answer["results"].as_array();
        let rows = rows.ok_or_else(|| self.door.foreign())?;
        let mut told: BTreeMap<String, Vec<LogLine>> = BTreeMap::new();
        for row in rows.iter().take(most) {
            let field = |name: &str| {
                let all = row.as_array()?;
                all.iter().find(|f| f["field"] == name)?["value"].as_str()
            };
            // The account stands before the name of the group.
            let of = field("@log").unwrap_or_default();
            let of = of.split_once(':').map_or(of, |(_, group)| group);
            let service = match groups {
                [(_, only)] => Some(only),
                several => several.iter().find(|g| g.0 == of).map(|g| &g.1),
            };
            let at = field("@timestamp").and_then(time);
            if let (Some(service), Some(at), Some(text)) = (service, at, field("@message")) {
                let line = LogLine {
                    at,
                    text: kept(text.trim_end()),
                };
                told.entry(service.clone()).or_default().push(line);
            }
        }
        Ok(Some(told))
    }
}

/// What is asked: a person can ask the same in the console.
fn query(most: usize) -> String {
    format!("fields @timestamp, @message, @log | sort @timestamp desc | limit {most}")
}

/// A time as Insights writes it, in UTC: `2026-11-20 11:59:01.000`.
fn time(text: &str) -> Option<Instant> {
    when(&json!(format!("{}Z", text.trim().replacen(' ', "T", 1))))
}

/// The service whose log group this is, where a pattern such as `/aws/lambda/$service` fits its name.
fn service_in(group: &str, pattern: &str, names: &Names) -> Option<String> {
    let (before, after) = pattern.split_once("$service")?;
    let inside = group.strip_prefix(before)?;
    let said = match after {
        "" => inside,
        after => inside.strip_suffix(after)?,
    };
    // Names are often the last part of a path, or have the stage in front of them.
    let last = said.rsplit('/').next();
    let found = names.service(said).or_else(|| names.service(last?));
    found.map(str::to_owned)
}
