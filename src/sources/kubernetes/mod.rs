//! A Kubernetes cluster, asked through kubectl in words that only read, and read as a person reads it: what it says of its
//! own objects becomes signs, what was changed in it becomes changes.
//!
//! ```text
//! question → ask → table, describe → answers → state → facts (pods, placing, admission, …) → fact::put_in_order → signs
//! ```

mod addresses;
mod admission;
mod age;
mod answers;
mod ask;
mod clue;
mod container;
mod describe;
mod fact;
mod labels;
mod links;
mod naming;
mod network;
mod nodes;
mod object;
mod placing;
mod pod;
mod pods;
mod policies;
mod question;
mod replicas;
mod rollouts;
mod round;
mod routes;
mod service;
mod settings;
mod state;
mod system;
mod table;
mod volumes;
mod workload;

#[cfg(test)]
mod tests;

use super::http::{Asking, SourceError};
use super::{Names, Window};
use crate::config::{self, ConfigError};
use crate::domain::secrets::redact;
use crate::domain::text::{clean_line, counted};
use crate::domain::{Change, Instant, Sign};
use answers::Answers;
use ask::{Asker, Refusal};
use fact::Fact;
use links::Links;
use naming::Naming;
use object::{Kind, Object, is_name};
use question::{Question, Scope};
use state::State;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Signs that are told.
const MOST: usize = 60;
/// What weighs less is not told.
const LEAST: f64 = 0.05;
/// Letters of a line that are told.
const LONGEST: usize = 300;
/// What is left of the weight of what was so long before anything that is looked at, and of what came after it.
const LONG_BEFORE: f64 = 0.5;
const AFTERWARDS: f64 = 0.2;
/// Seconds by which ages may be off.
const GRACE: i64 = 300;

/// A cluster.
pub struct Cluster {
    name: String,
    asker: Asker,
    context: String,
    namespaces: Vec<String>,
    fixed: BTreeMap<Object, String>,
    timeout: Duration,
}

/// What a cluster told.
#[derive(Debug, Default)]
pub struct ToldByCluster {
    /// What it says of its objects, the surest first.
    pub signs: Vec<Sign>,
    /// What was changed in it.
    pub changes: Vec<Change>,
    /// What it did not tell, and why.
    pub missing: Vec<String>,
}

