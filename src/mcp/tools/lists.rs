//! Lists: what burns, who is on call, incidents by what is known of them, the journal.

use super::super::answer::{Answer, MOST_ITEMS, Shortened, hidden};
use super::super::desk::Desk;
use super::point;
use crate::domain::priority::{label, priorities};
use crate::domain::text::contains_folded;
use crate::domain::time::{age, stamp};
use crate::domain::{self, ApiError, EscalationPath, IncidentId, Instant, Org, Schedule, Write};
use crate::session::{Query, StatusChoice, short_key};
use rmcp::schemars::{self, JsonSchema};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Pages that are looked at for those nobody answered.
const MOST_PAGES: usize = 100;
/// Incidents that one answer is made of: no more would fit.
const MOST_FOUND: usize = 100;
/// Writes that are looked at.
const MOST_WRITES: usize = 200;

/// How to go on in a list.
const FROM: &str = "ask again with `from` as the number of those seen so far";

pub(in super::super) const FIRE: &[Shortened] = &[
    Shortened {
        list: "incidents",
        ask: FROM,
    },
    Shortened {
        list: "pages_nobody_answered",
        ask: "the incident tool shows those of one incident",
    },
];
pub(in super::super) const SEARCH: &[Shortened] = &[Shortened {
    list: "incidents",
    ask: FROM,
}];
pub(in super::super) const ON_CALL: &[Shortened] = &[Shortened {
    list: "duties",
    ask: "ask again with the name of one schedule",
}];
pub(in super::super) const JOURNAL: &[Shortened] = &[Shortened {
    list: "writes",
    ask: FROM,
}];

/// What is asked about what burns.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct FireQuestion {
    /// Leave out so many incidents that were seen before.
    #[serde(default)]
    from: usize,
}

/// What burns.
#[derive(JsonSchema, Serialize)]
pub(in super::super) struct Fire {
    /// When it is.
    now: String,
    /// How many incidents are open.
    open: usize,
    incidents: Vec<Row>,
    pages_nobody_answered: Vec<Page>,
}

/// An incident in a list.
#[derive(JsonSchema, Serialize)]
pub(in super::super) struct Row {
    reference: String,
    name: String,
    severity: Option<String>,
    /// P0 to P3.
    priority: Option<&'static str>,
    status: String,
    lead: Option<String>,
    services: Option<String>,
    declared: String,
    age: String,
    /// Only invited people may know of it: tell nobody else.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    private: bool,
}

/// A page that waits.
#[derive(JsonSchema, Serialize)]
struct Page {
    id: String,
    title: String,
    priority: String,
    path: Option<String>,
    since: String,
    incidents: Vec<String>,
}

fn row(org: &Org, desk: &Desk, now: Instant) -> impl Fn(&domain::Incident) -> Row {
    let ranked = priorities(&org.severities, &desk.session.config().priorities);
    move |incident| {
        let row = &incident.row;
        Row {
            reference: row.reference.to_string(),
            name: row.name.to_string(),
            severity: row.severity.as_deref().map(str::to_owned),
            priority: label(&ranked, row.severity.as_deref()),
            status: row.status.to_string(),
            lead: row.lead.as_deref().map(str::to_owned),
            services: row.service.as_deref().map(str::to_owned),
            declared: stamp(row.created),
            age: age(now, row.created),
            private: !incident.is_public(),
        }
    }
}

/// What is open, the worst first, and the pages that wait.
pub(super) async fn fire(desk: &Desk, asked: FireQuestion) -> Result<Answer, ApiError> {
    let session = &desk.session;
    let (org, open, pages) = tokio::join!(
        session.org(),
        session.open_incidents(),
        session.escalations(None, MOST_PAGES)
    );
    let (org, now) = (org?, session.now());
    let (mut open, private) = desk.shown(open?);
    open.sort_by(|a, b| a.row.order().cmp(&b.row.order()));
    let known: HashSet<IncidentId> = open.iter().map(|i| i.row.id.clone()).collect();
    let mut missing: Vec<String> = hidden(private).into_iter().collect();
    let (pages, _) = pages.unwrap_or_else(|e| {
        missing.push(format!("Pages could not be read: {e}"));
        (Vec::new(), false)
    });
    // A page of an incident that is not shown is not shown either.
    let is_shown = |p: &&domain::Escalation| p.incidents.iter().all(|(id, _)| known.contains(id));
    let waiting = pages.iter().filter(|p| p.is_waiting()).filter(is_shown);
    let waiting: Vec<&domain::Escalation> = waiting.collect();
    let paths = match waiting.iter().any(|p| p.path.is_some()) {
        // Without their names a path is told by its id.
        true => session.paths().await.unwrap_or_default(),
        false => Vec::new(),
    };
    let rest = open.iter().skip(asked.from);
    let unseen = rest.len().saturating_sub(MOST_ITEMS);
    let rows = rest.take(MOST_ITEMS).map(row(&org, desk, now));
    let fire = Fire {
        now: stamp(now),
        open: open.len(),
        incidents: rows.collect(),
        pages_nobody_answered: waiting.into_iter().map(|p| page(p, &paths)).collect(),
    };
    let answer = Answer::of(&fire)?.missing(missing);
    Ok(answer.without(FIRE[0].list, unseen, FROM))
}

