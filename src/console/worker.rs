//! The only place of the console that waits. Every question ends in exactly one answer or failure, a panic included;
//! a repeated question replaces the older one.

mod ask;
mod investigation;
mod plan;
mod remember;
mod write;

use super::filter;
use super::msg::{Cmd, News, Topic, Wrote};
use super::palette;
use crate::ops::{ApiError, Client};
use crate::store::Store;
use ask::Asker;
use chrono::Utc;
use futures_util::FutureExt;
use investigation::Means;
use plan::Plan;
use std::any::Any;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// A way to the organisation, and what must live as long as it is used.
pub struct Connected {
    /// The client.
    pub client: Arc<Client>,
    /// The settings in force.
    pub config: Arc<crate::config::Config>,
    /// Where the journal of writes is kept; nowhere where nothing may go to disk.
    pub journal: Option<std::path::PathBuf>,
    /// Kept until the console ends, such as a simulated organisation.
    pub keep: Option<Box<dyn Any + Send + Sync>>,
}

/// Opens the way; run behind the first frame.
pub type Connect = Pin<Box<dyn Future<Output = Result<Connected, ApiError>> + Send>>;

/// News that may wait before the worker does: enough for a burst, little enough to bound memory.
const BACKLOG: usize = 256;

/// Starts the worker.
pub fn start(
    connect: Connect,
    cache: Option<PathBuf>,
) -> (mpsc::UnboundedSender<Cmd>, mpsc::Receiver<News>) {
    let (cmds, inbox) = mpsc::unbounded_channel();
    let (news, outbox) = mpsc::channel(BACKLOG);
    tokio::spawn(work(connect, cache, inbox, news));
    (cmds, outbox)
}

struct Worker {
    news: mpsc::Sender<News>,
    asker: Option<Arc<Asker>>,
    /// Questions that came before the way was open.
    early: Vec<Topic>,
    running: HashMap<(u8, u8), AbortHandle>,
    store: Option<Arc<Mutex<Store>>>,
    plan: Plan,
    /// The last answer of the filter, to narrow further.
    narrowed: Arc<Mutex<Option<filter::Last>>>,
    keep: Option<Box<dyn Any + Send + Sync>>,
    index_path: Option<PathBuf>,
    /// Texts to be kept, in the order they were typed.
    keeper: mpsc::UnboundedSender<write::Keeping>,
}

async fn work(
    connect: Connect,
    cache: Option<PathBuf>,
    mut inbox: mpsc::UnboundedReceiver<Cmd>,
    news: mpsc::Sender<News>,
) {
    let (keeper, keeping) = mpsc::unbounded_channel();
    let mut worker = Worker {
        keeper,
        news: news.clone(),
        asker: None,
        early: Vec::new(),
        running: HashMap::new(),
        store: None,
        plan: Plan::default(),
        narrowed: Arc::default(),
        keep: None,
        index_path: cache.as_ref().map(|path| path.with_extension("index")),
    };
    let mut keeping = Some(keeping);
    let mut opened = Some(Box::pin(open(connect, cache, news)));
    loop {
        let pause = worker.plan.pause(Utc::now());
        tokio::select! {
            cmd = inbox.recv() => match cmd {
                Some(cmd) => worker.take(cmd),
                None => return,
            },
            (store, connected) = async { match &mut opened { Some(opened) => opened.await, None => std::future::pending().await } } => {
                opened = None;
                worker.open(store, connected).await;
                if let (Some(asker), Some(keeping)) = (worker.asker.clone(), keeping.take()) {
                    tokio::spawn(write::keep(asker, keeping));
                }
            }
            () = tokio::time::sleep(pause), if worker.asker.is_some() => worker.poll(),
        }
    }
}

/// The cache first, which is quick, then the way to the organisation.
async fn open(
    connect: Connect,
    cache: Option<PathBuf>,
    news: mpsc::Sender<News>,
) -> (Option<Arc<Mutex<Store>>>, Result<Connected, ApiError>) {
    let telling = news.clone();
    let store = tokio::task::spawn_blocking(move || ask::open_store(cache, &telling))
        .await
        .ok()
        .flatten();
    (store, connect.await)
}

impl Worker {
    async fn open(
        &mut self,
        store: Option<Arc<Mutex<Store>>>,
        connected: Result<Connected, ApiError>,
    ) {
        self.store.clone_from(&store);
        match connected {
            Ok(connected) => {
                self.keep = connected.keep;
                let means = Means::new(connected.config, connected.journal, self.index_path.take());
                self.asker = Some(Arc::new(Asker::new(
                    connected.client,
                    store,
                    self.news.clone(),
                    means,
                )));
                for topic in std::mem::take(&mut self.early) {
                    self.fetch(topic);
                }
            }
            Err(e) => {
                let _ = self.news.send(failure(Topic::Org, &e)).await;
            }
        }
    }

