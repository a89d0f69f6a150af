//! Other settings and rotated secrets, taken up while the bridge goes on: whole and held against the organisation, or not
//! at all.

use super::super::inbox;
use super::super::ingress::{Server, start_watched};
use super::super::tell::{Telling, receivers};
use super::super::view::without_metrics;
use super::{Daemon, Done, words};
use crate::config::{Config, SecretFiles};
use crate::domain::time::Zone;
use crate::session::{ApiError, Session};
use std::sync::Arc;

const SETTINGS: &str = "The configuration";
const SECRETS: &str = "A file with a secret or a certificate";

/// What is to be taken up.
pub(super) enum Renewal {
    /// Settings.
    Settings(Arc<Config>),
    /// Secrets, by the settings in force.
    Secrets,
}

/// Whether a bridge can run by these settings at all.
pub fn can_run(config: &Config) -> Result<(), ApiError> {
    let bridge = &config.bridge;
    if bridge.asked().next().is_none() && bridge.detector.is_empty() {
        return Err(ApiError::User(
            "No detector is configured: see [[bridge.alertmanager]], [[bridge.json]] and [[bridge.detector]] in the sample configuration, and try hotseat bridge check.".into(),
        ));
    }
    if let Some((_, wrong)) = without_metrics(config).next() {
        return Err(ApiError::User(format!("{wrong}.")));
    }
    if config.read_only {
        return Err(ApiError::User(
            "Read-only mode: the bridge would send nothing.".into(),
        ));
    }
    Ok(())
}

fn not_taken(what: &str, e: &ApiError) -> String {
    let why = e.to_string();
    let stop = if why.ends_with('.') { "" } else { "." };
    format!("{what} is not taken: {why}{stop} The bridge goes on as before.")
}

impl Daemon {
    /// Takes up what is new, where something is.
    pub(super) async fn renew(&mut self) -> Result<Done, ApiError> {
        let files = self.session.secret_files().await?;
        if self.renewal.is_none() && files != self.files {
            self.renewal = Some(Renewal::Secrets);
        }
        let Some(renewal) = self.renewal.take() else {
            return Ok(Done::default());
        };
        let (config, what) = match &renewal {
            Renewal::Settings(config) => (Some(config.clone()), SETTINGS),
            Renewal::Secrets => (None, SECRETS),
        };
        let says = match self.renewed(config).await {
            Ok(files) => {
                self.files = files;
                self.said.remove("renewal");
                Some(format!("{what} was read again, and counts from now."))
            }
            // Settings that are wrong are read again when somebody says so; all else is tried again.
            Err(e @ ApiError::User(_)) if matches!(renewal, Renewal::Settings(_)) => {
                Some(not_taken(what, &e))
            }
            Err(e) => {
                self.renewal = Some(renewal);
                self.once("renewal", &not_taken(what, &e))
            }
        };
        self.says(says).await
    }

    /// Remembers until the next round what was read of the configuration; one that cannot be read changes nothing.
    pub(super) async fn wants(&mut self, read: Result<Config, ApiError>) -> Result<Done, ApiError> {
        let says = match read {
            Ok(config) => {
                self.renewal = Some(Renewal::Settings(Arc::new(config)));
                None
            }
            Err(e) => Some(not_taken(SETTINGS, &e)),
        };
        self.says(says).await
    }

    async fn says(&mut self, says: Option<String>) -> Result<Done, ApiError> {
        let done = Done {
            says: says.into_iter().collect(),
            ..Done::default()
        };
        self.told(done, self.session.now()).await
    }

    /// Asks the organisation by other settings, and where all of it is right goes by them.
    async fn renewed(&mut self, config: Option<Arc<Config>>) -> Result<SecretFiles, ApiError> {
        if let Some(config) = &config {
            can_run(config)?;
        }
        let session = self.session.renewed(config).await?;
        // What is written after this is seen in the next round.
        let files = session.secret_files().await?;
        let zone = session.config().zone(Zone::local());
        let words = words::read(&session, &self.remembered, zone).await?;
        let receivers = receivers(&session.config().bridge).map_err(ApiError::User)?;
        self.listen_by(&session).await?;
        let at = (session.config().clock, self.lease.hold().clone());
        self.telling = Telling::begin(receivers, &self.remembered, at).await?;
        self.inbox.change(&session.config().bridge);
        (self.words, self.age, self.zone) = (Some(words), 0, zone);
        self.session = Arc::new(session);
        Ok(files)
    }

    /// Listens as the settings of a session say: on the same address it goes on, and answers whoever is asking.
    async fn listen_by(&mut self, session: &Session) -> Result<(), ApiError> {
        let (config, before) = (session.config(), &self.session.config().bridge.listen);
        let wanted = inbox::listen(&config.bridge, config.clock).map_err(ApiError::User)?;
        let next = match (wanted, &self.server) {
            (None, _) => None,
            (Some(listen), Some(server)) if *before == config.bridge.listen => {
                return server.change(listen).map_err(ApiError::User);
            }
            (Some(listen), _) => {
                let keeper = self.inbox.keeper();
                let server = start_watched(listen, keeper, self.metrics.clone());
                Some(server.await.map_err(ApiError::User)?)
            }
        };
        if let Some(server) = std::mem::replace(&mut self.server, next) {
            server.stop().await;
        }
        Ok(())
    }

    /// Where it takes what comes in.
    pub fn at(&self) -> Option<std::net::SocketAddr> {
        self.server.as_ref().map(Server::at)
    }
}
