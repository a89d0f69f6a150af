//! Writes: what a form shows is what is sent and what then stands; each stands once and in order, or visibly does not,
//! whatever is cut, killed, refused, full or late.

#[path = "common/recorder.rs"]
mod recorder;
#[path = "common/session.rs"]
#[allow(dead_code, reason = "the rest is for the tests of the terminal")]
mod session;

use hotseat::domain::time::Zone;
use hotseat::domain::{
    CatalogGraph, FormOptions, Incident, IncidentSummary, Org, Schedule, Write, WriteState,
};
use hotseat::incidentio::{ApiError, Client, Settings};
use hotseat::ops::{self, Outbox, Outcome, Transports};
use hotseat::sim;
use hotseat::writes::{self, Form, FormContext, Subject, WriteKind};
use recorder::{Break, Recorder, description};
use serde_json::{Value, json};
use session::Session;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// An organisation behind the recorder, and everything forms need of it.
struct Night {
    running: sim::Running,
    recorder: Arc<Recorder>,
    held: mpsc::UnboundedReceiver<()>,
    url: String,
    client: Client,
    org: Org,
    graph: CatalogGraph,
    schedules: Vec<Schedule>,
    form_options: FormOptions,
    rows: Vec<Arc<IncidentSummary>>,
}

impl Night {
    async fn new() -> Self {
        let options = sim::Options {
            incidents: 40,
            speed: 0.0,
            ..sim::Options::default()
        };
        let running = sim::start(options, SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .expect("an organisation");
        let (url, recorder, held) = Recorder::start(&running.url).await;
        let client = client(&url, &running.key);
        let rows = ops::open_incidents(&client)
            .await
            .expect("open")
            .into_iter()
            .map(|i| Arc::new(i.row))
            .collect();
        let (org, graph, schedules) = (
            ops::org(&client).await.expect("org"),
            ops::catalog(&client).await.expect("catalog"),
            ops::schedules(&client).await.expect("schedules"),
        );
        let form_options = ops::form_options(&client).await;
        Self {
            running,
            recorder,
            held,
            url,
            client,
            org,
            graph,
            schedules,
            form_options,
            rows,
        }
    }

    fn facts<'a>(&'a self, local: &'a [Write]) -> FormContext<'a> {
        FormContext {
            now: chrono::Utc::now(),
            zone: Zone::UTC,
            org: &self.org,
            me: self.org.person("ana.abara@larkfield.example"),
            graph: &self.graph,
            schedules: &self.schedules,
            form_options: &self.form_options,
            rows: &self.rows,
            local,
        }
    }

    /// A form with what is typed into it.
    fn form(&self, kind: WriteKind, subject: Subject, typed: &[(&str, &str)]) -> Form {
        let subjects = if subject == Subject::Nothing {
            vec![]
        } else {
            vec![subject]
        };
        let mut form = writes::open(kind, subjects, &self.facts(&[]))
            .unwrap_or_else(|why| panic!("{kind:?}: {why}"));
        for (field, value) in typed {
            let named = form
                .fields
                .iter()
                .find(|f| f.label == *field || f.id == *field)
                .map(|f| f.id.clone());
            let id = named.unwrap_or_else(|| panic!("{kind:?} has no field {field}"));
            form.set(&id, value)
                .unwrap_or_else(|why| panic!("{kind:?}: {why}"));
        }
        form
    }

    /// Sends what a form shows, and holds what went over the wire against what was shown.
    async fn send(&self, outbox: &Outbox, form: &Form) -> Outcome {
        let planned = form
            .plan(chrono::Utc::now(), "a seal")
            .unwrap_or_else(|wrong| panic!("{}: {wrong:?}", form.title));
        let [one] = &planned[..] else {
            panic!("one write")
        };
        assert!(
            !one.says.is_empty(),
            "{}: nothing is said of it",
            form.title
        );
        let shown = one.write.request();
        let outcome = outbox
            .send(self.way(), one.write.clone())
            .await
            .expect("recorded");
        let log = self.recorder.log.lock().expect("lock");
        let sent = log
            .iter()
            .rev()
            .find(|e| e.method != "get")
            .expect("a request");
        let (head, body) = shown.split_once('\n').unwrap_or((&shown, "null"));
        assert_eq!(
            head,
            format!("{} {}", sent.method.to_uppercase(), sent.path)
        );
        assert_eq!(
            serde_json::from_str::<Value>(body).expect("JSON"),
            sent.body,
            "{}",
            form.title
        );
        drop(log);
        outcome
    }

    /// The same, and it must be taken in.
    async fn done(&self, outbox: &Outbox, form: &Form) -> String {
        let outcome = self.send(outbox, form).await;
        assert_eq!(
            (outcome.write.state, outcome.before),
            (WriteState::Confirmed, false),
            "{}: {:?}",
            form.title,
            outcome.error
        );
        outcome.write.result.unwrap_or_default()
    }

    fn way(&self) -> Transports<'_> {
        Transports {
            client: &self.client,
            slack: None,
        }
    }

