//! What each command and each question asks of the session, and its answer as news.

use crate::console::items;
use crate::console::job::Topic;
use crate::console::msg::Cmd;
use crate::console::news::{InvestigationEvent, News};
use crate::console::place::ListKind;
use crate::console::reply::{Answer, Outcome, Teller};
use crate::console::terminal;
use crate::domain::{IncidentId, Instant, WriteState};
use crate::draft::HANDOVER;
use crate::investigate::Once;
use crate::session::{self, ApiError, Check, InvestigationRequest, Session, Typed};
use crate::similar::Line;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Writes that the screen shows of the journal.
const SHOWN: usize = 200;
/// How often it is looked whether another program changed the journal, which reads no row; and how often where it cannot
/// be opened.
const LOOK: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_secs(15);
/// How long somebody stays at a place that is kept.
const PAUSE: Duration = Duration::from_millis(300);

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
            Ok(vec![event(&incident, InvestigationEvent::Retold(told))])
        }
        Cmd::Deliver { draft, incident } => {
            let (once, now) = (Once::of(&draft), session.now());
            session.deliver(&draft, &incident, once, now).await?;
            let sent = InvestigationEvent::Sent(draft.title, Ok(()));
            Ok(vec![event(&incident.row.id, sent)])
        }
        Cmd::Write { writes, notes } => {
            let done = session.send(writes, &notes).await;
            after_writes(&session, Ok(done)).await
        }
        Cmd::Retry(key) => after_write(&session, session.retry(&key).await).await,
        Cmd::Backdate(key) => after_write(&session, session.backdate(&key).await).await,
        Cmd::AttachNotes(id, private, keys) => {
            let done = session.attach_notes(id.as_str(), private, &keys).await;
            after_writes(&session, done).await
        }
        Cmd::AnswerProposal(proposal, yes) => {
            session.answer_proposal(&proposal, yes).await?;
            let says = match yes {
                true => format!("Agreed: its agent sends it. {}", proposal.what),
                false => format!("Declined: {}", proposal.what),
            };
            let proposals = News::Proposals(session.proposals().await?);
            Ok(vec![News::Said(says), proposals])
        }
        Cmd::Order(about, wish) => {
            let says = session.order_bridge(&about, wish).await?;
            let mut news = vec![News::Said(says)];
            news.extend(bridge(&session).await?);
            Ok(news)
        }
        Cmd::Discard(key) => {
            let write = session.discard(&key).await?;
            let said = News::Said(format!("Given up: {}.", write.what));
            Ok(vec![said, News::Journal(session.journal(SHOWN).await?)])
        }
        Cmd::RatePair { a, b, same } => session.rate_pair(&a, &b, same).await.map(|()| Vec::new()),
        Cmd::MarkSeen(id, at) => {
            session.mirror().mark_seen(id, at).await;
            Ok(Vec::new())
        }
        // These are done before anything is asked of the session.
        Cmd::Fetch(_) | Cmd::Search(_) | Cmd::SaveForm(..) => Ok(Vec::new()),
        Cmd::Watch(_) | Cmd::Copy(_) | Cmd::Notify(_) | Cmd::Editor(..) => Ok(Vec::new()),
        Cmd::LeaveAt(..) => Ok(Vec::new()),
        Cmd::KeepPlace(place) => {
            // Somebody on their way is somewhere else in a moment.
            tokio::time::sleep(PAUSE).await;
            session.mirror().keep_place(*place).await;
            Ok(Vec::new())
        }
        Cmd::Redraw | Cmd::Suspend | Cmd::Quit => Ok(Vec::new()),
    }
}

/// Answers a question: the news, and that it was answered.
pub async fn answer(session: Arc<Session>, topic: Topic, teller: Teller) -> Answer {
    let complete = topic == Topic::History && session.mirror().is_complete().await?;
    let mut news = match topic.mirrored() {
        Some(part) => {
            let read = async |told| session.refresh(&part, &told).await;
            teller.relay(News::Changed, read).await?;
            Vec::new()
        }
        None => ask(&session, &topic).await?,
    };
    // What lies on this machine is no answer of the platform's, nor is a history that was there.
    if !topic.is_local() && !complete {
        news.push(News::Ahead(session.ahead()));
        let budget = session.budget().map(|b| (b.remaining, b.limit));
        news.push(News::Answered { topic, budget });
    }
    Ok(news)
}

