//! Streams as they must be, and those that somebody else made.

use crate::server::{Server, Words};
use async_nats::jetstream::stream::{Config, StorageType};
use async_nats::jetstream::{self, Context};
use hotseat::jetstream::{Bucket, Fault, Names, make_changes};
use serde_json::{Value, json};
use std::time::Duration;

async fn library(server: &Server) -> Context {
    let client = async_nats::connect(server.way().address)
        .await
        .expect("a client");
    jetstream::new(client)
}

async fn info(server: &Server, stream: &str) -> Value {
    let asked: Value = library(server)
        .await
        .request(format!("STREAM.INFO.{stream}"), &json!({}))
        .await
        .expect("an answer");
    asked
}

#[tokio::test]
async fn a_bucket_that_is_made_again_keeps_what_it_holds() {
    let server = Server::start();
    let (link, bucket) = server.bucket().await;
    bucket.write("a", "x", 0).await.expect("written");
    let again = Bucket::make(&link, "test", None).await.expect("made");
    assert!(again.read("a").await.is_some());
    assert_eq!(again.born().await, bucket.born().await);
    let config = &info(&server, "KV_test").await["config"];
    assert_eq!(config["max_msgs_per_subject"], 2);
    assert_eq!(config["storage"], "file");
    assert_eq!(config["discard"], "new");
    let aged = Bucket::make(&link, "test", Some(Duration::from_secs(60)))
        .await
        .expect("mended");
    assert_eq!(aged.born().await, bucket.born().await);
    assert_eq!(
        info(&server, "KV_test").await["config"]["max_age"],
        60_000_000_000_u64
    );
}

#[tokio::test]
async fn a_bucket_that_somebody_made_otherwise_is_mended_or_refused() {
    let server = Server::start();
    let (link, js) = (server.link().await, library(&server).await);
    let base = |name: &str| Config {
        name: format!("KV_{name}"),
        subjects: vec![format!("$KV.{name}.>")],
        ..Config::default()
    };
    js.create_stream(Config {
        max_messages_per_subject: 64,
        ..base("mended")
    })
    .await
    .expect("made");
    Bucket::make(&link, "mended", None).await.expect("mended");
    let config = &info(&server, "KV_mended").await["config"];
    assert_eq!(
        (&config["max_msgs_per_subject"], &config["allow_direct"]),
        (&json!(2), &json!(true))
    );
    js.create_stream(Config {
        storage: StorageType::Memory,
        ..base("memory")
    })
    .await
    .expect("made");
    js.create_stream(Config {
        deny_delete: true,
        ..base("kept")
    })
    .await
    .expect("made");
    for (name, why) in [("memory", "storage"), ("kept", "deny_delete")] {
        let Err(Fault::Other(words)) = Bucket::make(&link, name, None).await else {
            panic!("{name} is refused");
        };
        assert!(
            words.contains(why) && words.contains(&format!("KV_{name}")),
            "{words}"
        );
    }
}

#[tokio::test]
async fn changes_are_kept_for_a_day_and_the_same_change_once() {
    let server = Server::start();
    let link = server.link().await;
    let names = Names::new("acme").expect("names");
    let missing = link.append(&names.change("01A"), b"x".to_vec(), "1").await;
    assert_eq!(missing, Err(Fault::Missing));
    make_changes(&link, &names).await.expect("made");
    make_changes(&link, &names).await.expect("made again");
    for id in ["1", "2", "1", "2"] {
        link.append(&names.change("01A"), b"x".to_vec(), id)
            .await
            .expect("appended");
    }
    let info = info(&server, &names.changes_stream()).await;
    assert_eq!(info["state"]["messages"], 2);
    assert_eq!(info["config"]["max_bytes"], 16 << 20);
    assert_eq!(info["config"]["max_age"], 86_400_000_000_000_u64);
    assert_eq!(info["config"]["discard"], "old");
}

#[tokio::test]
async fn a_server_without_jetstream_is_named_as_such() {
    let plain = Server::without_jetstream();
    let link = plain.link().await;
    let Err(fault) = Bucket::make(&link, "test", None).await else {
        panic!("there is no JetStream");
    };
    assert!(fault.to_string().contains("JetStream"), "{fault}");
    assert!(fault.to_string().contains("127.0.0.1"), "{fault}");
}
