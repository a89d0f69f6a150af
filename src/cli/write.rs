//! Every write as a command: asked for in words, shown or sent once, and what became of it.

use super::Front;
use super::output::{answer, ask, say, tell};
use crate::domain::time::Zone;
use crate::domain::{FieldGroup, Write, WriteKind};
use crate::session::{ApiError, Outcome, Prepared, TargetRef, WriteRequest};
use serde_json::json;
use std::io::IsTerminal;

/// How a write is sent.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Sending {
    /// Print the exact request and send nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Send without asking.
    #[arg(long)]
    pub yes: bool,
    /// The idempotency key; without one it follows from what is written, so that a script that runs twice writes once.
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
}

/// A write as it was asked for, and whether it is sent without asking back.
pub struct Asked {
    /// What.
    pub request: WriteRequest,
    yes: bool,
}

impl Asked {
    /// A write with nothing filled in; what is not filled in stays as it is.
    pub fn new(kind: WriteKind, about: TargetRef, sending: Sending) -> Self {
        Self {
            request: WriteRequest {
                key: sending.key,
                dry_run: sending.dry_run,
                ..WriteRequest::new(kind, about)
            },
            yes: sending.yes,
        }
    }

    /// A field where a value is given.
    pub fn given(mut self, id: &str, value: Option<String>) -> Self {
        let field = value.map(|value| (id.to_owned(), value));
        self.request.fields.extend(field);
        self
    }

    /// Fields by the names the organisation gave them.
    pub fn named(mut self, group: FieldGroup, all: impl IntoIterator<Item = String>) -> Self {
        let pairs = all.into_iter().map(|pair| (group, pair));
        self.request.named.extend(pairs);
        self
    }

    /// The same in the user's zone, with what stands on standard input where `-` was given.
    fn read(mut self, zone: Zone) -> Result<Self, ApiError> {
        self.request.zone = zone;
        for (_, value) in &mut self.request.fields {
            if value == "-" {
                *value = standard_input()?;
            }
        }
        for (_, pair) in &mut self.request.named {
            if let Some(name) = pair.strip_suffix("=-") {
                *pair = format!("{name}={}", standard_input()?);
            }
        }
        Ok(self)
    }
}

fn standard_input() -> Result<String, ApiError> {
    let read = std::io::read_to_string(std::io::stdin())
        .map_err(|e| ApiError::User(format!("Cannot read standard input: {e}.")))?;
    Ok(read.trim_end().to_owned())
}

/// Does what was asked for, or shows it.
pub async fn run(front: &Front, asked: Asked) -> Result<(), ApiError> {
    let asked = asked.read(front.zone)?;
    match front.session.prepare(&asked.request).await? {
        Prepared::Unchanged => front.output.print(
            &json!({"state": "unchanged"}),
            &["Nothing to change: it is so already.".to_owned()],
        ),
        Prepared::Before(done) => print_outcomes(front, done),
        Prepared::Offline(recorded, says, error) => {
            tell_offline(&recorded, &says);
            Err(error)
        }
        Prepared::Ready {
            planned,
            notes,
            unread,
        } => {
            unread.iter().for_each(|says| tell(says));
            let writes: Vec<Write> = planned.iter().map(|p| p.write.clone()).collect();
            if asked.request.dry_run {
                return show(&writes);
            }
            let kind = asked.request.kind;
            if !(asked.yes || kind.is_quick() || kind.is_local()) {
                agree(planned.iter().flat_map(|p| &p.says))?;
            }
            print_outcomes(front, front.session.send(writes, &notes).await)
        }
    }
}

/// The exact requests.
pub fn show(writes: &[Write]) -> Result<(), ApiError> {
    let requests = writes.iter().map(|w| w.request() + "\n");
    say(&requests.collect::<String>())
}

fn tell_offline(recorded: &[Write], says: &str) {
    if !says.is_empty() {
        tell(says);
    }
    for write in recorded {
        tell(&format!(
            "Recorded here, not sent: {}. `hotseat journal list` shows it, `hotseat journal retry` sends it.",
            write.what
        ));
    }
}

/// Asks on a terminal; elsewhere nothing is sent without `--yes`.
fn agree<'a>(says: impl Iterator<Item = &'a String>) -> Result<(), ApiError> {
    let not = "Nothing was sent: add --yes to send, or --dry-run to see the exact request.";
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(ApiError::User(not.into()));
    }
    says.for_each(|line| tell(line));
    ask("Send this? [y/N] ");
    match answer().as_deref() {
        Some("y" | "Y" | "yes") => Ok(()),
        _ => Err(ApiError::User("Nothing was sent.".into())),
    }
}

/// Tells what became of writes; the first that is not confirmed is the error.
pub fn print_outcomes(front: &Front, done: Vec<Outcome>) -> Result<(), ApiError> {
    let json: Vec<_> = done.iter().map(Outcome::json).collect();
    let lines: Vec<String> = done.iter().map(Outcome::line).collect();
    let failed = done.into_iter().find_map(|o| Some((o.error?, o.recorded)));
    if failed.is_none() || json.len() > 1 {
        let whole = match &json[..] {
            [one] => one.clone(),
            all => json!(all),
        };
        front.output.print(&whole, &lines)?;
    }
    let Some((error, recorded)) = failed else {
        return Ok(());
    };
    if recorded && error.is_outage() {
        tell(
            "It is in the journal: `hotseat journal list` shows it, `hotseat journal retry` sends it.",
        );
    }
    Err(error)
}
