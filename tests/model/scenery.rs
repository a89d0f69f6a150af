//! What has to be there before a write of each kind, and the write itself.

use crate::night::{Night, about};
use crate::program::Step;
use crate::scene::{Scene, of};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use hotseat::domain::Incident;
use hotseat::writes::{Form, Subject, WriteKind};
use reqwest::Method;
use serde_json::{Value, json};

/// What has to be there before is made without faults.
pub struct Scenery<'a> {
    pub night: &'a mut Night,
    pub words: &'a str,
}

impl Scenery<'_> {
    /// A write of a kind; none where there is nothing to be done.
    pub async fn write(&mut self, step: &Step) -> Option<Scene> {
        let id = self.night.rows[step.incident].id.clone();
        let incident = self.night.incident(id.as_str()).await;
        Some(match step.kind {
            WriteKind::Declare
            | WriteKind::Edit
            | WriteKind::Severity
            | WriteKind::Update
            | WriteKind::Note
            | WriteKind::NoteEdit
            | WriteKind::LocalNote => self.telling(step.kind, &incident).await,
            WriteKind::Status | WriteKind::Close | WriteKind::Lead | WriteKind::Role => {
                self.moving(step.kind).await
            }
            WriteKind::Page
            | WriteKind::Ack
            | WriteKind::Snooze
            | WriteKind::Reassign
            | WriteKind::Cancel => self.paging(step.kind, &incident).await,
            WriteKind::Cover => return self.cover(step),
            WriteKind::Attach | WriteKind::Detach | WriteKind::Resolve => {
                self.alert(step.kind).await
            }
            WriteKind::ActionAdd | WriteKind::ActionEdit | WriteKind::ActionDone => {
                self.action(step.kind, &incident).await
            }
            WriteKind::FollowUpAdd | WriteKind::FollowUpEdit | WriteKind::FollowUpDone => {
                self.follow_up(step.kind, &incident).await
            }
            WriteKind::EntryAdd | WriteKind::EntryEdit => self.entry(step.kind).await,
            WriteKind::Import | WriteKind::DocumentStatus => {
                self.document(step.kind, &incident).await
            }
            WriteKind::Publish | WriteKind::PublishUpdate => self.publication(step.kind).await,
            // There is no Slack tonight: it is refused, and says so.
            WriteKind::HandOver => {
                let typed = [("channel", "#on-call"), ("message", self.words)];
                of(self.form(step.kind, Subject::Nothing, &typed))
            }
        })
    }

    fn form(&self, kind: WriteKind, subject: Subject, typed: &[(&str, &str)]) -> Form {
        self.night.form(kind, subject, typed)
    }

    /// Telling of an incident that other writes of the night are about too.
    async fn telling(&mut self, kind: WriteKind, incident: &Incident) -> Scene {
        let (words, reference) = (self.words, incident.row.reference.to_string());
        match kind {
            WriteKind::Declare => {
                let typed = [("name", words), ("severity", "Gale")];
                let args = ["incidents", "declare", "--name", words, "--severity=Gale"];
                of(self.form(kind, Subject::Nothing, &typed)).command(&args)
            }
            WriteKind::Edit => of(self.form(kind, about(incident), &[("summary", words)]))
                .command(&["incidents", "edit", &reference, "--summary", words]),
            WriteKind::Severity => self.severity(incident),
            WriteKind::Update => of(self.form(kind, about(incident), &[("message", words)]))
                .command(&["incidents", "update", &reference, "--message", words]),
            WriteKind::Note => of(self.form(kind, about(incident), &[("title", words)]))
                .command(&["timeline", "add", &reference, words]),
            WriteKind::NoteEdit => self.note(incident).await,
            _ => of(self.form(kind, Subject::Nothing, &[("title", words)]))
                .command(&["journal", "note", words]),
        }
    }

    fn severity(&self, incident: &Incident) -> Scene {
        let now = incident.row.severity.as_deref().unwrap_or_default();
        let mut others = self.night.org.severities.iter();
        let mut other = || others.find(|s| &*s.name != now).expect("a severity");
        let (ours, theirs) = (other(), other());
        let typed = [("severity", &*ours.name), ("message", self.words)];
        let reference = incident.row.reference.to_string();
        let severity = format!("--severity={}", ours.name);
        of(self.form(WriteKind::Severity, about(incident), &typed))
            .command(&[
                "incidents",
                "update",
                &reference,
                &severity,
                "--message",
                self.words,
            ])
            .swap(ours.id.to_string(), theirs.id.to_string())
    }

    async fn note(&mut self, incident: &Incident) -> Scene {
        let before = format!("before {}", self.words);
        let body = json!({"incident_id": incident.row.id, "title": before, "timestamp": "2026-11-19T14:00:00Z",
            "idempotency_key": before});
        self.make("/v2/incident_timeline_items", body).await;
        let all = self.night.client.timeline(&incident.row.id).await;
        let mut all = all.expect("a timeline").items.into_iter();
        let item = all.find(|i| i.title == before).expect("the note");
        let (reference, id) = (incident.row.reference.to_string(), item.id.clone());
        let subject = Subject::Note(Box::new(incident.clone()), item);
        of(self.form(WriteKind::NoteEdit, subject, &[("title", self.words)]))
            .command(&["timeline", "edit", &reference, &id, "--title", self.words])
    }

    /// What has no words of its own: on an incident of its own.
    async fn moving(&mut self, kind: WriteKind) -> Scene {
        let incident = self.declared().await;
        let (words, reference) = (self.words, incident.row.reference.to_string());
        let statuses = &self.night.org.statuses;
        let status = |name: &str| {
            let mut all = statuses.iter();
            let found = all.find(|s| &*s.name == name).expect("a status");
            found.id.to_string()
        };
        let people = &self.night.org.people;
        let person = |name: &str| {
            let found = people.iter().find(|p| &*p.name == name);
            found.expect("a person").id.to_string()
        };
        let lead = |scene: Scene, ours: &str| scene.swap(person(ours), person("Bram Haddad"));
        match kind {
            WriteKind::Status => {
                let typed = [("status", "Fixing"), ("message", words)];
                of(self.form(kind, about(&incident), &typed))
                    .command(&[
                        "incidents",
                        "update",
                        &reference,
                        "--status=Fixing",
                        "--message",
                        words,
                    ])
                    .swap(status("Fixing"), status("Watching"))
            }
            WriteKind::Close => of(self.form(kind, about(&incident), &[("message", words)]))
                .command(&["incidents", "close", &reference, "--message", words]),
            WriteKind::Lead => lead(of(self.form(kind, about(&incident), &[])), "Ana Abara"),
            _ => {
                let typed = [("role", "Incident Lead"), ("person", "Ana Brandt")];
                let args = [
                    "incidents",
                    "role",
                    &reference,
                    "Incident Lead",
                    "Ana Brandt",
                ];
                let scene = of(self.form(kind, about(&incident), &typed)).command(&args);
                lead(scene, "Ana Brandt")
            }
        }
    }

    async fn paging(&mut self, kind: WriteKind, incident: &Incident) -> Scene {
        let (words, reference) = (self.words, incident.row.reference.to_string());
        if kind == WriteKind::Page {
            let typed = [("people", "Bram Haddad"), ("title", words)];
            return of(self.form(kind, about(incident), &typed)).command(&[
                "escalations",
                "create",
                "--incident",
                &reference,
                "--person=Bram Haddad",
                "--title",
                words,
            ]);
        }
        let before = format!("before {words}");
        let typed = [("people", "Bram Haddad"), ("title", &*before)];
        let page = self.form(WriteKind::Page, about(incident), &typed);
        let id = self.sent(&page).await;
        if kind == WriteKind::Snooze {
            let subject = self.page(&id).await;
            let ack = self.form(WriteKind::Ack, subject, &[]);
            self.sent(&ack).await;
        }
        let page = self.page(&id).await;
        match kind {
            WriteKind::Ack => of(self.form(kind, page, &[])).command(&["escalations", "ack", &id]),
            WriteKind::Snooze => of(self.form(kind, page, &[("until", "+2h")])).command(&[
                "escalations",
                "snooze",
                &id,
                "--until=+2h",
            ]),
            WriteKind::Cancel => {
                of(self.form(kind, page, &[])).command(&["escalations", "cancel", &id])
            }
            _ => {
                let typed = [("people", "Ana Abara"), ("title", words)];
                of(self.form(kind, page, &typed)).command(&[
                    "escalations",
                    "reassign",
                    &id,
                    "--person=Ana Abara",
                    "--title",
                    words,
                ])
            }
        }
    }

    async fn page(&self, id: &str) -> Subject {
        let page = self.night.client.escalation(id).await;
        Subject::Page(Box::new(page.expect("a page")))
    }

    fn cover(&self, step: &Step) -> Option<Scene> {
        let schedule = self.night.schedules[step.incident].clone();
        let (name, until) = (schedule.name.to_string(), format!("+{}m", 30 + step.number));
        let subject = Subject::Schedule(Box::new(schedule));
        let form = self.form(WriteKind::Cover, subject, &[("to", &until)]);
        // Whoever covers already has nothing to cover.
        form.plan(self.night.now(), self.words).ok()?;
        let to = format!("--to={until}");
        Some(of(form).command(&["oncall", "cover", &name, &to]))
    }

    async fn alert(&mut self, kind: WriteKind) -> Scene {
        let source = self.night.get("/v2/alert_sources", &[]).await["alert_sources"][1].clone();
        let path = source["alert_events_url"].as_str().expect("a path");
        let event = json!({"title": self.words, "deduplication_key": self.words, "status": "firing", "metadata": {}});
        self.make(path, event).await;
        let firing = self.night.client.alerts(true, None, 1_000).await;
        let mut firing = firing.expect("alerts").items.into_iter();
        let alert = firing.find(|a| a.title == self.words).expect("the alert");
        let incident = self.declared().await;
        let (id, reference) = (alert.id.to_string(), incident.row.reference.to_string());
        let typed = [("incident", &*reference)];
        if kind == WriteKind::Resolve {
            let subject = Subject::Alert(Box::new(alert));
            return of(self.form(kind, subject, &[])).command(&["alerts", "resolve", &id]);
        }
        self.night.rows = self.open().await;
        let attach = self.form(WriteKind::Attach, Subject::Alert(Box::new(alert)), &typed);
        if kind == WriteKind::Attach {
            return of(attach).command(&["alerts", "attach", &id, &reference]);
        }
        self.sent(&attach).await;
        let there = self.night.client.incident_alerts(&incident.row.id).await;
        let there = there.expect("alerts").items.remove(0);
        of(self.form(kind, Subject::Alert(Box::new(there)), &[]))
            .command(&["alerts", "detach", &id, &reference])
    }

    async fn action(&mut self, kind: WriteKind, incident: &Incident) -> Scene {
        let (words, reference) = (self.words, incident.row.reference.to_string());
        if kind == WriteKind::ActionAdd {
            return of(self.form(kind, about(incident), &[("description", words)]))
                .command(&["actions", "create", &reference, words]);
        }
        let body =
            json!({"incident_id": incident.row.id, "description": format!("before {words}")});
        let id = self.make("/v3/actions", body).await;
        let action = self.night.client.action(&id).await.expect("an action");
        let subject = Subject::Action(Box::new(action));
        match kind {
            WriteKind::ActionEdit => of(self.form(kind, subject, &[("description", words)]))
                .command(&["actions", "edit", &id, "--text", words]),
            _ => of(self.form(kind, subject, &[]))
                .command(&["actions", "done", &id])
                .swap("completed", "not_doing"),
        }
    }

    async fn follow_up(&mut self, kind: WriteKind, incident: &Incident) -> Scene {
        let (words, reference) = (self.words, incident.row.reference.to_string());
        if kind == WriteKind::FollowUpAdd {
            return of(self.form(kind, about(incident), &[("title", words)])).command(&[
                "follow-ups",
                "create",
                &reference,
                words,
            ]);
        }
        let body = json!({"incident_id": incident.row.id, "title": format!("before {words}")});
        let id = self.make("/v3/follow_ups", body).await;
        let follow_up = self.night.client.follow_up(&id).await.expect("a follow-up");
        let subject = Subject::FollowUp(Box::new(follow_up));
        match kind {
            WriteKind::FollowUpEdit => of(self.form(kind, subject, &[("title", words)]))
                .command(&["follow-ups", "edit", &id, "--text", words]),
            _ => of(self.form(kind, subject, &[]))
                .command(&["follow-ups", "done", &id])
                .swap("completed", "not_doing"),
        }
    }

    async fn entry(&mut self, kind: WriteKind) -> Scene {
        let words = self.words;
        let type_id = self
            .night
            .graph
            .find("cart")
            .expect("an entry")
            .kind
            .clone();
        if kind == WriteKind::EntryAdd {
            let form = self.form(kind, Subject::Type(type_id), &[("name", words)]);
            return of(form).command(&["catalog", "set", words, "--type=Service"]);
        }
        let before = format!("before {words}");
        let body = json!({"catalog_type_id": type_id, "name": before, "aliases": [], "attribute_values": {}});
        let id = self.make("/v3/catalog_entries", body).await;
        let entry = self
            .night
            .client
            .catalog_entry(&id)
            .await
            .expect("an entry");
        let subject = Subject::Entry(Box::new(entry));
        of(self.form(kind, subject, &[("name", words)]))
            .command(&["catalog", "set", &before, "--name", words])
    }

    async fn document(&mut self, kind: WriteKind, incident: &Incident) -> Scene {
        if kind == WriteKind::Import {
            return of(self.form(kind, about(incident), &[("content", self.words)]));
        }
        let typed = [("content", "Words."), ("title", self.words)];
        let import = self.form(WriteKind::Import, about(incident), &typed);
        let id = self.sent(&import).await;
        let document = self.night.client.document(&id).await.expect("a document");
        let subject = Subject::Document(Box::new(document));
        of(self.form(kind, subject, &[("status", "in review")]))
            .command(&["post-mortems", "status", &id, "in review"])
            .swap("in_review", "completed")
    }

    /// On the status page; what is updated there is one publication, the same all night.
    async fn publication(&mut self, kind: WriteKind) -> Scene {
        let words = self.words;
        let typed = [
            ("name", words),
            ("message", words),
            ("confirm", "Larkfield Market status"),
        ];
        let confirm = "--confirm=Larkfield Market status";
        let publish = self.form(WriteKind::Publish, Subject::Nothing, &typed);
        if kind == WriteKind::Publish {
            return of(publish).command(&[
                "status-page",
                "create",
                "--name",
                words,
                "--message",
                words,
                confirm,
            ]);
        }
        let ongoing = |night: &Night| {
            let mut pages = night.form_options.pages.iter();
            pages.find_map(|p| p.ongoing.first().cloned())
        };
        if ongoing(self.night).is_none() {
            self.sent(&publish).await;
            self.night.form_options = self.night.here.form_options().await;
            for page in &mut self.night.form_options.pages {
                page.ongoing.truncate(1);
            }
        }
        let (_, title) = ongoing(self.night).expect("published");
        of(self.form(kind, Subject::Nothing, &typed[1..])).command(&[
            "status-page",
            "update",
            "--incident",
            &title,
            "--message",
            words,
            confirm,
        ])
    }

    async fn open(&self) -> Vec<std::sync::Arc<hotseat::domain::IncidentSummary>> {
        let open = self.night.here.open_incidents().await.expect("open");
        let mut rows: Vec<_> = open.into_iter().map(|i| i.row.into()).collect();
        // Those that the writes of all nights are about stay the first ones.
        let known = |row: &std::sync::Arc<hotseat::domain::IncidentSummary>| {
            let mut first = self.night.rows.iter().take(3);
            first.position(|r| r.id == row.id).unwrap_or(usize::MAX)
        };
        rows.sort_by_key(known);
        rows
    }

    /// An incident that no other write is about.
    async fn declared(&mut self) -> Incident {
        let name = format!("for {}", self.words);
        let typed = [("name", &*name), ("severity", "Gale")];
        let form = self.form(WriteKind::Declare, Subject::Nothing, &typed);
        let id = self.sent(&form).await;
        self.night.incident(&id).await
    }

    /// What a form makes, sent without a fault.
    async fn sent(&self, form: &Form) -> String {
        let planned = form.plan(self.night.now(), self.words);
        let write = planned.expect("a plan").remove(0).write;
        let outcome = self.night.here.send(vec![write], &[]).await.remove(0);
        let done = outcome.confirmed().expect("it is taken in");
        done.write.result.unwrap_or_default()
    }

    /// What a request makes, past the client.
    async fn make(&self, path: &str, body: Value) -> String {
        let key = format!("Bearer {}", self.night.running.key);
        let value = |text: &str| HeaderValue::from_str(text).expect("a header");
        let headers = HeaderMap::from_iter([
            (header::AUTHORIZATION, value(&key)),
            (header::CONTENT_TYPE, value("application/json")),
        ]);
        let uri: Uri = path.parse().expect("a path");
        let (recorder, body) = (&self.night.recorder, body.to_string().into());
        let (status, _, made) = recorder.perform(&Method::POST, &uri, &headers, &body).await;
        assert!(status.is_success(), "{path}: {made:?}");
        let made: Value = serde_json::from_slice(&made).expect("JSON");
        crate::judged::first_id(&made)
    }
}
