//! Looking back asks for what is new alone, and answers what a look at everything does.

use super::{access, organisation};
use hotseat::session::{Query, Session, StatusChoice};
use hotseat::sim;
use hotseat::similar::{AnalysisRequest, Period};
use serde_json::json;
use std::path::PathBuf;

/// A word that no incident of the organisation has.
const WORD: &str = "quenchlatch";

/// What a program tells of the whole past, and how many requests that took.
async fn look_back(running: &sim::Running, cache: Option<PathBuf>) -> (Period, u64) {
    let session = Session::open(access(running, false, cache)).expect("a session");
    super::similar::synced(&session).await;
    let before = running.served();
    let asked = AnalysisRequest {
        since: "2000-01-01".into(),
        until: Some("2030-01-01".into()),
        ..AnalysisRequest::default()
    };
    let (period, missing) = session.analyze(&asked).await.expect("a period");
    assert!(missing.is_empty(), "{missing:?}");
    (period, running.served() - before)
}

/// The incident of a cluster that says what resolved it.
async fn newest_of(session: &Session, cluster: &[String]) -> String {
    let query = Query {
        status: StatusChoice::All,
        limit: 1_000,
        ..Query::default()
    };
    let listed = session.list(&query).await.expect("some").items;
    let over = listed.iter().filter(|i| !i.row.category.is_open());
    let mut members = over.filter(|i| cluster.iter().any(|r| *r == *i.row.reference));
    let newest = members.next().expect("one that is over");
    newest.row.id.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_look_asks_for_what_is_new_and_tells_what_a_first_one_would() {
    let running = organisation(400).await;
    let home = tempfile::tempdir().expect("a folder");
    let cache = Some(home.path().join("cache.db"));
    let (first, swept) = look_back(&running, cache.clone()).await;
    assert_eq!(first.declared, first.count);
    // What was said in the last minutes, or comes with private incidents, is asked for each on its own.
    let (again, _) = look_back(&running, cache.clone()).await;
    assert_eq!(again, first);
    let (again, asked) = look_back(&running, cache.clone()).await;
    assert_eq!(again, first);
    assert!(asked * 2 < swept, "{asked} requests after {swept}");

    let session = Session::open(access(&running, false, None)).expect("a session");
    let cluster = &first.clusters[0];
    let id = newest_of(&session, &cluster.members).await;
    let message = format!("Turned the {WORD} off.");
    let update = json!({"idempotency_key": "k", "incident_id": id, "message": message});
    let posted = session
        .call("POST", "/v2/incident_updates", &[], Some(&update))
        .await;
    posted.expect("posted");
    let (told, more) = look_back(&running, cache.clone()).await;
    assert!(
        told.clusters.iter().any(|c| c.resolved_by.contains(WORD)),
        "{:?}",
        told.clusters
    );
    assert!((1..=4).contains(&(more - asked)), "{asked}, then {more}");
    assert_eq!(told, look_back(&running, None).await.0);
    let keeps_it = || {
        let kept = std::fs::read(home.path().join("cache.db")).expect("the cache");
        String::from_utf8_lossy(&kept).contains(WORD)
    };
    assert!(keeps_it(), "the next look need not ask for it");

    running.make_private(&id);
    let (told, _) = look_back(&running, cache.clone()).await;
    assert_eq!(told, look_back(&running, None).await.0);
    assert!(!keeps_it(), "it is private now");
}
