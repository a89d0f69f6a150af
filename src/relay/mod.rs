//! One poller for many consoles, as a program: it works or waits, takes webhooks that make changes come at once, and says
//! how it stands.

mod ingress;

pub use ingress::Trusted;

use crate::config::{Config, secret};
use crate::domain::webhook::SigningSecret;
use crate::session::{ApiError, Session, Standing};
use ingress::Ingress;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// What came from outside and was not looked at yet: more than that tells nothing new.
const STIRS: usize = 256;

/// A relay that is ready to run.
pub struct Program {
    relay: crate::session::Relay,
    ingress: Option<Ingress>,
    stirs: mpsc::Receiver<crate::session::Stir>,
    standing: watch::Sender<Standing>,
}

impl Program {
    /// Reaches the organisation and the server, and opens the door for webhooks where one is configured.
    pub async fn open(session: Arc<Session>) -> Result<Self, ApiError> {
        let config = session.config();
        let user = |e: crate::config::ConfigError| ApiError::User(e.to_string());
        let at = config.relay.listening().map_err(user)?;
        let trusted = match at {
            Some(_) => Some(trusted(config)?),
            None => None,
        };
        let (stir, stirs) = mpsc::channel(STIRS);
        let (standing, _) = watch::channel(Standing::TakingOver);
        let ingress = match (at, trusted) {
            (Some(at), Some(trusted)) => {
                let clock = config.clock;
                let opened = Ingress::open(at, trusted, clock, stir, standing.subscribe());
                Some(opened.await.map_err(ApiError::User)?)
            }
            _ => None,
        };
        Ok(Self {
            relay: session.relay().await?,
            ingress,
            stirs,
            standing,
        })
    }

    /// Where webhooks are taken.
    pub fn at(&self) -> Option<SocketAddr> {
        self.ingress.as_ref().map(Ingress::at)
    }

    /// Works until the end; says each time it stands in another way.
    pub async fn run(mut self, end: impl Future<Output = ()>, says: impl Fn(&Standing)) {
        let mut standing = self.standing.subscribe();
        let telling = async {
            while standing.changed().await.is_ok() {
                let now = standing.borrow_and_update().clone();
                says(&now);
            }
        };
        let (ended, stop) = watch::channel(false);
        let taking = async {
            match self.ingress {
                Some(ingress) => ingress.serve(stop).await,
                None => std::future::pending().await,
            }
        };
        let working = self.relay.run(&mut self.stirs, &self.standing, end);
        tokio::select! {
            () = working => {}
            () = telling => {}
            () = taking => {}
        }
        drop(ended);
    }
}

/// Whose webhooks are believed.
fn trusted(config: &Config) -> Result<Trusted, ApiError> {
    let mut secrets = Vec::new();
    for one in &config.relay.webhook_secrets {
        let found = secret(one, "relay.webhook_secrets");
        let found = found.map_err(|e| ApiError::User(e.to_string()))?;
        let Some(found) = found else { continue };
        let read = SigningSecret::read(&found);
        secrets.push(read.map_err(|e| ApiError::User(format!("relay.webhook_secrets: {e}")))?);
    }
    match secrets.is_empty() {
        true => Err(ApiError::User(
            "relay.listen takes webhooks, and no secret says whose: write webhook_secrets = [{ file = \"…\" }] under [relay].".into(),
        )),
        false => Ok(Trusted(secrets)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_believed_without_a_secret() {
        let config: Config = crate::config::DEFAULTS
            .parse::<toml::Table>()
            .expect("TOML")
            .try_into()
            .expect("settings");
        let refused = trusted(&config).map(|t| t.0.len()).expect_err("refused");
        assert!(
            refused.to_string().contains("webhook_secrets ="),
            "{refused}"
        );
    }
}
