//! Keys and values, and two who write them at once.

use crate::server::{Server, Words, entry};
use hotseat::jetstream::{Bucket, Fault};

#[tokio::test]
async fn what_was_written_is_read_and_what_was_erased_is_not() {
    let server = Server::start();
    let (_link, bucket) = server.bucket().await;
    assert_eq!(bucket.read("a.b").await, None);
    assert_eq!(bucket.write("a.b", "one", 0).await, Ok(1));
    assert_eq!(bucket.write("a.b", "two", 1).await, Ok(2));
    assert_eq!(bucket.write("a.c", "three", 0).await, Ok(3));
    assert_eq!(bucket.read("a.b").await, Some(entry("a.b", 2, Some("two"))));
    let keys = |all: &[(&str, u64)]| {
        all.iter()
            .map(|(key, at)| ((*key).to_owned(), *at))
            .collect::<Vec<_>>()
    };
    assert_eq!(bucket.keys().await, Ok(keys(&[("a.b", 2), ("a.c", 3)])));
    bucket.erase("a.b").await.expect("erased");
    assert_eq!(bucket.read("a.b").await, Some(entry("a.b", 4, None)));
    assert_eq!(bucket.keys().await, Ok(keys(&[("a.c", 3)])));
    // Erasing again changes nothing, and a key that was never there gets no tombstone.
    bucket.erase("a.>").await.expect("erased");
    bucket.erase("a.>").await.expect("erased");
    bucket.erase("never").await.expect("erased");
    assert_eq!(bucket.read("a.b").await, Some(entry("a.b", 4, None)));
    assert_eq!(bucket.read("a.c").await, Some(entry("a.c", 5, None)));
    assert_eq!(bucket.read("never").await, None);
    assert_eq!(bucket.write("a.b", "again", 0).await, Err(Fault::Moved));
    assert_eq!(bucket.write("a.b", "again", 4).await, Ok(6));
}

#[tokio::test]
async fn of_writers_that_expect_the_same_revision_one_wins() {
    let server = Server::start();
    let (_link, bucket) = server.bucket().await;
    let mut revision = 0;
    for round in 0..20 {
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..4 {
            let (_, own) = server.bucket().await;
            writers.spawn(async move {
                let value = format!("{round} by {writer}");
                (own.write("contended", &value, revision).await, value)
            });
        }
        let all = writers.join_all().await;
        let won: Vec<_> = all
            .iter()
            .filter_map(|(done, value)| done.clone().ok().map(|at| (at, value)))
            .collect();
        assert_eq!(won.len(), 1, "{all:?}");
        assert!(
            all.iter()
                .all(|(done, _)| matches!(done, Ok(_) | Err(Fault::Moved))),
            "{all:?}"
        );
        let (at, value) = won[0];
        assert_eq!(
            bucket.read("contended").await,
            Some(entry("contended", at, Some(value)))
        );
        revision = at;
    }
}

#[tokio::test]
async fn a_reader_makes_no_bucket_and_is_told_that_there_is_none() {
    let server = Server::start();
    let link = server.link().await;
    assert_eq!(
        Bucket::find(&link, "test").await.err(),
        Some(Fault::Missing)
    );
    let made = Bucket::make(&link, "test", None).await.expect("made");
    let found = Bucket::find(&link, "test").await.expect("found");
    assert_eq!(found.born().await, made.born().await);
    assert_eq!(found.name(), "test");
    for wrong in ["", "a.b", "*", ">", "a b", "../a"] {
        assert!(Bucket::make(&link, wrong, None).await.is_err(), "{wrong:?}");
    }
    for wrong in ["", ">", "a..b", "a b"] {
        assert!(made.get(wrong).await.is_err(), "{wrong:?}");
        assert!(made.write(wrong, "x", 0).await.is_err(), "{wrong:?}");
    }
}
