//! What burns and has no incident: it is passed over, joins one that is open, has one declared, or goes into the one of
//! a storm.

use super::super::policy::Refusal;
use super::super::words;
use super::{Declaration, Round, Shown, Step, each};
use crate::domain::episode::{Episode, Fate, How, IssueId, Kept, Memory, Said};
use crate::domain::{IncidentId, Instant, digest};
use chrono::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Issues that one declaration names: a summary of more is read by nobody.
const NAMED: usize = 200;

/// Episodes that have one incident: of the same severity and services, and of the same name where they name no service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    severity: String,
    services: Vec<String>,
    title: String,
}

/// Decides about all that burns and has no incident.
pub(super) fn declare(round: &Round<'_>, incidents: &[Shown], memory: &mut Memory) -> Vec<Step> {
    let mut steps = go_on(round, memory);
    let mut groups: BTreeMap<Group, Vec<IssueId>> = BTreeMap::new();
    let (on_their_way, is_storming) = on_their_way(round, memory);
    for issue in wanting(memory) {
        let Some(group) = admit(round, memory, &issue) else {
            continue;
        };
        if on_their_way.contains(&group) {
            waits(memory, &issue, "an incident for its like is on its way");
        } else if !join(round, incidents, memory, &issue, &group) {
            groups.entry(group).or_default().push(issue);
        }
    }
    let an_hour_ago = round.now - Duration::hours(1);
    let begun = memory.declared_since(an_hour_ago) + steps.len();
    if groups.len() <= round.policy.most_an_hour.saturating_sub(begun) {
        for (group, issues) in groups {
            let declaration = one(memory, &group.severity, &issues);
            steps.extend(declaration.map(|d| begin(memory, d)));
        }
    } else if is_storming {
        let issues = groups.into_values().flatten();
        issues.for_each(|issue| waits(memory, &issue, "the incident for a storm is on its way"));
    } else if let Some(storm) = storm(round, memory, groups) {
        steps.push(begin(memory, storm));
    }
    steps
}

/// What incidents are on their way for, and whether one of a storm is: nobody knows of them at incident.io yet.
fn on_their_way(round: &Round<'_>, memory: &Memory) -> (BTreeSet<Group>, bool) {
    let (mut groups, mut is_storming) = (BTreeSet::new(), false);
    for episode in memory.episodes.values().filter(|e| e.incident.is_none()) {
        match &episode.fate {
            Fate::Declaring {
                how: How::Storm, ..
            } => is_storming = true,
            Fate::Declaring { .. } => drop(groups.insert(Group::of(round, episode))),
            _ => {}
        }
    }
    (groups, is_storming)
}

/// It is decided in the next round, when more is known.
fn waits(memory: &mut Memory, issue: &IssueId, why: &str) {
    let fate = Fate::Waits(why.to_owned());
    let known = memory.episodes.get_mut(issue);
    if let Some(episode) = known.filter(|e| e.fate != fate) {
        Arc::make_mut(episode).fate = fate;
    }
}

/// Remembers that a declaration is on its way, and sends it there.
fn begin(memory: &mut Memory, declaration: Declaration) -> Step {
    each(memory, &declaration.issues, |episode| {
        episode.fate = Fate::Declaring {
            key: declaration.key.clone(),
            how: declaration.how,
        };
    });
    Step::Declare(declaration)
}

/// Declarations on their way: said again while something of them burns or may burn, else given up.
fn go_on(round: &Round<'_>, memory: &Memory) -> Vec<Step> {
    let mut pending: BTreeMap<(String, How), Vec<IssueId>> = BTreeMap::new();
    for (issue, episode) in &memory.episodes {
        if let (Fate::Declaring { key, how }, None) = (&episode.fate, &episode.incident) {
            let of = pending.entry((key.clone(), *how)).or_default();
            of.push(issue.clone());
        }
    }
    let step = |((key, how), issues): ((String, How), Vec<IssueId>)| {
        if episodes(memory, &issues).iter().all(|e| e.is_over()) {
            return Some(Step::Withdraw { key, issues, how });
        }
        let declaration = match how {
            How::Storm => whole_storm(round, memory, &issues),
            How::Declared | How::Joined => {
                let first = episodes(memory, &issues).first().copied()?;
                let severity = round.policy.severity(&first.detection);
                one(memory, severity, &issues)
            }
        };
        declaration.map(|d| Step::Declare(Declaration { key, ..d }))
    };
    pending.into_iter().filter_map(step).collect()
}

