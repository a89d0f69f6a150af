//! A job ends aloud, once, however it ends.

use super::*;

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
