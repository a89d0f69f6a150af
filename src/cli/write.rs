//! Every write as a command: the same forms as in the console, filled from arguments, shown or sent once.

use super::Context;
use super::about::{TargetRef, already_done, subject};
use super::output::{print_lines, say};
use crate::domain::{
    CatalogGraph, FieldGroup, FormOptions, IncidentSummary, Instant, Org, Person, Reading,
    Schedule, Write, WriteState, digest,
};
use crate::incidentio::{ApiError, Client};
use crate::ops::{self, Outbox, Outcome, Transports};
use crate::store::Store;
use crate::writes::{self, Form, FormContext, Planned, Subject, WriteKind};
use chrono::Utc;
use clap::Args;
use serde_json::json;
use std::io::{BufRead, IsTerminal, Read};
use std::sync::Arc;

/// How a write is sent.
#[derive(Args, Clone, Debug, Default)]
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

/// A write as it was request for.
pub struct WriteRequest {
    /// What kind.
    pub kind: WriteKind,
    /// TargetRef what.
    pub about: TargetRef,
    /// Fields by id, as typed.
    pub fields: Vec<(String, String)>,
    /// Fields by the name the organisation gave them, `Name=Value`.
    pub named: Vec<(FieldGroup, String)>,
    /// How.
    pub sending: Sending,
}

impl WriteRequest {
    /// The same with what stands on standard input where `-` was given.
    fn read(mut self) -> Result<Self, ApiError> {
        for (_, value) in &mut self.fields {
            *value = text(value)?;
        }
        for (_, pair) in &mut self.named {
            if let Some(name) = pair.strip_suffix("=-") {
                *pair = format!("{name}={}", text("-")?);
            }
        }
        Ok(self)
    }

    /// Whether only a status or a severity was request for.
    fn only_moves(&self) -> bool {
        let given: Vec<&str> = self
            .fields
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(id, _)| id.as_str())
            .collect();
        self.kind == WriteKind::Update
            && !given.is_empty()
            && given.iter().all(|id| matches!(*id, "status" | "severity"))
    }

    /// A write with its fields; those not given stay as they are.
    pub fn new(
        kind: WriteKind,
        about: TargetRef,
        fields: &[(&str, Option<&str>)],
        sending: &Sending,
    ) -> Self {
        let fields = fields
            .iter()
            .filter_map(|(id, value)| Some(((*id).to_owned(), (*value)?.to_owned())))
            .collect();
        Self {
            kind,
            about,
            fields,
            named: Vec::new(),
            sending: sending.clone(),
        }
    }
}

/// What is known about the organisation, as far as a kind of write needs it.
#[derive(Default)]
pub struct Known {
    org: Org,
    pub(super) graph: CatalogGraph,
    form_options: FormOptions,
    pub(super) schedules: Vec<Schedule>,
    pub(super) rows: Vec<Arc<IncidentSummary>>,
    local: Vec<Write>,
    me: Option<Person>,
}

impl Known {
    async fn of(
        context: &Context,
        client: &Client,
        request: &WriteRequest,
        outbox: &Outbox,
    ) -> Result<Self, ApiError> {
        let kind = request.kind;
        // What is not named costs no request: a note needs none of the organisation's words, an assignee its people.
        let names = |fields: &[&str]| {
            request
                .fields
                .iter()
                .any(|(id, value)| fields.contains(&id.as_str()) && !value.is_empty())
        };
        let reads = |reading| kind.needs(reading, names);
        let org = if reads(Reading::Words) {
            ops::org(client).await?
        } else {
            Org::default()
        };
        let named = org
            .person(&context.config.me)
            .or_else(|| org.person(&org.identity.name))
            .cloned();
        if let Some(why) = kind.obstacle(context.config.read_only, &org.identity) {
            return Err(ApiError::User(format!("Nothing is sent: {why}.")));
        }
        let notes = if request.fields.iter().any(|(id, _)| id == "notes") {
            ops::local_notes(outbox).await?
        } else {
            Vec::new()
        };
        Ok(Self {
            graph: if reads(Reading::Catalog) {
                ops::catalog(client).await?
            } else {
                CatalogGraph::default()
            },
            form_options: if reads(Reading::Options) {
                ops::form_options(client).await
            } else {
                FormOptions::default()
            },
            schedules: if reads(Reading::Schedules) {
                ops::schedules(client).await?
            } else {
                Vec::new()
            },
            rows: if reads(Reading::OpenIncidents) {
                ops::open_incidents(client)
                    .await?
                    .into_iter()
                    .map(|i| Arc::new(i.row))
                    .collect()
            } else {
                Vec::new()
            },
            local: notes,
            me: named,
            org,
        })
    }