    async fn incident(&self, id: &str) -> Incident {
        self.client.incident(id).await.expect("an incident")
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let pairs: Vec<(String, String)> = query
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        self.client
            .get(path, &pairs)
            .await
            .unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// Runs the binary against the recorder.
    fn command(&self, home: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hotseat"));
        command
            .args(args)
            .env_clear()
            .env("HOME", home)
            .env("LANG", "C.UTF-8")
            .env("INCIDENT_IO_BASE_URL", &self.url);
        command
            .env("INCIDENT_IO_API_KEY", &self.running.key)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    async fn run(&self, home: &Path, args: &[&str]) -> Output {
        let mut command = self.command(home, args);
        tokio::task::spawn_blocking(move || command.output().expect("it runs"))
            .await
            .expect("it ends")
    }
}

fn client(url: &str, key: &str) -> Client {
    let settings = Settings {
        base_url: url.into(),
        key: key.to_owned().into(),
        ca_cert: None,
        share: 1.0,
        timeout: Duration::from_secs(20),
    };
    Client::new(settings).expect("a client")
}

fn about(incident: &Incident) -> Subject {
    Subject::Incident(Box::new(incident.clone()))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_form_shows_is_what_is_sent_and_what_then_stands() {
    let night = Night::new().await;
    let outbox = Outbox::open(None, "a test").expect("a journal");
    let typed = [
        ("name", "Checkout fails; `rm -rf` \u{202e}"),
        ("severity", "gale"),
        ("summary", "It **fails**."),
        ("Affected service", "cart, checkout-service"),
        ("Customer impact", "four in ten"),
        ("Ticket", "https://tickets.example/1"),
        ("Customers affected", "120"),
        ("Tags", "security,data loss"),
        ("Region", "eu-west-1"),
        ("Incident Lead", "Ana Brandt"),
        ("Impact started", "2026-11-20 14:30"),
    ];
    let id = night
        .done(
            &outbox,
            &night.form(WriteKind::Declare, Subject::Nothing, &typed),
        )
        .await;
    let incident = night.incident(&id).await;
    let field = |i: &Incident, label: &str| {
        i.fields
            .iter()
            .find(|f| f.label == label)
            .map(|f| f.value.clone())
            .unwrap_or_default()
    };
    let role = |i: &Incident, label: &str| {
        i.roles
            .iter()
            .find(|r| r.label == label)
            .and_then(|r| r.value.clone())
            .map(|p| p.name.to_string())
    };
    assert_eq!(
        (incident.row.severity.as_deref(), incident.summary.as_str()),
        (Some("Gale"), "It **fails**.")
    );
    assert_eq!(
        field(&incident, "Affected service"),
        "cart, checkout-service"
    );
    assert_eq!(
        [
            field(&incident, "Tags"),
            field(&incident, "Customers affected"),
            field(&incident, "Region")
        ],
        ["security, data loss", "120", "eu-west-1"]
    );
    assert_eq!(
        role(&incident, "Incident Lead").as_deref(),
        Some("Ana Brandt")
    );
    let started = incident
        .timestamps
        .iter()
        .find(|t| t.label == "Impact started")
        .and_then(|t| t.value);
    assert_eq!(
        started,
        hotseat::domain::time::parse("2026-11-20T14:30:00Z")
    );

    // Editing: only what was touched is sent, and all of it can be undone.
    let changes = [
        ("name", "Checkout is slow"),
        ("Tags", ""),
        ("Region", "eu-central-1"),
        ("Impact started", ""),
        ("call", "https://call.example/1"),
    ];
    let edit = night.form(WriteKind::Edit, about(&incident), &changes);
    let body = edit.plan(chrono::Utc::now(), "s").expect("a plan")[0]
        .write
        .body["incident"]
        .clone();
    let keys: BTreeSet<&str> = body
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        BTreeSet::from([
            "name",
            "call_url",
            "custom_field_entries",
            "incident_timestamp_values"
        ])
    );
    let edited = night.send(&outbox, &edit).await.write;
    let now = night.incident(&id).await;
    assert_eq!(
        (
            now.row.name.as_ref(),
            field(&now, "Tags").as_str(),
            field(&now, "Region").as_str()
        ),
        ("Checkout is slow", "", "eu-central-1")
    );
    assert_eq!(
        now.timestamps
            .iter()
            .find(|t| t.label == "Impact started")
            .and_then(|t| t.value),
        None
    );
    let back = edited
        .undone("undo-1".into(), chrono::Utc::now())
        .expect("a way back");
    outbox
        .send(night.way(), back)
        .await
        .and_then(Outcome::confirmed)
        .expect("undone");
    let again = night.incident(&id).await;
    assert_eq!(
        (
            field(&again, "Tags"),
            again.row.name.clone(),
            field(&again, "Region")
        ),
        (
            "security, data loss".into(),
            incident.row.name.clone(),
            "eu-west-1".into()
        )
    );

    let now = night.incident(&id).await;
    night
        .done(
            &outbox,
            &night.form(WriteKind::Severity, about(&now), &[("severity", "Storm")]),
        )
        .await;
    let now = night.incident(&id).await;
    night
        .done(&outbox, &night.form(WriteKind::Lead, about(&now), &[]))
        .await;
    let now = night.incident(&id).await;
    assert_eq!(
        (
            now.row.severity.as_deref(),
            role(&now, "Incident Lead").as_deref()
        ),
        (Some("Storm"), Some("Ana Abara"))
    );
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::Role,
                about(&now),
                &[("role", "Incident Lead"), ("person", "")],
            ),
        )
        .await;
    let now = night.incident(&id).await;
    assert_eq!(role(&now, "Incident Lead"), None);
    night
        .done(
            &outbox,
            &night.form(WriteKind::Status, about(&now), &[("status", "Fixing")]),
        )
        .await;
    let now = night.incident(&id).await;
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::Update,
                about(&now),
                &[
                    ("message", "Rolling back"),
                    ("status", "Watching"),
                    ("severity", "Breeze"),
                ],
            ),
        )
        .await;
    let now = night.incident(&id).await;
    assert_eq!(
        (now.row.status.as_ref(), now.row.severity.as_deref()),
        ("Watching", Some("Breeze"))
    );

    // The timeline.
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::Note,
                about(&now),
                &[
                    ("title", "Bad deploy"),
                    ("time", "2026-11-20 14:29"),
                    ("description", "v2.1.0"),
                ],
            ),
        )
        .await;
    let items = night
        .client
        .timeline(&now.row.id)
        .await
        .expect("a timeline")
        .items;
    let item = items
        .into_iter()
        .find(|i| i.title == "Bad deploy")
        .expect("the note");
    assert_eq!(
        (item.at, item.body.as_str()),
        (
            hotseat::domain::time::parse("2026-11-20T14:29:00Z").expect("a time"),
            "v2.1.0"
        )
    );
    let note = Subject::Note(Box::new(now.clone()), item);
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::NoteEdit,
                note,
                &[("title", "The bad deploy"), ("time", "2026-11-20 14:28")],
            ),
        )
        .await;
    let items = night
        .client
        .timeline(&now.row.id)
        .await
        .expect("a timeline")
        .items;
    assert!(
        items.iter().any(|i| i.title == "The bad deploy"
            && i.body == "v2.1.0"
            && i.at.to_rfc3339().contains("14:28")),
        "{items:?}"
    );

    // Pages.
    let page = night
        .done(
            &outbox,
            &night.form(
                WriteKind::Page,
                about(&now),
                &[("path", "Payments"), ("title", "Come")],
            ),
        )
        .await;
    let escalation = async |id: &str| night.client.escalation(id).await.expect("a page");
    let subject = async |id: &str| Subject::Page(Box::new(escalation(id).await));
    assert_eq!(escalation(&page).await.incidents[0].0, now.row.id);
    night
        .done(
            &outbox,
            &night.form(WriteKind::Ack, subject(&page).await, &[]),
        )
        .await;
    assert_eq!(escalation(&page).await.status, "acked");
    night
        .done(
            &outbox,
            &night.form(WriteKind::Snooze, subject(&page).await, &[("until", "+2h")]),
        )
        .await;
    assert_eq!(escalation(&page).await.status, "snoozed");
    let next = night
        .done(
            &outbox,
            &night.form(
                WriteKind::Reassign,
                subject(&page).await,
                &[("people", "Ana Abara, Bram Haddad")],
            ),
        )
        .await;
    assert_eq!(
        (
            escalation(&page).await.status.as_str(),
            escalation(&next).await.notified()
        ),
        ("resolved", "Ana Abara, Bram Haddad".into())
    );
    night
        .done(
            &outbox,
            &night.form(WriteKind::Cancel, subject(&next).await, &[]),
        )
        .await;
    assert_eq!(escalation(&next).await.status, "cancelled");

    // Cover: rotation and layer are found, the part of the shift is kept.
    let schedule = night
        .schedules
        .iter()
        .find(|s| s.name == "Identity on-call")
        .expect("a schedule")
        .clone();
    let cover = night.form(
        WriteKind::Cover,
        Subject::Schedule(Box::new(schedule.clone())),
        &[("to", "+30m")],
    );
    let override_id = night.done(&outbox, &cover).await;
    let known = night
        .client
        .overrides(&schedule.id)
        .await
        .expect("overrides")
        .items;
    let mine = known
        .iter()
        .find(|o| o.id == override_id)
        .expect("the override");
    assert_eq!(
        mine.person.as_ref().map(|p| p.name.as_ref()),
        Some("Ana Abara")
    );
    assert!((29..=31).contains(&(mine.end - mine.start).num_minutes()));

    // Alerts.
    let alert = night
        .client
        .alerts(false, None, 1)
        .await
        .expect("alerts")
        .items
        .remove(0);
    let open = night.rows[0].clone();
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::Attach,
                Subject::Alert(Box::new(alert.clone())),
                &[("incident", &open.reference)],
            ),
        )
        .await;
    let attached = async || {
        night
            .client
            .incident_alerts(&open.id)
            .await
            .expect("alerts")
            .items
            .into_iter()
            .find(|a| a.id == alert.id)
    };
    let there = attached().await.expect("attached");
    night
        .done(
            &outbox,
            &night.form(WriteKind::Detach, Subject::Alert(Box::new(there)), &[]),
        )
        .await;
    assert!(attached().await.is_none());
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::Resolve,
                Subject::Alert(Box::new(alert.clone())),
                &[],
            ),
        )
        .await;
    assert_eq!(
        night
            .client
            .alert(alert.id.as_str())
            .await
            .expect("an alert")
            .status,
        "resolved"
    );

    // Actions and follow-ups: what is not touched stays.
    let task = night
        .done(
            &outbox,
            &night.form(
                WriteKind::ActionAdd,
                about(&now),
                &[("description", "Restart"), ("assignee", "Ana Abara")],
            ),
        )
        .await;
    let action = async || night.client.action(&task).await.expect("an action");
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::ActionEdit,
                Subject::Action(Box::new(action().await)),
                &[("assignee", "")],
            ),
        )
        .await;
    assert_eq!(
        (action().await.assignee, action().await.description.as_str()),
        (None, "Restart")
    );
    let completed = night
        .send(
            &outbox,
            &night.form(
                WriteKind::ActionDone,
                Subject::Action(Box::new(action().await)),
                &[],
            ),
        )
        .await
        .write;
    assert_eq!(action().await.status, "completed");
    outbox
        .send(
            night.way(),
            completed
                .undone("undo-2".into(), chrono::Utc::now())
                .expect("a way back"),
        )
        .await
        .expect("undone");
    assert_eq!(action().await.status, "outstanding");
    let task = night
        .done(
            &outbox,
            &night.form(
                WriteKind::FollowUpAdd,
                about(&now),
                &[
                    ("title", "Canary"),
                    ("description", "so *that*"),
                    ("priority", "Soon"),
                ],
            ),
        )
        .await;
    let follow_up = async || night.client.follow_up(&task).await.expect("a follow-up");
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::FollowUpEdit,
                Subject::FollowUp(Box::new(follow_up().await)),
                &[("assignee", "Ana Abara")],
            ),
        )
        .await;
    let f = follow_up().await;
    assert_eq!(
        (
            f.description.as_str(),
            f.priority.as_deref(),
            f.assignee.map(|p| p.name.to_string())
        ),
        ("so *that*", Some("Soon"), Some("Ana Abara".into()))
    );
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::FollowUpDone,
                Subject::FollowUp(Box::new(follow_up().await)),
                &[],
            ),
        )
        .await;
    assert_eq!(
        (
            follow_up().await.status.as_str(),
            follow_up().await.description.as_str()
        ),
        ("completed", "so *that*")
    );

    // The catalog: what is not touched is not cleared.
    let cart = night.graph.find("cart").expect("an entry").clone();
    let entry = Subject::Entry(Box::new(cart.clone()));
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::EntryEdit,
                entry,
                &[("Tier", "3"), ("Depends on", "payment-gateway")],
            ),
        )
        .await;
    let now_there = night
        .client
        .catalog_entry(cart.id.as_str())
        .await
        .expect("an entry");
    let kept = |e: &hotseat::domain::CatalogEntry| {
        e.values
            .iter()
            .filter(|(_, v)| {
                v.iter().any(|v| {
                    v.label.contains("runbooks") || v.label == "Checkout" || v.label == "checkout"
                })
            })
            .count()
    };
    assert_eq!(
        (kept(&now_there), now_there.aliases, now_there.external_id),
        (2, cart.aliases.clone(), cart.external_id.clone())
    );
    let kind = Subject::Type(cart.kind.clone());
    let made = night
        .done(
            &outbox,
            &night.form(
                WriteKind::EntryAdd,
                kind,
                &[
                    ("name", "new-service"),
                    ("Tier", "2"),
                    ("Depends on", "cart"),
                ],
            ),
        )
        .await;
    assert_eq!(
        night
            .client
            .catalog_entry(&made)
            .await
            .expect("an entry")
            .name,
        "new-service"
    );

    // After it.
    let now = night.incident(&id).await;
    let text = [("content", "# What happened\n\nWords.")];
    night
        .done(&outbox, &night.form(WriteKind::Import, about(&now), &text))
        .await;
    let document = night
        .client
        .documents(Some(&now.row.id))
        .await
        .expect("documents")
        .items
        .remove(0);
    assert_eq!(
        night
            .client
            .document_text(&document.id)
            .await
            .expect("text"),
        text[0].1
    );
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::DocumentStatus,
                Subject::Document(Box::new(document.clone())),
                &[("status", "in review")],
            ),
        )
        .await;
    assert_eq!(
        night
            .client
            .document(&document.id)
            .await
            .expect("a document")
            .status,
        "in_review"
    );
    night
        .done(
            &outbox,
            &night.form(WriteKind::Close, about(&now), &[("message", "All good")]),
        )
        .await;
    assert_eq!(
        night.incident(&id).await.row.category.label(),
        "post-incident"
    );

    // What customers read asks for a typed word.
    let said = [
        ("name", "Checkout fails"),
        ("message", "We look at it."),
        ("components", "Shop, App"),
        ("impact", "partial outage"),
    ];
    let mut publish = night.form(WriteKind::Publish, Subject::Nothing, &said);
    publish.set("confirm", "yes").expect("typed");
    assert!(
        publish.plan(chrono::Utc::now(), "s").is_err(),
        "the page's name is asked for"
    );
    publish
        .set("confirm", "larkfield market status")
        .expect("typed");
    let published = night.done(&outbox, &publish).await;
    let mut night = night;
    night.form_options = ops::form_options(&night.client).await;
    let update = [
        ("message", "Better."),
        ("status", "monitoring"),
        ("confirm", "Larkfield Market status"),
    ];
    night
        .done(
            &outbox,
            &night.form(WriteKind::PublishUpdate, Subject::Nothing, &update),
        )
        .await;
    let page = night
        .get(&format!("/v2/status_page_incidents/{published}"), &[])
        .await["status_page_incident"]
        .clone();
    assert_eq!(
        (
            page["incident_status"].as_str(),
            page["updates"].as_array().map(Vec::len)
        ),
        (Some("monitoring"), Some(2))
    );

    let kinds: BTreeSet<String> = outbox
        .list(500)
        .await
        .expect("the journal")
        .into_iter()
        .map(|w| w.kind.id().to_owned())
        .collect();
    let missing: Vec<&str> = WriteKind::ALL
        .iter()
        .map(|k| k.id())
        .filter(|k| !kinds.contains(*k) && *k != WriteKind::LocalNote.id())
        .collect();
    assert!(missing.is_empty(), "not played: {missing:?}");
    if let Some(spec) = description() {
        let mut wrong = night.recorder.wrong(&spec);
        // The description says in words that null unassigns, and in its types that it may not be null.
        wrong.retain(|w| !w.ends_with("request: null is not of type \"string\" at /assignee_id"));
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

/// Which kind of write a step is: four that make something new by turns, and now and then one that sets a state.
fn kind_of(n: usize) -> usize {
    if n % 21 == 20 { 4 } else { n / 4 % 4 }
}

/// The writes of a session, by turns over four incidents: the kinds with an idempotency key and those without one.
fn step(night: &Night, incidents: &[Incident], n: usize) -> Form {
    let incident = about(&incidents[n % incidents.len()]);
    let words = format!("step {n:03}");
    match kind_of(n) {
        0 => night.form(WriteKind::Note, incident, &[("title", &words)]),
        1 => night.form(WriteKind::Update, incident, &[("message", &words)]),
        2 => night.form(WriteKind::ActionAdd, incident, &[("description", &words)]),
        3 => night.form(WriteKind::FollowUpAdd, incident, &[("title", &words)]),
        _ => night.form(WriteKind::Edit, incident, &[("summary", &words)]),
    }
}

/// Everything that stands of a session: words by kind and incident, in the organisation's own order.
async fn standing(night: &Night, incidents: &[Incident]) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for incident in incidents {
        let id = incident.row.id.as_str();
        for (path, list, field) in [
            (
                "/v2/incident_timeline_items",
                "incident_timeline_items",
                "title",
            ),
            ("/v2/incident_updates", "incident_updates", "message"),
            ("/v3/actions", "actions", "description"),
            ("/v3/follow_ups", "follow_ups", "title"),
        ] {
            let rows = night
                .get(path, &[("incident_id", id), ("page_size", "250")])
                .await[list]
                .clone();
            let words = rows
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|r| r[field].as_str())
                .filter(|w| w.starts_with("step"));
            let mut words: Vec<String> = words.map(str::to_owned).collect();
            if list == "incident_updates" {
                // The organisation lists these newest first.
                words.reverse();
            }
            all.push(words);
        }
        all.push(vec![night.incident(id).await.summary]);
    }
    all
}

