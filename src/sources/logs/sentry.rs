//! Issues of Sentry, as lines of the services whose projects they are of: an error text blames, grows and is new in the same
//! way wherever it was written down. An issue tells how often it happened in each few minutes; its lines lie there evenly.

mod issue;
mod spread;
#[cfg(test)]
mod tests;

use super::{AT_ONCE, Lines, Logged, MOST_LINES, Times};
use crate::config::{self, ConfigError};
use crate::domain::LogLine;
use crate::domain::text::counted;
use crate::sources::Question;
use crate::sources::http::{Asking, SourceError};
use crate::sources::sentry::{MOST_PROJECTS, PAGE, Project, Sentry, stamp, version};
use futures_util::{StreamExt, stream};
use issue::Issue;
use serde_json::Value;
use spread::{Slice, Span, since};
use std::collections::BTreeMap;
use std::time::Duration;

/// In which order issues are asked for: those that happened most, and those that were seen for the first time last.
const SORTS: [&str; 2] = ["freq", "new"];
/// Issues of which it is asked in which release they came.
const MOST_RELEASES: usize = 6;

/// The issues of an organisation.
pub(super) struct Issues {
    sentry: Sentry,
    timeout: Duration,
}

/// The projects of each service that is asked about.
type Asked<'a> = BTreeMap<&'a str, Vec<Project>>;

impl Issues {
    pub fn open(config: &config::Logs, asking: &Asking) -> Result<Self, ConfigError> {
        let (name, url, access) = (&config.name, &config.url, &config.access);
        Ok(Self {
            sentry: Sentry::open(name, url, &config.sentry, access, asking)?,
            timeout: asking.timeout,
        })
    }

    pub async fn check(&self) -> Result<String, SourceError> {
        let (projects, is_part) = self.sentry.projects().await?;
        let organization = self.sentry.organization();
        if let Some(slug) = self.sentry.unknown(&projects).filter(|_| !is_part) {
            return Err(SourceError(format!(
                "{organization} has no project {slug}; see sentry.projects of {}.",
                self.sentry.name()
            )));
        }
        let mut url = self.sentry.at(&["issues"]);
        url.query_pairs_mut()
            .extend_pairs([("limit", "1"), ("query", "")]);
        self.sentry.list(url, |_| Some(())).await?;
        let count = counted(projects.len(), "project", "projects");
        Ok(format!(
            "{organization} has {count}, whose issues may be read"
        ))
    }

    pub async fn samples(&self, question: Question<'_>, times: &Times) -> Logged {
        match self.sentry.projects().await {
            Ok((projects, is_part)) => {
                let mut told = self.of(projects, question, times).await;
                told.missing.extend(is_part.then(|| {
                    format!(
                        "{} has more projects than are looked through.",
                        self.sentry.name()
                    )
                }));
                told
            }
            Err(e) => Logged::lacking(e),
        }
    }

    async fn of(&self, projects: Vec<Project>, question: Question<'_>, times: &Times) -> Logged {
        let name = self.sentry.name();
        let (mut asked, mut left_out) = (Asked::new(), 0);
        let mut of: BTreeMap<&str, Vec<Project>> = BTreeMap::new();
        for project in projects {
            if let Some(service) = self.sentry.service(&project.slug, question.names) {
                of.entry(service).or_default().push(project);
            }
        }
        for service in question.services {
            let Some((service, projects)) = of.remove_entry(service.as_str()) else {
                continue;
            };
            let count = asked.values().map(Vec::len).sum::<usize>() + projects.len();
            match count <= MOST_PROJECTS {
                true => drop(asked.insert(service, projects)),
                false => left_out += 1,
            }
        }
        if asked.is_empty() {
            return Logged::lacking(SourceError(format!(
                "{name} has no project of the services in question; sentry.projects names their services."
            )));
        }
        let mut told = self.found(&asked, times).await;
        told.missing.extend((left_out > 0).then(|| {
            format!("{name} was not asked about {left_out} services: they have too many projects.")
        }));
        told
    }

