//! What is compared follows what is written: a text that changes, and a post-mortem that is written later.

use super::{access, organisation};
use hotseat::session::{Query, Session, SimilarRequest, StatusChoice};
use serde_json::json;
use tokio::sync::mpsc;

/// A word that no incident of the organisation has.
const WORD: &str = "quenchlatch";

pub(super) async fn synced(session: &Session) {
    let (changes, mut arriving) = mpsc::channel(1_000);
    let draining = tokio::spawn(async move { while arriving.recv().await.is_some() {} });
    session.sync(&changes).await.expect("the history");
    drop(changes);
    draining.await.expect("drained");
}

/// The ids of those that are like one because both say the word.
async fn alike(session: &Session, id: &str) -> Vec<String> {
    let request = SimilarRequest {
        threshold: 0,
        most: 50,
        ..SimilarRequest::new(id)
    };
    let (found, missing) = session.similar(&request).await.expect("similar ones");
    assert!(missing.is_empty(), "{missing:?}");
    let by_word = found
        .into_iter()
        .filter(|r| r.found.reasons.iter().any(|w| w.contains(WORD)));
    let mut ids: Vec<String> = by_word.map(|r| r.found.id.to_string()).collect();
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_changes_and_a_post_mortem_that_comes_later_are_found_also_by_the_next_program()
{
    let running = organisation(60).await;
    let home = tempfile::tempdir().expect("a folder");
    let cache = Some(home.path().join("cache.db"));
    let open = || Session::open(access(&running, false, cache.clone())).expect("a session");
    let session = open();
    synced(&session).await;
    let query = Query {
        status: StatusChoice::All,
        limit: 60,
        ..Query::default()
    };
    let listed = session.list(&query).await.expect("some").items;
    let over = listed
        .iter()
        .filter(|i| i.is_public() && !i.row.category.is_open());
    let ids: Vec<String> = over.take(3).map(|i| i.row.id.to_string()).collect();
    let [asked, changed, told] = <[String; 3]>::try_from(ids).expect("three that are over");
    let write = async |id: &str, action: &str, body: serde_json::Value| {
        let path = format!("/v2/incidents/{id}/actions/{action}");
        let sent = session.call("POST", &path, &[], Some(&body)).await;
        sent.expect("written");
    };
    let summary =
        |text: String| json!({"incident": {"summary": text}, "notify_incident_channel": false});
    write(&asked, "edit", summary(format!("The {WORD} overheated."))).await;
    synced(&session).await;
    assert!(
        alike(&session, &asked).await.is_empty(),
        "nobody has the word"
    );

    write(&changed, "edit", summary(format!("A {WORD} was loose."))).await;
    synced(&session).await;
    assert_eq!(
        alike(&session, &asked).await,
        std::slice::from_ref(&changed)
    );

    let text = format!("# Outage\n\n## Root cause\nThe {WORD} was too hot.\n");
    let document = json!({"title": "Outage", "content": text});
    write(&told, "import_postmortem_document", document).await;
    let mut both = [changed, told];
    both.sort();
    assert_eq!(alike(&session, &asked).await, both);
    drop(session);
    assert_eq!(
        alike(&open(), &asked).await,
        both,
        "read again where it was not kept"
    );
}
