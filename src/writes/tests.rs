//! Every row of the table against its form: a kind without a line here does not compile.

use super::*;
use crate::domain::{
    FieldId, Inverse, Org, Scope, Undo, Verification, Verified, WriteOrigin, time,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const NOON: &str = "2027-01-15T12:00:00Z";

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("a sample")
}

/// An organisation with one of everything that forms read.
struct Sample {
    org: Org,
    graph: CatalogGraph,
    schedules: Vec<Schedule>,
    options: FormOptions,
    rows: Vec<Arc<IncidentSummary>>,
}

fn person() -> Value {
    json!({"id": "01P", "name": "Ana Abara", "email": "ana@larkfield.example"})
}

fn incident() -> Incident {
    read(json!({
        "id": "01I", "reference": "INC-7", "name": "Checkout is down", "severity": "Storm", "rank": 40, "status": "Fixing",
        "category": "live", "lead": null, "service": null, "teams": null, "people": null, "visibility": "public",
        "mode": "standard", "created": NOON, "updated": NOON, "active": NOON, "summary": "", "kind": null, "creator": "",
        "permalink": null, "channel": "#inc-7", "roles": [{"id": "01R", "label": "Lead", "value": null}],
        "fields": [{"id": "01F", "label": "Region", "value": ""}], "entries": [],
        "timestamps": [{"id": "01T", "label": "Impact started", "value": null}], "durations": [],
    }))
}

fn org() -> Org {
    read(json!({
        "identity": {"name": "key", "roles": [], "team_roles": [], "teams": [], "dashboard": ""},
        "severities": [{"id": "01S1", "name": "Storm", "rank": 40, "description": ""}, {"id": "01S2", "name": "Drizzle", "rank": 10, "description": ""}],
        "statuses": [{"id": "01L", "name": "Fixing", "category": "live"}, {"id": "01M", "name": "Watching", "category": "live"},
            {"id": "01C", "name": "Closed", "category": "closed"}],
        "types": [{"id": "01Y", "name": "Outage", "is_default": true}],
        "roles": [{"id": "01R", "name": "Lead", "kind": "lead"}],
        "people": [person()], "teams": [], "service_fields": [],
        "fields": [{"id": "01F", "name": "Region", "description": "", "kind": "text", "catalog_type": "", "options": []}],
        "timestamps": [["01T", "Impact started"]], "missing": [],
    }))
}

fn schedule() -> Schedule {
    read(json!({
        "id": "01SCH", "name": "Payments", "timezone": "UTC", "next": [],
        "now": [{"person": {"id": "01Q", "name": "Bram Brandt", "email": null}, "start": "2027-01-15T08:00:00Z", "end": "2027-01-15T20:00:00Z", "rotation": "01ROT", "overridden": false}],
        "rotations": [{"id": "01ROT", "name": "Primary", "people": [person()], "layers": [["01LAY", "First"]]}],
    }))
}

fn entry() -> CatalogEntry {
    read(
        json!({"id": "01E", "kind": "01CT", "name": "checkout", "aliases": [], "external_id": null,
        "values": [["01A", [{"label": "1", "literal": "1"}]]]}),
    )
}

impl Sample {
    fn new() -> Self {
        let graph = CatalogGraph::new(
            vec![read(
                json!({"id": "01CT", "name": "Service", "type_name": "Custom[\"Service\"]", "categories": ["service"], "count": 1, "by_name": false,
                "attributes": [{"id": "01A", "name": "Tier", "kind": "Number", "forward": true}]}),
            )],
            vec![entry()],
        );
        let options = FormOptions {
            paths: vec![read(
                json!({"id": "01PATH", "name": "Payments path", "levels": [], "responders": [person()]}),
            )],
            pages: vec![read(
                json!({"id": "01PAGE", "name": "Status", "components": [["01COM", "Checkout"]], "ongoing": [["01SPI", "Checkout is slow"]]}),
            )],
            priorities: vec![("01PRI".into(), "High".into())],
        };
        Self {
            org: org(),
            graph,
            schedules: vec![schedule()],
            options,
            rows: vec![Arc::new(incident().row)],
        }
    }

    fn context(&self) -> FormContext<'_> {
        FormContext {
            now: noon(),
            zone: Zone::UTC,
            org: &self.org,
            me: self.org.people.first(),
            graph: &self.graph,
            schedules: &self.schedules,
            form_options: &self.options,
            rows: &self.rows,
            local: &[],
        }
    }

    /// The form of a kind with enough in it to be sent.
    fn filled(&self, kind: WriteKind) -> Form {
        let mut form = open(kind, vec![subject(kind)], &self.context())
            .unwrap_or_else(|why| panic!("{kind:?} opens no form: {why}"));
        for (field, words) in words(kind) {
            let named = form
                .fields
                .iter()
                .find(|f| f.label == *field || f.id == *field);
            let id = named
                .unwrap_or_else(|| panic!("{kind:?} has no {field}"))
                .id
                .clone();
            form.set(&id, words)
                .unwrap_or_else(|why| panic!("{kind:?}: {why}"));
        }
        form
    }

    fn planned(&self, kind: WriteKind) -> Planned {
        let plan = self.filled(kind).plan(noon(), "a seed");
        let mut plan = plan.unwrap_or_else(|wrong| panic!("{kind:?}: {wrong:?}"));
        assert_eq!(plan.len(), 1, "{kind:?}");
        plan.remove(0)
    }
}

