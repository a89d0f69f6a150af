//! A console without a screen: the worker that waits for everything, its plan, and what it was told.

use crate::server::DEADLINE;
use hotseat::console::job::Topic;
use hotseat::console::msg::{Cmd, Interest};
use hotseat::console::news::News;
use hotseat::console::reply::Outcome;
use hotseat::console::state::{DetailTab, ListKind};
use hotseat::console::worker;
use hotseat::domain::{IncidentId, IncidentSummary};
use hotseat::session::{Access, Change, KnownTimeline, Opening, RelayStanding};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;
use tokio::sync::{mpsc, watch};

/// What a console was told so far.
#[derive(Default)]
pub struct Seen {
    pub rows: HashMap<IncidentId, Arc<IncidentSummary>>,
    pub timelines: HashMap<IncidentId, KnownTimeline>,
    pub gone: Vec<IncidentId>,
    pub standing: Option<RelayStanding>,
    pub pages: Vec<String>,
    pub schedules: usize,
    pub org: bool,
    pub failed: Vec<String>,
    pub answered: HashMap<Topic, Instant>,
    pub loaded: bool,
    /// Rows that came otherwise than from the cache on this machine.
    pub told_anew: usize,
}

/// A console that somebody sits at.
pub struct Console {
    cmds: mpsc::UnboundedSender<Cmd>,
    seen: Arc<Mutex<Seen>>,
    changed: watch::Receiver<u64>,
    asleep: watch::Sender<bool>,
    telling: tokio::task::JoinHandle<()>,
}

impl Drop for Console {
    fn drop(&mut self) {
        // Nobody reads the screen any more.
        self.telling.abort();
    }
}

impl Console {
    /// Opens as the console opens: it asks for everything that the screen shows.
    pub fn open(access: Access) -> Self {
        let (cmds, mut replies) = worker::start(Opening::now(access));
        let (seen, (count, changed)) = (Arc::new(Mutex::new(Seen::default())), watch::channel(0));
        let told = seen.clone();
        let (asleep, mut sleeps) = watch::channel(false);
        let telling = tokio::spawn(async move {
            while let Some(reply) = replies.recv().await {
                if sleeps.wait_for(|asleep| !asleep).await.is_err() {
                    return;
                }
                let mut seen = told.lock().expect("nobody broke");
                match reply.outcome {
                    Outcome::Underway(news) => seen.take(news),
                    Outcome::Done(all) => all.into_iter().for_each(|news| seen.take(news)),
                    Outcome::Failed(why) => seen.failed.push(why.words()),
                    Outcome::Cancelled => {}
                }
                drop(seen);
                count.send_modify(|n| *n += 1);
            }
        });
        let console = Self {
            cmds,
            seen,
            changed,
            asleep,
            telling,
        };
        console.look_at(None);
        for topic in [
            Topic::Org,
            Topic::Incidents,
            Topic::Schedules,
            Topic::Catalog,
            Topic::List(ListKind::Pages),
            Topic::History,
        ] {
            console.ask(topic);
        }
        console
    }

    /// What it was told.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("nobody broke")
    }

    /// Asks a question, as a key does.
    pub fn ask(&self, topic: Topic) {
        self.cmds.send(Cmd::Fetch(topic)).expect("it works");
    }

    /// Opens an incident, as Enter does; or none.
    pub fn look_at(&self, incident: Option<&IncidentId>) {
        let interest = Interest {
            incident: incident.cloned(),
            tab: DetailTab::Timeline,
            list: ListKind::Incidents,
            oncall: true,
        };
        self.cmds.send(Cmd::Watch(interest)).expect("it works");
        if let Some(id) = incident {
            self.ask(Topic::Timeline(id.clone()));
            self.ask(Topic::Detail(id.clone()));
        }
    }

    /// It hears nothing of what it is told, until it wakes.
    pub fn sleep(&self) {
        self.asleep.send_replace(true);
    }

    /// It hears again.
    pub fn wake(&self) {
        self.asleep.send_replace(false);
    }

    /// Waits until something is so in what it was told.
    pub async fn until(&self, what: &str, mut so: impl FnMut(&Seen) -> bool) {
        let mut changed = self.changed.clone();
        let waiting = async {
            loop {
                if so(&self.seen()) {
                    return;
                }
                changed.changed().await.expect("it works");
            }
        };
        // On a loaded machine two hundred of them take their time.
        if tokio::time::timeout(DEADLINE * 4, waiting).await.is_err() {
            let seen = self.seen();
            panic!(
                "{what}: not within {:?}; {} rows, {:?}, {:?}",
                DEADLINE * 4,
                seen.rows.len(),
                seen.standing,
                seen.failed
            );
        }
    }

    /// Waits until it reads from its relay.
    pub async fn follows(&self) {
        self.until("it follows its relay", |seen| {
            seen.standing == Some(RelayStanding::Following)
        })
        .await;
    }
}

impl Seen {
    /// The name of an incident on the screen.
    pub fn name(&self, id: &IncidentId) -> Option<&str> {
        self.rows.get(id).map(|row| &*row.name)
    }

    /// Whether a line of an incident's timeline has these words.
    pub fn has_said(&self, id: &IncidentId, words: &str) -> bool {
        let told = self.timelines.get(id);
        told.is_some_and(|told| told.items.iter().any(|item| item.body == words))
    }

    fn take(&mut self, news: News) {
        match news {
            News::Relay(standing) => self.standing = Some(standing),
            News::List(ListKind::Pages, items) => {
                self.pages = items.iter().map(|item| item.title.clone()).collect();
            }
            News::Answered { topic, .. } => {
                self.loaded |= topic == Topic::History;
                self.answered.insert(topic, Instant::now());
            }
            News::Changed(change) => match change {
                Change::Rows {
                    rows,
                    whole,
                    cached,
                } => {
                    if !cached {
                        self.told_anew += rows.len();
                    }
                    if whole {
                        self.rows.clear();
                    }
                    let named = rows.into_iter().map(|row| (row.id.clone(), row));
                    self.rows.extend(named);
                }
                Change::Gone(id) => {
                    self.rows.remove(&id);
                    self.timelines.remove(&id);
                    self.gone.push(id);
                }
                Change::Timeline(known) => {
                    self.timelines.insert(known.id.clone(), *known);
                }
                Change::Schedules(all) => self.schedules = all.len(),
                Change::Org(org) => self.org = !org.severities.is_empty(),
                _ => {}
            },
            _ => {}
        }
    }
}