impl Cluster {
    /// Sets up; nothing is asked.
    pub(crate) fn open(config: &config::Kubernetes, asking: &Asking) -> Result<Self, ConfigError> {
        let wrong = |what: String| ConfigError(format!("The source \"{}\": {what}", config.name));
        let asker = Asker::new(&config.command, &config.context)
            .filter(|a| !a.program().is_empty())
            .ok_or_else(|| wrong("command is empty; write command = [\"kubectl\"].".into()))?;
        if let Some(odd) = config.namespaces.iter().find(|n| !is_name(n)) {
            return Err(wrong(format!(
                "\"{odd}\" cannot be the name of a namespace."
            )));
        }
        let mut fixed = BTreeMap::new();
        for (service, object) in &config.services {
            let read = Object::of_setting(object).ok_or_else(|| {
                wrong(format!(
                    "services.\"{service}\" is \"{object}\"; write namespace/kind/name, such as shop/deployment/cart."
                ))
            })?;
            fixed.insert(read, service.clone());
        }
        Ok(Self {
            name: config.name.clone(),
            asker,
            context: config.context.clone(),
            namespaces: config.namespaces.clone(),
            fixed,
            timeout: asking.timeout,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it answers, which server it is, and what may be read: for `doctor`.
    pub async fn check(&self) -> Result<String, SourceError> {
        let until = tokio::time::Instant::now() + self.timeout;
        let get = |kind, scope| Question::Get {
            kind,
            scope,
            wide: false,
        };
        let mut questions: Vec<Question> = match &self.namespaces[..] {
            [] => vec![get(Kind::Pod, Scope::All)],
            names => names
                .iter()
                .map(|n| get(Kind::Pod, Scope::Namespace(n.clone())))
                .collect(),
        };
        let places = questions.len();
        questions.push(get(Kind::Endpoints, Scope::Namespace("default".into())));
        let mut all = self.asker.ask_all(questions, until).await;
        let beside = all.split_off(places);
        let (mut may, mut may_not) = (Vec::new(), Vec::new());
        for (question, answer) in all {
            let place = match &question {
                Question::Get {
                    scope: Scope::Namespace(name),
                    ..
                } => name.clone(),
                _ => "all namespaces".to_owned(),
            };
            match answer {
                Ok(answer) => may.push(format!(
                    "{place} ({})",
                    counted(table::rows(&answer.text).len(), "pod", "pods")
                )),
                Err(why) => may_not.push(format!("{place}: {}", reason(&why))),
            }
        }
        if may.is_empty() {
            let hint = if self.namespaces.is_empty() {
                " Name those that you may read under namespaces."
            } else {
                ""
            };
            return Err(SourceError(format!(
                "{}: cannot get pods in {}.{hint}",
                self.name,
                may_not.join("; ")
            )));
        }
        let mut says = format!(
            "{}{} may get pods in {}",
            self.context_shown(),
            server(beside),
            may.join(", ")
        );
        if !may_not.is_empty() {
            says.push_str(&format!(", not in {}", may_not.join("; ")));
        }
        Ok(says)
    }

    fn context_shown(&self) -> String {
        match self.context.as_str() {
            "" => "the current context".into(),
            context => format!("context {context}"),
        }
    }

    /// Everything that the cluster says of what is wrong in it, and what was changed since the window began.
    pub async fn look(&self, names: &Names, window: Window, now: Instant) -> ToldByCluster {
        let until = tokio::time::Instant::now() + self.timeout;
        let limit = (now - window.changes_from).num_seconds();
        let answers = round::ask(&self.asker, &self.namespaces, now, (limit, until)).await;
        let naming = Naming {
            fixed: &self.fixed,
            names,
        };
        judged(&self.name, answers, &naming, window, now)
    }
}

/// The server's address, where the default namespace tells it.
fn server(answers: Vec<(Question, Result<ask::Answer, Refusal>)>) -> String {
    let told = answers.into_iter().find_map(|(_, a)| a.ok());
    let rows = told.map_or(Vec::new(), |a| table::rows(&a.text));
    let address = rows.iter().find(|r| r.cell("NAME") == "kubernetes");
    match address
        .map(|r| r.cell("ENDPOINTS"))
        .filter(|a| !a.is_empty())
    {
        Some(address) => format!(" (server {address})"),
        None => String::new(),
    }
}

/// Why there is no answer, in words.
fn reason(why: &Refusal) -> String {
    match why {
        Refusal::Forbidden => "no right to read it".into(),
        Refusal::Absent => "the cluster does not know it".into(),
        Refusal::Late => "no answer in time".into(),
        Refusal::Unreachable(words) | Refusal::Other(words) => {
            words.trim_end_matches('.').to_owned()
        }
    }
}

/// From answers to signs.
fn judged(
    source: &str,
    answers: Answers,
    naming: &Naming<'_>,
    window: Window,
    now: Instant,
) -> ToldByCluster {
    let missing = missing(source, &answers.refused);
    let state = State::new(answers, now);
    let facts = facts(&state);
    let signs = facts
        .iter()
        .map(|f| sign(source, &state, naming, f, (window, now)));
    let mut signs: Vec<Sign> = signs.filter(|s| s.weight >= LEAST).collect();
    signs.sort_by(|a, b| {
        b.weight
            .total_cmp(&a.weight)
            .then_with(|| (&a.object, &a.kind).cmp(&(&b.object, &b.kind)))
    });
    signs.truncate(MOST);
    let limit = (now - window.changes_from).num_seconds();
    let changes = rollouts::changes(&state, limit)
        .into_iter()
        .map(|c| Change {
            at: now - chrono::Duration::seconds(c.ago),
            class: c.class,
            title: clean_line(&redact(&c.title)),
            service: naming.service(&state, &c.object),
            version: c.version,
            author: None,
            source: source.to_owned(),
            query: c.query,
            link: None,
        });
    ToldByCluster {
        changes: changes.filter(|c| c.at <= window.to).collect(),
        signs,
        missing,
    }
}

/// Everything that is wrong, causes told apart from what they lead to.
fn facts(state: &State) -> Vec<Fact> {
    let links = Links::new(state);
    let mut all = pods::facts(state, &links);
    all.extend(placing::facts(state));
    all.extend(admission::facts(state));
    all.extend(replicas::facts(state, &links));
    all.extend(network::facts(state, &links));
    all.extend(addresses::facts(state, &links));
    all.extend(policies::facts(state));
    all.extend(routes::facts(state));
    all.extend(volumes::facts(state));
    all.extend(nodes::facts(state));
    all.extend(system::facts(state));
    fact::put_in_order(&mut all);
    for fact in &mut all {
        fact.bears.extend(callers(state, &links, fact));
    }
    all
}

/// Who calls what a fact that counts is about.
fn callers(state: &State, links: &Links, fact: &Fact) -> BTreeSet<Object> {
    let workload = state.workload(&fact.of).filter(|_| fact.weight >= 0.5);
    let before = state.services.iter().filter(|s| {
        let here = s.object.namespace == fact.of.namespace;
        here && workload.is_some_and(|w| s.matches(&w.labels))
    });
    before
        .flat_map(|s| links.callers(&s.object))
        .cloned()
        .collect()
}

fn sign(
    source: &str,
    state: &State,
    naming: &Naming<'_>,
    fact: &Fact,
    (window, now): (Window, Instant),
) -> Sign {
    let at = fact.ago.map(|ago| now - chrono::Duration::seconds(ago));
    let grace = chrono::Duration::seconds(GRACE);
    let share = match at {
        Some(at) if at > window.to + grace => AFTERWARDS,
        Some(at) if at < window.changes_from => LONG_BEFORE,
        _ => 1.0,
    };
    let service = naming.service(state, &fact.of);
    let affects: BTreeSet<String> = fact
        .bears
        .iter()
        .map(|o| naming.service(state, o))
        .filter(|s| *s != service)
        .collect();
    let lines = fact
        .lines
        .iter()
        .map(|l| redact(&clean_line(l)).chars().take(LONGEST).collect());
    Sign {
        object: fact.object.shown(),
        kind: fact.kind.to_owned(),
        says: clean_line(&redact(&fact.says)),
        weight: (fact.weight * share * 100.0).round() / 100.0,
        at,
        affects: affects.into_iter().collect(),
        source: source.to_owned(),
        query: fact.query.clone(),
        link: None,
        lines: lines.collect(),
        service,
    }
}

/// One sentence for each reason.
fn missing(source: &str, refused: &BTreeMap<Refusal, BTreeSet<String>>) -> Vec<String> {
    let shown = |what: &BTreeSet<String>| {
        let first: Vec<&str> = what.iter().take(6).map(String::as_str).collect();
        let more = what.len().saturating_sub(first.len());
        match more {
            0 => first.join(", "),
            _ => format!("{} and {more} more", first.join(", ")),
        }
    };
    let each = refused.iter().map(|(why, what)| match why {
        Refusal::Unreachable(words) => {
            format!("{source} cannot be asked: {}.", words.trim_end_matches('.'))
        }
        why => format!("{source} did not tell {}: {}.", shown(what), reason(why)),
    });
    each.collect()
}
