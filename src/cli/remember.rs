//! `similar`, `analyze`, `export`, `handover` and `draft`.

use super::Context;
use super::output::{print, print_lines, say};
use crate::domain::time::{Zone, parse_point, span};
use crate::domain::{Change, IncidentId, Instant, Verification, Write, WriteKind, digest};
use crate::draft::{self, Line, Sections, TextKind};
use crate::incidentio::{ApiError, Client, IncidentFilter};
use crate::ops::{self, Handover, InvestigationRequest, Recalled, Transports};
use crate::similar::PairVerdicts;
use crate::sources::Sources;
use chrono::{Duration, Utc};
use clap::Args;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Past incidents that are like one.
#[derive(Args)]
pub struct Similar {
    /// INC-123, 123 or an id.
    incident: String,
    /// Only those that are at least this likely the same thing, 0 to 1.
    #[arg(long, default_value_t = 0.3)]
    threshold: f64,
    /// Declared since: 180d, a date, or RFC 3339.
    #[arg(long, default_value = "180d")]
    since: String,
    /// At most so many.
    #[arg(long, default_value_t = 10)]
    limit: usize,
    /// Remember that this incident had the same cause.
    #[arg(long, value_name = "INCIDENT")]
    same: Option<String>,
    /// Remember that this incident is not alike.
    #[arg(long, value_name = "INCIDENT", conflicts_with = "same")]
    not: Option<String>,
    /// Print JSON, also on a terminal.
    #[arg(long)]
    json: bool,
}

/// What a period looked like.
#[derive(Args)]
pub struct Analyze {
    /// Only this service, or the services of this team.
    #[arg(long)]
    service: Option<String>,
    /// From: 90d, a date, or RFC 3339.
    #[arg(long, default_value = "90d")]
    since: String,
    /// Until.
    #[arg(long)]
    until: Option<String>,
    /// Print markdown.
    #[arg(long)]
    markdown: bool,
}

/// Incidents as a table to take elsewhere.
#[derive(Args)]
pub struct Export {
    /// Declared since: 90d, a date, or RFC 3339.
    #[arg(long, default_value = "90d")]
    since: String,
    /// Declared until.
    #[arg(long)]
    until: Option<String>,
    /// How it is written.
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
}

/// How an export is written.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Comma-separated, with a header.
    Csv,
    /// One array.
    Json,
    /// One object a line.
    Ndjson,
}

/// What a shift hands over.
#[derive(Args)]
pub struct HandoverArgs {
    /// Since then, instead of the begin of your shift (12 hours where no schedule tells).
    #[arg(long)]
    since: Option<String>,
}

