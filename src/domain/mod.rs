//! The field's own terms as small, flat types: what the screen and the judgement see. No I/O, no wire shapes.

pub mod alert_feed;
pub mod catalog;
pub mod climb;
pub mod conditions;
pub mod detection;
pub mod episode;
pub mod error;
pub mod escalations;
pub mod evidence;
pub mod field_id;
pub mod finding;
pub mod glance;
pub mod guard;
pub mod ids;
pub mod incident;
pub mod kept_place;
pub mod links;
pub mod moved;
pub mod oncall;
pub mod order;
pub mod org;
pub mod priority;
pub mod progress;
pub mod proposal;
pub mod query;
pub mod records;
#[doc(hidden)]
pub mod sample;
pub(crate) mod secrets;
pub(crate) mod table;
pub mod text;
pub mod time;
pub mod timeline;
pub mod trace;
pub mod verbatim;
pub mod webhook;
mod word;
pub mod write;
pub mod write_kind;
mod zone;
mod zoned;

pub use catalog::{CatalogAttribute, CatalogEntry, CatalogGraph, CatalogType};
pub use detection::{Burnt, Detection, DetectionState, Heard, History, Sighting, Silence, Verdict};
pub use error::{ApiError, FieldError, MachineFault, NetworkFault};
pub use escalations::{
    Alert, AlertRoute, AlertSource, Escalation, EscalationEvent, EscalationPath, PathLevel,
    RouteIncident, RouteRules,
};
pub use evidence::{
    Change, ChangeClass, LogLine, LogSample, Series, Sign, Signal, TracePart, TraceSign, Window,
};
pub use field_id::{FieldGroup, FieldId};
pub use finding::{
    Evidence, Finding, Hop, HopCheck, Hypothesis, Missing, Moment, Scoped, Telling, Tellings,
};
pub use glance::{Glance, GlancePiece, GlanceTone, Held};
pub use guard::{Expected, Guard, Guarded, Standing};
pub use ids::*;
pub use incident::{Incident, IncidentSummary, Mode, Severity, Status, StatusCategory, Visibility};
pub use kept_place::KeptPlace;
pub use links::Links;
pub use moved::{Move, MoveKind, Moved};
pub use oncall::{Duty, Hours, Override, Rotation, Schedule, Shift, WeekRow, week};
pub use org::{
    CustomField, FormOptions, Identity, IncidentType, Org, Person, Role, StatusPage, Team,
};
pub use priority::Priority;
pub use progress::{Course, Progress};
pub use proposal::{OpenProposal, ProposalAnswer};
pub use records::{Action, Document, FollowUp, Linked, Related, Workflow, WorkflowRun};
pub use timeline::{EntryKind, TimelineEntry};
pub use trace::{Picked, Span, SpanKind, Trace, TraceSample};
pub use verbatim::Verbatim;
pub use word::{Vocabulary, Word};
pub use write::{SavedForm, Undo, Verification, Write, WriteState, digest, sha256};
pub use write_kind::{
    FormFamily, Inverse, Need, Reading, Scope, Thing, Verified, WriteKind, WriteKindSpec,
    WriteOrigin,
};

pub(crate) use zoned::zoned;

/// An instant in UTC, as every time of the API is kept.
pub type Instant = chrono::DateTime<chrono::Utc>;
