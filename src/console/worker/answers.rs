//! What each command and each question asks of the session, and its answer as news.

use super::{Answer, BACKLOG, Teller};
use crate::console::items;
use crate::console::msg::{Cmd, InvestigationEvent, JobSubject, News, Topic, Wrote};
use crate::console::place::{DetailTab, ListKind};
use crate::console::state::Item;
use crate::domain::{IncidentId, Instant, SavedForm, WriteState};
use crate::investigate::Once;
use crate::session::{
    ApiError, Change, DraftRequest, InvestigationRequest, KnownTimeline, Outcome, Progress,
    Session, SimilarRequest, Wait,
};
use chrono::Duration;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// Writes that the screen shows of the journal.
const SHOWN: usize = 200;
/// Alerts and pages that a list shows: a screen or two, in few requests.
const ALERTS: usize = 200;
const PAGES: usize = 50;
/// Days the look back covers.
const QUARTER: i64 = 90;
/// Days of a schedule that are read: since yesterday, for two weeks.
const SHIFTS: std::ops::Range<i64> = -1..15;

/// The job a command is; none where the terminal does it.
pub fn subject_of(cmd: &Cmd) -> Option<JobSubject> {
    Some(match cmd {
        Cmd::Investigate { incident, .. } => JobSubject::Investigation(incident.clone()),
        Cmd::Explain { incident, .. } => JobSubject::Question(incident.clone()),
        Cmd::Deliver { draft, incident } => {
            JobSubject::Draft(incident.row.id.clone(), draft.title.clone())
        }
        Cmd::Write { .. } | Cmd::Retry(_) | Cmd::Discard(_) => JobSubject::Writes,
        Cmd::Backdate(_) | Cmd::AttachNotes(..) => JobSubject::Writes,
        Cmd::RatePair { .. } => JobSubject::Verdict,
        Cmd::MarkSeen(..) => JobSubject::Verdict,
        Cmd::Fetch(topic) => JobSubject::Topic(topic.clone()),
        Cmd::Narrow { .. } => JobSubject::Filter,
        Cmd::Find { .. } => JobSubject::Palette,
        Cmd::SaveForm(..) => JobSubject::SavedForm,
        Cmd::Watch(_)
        | Cmd::Copy(_)
        | Cmd::Notify(_)
        | Cmd::Editor(..)
        | Cmd::Redraw
        | Cmd::Suspend
        | Cmd::Quit => return None,
    })
}

/// Does what a command asks of the session.
pub async fn carry_out(session: Arc<Session>, cmd: Cmd, teller: Teller) -> Answer {
    match cmd {
        Cmd::Investigate {
            incident,
            by_hand,
            by_itself,
        } => investigate(&session, incident, by_hand, by_itself, &teller).await,
        Cmd::Explain {
            incident,
            finding,
            question,
        } => {
            let told = session.explain(&finding, Some(&question)).await?;
            let event = InvestigationEvent::Retold(told);
            Ok(vec![News::InvestigationEvent(incident, Box::new(event))])
        }
        Cmd::Deliver { draft, incident } => {
            // What a person sends is one of its text; what posts itself is one of its title.
            let once = match draft.by_itself {
                true => Once::PerTitle,
                false => Once::PerText,
            };
            session
                .deliver(&draft, &incident, once, session.now())
                .await?;
            let event = InvestigationEvent::Sent(draft.title, Ok(()));
            Ok(vec![News::InvestigationEvent(
                incident.row.id,
                Box::new(event),
            )])
        }
        Cmd::Write { writes, notes } => {
            let done = session.send(writes, &notes).await;
            after_writes(&session, Ok(done)).await
        }
        Cmd::Retry(key) => {
            let done = session.retry(&key).await.map(|outcome| vec![outcome]);
            after_writes(&session, done).await
        }
        Cmd::Backdate(key) => {
            let done = session.backdate(&key).await.map(|outcome| vec![outcome]);
            after_writes(&session, done).await
        }
        Cmd::AttachNotes(id, private, keys) => {
            let done = session.attach_notes(id.as_str(), private, &keys).await;
            after_writes(&session, done).await
        }
        Cmd::Discard(key) => {
            let write = session.discard(&key).await?;
            let said = News::Said(format!("Given up: {}.", write.what));
            Ok(vec![said, News::Journal(session.journal(SHOWN).await?)])
        }
        Cmd::RatePair { a, b, same } => {
            session.rate_pair(&a, &b, same).await?;
            Ok(Vec::new())
        }
        Cmd::MarkSeen(id, at) => {
            session.mirror().mark_seen(id, at).await;
            Ok(Vec::new())
        }
        // These are done before anything is asked of the session.
        Cmd::Fetch(_) | Cmd::Narrow { .. } | Cmd::Find { .. } | Cmd::SaveForm(..) => Ok(Vec::new()),
        Cmd::Watch(_)
        | Cmd::Copy(_)
        | Cmd::Notify(_)
        | Cmd::Editor(..)
        | Cmd::Redraw
        | Cmd::Suspend
        | Cmd::Quit => Ok(Vec::new()),
    }
}

