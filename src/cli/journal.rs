//! The journal of writes: what was sent, what waits, what is in doubt, and what to do about it.

use super::about::TargetRef;
use super::output::{print, print_lines, say};
use super::write::{Sending, WriteRequest, told};
use super::{Context, investigate};
use crate::domain::{Write, digest};
use crate::incidentio::{ApiError, Client};
use crate::ops::{self, Outbox, Transports};
use crate::writes::WriteKind;
use chrono::Utc;
use clap::Subcommand;

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
    Retrospective {
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
    },
    /// Every write as JSON, one a line.
    Export,
}

/// Runs one of them.
pub async fn run(context: &Context, command: JournalCommand) -> Result<(), ApiError> {
    let outbox = investigate::open_outbox(context)?;
    let may_send = || {
        if context.config.read_only {
            Err(ApiError::User("Read-only mode: nothing is sent.".into()))
        } else {
            context.client()
        }
    };
    match command {
        JournalCommand::List { all, limit } => {
            let writes: Vec<Write> = if all {
                outbox.list(limit).await?
            } else {
                outbox.open_writes().await?
            };
            let zone = context.zone();
            let rows: Vec<Vec<String>> = writes
                .iter()
                .map(|w| {
                    let state = match (w.path.as_str(), w.on_hold && !w.state.is_settled()) {
                        (crate::writes::LOCAL, true) => "kept here".to_owned(),
                        (_, true) => format!("{}, held", w.state.word()),
                        _ => w.state.word().to_owned(),
                    };
                    vec![
                        short(&w.key).into(),
                        state,
                        zone.day_clock(context.config.clock.now(), w.recorded),
                        w.what.clone(),
                        w.said.clone(),
                    ]
                })
                .collect();
            print(
                context.output,
                &writes,
                &["key", "state", "recorded", "what", "said"],
                &rows,
            )
        }
        JournalCommand::Show { key } => {
            let write = found(&outbox, &key).await?;
            let lines = vec![
                write.what.clone(),
                format!("{} {}", write.state.word(), write.said),
                String::new(),
                write.request(),
            ];
            print_lines(context.output, &write, &lines)
        }
        JournalCommand::Retry { key: Some(key) } => {
            let client = may_send()?;
            let key = found(&outbox, &key).await?.key;
            told(
                context,
                vec![
                    outbox
                        .retry(
                            Transports {
                                client: &client,
                                slack: None,
                            },
                            &key,
                        )
                        .await?,
                ],
            )
        }
        JournalCommand::Retry { key: None } => retry_all(context, &outbox, &*may_send()?).await,
        JournalCommand::Discard { key, yes } => {
            let write = found(&outbox, &key).await?;
            if !yes {
                let what = if write.state == crate::domain::WriteState::InDoubt {
                    "may have happened; giving it up leaves it so"
                } else {
                    "would not be sent"
                };
                return Err(ApiError::User(format!(
                    "\"{}\" {what}; add --yes.",
                    write.what
                )));
            }
            let write = outbox.discard(&write.key).await?;
            say(&format!("Given up: {}\n", write.what))
        }
        JournalCommand::Undo { write, sending } => undo(context, &outbox, &write, &sending).await,
        JournalCommand::Backdate { key } => {
            let client = may_send()?;
            let key = found(&outbox, &key).await?.key;
            told(
                context,
                vec![
                    ops::backdate(
                        &outbox,
                        Transports {
                            client: &client,
                            slack: None,
                        },
                        &key,
                    )
                    .await?,
                ],
            )
        }
        JournalCommand::Note { text, at, sending } => {
            let asked = WriteRequest::new(
                WriteKind::LocalNote,
                TargetRef::Nothing,
                &[("title", Some(&text)), ("time", at.as_deref())],
                &Sending {
                    yes: true,
                    ..sending
                },
            );
            super::write::keep(context, &outbox, asked).await
        }
        JournalCommand::Attach { incident, keys } => {
            let client = may_send()?;
            let incident = client.incident(&incident).await?;
            let keys = note_keys(&outbox, &keys).await?;
            let way = Transports {
                client: &client,
                slack: None,
            };
            told(
                context,
                ops::attach_notes(
                    &outbox,
                    way,
                    incident.row.id.as_str(),
                    !ops::is_kept(&incident),
                    &keys,
                )
                .await?,
            )
        }
        JournalCommand::Retrospective {
            name,
            severity,
            summary,
            status,
            sending,
        } => {
            let client = may_send()?;
            let keys = note_keys(&outbox, &[]).await?.join(",");
            let fields = [
                ("name", Some(name.as_str())),
                ("severity", Some(severity.as_str())),
                ("summary", summary.as_deref()),
                ("mode", Some("retrospective")),
                ("notes", Some(keys.as_str())),
                ("status", status.as_deref()),
            ];
            super::write::run(
                context,
                &client,
                WriteRequest::new(WriteKind::Declare, TargetRef::Nothing, &fields, &sending),
            )
            .await
        }
        JournalCommand::Export => {
            let all = outbox.list(1_000_000).await?;
            say(&all
                .iter()
                .map(|w| serde_json::to_string(w).unwrap_or_default() + "\n")
                .collect::<String>())
        }
    }
}

