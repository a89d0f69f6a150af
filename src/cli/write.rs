//! Every write as a command: asked for in words, shown or sent once, and what became of it.

use super::output::{ask, print_lines, say, tell};
use super::{Context, Front};
use crate::domain::time::Zone;
use crate::domain::{FieldGroup, Write, WriteKind, WriteState};
use crate::session::{ApiError, Outcome, Prepared, TargetRef, WriteRequest};
use serde_json::json;
use std::io::{BufRead, IsTerminal, Read};

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
                kind,
                about,
                fields: Vec::new(),
                named: Vec::new(),
                key: sending.key,
                dry_run: sending.dry_run,
                zone: Zone::UTC,
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
    fn read(mut self, context: &Context) -> Result<Self, ApiError> {
        self.request.zone = context.zone();
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
    let mut read = String::new();
    std::io::stdin()
        .read_to_string(&mut read)
        .map_err(|e| ApiError::User(format!("Cannot read standard input: {e}.")))?;
    Ok(read.trim_end().to_owned())
}

/// Does what was asked for, or shows it.
pub async fn run(front: &Front<'_>, asked: Asked) -> Result<(), ApiError> {
    let asked = asked.read(front.context)?;
    match front.session.prepare(&asked.request).await? {
        Prepared::Unchanged => print_lines(
            front.context.output,
            &json!({"state": "unchanged"}),
            &["Nothing to change: it is so already.".to_owned()],
        ),
        Prepared::Before(done) => print_outcomes(front.context, done),
        Prepared::Offline(recorded, says, error) => {
            tell_offline(&recorded, &says);
            Err(error)
        }
        Prepared::Ready(planned, notes) => {
            let writes: Vec<Write> = planned.iter().map(|p| p.write.clone()).collect();
            if asked.request.dry_run {
                return show(&writes);
            }
            if !asked.yes && !asked.request.kind.is_quick() {
                agree(planned.iter().flat_map(|p| &p.says))?;
            }
            print_outcomes(front.context, front.session.send(writes, &notes).await)
        }
    }
}

/// Keeps a note on this machine; nothing is asked of anybody.
pub async fn keep(front: &Front<'_>, asked: Asked) -> Result<(), ApiError> {
    let asked = asked.read(front.context)?;
    let planned = front.session.prepare_local(&asked.request).await?;
    let writes: Vec<Write> = planned.into_iter().map(|p| p.write).collect();
    if asked.request.dry_run {
        return show(&writes);
    }
    print_outcomes(front.context, front.session.send(writes, &[]).await)
}

/// The exact requests.
pub fn show(writes: &[Write]) -> Result<(), ApiError> {
    say(&writes
        .iter()
        .map(|w| w.request() + "\n")
        .collect::<String>())
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
    let mut answer = String::new();
    let _ = std::io::stdin().lock().read_line(&mut answer);
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(ApiError::User("Nothing was sent.".into()))
    }
}

/// Tells what became of writes; the first that is not confirmed is the error.
pub fn print_outcomes(context: &Context, done: Vec<Outcome>) -> Result<(), ApiError> {
    let json: Vec<_> = done
        .iter()
        .map(|o| json!({"what": o.write.what, "state": o.write.state, "id": o.write.result, "key": o.write.key, "before": o.before, "said": o.write.said}))
        .collect();
    let lines: Vec<String> = done.iter().map(outcome_line).collect();
    let failed = done.into_iter().find_map(|o| Some((o.error?, o.recorded)));
    if failed.is_none() || json.len() > 1 {
        let whole = match &json[..] {
            [one] => one.clone(),
            all => json!(all),
        };
        print_lines(context.output, &whole, &lines)?;
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

fn outcome_line(o: &Outcome) -> String {
    let what = &o.write.what;
    match (o.write.state, o.before) {
        (WriteState::Confirmed, true) => {
            format!("Sent before, not again: {what}. --key with another key sends it again.")
        }
        (WriteState::Confirmed, false) => match &o.write.result {
            Some(id) => format!("Done: {what} ({id})"),
            None => format!("Done: {what}"),
        },
        _ if o.write.is_local() => format!("Kept here: {what}"),
        (state, _) => format!("{}: {what} {}", state.word(), o.write.said),
    }
}
