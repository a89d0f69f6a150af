//! Watches: the order of what stands there, what comes, and what a server that was away means for them.

use crate::server::{Server, Words, next, snapshot, told, until, within};
use hotseat::jetstream::{Bucket, Fault, Link, Watch, Watched};

#[tokio::test]
async fn a_watch_tells_what_stands_there_in_order_and_then_what_comes() {
    let server = Server::start();
    let (_link, bucket) = server.bucket().await;
    let first = bucket.write("a.1", "old", 0).await.expect("written");
    bucket.write("b.1", "two", 0).await.expect("written");
    bucket.write("a.2", "three", 0).await.expect("written");
    bucket.write("a.1", "four", first).await.expect("written");
    bucket.erase("a.2").await.expect("erased");
    let mut all = bucket.watch(">").await.expect("a watch");
    let mut some = bucket.watch("a.*").await.expect("a watch");
    let of_all: Vec<_> = snapshot(&mut all)
        .await
        .into_iter()
        .map(|e| (e.key, e.revision, e.value.is_some()))
        .collect();
    assert_eq!(
        of_all,
        [
            ("b.1".into(), 2, true),
            ("a.1".into(), 4, true),
            ("a.2".into(), 5, false)
        ]
    );
    assert_eq!(snapshot(&mut some).await.len(), 2);
    bucket.write("b.2", "six", 0).await.expect("written");
    bucket.erase("a.1").await.expect("erased");
    assert_eq!(next(&mut all).await, told("b.2", 6, Some("six")));
    assert_eq!(next(&mut all).await, told("a.1", 7, None));
    assert_eq!(next(&mut some).await, told("a.1", 7, None));
}

#[tokio::test]
async fn an_empty_bucket_is_caught_up_at_once() {
    let server = Server::start();
    let (_link, bucket) = server.bucket().await;
    bucket.write("b", "x", 0).await.expect("written");
    for pattern in ["a.>", "never"] {
        let mut watch = bucket.watch(pattern).await.expect("a watch");
        let began = std::time::Instant::now();
        assert_eq!(next(&mut watch).await, Ok(Watched::CaughtUp));
        assert!(began.elapsed().as_secs() < 2, "it does not wait for a beat");
    }
}

#[tokio::test]
async fn a_watch_goes_on_behind_a_revision() {
    let server = Server::start();
    let (_link, bucket) = server.bucket().await;
    for (at, key) in ["a", "b", "c"].into_iter().enumerate() {
        assert_eq!(bucket.write(key, key, 0).await, Ok(at as u64 + 1));
    }
    let mut watch = bucket.watch_from(">", 2).await.expect("a watch");
    assert_eq!(next(&mut watch).await, told("c", 3, Some("c")));
    assert_eq!(next(&mut watch).await, Ok(Watched::CaughtUp));
    let mut watch = bucket.watch_from(">", 3).await.expect("a watch");
    assert_eq!(next(&mut watch).await, Ok(Watched::CaughtUp));
    bucket.write("d", "d", 0).await.expect("written");
    assert_eq!(next(&mut watch).await, told("d", 4, Some("d")));
    // A revision that this bucket never had is another bucket's.
    assert_eq!(bucket.watch_from(">", 40).await.err(), Some(Fault::Missing));
}

#[tokio::test]
async fn many_large_values_reach_a_reader_that_is_slow_to_begin() {
    let server = Server::start();
    let (_link, bucket) = server.bucket().await;
    let value = "v".repeat(40_000);
    for number in 0..2_000 {
        bucket
            .write(&format!("k.{number}"), &value, 0)
            .await
            .expect("written");
    }
    let mut watch = bucket.watch(">").await.expect("a watch");
    // Until here the server has sent what it may; the rest waits for the reader.
    bucket.write("k.last", "x", 0).await.expect("written");
    let all = snapshot(&mut watch).await;
    assert!(all.len() >= 2_000);
    assert!(all.is_sorted_by(|a, b| a.revision < b.revision));
}

