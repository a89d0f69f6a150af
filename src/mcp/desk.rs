//! What every tool works with: the session, what agents may see of it, and the findings they asked for.

use super::proposals::Proposals;
use crate::domain::time::Zone;
use crate::domain::{ApiError, Finding, Incident, IncidentId, Write};
use crate::session::{InvestigationRequest, Outcome, Progress, Session, fault, plain_id};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{RwLock, mpsc};

/// Findings that are kept for questions about their evidence.
const MOST_FINDINGS: usize = 8;

/// The desk that a person and their agents share.
pub(super) struct Desk {
    pub session: Arc<Session>,
    /// What was proposed and not yet confirmed.
    pub proposals: Proposals,
    /// The zone times are typed in.
    pub zone: Zone,
    findings: Mutex<Vec<Arc<Finding>>>,
    /// Read by each write that is on its way.
    on_their_way: Arc<RwLock<()>>,
}

impl Desk {
    pub fn new(session: Arc<Session>) -> Result<Self, ApiError> {
        Ok(Self {
            proposals: Proposals::new()?,
            zone: session.config().zone(Zone::local()),
            findings: Mutex::default(),
            on_their_way: Arc::default(),
            session,
        })
    }

    /// Nothing is proposed where nothing could be sent.
    pub fn refuse_where_read_only(&self) -> Result<(), ApiError> {
        match self.session.is_read_only() {
            false => Ok(()),
            true => Err(ApiError::User(
                "Read-only mode: nothing is proposed and nothing is sent from here.".into(),
            )),
        }
    }

    /// Whether agents may see an incident.
    pub fn shows(&self, incident: &Incident) -> bool {
        incident.is_public() || self.session.config().mcp.private
    }

    /// Those of a list that agents may see, and how many they may not.
    pub fn shown(&self, all: Vec<Incident>) -> (Vec<Incident>, usize) {
        let before = all.len();
        let shown: Vec<Incident> = all.into_iter().filter(|i| self.shows(i)).collect();
        let hidden = before - shown.len();
        (shown, hidden)
    }

    /// An incident that agents may see.
    pub async fn incident(&self, reference: &str) -> Result<Incident, ApiError> {
        let found = self.session.incident(plain_id(reference)?).await?;
        match self.shows(&found) {
            true => Ok(found),
            false => Err(ApiError::User(
                "This incident is private, and agents see those only with private = true under [mcp].".into(),
            )),
        }
    }

    /// Whether agents may see the incident with an id; not where that cannot be found out.
    pub async fn shows_id(&self, id: &IncidentId) -> bool {
        if self.session.config().mcp.private {
            return true;
        }
        // Private ones are in no cache.
        match self.session.mirror().cached_incident(id).await {
            Ok(Some(incident)) => incident.is_public(),
            _ => {
                let read = self.session.incident(id.as_str()).await;
                read.is_ok_and(|i| i.is_public())
            }
        }
    }

    /// Investigates an incident that agents may see, and keeps what was found for questions about it.
    pub async fn investigate(
        &self,
        request: InvestigationRequest,
        progress: Option<mpsc::Sender<Progress>>,
    ) -> Result<Arc<Finding>, ApiError> {
        self.incident(&request.incident).await?;
        let request = InvestigationRequest {
            public_only: !self.session.config().mcp.private,
            ..request
        };
        let done = self.session.investigate(&request, progress).await?;
        let finding = Arc::new(done.finding);
        let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        findings.retain(|known| known.incident != finding.incident);
        findings.insert(0, finding.clone());
        findings.truncate(MOST_FINDINGS);
        Ok(finding)
    }

    /// Sends writes. Once they are on their way they are followed to their end, even if the client hangs up.
    pub async fn send(&self, writes: Vec<Write>) -> Result<Vec<Outcome>, ApiError> {
        let session = self.session.clone();
        let on_its_way = self.on_their_way.clone().read_owned().await;
        let sending = tokio::spawn(async move {
            let done = session.send(writes, &[]).await;
            drop(on_its_way);
            done
        });
        sending.await.map_err(|_| fault())
    }

    /// Waits until nothing is on its way any more.
    pub async fn is_quiet(&self) {
        drop(self.on_their_way.write().await);
    }

    /// The last finding about an incident, where there is one.
    pub fn finding(&self, incident: &Incident) -> Option<Arc<Finding>> {
        let findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        let about = |f: &&Arc<Finding>| f.incident == *incident.row.reference;
        findings.iter().find(about).cloned()
    }
}
