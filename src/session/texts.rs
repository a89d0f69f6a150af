//! Texts drafted from what is recorded: the rows behind them, templates of one's own, files that keep what was edited, and
//! the import of a post-mortem.

use super::{ApiError, InvestigationRequest, Session, TargetRef, WriteRequest, reads};
use crate::domain::time::Zone;
use crate::domain::{Finding, Incident, Write, digest};
use crate::draft::{self, Line, Material, Rows, TextKind};
use crate::writes::{Subject, WriteKind};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// A text that is asked for.
#[derive(Clone, Debug)]
pub struct DraftRequest {
    /// What.
    pub kind: TextKind,
    /// INC-123, 123 or an id.
    pub incident: String,
    /// Whether an investigation is run first and told of.
    pub investigate: bool,
}

/// A text that was drafted, with what it was drafted of.
pub struct Drafted {
    /// The incident.
    pub incident: Incident,
    /// Its lines, each with the row it stands on.
    pub lines: Vec<Line>,
    /// What it is, as a file of it says: `post-mortem of INC-123`.
    pub of: String,
}

/// What became of an import.
pub enum Imported {
    /// A document of this incident was imported before; nothing was sent.
    Before,
    /// It is there now.
    Done,
}

impl Imported {
    /// The same for a person.
    pub fn line(&self, of: &Incident) -> String {
        let reference = &of.row.reference;
        match self {
            Self::Done => format!("Imported the post-mortem of {reference}."),
            Self::Before => format!(
                "A post-mortem of {reference} was imported before; nothing was sent. --again sends this one too."
            ),
        }
    }
}

impl Session {
    /// Drafts a text about an incident.
    pub async fn draft(&self, request: &DraftRequest) -> Result<Drafted, ApiError> {
        let finding = match request.investigate {
            true => {
                let asked = InvestigationRequest::of(&request.incident);
                Some(self.investigate(&asked, None).await?.finding)
            }
            false => None,
        };
        let material = self.material(request.kind, &request.incident, finding);
        let material = material.await?;
        let name = request
            .kind
            .file()
            .trim_end_matches(".md")
            .replace('_', "-");
        Ok(Drafted {
            lines: material.lines(request.kind),
            of: format!("{name} of {}", material.rows.incident.row.reference),
            incident: material.rows.incident,
        })
    }

    /// Everything that a text about an incident is drafted from.
    pub async fn material(
        &self,
        kind: TextKind,
        incident: &str,
        finding: Option<Finding>,
    ) -> Result<Material, ApiError> {
        Ok(Material {
            rows: self.rows(incident, finding).await?,
            template: self.template(kind.file(), kind.shipped())?,
        })
    }

    /// Everything a draft about an incident is made from.
    async fn rows(&self, reference: &str, finding: Option<Finding>) -> Result<Rows, ApiError> {
        let incident = self.client.incident(reference).await?;
        let id = &incident.row.id;
        let work = self.parts("Reading what is recorded", 3);
        let (timeline, actions, follow_ups) = tokio::join!(
            work.part(self.timeline(id)),
            work.part(reads::actions(&self.client, Some(id))),
            work.part(reads::follow_ups(&self.client, Some(id)))
        );
        Ok(Rows {
            timeline: timeline?.items,
            actions: actions.unwrap_or_default().0,
            follow_ups: follow_ups.unwrap_or_default().0,
            incident,
            finding,
            now: self.now(),
            zone: Zone::UTC,
        })
    }