/// Answers a question: the news, and that it was answered.
pub async fn answer(session: Arc<Session>, topic: Topic, teller: Teller) -> Answer {
    let complete = topic == Topic::History && session.mirror().is_complete().await?;
    let mut news = ask(&session, &topic, &teller).await?;
    // What stands in the journal is no answer of the platform's, nor is a history that was there.
    if topic != Topic::Journal && !complete {
        news.push(News::Ahead(session.ahead()));
        news.push(News::Answered {
            topic,
            budget: session.budget().map(|b| (b.remaining, b.limit)),
        });
    }
    Ok(news)
}

async fn ask(session: &Arc<Session>, topic: &Topic, teller: &Teller) -> Answer {
    let (mirror, now) = (session.mirror(), session.now());
    Ok(match topic {
        Topic::Org => organisation(session, teller).await?,
        Topic::Incidents => {
            let changed = mirror.refresh().await?;
            mirror.mark_session().await;
            vec![changed.into()]
        }
        Topic::History => history(session, teller).await?,
        Topic::Detail(id) => {
            let (changes, arriving) = mpsc::channel(BACKLOG);
            let (session, id) = (session.clone(), id.clone());
            let reading = async move { session.mirror().incident(&id, &changes).await };
            let incident = teller.relay(arriving, Box::pin(reading)).await?;
            let row = Arc::new(incident.row.clone());
            vec![News::rows(vec![row]), News::Incident(Box::new(incident))]
        }
        Topic::Timeline(id) => {
            let (changes, arriving) = mpsc::channel(BACKLOG);
            let (session, id) = (session.clone(), id.clone());
            let reading = async move { session.mirror().timeline(&id, &changes).await };
            teller
                .relay(arriving, Box::pin(reading))
                .await?
                .map(News::from)
                .into_iter()
                .collect()
        }
        Topic::Tab(id, tab) => {
            let items = tab_items(session, id, *tab).await?;
            vec![News::Tab(id.clone(), *tab, items)]
        }
        Topic::List(kind) => vec![News::List(*kind, list_items(session, *kind).await?)],
        Topic::Schedules => vec![News::Schedules(mirror.schedules().await?)],
        Topic::Shifts(id) => {
            let days = |n| now + Duration::days(n);
            let shifts = session.shifts(id, days(SHIFTS.start), days(SHIFTS.end));
            vec![News::Shifts(id.clone(), shifts.await?)]
        }
        Topic::Catalog => vec![News::Catalog(mirror.catalog().await?)],
        Topic::Document(id) => {
            vec![News::Document(id.clone(), session.document_text(id).await?)]
        }
        Topic::Analysis => {
            let from = now - Duration::days(QUARTER);
            let (period, missing) = session.analyze(None, from, now, None).await?;
            let missing = missing
                .into_iter()
                .map(|says| format!("Not all of it: {says}"));
            vec![News::Analysis(
                period.lines().into_iter().chain(missing).collect(),
            )]
        }
        Topic::Drafted(id, kind) => {
            let request = DraftRequest {
                kind: *kind,
                incident: id.to_string(),
                investigate: false,
            };
            let drafted = session.draft(&request).await?;
            vec![News::Drafted(id.clone(), *kind, drafted.lines)]
        }
        Topic::FormOptions => vec![News::FormOptions(session.form_options().await)],
        Topic::Journal => journal(session).await?,
        Topic::Subjects(kind, ids) => {
            vec![News::Subjects(*kind, session.subjects(ids).await?)]
        }
    })
}

