//! `draft`: a text drafted from what is recorded.

use super::Front;
use super::output::say;
use super::progress::during;
use super::write::show;
use crate::draft::{self, TextKind};
use crate::session::{ApiError, DraftRequest, Drafted, Session, kept_draft, plain_id, write_draft};
use clap::Args;
use std::path::{Path, PathBuf};

/// A text drafted from what is recorded.
#[derive(Args)]
pub struct Draft {
    /// What.
    #[arg(value_enum)]
    kind: TextKind,
    /// INC-123, 123 or an id.
    incident: String,
    /// Write it here; what was edited there before stays.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Investigate first and use what is found.
    #[arg(long)]
    investigate: bool,
    /// Import the post-mortem into incident.io (with --out, the file as it stands).
    #[arg(long)]
    import: bool,
    /// Print the request of --import instead of sending it.
    #[arg(long, requires = "import")]
    dry_run: bool,
    /// Import even where one was imported before.
    #[arg(long, requires = "import")]
    again: bool,
}

/// Drafts a text about an incident.
pub async fn run(front: &Front, asked: &Draft) -> Result<(), ApiError> {
    if asked.import && asked.kind != TextKind::PostMortem {
        return Err(ApiError::User("Only a post-mortem can be imported.".into()));
    }
    let request = DraftRequest {
        kind: asked.kind,
        incident: plain_id(&asked.incident)?.to_owned(),
        investigate: asked.investigate,
    };
    let drafted = during(&front.session, front.session.draft(&request)).await?;
    let file = asked.out.as_deref().filter(|p| *p != Path::new("-"));
    let kept = file.map(|path| kept_draft(path, &drafted.of)).transpose()?;
    let kept = kept.flatten();
    match file {
        _ if asked.import => import(&front.session, &drafted, kept.as_deref(), asked).await,
        Some(path) => {
            write_draft(path, &drafted, kept.as_deref())?;
            say(&format!("Written to {}.\n", path.display()))
        }
        None => {
            let text = draft::markdown(&drafted.lines);
            front.output.print_text(&drafted.lines, &text)
        }
    }
}

/// Imports a post-mortem; what is sent is the file as it stands, where there is one.
async fn import(
    session: &Session,
    drafted: &Drafted,
    kept: Option<&str>,
    asked: &Draft,
) -> Result<(), ApiError> {
    let text = kept.map_or_else(|| draft::markdown(&drafted.lines), draft::unmarked);
    let incident = &drafted.incident;
    if asked.dry_run {
        let write = session.import_of(incident, &text, asked.again)?;
        return show(&[write]);
    }
    let imported = session.import(incident, &text, asked.again).await?;
    say(&(imported.line(incident) + "\n"))
}