    fn take(&mut self, cmd: Cmd) {
        match cmd {
            Cmd::Fetch(topic) => self.fetch(topic),
            Cmd::Watch(interest) => self.plan.watch(interest, Utc::now()),
            Cmd::Narrow {
                ticket,
                rows,
                filter,
                newest_first,
            } => {
                let last = self.narrowed.clone();
                self.compute((100, 0), move || {
                    let mut last = last
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner);
                    News::Narrowed {
                        ticket,
                        visible: filter::narrow_on(&mut last, &rows, &filter, newest_first),
                    }
                });
            }
            Cmd::Find {
                ticket,
                query,
                pool,
            } => self.compute((101, 0), move || News::Found {
                ticket,
                hits: palette::find(&pool, &query),
            }),
            Cmd::MarkSeen(id, at) => {
                if let Some(store) = self.store.clone() {
                    tokio::task::spawn_blocking(move || {
                        ask::lock(&store)
                            .set_seen(&id, at)
                            .map_err(|e| tracing::warn!("{e}"))
                    });
                }
            }
            Cmd::Investigate {
                incident,
                by_hand,
                by_itself,
            } => {
                self.aside(
                    |asker| async move { asker.investigate(incident, by_hand, by_itself).await },
                );
            }
            Cmd::Explain {
                incident,
                finding,
                question,
            } => {
                self.aside(
                    |asker| async move { asker.explain(incident, &finding, &question).await },
                );
            }
            // A write is never replaced by a newer one.
            Cmd::Deliver { draft, incident } => {
                self.aside(|asker| async move { asker.deliver(*draft, *incident).await })
            }
            Cmd::Write { writes, .. } if self.asker.is_none() => {
                writes.into_iter().for_each(|write| {
                    let error = Some(
                        "Not connected yet, so nothing was sent; try again in a moment.".to_owned(),
                    );
                    let wrote = Wrote {
                        write,
                        error,
                        fields: Vec::new(),
                        moved: false,
                        recorded: false,
                    };
                    drop(self.news.try_send(News::Wrote(Box::new(wrote))));
                })
            }
            Cmd::Write { writes, notes } => {
                self.aside(|asker| async move { asker.write(writes, notes).await })
            }
            Cmd::Retry(key) => self.aside(|asker| async move { asker.retry(&key).await }),
            Cmd::Discard(key) => self.aside(|asker| async move { asker.discard(&key).await }),
            Cmd::Backdate(key) => self.aside(|asker| async move { asker.backdate(&key).await }),
            Cmd::AttachNotes(id, private, keys) => {
                self.aside(|asker| async move { asker.attach_notes(id, private, keys).await })
            }
            Cmd::SaveForm(kept, private) => drop(self.keeper.send((kept, private))),
            Cmd::RatePair { a, b, same } => {
                self.aside(|asker| async move { asker.tell_pair(a, b, same).await })
            }
            Cmd::Copy(_)
            | Cmd::Notify(_)
            | Cmd::Editor(..)
            | Cmd::Redraw
            | Cmd::Suspend
            | Cmd::Quit => {}
        }
    }

    /// Work that tells its own news, beside everything else.
    fn aside<F: Future<Output = ()> + Send + 'static>(&self, work: impl FnOnce(Arc<Asker>) -> F) {
        match self.asker.clone() {
            Some(asker) => drop(tokio::spawn(work(asker))),
            None => drop(self.news.try_send(News::Said(
                "Not connected yet; try again in a moment.".into(),
            ))),
        }
    }

    /// A computation beside the screen; a newer one of the same kind makes this one's answer worthless.
    fn compute(&mut self, slot: (u8, u8), job: impl FnOnce() -> News + Send + 'static) {
        let news = self.news.clone();
        let task = tokio::spawn(async move {
            if let Ok(told) = tokio::task::spawn_blocking(job).await {
                let _ = news.send(told).await;
            }
        });
        if let Some(old) = self.running.insert(slot, task.abort_handle()) {
            old.abort();
        }
    }

    fn fetch(&mut self, topic: Topic) {
        let Some(asker) = self.asker.clone() else {
            self.early.retain(|known| known != &topic);
            return self.early.push(topic);
        };
        let slot = slot(&topic);
        let news = self.news.clone();
        let task = tokio::spawn(async move {
            let answer = AssertUnwindSafe(asker.ask(&topic)).catch_unwind().await;
            let told = match answer {
                Ok(Ok(told)) => told,
                Ok(Err(e)) => vec![failure(topic, &e)],
                Err(_) => vec![failure(
                    topic,
                    &ApiError::User("This could not be worked out because of a fault in hotseat; the log has it.".into()),
                )],
            };
            for one in told {
                let _ = news.send(one).await;
            }
        });
        if let Some(old) = self.running.insert(slot, task.abort_handle()) {
            old.abort();
        }
    }

    /// Asks what is due, unless it is being asked.
    fn poll(&mut self) {
        let Some(budget) = self.asker.as_ref().map(|asker| asker.client.budget()) else {
            return;
        };
        for topic in self.plan.due(Utc::now(), budget.map_or(1.0, |b| b.left())) {
            let busy = self
                .running
                .get(&slot(&topic))
                .is_some_and(|task| !task.is_finished());
            if !busy {
                self.fetch(topic);
            }
        }
    }
}

fn failure(topic: Topic, e: &ApiError) -> News {
    let offline = matches!(
        e,
        ApiError::Network { .. } | ApiError::NotJson { .. } | ApiError::NoKey | ApiError::BadKey(_)
    );
    News::Failed {
        topic,
        says: e.to_string(),
        advice: e.suggestion(),
        offline,
    }
}

/// The slot of a question: a newer one in it replaces the older.
fn slot(topic: &Topic) -> (u8, u8) {
    match topic {
        Topic::Org => (0, 0),
        Topic::Incidents => (1, 0),
        Topic::History => (2, 0),
        Topic::Detail(_) => (3, 0),
        Topic::Timeline(_) => (4, 0),
        Topic::Tab(..) => (5, 0),
        Topic::List(kind) => (6, *kind as u8),
        Topic::Schedules => (7, 0),
        Topic::Shifts(_) => (8, 0),
        Topic::Catalog => (9, 0),
        Topic::Document(_) => (10, 0),
        Topic::Analysis => (11, 0),
        Topic::Drafted(..) => (12, 0),
        Topic::FormOptions => (13, 0),
        Topic::Journal => (14, 0),
        Topic::Subjects(..) => (15, 0),
    }
}
