//! What a responder can write: for each kind of write a form, its rules, and the exact request that leaves, with what it
//! changes in words, what it was made on, and the way back. Pure: the console and the commands fill the same forms.

mod alerts;
mod catalog;
mod cover;
mod form;
mod handover;
mod incident;
mod pages;
mod post_mortem;
mod publish;
mod sent;
mod tasks;
mod timeline;

pub use crate::domain::WriteKind;
pub use cover::COVERED;
pub use form::{Choice, Fault, Field, Form, Input, Planned, one_value};
pub use incident::{legal, overruled};
pub use sent::{
    field_named, is_update, note_title, noted_at, result_of, sets_severity, snoozed_until,
    stands_as_note, text_of,
};
pub use timeline::LOCAL;

use crate::domain::time::Zone;
use crate::domain::{
    Action, Alert, CatalogEntry, CatalogGraph, Document, Escalation, FollowUp, FormFamily,
    FormOptions, Incident, IncidentId, IncidentSummary, Instant, Org, Person, Schedule,
    TimelineEntry, TypeId, Visibility, Write,
};
use std::sync::Arc;

/// What is said where a form would change nothing.
pub const UNCHANGED: &str = "nothing is changed";

/// Whether a choice is worth offering, as the rest of the form stands.
pub fn is_offered(form: &Form, field: &Field, choice: &Choice) -> bool {
    form.kind != WriteKind::Cover || field.id != "who" || cover::may_cover(form, choice)
}

/// What a write is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Subject {
    /// Nothing that is there yet.
    #[default]
    Nothing,
    /// An incident.
    Incident(Box<Incident>),
    /// A note of an incident's timeline.
    Note(Box<Incident>, TimelineEntry),
    /// An escalation.
    Page(Box<Escalation>),
    /// An alert.
    Alert(Box<Alert>),
    /// An action.
    Action(Box<Action>),
    /// A follow-up.
    FollowUp(Box<FollowUp>),
    /// A schedule.
    Schedule(Box<Schedule>),
    /// A catalog entry.
    Entry(Box<CatalogEntry>),
    /// A catalog type, for a new entry of it.
    Type(TypeId),
    /// A post-mortem document.
    Document(Box<Document>),
}

impl Subject {
    /// Its id; empty where there is none.
    pub fn id(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Incident(i) => i.row.id.to_string(),
            Self::Note(_, item) => item.id.clone(),
            Self::Page(e) => e.id.to_string(),
            Self::Alert(a) => a.id.to_string(),
            Self::Action(a) => a.id.clone(),
            Self::FollowUp(f) => f.id.clone(),
            Self::Schedule(s) => s.id.to_string(),
            Self::Entry(e) => e.id.to_string(),
            Self::Type(t) => t.to_string(),
            Self::Document(d) => d.id.clone(),
        }
    }

    /// What it is called, for a heading.
    pub fn name(&self) -> String {
        match self {
            Self::Nothing | Self::Type(_) => String::new(),
            Self::Incident(i) | Self::Note(i, _) => format!("{} {}", i.row.reference, i.row.name),
            Self::Page(e) => e.title.clone(),
            Self::Alert(a) => a.title.clone(),
            Self::Action(a) => a.description.clone(),
            Self::FollowUp(f) => f.title.clone(),
            Self::Schedule(s) => s.name.clone(),
            Self::Entry(e) => e.name.clone(),
            Self::Document(d) => d.title.clone(),
        }
    }

    /// The incident it belongs to.
    pub fn incident(&self) -> Option<&IncidentId> {
        match self {
            Self::Incident(i) | Self::Note(i, _) => Some(&i.row.id),
            Self::Page(e) => e.incidents.first().map(|(id, _)| id),
            Self::Action(a) => Some(&a.incident),
            Self::FollowUp(f) => Some(&f.incident),
            Self::Document(d) => Some(&d.incident),
            Self::Alert(a) => a.incident.as_ref(),
            _ => None,
        }
    }
}

/// What is known when a form is opened.
#[derive(Clone, Copy)]
pub struct FormContext<'a> {
    /// When it is, by the server's clock.
    pub now: Instant,
    /// The zone times are typed and shown in.
    pub zone: Zone,
    /// The organisation's words and people.
    pub org: &'a Org,
    /// Whoever writes.
    pub me: Option<&'a Person>,
    /// The catalog.
    pub graph: &'a CatalogGraph,
    /// Schedules.
    pub schedules: &'a [Schedule],
    /// What changes by the minute.
    pub form_options: &'a FormOptions,
    /// Known incidents.
    pub rows: &'a [Arc<IncidentSummary>],
    /// Writes kept here that no request can be made of yet.
    pub local: &'a [Write],
}