async fn ask(session: &Session, topic: &Topic) -> Answer {
    Ok(match topic {
        Topic::Tab(id, tab) => {
            let (items, more) = items::of_tab(session, id, *tab).await?;
            let told = vec![News::Tab(id.clone(), *tab, items)];
            and_more(told, more, topic)
        }
        Topic::Bridge => {
            let known = session.kept_incidents().await?;
            vec![News::Kept(known.map(Box::new))]
        }
        Topic::List(ListKind::Bridge) => bridge(session).await?,
        Topic::List(kind) => {
            let (items, more) = items::of_list(session, *kind).await?;
            and_more(vec![News::List(*kind, items)], more, topic)
        }
        Topic::Shifts(id) => {
            vec![News::Shifts(id.clone(), session.coming_shifts(id).await?)]
        }
        Topic::Changes(id, from) => {
            let (changes, _) = session.changes(session.now() - *from).await?;
            vec![News::Changes(id.clone(), changes)]
        }
        Topic::Route(id) => vec![News::Thing(Box::new(
            items::route::one_route(session, id).await?,
        ))],
        Topic::Alert(id) => vec![News::Thing(Box::new(items::one_alert(session, id).await?))],
        Topic::Page(id) => {
            let page = session.escalation(id).await?;
            let item = items::escalation(page, session.now(), None);
            vec![News::Thing(Box::new(item))]
        }
        Topic::Document(id) => {
            vec![News::Document(id.clone(), session.document_text(id).await?)]
        }
        Topic::Analysis(asked) => {
            let (period, missing) = session.analyze(asked).await?;
            let mut lines = period.report();
            let not_all = |says| Line::new(format!("Not all of it: {says}"));
            lines.extend(missing.iter().map(not_all));
            vec![News::Analysis(asked.clone(), lines)]
        }
        Topic::Handover => {
            let told = session.handover(None).await?;
            let template = session.template("handover.md", HANDOVER)?;
            vec![News::Handover(Box::new(told), template)]
        }
        Topic::Doctor => {
            let mut checks = session.checks().await;
            checks.extend(terminal::checks());
            let lines = checks.iter().map(Check::line).collect();
            vec![News::Lines(Topic::Doctor, lines)]
        }
        Topic::Export => {
            let folder = std::env::current_dir().unwrap_or_default();
            let says = session.export_into(&folder).await?;
            vec![News::Lines(Topic::Export, vec![says])]
        }
        Topic::Moved(since, ids) => {
            let moved = session.moved_since(*since, ids).await?;
            vec![News::Moved(topic.clone(), moved)]
        }
        Topic::Drafted(id, kind) => {
            let material = session.material(*kind, id.as_str(), None).await?;
            vec![News::Drafted(id.clone(), *kind, Box::new(material))]
        }
        Topic::Paths => vec![News::Paths(session.paths().await?)],
        Topic::FormOptions => vec![News::FormOptions(session.form_options().await)],
        Topic::Journal => journal(session).await?,
        Topic::Subjects(kind, ids) => {
            vec![News::Subjects(*kind, session.subjects(ids).await?)]
        }
        Topic::Things(kind, ids) => {
            vec![News::Things(*kind, session.things(*kind, ids).await?)]
        }
        // These are mirrored: their news came while they were read.
        Topic::Org | Topic::Incidents | Topic::History | Topic::Detail(_) => Vec::new(),
        Topic::Timeline(_) | Topic::Schedules | Topic::Catalog => Vec::new(),
    })
}

