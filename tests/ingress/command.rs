//! `hotseat simulate --webhooks`, as a program.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use tokio::sync::mpsc;

/// A program that ends with the test.
struct Owned(Child);

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `hotseat simulate` with these arguments, and the first lines that it prints.
fn simulate(arguments: &[&str], lines: usize) -> (Owned, Vec<String>) {
    let child = Command::new(env!("CARGO_BIN_EXE_hotseat"))
        .args(["simulate", "--incidents", "20", "--speed", "600"])
        .args(arguments)
        .env_clear()
        .env("HOME", "/nonexistent")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut owned = Owned(child);
    let printed = BufReader::new(owned.0.stdout.take().expect("its output")).lines();
    let lines = printed.take(lines).map(|line| line.expect("a line"));
    (owned, lines.collect())
}

/// A subscriber that takes everything and shows it.
async fn subscriber() -> (String, mpsc::UnboundedReceiver<(HeaderMap, Bytes)>) {
    let (came, coming) = mpsc::unbounded_channel();
    let take = move |headers: HeaderMap, body: Bytes| async move {
        let _ = came.send((headers, body));
        StatusCode::NO_CONTENT
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port");
    let url = format!("http://{}/in", listener.local_addr().expect("an address"));
    let app = Router::new().route("/in", post(take));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, coming)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_that_is_printed_or_given_is_the_one_that_signs() {
    let given = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(given.path(), format!("{}\n", crate::listening::SECRET)).expect("written");
    let file = given.path().to_str().expect("a path");
    for further in [[].as_slice(), &["--webhook-secret-file", file]] {
        let (url, mut coming) = subscriber().await;
        let arguments = [&["--webhooks", url.as_str()], further].concat();
        let lines = if further.is_empty() { 2 } else { 1 };
        let (_program, printed) = tokio::task::block_in_place(|| simulate(&arguments, lines));
        let secret = printed.get(1).map_or(crate::listening::SECRET, |s| s);
        assert!(secret.starts_with("whsec_"), "{printed:?}");
        let (headers, body) = coming.recv().await.expect("a webhook");
        let oracle = standardwebhooks::Webhook::new(secret).expect("a secret");
        oracle.verify(&body, &headers).expect("it is signed");
    }
}

#[test]
fn webhooks_that_could_be_read_on_the_way_or_signed_by_anybody_are_not_sent() {
    let empty = tempfile::NamedTempFile::new().expect("a file");
    let file = empty.path().to_str().expect("a path");
    for (arguments, told) in [
        (
            ["--webhooks", "http://hooks.example/in"].as_slice(),
            "https",
        ),
        (&["--webhooks", "hooks"], "no address"),
        (
            &[
                "--webhooks",
                "http://127.0.0.1:9/",
                "--webhook-secret-file",
                file,
            ],
            "whsec_",
        ),
        (&["--webhook-secret-file", file], "--webhooks"),
    ] {
        let (mut program, printed) = simulate(arguments, 1);
        assert!(printed.is_empty(), "{printed:?}");
        let mut said = String::new();
        let mut errors = program.0.stderr.take().expect("its errors");
        std::io::Read::read_to_string(&mut errors, &mut said).expect("words");
        assert!(said.contains(told), "{said}");
    }
}
