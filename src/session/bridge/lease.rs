//! Of several bridges on several machines one works: the one that holds the lease, where a NATS server is configured. It
//! is taken and renewed beside everything else, and whether it is still good is asked of this machine's clock alone.

use super::super::relay::{names, way};
use super::{Entry, Remembered, Session};
use crate::config::Config;
use crate::domain::{ApiError, Instant};
use crate::incidentio::{Client, Leave};
use crate::jetstream::{Fault, Lease, Link};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant as Elapsed};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

const LEASE: &str = "lease";
/// How often it is renewed, and tried where another has it; and how often after a failure, while it is still good.
const RENEW: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_millis(500);
/// How long one question about it may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long giving it back may take.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How a bridge stands to those on other machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tenure {
    /// No lease is configured: there are no others.
    Alone,
    /// It is on its way to the lease.
    Reaching,
    /// It works, under this number.
    Held(u64),
    /// Another works; who.
    Waits(String),
    /// Nobody can say who works; why.
    Away(String),
}

impl Tenure {
    /// Whether it is this one that works.
    pub fn works(&self) -> bool {
        matches!(self, Self::Alone | Self::Held(_))
    }

    /// In a sentence, where there is something to say.
    pub fn says(&self) -> Option<String> {
        match self {
            Self::Alone | Self::Reaching => None,
            Self::Held(fence) => Some(format!("This bridge holds the lease, as number {fence}.")),
            Self::Waits(holder) if holder.is_empty() => Some(
                "Another bridge holds the lease: this one sends nothing until it is free.".into(),
            ),
            Self::Waits(holder) => Some(format!(
                "{holder} holds the lease: this bridge sends nothing until it is free."
            )),
            Self::Away(why) => Some(format!(
                "The lease cannot be held, so this bridge sends nothing: {why}"
            )),
        }
    }
}

/// How it stands, as it is kept for whoever looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownLease {
    /// Since when.
    pub at: Instant,
    /// Whether the bridge of this machine works.
    pub works: bool,
    /// In a sentence.
    pub says: String,
}

/// Whether a bridge may act right now. It says no as soon as the last renewal is too old, whoever noticed.
#[derive(Clone)]
pub struct Hold {
    /// Nothing where no lease is configured.
    until: Option<Arc<Mutex<Option<Elapsed>>>>,
}

impl Hold {
    /// Whether it may.
    pub fn may_act(&self) -> bool {
        let Some(until) = &self.until else {
            return true;
        };
        let until = *until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Elapsed::now() < until)
    }

    fn set(&self, to: Option<Elapsed>) {
        if let Some(until) = &self.until {
            *until.lock().unwrap_or_else(PoisonError::into_inner) = to;
        }
    }

    fn leave(&self) -> Leave {
        let hold = self.clone();
        let refused = || "nothing is sent, since another bridge may hold the lease".to_owned();
        Arc::new(move || hold.may_act().then_some(()).ok_or_else(refused))
    }
}

/// The lease of the bridge, kept beside everything else until it is given back.
pub struct BridgeLease {
    hold: Hold,
    tenure: watch::Receiver<Tenure>,
    under_way: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl BridgeLease {
    /// Whether something may be done right now.
    pub fn hold(&self) -> &Hold {
        &self.hold
    }

    /// How it stands; nothing where that was read already.
    pub fn news(&mut self) -> Option<Tenure> {
        let is_new = self.tenure.has_changed().unwrap_or(false);
        is_new.then(|| self.tenure.borrow_and_update().clone())
    }

    /// Waits until it stands in another way. Can be given up at any point.
    pub async fn changes(&self) {
        let mut tenure = self.tenure.clone();
        if tenure.changed().await.is_err() {
            std::future::pending().await
        }
    }

    /// Gives it back, so that another takes over at once.
    pub async fn give_back(&mut self) {
        self.hold.set(None);
        if let Some((end, task)) = self.under_way.take() {
            let _ = end.send(());
            let _ = tokio::time::timeout(LAST_WORDS, task).await;
        }
    }
}

impl Drop for BridgeLease {
    fn drop(&mut self) {
        if let Some((_, task)) = &self.under_way {
            task.abort();
        }
    }
}

impl Session {
    /// Takes the lease of the bridge as soon as it is free, and keeps it; from now on this session changes nothing without
    /// it. Where no NATS server is configured there is none to take.
    pub fn bridge_lease(&self) -> BridgeLease {
        if way(&self.config, "hotseat bridge").is_none() {
            let (_, tenure) = watch::channel(Tenure::Alone);
            let hold = Hold { until: None };
            return BridgeLease {
                hold,
                tenure,
                under_way: None,
            };
        }
        let until = Some(Arc::default());
        let hold = Hold { until };
        self.client.set_leave(hold.leave());
        let (tell, tenure) = watch::channel(Tenure::Reaching);
        let (end, ended) = oneshot::channel();
        let keeper = Keeper {
            client: self.client.clone(),
            config: self.config.clone(),
            hold: hold.clone(),
            tell,
        };
        let task = tokio::spawn(keeper.run(ended));
        BridgeLease {
            hold,
            tenure,
            under_way: Some((end, task)),
        }
    }
}

/// Takes and renews.
struct Keeper {
    client: Arc<Client>,
    config: Arc<Config>,
    hold: Hold,
    tell: watch::Sender<Tenure>,
}

impl Keeper {
    async fn run(self, mut ended: oneshot::Receiver<()>) {
        let mut lease = None;
        loop {
            tokio::select! {
                pause = self.turn(&mut lease) => {
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        _ = &mut ended => break,
                    }
                }
                _ = &mut ended => break,
            }
        }
        if let Some((_, lease)) = &mut lease {
            let _ = tokio::time::timeout(LAST_WORDS, lease.give_back()).await;
        }
    }

