//! What a status line or a prompt shows without asking anybody: a small file beside the cache, renewed whenever the
//! incidents or the pages were read, and gone with the cache. Nothing of a private incident gets there.

use super::{ApiError, Session};
use crate::config::{self, Config};
use crate::domain::{Escalation, Glance, Held, IncidentId, Instant, Links, Org, UserId, links};
use crate::store::Store;
use std::fs::File;
use std::io::{Read, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Bytes of the file at most: it holds a few names.
const LARGEST: u64 = 64 << 10;

/// What is known beside the incidents.
#[derive(Default)]
pub(super) struct Watched {
    me: Option<UserId>,
    /// The incidents of each page that waits for whoever works here.
    pages: Vec<Vec<IncidentId>>,
}

/// What was open when a console of this organisation last looked; nothing where none has, or nothing may be kept.
pub fn glance(config: &Config, profile: Option<&str>) -> Option<Glance> {
    let path = file(&config::cache_path(config, profile)?);
    let mut text = String::new();
    let file = File::open(path).ok()?;
    file.take(LARGEST).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// Where it lies, by where the cache lies.
pub(super) fn file(cache: &Path) -> PathBuf {
    cache.with_extension("glance")
}

impl Session {
    /// Pages were read: those that wait for whoever works here are shown at a glance from now on.
    pub(super) async fn glance_at_pages(&self, pages: &[Escalation]) {
        if self.cache.glance_path().is_none() {
            return;
        }
        let Some(me) = self.whose_pages().await else {
            return;
        };
        let mine = pages.iter().filter(|page| page.waits_for(&me));
        let mine = mine.map(|page| page.incidents.iter().map(|(id, _)| id.clone()).collect());
        self.watched().pages = mine.collect();
        self.keep_glance().await;
    }

    /// Keeps what a glance shows, as things stand in the cache.
    pub(super) async fn keep_glance(&self) {
        let Some(path) = self.cache.glance_path() else {
            return;
        };
        let (pages, now) = (self.watched().pages.clone(), self.config.clock.now());
        self.cache
            .keep(move |store| {
                let glance = taken(store, &pages, now)?;
                if let Err(e) = write(&path, &glance) {
                    tracing::warn!("what a glance shows is not kept: {e}");
                }
                Ok(())
            })
            .await;
    }

    fn watched(&self) -> std::sync::MutexGuard<'_, Watched> {
        let watched = self.watched.lock();
        watched.unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever works here, as the cache knows them.
    async fn whose_pages(&self) -> Option<UserId> {
        let known = self.watched().me.clone();
        if known.is_some() {
            return known;
        }
        let org = self.cache.with(|store| store.blob::<Org>("org")).await;
        let (org, _) = org.ok()?.ok()??;
        let me = self.me(&org)?.id.clone();
        self.watched().me = Some(me.clone());
        Some(me)
    }

    /// How incidents are addressed, as the cache knows it; it is not made for that.
    pub fn known_links(&self) -> Option<Links> {
        if !self.cache.is_there() {
            return None;
        }
        let store = self.cache.store(|e| tracing::warn!("{e}"));
        let ((_, dashboard), _) = store.blob::<(String, String)>("identity").ok()??;
        let reference = store.any_reference().ok().flatten();
        Links::new(&dashboard, reference.as_deref())
    }

    /// The address of an incident's page; where incident.io cannot be reached, the one that its number leads to.
    pub async fn address(&self, incident: &str) -> Result<String, ApiError> {
        let read = self.client.incident(incident).await;
        let address = match read {
            Ok(incident) => incident.permalink,
            Err(e @ ApiError::Network { .. }) => {
                let number = incident.rsplit('-').next().unwrap_or_default();
                let built = self.known_links().and_then(|links| links.incident(number));
                return built.ok_or(e);
            }
            Err(e) => return Err(e),
        };
        address.filter(|a| links::is_safe(a)).ok_or_else(|| {
            ApiError::User(format!(
                "incident.io tells no address of {incident} that could be opened."
            ))
        })
    }
}

/// What a glance shows, as things stand.
fn taken(
    store: &Store,
    pages: &[Vec<IncidentId>],
    now: Instant,
) -> Result<Glance, crate::store::StoreError> {
    let open = store.rows(true)?;
    let held = |ids: &Vec<IncidentId>| {
        let mut known = ids
            .iter()
            .filter_map(|id| store.incident(id).ok().flatten());
        known
            .next()
            .filter(|i| i.is_public())
            .map(|i| Held::of(&i.row))
    };
    let pages: Vec<Option<Held>> = pages.iter().map(held).collect();
    Ok(Glance::new(now, &open, &pages))
}

/// Puts it in the place of the one before, so that who reads it finds it whole.
fn write(path: &Path, glance: &Glance) -> std::io::Result<()> {
    let beside = path.with_extension(format!("glance.{}", std::process::id()));
    let mut file = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(&serde_json::to_vec(glance).unwrap_or_default())?;
    std::fs::rename(&beside, path)
}

/// What is watched, to begin with.
pub(super) fn unwatched() -> Mutex<Watched> {
    Mutex::default()
}