    fn facts(&self, context: &Context, now: Instant) -> FormContext<'_> {
        FormContext {
            now,
            zone: context.zone(),
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

/// Does what was request for, or shows it.
pub async fn run(
    context: &Context,
    client: &Client,
    request: WriteRequest,
) -> Result<(), ApiError> {
    if context.config.read_only && !request.sending.dry_run {
        return Err(ApiError::User("Read-only mode: nothing is sent.".into()));
    }
    let request = request.read()?;
    let outbox = super::investigate::open_outbox(context)?;
    let mut known = match Known::of(context, client, &request, &outbox).await {
        Err(e) if is_outage(&e) => return offline(context, &outbox, request, e).await,
        known => known?,
    };
    let subject = match subject(client, &mut known, &request).await {
        Err(e) if is_outage(&e) => return offline(context, &outbox, request, e).await,
        subject => subject?,
    };
    let now = Utc::now() + client.ahead();
    if already_done(request.kind, &subject) {
        return unchanged(context);
    }
    let form = filled(&request, subject, &known.facts(context, now))?;
    let about = form.subjects.first().map(Subject::id);
    if let Err(wrong) = form.plan(now, "")
        && (wrong.iter().all(|(_, why)| why == writes::UNCHANGED) || request.only_moves())
    {
        // It may be so because an earlier run was broken off after it did it: then that one is settled now.
        for open in outbox
            .open_writes()
            .await?
            .into_iter()
            .filter(|w| !w.on_hold && w.target == about)
        {
            outbox
                .retry(
                    Transports {
                        client,
                        slack: None,
                    },
                    &open.key,
                )
                .await?;
        }
        return unchanged(context);
    }
    let mut planned = sealed(&request, &form, now)?;
    for one in &mut planned {
        settle_key(client, &outbox, &request, &mut one.write).await?;
        if let Some(id) = made_before(client, &request, &one.write).await? {
            let write = Write {
                state: WriteState::Confirmed,
                result: Some(id),
                ..one.write.clone()
            };
            return told(
                context,
                vec![Outcome {
                    write,
                    before: true,
                    error: None,
                }],
            );
        }
    }
    let notes = form
        .field("notes")
        .map(|f| f.value.clone())
        .unwrap_or_default();
    finish(context, Some(client), &outbox, planned, notes, &request).await
}

fn unchanged(context: &Context) -> Result<(), ApiError> {
    print_lines(
        context.output,
        &json!({"state": "unchanged"}),
        &["Nothing to change: it is so already.".to_owned()],
    )
}

/// The key a write goes out under, where the journal knows something of it.
async fn settle_key(
    client: &Client,
    outbox: &Outbox,
    request: &WriteRequest,
    write: &mut Write,
) -> Result<(), ApiError> {
    if request.sending.key.is_some() {
        // One key is one write: another one under it would be dropped unseen.
        return match outbox.find(&write.key).await {
            Ok(known) if !same_write(&known, write) => Err(ApiError::User(format!(
                "The key was used for another write: {}. Give another one.",
                known.what.trim_end_matches('.')
            ))),
            _ => Ok(()),
        };
    }
    if !request.kind.makes() {
        // A script that was broken off asks for the same state again: what is still open is that write, not another one.
        let open = outbox.open_writes().await?;
        let same =
            |w: &&Write| (&w.method, &w.path, &w.body) == (&write.method, &write.path, &write.body);
        if let Some(known) = open.iter().find(same) {
            write.key.clone_from(&known.key);
        }
    }
    // A page that is over does not stand for a new one of the same words.
    while request.kind == WriteKind::Page
        && let Ok(known) = outbox.find(&write.key).await
        && known.state == WriteState::Confirmed
        && let Some(id) = &known.result
        && client
            .escalation(id)
            .await
            .is_ok_and(|e| matches!(e.status.as_str(), "resolved" | "cancelled" | "expired"))
    {
        let again = digest(&[&write.key, "again"]);
        write.rekey(&again);
    }
    Ok(())
}

/// Whether two writes are the same but for the times that were reckoned from now.
fn same_write(a: &Write, b: &Write) -> bool {
    let plain = |w: &Write| {
        let mut body = w.body.clone();
        if let Some(body) = body.as_object_mut() {
            ["timestamp", "start_at", "end_at"]
                .iter()
                .for_each(|key| drop(body.remove(*key)));
        }
        body
    };
    (&a.kind, &a.method, &a.path) == (&b.kind, &b.method, &b.path) && plain(a) == plain(b)
}

/// Nothing of a private incident is remembered here from one run to the next: what would be made is looked for first.
async fn made_before(
    client: &Client,
    request: &WriteRequest,
    write: &Write,
) -> Result<Option<String>, ApiError> {
    if !write.private || request.sending.dry_run {
        return Ok(None);
    }
    Ok(ops::alike(client, &write.verification)
        .await?
        .into_iter()
        .next())
}

/// Keeps a note on this machine; nothing is request of anybody.
pub async fn keep(
    context: &Context,
    outbox: &Outbox,
    request: WriteRequest,
) -> Result<(), ApiError> {
    let known = Known::default();
    let now = Utc::now();
    let form = filled(&request, Subject::Nothing, &known.facts(context, now))?;
    // Two notes of the same words at different minutes are two notes.
    let minute = if request.fields.iter().any(|(id, _)| id == "time") {
        String::new()
    } else {
        now.timestamp().div_euclid(60).to_string()
    };
    let planned = form
        .plan(now, &minute)
        .map_err(|wrong| ApiError::User(sentence(&wrong[0].1)))?;
    finish(context, None, outbox, planned, Vec::new(), &request).await
}

/// Whether nothing can be request at all.
fn is_outage(e: &ApiError) -> bool {
    matches!(
        e,
        ApiError::Network { .. } | ApiError::NotJson { .. } | ApiError::Http { status: 500.., .. }
    )
}

/// The platform cannot be reached: a note or an update is recorded with its time, on the incident where the cache knows it.
async fn offline(
    context: &Context,
    outbox: &Outbox,
    request: WriteRequest,
    error: ApiError,
) -> Result<(), ApiError> {
    let TargetRef::Incident(reference) = &request.about else {
        eprintln!("Nothing was sent and nothing is kept.");
        return Err(error);
    };
    if !request.kind.spec().recorded_offline || request.sending.dry_run {
        eprintln!("Nothing was sent and nothing is kept.");
        return Err(error);
    }
    let names = |field: &str| {
        request
            .fields
            .iter()
            .any(|(id, value)| id == field && !value.is_empty())
    };
    if names("status") || names("severity") {
        eprintln!(
            "Nothing was sent and nothing is kept: a status or a severity cannot be looked up now. The message alone would be kept."
        );
        return Err(error);
    }
    let cached = super::start::cache_path(context)
        .and_then(|path| Store::open(&path).ok())
        .and_then(|(store, _)| {
            let rows = store.rows(false).ok()?;
            let row = rows.iter().find(|r| {
                r.reference.eq_ignore_ascii_case(reference) || r.id.as_str() == reference
            })?;
            store.incident(&row.id).ok().flatten()
        });
    let Some(incident) = cached else {
        // It may be private: of those nothing goes to disk.
        eprintln!(
            "Nothing was sent and nothing is kept: {reference} is not known on this machine, and may be private. `hotseat journal note TEXT` keeps a note all the same."
        );
        return Err(error);
    };
    let (known, now) = (Known::default(), Utc::now());
    let form = filled(
        &request,
        Subject::Incident(Box::new(incident)),
        &known.facts(context, now),
    )?;
    for one in sealed(&request, &form, now)? {
        outbox.record(&one.write).await?;
        eprintln!(
            "Recorded here, not sent: {}. `hotseat journal list` shows it, `hotseat journal retry` sends it.",
            one.write.what
        );
    }
    Err(error)
}

/// The form with what was typed in it.
fn filled(
    request: &WriteRequest,
    subject: Subject,
    facts: &FormContext<'_>,
) -> Result<Form, ApiError> {
    let subjects = if subject == Subject::Nothing {
        Vec::new()
    } else {
        vec![subject]
    };
    let mut form = writes::open(request.kind, subjects, facts).map_err(ApiError::User)?;
    for (id, value) in &request.fields {
        form.set(id.as_str(), value)
            .map_err(|e| ApiError::User(sentence(&e)))?;
    }
    for (group, pair) in &request.named {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| ApiError::User(format!("\"{pair}\" must be NAME=VALUE.")))?;
        let fits = |f: &&writes::Field| {
            f.id.group() == Some(*group) && f.label.eq_ignore_ascii_case(name.trim())
        };
        let id = form.fields.iter().find(fits).map(|f| f.id.clone());
        let names: Vec<&str> = form
            .fields
            .iter()
            .filter(|f| f.id.group() == Some(*group))
            .map(|f| f.label.as_str())
            .collect();
        let id = id.ok_or_else(|| {
            ApiError::User(format!(
                "There is no \"{}\"; there are {}.",
                name.trim(),
                names.join(", ")
            ))
        })?;
        form.set(&id, value)
            .map_err(|e| ApiError::User(sentence(&e)))?;
    }
    Ok(form)
}

/// A value; `-` reads it from standard input.
fn text(value: &str) -> Result<String, ApiError> {
    if value != "-" {
        return Ok(value.to_owned());
    }
    let mut read = String::new();
    std::io::stdin()
        .read_to_string(&mut read)
        .map_err(|e| ApiError::User(format!("Cannot read standard input: {e}.")))?;
    Ok(read.trim_end().to_owned())
}

fn sentence(words: &str) -> String {
    if words.ends_with('.') {
        words.to_owned()
    } else {
        format!("{words}.")
    }
}

/// The writes with their keys. What makes something new has a key that follows from what was typed; what sets a state is a
/// write of its own each time, since the same state may be right again later.
fn sealed(request: &WriteRequest, form: &Form, now: Instant) -> Result<Vec<Planned>, ApiError> {
    let nonce = format!(
        "{} {}",
        now.timestamp_nanos_opt().unwrap_or_default(),
        std::process::id()
    );
    // A time that was typed relative to now means another one tomorrow; a shift is one of today too.
    let typed_time = |f: &writes::Field| {
        matches!(f.input, writes::Input::Time { .. }) && f.is_changed() && !f.text().contains('-')
    };
    let relative = request.kind == WriteKind::Cover || form.fields.iter().any(typed_time);
    let idempotency_seed = match (request.kind.makes(), relative) {
        (false, _) => nonce,
        (true, true) => now.date_naive().to_string(),
        (true, false) => String::new(),
    };
    let mut planned = form.plan(now, &idempotency_seed).map_err(|wrong| {
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
    })?;
    // The key follows from what was typed, not from what it changes: the second run changes less than the first.
    let mut parts: Vec<String> = vec![
        request.kind.id().into(),
        form.subjects.first().map(Subject::id).unwrap_or_default(),
        idempotency_seed,
    ];
    parts.extend(
        request
            .fields
            .iter()
            .map(|(id, value)| format!("{id}={value}")),
    );
    parts.extend(
        request
            .named
            .iter()
            .map(|(group, pair)| format!("{}{pair}", group.prefix())),
    );
    let derived = digest(&parts.iter().map(String::as_str).collect::<Vec<_>>());
    if request.sending.key.is_none() {
        planned.iter_mut().for_each(|one| one.write.rekey(&derived));
    }
    if let Some(key) = &request.sending.key {
        let plain = (1..=128).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        if !plain {
            return Err(ApiError::User(
                "--key takes up to 128 letters, digits and signs.".into(),
            ));
        }
        planned.iter_mut().for_each(|one| one.write.rekey(key));
    }
    Ok(planned)
}

/// Shows, asks, sends, tells.
async fn finish(
    context: &Context,
    client: Option<&Client>,
    outbox: &Outbox,
    planned: Vec<Planned>,
    notes: Vec<String>,
    request: &WriteRequest,
) -> Result<(), ApiError> {
    if request.sending.dry_run {
        return say(&planned
            .iter()
            .map(|p| p.write.request() + "\n")
            .collect::<String>());
    }
    if !request.sending.yes && !request.kind.is_quick() {
        agreed(&planned)?;
    }
    let mut done = Vec::new();
    for one in planned {
        match client {
            _ if one.write.path == writes::LOCAL => {
                done.push(ops::keep_local(outbox, one.write).await?)
            }
            Some(client) => done.extend(
                ops::declare(
                    outbox,
                    Transports {
                        client,
                        slack: None,
                    },
                    one.write,
                    &notes,
                )
                .await?,
            ),
            None => {}
        }
    }
    told(context, done)
}

/// Asks on a terminal; elsewhere nothing is sent without `--yes`.
fn agreed(planned: &[Planned]) -> Result<(), ApiError> {
    let not = "Nothing was sent: add --yes to send, or --dry-run to see the exact request.";
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(ApiError::User(not.into()));
    }
    planned
        .iter()
        .flat_map(|p| &p.says)
        .for_each(|line| eprintln!("{line}"));
    eprint!("Send this? [y/N] ");
    let mut answer = String::new();
    let _ = std::io::stdin().lock().read_line(&mut answer);
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(ApiError::User("Nothing was sent.".into()))
    }
}

