//! The only place of the console that waits: a command becomes a job of the session, and each job ends aloud in exactly one
//! outcome, a panic included. A newer question takes an older one's place; a write is never replaced.

mod answers;
#[cfg(test)]
mod tests;

use super::filter;
use super::job::{Job, JobSubject, Slot, Topic};
use super::msg::Cmd;
use super::news::News;
use super::plan::Plan;
use super::reply::{self, Answer, Outcome, Reply, Teller};
use crate::domain::{Instant, KeptPlace};
use crate::session::{ApiError, Opening, Session, Typed, fault};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::AbortHandle;

/// Starts the worker.
pub fn start(opening: Opening) -> (mpsc::UnboundedSender<Cmd>, mpsc::Receiver<Reply>) {
    let (cmds, inbox) = mpsc::unbounded_channel();
    let (replies, outbox) = mpsc::channel(reply::BACKLOG);
    tokio::spawn(work(opening, inbox, replies));
    (cmds, outbox)
}

/// How often a work that takes long is told anew how far it is: the line that shows it goes over a slow line.
const REDRAW: Duration = Duration::from_secs(1);

/// Programs that call somebody, at a time.
const CALLS: usize = 4;

struct Worker {
    replies: mpsc::Sender<Reply>,
    session: Option<Arc<Session>>,
    /// Questions that came before the way was open.
    early: Vec<Topic>,
    last_id: u64,
    running: HashMap<Slot, AbortHandle>,
    started: tokio::time::Instant,
    plan: Plan,
    /// The last answer of the filter, to narrow further.
    narrowed: Arc<Mutex<Option<filter::Last>>>,
    /// Texts to be kept, in the order they were typed.
    forms: mpsc::UnboundedSender<Typed>,
    /// Room for programs that call somebody, and whether one failed.
    calls: Arc<Semaphore>,
    calls_fail: Arc<AtomicBool>,
}

async fn work(
    opening: Opening,
    mut inbox: mpsc::UnboundedReceiver<Cmd>,
    replies: mpsc::Sender<Reply>,
) {
    let (forms, typed) = mpsc::unbounded_channel();
    let mut worker = Worker::new(replies, forms);
    let mut typed = Some(typed);
    let teller = worker.teller(JobSubject::Opening);
    let telling = teller.clone();
    let open = async move {
        telling
            .relay(News::Changed, |told| opening.open(told))
            .await
    };
    let mut opening = Some(tokio::spawn(open));
    loop {
        let pause = worker.plan.pause(worker.now());
        tokio::select! {
            cmd = inbox.recv() => match cmd {
                Some(cmd) => worker.take(cmd),
                None => return,
            },
            opened = async { match &mut opening { Some(task) => task.await, None => std::future::pending().await } } => {
                opening = None;
                let opened = opened.unwrap_or_else(|_| Err(fault())).map(Arc::new);
                teller.tell(match &opened {
                    Ok(_) => Outcome::Done(Vec::new()),
                    Err(e) => Outcome::Failed(e.clone().into()),
                }).await;
                if let (Ok(session), Some(typed)) = (opened, typed.take()) {
                    worker.opened(session, typed);
                }
            }
            () = tokio::time::sleep(pause), if worker.session.is_some() => worker.poll(),
        }
    }
}

impl Worker {
    fn new(replies: mpsc::Sender<Reply>, forms: mpsc::UnboundedSender<Typed>) -> Self {
        Self {
            replies,
            session: None,
            early: Vec::new(),
            last_id: 0,
            running: HashMap::new(),
            started: tokio::time::Instant::now(),
            plan: Plan::default(),
            narrowed: Arc::default(),
            forms,
            calls: Arc::new(Semaphore::new(CALLS)),
            calls_fail: Arc::default(),
        }
    }

    /// The plan's own time, which only runs forward: a clock that is set back must not put off what is due.
    fn now(&self) -> Instant {
        let ran = chrono::Duration::from_std(self.started.elapsed());
        Instant::default() + ran.unwrap_or_default()
    }

    fn teller(&mut self, subject: JobSubject) -> Teller {
        self.last_id += 1;
        let id = self.last_id;
        Teller::new(Job { id, subject }, self.replies.clone())
    }

    fn opened(&mut self, session: Arc<Session>, typed: mpsc::UnboundedReceiver<Typed>) {
        let teller = self.teller(JobSubject::SavedForm);
        tokio::spawn(session.each_wait(teller.clone().waits()));
        tokio::spawn(session.each_progress(REDRAW, teller.clone().progresses()));
        tokio::spawn(answers::save_forms(session.clone(), typed, teller));
        let others = self.teller(JobSubject::Others);
        tokio::spawn(answers::watch_others(session.clone(), others));
        let follows = self.teller(JobSubject::Relay);
        tokio::spawn(answers::follow_relay(session.clone(), follows));
        self.session = Some(session.clone());
        self.spawn_job(JobSubject::Writes, |_| async move {
            let unsendable = session.unsendable().await.map(News::Unsendable);
            Ok(unsendable.into_iter().collect())
        });
        let early = std::mem::take(&mut self.early);
        early.into_iter().for_each(|topic| self.fetch(topic));
    }