/// A text drafted from what is recorded.
#[derive(Args)]
pub struct DraftArgs {
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

fn point(flag: &str, raw: &str, now: Instant) -> Result<Instant, ApiError> {
    parse_point(now, raw).ok_or_else(|| {
        ApiError::User(format!(
            "{flag} \"{raw}\" is neither a time such as 90d, a date, nor RFC 3339."
        ))
    })
}

fn ordered(from: Instant, to: Instant) -> Result<(), ApiError> {
    if from < to {
        Ok(())
    } else {
        Err(ApiError::User(
            "The period ends before it begins; look at --since and --until.".into(),
        ))
    }
}

/// Finds past incidents that are like one.
pub async fn similar(context: &Context, client: &Client, asked: &Similar) -> Result<(), ApiError> {
    if !(0.0..=1.0).contains(&asked.threshold) {
        return Err(ApiError::User(format!(
            "--threshold {} is not between 0 and 1.",
            asked.threshold
        )));
    }
    let since = point("--since", &asked.since, Utc::now())?;
    let journal = super::investigate::open_journal(context, true)?;
    let broken = |e: crate::store::StoreError| ApiError::User(e.to_string());
    if let Some(other) = asked.same.as_ref().or(asked.not.as_ref()) {
        let (a, b) = tokio::join!(
            client.incident(super::api::safe(&asked.incident)?),
            client.incident(super::api::safe(other)?)
        );
        let (a, b) = (a?, b?);
        if a.row.id == b.row.id {
            return Err(ApiError::User(
                "An incident is always like itself; name another one.".into(),
            ));
        }
        if !(ops::is_kept(&a) && ops::is_kept(&b)) {
            return Err(ApiError::User(
                "One of them is private, and nothing of a private incident is kept on disk.".into(),
            ));
        }
        journal
            .rate_pair(
                &PairVerdicts::pair(a.row.id.as_str(), b.row.id.as_str()),
                asked.same.is_some(),
            )
            .map_err(broken)?;
    }
    let told = journal.pair_verdicts().map_err(broken)?;
    let least = (asked.threshold * 100.0).round() as u8;
    let (found, missing) = ops::similar(
        client,
        super::api::safe(&asked.incident)?,
        least,
        Some(since),
        asked.limit,
        &told,
    )
    .await?;
    missing
        .iter()
        .for_each(|says| eprintln!("Not all of it: {says}"));
    if asked.json || context.output.is_json() {
        return say(&(serde_json::to_string_pretty(&found).unwrap_or_default() + "\n"));
    }
    if found.is_empty() {
        return say("No past incident is like this one, as far as the threshold goes.\n");
    }
    say(&found
        .iter()
        .map(|r| recalled(r, context.zone()))
        .collect::<Vec<_>>()
        .join("\n"))
}

/// One match for a person.
fn recalled(r: &Recalled, zone: Zone) -> String {
    let (f, s) = (&r.found, &r.seen);
    let more = if f.alike > 0 {
        format!("  (and {} more of that name)", f.alike)
    } else {
        String::new()
    };
    let mut out = format!("{:>3} %  {}  {}{more}\n", f.likeness, f.reference, f.name);
    let took = s
        .seconds
        .map_or(String::new(), |t| format!(", took {}", span(t)));
    let lead = s
        .lead
        .as_ref()
        .map_or(String::new(), |l| format!(", led by {l}"));
    let storm = if s.open {
        ", open now: maybe the same storm"
    } else {
        ""
    };
    out.push_str(&format!(
        "       {}, {}{storm}{took}{lead}\n       why: {}\n",
        zone.date_clock(f.at),
        s.status,
        f.reasons.join("; ")
    ));
    for (head, text) in [("cause", &s.cause), ("resolved by", &s.resolution)] {
        if !text.is_empty() {
            out.push_str(&format!("       {head}: {text}\n"));
        }
    }
    out
}

/// Changes of a window from the configured sources, and whether any source was there to ask.
async fn changes(
    context: &Context,
    client: &Client,
    within: Duration,
    now: Instant,
) -> (Vec<Change>, bool) {
    let Ok(sources) = Sources::open(&context.config) else {
        return (Vec::new(), false);
    };
    let asks = sources.changes.iter().any(|s| !s.is_alerts()) || !sources.metrics.is_empty();
    match ops::recent_changes(client, &sources, &context.config, within, now).await {
        Ok((all, missing)) => (all, asks && missing.is_empty()),
        Err(_) => (Vec::new(), false),
    }
}

/// Looks back over a period.
pub async fn analyze(context: &Context, client: &Client, asked: &Analyze) -> Result<(), ApiError> {
    let now = Utc::now();
    let from = point("--since", &asked.since, now)?;
    let to = asked
        .until
        .as_deref()
        .map_or(Ok(now), |raw| point("--until", raw, now))?;
    ordered(from, to)?;
    let (known, asks) = changes(context, client, now - from, now).await;
    let (period, missing) = ops::analyze(
        client,
        asked.service.clone(),
        from,
        to,
        asks.then_some(&known[..]),
    )
    .await?;
    missing
        .iter()
        .for_each(|says| eprintln!("Not all of it: {says}"));
    let lines = period.lines();
    if asked.markdown {
        return say(&format!(
            "# Incidents{}\n\n```\n{}\n```\n",
            asked
                .service
                .as_ref()
                .map_or(String::new(), |s| format!(" on {s}")),
            lines.join("\n")
        ));
    }
    print_lines(context.output, &period, &lines)
}

/// Writes incidents as a table.
pub async fn export(client: &Client, asked: &Export) -> Result<(), ApiError> {
    let now = Utc::now();
    let from = point("--since", &asked.since, now)?;
    let until = asked
        .until
        .as_deref()
        .map(|raw| point("--until", raw, now))
        .transpose()?;
    ordered(from, until.unwrap_or(now))?;
    let listed = client
        .incidents(
            &IncidentFilter {
                since: Some(from),
                until,
                ..IncidentFilter::default()
            },
            1_000_000,
        )
        .await?;
    let rows: Vec<_> = listed.items.iter().map(ops::exported).collect();
    match asked.format {
        Format::Json => say(&(serde_json::to_string_pretty(&rows).unwrap_or_default() + "\n")),
        Format::Ndjson => say(&rows
            .iter()
            .map(|r| serde_json::to_string(r).unwrap_or_default() + "\n")
            .collect::<String>()),
        Format::Csv => {
            // The columns every incident has come also where there is none of them.
            let always: Vec<String> = ops::COLUMNS.iter().map(|c| (*c).to_owned()).collect();
            let more: BTreeSet<&String> = rows
                .iter()
                .flat_map(|r| r.keys())
                .filter(|k| !always.contains(k))
                .collect();
            let head: Vec<&String> = always.iter().chain(more).collect();
            let mut writer = csv::Writer::from_writer(Vec::new());
            let broken =
                |e: csv::Error| ApiError::User(format!("The table cannot be written: {e}."));
            writer.write_record(head.iter()).map_err(broken)?;
            for row in &rows {
                writer
                    .write_record(head.iter().map(|h| row.get(*h).map_or(String::new(), cell)))
                    .map_err(broken)?;
            }
            let bytes = writer
                .into_inner()
                .map_err(|e| ApiError::User(format!("The table cannot be written: {e}.")))?;
            say(&String::from_utf8_lossy(&bytes))
        }
    }
}

/// A value in a cell. One that a spreadsheet would take for a formula gets a quote before it.
fn cell(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t']) => {
            format!("'{text}")
        }
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A template: the user's own where there is one, else the shipped one.
fn template(context: &Context, file: &str, shipped: &str) -> Result<String, ApiError> {
    if context.config.templates.is_empty() {
        return Ok(shipped.to_owned());
    }
    if !Path::new(&context.config.templates).is_dir() {
        return Err(ApiError::User(format!(
            "The folder of templates, {}, is not there; see templates in the configuration.",
            context.config.templates
        )));
    }
    let path = Path::new(&context.config.templates).join(file);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(shipped.to_owned()),
        Err(e) => Err(ApiError::User(format!(
            "Cannot read the template {}: {e}.",
            path.display()
        ))),
    }
}