/// Issues without an incident that burn and are not on their way, in the order they began.
fn wanting(memory: &Memory) -> Vec<IssueId> {
    let mut all: Vec<&Episode> = memory.episodes.values().map(AsRef::as_ref).collect();
    all.retain(|e| e.is_wanting());
    all.sort_by_key(|e| (e.detection.started, e.issue()));
    all.into_iter().map(Episode::issue).collect()
}

/// What an issue would be declared as; nothing where it is not to be declared, which is remembered with the rule.
fn admit(round: &Round<'_>, memory: &mut Memory, issue: &IssueId) -> Option<Group> {
    let episode = memory.episodes.get_mut(issue)?;
    let fate = match round.policy.refusal(&episode.detection, round.now) {
        // What was refused waits for a while, and says why.
        None if episode.not_before.is_some_and(|at| round.now < at) => return None,
        None if !round.policy.declares => Fate::PassedOver("only alert events are pushed".into()),
        None => return Some(Group::of(round, episode)),
        Some(Refusal::Never(why)) => Fate::PassedOver(why),
        Some(Refusal::Now(why)) => Fate::Waits(why),
    };
    if episode.fate != fate {
        Arc::make_mut(episode).fate = fate;
    }
    None
}

impl Group {
    fn of(round: &Round<'_>, episode: &Episode) -> Self {
        let detection = &episode.detection;
        let services = detection.services.clone();
        let title = match services.is_empty() {
            true => detection.title.clone(),
            false => String::new(),
        };
        Self {
            severity: round.policy.severity(detection).to_owned(),
            services,
            title,
        }
    }

    fn shares_service(&self, services: &[String]) -> bool {
        let is = |name: &String| services.iter().any(|s| s.eq_ignore_ascii_case(name));
        self.services.iter().any(is)
    }

    /// Whether an incident that is kept was declared for the like: whatever people made of it since.
    fn is_of(&self, round: &Round<'_>, memory: &Memory, id: &IncidentId) -> bool {
        let mut of = memory.of(id);
        let kept = memory.incidents.get(id);
        kept.is_some_and(|k| k.how == How::Declared) && of.any(|e| Self::of(round, e) == *self)
    }
}

/// Joins an incident that is open with the same service and severity; true where there is one.
fn join(
    round: &Round<'_>,
    incidents: &[Shown],
    memory: &mut Memory,
    issue: &IssueId,
    group: &Group,
) -> bool {
    let fits = |shown: &&Shown| {
        let same = shown.severity == group.severity && group.shares_service(&shown.services);
        let joins = shown.is_joinable && same;
        shown.category.is_open() && (joins || group.is_of(round, memory, &shown.id))
    };
    let Some(found) = incidents.iter().find(fits) else {
        return false;
    };
    let rule = format!(
        "{} was open with the same service and severity",
        found.reference
    );
    attach(memory, std::slice::from_ref(issue), &found.id, &rule);
    let says = words::joins(&title_of(memory, issue));
    let joined = || {
        let (id, reference) = (found.id.clone(), found.reference.clone());
        let hands = Some("people declared it".to_owned());
        let kept = Kept::new(id, reference, How::Joined, round.now);
        Arc::new(Kept { hands, ..kept })
    };
    let known = memory.incidents.entry(found.id.clone());
    let kept = Arc::make_mut(known.or_insert_with(joined));
    kept.clear_since = None;
    kept.tell(format!("state {} {}", issue.0, issue.1), round.now, says);
    true
}

