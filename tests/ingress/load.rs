//! How many notifications of Alertmanager a second are kept on disk, and how long each waits for it. Not a test of
//! anything: `cargo test --release --test ingress -- --ignored --nocapture how_many`.

use crate::listening::{TOKEN, alert, listen};
use hotseat::bridge::ingress::{self, Delivery, KeepError, Kept, keeper};
use serde_json::json;
use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};

/// Requests a second that are asked for, connections that ask, and for how long.
const WANTED: usize = 500;
const CONNECTIONS: usize = 16;
const SECONDS: usize = 10;

type Waiting = (Delivery, oneshot::Sender<Result<Kept, KeepError>>);

/// Writes everything that waits, syncs once, and confirms it all.
fn write_down(mut waiting: mpsc::UnboundedReceiver<Waiting>, mut file: std::fs::File) {
    while let Some(first) = waiting.blocking_recv() {
        let mut all = vec![first];
        while let Ok(next) = waiting.try_recv() {
            all.push(next);
        }
        for (delivery, _) in &all {
            writeln!(file, "{delivery:?}").expect("written");
        }
        file.sync_data().expect("synced");
        for (_, confirm) in all {
            let _ = confirm.send(Ok(Kept::Now));
        }
    }
}

/// Asks again and again on one connection; how long each took.
async fn ask(at: SocketAddr, request: Vec<u8>) -> Vec<Duration> {
    let mut stream = TcpStream::connect(at).await.expect("a connection");
    stream.set_nodelay(true).expect("a socket");
    let every = Duration::from_secs(1) * CONNECTIONS as u32 / WANTED as u32;
    let mut beat = tokio::time::interval(every);
    let (mut took, mut answer) = (Vec::new(), [0; 4_096]);
    for _ in 0..WANTED * SECONDS / CONNECTIONS {
        beat.tick().await;
        let asked = Instant::now();
        stream.write_all(&request).await.expect("sent");
        let read = stream.read(&mut answer).await.expect("an answer");
        assert!(answer[..read].starts_with(b"HTTP/1.1 200"));
        took.push(asked.elapsed());
    }
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures"]
async fn how_many_notifications_a_second_are_kept() {
    let file = tempfile::tempfile_in(env!("CARGO_TARGET_TMPDIR")).expect("a file");
    let (send, waiting) = mpsc::unbounded_channel::<Waiting>();
    std::thread::spawn(move || write_down(waiting, file));
    let keeper = keeper(move |delivery| {
        let (confirm, confirmed) = oneshot::channel();
        let sent = send.send((delivery, confirm));
        async move {
            let gone = |_| KeepError::Failed("Nobody writes.".into());
            sent.map_err(|_| KeepError::Failed("Nobody writes.".into()))?;
            confirmed.await.map_err(gone)?
        }
    });
    let server = ingress::start(listen(), keeper).await.expect("a server");
    let alerts: Vec<_> = (0..5).map(|n| alert(&format!("f{n}"))).collect();
    let body = json!({"version": "4", "status": "firing", "alerts": alerts}).to_string();
    let head = format!(
        "POST /alertmanager HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let request = [head.as_bytes(), body.as_bytes()].concat();
    let began = Instant::now();
    let asking = (0..CONNECTIONS).map(|_| tokio::spawn(ask(server.at(), request.clone())));
    let mut took = Vec::new();
    for asking in asking.collect::<Vec<_>>() {
        took.extend(asking.await.expect("it asked"));
    }
    let rate = took.len() as f64 / began.elapsed().as_secs_f64();
    took.sort();
    let part = |share: f64| took[(took.len() as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{} bytes a request, {rate:.0} a second: p50 {:.1} ms, p99 {:.1} ms",
        request.len(),
        part(0.5),
        part(0.99)
    );
}