/// All that the bridge knows, with the lines of its list.
async fn bridge(session: &Session) -> Answer {
    let known = session.known_bridge().await?;
    let memory = known.as_ref().map(|known| &known.memory);
    let items = memory.map(items::bridge::lines).unwrap_or_default();
    Ok(vec![News::Bridge(known.map(Box::new), items)])
}

/// A list, and that there are more than it has, where that is so.
fn and_more(mut told: Vec<News>, more: bool, topic: &Topic) -> Vec<News> {
    told.extend(more.then(|| News::More(topic.clone())));
    told
}

/// Goes on with what is open, and tells how things stand.
async fn journal(session: &Session) -> Answer {
    let mut settled = session.resume_writes(session.now()).await?;
    settled.retain(|outcome| outcome.write.state == WriteState::Confirmed);
    after_writes(session, Ok(settled)).await
}

async fn after_write(session: &Session, done: Result<session::Outcome, ApiError>) -> Answer {
    after_writes(session, done.map(|outcome| vec![outcome])).await
}

/// What became of writes, and the journal as it stands then.
async fn after_writes(session: &Session, done: Result<Vec<session::Outcome>, ApiError>) -> Answer {
    let mut news: Vec<News> = match done {
        Ok(done) => done.into_iter().map(News::from).collect(),
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

fn event(id: &IncidentId, event: InvestigationEvent) -> News {
    News::InvestigationEvent(id.clone(), Box::new(event))
}

async fn investigate(
    session: &Session,
    id: IncidentId,
    by_hand: Vec<(Instant, String)>,
    by_itself: bool,
    teller: &Teller,
) -> Answer {
    let request = InvestigationRequest {
        by_hand,
        model: true,
        ..InvestigationRequest::of(id.as_str())
    };
    let told = |step| event(&id, InvestigationEvent::Progress(step));
    let investigate = async |steps| session.investigate(&request, Some(steps)).await;
    let done = teller.relay(told, investigate).await?;
    let settings = &session.config().investigate;
    if by_itself && !settings.is_type(done.incident.kind.as_deref()) {
        return Ok(Vec::new());
    }
    let before = session.swap_finding(&done.incident, &done.finding).await;
    let found = InvestigationEvent::Found {
        done: Box::new(done),
        before: before.map(Box::new),
        by_itself,
    };
    Ok(vec![event(&id, found)])
}

/// Keeps texts as they are typed; first it tells what an earlier session left.
pub async fn save_forms(
    session: Arc<Session>,
    typed: mpsc::UnboundedReceiver<Typed>,
    teller: Teller,
) {
    let unkept = |e: ApiError| News::Said(format!("What you write is not kept: {e}"));
    let left = session.saved_forms().await;
    teller
        .tell_news(left.map_or_else(unkept, News::SavedForm))
        .await;
    let save = async |failed| session.save_forms(typed, failed).await;
    teller.relay(unkept, save).await;
    teller.tell(Outcome::Done(Vec::new())).await;
}

/// Follows the relay, where one is configured, for as long as somebody listens.
pub async fn follow_relay(session: Arc<Session>, teller: Teller) {
    let follow = async |told| session.follow_relay(told).await;
    let standing = session.each_standing(|standing| teller.tell_news(News::Relay(standing)));
    tokio::select! {
        ((), ()) = async { tokio::join!(teller.relay(News::Changed, follow), standing) } => {}
        () = teller.unheard() => {}
    }
}

/// Tells what other programs on this machine write and what agents propose there, as soon as they do.
pub async fn watch_others(session: Arc<Session>, teller: Teller) {
    let mut seen = None;
    loop {
        let found = session.journal_changes().await.ok();
        if found.is_some() && found != seen {
            if let Ok(proposals) = session.proposals().await {
                teller.tell_news(News::Proposals(proposals)).await;
            }
            // What was there at the start is told where the journal is asked for.
            if seen.is_some()
                && let Ok(journal) = session.journal(SHOWN).await
            {
                teller.tell_news(News::Journal(journal)).await;
            }
            seen = found;
        }
        let pause = if found.is_some() { LOOK } else { LOOK_AGAIN };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = teller.unheard() => return,
        }
    }
}
