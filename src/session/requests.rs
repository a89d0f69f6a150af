//! A write as it was asked for in words, made into the exact requests: what it is about is read, its form is filled, and
//! what the journal knows of it decides its key.

use super::journal::Outcome;
use super::targets::TargetRef;
use super::transmit::alike;
use super::{ApiError, Session, reads};
use crate::domain::time::Zone;
use crate::domain::{
    CatalogGraph, FieldGroup, FieldId, FormOptions, Incident, IncidentSummary, Instant, Org,
    Person, Reading, Schedule, Write, WriteKind, WriteState, digest,
};
use crate::writes::{self, Fault, Field, Form, FormContext, Input, Planned, Subject};
use std::sync::Arc;

/// Characters of a key that somebody gives: what an idempotency key may have in the API.
const LONGEST_KEY: usize = 128;

/// A write as it was asked for.
#[derive(Clone, Debug)]
pub struct WriteRequest {
    /// What kind.
    pub kind: WriteKind,
    /// About what.
    pub about: TargetRef,
    /// Fields by id, as typed.
    pub fields: Vec<(String, String)>,
    /// Fields by the name the organisation gave them, `Name=Value`.
    pub named: Vec<(FieldGroup, String)>,
    /// The idempotency key; without one it follows from what is written, so that a script that runs twice writes once.
    pub key: Option<String>,
    /// It is only to be shown.
    pub dry_run: bool,
    /// The zone times are typed in.
    pub zone: Zone,
}

/// What a request came to.
pub enum Prepared {
    /// Nothing is to be changed: it is so already.
    Unchanged,
    /// It was made before; nothing is sent again.
    Before(Vec<Outcome>),
    /// The exact writes, to be shown and sent with the notes kept here that go with them.
    Ready(Vec<Planned>, Vec<String>),
    /// The platform cannot be reached: what was recorded here instead, and what to say of it.
    Offline(Vec<Write>, String, ApiError),
}

impl WriteRequest {
    /// Whether a field is named with a value.
    fn names(&self, fields: &[&str]) -> bool {
        self.fields
            .iter()
            .any(|(id, value)| fields.contains(&id.as_str()) && !value.is_empty())
    }

    /// Whether only a status or a severity was asked for.
    fn only_moves(&self) -> bool {
        let mut given = self
            .fields
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .peekable();
        self.kind == WriteKind::Update
            && given.peek().is_some()
            && given.all(|(id, _)| matches!(id.as_str(), "status" | "severity"))
    }

    /// The form with what was typed in it.
    fn fill(&self, subject: Subject, facts: &FormContext<'_>) -> Result<Form, ApiError> {
        let subjects = match subject {
            Subject::Nothing => Vec::new(),
            subject => vec![subject],
        };
        let wrong = |e: String| ApiError::User(sentence(&e));
        let mut form = writes::open(self.kind, subjects, facts).map_err(ApiError::User)?;
        for (id, value) in &self.fields {
            form.set(id.as_str(), value).map_err(wrong)?;
        }
        for (group, pair) in &self.named {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| ApiError::User(format!("\"{pair}\" must be NAME=VALUE.")))?;
            let id = field_named(&form, *group, name.trim())?;
            form.set(&id, value).map_err(wrong)?;
        }
        Ok(form)
    }

    /// What a key follows from: what was typed, not what it changes, since a second run changes less than the first.
    fn derived_key(&self, form: &Form, seed: &str) -> String {
        let mut parts: Vec<String> = vec![
            self.kind.id().into(),
            form.subjects.first().map(Subject::id).unwrap_or_default(),
            seed.into(),
        ];
        parts.extend(
            self.fields
                .iter()
                .map(|(id, value)| format!("{id}={value}")),
        );
        parts.extend(
            self.named
                .iter()
                .map(|(group, pair)| format!("{}{pair}", group.prefix())),
        );
        digest(&parts.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The writes with their keys. What makes something new has a key that follows from what was typed; what sets a state
    /// is a write of its own each time, since the same state may be right again later.
    fn seal(&self, form: &Form, now: Instant) -> Result<Vec<Planned>, ApiError> {
        let seed = match (self.kind.makes(), self.is_relative(form)) {
            (false, _) => nonce(now),
            (true, true) => now.date_naive().to_string(),
            (true, false) => String::new(),
        };
        let mut planned = form
            .plan(now, &seed)
            .map_err(|wrong| all_wrong(form, &wrong))?;
        let key = match &self.key {
            Some(key) => checked_key(key)?.to_owned(),
            None => self.derived_key(form, &seed),
        };
        planned.iter_mut().for_each(|one| one.write.rekey(&key));
        Ok(planned)
    }

    /// A time that was typed relative to now means another one tomorrow; a shift is one of today too.
    fn is_relative(&self, form: &Form) -> bool {
        let typed = |f: &Field| {
            matches!(f.input, Input::Time { .. }) && f.is_changed() && !f.text().contains('-')
        };
        self.kind == WriteKind::Cover || form.fields.iter().any(typed)
    }
}

/// What is known about the organisation, as far as a kind of write needs it.
#[derive(Default)]
pub(super) struct Known {
    org: Org,
    pub(super) graph: CatalogGraph,
    form_options: FormOptions,
    pub(super) schedules: Vec<Schedule>,
    pub(super) rows: Vec<Arc<IncidentSummary>>,
    local: Vec<Write>,
    me: Option<Person>,
}

impl Known {
    fn context(&self, zone: Zone, now: Instant) -> FormContext<'_> {
        FormContext {
            now,
            zone,
            org: &self.org,
            me: self.me.as_ref(),
            graph: &self.graph,
            schedules: &self.schedules,
            form_options: &self.form_options,
            rows: &self.rows,
            local: &self.local,
        }
    }
}

