//! What all requests share, and what of it can be changed while the server runs.

use super::super::metrics::Metrics;
use super::delivery::{Counts, Keeper, add};
use super::listen::{Listen, Tls};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock};
use tokio_rustls::TlsAcceptor;

/// What all requests share.
pub(super) struct Shared {
    settings: RwLock<Settings>,
    pub(super) keeper: Keeper,
    pub(super) counts: Counts,
    pub(super) metrics: Arc<Metrics>,
}

/// What can be changed while it runs.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) listen: Arc<Listen>,
    pub(super) tls: Option<TlsAcceptor>,
}

impl Settings {
    fn new(listen: Listen) -> Result<Self, String> {
        listen.check()?;
        Ok(Self {
            tls: listen.tls.as_ref().map(acceptor).transpose()?,
            listen: Arc::new(listen),
        })
    }
}

impl Shared {
    /// Goes by these settings; what is wrong with them is a sentence.
    pub(super) fn new(
        listen: Listen,
        keeper: Keeper,
        metrics: Arc<Metrics>,
    ) -> Result<Self, String> {
        Ok(Self {
            settings: RwLock::new(Settings::new(listen)?),
            keeper,
            counts: Counts::default(),
            metrics,
        })
    }

    /// Goes by others from now on, unless they are wrong.
    pub(super) fn change(&self, listen: Listen) -> Result<(), String> {
        let settings = Settings::new(listen)?;
        let mut held = self.settings.write();
        *held.as_deref_mut().unwrap_or_else(|e| e.get_mut()) = settings;
        Ok(())
    }

    /// What a connection that begins now goes by.
    pub(super) fn settings(&self) -> Settings {
        let settings = self.settings.read();
        settings.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// So many more came in of which this became.
    pub(super) fn count(
        &self,
        of: impl Fn(&Counts) -> &AtomicU64,
        result: &'static str,
        more: usize,
    ) {
        add(of(&self.counts), more);
        self.metrics.took(result, more);
    }

    /// How it listens by now.
    pub(super) fn listen(&self) -> Arc<Listen> {
        self.settings().listen
    }
}

/// What a certificate and its key come to.
fn acceptor(tls: &Tls) -> Result<TlsAcceptor, String> {
    let Tls { certificate, key } = tls;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let wrong = |what: &str, path: &std::path::Path, e: &dyn std::fmt::Display| {
        format!("Cannot read the {what} {}: {e}.", path.display())
    };
    let chain: Vec<_> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|e| wrong("certificate", certificate, &e))?;
    if chain.is_empty() {
        return Err(wrong("certificate", certificate, &"it holds none"));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|e| wrong("key", key, &e))?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|e| wrong("key", key, &e))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
