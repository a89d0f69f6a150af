//! What the bridge bears, as a program of its own between this one's detectors and a simulated organisation:
//! `cargo bench --bench bridge`.
//!
//! Requests a second that are answered once they are synced to disk, and how long each waits; from a detector's word to
//! the incident; memory with ten thousand issues; requests a minute to incident.io at rest and in a storm.

mod between;

use between::{Bridge, detections};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Requests a second that are asked for, connections that ask, and for how long.
const WANTED: usize = 500;
const CONNECTIONS: usize = 16;
const SECONDS: usize = 20;
/// Detections of one request.
const OF_ONE: usize = 5;
/// Issues that the requests tell of in turn.
const ISSUES: usize = 1_000;
const MANY: usize = 10_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    answered().await;
    declared().await;
    at_rest_and_in_a_storm().await;
}

fn request(from: usize) -> Vec<u8> {
    let body = detections(from, OF_ONE, ISSUES);
    let head = format!(
        "POST /detections HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

/// Asks again and again on one connection, `every` so often; how long each took.
async fn ask(at: SocketAddr, first: usize, every: Duration) -> Vec<Duration> {
    let mut stream = TcpStream::connect(at).await.expect("a connection");
    stream.set_nodelay(true).expect("a socket");
    let mut beat = tokio::time::interval(every);
    let (mut took, mut answer) = (Vec::new(), [0; 4_096]);
    for n in 0..WANTED * SECONDS / CONNECTIONS {
        let request = request((first + n) * OF_ONE);
        beat.tick().await;
        let asked = Instant::now();
        stream.write_all(&request).await.expect("sent");
        let read = stream.read(&mut answer).await.expect("an answer");
        assert!(answer[..read].starts_with(b"HTTP/1.1 200"));
        took.push(asked.elapsed());
    }
    took
}

/// How many requests a second are kept, and how long each waits for it.
async fn answered() {
    let paced = Duration::from_secs(1) * CONNECTIONS as u32 / WANTED as u32;
    for (what, every) in [
        ("at 500 a second", paced),
        ("as fast as it can", Duration::from_nanos(1)),
    ] {
        let bridge = Bridge::start("").await;
        let began = Instant::now();
        let asking = (0..CONNECTIONS).map(|n| tokio::spawn(ask(bridge.at, n * 997, every)));
        let mut took = Vec::new();
        for asking in asking.collect::<Vec<_>>() {
            took.extend(asking.await.expect("it asked"));
        }
        let rate = took.len() as f64 / began.elapsed().as_secs_f64();
        took.sort();
        let part = |share: f64| took[(took.len() as f64 * share) as usize].as_secs_f64() * 1e3;
        println!(
            "answered, {what}: {rate:.0} requests a second, p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
            part(0.5),
            part(0.99),
            part(0.999_999)
        );
    }
}

/// How long it is from a detector's word to an incident that people see.
async fn declared() {
    let bridge = Bridge::start("declares_per_hour = 1000\n").await;
    let mut took = Vec::new();
    for n in 0..12 {
        let (seen, begun) = (bridge.incidents().await, Instant::now());
        bridge.report(&detections(n, 1, MANY)).await;
        while bridge.incidents().await == seen {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        took.push(begun.elapsed());
        // The next comes when nothing is under way.
        tokio::time::sleep(Duration::from_secs(4)).await;
    }
    took.sort();
    let (median, longest) = (took[took.len() / 2], took[took.len() - 1]);
    println!("from a detector's word to the incident: median {median:.2?}, longest {longest:.2?}");
}

/// What it asks of incident.io in a minute, and what ten thousand issues take.
async fn at_rest_and_in_a_storm() {
    let bridge = Bridge::start("").await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    let before = (bridge.asked(), bridge.memory());
    tokio::time::sleep(Duration::from_secs(60)).await;
    let at_rest = bridge.asked() - before.0;
    let begun = Instant::now();
    for first in (0..MANY).step_by(100) {
        bridge.report(&detections(first, 100, MANY)).await;
    }
    let told = begun.elapsed();
    tokio::time::sleep(Duration::from_secs(60).saturating_sub(told)).await;
    let storm = bridge.asked() - before.0 - at_rest;
    println!(
        "requests a minute to incident.io: {at_rest} at rest, {storm} in a storm of {MANY} issues"
    );
    println!(
        "memory: {} MiB at rest, {} MiB with {MANY} issues that burn ({} incidents)",
        before.1 >> 20,
        bridge.memory() >> 20,
        bridge.incidents().await
    );
}