/// A bucket that can be written at a server that was just started again.
async fn back(link: &Link) -> Bucket {
    until("the link comes back", async || link.is_up()).await;
    within("the bucket comes back", async {
        loop {
            match Bucket::make(link, "test", None).await {
                Ok(bucket) => return bucket,
                Err(Fault::Unreachable(_)) => {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await
                }
                Err(fault) => panic!("{fault}"),
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_watch_misses_nothing_over_a_server_that_starts_again() {
    for killed in [true, false] {
        let mut server = Server::start();
        let (link, bucket) = server.bucket().await;
        bucket.write("a", "one", 0).await.expect("written");
        let mut watch = bucket.watch(">").await.expect("a watch");
        assert_eq!(snapshot(&mut watch).await.len(), 1);
        if killed {
            server.kill();
        } else {
            server.stop();
        }
        until("the link notices", async || !link.is_up()).await;
        assert!(
            matches!(bucket.write("b", "x", 0).await, Err(Fault::Unreachable(_))),
            "nothing is put aside for later"
        );
        server.run();
        let bucket = back(&link).await;
        let last = bucket.write("b", "two", 0).await.expect("written");
        bucket.write("b", "three", last).await.expect("written");
        // The value that was replaced at once may be told or not; the last one is.
        let mut heard = next(&mut watch).await;
        if heard == told("b", last, Some("two")) {
            heard = next(&mut watch).await;
        }
        assert_eq!(heard, told("b", last + 1, Some("three")));
    }
}

async fn ends(watch: &mut Watch) {
    let began = std::time::Instant::now();
    while let Ok(told) = next(watch).await {
        assert!(matches!(told, Watched::Entry(_) | Watched::CaughtUp));
    }
    assert!(began.elapsed().as_secs() < 15, "within fifteen seconds");
    assert_eq!(next(watch).await, Err(Fault::Missing));
}

#[tokio::test]
async fn a_watch_on_a_server_that_comes_back_empty_ends_with_a_fault() {
    for made_anew in [false, true] {
        let mut server = Server::start();
        let (link, bucket) = server.bucket().await;
        let born = bucket.born().await.expect("born");
        bucket.write("a", "one", 0).await.expect("written");
        let mut watch = bucket.watch(">").await.expect("a watch");
        snapshot(&mut watch).await;
        server.kill();
        server.empty();
        server.run();
        if made_anew {
            let bucket = back(&link).await;
            assert_ne!(bucket.born().await, Ok(born));
            // As many writes as before, so that only the birth tells the two apart.
            bucket.write("a", "other", 0).await.expect("written");
        }
        ends(&mut watch).await;
    }
}

#[tokio::test]
async fn a_watch_on_a_bucket_that_is_removed_under_it_ends_with_a_fault() {
    let server = Server::start();
    let (_link, bucket) = server.bucket().await;
    let mut removed = bucket.watch(">").await.expect("a watch");
    snapshot(&mut removed).await;
    let client = async_nats::connect(server.way().address)
        .await
        .expect("a client");
    let gone = client
        .request("$JS.API.STREAM.DELETE.KV_test", "".into())
        .await
        .expect("an answer");
    assert!(String::from_utf8_lossy(&gone.payload).contains("true"));
    ends(&mut removed).await;
    assert_eq!(bucket.get("a").await, Err(Fault::Missing));
    assert_eq!(bucket.write("a", "x", 0).await, Err(Fault::Missing));
    assert_eq!(bucket.keys().await, Err(Fault::Missing));
}

#[tokio::test]
async fn a_server_that_hangs_is_noticed_and_one_that_goes_on_is_heard_again() {
    let server = Server::start();
    let (link, bucket) = server.bucket().await;
    let mut watch = bucket.watch(">").await.expect("a watch");
    snapshot(&mut watch).await;
    server.hang(true);
    let began = std::time::Instant::now();
    let unanswered = bucket.write("late", "x", 0).await;
    assert!(matches!(unanswered, Err(Fault::Unreachable(_))));
    assert!(began.elapsed().as_secs() < 12, "{:?}", began.elapsed());
    until("the link notices", async || !link.is_up()).await;
    server.hang(false);
    let bucket = back(&link).await;
    // What was given up may have arrived all the same: whoever writes reads first.
    let late = bucket.read("late").await;
    if late.is_some() {
        assert_eq!(next(&mut watch).await, told("late", 1, Some("x")));
    }
    let at = bucket.write("b", "y", 0).await.expect("written");
    assert_eq!(next(&mut watch).await, told("b", at, Some("y")));
}