fn noon() -> Instant {
    time::parse(NOON).expect("a time")
}

fn page() -> Subject {
    Subject::Page(read(
        json!({"id": "01ESC", "title": "Checkout", "status": "triggered", "priority": "P1", "path": null,
        "created": NOON, "updated": NOON, "events": [], "incidents": [["01I", "INC-7"]], "creator": ""}),
    ))
}

fn task(kind: WriteKind) -> Subject {
    let (action, follow_up) = (
        json!({"id": "01ACT", "incident": "01I", "description": "Roll back", "status": "outstanding", "assignee": null,
            "created": NOON, "completed": null}),
        json!({"id": "01FU", "incident": "01I", "title": "Alert earlier", "description": "", "status": "outstanding", "priority": null,
            "assignee": null, "external": null, "created": NOON, "completed": null}),
    );
    match kind.spec().on_follow_up {
        Some(_) => Subject::Action(read(action)),
        None => Subject::FollowUp(read(follow_up)),
    }
}

/// Something of every scope.
fn subject(kind: WriteKind) -> Subject {
    match kind.spec().scope {
        Scope::Nothing => Subject::Nothing,
        Scope::Incident | Scope::IncidentIfAny => Subject::Incident(Box::new(incident())),
        Scope::Note => Subject::Note(
            Box::new(incident()),
            read(
                json!({"id": "01N", "at": NOON, "kind": "curated", "title": "Seen", "body": "", "actor": ""}),
            ),
        ),
        Scope::WaitingPage | Scope::Page => page(),
        Scope::Alert => Subject::Alert(read(
            json!({"id": "01AL", "title": "5xx", "description": "", "status": "firing", "created": NOON,
            "resolved": null, "source_url": null, "dedup_key": "", "relation": "01REL", "incident": "01I", "attributes": []}),
        )),
        Scope::Task => task(kind),
        Scope::Document => Subject::Document(read(
            json!({"id": "01D", "incident": "01I", "title": "INC-7", "status": "in progress",
            "url": "", "created": NOON}),
        )),
        Scope::Schedule => Subject::Schedule(Box::new(schedule())),
        Scope::CatalogType => Subject::Type("01CT".into()),
        Scope::CatalogEntry => Subject::Entry(Box::new(entry())),
    }
}

/// What has to be filled in before a form of a kind can be sent.
fn words(kind: WriteKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        WriteKind::Declare => &[
            ("name", "Checkout is down"),
            ("severity", "Storm"),
            ("Region", "eu"),
        ],
        WriteKind::Edit => &[
            ("summary", "It is"),
            ("Region", "eu"),
            ("Impact started", "11:00"),
        ],
        WriteKind::Severity => &[("severity", "Drizzle")],
        WriteKind::Status => &[("status", "Watching")],
        WriteKind::Close => &[("status", "Closed")],
        WriteKind::Lead => &[],
        WriteKind::Role => &[("role", "Lead"), ("person", "Ana Abara")],
        WriteKind::Update => &[("message", "Rolling back")],
        WriteKind::Note | WriteKind::LocalNote => &[("title", "It began")],
        WriteKind::NoteEdit => &[("title", "Seen by many")],
        WriteKind::Page | WriteKind::Reassign => &[("path", "Payments path")],
        WriteKind::Ack | WriteKind::Snooze | WriteKind::Cancel | WriteKind::Cover => &[],
        WriteKind::Attach => &[("incident", "INC-7")],
        WriteKind::Detach | WriteKind::Resolve => &[],
        WriteKind::ActionAdd | WriteKind::ActionEdit => &[("description", "Scale out")],
        WriteKind::FollowUpAdd | WriteKind::FollowUpEdit => &[("title", "Alert sooner")],
        WriteKind::ActionDone | WriteKind::FollowUpDone => &[],
        WriteKind::EntryAdd | WriteKind::EntryEdit => &[("name", "basket")],
        WriteKind::Import => &[("content", "# What happened")],
        WriteKind::DocumentStatus => &[("status", "completed")],
        WriteKind::HandOver => &[("channel", "#on-call"), ("message", "All is calm")],
        WriteKind::Publish | WriteKind::PublishUpdate => {
            &[("message", "We look"), ("confirm", "Status")]
        }
    }
}