impl Session {
    /// Makes the exact requests of what was asked for in words; sends nothing.
    pub async fn prepare(&self, request: &WriteRequest) -> Result<Prepared, ApiError> {
        if !request.dry_run {
            self.gate()?;
        }
        match self.read_target(request).await {
            Err(e) if e.is_outage() => self.record_offline(request, e).await,
            Err(e) => Err(e),
            Ok((known, subject)) => self.prepare_on(request, &known, subject).await,
        }
    }

    async fn read_target(&self, request: &WriteRequest) -> Result<(Known, Subject), ApiError> {
        let mut known = self.known_for(request).await?;
        let subject = self.subject_of(&mut known, request).await?;
        Ok((known, subject))
    }

    async fn prepare_on(
        &self,
        request: &WriteRequest,
        known: &Known,
        subject: Subject,
    ) -> Result<Prepared, ApiError> {
        let now = self.now();
        if super::targets::already_done(request.kind, &subject) {
            return Ok(Prepared::Unchanged);
        }
        let form = request.fill(subject, &known.context(request.zone, now))?;
        if let Err(wrong) = form.plan(now, "")
            && (wrong.iter().all(|(_, why)| why == writes::UNCHANGED) || request.only_moves())
        {
            self.settle_open(form.subjects.first().map(Subject::id))
                .await?;
            return Ok(Prepared::Unchanged);
        }
        let mut planned = request.seal(&form, now)?;
        for one in &mut planned {
            self.settle_key(request, &mut one.write).await?;
            if let Some(before) = self.made_before(request, &one.write).await? {
                return Ok(Prepared::Before(vec![before]));
            }
        }
        let notes = form.field("notes").map(|f| f.value.clone());
        Ok(Prepared::Ready(planned, notes.unwrap_or_default()))
    }

    /// It may be so already because an earlier run was broken off after it did it: then that one is settled now.
    async fn settle_open(&self, target: Option<String>) -> Result<(), ApiError> {
        let open = self.open_writes().await?;
        for write in open.iter().filter(|w| !w.on_hold && w.target == target) {
            self.retry(&write.key).await?;
        }
        Ok(())
    }

    /// What a kind of write needs to know of the organisation. What is not named costs no request: a note needs none of
    /// the organisation's words, an assignee its people.
    async fn known_for(&self, request: &WriteRequest) -> Result<Known, ApiError> {
        let kind = request.kind;
        let reads = |reading| kind.needs(reading, |fields| request.names(fields));
        let mut known = Known::default();
        if reads(Reading::Words) {
            known.org = self.org().await?;
        }
        known.me = self.me(&known.org).cloned();
        if let Some(why) = kind.obstacle(self.config.read_only, &known.org.identity) {
            return Err(ApiError::User(format!("Nothing is sent: {why}.")));
        }
        if reads(Reading::Catalog) {
            known.graph = reads::catalog(&self.client).await?;
        }
        if reads(Reading::Options) {
            known.form_options = self.form_options().await;
        }
        if reads(Reading::Schedules) {
            known.schedules = self.schedules().await?;
        }
        if reads(Reading::OpenIncidents) {
            let open = self.open_incidents().await?;
            known.rows = open.into_iter().map(|i| Arc::new(i.row)).collect();
        }
        if request.fields.iter().any(|(id, _)| id == "notes") {
            known.local = self.local_notes().await?;
        }
        Ok(known)
    }

    /// The key a write goes out under, where the journal knows something of it.
    async fn settle_key(&self, request: &WriteRequest, write: &mut Write) -> Result<(), ApiError> {
        let outbox = self.outbox().await?;
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
    pub async fn prepare_local(&self, request: &WriteRequest) -> Result<Vec<Planned>, ApiError> {
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
        let outbox = self.outbox().await?;
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

/// The id of the field that the organisation calls so.
fn field_named(form: &Form, group: FieldGroup, name: &str) -> Result<FieldId, ApiError> {
    let mut named = form
        .fields
        .iter()
        .filter(move |f| f.id.group() == Some(group));
    if let Some(field) = named.clone().find(|f| f.label.eq_ignore_ascii_case(name)) {
        return Ok(field.id.clone());
    }
    let first = named.next().map(|f| f.label.as_str());
    let all: Vec<&str> = first
        .into_iter()
        .chain(named.map(|f| f.label.as_str()))
        .collect();
    Err(ApiError::User(format!(
        "There is no \"{name}\"; there are {}.",
        all.join(", ")
    )))
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

fn checked_key(key: &str) -> Result<&str, ApiError> {
    let plain = (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if plain {
        Ok(key)
    } else {
        Err(ApiError::User(
            "--key takes up to 128 letters, digits and signs.".into(),
        ))
    }
}

/// Makes a key of its own of each run.
fn nonce(now: Instant) -> String {
    format!(
        "{} {}",
        now.timestamp_nanos_opt().unwrap_or_default(),
        std::process::id()
    )
}

/// Everything that is wrong with a form in one sentence, each with its field's name.
fn all_wrong(form: &Form, wrong: &[Fault]) -> ApiError {
    let said = wrong.iter().map(|(field, why)| {
        let label = form
            .field(field)
            .map(|f| f.label.clone())
            .unwrap_or_default();
        if why.starts_with(&label) {
            why.clone()
        } else {
            format!("{label}: {why}")
        }
    });
    let said: Vec<String> = said.collect();
    ApiError::User(sentence(&said.join("; ")))
}

fn sentence(words: &str) -> String {
    if words.ends_with('.') {
        words.to_owned()
    } else {
        format!("{words}.")
    }
}
