//! The only place of the console that waits: a command becomes a job of the session, and each job ends aloud in exactly one
//! outcome, a panic included. A newer question takes an older one's place; a write is never replaced.

mod answers;

use super::filter;
use super::msg::{Cmd, Failure, Job, JobSubject, News, Outcome, Reply, Slot, Topic, Wrote};
use super::palette;
use super::plan::Plan;
use crate::domain::{Instant, SavedForm};
use crate::session::{Access, ApiError, Cache, Change, Session, fault};
use futures_util::future::BoxFuture;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// How the organisation is reached: its cache at once, the way to it behind the first frame.
pub struct Opening {
    cache: Cache,
    access: Pin<Box<dyn Future<Output = Result<Access, ApiError>> + Send>>,
}

impl Opening {
    /// Everything is known already.
    pub fn now(access: Access) -> Self {
        Self {
            cache: Cache::new(access.cache.clone()),
            access: Box::pin(std::future::ready(Ok(access))),
        }
    }

    /// It has to be made first, such as a simulated organisation; nothing of it is cached.
    pub fn behind(access: impl Future<Output = Result<Access, ApiError>> + Send + 'static) -> Self {
        Self {
            cache: Cache::new(None),
            access: Box::pin(access),
        }
    }
}

/// Replies that may wait before the worker does: enough for a burst, little enough to bound memory.
const BACKLOG: usize = 256;

/// Starts the worker.
pub fn start(opening: Opening) -> (mpsc::UnboundedSender<Cmd>, mpsc::Receiver<Reply>) {
    let (cmds, inbox) = mpsc::unbounded_channel();
    let (replies, outbox) = mpsc::channel(BACKLOG);
    tokio::spawn(work(opening, inbox, replies));
    (cmds, outbox)
}

/// Tells how a job goes on.
#[derive(Clone)]
struct Teller {
    job: Job,
    replies: mpsc::Sender<Reply>,
}

impl Teller {
    async fn tell(&self, outcome: Outcome) {
        let job = self.job.clone();
        // Nobody listens any more where the console ends.
        let _ = self.replies.send(Reply { job, outcome }).await;
    }

    async fn tell_news(&self, news: News) {
        self.tell(Outcome::Underway(news)).await;
    }

    /// Tells what work of the mirror says through the other end of `arriving`, which the work owns; all of it before the
    /// work's own end is told.
    async fn relay<T>(
        &self,
        mut arriving: mpsc::Receiver<Change>,
        work: BoxFuture<'static, T>,
    ) -> T {
        let telling = async {
            while let Some(change) = arriving.recv().await {
                self.tell_news(News::from(change)).await;
            }
        };
        tokio::join!(work, telling).0
    }
}

/// What a job comes to.
type Answer = Result<Vec<News>, ApiError>;

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
    forms: mpsc::UnboundedSender<(SavedForm, bool)>,
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
    let mut opening = Some(tokio::spawn(open(opening, teller.clone())));
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

/// The cache first, which is quick, then the way to the organisation.
async fn open(opening: Opening, teller: Teller) -> Result<Session, ApiError> {
    let cache = opening.cache.clone();
    let (changes, arriving) = mpsc::channel(BACKLOG);
    let tell = move |change| drop(changes.blocking_send(change));
    let telling = tokio::task::spawn_blocking(move || cache.tell_all(&tell));
    teller
        .relay(arriving, Box::pin(telling))
        .await
        .map_err(|_| fault())?;
    let (access, cache) = (opening.access.await?, opening.cache);
    let opened = tokio::task::spawn_blocking(move || Session::open_on(access, cache));
    opened.await.map_err(|_| fault())?
}