/// The organisation; where the cache was another key's, what it told is taken back, and everything is read anew.
async fn organisation(session: &Arc<Session>, teller: &Teller) -> Answer {
    let (org, emptied) = session.mirror().org().await?;
    let mut news = vec![News::Org(Box::new(org))];
    if emptied {
        let nothing = News::Rows {
            rows: Vec::new(),
            whole: true,
            cached: true,
        };
        teller.tell_news(nothing).await;
        teller
            .tell_news(session.mirror().refresh().await?.into())
            .await;
        news.extend(history(session, teller).await?);
    }
    Ok(news)
}

async fn history(session: &Arc<Session>, teller: &Teller) -> Answer {
    let (changes, arriving) = mpsc::channel(BACKLOG);
    let session = session.clone();
    let loading = async move { session.mirror().load_history(&changes).await };
    let loaded = teller.relay(arriving, Box::pin(loading)).await;
    if loaded.is_err() {
        teller.tell_news(News::History(None)).await;
    }
    loaded?;
    Ok(vec![News::History(None)])
}

/// Goes on with what is open, and tells how things stand.
async fn journal(session: &Session) -> Answer {
    let mut settled = session.resume_writes(session.now()).await?;
    settled.retain(|outcome| outcome.write.state == WriteState::Confirmed);
    after_writes(session, Ok(settled)).await
}

/// What became of writes, and the journal as it stands then.
async fn after_writes(session: &Session, done: Result<Vec<Outcome>, ApiError>) -> Answer {
    let mut news: Vec<News> = match done {
        Ok(done) => done.into_iter().map(|o| News::wrote(o.into())).collect(),
        Err(e) => vec![News::Said(e.to_string())],
    };
    if !news.is_empty() {
        session.mirror().timeline_may_have_changed();
    }
    // What became of them is told even where the journal can no longer be read.
    news.push(match session.journal(SHOWN).await {
        Ok(journal) => News::Journal(journal),
        Err(e) => News::Said(format!("The journal cannot be shown: {e}")),
    });
    Ok(news)
}

async fn investigate(
    session: &Session,
    id: IncidentId,
    by_hand: Vec<(Instant, String)>,
    by_itself: bool,
    teller: &Teller,
) -> Answer {
    let event = |event| News::InvestigationEvent(id.clone(), Box::new(event));
    let (steps, mut arriving) = mpsc::channel(32);
    let request = InvestigationRequest {
        incident: id.to_string(),
        by_hand,
        model: true,
        ..InvestigationRequest::default()
    };
    let telling = async {
        while let Some(step) = arriving.recv().await {
            teller
                .tell_news(event(InvestigationEvent::from(step)))
                .await;
        }
    };
    let (done, ()) = tokio::join!(session.investigate(&request, Some(steps)), telling);
    let done = done?;
    let settings = &session.config().investigate;
    if by_itself && !settings.is_type(done.incident.kind.as_deref()) {
        return Ok(Vec::new());
    }
    let before = session.swap_finding(&done.incident, &done.finding).await;
    Ok(vec![event(InvestigationEvent::Found {
        incident: Box::new(done.incident),
        finding: Box::new(done.finding),
        retelling: done.retelling,
        before: before.map(Box::new),
        by_itself,
    })])
}

/// Tells what is waited for, as long as somebody asks something.
pub(super) async fn tell_waits(mut waits: watch::Receiver<Option<Wait>>, teller: Teller) {
    while waits.changed().await.is_ok() {
        let wait = waits.borrow_and_update().clone();
        if let Some(wait) = wait {
            let says = format!("Waiting {} s for the rate limit of the key.", wait.seconds);
            teller.tell_news(News::Said(says)).await;
        }
    }
}

/// Keeps texts as they are typed, the last of each that is waiting; first it tells what an earlier session left.
pub async fn keep_forms(
    session: Arc<Session>,
    mut typed: mpsc::UnboundedReceiver<(SavedForm, bool)>,
    teller: Teller,
) {
    let unkept = |e: ApiError| News::Said(format!("What you write is not kept: {e}"));
    match session.saved_forms().await {
        Ok(saved) => teller.tell_news(News::SavedForm(saved)).await,
        Err(e) => teller.tell_news(unkept(e)).await,
    }
    while let Some(first) = typed.recv().await {
        let mut waiting = HashMap::from([(first.0.key.clone(), first)]);
        while let Ok(next) = typed.try_recv() {
            waiting.insert(next.0.key.clone(), next);
        }
        for (form, private) in waiting.into_values() {
            if let Err(e) = session.save_form(form, private).await {
                teller.tell_news(unkept(e)).await;
            }
        }
    }
    teller.tell(super::Outcome::Done(Vec::new())).await;
}

