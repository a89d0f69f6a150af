//! Which questions are asked, in rounds: tables of everything, then descriptions of what looks wrong and of what small
//! clusters have anyway, then the history of what was changed.

use super::answers::Answers;
use super::ask::{Asker, Refusal};
use super::object::{Kind, Object};
use super::question::{Question, Scope};
use super::rollouts::changed_within;
use super::state::State;
use super::system::NAMESPACE;
use crate::domain::Instant;
use std::collections::BTreeMap;

/// Objects of a kind that are described in one question; where there are more, only those that look wrong are.
const WHOLE: usize = 60;
/// Nodes that are described in one question: each is long.
const NODES: usize = 12;
/// Objects of a kind that are described one by one.
const SINGLE: usize = 24;
/// Workloads whose history is read.
const HISTORIES: usize = 8;

/// Tables of a namespace, those first that tell most; and whether they are asked for with further columns.
const TABLES: &[(Kind, bool)] = &[
    (Kind::Pod, true),
    (Kind::Event, true),
    (Kind::Deployment, true),
    (Kind::Service, true),
    (Kind::Endpoints, false),
    (Kind::ReplicaSet, true),
    (Kind::StatefulSet, true),
    (Kind::DaemonSet, true),
    (Kind::Claim, false),
    (Kind::Quota, false),
    (Kind::NetworkPolicy, false),
    (Kind::Ingress, false),
    (Kind::Job, false),
    (Kind::ConfigMap, false),
    (Kind::Autoscaler, false),
    (Kind::LimitRange, false),
    (Kind::HttpRoute, false),
    (Kind::VirtualService, false),
    (Kind::Certificate, false),
];
/// Tables of the cluster.
const CLUSTER: [Kind; 5] = [
    Kind::Node,
    Kind::Volume,
    Kind::Namespace,
    Kind::StorageClass,
    Kind::Component,
];
/// Tables of the namespace that the cluster itself runs in.
const SYSTEM: [Kind; 4] = [Kind::Pod, Kind::Deployment, Kind::DaemonSet, Kind::Event];
/// Kinds that are described, and whether all of them are worth it where they cannot be described in one question.
const DESCRIBED: [(Kind, bool); 9] = [
    (Kind::Pod, false),
    (Kind::Deployment, true),
    (Kind::StatefulSet, true),
    (Kind::Service, true),
    (Kind::Node, false),
    (Kind::NetworkPolicy, true),
    (Kind::Ingress, true),
    (Kind::Claim, false),
    (Kind::HttpRoute, true),
];

/// The first round.
pub(super) fn tables(namespaces: &[String]) -> Vec<Question> {
    let get = |kind: Kind, scope: &Scope, wide: bool| Question::Get {
        kind,
        scope: scope.clone(),
        wide,
    };
    let scopes = scopes(namespaces);
    let mut all: Vec<Question> = Vec::new();
    for (kind, wide) in TABLES {
        all.extend(scopes.iter().map(|s| get(*kind, s, *wide)));
    }
    for kind in [Kind::Deployment, Kind::StatefulSet] {
        all.extend(scopes.iter().map(|scope| Question::Settings {
            kind,
            scope: scope.clone(),
            full: false,
        }));
    }
    let nodes = CLUSTER.iter().map(|k| get(*k, &Scope::Cluster, false));
    // Nodes explain much: they come right after pods and events.
    let second = 2 * scopes.len();
    all.splice(second..second, nodes);
    if !namespaces.is_empty() && !namespaces.iter().any(|n| n == NAMESPACE) {
        let system = Scope::Namespace(NAMESPACE.to_owned());
        all.extend(SYSTEM.iter().map(|k| get(*k, &system, *k != Kind::Event)));
    }
    all
}

fn scopes(namespaces: &[String]) -> Vec<Scope> {
    if namespaces.is_empty() {
        return vec![Scope::All];
    }
    namespaces.iter().cloned().map(Scope::Namespace).collect()
}

/// Asks in rounds until the time is up; whatever was answered by then.
pub(super) async fn ask(
    asker: &Asker,
    namespaces: &[String],
    now: Instant,
    (limit, until): (i64, tokio::time::Instant),
) -> Answers {
    let mut answers = Answers::default();
    answers.take(asker.ask_all(tables(namespaces), until).await);
    if answers.all(Kind::Pod).is_empty() && answers.is_unreachable() {
        return answers;
    }
    let state = State::new(answers, now);
    let (wholes, singles) = descriptions(&state, namespaces);
    let mut answers = state.answers;
    let (told, refused): (Vec<_>, Vec<_>) = asker
        .ask_all([wholes, singles].concat(), until)
        .await
        .into_iter()
        .partition(|(q, a)| a.is_ok() || !is_whole(q));
    answers.take(told);
    let state = State::new(answers, now);
    let instead: Vec<Question> = refused
        .iter()
        .flat_map(|(q, why)| one_by_one(&state, q, why))
        .collect();
    let mut answers = state.answers;
    answers.take(asker.ask_all(instead, until).await);
    // What may not be read, or came too late, is told; what was only not understood was asked otherwise.
    let lasting = |why: &Refusal| !matches!(why, Refusal::Other(_));
    answers.take(
        refused
            .into_iter()
            .filter(|(_, a)| a.as_ref().err().is_some_and(lasting))
            .collect(),
    );
    histories(asker, answers, now, (limit, until)).await
}