    /// What was found, as lines.
    async fn found(&self, asked: &Asked<'_>, times: &Times) -> Logged {
        let lists = SORTS.map(|sort| self.listed(asked, times, sort));
        let [frequent, new] = lists;
        let (mut issues, mut missing, mut cut) = (BTreeMap::new(), Vec::new(), 0);
        for answer in <[_; 2]>::from(tokio::join!(frequent, new)) {
            match answer {
                Ok((listed, is_part)) => {
                    cut += usize::from(is_part);
                    issues.extend(listed.into_iter().map(|i: Issue| (i.id.clone(), i)));
                }
                Err(e) => missing.push(e.0),
            }
        }
        if cut == SORTS.len() {
            missing.push(format!(
                "Only the {PAGE} most frequent and the {PAGE} newest issues of {} were read.",
                self.sentry.name()
            ));
        }
        if !missing.is_empty() && issues.is_empty() {
            return Logged {
                missing,
                ..Logged::default()
            };
        }
        let mut issues: Vec<Issue> = issues.into_values().collect();
        let asking = tokio::time::timeout(self.timeout / 4, self.releases(&mut issues, times));
        // Without its release an issue is as new.
        let _ = asking.await;
        let samples = asked.iter().map(|(service, projects)| {
            let own = |i: &&Issue| projects.iter().any(|p| p.id == i.project);
            let own: Vec<&Issue> = issues.iter().filter(own).collect();
            let lines = times.windows().map(|window| lines(&own, window));
            let mut sample =
                times.sample(self.sentry.name(), service, &self.query(projects), lines);
            sample.complete = true;
            sample
        });
        Logged {
            samples: samples.collect(),
            missing,
        }
    }

    /// What a person asks for the same in Sentry.
    fn query(&self, projects: &[Project]) -> String {
        let slugs: Vec<&str> = projects.iter().map(|p| p.slug.as_str()).collect();
        let within = match self.sentry.environment() {
            "" => String::new(),
            environment => format!(" environment:{environment}"),
        };
        format!("project:[{}]{within}", slugs.join(","))
    }

    async fn listed(
        &self,
        asked: &Asked<'_>,
        times: &Times,
        sort: &str,
    ) -> Result<(Vec<Issue>, bool), SourceError> {
        let mut url = self.sentry.at(&["issues"]);
        let environment = Some(self.sentry.environment()).filter(|e| !e.is_empty());
        let projects = asked.values().flatten();
        url.query_pairs_mut()
            .extend_pairs(projects.map(|p| ("project", &p.id)))
            .extend_pairs(environment.map(|e| ("environment", e)))
            // Resolved ones too: by the time they are looked at they may be.
            .append_pair("query", "")
            .append_pair("start", &stamp(times.start))
            .append_pair("end", &stamp(times.end))
            .append_pair("groupStatsPeriod", "auto")
            .append_pair("sort", sort)
            .append_pair("limit", &PAGE.to_string());
        let read = |one: &Value| Issue::read(one, times.start, times.end);
        self.sentry.list(url, read).await
    }

    /// The releases in which the loudest of those came that are new or came back.
    async fn releases(&self, issues: &mut [Issue], times: &Times) {
        let mut came: Vec<&mut Issue> = issues
            .iter_mut()
            .filter(|i| i.first_seen >= times.start || i.came_back)
            .collect();
        came.sort_by_key(|i| std::cmp::Reverse(i.count()));
        came.truncate(MOST_RELEASES);
        let asked: Vec<_> = came.iter().map(|i| self.release(i)).collect();
        let told: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        for (issue, release) in came.into_iter().zip(told) {
            issue.release = release;
        }
    }

    async fn release(&self, issue: &Issue) -> Option<String> {
        let place = match issue.came_back {
            true => "/lastRelease",
            false => "/firstRelease",
        };
        let read = |answer: &Value| Ok(answer.pointer(place).and_then(version));
        let url = self.sentry.at(&["issues", &issue.id]);
        self.sentry.get(url, read).await.ok().flatten()
    }
}

/// Issues as lines of a window: the newest, where there are too many.
fn lines(issues: &[&Issue], (from, to): Span) -> Lines {
    let slices: Vec<Slice> = issues.iter().flat_map(|i| i.slices.clone()).collect();
    let since = since(&slices, (from, to), MOST_LINES);
    let within = (since.unwrap_or(from), to);
    let mut all: Vec<LogLine> = Vec::new();
    for (nth, issue) in issues.iter().enumerate() {
        let times = issue.slices.iter().flat_map(|s| s.times(within, nth));
        for (at, is_first) in times {
            all.extend(issue.lines(at, is_first));
        }
    }
    let most = since.map_or(usize::MAX, |_| all.len());
    Lines::new(all, most)
}