/// Says what a shift hands over.
pub async fn handover(
    context: &Context,
    client: &Client,
    asked: &HandoverArgs,
) -> Result<(), ApiError> {
    let now = Utc::now();
    let from = match asked.since.as_deref() {
        Some(raw) => point("--since", raw, now)?,
        None => {
            let org = ops::org(client).await?;
            let me = org
                .person(&context.config.me)
                .or_else(|| org.person(&org.identity.name))
                .map(|p| p.id.to_string());
            let begin = match me {
                Some(me) => ops::shift_begin(client, &me, now).await,
                None => None,
            };
            begin.unwrap_or(now - Duration::hours(12))
        }
    };
    ordered(from, now)?;
    let (known, _) = changes(context, client, now - from, now).await;
    let told = ops::handover(client, from, now, known).await?;
    let text = draft::markdown(&draft::fill(
        &template(context, "handover.md", draft::HANDOVER)?,
        &handed(&told, context.zone()),
    ));
    let lines: Vec<String> = short(&told, context.zone())
        .into_iter()
        .chain([String::new()])
        .chain(text.lines().map(str::to_owned))
        .collect();
    print_lines(context.output, &told, &lines)
}

/// An incident's name, with whether it is private: such a text is passed on.
fn named(incident: &crate::domain::Incident) -> String {
    let mark = if ops::is_kept(incident) {
        ""
    } else {
        "[private] "
    };
    format!("{mark}{}", incident.row.name)
}

/// The handover in at most twelve lines.
fn short(h: &Handover, zone: Zone) -> Vec<String> {
    let mut out = vec![format!(
        "{} to {}: {} open, {} over, {} pages, {} without an answer",
        zone.date_clock(h.from),
        zone.date_clock(h.to),
        h.open.len(),
        h.over.len(),
        h.pages,
        h.waiting.len()
    )];
    out.extend(
        h.waiting
            .iter()
            .take(2)
            .map(|p| format!("Nobody answered: {}", p.title)),
    );
    out.extend(h.open.iter().take(4).map(|i| {
        format!(
            "{} {} {}: {}",
            i.row.reference,
            i.row.severity.as_deref().unwrap_or("-"),
            i.row.status,
            named(i)
        )
    }));
    if h.open.len() > 4 {
        out.push(format!("and {} more open", h.open.len() - 4));
    }
    if let Some(last) = h.changes.first() {
        out.push(format!(
            "{} changes, the last at {}: {}",
            h.changes.len(),
            zone.clock(last.at),
            last.title
        ));
    }
    if let Some(oldest) = h.at_risk.first() {
        out.push(format!(
            "{} follow-ups older than two weeks, the oldest: {}",
            h.at_risk.len(),
            oldest.title
        ));
    }
    out.truncate(11);
    out.extend(h.missing.first().map(|m| format!("Not all of it: {m}")));
    out
}

