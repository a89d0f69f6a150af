//! The headless client as a front end sees it: with `session` and `domain` alone a foreign one does the whole of an
//! incident, a read-only one sends nothing, and what the console finds the command finds too.

#[path = "common/clock.rs"]
#[allow(dead_code, reason = "no program is started here")]
mod clock;
#[path = "session/looking_back.rs"]
mod looking_back;
#[path = "session/similar.rs"]
mod similar;
#[path = "session/together.rs"]
mod together;

use hotseat::config::{self, Config, Overrides};
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::reply::Outcome;
use hotseat::console::state::DetailTab;
use hotseat::console::worker;
use hotseat::domain::{
    FieldGroup, Incident, IncidentId, Instant, MoveKind, Thing, Undo, Verification, Write,
    WriteKind, WriteState, time::Zone,
};
use hotseat::session::{
    Access, ApiError, Change, InvestigationRequest, InvestigationStep, Opening, Prepared, Query,
    Session, SimilarRequest, StatusChoice, TargetRef, WriteRequest,
};
use hotseat::sim;
use serde_json::json;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::sync::mpsc;

async fn organisation(incidents: usize) -> sim::Running {
    let options = sim::Options {
        incidents,
        speed: 0.0,
        clock: clock::clock(),
        ..sim::Options::default()
    };
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    sim::start(options, anywhere)
        .await
        .expect("an organisation")
}

fn settings(read_only: bool) -> Config {
    let nothing = Overrides {
        file: Some("/dev/null".into()),
        clock: clock::clock(),
        read_only,
        ..Overrides::default()
    };
    config::load(&nothing).expect("the defaults")
}

fn access(running: &sim::Running, read_only: bool, cache: Option<PathBuf>) -> Access {
    let key = running.key.clone().into();
    let access = Access::simulated(&settings(read_only), &running.url, key);
    Access { cache, ..access }
}

/// A front end nobody here has seen: it pages through an incident from declaring to its post-mortem.
struct Pager {
    session: Session,
}

impl Pager {
    fn request(&self, kind: WriteKind, about: TargetRef, fields: &[(&str, &str)]) -> WriteRequest {
        let filled = fields
            .iter()
            .map(|(id, value)| ((*id).to_owned(), (*value).to_owned()));
        WriteRequest {
            kind,
            about,
            fields: filled.collect(),
            named: Vec::new(),
            key: None,
            dry_run: false,
            zone: Zone::UTC,
        }
    }

    /// Asks, reads what would be sent, and sends it.
    async fn write(&self, request: &WriteRequest) -> Result<Write, ApiError> {
        match self.session.prepare(request).await? {
            Prepared::Ready { planned, notes, .. } => {
                assert!(planned.iter().all(|one| !one.says.is_empty()));
                let writes = planned.into_iter().map(|one| one.write).collect();
                let mut done = self.session.send(writes, &notes).await;
                Ok(done.remove(0).confirmed()?.write)
            }
            Prepared::Before(mut done) => Ok(done.remove(0).write),
            Prepared::Unchanged => panic!("it was not so before"),
            Prepared::Offline(_, says, error) => panic!("{says} {error}"),
        }
    }