/// What must stand after so many steps: each once, in order; of the summary the last.
fn expected(incidents: usize, steps: usize) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for at in 0..incidents {
        for kind in 0..4 {
            all.push(
                (0..steps)
                    .filter(|n| n % incidents == at && kind_of(*n) == kind)
                    .map(|n| format!("step {n:03}"))
                    .collect(),
            );
        }
        let last = (0..steps).rfind(|n| n % incidents == at && kind_of(*n) == 4);
        all.push(
            last.map(|n| vec![format!("step {n:03}")])
                .expect("every summary is set"),
        );
    }
    all
}

/// Four open incidents.
async fn four(night: &Night) -> Vec<Incident> {
    let mut all = ops::open_incidents(&night.client).await.expect("open");
    all.truncate(4);
    assert_eq!(all.len(), 4);
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_writes_stand_once_and_in_order_whatever_is_cut() {
    let night = Night::new().await;
    let home = tempfile::tempdir().expect("a folder");
    let outbox = Outbox::open(Some(&home.path().join("journal.db")), "a test").expect("a journal");
    let incidents = four(&night).await;
    let breaks = [
        Break::CutBefore,
        Break::CutAfter,
        Break::Half,
        Break::BadGateway,
    ];
    for n in 0..200 {
        // Fresh values, as a console has them: what an edit stands on moves with every write.
        let mut fresh = incidents.clone();
        fresh[n % 4] = night.incident(incidents[n % 4].row.id.as_str()).await;
        let form = step(&night, &fresh, n);
        if n % 9 != 8 {
            night.recorder.break_next(breaks[n % breaks.len()]);
        }
        let planned = form
            .plan(chrono::Utc::now(), &n.to_string())
            .expect("a plan")
            .remove(0);
        let outcome = outbox
            .send(night.way(), planned.write)
            .await
            .expect("recorded");
        assert_eq!(
            outcome.write.state,
            WriteState::Confirmed,
            "{n}: {:?}",
            outcome.error
        );
    }
    assert_eq!(standing(&night, &incidents).await, expected(4, 200));
    assert_eq!(outbox.open_writes().await.expect("the journal").len(), 0);
}

/// A command of a session, as a script has it.
fn line(incidents: &[Incident], n: usize) -> Vec<String> {
    let (reference, words) = (
        incidents[n % incidents.len()].row.reference.to_string(),
        format!("step {n:03}"),
    );
    let args: [&str; 4] = match kind_of(n) {
        0 => ["timeline", "add", &reference, &words],
        1 => [
            "incidents",
            "update",
            &reference,
            &format!("--message={words}"),
        ],
        2 => ["actions", "create", &reference, &words],
        3 => ["follow-ups", "create", &reference, &words],
        _ => [
            "incidents",
            "edit",
            &reference,
            &format!("--summary={words}"),
        ],
    };
    args.into_iter()
        .chain(["--yes"])
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_of_two_hundred_commands_killed_at_every_step_writes_each_once_and_in_order() {
    let mut night = Night::new().await;
    let home = tempfile::tempdir().expect("a folder");
    let incidents = four(&night).await;
    for n in 0..200 {
        let args = line(&incidents, n);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        if n % 3 != 2 {
            // Killed while the request is on its way: before the organisation heard of it, or after it did it.
            night
                .recorder
                .break_next([Break::HoldBefore, Break::HoldAfter][n % 2]);
            let mut child = night.command(home.path(), &args).spawn().expect("it runs");
            let told = tokio::time::timeout(Duration::from_secs(30), night.held.recv()).await;
            assert!(told.is_ok(), "{n}: no write was sent");
            child.kill().expect("killed");
            child.wait().expect("it ends");
        }
        // The script runs again, as it would after a crash; what it finds done is not done again.
        let output = night.run(home.path(), &args).await;
        assert!(
            output.status.success(),
            "{n} {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(standing(&night, &incidents).await, expected(4, 200));
    let open = night.run(home.path(), &["journal", "list"]).await;
    assert_eq!(String::from_utf8_lossy(&open.stdout).trim(), "[]");
    let audit = std::fs::read_dir(home.path().join(".local/state/hotseat"))
        .expect("the state")
        .flatten()
        .find(|f| f.file_name().to_string_lossy().ends_with("audit.log"));
    let audit = std::fs::read_to_string(audit.expect("an audit log").path()).expect("text");
    let confirmed = audit
        .lines()
        .filter_map(|l| serde_json::from_str::<Value>(l).ok())
        .filter(|l| l["state"] == "confirmed")
        .count();
    assert_eq!(confirmed, 200, "a line for each write");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_changed_is_told_before_it_is_overwritten() {
    let night = Night::new().await;
    let [mine, theirs] = [0, 1].map(|_| Outbox::open(None, "a test").expect("a journal"));
    let incident = four(&night).await.remove(0);
    let id = incident.row.id.as_str();
    let others: Vec<&str> = ["Storm", "Gale", "Breeze"]
        .into_iter()
        .filter(|s| incident.row.severity.as_deref() != Some(s))
        .collect();
    let form = night.form(
        WriteKind::Severity,
        about(&incident),
        &[("severity", others[0])],
    );
    night
        .done(
            &theirs,
            &night.form(
                WriteKind::Severity,
                about(&incident),
                &[("severity", others[1])],
            ),
        )
        .await;
    let before = night
        .recorder
        .log
        .lock()
        .expect("lock")
        .iter()
        .filter(|e| e.method != "get")
        .count();
    let planned = form
        .plan(chrono::Utc::now(), "s")
        .expect("a plan")
        .remove(0);
    let outcome = mine
        .send(night.way(), planned.write)
        .await
        .expect("recorded");
    let Some(ApiError::Moved(says)) = &outcome.error else {
        panic!("{:?}", outcome.error)
    };
    let was = incident.row.severity.clone().unwrap_or_default();
    assert_eq!(
        says,
        &format!("Severity is now {} and was {was}", others[1])
    );
    assert_eq!(
        night
            .recorder
            .log
            .lock()
            .expect("lock")
            .iter()
            .filter(|e| e.method != "get")
            .count(),
        before,
        "nothing was sent"
    );
    // Another field of the same incident is nobody's business.
    night
        .done(
            &mine,
            &night.form(WriteKind::Edit, about(&incident), &[("summary", "mine")]),
        )
        .await;
    // Having seen it, one may overwrite it: the same write, on what stands now.
    let renewed = form
        .renewed(vec![about(&night.incident(id).await)], &night.facts(&[]))
        .expect("renewed");
    let again = renewed
        .plan(chrono::Utc::now(), "s")
        .expect("a plan")
        .remove(0);
    mine.send(night.way(), again.write)
        .await
        .and_then(Outcome::confirmed)
        .expect("sent");
    assert_eq!(
        night.incident(id).await.row.severity.as_deref(),
        Some(others[0])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_stands_as_refused_and_may_be_tried_again() {
    let night = Night::new().await;
    let incident = four(&night).await.remove(0);
    let outbox = Outbox::open(None, "a test").expect("a journal");
    let write = |kind, typed: &[(&str, &str)]| {
        night
            .form(kind, about(&incident), typed)
            .plan(chrono::Utc::now(), "s")
            .expect("a plan")
            .remove(0)
            .write
    };
    // Permission.
    let viewer = client(&night.url, &night.running.viewer_key);
    let note = write(WriteKind::Note, &[("title", "x")]);
    let outcome = outbox
        .send(
            Transports {
                client: &viewer,
                slack: None,
            },
            note.clone(),
        )
        .await
        .expect("recorded");
    assert_eq!(outcome.write.state, WriteState::Refused);
    assert!(
        outcome
            .error
            .expect("an error")
            .to_string()
            .contains("timeline_items.create")
    );
    let outcome = outbox.send(night.way(), note).await.expect("recorded");
    assert_eq!(
        (outcome.write.state, outcome.before),
        (WriteState::Confirmed, false),
        "with another key it is the same write"
    );
    // A move that was legal when the form was opened: somebody closed it meanwhile.
    let move_it = write(
        WriteKind::Update,
        &[("message", "m"), ("status", "Watching")],
    );
    let mut unguarded = move_it.clone();
    unguarded.guard = None;
    let closing = write(WriteKind::Close, &[]);
    outbox
        .send(night.way(), closing)
        .await
        .and_then(Outcome::confirmed)
        .expect("closed");
    let outcome = outbox.send(night.way(), move_it).await.expect("recorded");
    assert!(
        matches!(outcome.error, Some(ApiError::Moved(_))),
        "{:?}",
        outcome.error
    );
    let outcome = outbox.send(night.way(), unguarded).await.expect("recorded");
    assert!(
        outcome
            .write
            .said
            .contains("cannot move from learning to live"),
        "{}",
        outcome.write.said
    );
    // Validation, on its field.
    let mut bad = write(
        WriteKind::ActionAdd,
        &[("description", "x"), ("assignee", "Ana Abara")],
    );
    bad.body["assignee_id"] = json!("nobody");
    let outcome = outbox.send(night.way(), bad).await.expect("recorded");
    let Some(ApiError::Http {
        status: 422,
        errors,
        ..
    }) = outcome.error
    else {
        panic!("{:?}", outcome.error)
    };
    assert_eq!(errors[0].field.as_deref(), Some("assignee_id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_gets_the_right_time_where_this_machines_clock_is_an_hour_wrong() {
    let night = Night::new().await;
    let home = tempfile::tempdir().expect("a folder");
    let incident = four(&night).await.remove(0);
    *night.recorder.ahead.lock().expect("lock") = 3_600;
    let output = night
        .run(
            home.path(),
            &["timeline", "add", &incident.row.reference, "now", "--yes"],
        )
        .await;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let item = night
        .client
        .timeline(&incident.row.id)
        .await
        .expect("a timeline")
        .items
        .into_iter()
        .find(|i| i.title == "now")
        .expect("the note");
    let off = (item.at - chrono::Utc::now() - chrono::Duration::hours(1))
        .num_seconds()
        .abs();
    assert!(off < 30, "{off} s off the server's clock");
    // What was recorded an hour in the future or in the past is not sent by itself.
    let outbox = Outbox::open(None, "a test").expect("a journal");
    for hours in [-1, 1] {
        let at = chrono::Utc::now() + chrono::Duration::hours(hours);
        let mut write = night
            .form(WriteKind::Note, about(&incident), &[("title", "late")])
            .plan(at, "s")
            .expect("a plan")
            .remove(0)
            .write;
        write.recorded = at;
        write.key.push_str(&hours.to_string());
        outbox.record(&write).await.expect("recorded");
    }
    outbox
        .replay(night.way(), chrono::Utc::now())
        .await
        .expect("replayed");
    let open = outbox.open_writes().await.expect("the journal");
    assert!(
        open.len() == 2 && open.iter().all(|w| w.on_hold),
        "{open:?}"
    );
    let outcome = outbox
        .retry(night.way(), &open[0].key)
        .await
        .expect("a person decided");
    assert_eq!(outcome.write.state, WriteState::Confirmed);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_consoles_on_one_journal_send_each_write_once_and_nothing_late_unasked() {
    let night = Night::new().await;
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("journal.db");
    let [one, other] = [0, 1].map(|_| Outbox::open(Some(&path), "a test").expect("a journal"));
    let incident = four(&night).await.remove(0);
    for n in 0..20 {
        let form = night.form(
            [WriteKind::Note, WriteKind::ActionAdd][n % 2],
            about(&incident),
            &[(["title", "description"][n % 2], &format!("step {n:03}"))],
        );
        one.record(
            &form
                .plan(chrono::Utc::now(), "s")
                .expect("a plan")
                .remove(0)
                .write,
        )
        .await
        .expect("recorded");
    }
    // Three hours ago something was to be paged; by now it would only wake somebody.
    let mut late = night
        .form(
            WriteKind::Page,
            about(&incident),
            &[("people", "Bram Haddad"), ("title", "late")],
        )
        .plan(chrono::Utc::now(), "s")
        .expect("a plan")
        .remove(0)
        .write;
    late.recorded -= chrono::Duration::hours(3);
    one.record(&late).await.expect("recorded");
    let now = chrono::Utc::now();
    let (a, b) = tokio::join!(one.replay(night.way(), now), other.replay(night.way(), now));
    a.and(b).expect("replayed");
    let note = night
        .form(WriteKind::Note, about(&incident), &[("title", "step 020")])
        .plan(now, "s")
        .expect("a plan")
        .remove(0);
    other
        .send(night.way(), note.write)
        .await
        .and_then(Outcome::confirmed)
        .expect("it does not wait for what is held");
    let mut stands = standing(&night, std::slice::from_ref(&incident)).await;
    // Notes stand by the second they tell of: within one they are in no order.
    stands[0].sort();
    let even: Vec<String> = (0..=20)
        .step_by(2)
        .map(|n| format!("step {n:03}"))
        .collect();
    let odd: Vec<String> = (1..20).step_by(2).map(|n| format!("step {n:03}")).collect();
    assert_eq!((&stands[0], &stands[2]), (&even, &odd));
    let open = one.open_writes().await.expect("the journal");
    assert!(
        open.len() == 1 && open[0].on_hold && open[0].key == late.key,
        "{open:?}"
    );
    assert!(
        night
            .client
            .escalations(Some(&incident.row.id), None, 50)
            .await
            .expect("pages")
            .items
            .iter()
            .all(|e| e.title != "late")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_where_the_disk_is_full() {
    let night = Night::new().await;
    let home = tempfile::tempdir().expect("a folder");
    let incident = four(&night).await.remove(0);
    let before = standing(&night, std::slice::from_ref(&incident)).await;
    // Files may not grow: writing says so, as on a full disk, and the signal that goes with it is ignored.
    let script = format!(
        "trap '' XFSZ; ulimit -f 0; exec {} timeline add {} 'step full' --yes",
        env!("CARGO_BIN_EXE_hotseat"),
        incident.row.reference
    );
    let mut command = Command::new("sh");
    command
        .args(["-c", &script])
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", "/usr/bin:/bin")
        .env("INCIDENT_IO_BASE_URL", &night.url);
    command
        .env("INCIDENT_IO_API_KEY", &night.running.key)
        .stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output().expect("it runs"))
        .await
        .expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("Nothing was sent"), "{said}");
    assert_eq!(
        standing(&night, std::slice::from_ref(&incident)).await,
        before
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_of_an_outage_become_one_retrospective_incident_once_after_review() {
    let night = Night::new().await;
    let home = tempfile::tempdir().expect("a folder");
    let run = async |args: &[&str]| night.run(home.path(), args).await;
    for (text, at) in [
        ("Power is gone in hall 2", "03:10"),
        ("Generators run", "03:20"),
    ] {
        assert!(
            run(&["journal", "note", text, "--at", at])
                .await
                .status
                .success()
        );
    }
    // An incident that nobody knows here may be private: of that nothing is kept without being asked for.
    let mut lost = night.command(
        home.path(),
        &[
            "timeline",
            "add",
            "INC-7",
            "Hall 3 too",
            "--yes",
            "--base-url",
            "http://127.0.0.1:9",
        ],
    );
    let lost = tokio::task::spawn_blocking(move || lost.output().expect("it runs"))
        .await
        .expect("it ends");
    assert_eq!(lost.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&lost.stderr).contains("nothing is kept: INC-7 is not known"));
    let retro = [
        "journal",
        "retrospective",
        "--name",
        "Hall 2",
        "--severity",
        "Gale",
        "--status",
        "Closed",
        "--yes",
    ];
    night.recorder.break_next(Break::CutAfter);
    let output = run(&retro).await;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let done: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let id = done[0]["id"].as_str().expect("an id").to_owned();
    let incident = night.incident(&id).await;
    assert_eq!(
        (incident.row.name.as_ref(), incident.row.status.as_ref()),
        ("Hall 2", "Closed")
    );
    let items = night
        .client
        .timeline(&incident.row.id)
        .await
        .expect("a timeline")
        .items;
    let told: Vec<(String, String)> = items
        .iter()
        .map(|i| (i.title.clone(), i.at.format("%H:%M").to_string()))
        .collect();
    assert_eq!(
        told,
        [
            ("Power is gone in hall 2".to_owned(), "03:10".to_owned()),
            ("Generators run".into(), "03:20".into())
        ]
    );
    assert_eq!(
        run(&retro).await.status.code(),
        Some(1),
        "no note is left to make another one of"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_runs_twice_writes_once() {
    let night = Night::new().await;
    let home = tempfile::tempdir().expect("a folder");
    let config = home.path().join("config.toml");
    std::fs::write(&config, "me = \"ana.abara@larkfield.example\"\n").expect("written");
    let config = config.to_string_lossy().into_owned();
    let secret = [
        "incidents",
        "declare",
        "--name",
        "Hidden",
        "--severity",
        "Gale",
        "--visibility",
        "private",
        "--yes",
    ];
    assert!(night.run(home.path(), &secret).await.status.success());
    let posts = || {
        night
            .recorder
            .log
            .lock()
            .expect("lock")
            .iter()
            .filter(|e| e.method != "get")
            .count()
    };
    let [a, b, c] = [0, 1, 2].map(|n| night.rows[n].reference.to_string());
    let alert = night
        .client
        .alerts(false, None, 1)
        .await
        .expect("alerts")
        .items
        .remove(0)
        .id
        .to_string();
    for line in [
        format!("incidents update {a} --message=hello --status Watching"),
        format!("incidents update {a} --severity Storm"),
        format!("incidents edit {a} --summary=words --field Region=eu-west-1"),
        format!("incidents role {a} Scribe ana.abara@larkfield.example"),
        format!("timeline add {a} noted --at 10m"),
        format!("timeline edit {a} noted --title=noticed"),
        format!("actions create {a} restart --assignee ana.abara@larkfield.example"),
        "follow-ups create INC-41 hidden".to_owned(),
        format!("follow-ups create {a} canary"),
        "oncall cover Databases --to +1h".to_owned(),
        format!("escalations create --incident {a} --path Payments"),
        format!("escalations ack {a}"),
        format!("alerts attach {alert} {b}"),
        format!("alerts detach {alert} {b}"),
        format!("alerts resolve {alert}"),
        format!("incidents close {c} --message=done"),
        "catalog set cart Tier=3".to_owned(),
        "catalog set brand-new --type Service --external-id brand-new".to_owned(),
    ] {
        let mut args: Vec<&str> = line.split(' ').collect();
        args.extend(["--yes", "--config", &config]);
        let before = posts();
        for run in ["the first", "the second"] {
            let output = night.run(home.path(), &args).await;
            // A note that was renamed is no longer there under its old title: that is said, and nothing is sent.
            let renamed = line.starts_with("timeline edit") && run == "the second";
            assert!(
                output.status.success() || renamed,
                "{run} run of {line}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        // Attaching what is attached gives the same attachment again, by the platform's own word.
        let most = if line.starts_with("alerts attach") {
            2
        } else {
            1
        };
        assert_eq!(posts() - before, most, "{line}");
    }
    // A page that is over does not stand for a new one; a key stands for one write only.
    let id = night.rows[0].id.clone();
    let newest = night
        .client
        .escalations(Some(&id), None, 50)
        .await
        .expect("pages")
        .items
        .into_iter()
        .max_by_key(|e| e.created)
        .expect("a page");
    let cancel = ["escalations", "cancel", newest.id.as_str(), "--yes"];
    let before = posts();
    for _ in 0..2 {
        let output = night.run(home.path(), &cancel).await;
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(posts() - before, 1);
    let page = [
        "escalations",
        "create",
        "--incident",
        &a,
        "--path",
        "Payments",
        "--yes",
    ];
    let (before, output) = (posts(), night.run(home.path(), &page).await);
    assert!(
        output.status.success() && posts() == before + 1,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        night
            .run(
                home.path(),
                &["timeline", "add", &a, "one", "--key", "k1", "--yes"]
            )
            .await
            .status
            .success()
    );
    let output = night
        .run(
            home.path(),
            &[
                "escalations",
                "create",
                "--path",
                "Payments",
                "--title",
                "Come",
                "--key",
                "k1",
                "--yes",
            ],
        )
        .await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("used for another write"));
    // Without being told to, nothing is sent where nobody can be asked.
    let before = posts();
    let output = night
        .run(home.path(), &["timeline", "add", &a, "unasked"])
        .await;
    assert!(
        output.status.code() == Some(1)
            && posts() == before
            && String::from_utf8_lossy(&output.stderr).contains("add --yes")
    );
    let output = night
        .run(
            home.path(),
            &["timeline", "add", &a, "unasked", "--dry-run"],
        )
        .await;
    assert!(
        output.status.success()
            && posts() == before
            && String::from_utf8_lossy(&output.stdout)
                .starts_with("POST /v2/incident_timeline_items")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_incident_leaves_nothing_on_the_disk() {
    let night = Night::new().await;
    let home = tempfile::tempdir().expect("a folder");
    let declare = [
        "incidents",
        "declare",
        "--name",
        "Zebra breach",
        "--severity",
        "Gale",
        "--visibility",
        "private",
        "--yes",
    ];
    let output = night.run(home.path(), &declare).await;
    let done: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let id = done["id"].as_str().expect("an id").to_owned();
    let reference = night.incident(&id).await.row.reference.to_string();
    let alert = night
        .client
        .alerts(false, None, 1)
        .await
        .expect("alerts")
        .items
        .remove(0)
        .id
        .to_string();
    for args in [
        vec!["timeline", "add", &id, "Zebra found", "--yes"],
        vec!["incidents", "update", &id, "-m", "Zebra told", "--yes"],
        vec!["actions", "create", &id, "Zebra hunt", "--yes"],
        vec!["alerts", "attach", &alert, &reference, "--yes"],
        vec!["alerts", "detach", &alert, &reference, "--yes"],
    ] {
        let output = night.run(home.path(), &args).await;
        assert!(
            output.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    // With nothing to be reached, too.
    let mut lost = night.command(
        home.path(),
        &[
            "timeline",
            "add",
            &reference,
            "Zebra lost",
            "--yes",
            "--base-url",
            "http://127.0.0.1:9",
        ],
    );
    let lost = tokio::task::spawn_blocking(move || lost.output().expect("it runs"))
        .await
        .expect("it ends");
    assert_eq!(lost.status.code(), Some(3));
    let mut folders = vec![home.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).expect("a folder").flatten() {
            if file.path().is_dir() {
                folders.push(file.path());
            } else {
                let bytes = std::fs::read(file.path()).expect("bytes");
                let text = String::from_utf8_lossy(&bytes);
                assert!(
                    !text.contains("Zebra") && !text.contains(&id),
                    "{:?}",
                    file.path()
                );
            }
        }
    }
}

/// A night on the keyboard: what is pressed, and what the screen then says.
struct Played {
    session: Session,
}

impl Played {
    fn new(night: &Night, home: tempfile::TempDir) -> Self {
        Self::with_editor(night, home, "vi")
    }

    fn with_editor(night: &Night, home: tempfile::TempDir, editor: &str) -> Self {
        let config = home.path().join("config.toml");
        std::fs::write(
            &config,
            "me = \"ana.abara@larkfield.example\"\nutc = true\n",
        )
        .expect("written");
        let env = [
            ("INCIDENT_IO_BASE_URL", night.url.as_str()),
            ("INCIDENT_IO_API_KEY", night.running.key.as_str()),
            ("EDITOR", editor),
        ];
        let session = Session::start_in(
            home,
            &["--config", &config.to_string_lossy()],
            120,
            40,
            &env,
        );
        session.wait_for("Ana Abara");
        session.wait_for("INC-40");
        Self { session }
    }

    fn press(&mut self, keys: &str, says: &str) {
        self.session.press(keys);
        self.session.wait_for(says);
    }

    /// Leaves a field; the terminal would take what follows at once for a key with alt.
    fn escape(&mut self) {
        self.press("\x1b", "y sends");
    }
}

#[test]
fn a_night_is_played_from_the_keyboard_alone() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let night = runtime.block_on(Night::new());
    let mut play = Played::new(&night, tempfile::tempdir().expect("a folder"));
    play.press("D", "Declare an incident");
    play.press("Checkout is down\r", "Storm  P0");
    play.press(
        "stor\r",
        "Declares a standard incident with the severity Storm",
    );
    play.press("y", "Done: Declare: Checkout is down");
    play.session.wait_for("INC-41");
    play.press("/checkout is\r", "1 of 41");
    play.press("g\r", "2  INC-41");
    play.press("e", "choose a path or people");
    play.press("\r", "pages Lena Duarte now");
    play.press("payments\r", "Pages the path Payments");
    play.press("y", "Done: Page: INC-41");
    play.session.wait_for("Paged Lena Duarte");
    play.press("a", "Done: Acknowledge \"INC-41: Checkout is down\"");
    play.press("L", "Incident Lead: none → Ana Abara");
    play.press("y", "Done: INC-41: Incident Lead");
    play.press("S", "Gale  P1");
    play.press("gale\r", "Severity: Storm → Gale");
    play.press("y", "Done: INC-41: Severity: Storm → Gale");
    play.press("u", "esc done");
    play.press("Rolling back v2.1.0", "Rolling back v2.1.0");
    play.escape();
    play.press("y", "Done: INC-41: update Rolling back v2.1.0");
    play.press("n", "What happened");
    play.press("Bad deploy\r\r", "empty is now");
    play.press("20m ago", "20m ago");
    play.escape();
    play.press("y", "Done: INC-41: note Bad deploy");
    play.press("3", "3  On call");
    play.press("v", "Cover a shift: Checkout on-call");
    play.press("y", "Done: Ana Abara covers Checkout on-call");
    play.press("2:", ":");
    play.press("add follow", "Add something to do afterwards");
    play.press("\r", "What to do later");
    play.press("Add a canary\r", "Adds the follow-up");
    play.press("y", "Done: INC-41: follow-up \"Add a canary\"");
    play.press("C", "Investigating → Writing up");
    play.press("y", "Done: INC-41: Status: Investigating → Writing up");
    play.press("P", "# INC-41: Checkout is down");
    play.press("I", "Imports a post-mortem of");
    play.press("y", "Done: INC-41: import the post-mortem");
    play.press("J", "Journal: 0 open");
    assert!(
        !play.session.screen().contains("refused"),
        "{}",
        play.session.screen()
    );
    let home = play.session.killed();

    runtime.block_on(async {
        let incident = night.incident("41").await;
        let lead = incident
            .roles
            .iter()
            .find(|r| r.label == "Incident Lead")
            .and_then(|r| r.value.as_ref())
            .map(|p| p.name.to_string());
        let row = &incident.row;
        assert_eq!(
            (
                row.name.as_ref(),
                row.severity.as_deref(),
                row.status.as_ref(),
                lead.as_deref()
            ),
            (
                "Checkout is down",
                Some("Gale"),
                "Writing up",
                Some("Ana Abara")
            )
        );
        let items = night
            .client
            .timeline(&row.id)
            .await
            .expect("a timeline")
            .items;
        let note = items
            .iter()
            .find(|i| i.title == "Bad deploy")
            .expect("the note");
        assert!(
            (19..=22).contains(&(chrono::Utc::now() - note.at).num_minutes()),
            "{}",
            note.at
        );
        let page = night
            .client
            .escalations(Some(&row.id), None, 10)
            .await
            .expect("pages")
            .items
            .remove(0);
        assert_eq!(page.status, "acked");
        assert_eq!(
            night
                .client
                .follow_ups(Some(&row.id))
                .await
                .expect("follow-ups")
                .items[0]
                .title,
            "Add a canary"
        );
        assert_eq!(
            night
                .client
                .documents(Some(&row.id))
                .await
                .expect("documents")
                .items
                .len(),
            1
        );
        let covered = ops::schedules(&night.client).await.expect("schedules");
        let checkout = covered
            .iter()
            .find(|s| s.name == "Checkout on-call")
            .expect("a schedule");
        assert!(checkout.now.iter().any(|s| {
            s.person
                .as_ref()
                .is_some_and(|p| p.name.as_ref() == "Ana Abara")
        }));
    });
    if let Some(spec) = description() {
        let wrong = night.recorder.wrong(&spec);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
    drop(home);
}

#[test]
fn what_was_typed_and_what_was_under_way_is_there_after_a_kill() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let mut night = runtime.block_on(Night::new());
    let mut play = Played::new(&night, tempfile::tempdir().expect("a folder"));
    play.press("u", "esc done");
    play.press("Half a thought", "Half a thought");
    std::thread::sleep(Duration::from_millis(300));
    let mut play = Played::new(&night, play.session.killed());
    play.press("u", "Half a thought");
    play.press(" made whole", "Half a thought made whole");
    play.escape();
    // Killed once more, after the organisation did it and before its answer came.
    night.recorder.break_next(Break::HoldAfter);
    play.session.press("y");
    runtime
        .block_on(async { tokio::time::timeout(Duration::from_secs(30), night.held.recv()).await })
        .expect("sent");
    let mut play = Played::new(&night, play.session.killed());
    play.press("J", "Journal: 0 open");
    play.session.wait_for("Half a thought made whole");
    play.press("q", "Half a thought made whole");
    let told = runtime.block_on(night.get("/v2/incident_updates", &[("page_size", "250")]));
    let count = told["incident_updates"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|u| u["message"] == "Half a thought made whole")
        .count();
    assert_eq!(count, 1);
    play.session.press("q");
}

#[test]
fn the_users_editor_gets_the_text_and_the_keys_and_gives_both_back() {
    use std::os::unix::fs::PermissionsExt;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let night = runtime.block_on(Night::new());
    let home = tempfile::tempdir().expect("a folder");
    let editor = home.path().join("editor");
    // It shows what it was given, takes a line from the keyboard as an editor would, and adds it to the text.
    std::fs::write(&editor, "#!/bin/sh\necho \"given: $(cat \"$2\"), flag $1\"\nread -r line\nprintf ' and %s' \"$line\" >> \"$2\"\n")
        .expect("written");
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o700)).expect("a mode");
    let command = format!("{} --wait", editor.display());
    let mut play = Played::with_editor(&night, home, &command);
    play.press("u", "esc done");
    play.press("First; $(rm -rf x)", "First; $(rm -rf x)");
    play.press("\x05", "given: First; $(rm -rf x), flag --wait");
    play.press("then this\r", "First; $(rm -rf x) and then this");
    play.press(", typed here again", "and then this, typed here again");
    play.escape();
    play.press(
        "x",
        "\"message\": \"First; $(rm -rf x) and then this, typed here again\"",
    );
    play.press("y", "Done: INC-");
    let home = play.session.killed();
    let left: Vec<String> = std::fs::read_dir(home.path().join(".local/state/hotseat"))
        .expect("the state")
        .flatten()
        .map(|f| f.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(!left.iter().any(|name| name.ends_with(".md")), "{left:?}");
}
