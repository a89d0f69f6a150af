//! The headless client: one organisation, one key, one machine. Every front end asks here and nowhere else; this is the
//! only room that opens files, sources and the way to incident.io, and the only way to write.

mod api_call;
mod asked;
pub mod bridge;
mod cache;
mod calling;
mod doctor;
mod gather;
mod glance;
mod history;
mod incidents;
mod investigations;
mod journal;
mod kept;
mod memory;
mod mirror;
mod moved;
mod offered;
mod oncall;
mod opening;
mod outcome;
mod periods;
mod proposals;
mod reads;
mod refresh;
mod relay;
mod renewed;
mod reports;
mod requests;
mod rescue;
mod said;
mod saved_forms;
mod sending;
mod taken_back;
mod targets;
mod texts;
mod transmit;
mod words;
mod works;
mod writes;
mod written;

pub use api_call::ApiCall;
pub use asked::{TargetRef, WriteRequest};
pub use bridge::{Entry, KnownBridge, Remembered};
pub use cache::{Cache, Change, KnownTimeline};
pub use doctor::{Check, Mark, doctor};
pub use gather::InvestigationStep;
pub use glance::glance;
pub use history::{HistoryChunk, Slice};
pub use incidents::{Query, StatusChoice, Timeline};
pub use investigations::{Investigation, InvestigationRequest};
use journal::Outbox;
pub use journal::Outcome;
pub use kept::{all_were_sent, kept_folders, remove_kept};
pub use memory::{LEAST, Recalled, Seen, SimilarRequest};
pub use mirror::{Mirror, Upstream};
pub use offered::{Named, Offer, Offers};
pub use opening::Opening;
pub use reads::{Capped, KnownAlert, KnownRoute};
pub use refresh::Mirrored;
pub use relay::{Beat, Relay, RelayStanding, RelayStatus, Standing, Stir, new_relay_keys};
pub use reports::{as_csv, is_new, write_whole};
pub use requests::Prepared;
pub use rescue::Rescued;
pub use saved_forms::Typed;
pub use targets::plain_id;
use targets::schedule_named;
pub use texts::{DraftRequest, Drafted, Imported, kept_draft, write_draft};
pub use words::FoundByWords;
pub use works::Working;
pub use writes::short_key;

use crate::config::{self, Config};
pub use crate::domain::ApiError;
use crate::domain::time::Zone;
use crate::domain::{Instant, MachineFault, Org, Person};
pub use crate::incidentio::{Budget, Listed, Wait};
use crate::incidentio::{Client, Settings};
use crate::sources::Sources;
use crate::store::StoreError;
use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};
use secrecy::{ExposeSecret, SecretString};
use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{OnceCell, mpsc};

/// How an organisation is reached and where its local data lies.
pub struct Access {
    /// Settings in force.
    pub config: Arc<Config>,
    /// The key; without one, what lies on this machine can be worked with.
    pub key: Option<SecretString>,
    /// The cache; none keeps everything in memory.
    pub cache: Option<PathBuf>,
    /// The journal of writes; none keeps it in memory.
    pub journal: Option<PathBuf>,
    /// The organisation lives no longer than the session: nothing of what is written needs to outlive it.
    pub passing: bool,
    /// What must live as long as the session, such as a simulated organisation.
    pub keep: Option<Box<dyn Any + Send + Sync>>,
}

impl Access {
    /// The configured organisation with a key; one cache and one journal for each organisation and profile.
    pub fn new(config: Arc<Config>, profile: Option<&str>, key: SecretString) -> Self {
        Self {
            key: Some(key),
            ..Self::local(config, profile)
        }
    }

    /// What lies on this machine of the configured organisation, without a key to ask it.
    pub fn local(config: Arc<Config>, profile: Option<&str>) -> Self {
        Self {
            cache: config::cache_path(&config, profile),
            journal: config::journal_path(&config, profile),
            config,
            key: None,
            passing: false,
            keep: None,
        }
    }

    /// The configured organisation with the key that environment or configuration hold.
    pub fn configured(config: &Arc<Config>, profile: Option<&str>) -> Result<Self, ApiError> {
        let found = config::find_key(config).map_err(|e| ApiError::User(e.to_string()))?;
        let key = found.ok_or(ApiError::NoKey)?.key;
        Ok(Self::new(config.clone(), profile, key))
    }

    /// A simulated organisation at an address: nothing of it is kept on disk.
    pub fn simulated(config: &Config, url: &str, key: SecretString) -> Self {
        let config = Config {
            base_url: url.to_owned(),
            ca_cert: String::new(),
            share: 1.0,
            relay: config::Relay::default(),
            ..config.clone()
        };
        Self {
            config: Arc::new(config),
            key: Some(key),
            cache: None,
            journal: None,
            passing: true,
            keep: None,
        }
    }
}