/// Sends everything that is not settled, in order; says of each what became of it.
async fn retry_all(context: &Context, outbox: &Outbox, client: &Client) -> Result<(), ApiError> {
    let mut done = Vec::new();
    for write in outbox
        .open_writes()
        .await?
        .into_iter()
        .filter(|w| w.path != crate::writes::LOCAL)
    {
        // A write before it in its timeline may have settled it, or may hold it up.
        if outbox.find(&write.key).await?.state.is_settled() {
            continue;
        }
        done.push(
            outbox
                .retry(
                    Transports {
                        client,
                        slack: None,
                    },
                    &write.key,
                )
                .await?,
        );
    }
    if done.is_empty() {
        return say("Nothing waits.\n");
    }
    told(context, done)
}

async fn undo(
    context: &Context,
    outbox: &Outbox,
    key: &str,
    sending: &Sending,
) -> Result<(), ApiError> {
    let write = found(outbox, key).await?;
    let back = write
        .undone(fresh_key(&["undo", &write.key]), context.config.clock.now())
        .map_err(ApiError::User)?;
    if sending.dry_run {
        return say(&(back.request() + "\n"));
    }
    if context.config.read_only {
        return Err(ApiError::User("Read-only mode: nothing is sent.".into()));
    }
    if !sending.yes {
        return Err(ApiError::User(format!(
            "\"{}\" was not sent; add --yes.",
            back.what
        )));
    }
    let client = context.client()?;
    told(
        context,
        vec![
            outbox
                .send(
                    Transports {
                        client: &client,
                        slack: None,
                    },
                    back,
                )
                .await?,
        ],
    )
}

async fn note_keys(outbox: &Outbox, wanted: &[String]) -> Result<Vec<String>, ApiError> {
    let all: Vec<String> = ops::local_notes(outbox)
        .await?
        .into_iter()
        .map(|w| w.key)
        .collect();
    if all.is_empty() {
        return Err(ApiError::User(
            "No note is kept here; hotseat journal note keeps one.".into(),
        ));
    }
    let fits = |key: &String| {
        wanted.is_empty()
            || wanted
                .iter()
                .any(|w| key == w || short(key).starts_with(w.as_str()))
    };
    Ok(all.into_iter().filter(fits).collect())
}

/// A write by its key or the beginning of it.
async fn found(outbox: &Outbox, key: &str) -> Result<Write, ApiError> {
    let all = outbox.list(1_000_000).await?;
    let fits: Vec<&Write> = all
        .iter()
        .filter(|w| w.key == key || (key.len() >= 4 && short(&w.key).starts_with(key)))
        .collect();
    match fits[..] {
        [one] => Ok(one.clone()),
        [] => Err(ApiError::User(format!(
            "There is no write {key}; hotseat journal list --all shows them."
        ))),
        _ => Err(ApiError::User(format!(
            "Several writes begin with {key}; give more of it."
        ))),
    }
}

/// The beginning of a key: enough to name a write by.
fn short(key: &str) -> &str {
    key.strip_prefix("hotseat-")
        .map_or(key, |rest| &rest[..rest.len().min(8)])
}

/// The key of a request that is made anew each time, such as an undo.
fn fresh_key(parts: &[&str]) -> String {
    let nonce = format!(
        "{} {}",
        Utc::now().timestamp_nanos_opt().unwrap_or_default(),
        std::process::id()
    );
    let mut all = parts.to_vec();
    all.push(&nonce);
    digest(&all)
}