fn page(page: &domain::Escalation, paths: &[EscalationPath]) -> Page {
    let named = |id: &String| {
        let path = paths.iter().find(|path| path.id == *id);
        path.map_or_else(|| id.clone(), |path| path.name.clone())
    };
    Page {
        id: page.id.to_string(),
        title: page.title.clone(),
        priority: page.priority.clone(),
        path: page.path.as_ref().map(named),
        since: stamp(page.created),
        incidents: page.incidents.iter().map(|(_, r)| r.clone()).collect(),
    }
}

/// Which incidents.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct SearchQuestion {
    /// Words that must all occur in the name or the summary.
    #[serde(default)]
    words: Vec<String>,
    /// A service or a team, by name.
    service: Option<String>,
    /// Severities by name or priority, such as P1.
    #[serde(default)]
    severity: Vec<String>,
    /// Which statuses; all of them by default.
    #[serde(default)]
    status: Statuses,
    /// Declared since: 7d, 2026-11-01 or RFC 3339.
    since: Option<String>,
    /// Declared until.
    until: Option<String>,
    /// Leave out so many that were seen before.
    #[serde(default)]
    from: usize,
}

/// Which statuses.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Statuses {
    Open,
    Over,
    #[default]
    All,
}

/// Incidents that fit.
#[derive(JsonSchema, Serialize)]
pub(in super::super) struct FoundIncidents {
    incidents: Vec<Row>,
    /// How many incidents were looked at for this, the newest first.
    looked_at: usize,
}

/// Incidents as asked, newest first.
pub(super) async fn search(desk: &Desk, asked: SearchQuestion) -> Result<Answer, ApiError> {
    let (session, now) = (&desk.session, desk.session.now());
    let at = |name, raw: Option<&str>| raw.map(|raw| point(name, raw, session)).transpose();
    let query = Query {
        service: asked.service,
        severities: asked.severity,
        status: match asked.status {
            Statuses::Open => StatusChoice::Active,
            Statuses::Over => StatusChoice::Resolved,
            Statuses::All => StatusChoice::All,
        },
        since: at("since", asked.since.as_deref())?,
        until: at("until", asked.until.as_deref())?,
        limit: MOST_FOUND,
    };
    let org = session.org().await?;
    let private = session.config().mcp.private;
    let finding = session.find(&org, &query, &asked.words, asked.from, private);
    let found = finding.await?;
    let is_full = found.incidents.len() >= MOST_FOUND;
    let answer = Answer::of(&FoundIncidents {
        incidents: found.incidents.iter().map(row(&org, desk, now)).collect(),
        looked_at: found.looked_at,
    })?;
    let more = is_full.then(|| format!("There are more than {MOST_FOUND}: {FROM}."));
    let unseen = (!private).then(|| "Private incidents were not searched: agents see them only with private = true under [mcp].".into());
    Ok(answer.missing(found.missing.into_iter().chain(more).chain(unseen)))
}

/// Who is on call.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct OnCallQuestion {
    /// Only schedules with this in their name.
    schedule: Option<String>,
    /// Only those of the team that owns this service, by the catalog.
    service: Option<String>,
}

/// Who is on call.
#[derive(JsonSchema, Serialize)]
pub(in super::super) struct OnCall {
    now: String,
    duties: Vec<Duty>,
}

/// The duty of one rotation.
#[derive(JsonSchema, Serialize)]
struct Duty {
    schedule: String,
    rotation: Option<String>,
    /// Nobody where it is empty.
    people: Vec<String>,
    until: Option<String>,
    next: Option<String>,
    next_from: Option<String>,
}

