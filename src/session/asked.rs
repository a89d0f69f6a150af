//! A write as it was asked for in words, what it is about, and what its form becomes with what is known.

use super::ApiError;
use crate::domain::time::Zone;
use crate::domain::{
    CatalogGraph, FieldGroup, FieldId, FormOptions, IncidentSummary, Instant, Org, Person,
    Schedule, Write, WriteKind, digest,
};
use crate::writes::{self, Fault, Field, Form, FormContext, Input, Planned, Subject};
use std::sync::Arc;

/// Characters of a key that somebody gives: what an idempotency key may have in the API.
const LONGEST_KEY: usize = 128;

/// What a write is about, as it was typed.
#[derive(Clone, Debug)]
pub enum TargetRef {
    /// Nothing that is there.
    Nothing,
    /// An incident.
    Incident(String),
    /// A note: its incident and its id or title.
    Note(String, String),
    /// A page by its id, or the one that waits on an incident.
    Page(String),
    /// An alert, with the incident it is attached to where that matters.
    Alert(String, Option<String>),
    /// An action.
    Action(String),
    /// A follow-up.
    FollowUp(String),
    /// A schedule by name or id.
    Schedule(String),
    /// A catalog entry by name, alias or id.
    Entry(String),
    /// A catalog type by name.
    Type(String),
    /// A post-mortem document.
    Document(String),
}

impl TargetRef {
    /// Whether it is found among what is known of the organisation.
    pub(super) fn is_named_by_words(&self) -> bool {
        matches!(self, Self::Schedule(_) | Self::Entry(_) | Self::Type(_))
    }
}

/// Whether what is asked for is so already.
pub fn already_done(kind: WriteKind, subject: &Subject) -> bool {
    match (kind, subject) {
        (WriteKind::Ack, Subject::Page(page)) => page.status == "acked",
        (WriteKind::Cancel, Subject::Page(page)) => page.status == "cancelled",
        (WriteKind::Resolve, Subject::Alert(alert)) => alert.status == "resolved",
        (WriteKind::Detach, Subject::Nothing) => true,
        _ => false,
    }
}

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

impl WriteRequest {
    /// A write with nothing filled in.
    pub fn new(kind: WriteKind, about: TargetRef) -> Self {
        Self {
            kind,
            about,
            fields: Vec::new(),
            named: Vec::new(),
            key: None,
            dry_run: false,
            zone: Zone::UTC,
        }
    }

    /// Whether a field is named with a value.
    pub(super) fn names(&self, fields: &[&str]) -> bool {
        self.fields
            .iter()
            .any(|(id, value)| fields.contains(&id.as_str()) && !value.is_empty())
    }

    /// Whether the choices of a field are looked at: it is named, or it is filled in where there is but one.
    pub(super) fn wants(&self, field: &str) -> bool {
        let publishes = matches!(self.kind, WriteKind::Publish | WriteKind::PublishUpdate);
        self.names(&[field]) || (field == "page" && publishes)
    }

    /// Whether only a status or a severity was asked for.
    pub(super) fn only_moves(&self) -> bool {
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
    pub(super) fn fill(&self, subject: Subject, facts: &FormContext<'_>) -> Result<Form, ApiError> {
        let subjects = match subject {
            Subject::Nothing => Vec::new(),
            subject => vec![subject],
        };
        let wrong = |e: String| ApiError::User(sentence(&e));
        let mut form = writes::open(self.kind, subjects, facts).map_err(ApiError::User)?;
        // Without a name it is whoever asks that covers, whosever shift it is.
        let me = facts.me.filter(|_| self.kind == WriteKind::Cover);
        if let Some(me) = me {
            form.set("who", me.id.as_str()).map_err(wrong)?;
        }
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
    pub(super) fn seal(&self, form: &Form, now: Instant) -> Result<Vec<Planned>, ApiError> {
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
    pub(super) org: Org,
    pub(super) graph: CatalogGraph,
    pub(super) form_options: FormOptions,
    pub(super) schedules: Vec<Schedule>,
    pub(super) rows: Vec<Arc<IncidentSummary>>,
    pub(super) local: Vec<Write>,
    pub(super) me: Option<Person>,
    /// Why something of it could not be read.
    pub(super) failed: Option<ApiError>,
    /// What of it could not be read that nothing waits for, and what follows from that.
    pub(super) unread: Option<String>,
}

impl Known {
    /// What is wrong with a request: where something could not be read that its words are looked up in, that is what is
    /// wrong, and nobody's mistake.
    pub(super) fn explain(&self, error: ApiError) -> ApiError {
        self.failed.clone().unwrap_or(error)
    }

    pub(super) fn context(&self, zone: Zone, now: Instant) -> FormContext<'_> {
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
pub(super) fn nonce(now: Instant) -> String {
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

pub(super) fn sentence(words: &str) -> String {
    if words.ends_with('.') {
        words.to_owned()
    } else {
        format!("{words}.")
    }
}