/// The handover's sections.
fn handed(h: &Handover, zone: Zone) -> Sections {
    let line = |text: String, row: String| Line {
        text,
        row: Some(row),
    };
    let or_none = |lines: Vec<Line>| {
        if lines.is_empty() {
            vec![Line {
                text: "None.".into(),
                row: None,
            }]
        } else {
            lines
        }
    };
    let incident = |i: &crate::domain::Incident| {
        let lead = i.row.lead.as_deref().unwrap_or("nobody");
        line(
            format!(
                "- {} {} ({}), {}, led by {lead}: {}",
                i.row.reference,
                i.row.severity.as_deref().unwrap_or("-"),
                i.row.status,
                zone.date_clock(i.row.created),
                named(i)
            ),
            format!("incident {}", i.row.id),
        )
    };
    Sections::from([
        ("title", vec![line("Handover".into(), "shift".into())]),
        (
            "facts",
            vec![line(
                format!(
                    "From {} to {}.",
                    zone.date_clock(h.from),
                    zone.date_clock(h.to)
                ),
                "shift".into(),
            )],
        ),
        ("open", or_none(h.open.iter().map(incident).collect())),
        ("over", or_none(h.over.iter().map(incident).collect())),
        (
            "waiting",
            or_none(
                h.waiting
                    .iter()
                    .map(|p| {
                        line(
                            format!(
                                "- {} since {}, {}",
                                p.title,
                                zone.date_clock(p.created),
                                p.notified()
                            ),
                            format!("escalation {}", p.id),
                        )
                    })
                    .collect(),
            ),
        ),
        (
            "changes",
            or_none(
                h.changes
                    .iter()
                    .map(|c| {
                        line(
                            format!(
                                "- {} {} {}",
                                zone.date_clock(c.at),
                                c.class.label(),
                                c.title
                            ),
                            format!("change {}", c.source),
                        )
                    })
                    .collect(),
            ),
        ),
        (
            "risk",
            or_none(
                h.at_risk
                    .iter()
                    .map(|f| {
                        line(
                            format!(
                                "- {} ({}, since {})",
                                f.title,
                                f.assignee.as_ref().map_or("nobody", |p| &p.name),
                                zone.date_clock(f.created)
                            ),
                            format!("follow-up {}", f.id),
                        )
                    })
                    .collect(),
            ),
        ),
        (
            "next",
            or_none(
                h.next
                    .iter()
                    .map(|(s, who)| line(format!("- {s}: {who}"), "schedule".into()))
                    .collect(),
            ),
        ),
    ])
}

/// Drafts a text about an incident.
pub async fn draft(context: &Context, client: &Client, asked: &DraftArgs) -> Result<(), ApiError> {
    if asked.import && asked.kind != TextKind::PostMortem {
        return Err(ApiError::User("Only a post-mortem can be imported.".into()));
    }
    if asked.import && context.config.read_only && !asked.dry_run {
        return Err(ApiError::User(
            "Read-only mode: nothing is imported.".into(),
        ));
    }
    let reference = super::api::safe(&asked.incident)?;
    let finding = if asked.investigate {
        let sources = Sources::open(&context.config).map_err(|e| ApiError::User(e.to_string()))?;
        let ask = InvestigationRequest {
            incident: reference.to_owned(),
            ..InvestigationRequest::default()
        };
        Some(
            ops::investigate(client, &sources, &context.config, &ask, Utc::now(), None)
                .await?
                .finding,
        )
    } else {
        None
    };
    let rows = ops::rows(client, reference, finding, Utc::now()).await?;
    let template = template(context, asked.kind.file(), asked.kind.shipped())?;
    let lines = draft::draft(asked.kind, &template, &rows);
    let fresh = draft::markdown(&lines);
    let of = format!(
        "{} of {}",
        asked.kind.file().trim_end_matches(".md").replace('_', "-"),
        rows.incident.row.reference
    );
    let kept = asked
        .out
        .as_deref()
        .filter(|p| *p != Path::new("-"))
        .map(|path| kept_draft(path, &of))
        .transpose()?
        .flatten();
    if asked.import {
        // What is sent is the file as it stands, where there is one.
        let text = kept.as_deref().map_or(fresh, draft::unmarked);
        return import(context, client, &rows.incident, &text, asked).await;
    }
    match asked.out.as_deref().filter(|p| *p != Path::new("-")) {
        Some(path) => {
            let text = kept.map_or_else(
                || draft::sectioned(&fresh, &of),
                |kept| draft::merge(&fresh, &kept, &of),
            );
            save(path, &text)?;
            say(&format!("Written to {}.\n", path.display()))
        }
        None if context.output.is_json() => print(context.output, &lines, &[], &[]),
        None => say(&fresh),
    }
}

