//! What a private incident left behind must be found on no disk: superseded and erased values are looked for as bytes.

use crate::server::{Server, Words};

/// A title that no other file has, in pieces so that headers and indexes could not hold it by chance.
fn canary(number: usize) -> String {
    format!(
        "canary-{number:04}-of-a-private-incident-{}",
        "x".repeat(number % 500)
    )
}

fn prefix(number: usize) -> String {
    format!("canary-{number:04}-of-a-private")
}

#[tokio::test]
async fn a_value_that_was_replaced_is_on_no_disk() {
    let mut server = Server::start();
    let (_link, bucket) = server.bucket().await;
    let mut revision = 0;
    for number in 0..50 {
        revision = bucket
            .write("a", &canary(number), revision)
            .await
            .expect("written");
    }
    server.stop();
    assert!(
        !server.files_with(&prefix(49)).is_empty(),
        "the last value is there"
    );
    for number in 0..49 {
        assert_eq!(server.files_with(&prefix(number)), [""; 0], "{number}");
    }
}

#[tokio::test]
async fn an_erased_value_is_on_no_disk_even_where_the_server_is_killed_at_once() {
    for kill in [false, true] {
        let mut server = Server::start();
        let (_link, bucket) = server.bucket().await;
        for number in 0..200 {
            bucket
                .write(
                    &format!("focus.{}.{number}", number % 2),
                    &canary(number),
                    0,
                )
                .await
                .expect("written");
        }
        bucket.erase("focus.1.>").await.expect("erased");
        if kill {
            server.kill();
        } else {
            server.stop();
        }
        for number in 0..200 {
            let stays = number % 2 == 0;
            let found = server.files_with(&prefix(number));
            if stays && !kill {
                assert!(!found.is_empty(), "{number}");
            } else if !stays {
                assert_eq!(found, [""; 0], "{number}, killed: {kill}");
            }
        }
    }
}

#[tokio::test]
async fn what_a_crash_left_is_swept() {
    let mut server = Server::start();
    let (_link, bucket) = server.bucket().await;
    // As a writer does that ends between the write and the erasing of what it replaced.
    let client = async_nats::connect(server.way().address)
        .await
        .expect("a client");
    let js = async_nats::jetstream::new(client);
    for number in 0..40 {
        let subject = format!("$KV.test.key.{}", number % 20);
        js.publish(subject, canary(number).into())
            .await
            .expect("sent")
            .await
            .expect("stored");
    }
    bucket.sweep().await.expect("swept");
    bucket.sweep().await.expect("swept");
    assert_eq!(bucket.keys().await.expect("keys").len(), 20);
    server.stop();
    for number in 0..40 {
        let found = server.files_with(&prefix(number));
        assert_eq!(found.is_empty(), number < 20, "{number}");
    }
}

#[tokio::test]
async fn an_erasure_that_was_interrupted_is_ended_by_the_next() {
    let mut server = Server::start();
    let (_link, bucket) = server.bucket().await;
    bucket.write("a", &canary(1), 0).await.expect("written");
    let client = async_nats::connect(server.way().address)
        .await
        .expect("a client");
    let js = async_nats::jetstream::new(client);
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("KV-Operation", "PURGE");
    js.publish_with_headers("$KV.test.a", headers, "".into())
        .await
        .expect("sent")
        .await
        .expect("stored");
    bucket.erase("a").await.expect("erased");
    server.stop();
    assert_eq!(server.files_with(&prefix(1)), [""; 0]);
}
