//! A job ends aloud, once, however it ends; and what other programs do is told unasked.

use super::*;
use crate::config::{self, Overrides};
use crate::domain::{OpenProposal, Write, time};
use crate::session::Access;
use std::path::Path;
use std::time::Duration;

#[tokio::test]
async fn every_job_ends_aloud_in_one_outcome_a_panic_and_a_replacement_included() {
    let (replies, mut heard) = mpsc::channel(reply::BACKLOG);
    let (forms, _typed) = mpsc::unbounded_channel();
    let mut worker = Worker::new(replies, forms);
    worker.spawn_pure(JobSubject::Verdict, || panic!("a fault of our own"));
    worker.spawn_job(JobSubject::Filter, |_| std::future::pending());
    worker.spawn_job(JobSubject::Filter, |_| async { Ok(vec![]) });
    worker.spawn_job(JobSubject::Writes, |_| async { Err(ApiError::NoKey) });
    worker.take(Cmd::Retry("k".into()));
    let mut ended = Vec::new();
    while ended.len() < 5 {
        let reply = heard.recv().await.expect("every job answers");
        let word = match reply.outcome {
            Outcome::Underway(_) => continue,
            Outcome::Done(_) => "done",
            Outcome::Failed(_) => "failed",
            Outcome::Cancelled => "cancelled",
        };
        ended.push((reply.job.id, word));
    }
    ended.sort_unstable();
    let words = ["failed", "cancelled", "done", "failed", "failed"];
    let expected: Vec<(u64, &str)> = (1..).zip(words).collect();
    assert_eq!(ended, expected);
    drop(worker);
    assert!(heard.recv().await.is_none(), "and in no second one");
}

/// A program of this machine, with its own hands on a journal.
fn program(journal: &Path) -> Session {
    let overrides = Overrides {
        file: Some("/dev/null".into()),
        ..Overrides::default()
    };
    let config = Arc::new(config::load(&overrides).expect("defaults"));
    let access = Access {
        journal: Some(journal.to_owned()),
        cache: None,
        ..Access::local(config, None)
    };
    Session::open(access).expect("a session")
}

#[tokio::test]
async fn what_another_program_proposes_or_writes_is_told_unasked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let (here, there) = (program(&path), program(&path));
    let (replies, mut heard) = mpsc::channel(reply::BACKLOG);
    let (forms, typed) = mpsc::unbounded_channel();
    let mut worker = Worker::new(replies, forms);
    worker.opened(Arc::new(here), typed);
    let mut told = async |wanted: fn(&News) -> bool| {
        let waits = async {
            loop {
                match heard.recv().await.expect("it goes on").outcome {
                    Outcome::Underway(news) if wanted(&news) => return,
                    _ => {}
                }
            }
        };
        // A loaded machine may take its time; nothing here asks for the journal by itself.
        let patience = Duration::from_secs(60);
        tokio::time::timeout(patience, waits).await.expect("told");
    };
    told(|news| matches!(news, News::Proposals(all) if all.is_empty())).await;
    let now = there.now();
    let proposal = OpenProposal {
        id: "P1".into(),
        by: "claude 1.0".into(),
        what: "INC-312: update".into(),
        says: Vec::new(),
        requests: Vec::new(),
        private: false,
        asked: false,
        answer: None,
        made: now,
        expires: now + chrono::Duration::minutes(10),
    };
    there.show_proposal("run", proposal).await.expect("shown");
    told(|news| matches!(news, News::Proposals(all) if all.len() == 1)).await;
    there.end_proposal("P1").await.expect("settled");
    told(|news| matches!(news, News::Proposals(all) if all.is_empty())).await;
    let at = time::parse("2026-11-20T14:40:00Z").expect("a time");
    let path = "/v2/incident_timeline_items".into();
    let write = Write::new(
        "k1".into(),
        "01",
        "note".into(),
        "POST",
        path,
        serde_json::json!({}),
        at,
    );
    there.record(&write).await.expect("recorded");
    told(|news| matches!(news, News::Journal(all) if all.len() == 1)).await;
}