/// The draft in a file; nothing where there is no file. A file that is something else is never touched.
fn kept_draft(path: &Path, of: &str) -> Result<Option<String>, ApiError> {
    match std::fs::read_to_string(path) {
        Ok(kept) if draft::is_of(&kept, of) => Ok(Some(kept)),
        Ok(_) => Err(ApiError::User(format!(
            "{} is not a draft of the {of}; it was not touched. Give another file.",
            path.display()
        ))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(ApiError::User(format!(
            "Cannot read {}: {e}; it was not touched.",
            path.display()
        ))),
    }
}

/// Writes a file whole or not at all: through a link to where it leads, for its owner alone where it is new, with its own
/// mode where it is not.
fn save(path: &Path, text: &str) -> Result<(), ApiError> {
    use std::io::Write;
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let wrong = |e: &dyn std::fmt::Display| {
        ApiError::User(format!(
            "Cannot write {}: {e}; what was there before is untouched.",
            path.display()
        ))
    };
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mode = match std::fs::metadata(&path) {
        Ok(meta) if meta.permissions().mode() & 0o222 == 0 => {
            return Err(wrong(&"it is read-only"));
        }
        Ok(meta) if meta.is_dir() => return Err(wrong(&"it is a folder")),
        Ok(meta) => meta.permissions().mode() & 0o777,
        Err(_) => 0o600,
    };
    let beside = path.with_extension("hotseat-new");
    let opened = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(&beside);
    let written = opened.and_then(|mut f| f.write_all(text.as_bytes()).and_then(|()| f.sync_all()));
    let done = written
        .and_then(|()| std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(mode)))
        .and_then(|()| std::fs::rename(&beside, &path));
    done.map_err(|e| {
        let _ = std::fs::remove_file(&beside);
        wrong(&e)
    })
}

/// Imports a post-mortem: once an incident, unless it is asked for again. The endpoint has no idempotency key, so what is
/// there is looked at first.
async fn import(
    context: &Context,
    client: &Client,
    incident: &crate::domain::Incident,
    content: &str,
    asked: &DraftArgs,
) -> Result<(), ApiError> {
    let id: &IncidentId = &incident.row.id;
    let title = format!("{}: {}", incident.row.reference, incident.row.name);
    let part = if asked.again { content } else { "" };
    let path = format!("/v2/incidents/{id}/actions/import_postmortem_document");
    let verification = Verification::New {
        path: "/v1/postmortem_documents".into(),
        query: vec![
            ("incident_id".into(), id.to_string()),
            ("page_size".into(), "250".into()),
        ],
        list: "postmortem_documents".into(),
        with: vec![("/title".into(), json!(title))],
        before: None,
    };
    let what = format!("{}: import the post-mortem", incident.row.reference);
    let key = digest(&[id.as_str(), "post-mortem", part]);
    let write = Write::new(
        key,
        id.as_str(),
        what,
        "POST",
        path,
        json!({"title": title, "content": content}),
        Utc::now(),
    );
    let write = Write {
        verification,
        kind: WriteKind::Import.into(),
        private: !ops::is_kept(incident),
        ..write
    };
    if asked.dry_run {
        return say(&format!("{}\n", write.request()));
    }
    let before = |reference: &str| {
        format!(
            "A post-mortem of {reference} was imported before; nothing was sent. --again sends this one too.\n"
        )
    };
    let known = ops::documents(client, Some(id)).await?;
    if !asked.again && known.iter().any(|d| d.title == title) {
        return say(&before(&incident.row.reference));
    }
    let outbox = super::investigate::open_outbox(context)?;
    let outcome = outbox
        .send(
            Transports {
                client,
                slack: None,
            },
            write,
        )
        .await?
        .confirmed()?;
    if outcome.before {
        return say(&before(&incident.row.reference));
    }
    say(&format!(
        "Imported the post-mortem of {}.\n",
        incident.row.reference
    ))
}