    /// One try; how long until the next.
    async fn turn(&self, held: &mut Option<(Link, Lease)>) -> Duration {
        let tried = match held {
            None => match self.open().await {
                Ok(opened) => {
                    *held = Some(opened);
                    return Duration::ZERO;
                }
                Err(why) => Err(why),
            },
            Some((link, lease)) => self.try_once(link, lease).await,
        };
        let good_until = held.as_ref().and_then(|(_, lease)| lease.until());
        self.hold.set(good_until);
        match tried {
            Ok(tenure) => {
                self.tell(tenure);
                RENEW
            }
            // It goes on until it is too old.
            Err(_) if self.hold.may_act() => AGAIN,
            Err(why) => {
                self.tell(Tenure::Away(why));
                AGAIN
            }
        }
    }

    async fn open(&self) -> Result<(Link, Lease), String> {
        let way = way(&self.config, "hotseat bridge").ok_or("no NATS server is configured.")?;
        let identity = match self.config.relay.org.is_empty() {
            true => Some(self.client.identity().await.map_err(|e| e.to_string())?),
            false => None,
        };
        let unnamed = "Which organisation it is for is not known: write org = \"…\" under [relay].";
        let names = names(&self.config, identity.as_ref()).ok_or(unnamed)?;
        let link = Link::open(&way).await.map_err(|e| e.to_string())?;
        let holder = super::super::relay::holder();
        let opened = Lease::open(&link, &names, "bridge", &holder).await;
        Ok((link, opened.map_err(|e| e.to_string())?))
    }

    async fn try_once(&self, link: &Link, lease: &mut Lease) -> Result<Tenure, String> {
        let tried = tokio::time::timeout(PATIENCE, async {
            let renewed = lease.held().is_some() && lease.renew().await?;
            let fence = match (renewed, lease.held()) {
                (true, Some(held)) => Some(held.fence),
                _ => lease.take().await?,
            };
            Ok::<_, Fault>(fence)
        });
        let late = |_| format!("{} does not answer.", link.place());
        match tried.await.map_err(late)?.map_err(|e| e.to_string())? {
            Some(fence) => Ok(Tenure::Held(fence)),
            None => Ok(Tenure::Waits(lease.who().await.map_err(|e| e.to_string())?)),
        }
    }

    fn tell(&self, tenure: Tenure) {
        self.tell.send_if_modified(|now| {
            let is_new = *now != tenure;
            *now = tenure;
            is_new
        });
    }
}

impl Remembered {
    /// How the bridge of this machine stands to those on others, as far as it said.
    pub async fn lease(&self) -> Result<Option<KnownLease>, ApiError> {
        Ok(self.records(LEASE).await?.pop())
    }
}

/// How it stands as it is kept; nothing where there is nothing to say.
pub fn entry(tenure: &Tenure, at: Instant) -> Entry {
    let known = tenure.says().map(|says| KnownLease {
        at,
        works: tenure.works(),
        says,
    });
    let kept = known.and_then(|known| serde_json::to_string(&known).ok());
    (LEASE, "last".into(), kept)
}
