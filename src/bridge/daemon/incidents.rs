//! The side of incident.io: what is open, what is kept, and what people told of it.

use super::super::reconcile::{Happened, Shown, learn};
use super::super::view::shown;
use super::{Daemon, Done};
use crate::domain::episode::Kept;
use crate::domain::{EntryKind, IncidentId, Instant};
use crate::session::ApiError;
use std::collections::BTreeSet;

impl Daemon {
    /// What the journal knows to be done is learnt before anybody else is taken for the one who did it: a resolution whose
    /// answer came while this was being ended.
    pub(super) async fn learn_own_writes(&mut self) -> Result<(), ApiError> {
        let kept = self.memory.incidents.values().filter(|k| k.is_open());
        let under_way = kept.filter_map(|k| Some((k.id.clone(), k.resolving.clone()?)));
        for (id, key) in under_way.collect::<Vec<_>>() {
            if self.session.is_confirmed(&key).await? {
                let happened = Happened::Resolved(id);
                let memory = learn(&self.memory, &happened, self.session.now());
                self.remember(memory).await?;
            }
        }
        Ok(())
    }

    /// Who answered pages for incidents that nobody has yet. That they cannot be read is told once, and holds up nothing.
    pub(super) async fn see_answers(&mut self, shown: &mut [Shown], done: &mut Done) {
        let kept = self.memory.incidents.values();
        let open = kept.filter(|k| k.is_open() && k.acknowledged.is_none());
        let open: Vec<IncidentId> = open.map(|k| k.id.clone()).collect();
        match self.session.answered_pages(&open).await {
            Ok(answered) => {
                for one in shown {
                    one.answered = answered.get(&one.id).cloned();
                }
            }
            Err(e) => {
                let says = format!("Who answered pages cannot be read: {e}");
                done.says.extend(self.once("pages", &says));
            }
        }
    }

    /// The incidents that are open, and those that are kept and are not among them.
    pub(super) async fn incidents(&self) -> Result<Vec<Shown>, ApiError> {
        let open = self.session.open_incidents().await?;
        let mut all: Vec<Shown> = Vec::with_capacity(open.len());
        for incident in &open {
            let told = self.told_by_people(&incident.row.id).await?;
            all.push(shown(incident, told));
        }
        let known: BTreeSet<_> = open.iter().map(|i| &i.row.id).collect();
        let kept = self.memory.incidents.values();
        for kept in kept.filter(|k| k.is_open() && !known.contains(&k.id)) {
            match self.session.incident(kept.id.as_str()).await {
                Ok(incident) => all.push(shown(&incident, None)),
                // One that is gone is nobody's to resolve.
                Err(ApiError::Http { status: 404, .. }) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(all)
    }

    /// An incident that is not there any more, or that this key may not see any more, is nobody's to write on.
    pub(super) async fn leave_what_is_gone(
        &mut self,
        shown: &[Shown],
        done: &mut Done,
    ) -> Result<(), ApiError> {
        let there: BTreeSet<_> = shown.iter().map(|i| &i.id).collect();
        let kept = self.memory.incidents.values();
        let gone = kept.filter(|k| k.is_open() && !there.contains(&k.id));
        let gone: Vec<_> = gone.map(|k| (k.id.clone(), k.reference.clone())).collect();
        for (id, reference) in gone {
            let memory = learn(&self.memory, &Happened::OutOfSight(id), self.session.now());
            self.remember(memory).await?;
            done.says.push(format!(
                "{reference} is not there any more, or is private now: nothing is written on it, and what burns of it is declared when it begins anew."
            ));
        }
        Ok(())
    }

    /// Whether an incident has been quiet for almost long enough: before that its updates cost requests for nothing.
    fn is_nearly_over(&self, kept: &Kept) -> bool {
        let (Some((_, _, policy)), Some(clear)) = (&self.words, kept.clear_since) else {
            return false;
        };
        let every = self.session.config().bridge.every_seconds;
        let soon = chrono::Duration::seconds(2 * i64::try_from(every).unwrap_or_default());
        let hold = kept.hold(policy.hold, policy.longest_hold);
        self.session.now() - clear + soon >= hold
    }

    /// When somebody else told of an incident that is about to be resolved.
    async fn told_by_people(&self, id: &IncidentId) -> Result<Option<Instant>, ApiError> {
        let kept = self.memory.incidents.get(id);
        let kept = kept.filter(|k| k.hands.is_none() && self.is_nearly_over(k));
        let Some(clear) = kept.and_then(|k| k.clear_since) else {
            return Ok(None);
        };
        // The bridge posts an update only when it resolves: any other is somebody else's.
        let all = self.session.timeline(id).await?.items;
        let updates = all.iter().filter(|e| e.kind == EntryKind::Update);
        Ok(updates.map(|e| e.at).filter(|at| *at > clear).max())
    }
}