/// Who is on call, a row for each rotation.
pub(super) async fn on_call(desk: &Desk, asked: OnCallQuestion) -> Result<Answer, ApiError> {
    let schedules = desk.session.schedules().await?;
    let owners = match &asked.service {
        Some(service) => Some(desk.session.owners(service).await?),
        None => None,
    };
    let wanted = asked.schedule.as_deref().unwrap_or_default();
    let is_meant = |s: &&Schedule| {
        let is_of = |owner: &String| contains_folded(&s.name, &owner.to_lowercase());
        contains_folded(&s.name, &wanted.to_lowercase())
            && owners.as_ref().is_none_or(|all| all.iter().any(is_of))
    };
    let meant = schedules.iter().filter(is_meant);
    let on_call = OnCall {
        now: stamp(desk.session.now()),
        duties: meant.flat_map(duties).collect(),
    };
    if on_call.duties.is_empty() && !schedules.is_empty() {
        return Err(ApiError::User(no_schedule(&schedules, owners.as_deref())));
    }
    let of = owners.map(|all| {
        let owners = all.join(", ");
        format!("By the catalog {owners} own it; these are the schedules with that in their name.")
    });
    Ok(Answer::of(&on_call)?.missing(of))
}

/// Why no schedule is meant, with those that there are.
fn no_schedule(all: &[Schedule], owners: Option<&[String]>) -> String {
    let why = match owners {
        None => "There is no schedule of this name".to_owned(),
        Some([]) => "The catalog names no owner of this".to_owned(),
        Some(owners) => format!(
            "No schedule is named after its owner ({})",
            owners.join(", ")
        ),
    };
    let names: Vec<&str> = all.iter().take(40).map(|s| s.name.as_str()).collect();
    format!("{why}; there are: {}.", names.join(", "))
}

fn duties(schedule: &Schedule) -> Vec<Duty> {
    let duty = |duty: domain::Duty<'_>| Duty {
        schedule: schedule.name.clone(),
        rotation: duty.rotation.map(str::to_owned),
        people: duty.people.iter().map(|p| p.name.to_string()).collect(),
        until: duty.until.map(stamp),
        next: duty
            .next
            .and_then(|s| Some(s.person.as_ref()?.name.to_string())),
        next_from: duty.next.map(|s| stamp(s.start)),
    };
    let all: Vec<Duty> = schedule.duties().into_iter().map(duty).collect();
    match all.is_empty() {
        false => all,
        true => vec![duty_of_nobody(schedule)],
    }
}

fn duty_of_nobody(schedule: &Schedule) -> Duty {
    Duty {
        schedule: schedule.name.clone(),
        rotation: None,
        people: Vec::new(),
        until: None,
        next: None,
        next_from: None,
    }
}

/// What is asked of the journal.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct JournalQuestion {
    /// Only what waits or is in doubt.
    #[serde(default)]
    unsettled: bool,
    /// Leave out so many that were seen before.
    #[serde(default)]
    from: usize,
}

/// The journal of this machine.
#[derive(JsonSchema, Serialize)]
pub(in super::super) struct Journal {
    writes: Vec<Written>,
}

/// A write in the journal.
#[derive(JsonSchema, Serialize)]
struct Written {
    key: String,
    what: String,
    /// waiting, sent, in doubt, confirmed, refused, given up or damaged; held where a person decides.
    state: String,
    /// What was answered, where that was not yes.
    said: String,
    recorded: String,
    /// The agent that proposed it, where one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed_by: Option<String>,
}

/// Writes from here, newest first; those of private incidents only where agents see them.
pub(super) async fn journal(desk: &Desk, asked: JournalQuestion) -> Result<Answer, ApiError> {
    let session = &desk.session;
    let all = match asked.unsettled {
        true => session.open_writes().await?,
        false => session.journal(MOST_WRITES).await?,
    };
    let shows_private = session.config().mcp.private;
    let shown = all.iter().rev().filter(|w| shows_private || !w.private);
    let writes = shown.skip(asked.from).map(written).collect();
    Answer::of(&Journal { writes })
}

fn written(write: &Write) -> Written {
    Written {
        key: short_key(&write.key).to_owned(),
        what: write.what.clone(),
        state: write.standing(),
        said: write.said.clone(),
        recorded: stamp(write.recorded),
        proposed_by: write.proposed_by.clone(),
    }
}
