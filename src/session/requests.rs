//! A write as it was asked for in words, made into the exact requests: what it is about is read, its form is filled, and
//! what the journal knows of it decides its key.

use super::asked::{Known, TargetRef, WriteRequest, already_done, sentence};
use super::journal::Outcome;
use super::transmit::alike;
use super::{ApiError, Session, reads};
use crate::domain::{
    Incident, IncidentSummary, Reading, SavedForm, Write, WriteKind, WriteState, digest,
};
use crate::incidentio::asking_itself;
use crate::writes::{self, Planned, Subject};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use std::sync::Arc;

/// What a request came to.
pub enum Prepared {
    /// Nothing is to be changed: it is so already.
    Unchanged,
    /// It was made before; nothing is sent again.
    Before(Vec<Outcome>),
    /// The exact writes, to be shown and sent with the notes kept here that go with them.
    Ready {
        /// The writes.
        planned: Vec<Planned>,
        /// Keys of notes kept here that go with them.
        notes: Vec<String>,
        /// What could not be read, and what follows from that.
        unread: Option<String>,
    },
    /// The platform cannot be reached: what was recorded here instead, and what to say of it.
    Offline(Vec<Write>, String, ApiError),
}

impl Session {
    /// Makes the exact requests of what was asked for in words; sends nothing.
    pub async fn prepare(&self, request: &WriteRequest) -> Result<Prepared, ApiError> {
        if !request.dry_run {
            self.gate()?;
        }
        if request.kind.is_local() {
            return Ok(Prepared::Ready {
                planned: self.prepare_local(request)?,
                notes: Vec::new(),
                unread: None,
            });
        }
        // What is shown before it is sent is how things are now, whoever else has asked.
        match asking_itself(self.read_target(request)).await {
            Err(e) if e.is_outage() => self.record_offline(request, e).await,
            Err(e) => Err(e),
            Ok((known, subject)) => self.prepare_on(request, &known, subject).await,
        }
    }

    async fn read_target(&self, request: &WriteRequest) -> Result<(Known, Subject), ApiError> {
        let (mut known, subject) = if request.about.is_named_by_words() {
            let known = self.known_for(request).await?;
            let subject = self.subject_of(&known, request).await?;
            (known, subject)
        } else {
            let nothing = Known::default();
            let (known, subject) =
                tokio::join!(self.known_for(request), self.subject_of(&nothing, request));
            (known?, subject?)
        };
        self.read_whose(&mut known, &subject).await;
        Ok((known, subject))
    }

    async fn prepare_on(
        &self,
        request: &WriteRequest,
        known: &Known,
        subject: Subject,
    ) -> Result<Prepared, ApiError> {
        let now = self.now();
        if already_done(request.kind, &subject) {
            return Ok(Prepared::Unchanged);
        }
        let form = request.fill(subject, &known.context(request.zone, now));
        let form = form.map_err(|e| known.explain(e))?;
        if let Err(wrong) = form.plan(now, "")
            && (wrong.iter().all(|(_, why)| is_so(why)) || request.only_moves())
        {
            let target = form.subjects.first().map(Subject::id);
            self.settle_done(request.kind, target).await?;
            return Ok(Prepared::Unchanged);
        }
        let mut planned = request.seal(&form, now).map_err(|e| known.explain(e))?;
        for one in &mut planned {
            self.settle_key(request, &mut one.write).await?;
            if let Some(before) = self.made_before(request, &one.write).await? {
                return Ok(Prepared::Before(vec![before]));
            }
        }
        let notes = form.field("notes").map(|f| f.value.clone());
        Ok(Prepared::Ready {
            planned,
            notes: notes.unwrap_or_default(),
            unread: known.unread.clone(),
        })
    }

    /// It may be so already because an earlier run was broken off after it did it: then that one is settled now. Nothing
    /// is sent.
    async fn settle_done(&self, kind: WriteKind, target: Option<String>) -> Result<(), ApiError> {
        let (transports, outbox) = (self.transports()?, self.outbox_to_send().await?);
        let is_it = |w: &&Write| w.kind == kind.into() && w.target == target;
        for write in outbox.open_writes().await?.iter().filter(is_it) {
            outbox.confirm_in_place(transports, &write.key).await?;
        }
        Ok(())
    }