    fn take(&mut self, cmd: Cmd) {
        match cmd {
            Cmd::Fetch(topic) => self.fetch(topic),
            Cmd::Watch(interest) => {
                if let Some(session) = &self.session {
                    session.look_at(interest.incident.as_ref());
                }
                self.plan.watch(interest, self.now());
            }
            Cmd::Search(search) => {
                let last = self.narrowed.clone();
                self.spawn_pure(search.subject(), move || search.run(&last));
            }
            Cmd::SaveForm(form, private) => drop(self.forms.send(Typed::Text(form, private))),
            Cmd::Notify(says) => self.call(says),
            Cmd::KeepPlace(_) if self.session.is_none() => {}
            Cmd::LeaveAt(place, kept) => self.leave_at(*place, kept),
            Cmd::Write { writes, .. } if self.session.is_none() => {
                self.spawn_job(JobSubject::Writes, |_| async { Ok(News::not_sent(writes)) });
            }
            other => self.ask(other),
        }
    }

    /// Runs the program that calls somebody, where one is configured. In a storm the first of the notices do; that it
    /// does not work is said once.
    fn call(&mut self, says: String) {
        let session = self
            .session
            .clone()
            .filter(|session| session.calls_somebody());
        let room = self.calls.clone().try_acquire_owned();
        let (Some(session), Ok(room)) = (session, room) else {
            return;
        };
        let said = self.calls_fail.clone();
        self.spawn_job(JobSubject::Notice, |_| async move {
            let called = session.call_somebody(&says).await;
            drop(room);
            match called {
                Err(why) if !said.swap(true, Ordering::SeqCst) => Err(ApiError::User(why)),
                _ => Ok(Vec::new()),
            }
        });
    }

    /// Keeps where one is at once: the console ends.
    fn leave_at(&mut self, place: KeptPlace, kept: oneshot::Sender<()>) {
        if let Some(before) = self.running.remove(&Slot::Place) {
            before.abort();
        }
        if let Some(session) = self.session.clone() {
            tokio::spawn(async move {
                session.mirror().keep_place(place).await;
                // Who no longer waits has gone.
                let _ = kept.send(());
            });
        }
    }

    /// What only the session can do.
    fn ask(&mut self, cmd: Cmd) {
        let Some(subject) = cmd.subject() else { return };
        // What was typed before is kept before a write forgets its text.
        let (settled, kept) = oneshot::channel();
        if matches!(cmd, Cmd::Write { .. }) {
            drop(self.forms.send(Typed::Settled(settled)));
        }
        match self.session.clone() {
            Some(session) => self.spawn_job(subject, |teller| async {
                let _ = kept.await;
                answers::carry_out(session, cmd, teller).await
            }),
            None => self.spawn_job(subject, |_| async {
                let says = "Not connected yet; try again in a moment.";
                Err(ApiError::User(says.into()))
            }),
        }
    }

    fn fetch(&mut self, topic: Topic) {
        let Some(session) = self.session.clone() else {
            self.early.retain(|known| known != &topic);
            return self.early.push(topic);
        };
        // What goes on with the journal sends: it is let end, never replaced.
        if topic == Topic::Journal && self.is_asking(&topic) {
            return;
        }
        self.spawn_job(JobSubject::Topic(topic.clone()), |teller| {
            answers::answer(session, topic, teller)
        });
    }

    /// Runs a job beside everything else and tells how it ended; a newer one in its slot ends it.
    fn spawn_job<F>(&mut self, subject: JobSubject, work: impl FnOnce(Teller) -> F)
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let (slot, teller) = (subject.slot(), self.teller(subject));
        let task = tokio::spawn(work(teller.clone()));
        if let Some(slot) = slot
            && let Some(old) = self.running.insert(slot, task.abort_handle())
        {
            old.abort();
        }
        tokio::spawn(async move { teller.tell(Outcome::of(task.await)).await });
    }

    /// A computation beside the screen.
    fn spawn_pure(&mut self, subject: JobSubject, job: impl FnOnce() -> News + Send + 'static) {
        self.spawn_job(subject, |_| async {
            let news = tokio::task::spawn_blocking(job).await;
            Ok(vec![news.map_err(|_| fault())?])
        });
    }

    /// Asks what is due, unless it is being asked.
    fn poll(&mut self) {
        let Some(budget) = self.session.as_ref().map(|session| session.budget()) else {
            return;
        };
        for topic in self.plan.due(self.now(), budget.map_or(1.0, |b| b.left())) {
            if !self.is_asking(&topic) {
                self.fetch_spread(topic);
            }
        }
    }

    /// Asks what nobody waits for: where many consoles lost their relay at once, not all at the same moment.
    fn fetch_spread(&mut self, topic: Topic) {
        let session = self.session.clone().filter(|_| !topic.is_local());
        let spread = session.and_then(|session| Some((session.spread()?, session)));
        let Some((pause, session)) = spread else {
            return self.fetch(topic);
        };
        self.spawn_job(JobSubject::Topic(topic.clone()), |teller| async move {
            tokio::time::sleep(pause).await;
            answers::answer(session, topic, teller).await
        });
    }

    /// Whether a question is being asked.
    fn is_asking(&self, topic: &Topic) -> bool {
        let slot = JobSubject::Topic(topic.clone()).slot();
        let task = slot.and_then(|slot| self.running.get(&slot));
        task.is_some_and(|task| !task.is_finished())
    }
}