async fn list_items(session: &Session, kind: ListKind) -> Result<Vec<Item>, ApiError> {
    Ok(match kind {
        ListKind::Incidents => Vec::new(),
        ListKind::Alerts => items::alerts(session.alerts(None, false, ALERTS).await?, None),
        ListKind::Pages => {
            let mut pages = session.escalations(None, PAGES).await?;
            pages.sort_by_key(|e| !e.is_waiting());
            items::escalations(pages, session.now(), None)
        }
        ListKind::Actions => items::tasks(session.actions(None).await?, Vec::new(), None),
        ListKind::FollowUps => items::tasks(Vec::new(), session.follow_ups(None).await?, None),
        ListKind::Documents => items::documents(session.documents(None).await?),
        ListKind::Workflows => {
            let (workflows, runs) = tokio::join!(session.workflows(), session.workflow_runs(None));
            items::workflows(workflows?, runs.unwrap_or_default())
        }
    })
}

async fn tab_items(
    session: &Session,
    id: &IncidentId,
    tab: DetailTab,
) -> Result<Vec<Item>, ApiError> {
    let here = Some(id);
    Ok(match tab {
        DetailTab::Timeline | DetailTab::Overview | DetailTab::Investigation => Vec::new(),
        DetailTab::Similar => {
            let (found, _) = session.similar(&SimilarRequest::new(id.as_str())).await?;
            found.into_iter().flat_map(items::recalled).collect()
        }
        DetailTab::Alerts => items::alerts(session.alerts(here, false, ALERTS).await?, here),
        DetailTab::Pages => {
            let pages = session.escalations(here, ALERTS).await?;
            items::escalations(pages, session.now(), here)
        }
        DetailTab::Tasks => {
            let (actions, follow_ups) =
                tokio::join!(session.actions(here), session.follow_ups(here));
            items::tasks(actions?, follow_ups?, here)
        }
        DetailTab::Documents => items::documents(session.documents(here).await?),
        DetailTab::Related => {
            let (related, runs) = tokio::join!(session.related(id), session.workflow_runs(here));
            items::related_to(related?, runs.unwrap_or_default())
        }
    })
}

impl News {
    /// What became of a write.
    pub(super) fn wrote(wrote: Wrote) -> Self {
        Self::Wrote(Box::new(wrote))
    }

    /// Rows that came from the API.
    fn rows(rows: Vec<Arc<crate::domain::IncidentSummary>>) -> Self {
        Self::Rows {
            rows,
            whole: false,
            cached: false,
        }
    }
}

impl From<Outcome> for Wrote {
    fn from(outcome: Outcome) -> Self {
        let fields = match &outcome.error {
            Some(ApiError::Http { errors, .. }) => errors
                .iter()
                .filter_map(|e| Some((e.field.clone()?, e.message.clone())))
                .collect(),
            _ => Vec::new(),
        };
        let says = |e: &ApiError| format!("{e} {}", e.suggestion()).trim().to_owned();
        Self {
            moved: matches!(outcome.error, Some(ApiError::Moved(_))),
            error: outcome.error.as_ref().map(says),
            write: outcome.write,
            recorded: outcome.recorded,
            fields,
        }
    }
}

impl From<Progress> for InvestigationEvent {
    fn from(step: Progress) -> Self {
        match step {
            Progress::Planned { sources, services } => Self::Planned(sources, services),
            Progress::Answered(source, says) => Self::Answered(source, says),
        }
    }
}

impl From<KnownTimeline> for News {
    fn from(known: KnownTimeline) -> Self {
        Self::Timeline {
            id: known.id,
            items: known.items,
            missing: known.missing,
            seen: known.seen,
        }
    }
}

impl From<Change> for News {
    fn from(change: Change) -> Self {
        match change {
            Change::Org(org) => Self::Org(org),
            Change::Rows {
                rows,
                whole,
                cached,
            } => Self::Rows {
                rows,
                whole,
                cached,
            },
            Change::Loading(count) => Self::History(count),
            Change::Incident(incident) => Self::Incident(incident),
            Change::Timeline(known) => Self::from(*known),
            Change::Schedules(schedules) => Self::Schedules(schedules),
            Change::Catalog(graph) => Self::Catalog(graph),
            Change::LastSession(at) => Self::Away(at),
            Change::Cached(at) => Self::Cached(at),
            Change::Notice(says) => Self::Said(says),
        }
    }
}