    /// What a kind of write needs to know of the organisation. What is not named costs no request: a note needs none of
    /// the organisation's words, an assignee its people.
    async fn known_for(&self, request: &WriteRequest) -> Result<Known, ApiError> {
        let kind = request.kind;
        let reads = |reading| kind.needs(reading, |fields| request.names(fields));
        let (words, graph, options, schedules, open) = tokio::join!(
            read_if(reads(Reading::Words), reads::read_org(&self.client)),
            read_if(reads(Reading::Catalog), reads::catalog(&self.client)),
            read_if(reads(Reading::Options), self.read_options().map(Ok)),
            read_if(reads(Reading::Schedules), self.schedules()),
            read_if(reads(Reading::OpenIncidents), self.open_incidents())
        );
        let mut known = Known::default();
        (known.org, known.failed) = words?;
        known.me = self.me(&known.org).cloned();
        // The gate was asked before; what is only shown needs none.
        if let Some(why) = kind.obstacle(false, &known.org.identity) {
            return Err(ApiError::User(format!("Nothing is sent: {why}.")));
        }
        (known.graph, known.schedules) = (graph?, schedules?);
        let (options, failed) = options?;
        let is_wanted = |field: &str| request.wants(field);
        let mut wanted = failed.into_iter().filter(|(field, _)| is_wanted(field));
        known.form_options = options;
        known.failed = wanted.next().map(|(_, e)| e).or(known.failed);
        let open = open?.into_iter();
        known.rows = open.map(|i| Arc::new(i.row)).collect();
        if request.fields.iter().any(|(id, _)| id == "notes") {
            known.local = self.local_notes().await?;
        }
        Ok(known)
    }

    /// The key a write goes out under, where the journal knows something of it.
    async fn settle_key(&self, request: &WriteRequest, write: &mut Write) -> Result<(), ApiError> {
        let outbox = match request.dry_run {
            true => self.outbox().await?,
            false => self.outbox_to_send().await?,
        };
        if request.key.is_some() {
            // One key is one write: another one under it would be dropped unseen.
            return match outbox.find(&write.key).await {
                Ok(known) if !same_write(&known, write) => Err(ApiError::User(format!(
                    "The key was used for another write: {}. Give another one.",
                    known.what.trim_end_matches('.')
                ))),
                _ => Ok(()),
            };
        }
        if !request.kind.makes() {
            // A script that was broken off asks for the same state again: what is open is that write, not another one.
            let open = outbox.open_writes().await?;
            let same = |w: &&Write| {
                (&w.method, &w.path, &w.body) == (&write.method, &write.path, &write.body)
            };
            if let Some(known) = open.iter().find(same) {
                write.key.clone_from(&known.key);
            }
        }
        // A page that is over does not stand for a new one of the same words.
        while request.kind == WriteKind::Page
            && let Ok(known) = outbox.find(&write.key).await
            && self.is_over(&known).await
        {
            let again = digest(&[&write.key, "again"]);
            write.rekey(&again);
        }
        Ok(())
    }

    async fn is_over(&self, page: &Write) -> bool {
        let Some(id) = page
            .result
            .as_ref()
            .filter(|_| page.state == WriteState::Confirmed)
        else {
            return false;
        };
        let found = self.client.escalation(id).await;
        found.is_ok_and(|e| matches!(e.status.as_str(), "resolved" | "cancelled" | "expired"))
    }

    /// Nothing of a private incident is remembered here from one run to the next: what would be made is looked for first.
    async fn made_before(
        &self,
        request: &WriteRequest,
        write: &Write,
    ) -> Result<Option<Outcome>, ApiError> {
        if !write.private || request.dry_run {
            return Ok(None);
        }
        let found = alike(&self.client, &write.verification).await?;
        Ok(found.into_iter().next().map(|id| Outcome {
            write: Write {
                state: WriteState::Confirmed,
                result: Some(id),
                ..write.clone()
            },
            before: true,
            error: None,
            recorded: false,
        }))
    }

    /// A note that is kept on this machine; nothing is asked of anybody.
    fn prepare_local(&self, request: &WriteRequest) -> Result<Vec<Planned>, ApiError> {
        let (known, now) = (Known::default(), self.now());
        let form = request.fill(Subject::Nothing, &known.context(request.zone, now))?;
        // Two notes of the same words at different minutes are two notes.
        let minute = if request.fields.iter().any(|(id, _)| id == "time") {
            String::new()
        } else {
            now.timestamp().div_euclid(60).to_string()
        };
        form.plan(now, &minute)
            .map_err(|wrong| ApiError::User(sentence(&wrong[0].1)))
    }