/// One organisation, one key, one machine.
pub struct Session {
    client: Arc<Client>,
    config: Arc<Config>,
    cache: Cache,
    mirror: Mirror<Arc<Client>>,
    memory: memory::Memory,
    journal_path: Option<PathBuf>,
    passing: bool,
    sources: OnceCell<Arc<Sources>>,
    outbox: OnceCell<Arc<Outbox>>,
    bridge: OnceCell<Remembered>,
    relay: OnceLock<Arc<relay::Follower>>,
    works: works::Works,
    watched: std::sync::Mutex<glance::Watched>,
    _keep: Option<Box<dyn Any + Send + Sync>>,
}

impl Session {
    /// Opens a session; fails on a malformed address, key or certificate before anything is sent. Reads certificates, so
    /// it is not called where a screen waits. Cache, journal and sources are opened when they are first needed.
    pub fn open(access: Access) -> Result<Self, ApiError> {
        let cache = Cache::new(access.cache.clone());
        Self::open_on(access, cache)
    }

    /// The same on a cache that is open already.
    pub fn open_on(access: Access, cache: Cache) -> Result<Self, ApiError> {
        let config = access.config;
        // Nothing is asked without a key, so nobody has to be trusted.
        let ca_cert = Some(PathBuf::from(&config.ca_cert));
        let ca_cert = ca_cert.filter(|p| access.key.is_some() && !p.as_os_str().is_empty());
        let client = Arc::new(
            Client::new(Settings {
                base_url: config.base_url.clone(),
                key: access.key,
                ca_cert,
                share: config.share,
                timeout: Duration::from_secs(config.timeout_seconds),
                clock: config.clock,
            })?
            .waiting_at_most(Duration::from_secs(config.wait_seconds)),
        );
        let works = works::Works::default();
        Ok(Self {
            mirror: Mirror::new(client.clone(), cache.clone()).shown_by(works.clone()),
            works,
            watched: glance::unwatched(),
            memory: memory::Memory::default(),
            client,
            config,
            cache,
            journal_path: access.journal,
            passing: access.passing,
            sources: OnceCell::new(),
            outbox: OnceCell::new(),
            bridge: OnceCell::new(),
            relay: OnceLock::new(),
            _keep: access.keep,
        })
    }

    /// Settings in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// When it is, by the server's clock: what is written gets the right time on a machine whose clock is wrong.
    pub fn now(&self) -> Instant {
        self.client.now()
    }

    /// How far the server's clock is ahead of this machine's.
    pub fn ahead(&self) -> chrono::Duration {
        self.client.ahead()
    }

    /// What is left of the key's budget, as far as the last answer told.
    pub fn budget(&self) -> Option<Budget> {
        self.client.budget()
    }

    /// Tells each wait for the rate limit that somebody could notice, as long as somebody asks something.
    pub fn each_wait<F: Future<Output = ()> + Send, T: Fn(Wait) -> F + Send>(
        &self,
        tell: T,
    ) -> impl Future<Output = ()> + Send + use<F, T> {
        let mut waits = self.client.waits();
        async move {
            while waits.changed().await.is_ok() {
                let wait = waits.borrow_and_update().clone();
                if let Some(wait) = wait {
                    tell(wait).await;
                }
            }
        }
    }

    /// What mirrors the organisation into the cache.
    pub fn mirror(&self) -> &Mirror<Arc<Client>> {
        &self.mirror
    }

    /// Whether nothing is sent from here.
    pub fn is_read_only(&self) -> bool {
        self.config.read_only
    }

    /// Brings the cache up to date for whoever asks once, and makes sure that it is this key's.
    pub async fn sync(&self, changes: &mpsc::Sender<Change>) -> Result<(), ApiError> {
        let (identity, synced) = tokio::join!(self.client.identity(), self.mirror.sync(changes));
        if self.mirror.keep_for(&identity?).await? {
            return self.mirror.sync(changes).await;
        }
        synced
    }

