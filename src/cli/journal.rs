//! The journal of writes: what was sent, what waits, what is in doubt, and what to do about it.

use super::Front;
use super::output::{json_lines, say};
use super::write::{self, Asked, Sending, print_outcomes};
use crate::domain::table::Column;
use crate::domain::{OpenProposal, Write, WriteKind, WriteState};
use crate::draft::columns::Moment;
use crate::session::{ApiError, Session, TargetRef, short_key};
use clap::{Args, Subcommand};

/// More than any journal holds.
const ALL: usize = 1_000_000;

/// What can be done with the journal.
#[derive(Subcommand)]
pub enum JournalCommand {
    /// Writes that are not settled; with --all, the last of all.
    List {
        /// Also those that are confirmed, refused or given up.
        #[arg(long)]
        all: bool,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// One write in full, with its exact request.
    Show {
        /// Its key, or the beginning of it.
        key: String,
    },
    /// Send what waits or is in doubt: one write, or all that are not settled.
    Retry {
        /// Its key, or the beginning of it; without one, all.
        key: Option<String>,
    },
    /// Give a write up: it is not sent any more.
    Discard {
        /// Its key, or the beginning of it.
        key: String,
        /// Without asking.
        #[arg(long)]
        yes: bool,
    },
    /// Take a confirmed write back, where the API has a way.
    Undo {
        /// Its key, or the beginning of it.
        write: String,
        /// How it is sent.
        #[command(flatten)]
        sending: Sending,
    },
    /// Turn an update that was not sent into a back-dated item of the timeline.
    Backdate {
        /// Its key, or the beginning of it.
        key: String,
    },
    /// Keep a note on this machine while incident.io cannot be reached.
    Note {
        /// What happened.
        text: String,
        /// When: 14:30, 10m ago; now where it is not given.
        #[arg(long)]
        at: Option<String>,
        /// How it is kept.
        #[command(flatten)]
        sending: Sending,
    },
    /// Put notes kept here on an incident's timeline, with their times.
    Attach {
        /// INC-123, 123 or an id.
        incident: String,
        /// Keys of the notes; without any, all.
        keys: Vec<String>,
    },
    /// Make one retrospective incident of the notes kept here.
    Retrospective(Retrospective),
    /// What agents on this machine propose and nobody has settled.
    Proposals,
    /// Every write as JSON, one a line.
    Export,
    /// Set a damaged journal aside and begin a new one with what can be read of it, held until you look.
    Rescue,
}

/// One incident of the notes kept here.
#[derive(Args)]
pub struct Retrospective {
    /// Its name.
    #[arg(long)]
    name: String,
    /// Its severity.
    #[arg(long)]
    severity: String,
    /// Its summary.
    #[arg(long)]
    summary: Option<String>,
    /// The status it begins in; without one, the organisation's own.
    #[arg(long)]
    status: Option<String>,
    /// How it is sent.
    #[command(flatten)]
    sending: Sending,
}

impl JournalCommand {
    /// Whether anything is asked of incident.io.
    pub fn asks(&self) -> bool {
        match self {
            Self::Retry { .. } | Self::Backdate { .. } | Self::Attach { .. } => true,
            Self::Undo { sending, .. } => sending.yes && !sending.dry_run,
            Self::Retrospective(_) => true,
            Self::List { .. } | Self::Show { .. } | Self::Discard { .. } => false,
            Self::Note { .. } | Self::Proposals | Self::Export | Self::Rescue => false,
        }
    }
}

const COLUMNS: &[Column<Write, Moment>] = &[
    ("key", |w, _| short_key(&w.key).into()),
    ("state", |w, _| w.standing()),
    ("recorded ({zone})", |w, by| by.clock(w.recorded)),
    ("what", |w, _| w.what.clone()),
    ("said", |w, _| w.said.clone()),
];

const PROPOSED: &[Column<OpenProposal, Moment>] = &[
    ("by", |p, _| p.by.clone()),
    ("what", |p, _| p.what.clone()),
    ("until ({zone})", |p, by| by.clock(p.expires)),
];

/// Runs one of them.
pub async fn run(front: &Front, command: JournalCommand) -> Result<(), ApiError> {
    let session = &front.session;
    let done = match command {
        JournalCommand::List { all: true, limit } => {
            return front.list(&session.journal(limit).await?, COLUMNS);
        }
        JournalCommand::List { .. } => return front.list(&session.open_writes().await?, COLUMNS),
        JournalCommand::Proposals => return front.list(&session.proposals().await?, PROPOSED),
        JournalCommand::Show { key } => return show(front, &session.find_write(&key).await?),
        JournalCommand::Export => return say(&json_lines(&session.journal(ALL).await?)),
        JournalCommand::Rescue => return rescue(front).await,
        JournalCommand::Discard { key, yes } => return discard(session, &key, yes).await,
        JournalCommand::Note { text, at, sending } => {
            let note = Asked::new(WriteKind::LocalNote, TargetRef::Nothing, sending)
                .given("title", Some(text))
                .given("time", at);
            return write::run(front, note).await;
        }
        JournalCommand::Retrospective(asked) => return retrospective(front, asked).await,
        JournalCommand::Undo { write, sending } => {
            let key = session.find_write(&write).await?.key;
            let back = session.undo_of(&key).await?;
            if sending.dry_run {
                return write::show(&[back]);
            }
            refuse_unless(sending.yes, &back, "was not sent")?;
            session.send(vec![back], &[]).await
        }
        JournalCommand::Retry { key: None } => match session.retry_all().await? {
            done if done.is_empty() => return say("Nothing waits.\n"),
            done => done,
        },
        JournalCommand::Retry { key: Some(key) } => {
            let key = session.find_write(&key).await?.key;
            vec![session.retry(&key).await?]
        }
        JournalCommand::Backdate { key } => {
            let key = session.find_write(&key).await?.key;
            vec![session.backdate(&key).await?]
        }
        JournalCommand::Attach { incident, keys } => {
            session.attach_notes_to(&incident, &keys).await?
        }
    };
    print_outcomes(front, done)
}

fn show(front: &Front, write: &Write) -> Result<(), ApiError> {
    let state = format!("{} {}", write.state.word(), write.said);
    let lines = [write.what.clone(), state, String::new(), write.request()];
    front.output.print(write, &lines)
}

async fn discard(session: &Session, key: &str, yes: bool) -> Result<(), ApiError> {
    let write = session.find_write(key).await?;
    let left = match write.state {
        WriteState::InDoubt => "may have happened; giving it up leaves it so",
        _ => "would not be sent",
    };
    refuse_unless(yes, &write, left)?;
    let write = session.discard(&write.key).await?;
    say(&format!("Given up: {}\n", write.what))
}

async fn rescue(front: &Front) -> Result<(), ApiError> {
    let done = front.session.rescue_journal().await?;
    front.output.print(&done, &done.lines())
}

/// What is done only with `--yes`.
fn refuse_unless(yes: bool, write: &Write, says: &str) -> Result<(), ApiError> {
    match yes {
        true => Ok(()),
        false => Err(ApiError::User(format!(
            "\"{}\" {says}; add --yes.",
            write.what
        ))),
    }
}

async fn retrospective(front: &Front, asked: Retrospective) -> Result<(), ApiError> {
    let keys = front.session.note_keys(&[]).await?.join(",");
    let asked = Asked::new(WriteKind::Declare, TargetRef::Nothing, asked.sending)
        .given("name", Some(asked.name))
        .given("severity", Some(asked.severity))
        .given("summary", asked.summary)
        .given("mode", Some("retrospective".into()))
        .given("notes", Some(keys))
        .given("status", asked.status);
    write::run(front, asked).await
}