    /// A template: the user's own where there is one, else the shipped one.
    pub fn template(&self, file: &str, shipped: &str) -> Result<String, ApiError> {
        let folder = &self.config.templates;
        if folder.is_empty() {
            return Ok(shipped.to_owned());
        }
        if !Path::new(folder).is_dir() {
            return Err(ApiError::User(format!(
                "The folder of templates, {folder}, is not there; see templates in the configuration."
            )));
        }
        let path = Path::new(folder).join(file);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(shipped.to_owned()),
            Err(e) => {
                let says = format!("Cannot read the template {}: {e}.", path.display());
                Err(ApiError::machine(&path, &e, says))
            }
        }
    }

    /// The write that imports a post-mortem: once an incident, or once a text where `again` is given.
    pub fn import_of(
        &self,
        incident: &Incident,
        content: &str,
        again: bool,
    ) -> Result<Write, ApiError> {
        let id = incident.row.id.as_str();
        let text = if again { content } else { "" };
        let request = WriteRequest {
            fields: vec![("content".into(), content.to_owned())],
            key: Some(digest(&[id, "post-mortem", text])),
            ..WriteRequest::new(WriteKind::Import, TargetRef::Incident(id.to_owned()))
        };
        let subject = Subject::Incident(Box::new(incident.clone()));
        let mut planned = self.plan_on(&request, subject)?;
        planned.pop().map(|one| one.write).ok_or_else(super::fault)
    }

    /// Keeps a post-mortem here as one that was begun, which the console goes on from; whether it is kept.
    pub async fn keep_post_mortem(
        &self,
        incident: &Incident,
        content: &str,
    ) -> Result<bool, ApiError> {
        let about = TargetRef::Incident(incident.row.id.to_string());
        let request = WriteRequest {
            fields: vec![("content".into(), content.to_owned())],
            ..WriteRequest::new(WriteKind::Import, about)
        };
        let subject = Subject::Incident(Box::new(incident.clone()));
        self.keep_begun(&request, subject).await
    }

    /// Imports a post-mortem. The endpoint has no idempotency key, so what is there is looked at first.
    pub async fn import(
        &self,
        incident: &Incident,
        content: &str,
        again: bool,
    ) -> Result<Imported, ApiError> {
        self.gate()?;
        let write = self.import_of(incident, content, again)?;
        let title = format!("{}: {}", incident.row.reference, incident.row.name);
        let (known, _) = self.documents(Some(&incident.row.id)).await?;
        if !again && known.iter().any(|d| d.title == title) {
            return Ok(Imported::Before);
        }
        let mut done = self.send(vec![write], &[]).await;
        let outcome = done.pop().ok_or_else(super::fault)?.confirmed()?;
        if outcome.before {
            return Ok(Imported::Before);
        }
        Ok(Imported::Done)
    }
}

/// The draft in a file; nothing where there is no file. A file that is something else is never touched.
pub fn kept_draft(path: &Path, of: &str) -> Result<Option<String>, ApiError> {
    let other = || {
        ApiError::User(format!(
            "{} is not a draft of the {of}; it was not touched. Give another file.",
            path.display()
        ))
    };
    match std::fs::read_to_string(path) {
        Ok(kept) if draft::is_of(&kept, of) => Ok(Some(kept)),
        Ok(_) => Err(other()),
        // What is no text is no draft either.
        Err(e) if e.kind() == std::io::ErrorKind::InvalidData => Err(other()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => {
            let says = format!("Cannot read {}: {e}; it was not touched.", path.display());
            Err(ApiError::machine(path, &e, says))
        }
    }
}

/// Writes a draft into a file; what was edited there before stays.
pub fn write_draft(path: &Path, drafted: &Drafted, kept: Option<&str>) -> Result<(), ApiError> {
    let fresh = draft::markdown(&drafted.lines);
    let text = match kept {
        Some(kept) => draft::merge(&fresh, kept, &drafted.of),
        None => draft::sectioned(&fresh, &drafted.of),
    };
    save(path, &text)
}

/// Writes a file whole or not at all: through a link to where it leads, for its owner alone where it is new, with its own
/// mode where it is not.
fn save(path: &Path, text: &str) -> Result<(), ApiError> {
    let says = |why: &dyn std::fmt::Display| {
        format!(
            "Cannot write {}: {why}; what was there before is untouched.",
            path.display()
        )
    };
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mode = match std::fs::metadata(&target) {
        Ok(meta) if meta.permissions().mode() & 0o222 == 0 => {
            return Err(ApiError::User(says(&"it is read-only")));
        }
        Ok(meta) if meta.is_dir() => return Err(ApiError::User(says(&"it is a folder"))),
        Ok(meta) => meta.permissions().mode() & 0o777,
        Err(_) => 0o600,
    };
    let beside = target.with_extension("hotseat-new");
    let written =
        write_beside(&beside, text, mode).and_then(|()| std::fs::rename(&beside, &target));
    written.map_err(|e| {
        let _ = std::fs::remove_file(&beside);
        ApiError::machine(&target, &e, says(&e))
    })
}

fn write_beside(beside: &Path, text: &str, mode: u32) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::set_permissions(beside, std::fs::Permissions::from_mode(mode))
}