    /// Whoever works here: as the configuration names them, else as the key is named.
    pub fn me<'a>(&self, org: &'a Org) -> Option<&'a Person> {
        org.me(&self.config.me)
    }

    /// The zone times are written and typed in.
    pub fn zone(&self) -> Zone {
        self.config.zone(Zone::local())
    }

    /// The one gate for everything that changes something at incident.io or writes to people.
    fn gate(&self) -> Result<(), ApiError> {
        if self.config.read_only {
            return Err(ApiError::User("Read-only mode: nothing is sent. Leave out --read-only, or set read_only = false in the config.".into()));
        }
        self.client.may_change()
    }

    /// The sources; their secrets may come from commands, so they are opened off the tasks that wait.
    async fn sources(&self) -> Result<Arc<Sources>, ApiError> {
        let open = || async {
            let config = self.config.clone();
            let allowance = self.client.allowance().clone();
            let opened = off_thread(move || Sources::open(&config, &allowance)).await?;
            opened
                .map(Arc::new)
                .map_err(|e| ApiError::User(e.to_string()))
        };
        self.sources.get_or_try_init(open).await.cloned()
    }

    /// The journal and what sends from it. Where none can be kept and none was to be, it is in memory.
    async fn outbox(&self) -> Result<Arc<Outbox>, ApiError> {
        let open = || async {
            let (path, who) = (self.journal_path.clone(), self.config.author());
            let goes_without = self.config.no_journal;
            let opened = off_thread(move || match Outbox::open(path.as_deref(), &who) {
                Err(e) if goes_without => {
                    tracing::warn!("the journal cannot be opened: {e}");
                    Outbox::open(None, &who)
                }
                opened => opened,
            });
            opened.await?.map(Arc::new).map_err(|e| {
                // What is damaged is rescued: sent past it, a write may stand twice.
                let way_out = match e {
                    StoreError::NoFile(_) | StoreError::Io(..) => format!(" {WITHOUT_JOURNAL}"),
                    _ => String::new(),
                };
                machine(&e, format!("The journal cannot be opened: {e}{way_out}"))
            })
        };
        self.outbox.get_or_try_init(open).await.cloned()
    }

    /// The same for what is about to send: only where a lost answer can be followed up after this program has ended.
    async fn outbox_to_send(&self) -> Result<Arc<Outbox>, ApiError> {
        let opened = match self.config.no_journal {
            true => self.outbox().await,
            false => self.durable_outbox().await,
        };
        opened.map_err(|e| e.after("Nothing was sent."))
    }

    /// Why no journal outlives this program, where one has to.
    pub fn no_journal(&self) -> Option<&'static str> {
        self.no_place().filter(|_| !self.config.no_journal)
    }

    /// Why nothing can be sent from here, and what to do; nothing where it can.
    pub async fn unsendable(&self) -> Option<String> {
        let why = match self.no_journal() {
            Some(why) => {
                format!("Nothing can be sent: {why}. Start with --no-journal to send all the same.")
            }
            None => format!("Nothing can be sent. {}", self.outbox().await.err()?),
        };
        Some(why)
    }

    /// Why no journal outlives this program.
    fn no_place(&self) -> Option<&'static str> {
        if self.journal_path.is_some() || self.passing {
            return None;
        }
        Some(match self.config.no_cache {
            true => "with --no-cache nothing is kept on disk",
            false => "this user has no home folder; set HOME or XDG_STATE_HOME",
        })
    }

    /// The journal, where it outlives this program.
    async fn durable_outbox(&self) -> Result<Arc<Outbox>, ApiError> {
        let Some(why) = self.no_place() else {
            return self.outbox().await;
        };
        Err(ApiError::Machine {
            path: None,
            reason: MachineFault::NoPlace,
            says: format!("There is no journal of writes here: {why}. {WITHOUT_JOURNAL}"),
        })
    }
}

/// What helps where a journal cannot be kept.
const WITHOUT_JOURNAL: &str = "Add --no-journal to send without one.";

/// Checks that a key could be one, before anything is opened with it.
pub fn check_key(key: &SecretString) -> Result<(), ApiError> {
    crate::incidentio::check_key(key.expose_secret())
}

/// Whether a text names an incident by its number: `INC-123`, `123`.
pub fn is_reference(text: &str) -> bool {
    crate::incidentio::incident_number(text).is_some()
}

/// Questions of one kind that are on their way together: a key is shared, and a platform that is slow is not pressed.
const AT_ONCE: usize = 8;

/// Asks many questions of one kind, a few at a time; the answers are in their order.
async fn few_at_once<'a, T: Send + 'a>(
    asked: impl IntoIterator<Item = BoxFuture<'a, T>>,
) -> Vec<T> {
    let asked: Vec<_> = asked.into_iter().collect();
    stream::iter(asked).buffered(AT_ONCE).collect().await
}

/// Runs something that blocks beside the tasks that wait for the network.
async fn off_thread<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let done = pooled(Box::new(move || Box::new(job()))).await?;
    done.downcast().map(|done| *done).map_err(|_| fault())
}

/// Every job in one shape: what the runtime needs around each would else be built anew for all of them.
async fn pooled(
    job: Box<dyn FnOnce() -> Box<dyn Any + Send> + Send>,
) -> Result<Box<dyn Any + Send>, ApiError> {
    tokio::task::spawn_blocking(job).await.map_err(|e| {
        tracing::error!("a job broke off: {e}");
        fault()
    })
}

/// This machine is in the way: a disk, a permission, a lock.
fn machine(e: &StoreError, says: String) -> ApiError {
    ApiError::Machine {
        path: e.path().map(Path::to_owned),
        reason: e.reason(),
        says,
    }
}

/// Something broke that should not have.
pub fn fault() -> ApiError {
    ApiError::Fault(
        "This could not be worked out because of a fault in hotseat; the log has it.".into(),
    )
}