/// References that a heading names before it only counts.
const NAMED: usize = 4;

impl FormContext<'_> {
    /// What things are called, for a heading: whatever belongs to an incident with its reference.
    fn about(&self, subjects: &[Subject]) -> String {
        let mut references: Vec<&str> = Vec::new();
        for reference in subjects.iter().filter_map(|s| self.reference(s)) {
            if !references.contains(&reference) {
                references.push(reference);
            }
        }
        let known = references.len().min(NAMED);
        let more = match references.len() - known {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = format!("{}{more}", references[..known].join(", "));
        match (subjects, named.as_str()) {
            ([one], "") => one.name(),
            ([one], reference) if one.name().starts_with(reference) => one.name(),
            ([one], reference) => format!("{reference} {}", one.name()),
            (several, "") => format!("{} at once", several.len()),
            (several, _) if references.len() == several.len() => named,
            (several, _) => format!("{} at once, of {named}", several.len()),
        }
    }

    /// The reference of the incident that something belongs to.
    fn reference<'a>(&'a self, subject: &'a Subject) -> Option<&'a str> {
        let known = match subject {
            Subject::Incident(i) | Subject::Note(i, _) => Some(&*i.row.reference),
            Subject::Page(e) => e.incidents.first().map(|(_, reference)| reference.as_str()),
            _ => None,
        };
        known.or_else(|| {
            let id = subject.incident()?;
            let row = self.rows.iter().find(|row| &row.id == id)?;
            Some(&*row.reference)
        })
    }

    /// Whether nothing of an incident may go to disk: what is not known to be public counts as private.
    fn is_private(&self, id: Option<&IncidentId>) -> bool {
        id.is_some_and(|id| {
            self.rows
                .iter()
                .find(|r| &r.id == id)
                .is_none_or(|r| r.visibility != Visibility::Public)
        })
    }
}

/// The form of a kind of write about some subjects, or why there is none.
pub fn open(
    kind: WriteKind,
    subjects: Vec<Subject>,
    facts: &FormContext<'_>,
) -> Result<Form, String> {
    let first = subjects.first().cloned().unwrap_or_default();
    let fields = match kind.spec().family {
        FormFamily::Incident => incident::fields(kind, &subjects, facts)?,
        FormFamily::Note => timeline::fields(kind, &first, facts)?,
        FormFamily::Page => pages::fields(kind, &first, facts)?,
        FormFamily::Cover => cover::fields(&first, facts)?,
        FormFamily::Alert => alerts::fields(kind, &first, facts)?,
        FormFamily::Task => tasks::fields(kind, &first, facts)?,
        FormFamily::PostMortem => post_mortem::fields(kind, &first)?,
        FormFamily::Catalog => catalog::fields(kind, &first, facts)?,
        FormFamily::StatusPage => publish::fields(kind, &first, facts)?,
        FormFamily::Handover => handover::fields(),
    };
    let about = facts.about(&subjects);
    let title = if about.is_empty() {
        kind.title().to_owned()
    } else {
        format!("{}: {about}", kind.title())
    };
    let private = subjects.iter().any(|s| match s {
        Subject::Incident(i) | Subject::Note(i, _) => i.row.visibility != Visibility::Public,
        other => facts.is_private(other.incident()),
    });
    let mut form = Form {
        kind,
        title,
        subjects,
        fields,
        opened: facts.now,
        zone: facts.zone,
        private,
        given: Vec::new(),
    };
    form.given = form.values();
    Ok(form)
}

/// The request of a form about one of its subjects.
fn request(form: &Form, subject: &Subject, now: Instant) -> Result<form::Request, Fault> {
    match form.kind.spec().family {
        FormFamily::Incident => incident::request(form, subject, now),
        FormFamily::Note => timeline::request(form, subject, now),
        FormFamily::Page => pages::request(form, subject, now),
        FormFamily::Cover => cover::request(form, subject, now),
        FormFamily::Alert => alerts::request(form, subject),
        FormFamily::Task => tasks::request(form, subject, now),
        FormFamily::PostMortem => post_mortem::request(form, subject),
        FormFamily::Catalog => catalog::request(form, subject, now),
        FormFamily::StatusPage => publish::request(form),
        FormFamily::Handover => handover::request(form),
    }
}

#[cfg(test)]
mod tests;