    /// Keeps a request as the text of a form that was begun, for a person to go on from: nothing is sent. Where somebody began
    /// one, that stays; whether this one is kept. Nothing of a private incident goes to disk.
    pub(super) async fn keep_begun(
        &self,
        request: &WriteRequest,
        subject: Subject,
    ) -> Result<bool, ApiError> {
        let (known, now) = (Known::default(), self.now());
        let form = request.fill(subject, &known.context(request.zone, now))?;
        let key = form.draft_key();
        let begun = self.saved_forms().await?;
        if form.private || begun.iter().any(|saved| saved.key == key) {
            return Ok(false);
        }
        let (values, at) = (form.values(), now);
        let saved = SavedForm { key, values, at };
        self.outbox().await?.keep_draft(saved, false).await?;
        Ok(true)
    }

    /// The exact writes on what is known already; nothing is asked of anybody.
    pub(super) fn plan_on(
        &self,
        request: &WriteRequest,
        subject: Subject,
    ) -> Result<Vec<Planned>, ApiError> {
        let (known, now) = (Known::default(), self.now());
        let form = request.fill(subject, &known.context(request.zone, now))?;
        request.seal(&form, now)
    }

    /// The platform cannot be reached: a note or an update is recorded with its time, on the incident where the cache
    /// knows it.
    async fn record_offline(
        &self,
        request: &WriteRequest,
        error: ApiError,
    ) -> Result<Prepared, ApiError> {
        let nothing = |says: &str, error| {
            let says = format!("Nothing was sent and nothing is kept{says}");
            Ok(Prepared::Offline(Vec::new(), says, error))
        };
        let is_text = request.kind.spec().recorded_offline;
        let (TargetRef::Incident(reference), true, false) =
            (&request.about, is_text, request.dry_run)
        else {
            return nothing(".", error);
        };
        if request.names(&["status", "severity"]) {
            return nothing(
                ": a status or a severity cannot be looked up now. The message alone would be kept.",
                error,
            );
        }
        let Some(incident) = self.cached_by_reference(reference).await? else {
            // It may be private: of those nothing goes to disk.
            let says = format!(
                ": {reference} is not known on this machine, and may be private. `hotseat journal note TEXT` keeps a note all the same."
            );
            return nothing(&says, error);
        };
        let subject = Subject::Incident(Box::new(incident));
        let outbox = self.durable_outbox().await?;
        let mut recorded = Vec::new();
        for one in self.plan_on(request, subject)? {
            outbox.record(&one.write).await?;
            recorded.push(one.write);
        }
        Ok(Prepared::Offline(recorded, String::new(), error))
    }

    async fn cached_by_reference(&self, reference: &str) -> Result<Option<Incident>, ApiError> {
        let wanted = reference.to_owned();
        let found = self.cache.with(move |store| {
            let rows = store.rows(false).ok()?;
            let named = |r: &&Arc<IncidentSummary>| {
                r.reference.eq_ignore_ascii_case(&wanted) || r.id.as_str() == wanted
            };
            store.incident(&rows.iter().find(named)?.id).ok().flatten()
        });
        found.await
    }
}

/// Reads something where it is needed.
fn read_if<'a, T: Default + Send + 'a>(
    is_needed: bool,
    read: impl Future<Output = Result<T, ApiError>> + Send + 'a,
) -> BoxFuture<'a, Result<T, ApiError>> {
    match is_needed {
        true => read.boxed(),
        false => ready(Ok(T::default())).boxed(),
    }
}

/// Whether what is wrong with a write is that it is so already.
fn is_so(why: &str) -> bool {
    [writes::UNCHANGED, writes::COVERED].contains(&why)
}

/// Whether two writes are the same but for the times that were reckoned from now.
fn same_write(a: &Write, b: &Write) -> bool {
    let plain = |w: &Write| {
        let mut body = w.body.clone();
        if let Some(body) = body.as_object_mut() {
            ["timestamp", "start_at", "end_at"]
                .iter()
                .for_each(|key| drop(body.remove(*key)));
        }
        body
    };
    (&a.kind, &a.method, &a.path) == (&b.kind, &b.method, &b.path) && plain(a) == plain(b)
}