fn how(verification: &Verification) -> Verified {
    match verification {
        Verification::Repeat => Verified::Repeat,
        Verification::New { .. } => Verified::Listed,
        Verification::State { .. } => Verified::Shown,
        Verification::Ask => Verified::Person,
    }
}

#[test]
fn every_kind_opens_a_form_whose_write_is_what_its_row_says() {
    let sample = Sample::new();
    for kind in WriteKind::ALL {
        let (spec, Planned { write, says }) = (kind.spec(), sample.planned(*kind));
        assert!(
            !says.is_empty() && !write.what.is_empty(),
            "{kind:?} says nothing"
        );
        assert_eq!(write.kind, WriteOrigin::Form(*kind));
        assert!(
            spec.verified.contains(&how(&write.verification)),
            "{kind:?}: {:?}",
            write.verification
        );
        match (spec.inverse, &write.undo) {
            (Inverse::Never(why), undo) => assert_eq!(*undo, Undo::Never(why.into()), "{kind:?}"),
            (Inverse::Request, Undo::Never(why)) => {
                panic!("{kind:?} has a way back, and says {why}")
            }
            (Inverse::Request | Inverse::Depends, _) => {}
        }
        assert_eq!(write.is_local(), spec.local, "{kind:?}");
        assert_eq!(write.path == LOCAL, spec.local, "{kind:?}");
        assert_eq!(
            stands_as_note(&write),
            spec.family == FormFamily::Note,
            "{kind:?}"
        );
        assert!(
            spec.begins_with
                .is_none_or(|name| sample.filled(*kind).field(name).is_some()),
            "{kind:?}"
        );
        assert_eq!(
            sample.filled(*kind).field("confirm").is_some(),
            spec.publishes,
            "{kind:?}"
        );
    }
}

#[test]
fn the_same_words_are_the_same_write_in_every_version() {
    // Literal keys, as the version before this table made them: a script that runs again after an upgrade writes once.
    let sample = Sample::new();
    let keys: Vec<String> = [
        WriteKind::Declare,
        WriteKind::Edit,
        WriteKind::Role,
        WriteKind::EntryAdd,
    ]
    .map(|kind| sample.planned(kind).write.key)
    .into();
    let before = [
        "hotseat-08050d6fd101b80e9dd5189b0c00755c",
        "hotseat-cca47c38336b514dd26a0a8872696cd4",
        "hotseat-22f7826e507f01e0fa7459c0807a7c99",
        "hotseat-e5af7f3aada6fd29f910af93bc491582",
    ];
    assert_eq!(keys, before);
}

#[test]
fn a_write_that_takes_another_back_changes_and_answers_as_that_one_does() {
    let sample = Sample::new();
    let done = Write {
        state: crate::domain::WriteState::Confirmed,
        result: Some("01OV".into()),
        ..sample.planned(WriteKind::Cover).write
    };
    let undo = done.undone("k".into(), noon()).expect("a way back");
    let kept: Write = read(serde_json::to_value(&undo).expect("a text"));
    assert_eq!(kept.kind, WriteOrigin::Undo);
    assert_eq!(kept.refreshes(), WriteKind::Cover.spec().refreshes);
    let answer = json!({"override": {"id": "01OV"}});
    assert_eq!(result_of(&kept, &answer), Some("01OV".into()));
    assert_eq!(result_of(&done, &json!({"action": {"id": "01X"}})), None);
    // One of a journal before kinds has no row: every name is looked for.
    let unnamed = Write {
        kind: WriteOrigin::Unnamed,
        ..done
    };
    assert_eq!(result_of(&unnamed, &answer), Some("01OV".into()));
}

#[test]
fn a_fault_of_the_api_stands_beside_the_field_it_means() {
    let sample = Sample::new();
    let form = sample.filled(WriteKind::Edit);
    let cases = [
        ("incident.severity_id", FieldId::from("severity")),
        (
            "incident.custom_field_entries.0.custom_field_id",
            FieldId::Custom("01F".into()),
        ),
        (
            "incident.incident_role_assignments.0.assignee",
            FieldId::Role("01R".into()),
        ),
        (
            "incident.incident_timestamp_values.1",
            FieldId::Timestamp("01T".into()),
        ),
        ("incident.name", FieldId::from("name")),
    ];
    for (api, field) in cases {
        assert_eq!(field_named(&form, api), field, "{api}");
    }
}

#[test]
fn what_is_not_sent_yet_is_told_from_the_write_alone() {
    let sample = Sample::new();
    let note = sample.planned(WriteKind::Note).write;
    assert_eq!(
        (note_title(&note), noted_at(&note)),
        ("It began", Some(noon()))
    );
    let update = sample.planned(WriteKind::Update).write;
    assert!(is_update(&update) && !is_update(&note) && !sets_severity(&update));
    assert_eq!(text_of(&update), "Rolling back");
    assert!(sets_severity(&sample.planned(WriteKind::Severity).write));
}