fn attach(memory: &mut Memory, issues: &[IssueId], incident: &IncidentId, rule: &str) {
    each(memory, issues, |episode| {
        episode.incident = Some(incident.clone());
        episode.fate = Fate::Told(rule.to_owned());
    });
}

fn title_of(memory: &Memory, issue: &IssueId) -> String {
    let known = memory.episodes.get(issue);
    known.map(|e| e.detection.title.clone()).unwrap_or_default()
}

/// One incident for issues of the same services and severity.
fn one(memory: &Memory, severity: &str, issues: &[IssueId]) -> Option<Declaration> {
    let all: Vec<&Episode> = episodes(memory, issues);
    let first = all.first()?;
    Some(Declaration {
        issues: issues.to_vec(),
        key: first.key(),
        name: words::name(first),
        severity: severity.to_owned(),
        summary: words::summary(&all[..all.len().min(NAMED)], all.len()),
        services: first.detection.services.clone(),
        how: How::Declared,
    })
}

fn episodes<'a>(memory: &'a Memory, issues: &[IssueId]) -> Vec<&'a Episode> {
    let known = issues.iter().filter_map(|issue| memory.episodes.get(issue));
    known.map(AsRef::as_ref).collect()
}

/// Too much for incidents of their own: all of it goes into one, into the one that is open where there is one.
fn storm(
    round: &Round<'_>,
    memory: &mut Memory,
    groups: BTreeMap<Group, Vec<IssueId>>,
) -> Option<Declaration> {
    let issues: Vec<IssueId> = groups.into_values().flatten().collect();
    let is_open = |kept: &&Arc<Kept>| kept.how == How::Storm && kept.ended.is_none();
    let open = memory.incidents.values().find(is_open).cloned();
    let Some(storm) = open else {
        return whole_storm(round, memory, &issues);
    };
    join_storm(round, memory, &storm, &issues);
    None
}

/// One incident for everything. Its severity is the one that most of it would have had.
fn whole_storm(round: &Round<'_>, memory: &Memory, issues: &[IssueId]) -> Option<Declaration> {
    let all = episodes(memory, issues);
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for episode in &all {
        *votes
            .entry(round.policy.severity(&episode.detection))
            .or_default() += 1;
    }
    let (severity, _) = votes.into_iter().max_by_key(|(_, many)| *many)?;
    let first = all.iter().min_by_key(|e| (e.begun, e.issue()))?;
    Some(Declaration {
        key: digest(&["storm", &first.key()]),
        name: words::storm_name(&all),
        severity: severity.to_owned(),
        summary: words::storm_summary(&all, round.policy.most_an_hour),
        services: Vec::new(),
        how: How::Storm,
        issues: issues.to_vec(),
    })
}

fn join_storm(round: &Round<'_>, memory: &mut Memory, storm: &Kept, issues: &[IssueId]) {
    let says = words::more_of_storm(&episodes(memory, issues));
    let rule = format!(
        "{} takes what is too much for incidents of its own",
        storm.reference
    );
    attach(memory, issues, &storm.id, &rule);
    super::kept(memory, &storm.id, |kept| {
        kept.clear_since = None;
        kept.tell("storm", round.now, says);
    });
}

/// The incident of a declaration stands: its issues belong to it.
pub(super) fn declared(
    memory: &mut Memory,
    declaration: &Declaration,
    (id, reference): (&IncidentId, &str),
    said: &Said,
    now: Instant,
) {
    let rule = match declaration.how {
        How::Storm => format!("{reference} was declared for all that was too much at once"),
        How::Declared | How::Joined => format!("{reference} was declared for it"),
    };
    attach(memory, &declaration.issues, id, &rule);
    let kept = || {
        let (id, reference) = (id.clone(), reference.to_owned());
        let kept = Kept::new(id, reference, declaration.how, now);
        let said = Some(said.clone());
        Arc::new(Kept { said, ..kept })
    };
    memory.incidents.entry(id.clone()).or_insert_with(kept);
}