fn is_whole(question: &Question) -> bool {
    matches!(question, Question::DescribeAll { .. })
}

/// What is described: whole kinds where they are few, single objects that look wrong where they are many.
fn descriptions(state: &State, namespaces: &[String]) -> (Vec<Question>, Vec<Question>) {
    let (mut wholes, mut singles) = (Vec::new(), Vec::new());
    for (kind, _) in DESCRIBED {
        let all = state.answers.all(kind);
        let mut by: BTreeMap<Scope, usize> = BTreeMap::new();
        for listed in all {
            *by.entry(scope_of(&listed.object, namespaces)).or_default() += 1;
        }
        let most = if kind == Kind::Node { NODES } else { WHOLE };
        for (scope, count) in by {
            let is_system = scope == Scope::Namespace(NAMESPACE.to_owned())
                && !namespaces.contains(&NAMESPACE.to_owned());
            if count <= most && !is_system {
                wholes.push(Question::DescribeAll { kind, scope });
            } else {
                let here = all
                    .iter()
                    .map(|l| &l.object)
                    .filter(|o| scope_of(o, namespaces) == scope);
                let wrong = here.filter(|o| looks_wrong(state, o)).take(SINGLE);
                singles.extend(wrong.cloned().map(Question::Describe));
            }
        }
    }
    let routes = state.answers.all(Kind::VirtualService).iter().take(SINGLE);
    singles.extend(routes.map(|l| Question::Describe(l.object.clone())));
    (wholes, singles)
}

fn scope_of(object: &Object, namespaces: &[String]) -> Scope {
    match () {
        () if object.kind.is_of_cluster() => Scope::Cluster,
        () if namespaces.is_empty() => Scope::All,
        () => Scope::Namespace(object.namespace.clone()),
    }
}

/// What a refused question about a whole kind is asked instead: single objects, those first that look wrong.
fn one_by_one(
    state: &State,
    question: &Question,
    answer: &Result<super::ask::Answer, Refusal>,
) -> Vec<Question> {
    let Question::DescribeAll { kind, scope } = question else {
        return Vec::new();
    };
    if !matches!(answer, Err(Refusal::Other(_) | Refusal::Absent)) {
        return Vec::new();
    }
    let is_here = |o: &&Object| match scope {
        Scope::Namespace(name) => o.namespace == *name,
        _ => true,
    };
    let every = DESCRIBED.iter().any(|(k, every)| k == kind && *every);
    let all: Vec<&Object> = state
        .answers
        .all(*kind)
        .iter()
        .map(|l| &l.object)
        .filter(is_here)
        .collect();
    let (wrong, fine): (Vec<&Object>, Vec<&Object>) =
        all.into_iter().partition(|o| looks_wrong(state, o));
    let fine = fine.into_iter().filter(|_| every);
    let asked = wrong.into_iter().chain(fine).take(SINGLE);
    asked.cloned().map(Question::Describe).collect()
}

/// Whether a table already shows that something may be wrong with an object.
fn looks_wrong(state: &State, object: &Object) -> bool {
    match object.kind {
        Kind::Pod => state
            .pods
            .iter()
            .any(|p| p.object == *object && !p.is_done() && (!p.is_ready() || p.restarts > 0)),
        Kind::Node => state
            .nodes
            .iter()
            .any(|n| n.object == *object && (!n.is_ready() || n.is_cordoned())),
        Kind::Service => state
            .services
            .iter()
            .any(|s| s.object == *object && s.behind.as_ref().is_some_and(Vec::is_empty)),
        Kind::Claim => state
            .answers
            .listed(object)
            .is_some_and(|l| l.row.cell("STATUS") != "Bound"),
        kind if kind.is_workload() => state
            .workload(object)
            .is_some_and(|w| w.is_short() || w.wanted == Some(0)),
        _ => true,
    }
}

/// The history of workloads that were changed, and of those the last two revisions in full.
async fn histories(
    asker: &Asker,
    answers: Answers,
    now: Instant,
    (limit, until): (i64, tokio::time::Instant),
) -> Answers {
    let state = State::new(answers, now);
    let changed: Vec<Object> = changed_within(&state, limit)
        .into_iter()
        .take(HISTORIES)
        .collect();
    let mut answers = state.answers;
    let asked = changed.iter().map(|o| Question::History(o.clone(), None));
    answers.take(asker.ask_all(asked.collect(), until).await);
    let last: Vec<Question> = changed
        .iter()
        .flat_map(|o| {
            let known = answers
                .revisions
                .get(o)
                .into_iter()
                .flat_map(|r| r.keys().rev().take(2));
            known
                .map(|n| Question::History(o.clone(), Some(*n)))
                .collect::<Vec<_>>()
        })
        .collect();
    answers.take(asker.ask_all(last, until).await);
    answers
}