impl Worker {
    fn new(replies: mpsc::Sender<Reply>, forms: mpsc::UnboundedSender<(SavedForm, bool)>) -> Self {
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
        }
    }

    /// The plan's own time, which only runs forward: a clock that is set back must not put off what is due.
    fn now(&self) -> Instant {
        let ran = chrono::Duration::from_std(self.started.elapsed());
        Instant::default() + ran.unwrap_or_default()
    }

    fn teller(&mut self, subject: JobSubject) -> Teller {
        self.last_id += 1;
        let job = Job {
            id: self.last_id,
            subject,
        };
        Teller {
            job,
            replies: self.replies.clone(),
        }
    }

    fn opened(&mut self, session: Arc<Session>, typed: mpsc::UnboundedReceiver<(SavedForm, bool)>) {
        let teller = self.teller(JobSubject::SavedForm);
        tokio::spawn(answers::tell_waits(session.waits(), teller.clone()));
        tokio::spawn(answers::keep_forms(session.clone(), typed, teller));
        self.session = Some(session);
        for topic in std::mem::take(&mut self.early) {
            self.fetch(topic);
        }
    }

    fn take(&mut self, cmd: Cmd) {
        match cmd {
            Cmd::Fetch(topic) => self.fetch(topic),
            Cmd::Watch(interest) => self.plan.watch(interest, self.now()),
            Cmd::Narrow {
                ticket,
                rows,
                filter,
                newest_first,
            } => {
                let last = self.narrowed.clone();
                self.spawn_pure(JobSubject::Filter, move || {
                    let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                    let visible = filter::narrow_on(&mut last, &rows, &filter, newest_first);
                    News::Narrowed { ticket, visible }
                });
            }
            Cmd::Find {
                ticket,
                query,
                pool,
            } => self.spawn_pure(JobSubject::Palette, move || News::Found {
                ticket,
                hits: palette::find(&pool, &query),
            }),
            Cmd::SaveForm(form, private) => drop(self.forms.send((form, private))),
            Cmd::Write { writes, .. } if self.session.is_none() => {
                let unsent = writes
                    .into_iter()
                    .map(not_connected)
                    .map(News::wrote)
                    .collect();
                self.spawn_job(JobSubject::Writes, |_| async { Ok(unsent) });
            }
            other => self.ask(other),
        }
    }

    /// What only the session can do.
    fn ask(&mut self, cmd: Cmd) {
        let Some(subject) = answers::subject_of(&cmd) else {
            return;
        };
        match self.session.clone() {
            Some(session) => {
                self.spawn_job(subject, |teller| answers::carry_out(session, cmd, teller))
            }
            None => self.spawn_job(subject, |_| async {
                Err(ApiError::User(
                    "Not connected yet; try again in a moment.".into(),
                ))
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
        tokio::spawn(async move { teller.tell(outcome(task.await)).await });
    }

    /// A computation beside the screen.
    fn spawn_pure(&mut self, subject: JobSubject, job: impl FnOnce() -> News + Send + 'static) {
        self.spawn_job(subject, |_| async {
            let news = tokio::task::spawn_blocking(job)
                .await
                .map_err(|_| fault())?;
            Ok(vec![news])
        });
    }

    /// Asks what is due, unless it is being asked.
    fn poll(&mut self) {
        let Some(budget) = self.session.as_ref().map(|session| session.budget()) else {
            return;
        };
        for topic in self.plan.due(self.now(), budget.map_or(1.0, |b| b.left())) {
            if !self.is_asking(&topic) {
                self.fetch(topic);
            }
        }
    }

    /// Whether a question is being asked.
    fn is_asking(&self, topic: &Topic) -> bool {
        let slot = JobSubject::Topic(topic.clone()).slot();
        let task = slot.and_then(|slot| self.running.get(&slot));
        task.is_some_and(|task| !task.is_finished())
    }
}

/// The one outcome of a job, however it ended.
fn outcome(ended: Result<Answer, tokio::task::JoinError>) -> Outcome {
    match ended {
        Ok(Ok(news)) => Outcome::Done(news),
        Ok(Err(e)) => Outcome::Failed(Failure::from(e)),
        Err(e) if e.is_cancelled() => Outcome::Cancelled,
        Err(e) => {
            tracing::error!("a job broke off: {e}");
            Outcome::Failed(fault().into())
        }
    }
}

fn not_connected(write: crate::domain::Write) -> Wrote {
    Wrote {
        write,
        error: Some("Not connected yet, so nothing was sent; try again in a moment.".into()),
        fields: Vec::new(),
        moved: false,
        recorded: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_job_ends_aloud_in_one_outcome_a_panic_and_a_replacement_included() {
        let (replies, mut heard) = mpsc::channel(BACKLOG);
        let (forms, _typed) = mpsc::unbounded_channel();
        let mut worker = Worker::new(replies, forms);
        worker.spawn_pure(JobSubject::Verdict, || panic!("a fault of our own"));
        worker.spawn_job(JobSubject::Filter, |_| std::future::pending());
        worker.spawn_job(JobSubject::Filter, |_| async { Ok(vec![]) });
        worker.spawn_job(JobSubject::Writes, |_| async { Err(ApiError::NoKey) });
        worker.take(Cmd::Retry("k".into()));
        let mut ended = Vec::new();
        while ended.len() < 5 {
            let reply = heard.recv().await.expect("every job answers");
            let word = match reply.outcome {
                Outcome::Underway(_) => continue,
                Outcome::Done(_) => "done",
                Outcome::Failed(_) => "failed",
                Outcome::Cancelled => "cancelled",
            };
            ended.push((reply.job.id, word));
        }
        ended.sort_unstable();
        let words = ["failed", "cancelled", "done", "failed", "failed"];
        let expected: Vec<(u64, &str)> = (1..).zip(words).collect();
        assert_eq!(ended, expected);
        drop(worker);
        assert!(heard.recv().await.is_none(), "and in no second one");
    }
}