/// Tells what became of writes; the first that is not confirmed is the error.
pub fn told(context: &Context, done: Vec<Outcome>) -> Result<(), ApiError> {
    let json: Vec<_> = done
        .iter()
        .map(|o| json!({"what": o.write.what, "state": o.write.state, "id": o.write.result, "key": o.write.key, "before": o.before, "said": o.write.said}))
        .collect();
    let lines: Vec<String> = done
        .iter()
        .map(|o| match (o.write.state, o.before) {
            (WriteState::Confirmed, true) => format!(
                "Sent before, not again: {}. --key with another key sends it again.",
                o.write.what
            ),
            (WriteState::Confirmed, false) => {
                format!(
                    "Done: {}{}",
                    o.write.what,
                    o.write
                        .result
                        .as_ref()
                        .map_or(String::new(), |id| format!(" ({id})"))
                )
            }
            (_, _) if o.write.path == writes::LOCAL => format!("Kept here: {}", o.write.what),
            (state, _) => format!("{}: {} {}", state.word(), o.write.what, o.write.said),
        })
        .collect();
    let failed = done.into_iter().find_map(|o| o.error);
    if failed.is_none() || json.len() > 1 {
        let whole = if let [one] = &json[..] {
            one.clone()
        } else {
            json!(json)
        };
        print_lines(context.output, &whole, &lines)?;
    }
    match failed {
        None => Ok(()),
        Some(e) => {
            if is_outage(&e) {
                eprintln!(
                    "It is in the journal: `hotseat journal list` shows it, `hotseat journal retry` sends it."
                );
            }
            Err(e)
        }
    }
}