    async fn incident(&self, reference: &str) -> Incident {
        self.session.incident(reference).await.expect("an incident")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_front_end_needs_the_session_and_the_domain_alone() {
    let running = organisation(60).await;
    let session = Session::open(access(&running, false, None)).expect("a session");
    let pager = Pager { session };
    let org = pager.session.org().await.expect("the organisation");
    assert!(org.missing.is_empty() && pager.session.identity().await.is_ok());
    // What burns, and who is on call.
    let query = Query {
        status: StatusChoice::Active,
        limit: 50,
        ..Query::default()
    };
    let open = pager.session.list(&query).await.expect("a list").items;
    assert!(open.iter().all(|i| i.row.category.is_open()) && !open.is_empty());
    let schedules = pager.session.schedules().await.expect("schedules");
    assert!(schedules.iter().any(|s| !s.now.is_empty()));
    // A new incident, with a role by the organisation's own name for it.
    let mut declare = pager.request(
        WriteKind::Declare,
        TargetRef::Nothing,
        &[("name", "Checkout is slow"), ("severity", "Gale")],
    );
    declare
        .named
        .push((FieldGroup::Role, "Incident Lead=Ana Abara".into()));
    let declared = pager.write(&declare).await.expect("declared");
    let id = declared.result.expect("an id");
    let incident = pager.incident(&id).await;
    assert_eq!(incident.row.lead.as_deref(), Some("Ana Abara"));
    let about = || TargetRef::Incident(id.clone());
    // Asked for twice, it stands once.
    let note = pager.request(WriteKind::Note, about(), &[("title", "Rolled back")]);
    let first = pager.write(&note).await.expect("noted");
    let again = pager.write(&note).await.expect("known");
    assert_eq!((first.key, first.result), (again.key, again.result));
    let timeline = pager
        .session
        .timeline(&incident.row.id)
        .await
        .expect("a timeline");
    let noted = timeline.items.iter().filter(|i| i.title == "Rolled back");
    assert_eq!(noted.count(), 1);
    // What it refreshes is told in the domain's own words.
    let severity = pager.request(WriteKind::Severity, about(), &[("severity", "Storm")]);
    let raised = pager.write(&severity).await.expect("raised");
    assert!(raised.refreshes().contains(&Thing::Incident));
    assert_eq!(
        pager.incident(&id).await.row.severity.as_deref(),
        Some("Storm")
    );
    let back = pager
        .session
        .undo_of(&raised.key)
        .await
        .expect("a way back");
    assert_eq!(
        pager.session.send(vec![back], &[]).await[0].write.state,
        WriteState::Confirmed
    );
    assert_eq!(
        pager.incident(&id).await.row.severity.as_deref(),
        Some("Gale")
    );
    // Why, with its progress, and what was like it.
    let request = InvestigationRequest::of(&id);
    let (steps, mut told) = mpsc::channel(64);
    let found = pager
        .session
        .investigate(&request, Some(steps))
        .await
        .expect("a finding");
    assert_eq!(found.finding.incident, incident.row.reference.as_str());
    assert!(matches!(
        told.recv().await,
        Some(InvestigationStep::Planned { .. })
    ));
    let (changes, mut arriving) = mpsc::channel(1_000);
    pager.session.sync(&changes).await.expect("the history");
    assert!(matches!(arriving.recv().await, Some(Change::Rows { .. })));
    let similar = pager
        .session
        .similar(&SimilarRequest::new(id.clone()))
        .await;
    assert!(similar.is_ok());
    // And what a shift hands over.
    let since = pager.session.now() - chrono::Duration::hours(8);
    let handover = pager
        .session
        .handover(Some(since))
        .await
        .expect("a handover");
    assert!(handover.open.iter().any(|i| i.row.id.as_str() == id));
    let journal = pager.session.journal(100).await.expect("the journal");
    assert!(journal.iter().all(|w| w.state == WriteState::Confirmed) && journal.len() == 4);
}

/// A write of a kind that would change something, whatever it says.
fn any_write(kind: WriteKind, now: Instant) -> Write {
    let body = json!({"incident_id": "01", "title": "x", "idempotency_key": kind.id()});
    let path = "/v2/incident_timeline_items".to_owned();
    let write = Write::new(kind.id().into(), "01", "x".into(), "POST", path, body, now);
    Write {
        kind: kind.into(),
        verification: Verification::Repeat,
        undo: Undo::default(),
        ..write
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_session_sends_nothing_whatever_kind_and_whichever_way() {
    let running = organisation(20).await;
    let home = tempfile::tempdir().expect("a folder");
    let journal = Some(home.path().join("journal.db"));
    let open = |read_only| {
        let access = access(&running, read_only, None);
        let journal = journal.clone();
        Session::open(Access { journal, ..access }).expect("a session")
    };
    // An earlier session left one of each kind behind.
    let (earlier, session) = (open(false), open(true));
    let now = session.now();
    let kinds: Vec<WriteKind> = WriteKind::ALL
        .iter()
        .copied()
        .filter(|k| !k.is_local())
        .collect();
    for kind in &kinds {
        earlier
            .record(&any_write(*kind, now))
            .await
            .expect("recorded");
    }
    let before = running.served();
    let refused = |e: &ApiError| e.to_string().contains("Read-only mode");
    for kind in &kinds {
        let fresh = Write {
            key: format!("{} anew", kind.id()),
            ..any_write(*kind, now)
        };
        let done = session.send(vec![fresh], &[]).await;
        assert!(
            done[0].error.as_ref().is_some_and(refused),
            "{kind:?}: {:?}",
            done[0]
        );
        assert!(
            !done[0].recorded,
            "{kind:?} would go out with the next session"
        );
        let request = WriteRequest {
            kind: *kind,
            about: TargetRef::Nothing,
            fields: Vec::new(),
            named: Vec::new(),
            key: None,
            dry_run: false,
            zone: Zone::UTC,
        };
        let prepared = session.prepare(&request).await;
        assert!(
            prepared.as_ref().err().is_some_and(refused),
            "{kind:?} is prepared"
        );
        let retried = session.retry(kind.id()).await;
        assert!(
            retried.as_ref().err().is_some_and(refused),
            "{kind:?} is retried"
        );
        let backdated = session.backdate(kind.id()).await;
        assert!(
            backdated.as_ref().err().is_some_and(refused),
            "{kind:?} is back-dated"
        );
    }
    assert!(
        session
            .retry_all()
            .await
            .as_ref()
            .err()
            .is_some_and(refused)
    );
    assert!(
        session
            .attach_notes("01", false, &[])
            .await
            .as_ref()
            .err()
            .is_some_and(refused)
    );
    assert!(
        session
            .resume_writes(now)
            .await
            .expect("left alone")
            .is_empty()
    );
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let called = session
            .call(method, "/v2/incidents", &[], Some(&json!({})))
            .await;
        assert!(
            called.is_err_and(|e| e.to_string().contains("read-only")),
            "{method}"
        );
    }
    assert_eq!(running.served(), before, "not one request went out");
    assert_eq!(
        session.open_writes().await.expect("the journal").len(),
        kinds.len()
    );
}

/// The lines of the console's tab of similar incidents: reference, name and likeness.
async fn similar_in_the_console(access: Access, id: &str) -> Vec<(String, String)> {
    let (cmds, mut replies) = worker::start(Opening::now(access));
    let topic = Topic::Tab(id.into(), DetailTab::Similar);
    cmds.send(Cmd::Fetch(topic)).expect("a worker");
    loop {
        let reply = replies.recv().await.expect("an answer");
        let news = match reply.outcome {
            Outcome::Done(news) => news,
            Outcome::Failed(why) => panic!("{why:?}"),
            Outcome::Underway(_) | Outcome::Cancelled => continue,
        };
        for one in news {
            if let News::Tab(_, DetailTab::Similar, items) = one {
                let matches = items.into_iter().filter(|i| i.mark.ends_with('%'));
                return matches.map(|i| (i.title, i.mark)).collect();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_into_a_file_has_the_public_incidents_and_overwrites_nothing() {
    let running = organisation(120).await;
    let session = Session::open(access(&running, true, None)).expect("a session");
    let rows = session.export(session.now() - chrono::Duration::days(90), None);
    let all = rows.await.expect("an export");
    let public = all.iter().filter(|r| r["visibility"] == "public").count();
    assert!(
        0 < public && public < all.len(),
        "{public} of {}",
        all.len()
    );
    let folder = tempfile::tempdir().expect("a folder");
    let says = session.export_into(folder.path()).await.expect("written");
    assert!(
        says.starts_with(&format!("{public} public incidents")),
        "{says}"
    );
    let file = std::fs::read_dir(folder.path()).expect("a folder").next();
    let table = std::fs::read_to_string(file.expect("a file").expect("a file").path());
    let table = table.expect("a table");
    assert!(!table.contains("private"), "{table}");
    let nowhere = session.export_into(&folder.path().join("gone")).await;
    assert!(matches!(nowhere, Err(ApiError::Machine { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_and_the_command_find_the_same_similar_incidents() {
    let running = organisation(400).await;
    let home = tempfile::tempdir().expect("a folder");
    let cache = Some(home.path().join("cache.db"));
    let session = Session::open(access(&running, false, cache.clone())).expect("a session");
    let (changes, mut arriving) = mpsc::channel(1_000);
    let draining = tokio::spawn(async move { while arriving.recv().await.is_some() {} });
    session.sync(&changes).await.expect("the history");
    drop(changes);
    draining.await.expect("drained");
    let query = Query {
        status: StatusChoice::All,
        limit: 6,
        ..Query::default()
    };
    let mut compared = 0;
    for incident in session.list(&query).await.expect("some").items {
        let id = incident.row.id.to_string();
        let (found, missing) = session
            .similar(&SimilarRequest::new(id.clone()))
            .await
            .expect("similar ones");
        assert!(missing.is_empty());
        let shown = similar_in_the_console(access(&running, false, cache.clone()), &id).await;
        let told: Vec<(String, String)> = found
            .iter()
            .map(|r| {
                let f = &r.found;
                let more = match f.alike {
                    0 => String::new(),
                    n => format!(" (and {n} more of that name)"),
                };
                (
                    format!("{} {}{more}", f.reference, f.name),
                    format!("{} %", f.likeness),
                )
            })
            .collect();
        assert_eq!(shown, told, "{}", incident.row.reference);
        compared += told.len();
    }
    assert!(compared > 6, "there was something to compare: {compared}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_that_another_key_filled_is_read_anew_and_one_of_its_own_is_not() {
    let running = organisation(700).await;
    let home = tempfile::tempdir().expect("a folder");
    let cache = Some(home.path().join("cache.db"));
    let cost = async |key: &str| {
        let key = key.to_owned().into();
        let access = Access::simulated(&settings(false), &running.url, key);
        let cache = cache.clone();
        let session = Session::open(Access { cache, ..access }).expect("a session");
        let (changes, mut arriving) = mpsc::channel(1_000);
        let draining = tokio::spawn(async move { while arriving.recv().await.is_some() {} });
        let before = running.served();
        session.sync(&changes).await.expect("the history");
        drop(changes);
        draining.await.expect("drained");
        running.served() - before
    };
    let (whole, again) = (cost(&running.key).await, cost(&running.key).await);
    assert!(
        again < whole,
        "{again} requests for what changed, {whole} for all"
    );
    assert!(again <= 3, "who it is, what changed, what is open: {again}");
    let other = cost(&running.viewer_key).await;
    assert!(
        other >= whole,
        "{other} requests of another key, {whole} of the first"
    );
    assert!(
        cost(&running.viewer_key).await <= 3,
        "from now on it is that key's"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_turns_private_for_a_key_that_sees_nothing_private_leaves_the_cache_and_the_screen() {
    let running = organisation(60).await;
    let home = tempfile::tempdir().expect("a folder");
    let cache = Some(home.path().join("cache.db"));
    let open_session = || {
        let key = running.viewer_key.clone().into();
        let access = Access::simulated(&settings(false), &running.url, key);
        let cache = cache.clone();
        Session::open(Access { cache, ..access }).expect("a session")
    };
    let session = open_session();
    let (changes, mut arriving) = mpsc::channel(1_000);
    session.sync(&changes).await.expect("the history");
    let open = session.open_incidents().await.expect("what is open");
    let [unseen, opened] = [&open[0].row.id, &open[1].row.id];
    let mut gone = async |told: &str| {
        while let Ok(change) = arriving.try_recv() {
            if matches!(&change, Change::Gone(id) if id.as_str() == told) {
                return true;
            }
        }
        false
    };
    // One that somebody opens: it is not found.
    running.make_private(opened.as_str());
    let found = session.mirror().incident(opened, &changes).await;
    assert!(matches!(found, Err(ApiError::Http { status: 404, .. })));
    assert!(gone(opened.as_str()).await, "it is told");
    // One that nobody looks at: what is open is listed without it.
    running.make_private(unseen.as_str());
    let next = open_session();
    next.sync(&changes).await.expect("what changed");
    assert!(gone(unseen.as_str()).await, "it is told");
    for id in [unseen, opened] {
        let kept = next.mirror().cached_incident(id).await.expect("it reads");
        assert!(kept.is_none(), "{id} is still on the disk");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_moved_is_told_with_who_moved_it() {
    let running = organisation(40).await;
    let session = Session::open(access(&running, true, None)).expect("a session");
    let open = session.open_incidents().await.expect("incidents");
    let ids: Vec<IncidentId> = open.into_iter().map(|i| i.row.id).collect();
    let long_ago = session.now() - chrono::Duration::days(90);
    let moved = session.moved_since(long_ago, &ids).await.expect("moved");
    for kind in [
        MoveKind::Status,
        MoveKind::Update,
        MoveKind::Acknowledgement,
    ] {
        let mut of_kind = moved.moves.iter().filter(|m| m.kind == kind);
        assert!(of_kind.any(|m| !m.who.is_empty()), "{kind:?}: {moved:?}");
    }
    let now = session.now();
    let none = session.moved_since(now, &ids).await.expect("moved");
    assert!(none.moves.is_empty(), "{none:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_draft_is_about_is_read_by_its_id_whatever_it_is() {
    let running = organisation(40).await;
    let session = Session::open(access(&running, true, None)).expect("a session");
    let pages = session.escalations(None, 50).await.expect("pages").0;
    let alerts = session.alerts(None, false, 50).await.expect("alerts").0;
    let actions = session.actions(None).await.expect("actions").0;
    let follow_ups = session.follow_ups(None).await.expect("follow-ups").0;
    let schedules = session.schedules().await.expect("schedules");
    let catalog = session.catalog().await.expect("a catalog");
    for (kind, id) in [
        (WriteKind::Snooze, pages[0].id.to_string()),
        (WriteKind::Attach, alerts[0].id.to_string()),
        (WriteKind::ActionEdit, actions[0].id.clone()),
        (WriteKind::FollowUpEdit, follow_ups[0].id.clone()),
        (WriteKind::Cover, schedules[0].id.to_string()),
        (WriteKind::EntryEdit, catalog.entries[0].id.to_string()),
    ] {
        let ids = [id.clone()];
        let found = session.things(kind, &ids).await.expect("read");
        assert_eq!(found[0].id(), id, "{kind:?}");
        let gone = ["01GONE".to_owned()];
        let why = session.things(kind, &gone).await.expect_err("gone");
        assert!(!why.to_string().is_empty(), "{kind:?}");
    }
    let note = ["01NOTE".to_owned()];
    let why = session.things(WriteKind::NoteEdit, &note).await;
    let why = why.expect_err("whose it is was not kept").to_string();
    assert!(why.contains("timeline"), "{why}");
}
