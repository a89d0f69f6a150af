//! The journal of writes: what was sent, what waits, what is in doubt, and what to do about it.

use super::output::{print_json_lines, print_lines, say};
use super::write::{self, Asked, Sending, print_outcomes, show};
use super::{Context, Front};
use crate::domain::{Write, WriteKind, WriteState};
use crate::session::{ApiError, Session, TargetRef, short_key};
use clap::{Args, Subcommand};
use serde_json::json;

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
    fn asks(&self) -> bool {
        match self {
            Self::Retry { .. } | Self::Backdate { .. } | Self::Attach { .. } => true,
            Self::Undo { sending, .. } => sending.yes && !sending.dry_run,
            Self::Retrospective(_) => true,
            Self::List { .. } | Self::Show { .. } | Self::Discard { .. } => false,
            Self::Note { .. } | Self::Export | Self::Rescue => false,
        }
    }
}

/// Runs one of them.
pub async fn run(context: &Context, command: JournalCommand) -> Result<(), ApiError> {
    // What lies here can be looked at without a key.
    let session = &match command.asks() {
        true => context.session()?,
        false => context.local_session()?,
    };
    let front = &Front { context, session };
    match command {
        JournalCommand::List { all, limit } => list(front, all, limit).await,
        JournalCommand::Show { key } => {
            let write = session.find_write(&key).await?;
            let lines = vec![
                write.what.clone(),
                format!("{} {}", write.state.word(), write.said),
                String::new(),
                write.request(),
            ];
            print_lines(context.output, &write, &lines)
        }
        JournalCommand::Retry { key: Some(key) } => {
            let key = session.find_write(&key).await?.key;
            print_outcomes(context, vec![session.retry(&key).await?])
        }
        JournalCommand::Retry { key: None } => match session.retry_all().await? {
            done if done.is_empty() => say("Nothing waits.\n"),
            done => print_outcomes(context, done),
        },
        JournalCommand::Discard { key, yes } => discard(session, &key, yes).await,
        JournalCommand::Undo { write, sending } => undo(front, &write, &sending).await,
        JournalCommand::Backdate { key } => {
            let key = session.find_write(&key).await?.key;
            print_outcomes(context, vec![session.backdate(&key).await?])
        }
        JournalCommand::Note { text, at, sending } => {
            let sending = Sending {
                yes: true,
                ..sending
            };
            let asked = Asked::new(WriteKind::LocalNote, TargetRef::Nothing, sending)
                .given("title", Some(text))
                .given("time", at);
            write::keep(front, asked).await
        }
        JournalCommand::Attach { incident, keys } => {
            print_outcomes(context, session.attach_notes_to(&incident, &keys).await?)
        }
        JournalCommand::Retrospective(asked) => retrospective(front, asked).await,
        JournalCommand::Export => print_json_lines(&session.journal(ALL).await?),
        JournalCommand::Rescue => rescue(front).await,
    }
}

async fn list(front: &Front<'_>, all: bool, limit: usize) -> Result<(), ApiError> {
    let writes = match all {
        true => front.session.journal(limit).await?,
        false => front.session.open_writes().await?,
    };
    let (now, zone) = front.clock();
    front
        .table(&writes)
        .column("key", |w| short_key(&w.key).into())
        .column("state", state)
        .column("recorded", |w| zone.day_clock(now, w.recorded))
        .column("what", |w| w.what.clone())
        .column("said", |w| w.said.clone())
        .print()
}

fn state(w: &Write) -> String {
    let word = w.state.word();
    match w.on_hold && !w.state.is_settled() {
        true if w.is_local() => "kept here".to_owned(),
        true => format!("{word}, held"),
        false => word.to_owned(),
    }
}

async fn discard(session: &Session, key: &str, yes: bool) -> Result<(), ApiError> {
    let write = session.find_write(key).await?;
    if !yes {
        let what = if write.state == WriteState::InDoubt {
            "may have happened; giving it up leaves it so"
        } else {
            "would not be sent"
        };
        return Err(ApiError::User(format!(
            "\"{}\" {what}; add --yes.",
            write.what
        )));
    }
    let write = session.discard(&write.key).await?;
    say(&format!("Given up: {}\n", write.what))
}

async fn rescue(front: &Front<'_>) -> Result<(), ApiError> {
    let done = front.session.rescue_journal().await?;
    let aside = done.aside.display();
    let json = json!({"read": done.read, "held": done.held, "unreadable": done.unreadable, "aside": done.aside});
    let lines = [
        format!("The old journal is {aside}. A new one has what could be read of it:"),
        format!("{} writes; {} of them were not settled and are held until you have looked.", done.read, done.held),
        format!("{} rows could not be read.", done.unreadable),
        "`hotseat journal list` shows what is held, `hotseat journal retry KEY` sends it. Start consoles that are open again.".into(),
    ];
    print_lines(front.context.output, &json, &lines)
}

async fn undo(front: &Front<'_>, key: &str, sending: &Sending) -> Result<(), ApiError> {
    let key = front.session.find_write(key).await?.key;
    let back = front.session.undo_of(&key).await?;
    if sending.dry_run {
        return show(&[back]);
    }
    if !sending.yes {
        return Err(ApiError::User(format!(
            "\"{}\" was not sent; add --yes.",
            back.what
        )));
    }
    print_outcomes(front.context, front.session.send(vec![back], &[]).await)
}

async fn retrospective(front: &Front<'_>, asked: Retrospective) -> Result<(), ApiError> {
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
