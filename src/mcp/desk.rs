//! What every tool works with: the session, what agents may see of it, and the findings they asked for.

use super::proposals::{Proposal, Proposals};
use crate::domain::time::Zone;
use crate::domain::{ApiError, Finding, Incident, IncidentId, Instant, OpenProposal, Write};
use crate::session::{InvestigationRequest, InvestigationStep, Outcome, Session, fault, plain_id};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{RwLock, mpsc};
use tokio::task::JoinHandle;

/// How long an answer waits for the history: clients wait for a minute, and the answer takes its own time.
const HISTORY: Duration = Duration::from_secs(10);
/// Findings that are kept for questions about their evidence.
const MOST_FINDINGS: usize = 8;

/// The desk of a person and one agent of theirs: what another proposed or found is at another.
pub(super) struct Desk {
    pub session: Arc<Session>,
    /// What was proposed and not yet confirmed.
    pub proposals: Proposals,
    /// The zone times are typed in.
    pub zone: Zone,
    findings: Mutex<Vec<Arc<Finding>>>,
    /// The history while it is read.
    reading: tokio::sync::Mutex<Option<JoinHandle<Result<(), ApiError>>>>,
    /// Read by each write that is on its way.
    on_their_way: Arc<RwLock<()>>,
}

impl Desk {
    pub fn new(session: Arc<Session>) -> Result<Self, ApiError> {
        Ok(Self {
            proposals: Proposals::new()?,
            zone: session.config().zone(Zone::local()),
            findings: Mutex::default(),
            reading: tokio::sync::Mutex::default(),
            on_their_way: Arc::default(),
            session,
        })
    }

    /// Keeps a proposal and shows it to the consoles of this machine; its token.
    pub async fn keep(&self, proposal: Proposal) -> Result<String, ApiError> {
        let added = self.proposals.add(proposal)?;
        if let Some(gone) = added.gone {
            unseen(self.session.end_proposal(&gone).await);
        }
        let open = opened(&added.proposal, self.session.now());
        unseen(self.session.show_proposal(&self.proposals.run, open).await);
        Ok(added.token)
    }

    /// Asks whoever sits at a console of this machine about a proposal.
    pub async fn ask_at_console(&self, proposal: &Proposal) -> Result<OpenProposal, ApiError> {
        let open = OpenProposal {
            asked: true,
            ..opened(proposal, self.session.now())
        };
        self.session
            .show_proposal(&self.proposals.run, open.clone())
            .await?;
        Ok(open)
    }

    /// Takes a proposal off, here and from the consoles: its token is spent.
    pub async fn take(
        &self,
        token: &str,
        by: &str,
        how: &'static str,
    ) -> Result<Arc<Proposal>, ApiError> {
        let taken = self.proposals.take(token, by, self.session.now(), how)?;
        unseen(self.session.end_proposal(&taken.id).await);
        Ok(taken)
    }

    /// The run ends: nothing that it proposed can be confirmed any more.
    pub async fn close(&self) {
        if !self.proposals.is_empty() {
            unseen(self.session.end_proposals_of(&self.proposals.run).await);
        }
    }

    /// Brings the history on this machine up to date. A long one that is not here yet takes longer than clients wait for an
    /// answer: it is read on meanwhile, and this says so.
    pub async fn history(&self) -> Result<Option<String>, ApiError> {
        let mut reading = self.reading.lock().await;
        let task = reading.get_or_insert_with(|| {
            let session = self.session.clone();
            tokio::spawn(async move { session.sync_unwatched().await })
        });
        let Ok(read) = tokio::time::timeout(HISTORY, task).await else {
            let says = "The history is long and is still being read: this was compared with what is here so far. Ask again in a minute for all of it.";
            return Ok(Some(says.into()));
        };
        *reading = None;
        read.map_err(|_| fault())?.map(|()| None)
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
        progress: Option<mpsc::Sender<InvestigationStep>>,
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

/// What others may see of a proposal.
fn opened(proposal: &Proposal, now: Instant) -> OpenProposal {
    let mut says = proposal.says();
    if !proposal.is_page() {
        // What pages people says whom as what it does.
        says.push(proposal.pages());
    }
    says.push(proposal.way_back());
    OpenProposal {
        id: proposal.id.clone(),
        by: proposal.by.clone(),
        what: proposal.what(),
        says,
        requests: proposal.planned.iter().map(|p| p.write.request()).collect(),
        private: proposal.planned.iter().any(|p| p.write.private),
        asked: false,
        answer: None,
        made: now,
        expires: proposal.expires,
    }
}

/// A proposal holds whether or not the consoles of this machine see it.
fn unseen(shown: Result<(), ApiError>) {
    if let Err(e) = shown {
        tracing::warn!("What agents propose is not shown in the consoles: {e}");
    }
}
