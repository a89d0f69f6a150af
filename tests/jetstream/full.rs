//! A server without room: what is asked of it, and how it goes on.

use crate::server::{Server, Words};
use hotseat::jetstream::Fault;

#[tokio::test]
async fn a_full_server_says_so_and_goes_on_when_there_is_room() {
    let server = Server::with_store("max_file_store: 200KB", "");
    let (_link, bucket) = server.bucket().await;
    let value = "v".repeat(10_000);
    let mut written = 0;
    let fault = loop {
        match bucket.write(&format!("k.{written}"), &value, 0).await {
            Ok(_) => written += 1,
            Err(fault) => break fault,
        }
        assert!(written < 100, "it is never full");
    };
    assert_eq!(fault, Fault::Full);
    assert!(written > 5, "{written}");
    // What is there is read as before, and what is erased makes room, though there was none for its tombstone.
    assert!(
        bucket
            .read("k.0")
            .await
            .is_some_and(|entry| entry.value.is_some())
    );
    bucket.erase("k.0").await.expect("erased");
    bucket.erase("k.1").await.expect("erased");
    assert!(
        bucket
            .read("k.0")
            .await
            .is_some_and(|entry| entry.value.is_none()),
        "a tombstone"
    );
    bucket.write("new", "small", 0).await.expect("written");
    assert!(bucket.read("new").await.is_some());
}
