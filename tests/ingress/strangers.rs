//! Requests of those who mean no good, or do not know how to ask.

use crate::listening::{
    SECRET, TOKEN, alert, answer, client, impatient, listen, post, serving, webhook,
};
use hotseat::bridge::ingress::{Limits, Server};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn whoever_is_not_known_is_not_listened_to() {
    let (server, memory) = serving(listen()).await;
    let alerts = || {
        post(
            &server,
            "/alertmanager",
            json!({"alerts": [alert("a")]}).to_string(),
        )
    };
    let name = "private_alert.alert_created_v1";
    let body = json!({"event_type": name, name: {"id": "01FCNDV6P870EA6S7TK1DSYDG0"}});
    let signed = || webhook(&server, "msg_1", &body);
    for (why, request, status) in [
        ("no token", alerts(), 401),
        ("a wrong token", alerts().bearer_auth(&TOKEN[1..]), 401),
        ("no bearer", alerts().basic_auth("prom", Some(TOKEN)), 401),
        (
            "a token where none is",
            post(&server, "/detections", "[]").bearer_auth("x"),
            401,
        ),
        (
            "no signature",
            post(&server, "/webhooks/incident-io", "{}"),
            400,
        ),
        (
            "the secret as a token",
            post(&server, "/webhooks/incident-io", "{}").bearer_auth(SECRET),
            400,
        ),
        ("another body", signed().body("{}"), 401),
        (
            "both names of a header",
            signed().header("svix-id", "x"),
            200,
        ),
        (
            "a browser",
            post(&server, "/detections", "[]").header("origin", "http://localhost"),
            403,
        ),
    ] {
        assert_eq!(answer(request).await.0, status, "{why}");
    }
    assert_eq!(memory.count(), 1);
    assert_eq!(server.counted().refused, 8);
}

#[tokio::test]
async fn a_webhook_that_was_recorded_is_worth_nothing_later() {
    let mut later = listen();
    later.clock =
        hotseat::config::Clock::starting_at(chrono::Utc::now() + chrono::Duration::seconds(310));
    let (server, memory) = serving(later).await;
    let body = json!({"event_type": "schedule.created_v1", "schedule.created_v1": {"id": "01FCNDV6P870EA6S7TK1DSYDG0"}});
    let (status, said) = answer(webhook(&server, "msg_1", &body)).await;
    assert_eq!((status, memory.count()), (401, 0));
    assert!(
        said["message"]
            .as_str()
            .is_some_and(|said| said.contains("5 minutes")),
        "{said}"
    );
}

#[tokio::test]
async fn what_nobody_can_mean_is_refused_with_one_sentence() {
    let (server, memory) = serving(listen()).await;
    let at = |path: &str| format!("http://{}{path}", server.at());
    let detections = |body: &'static str| post(&server, "/detections", body);
    let packed = detections("[]").header("content-encoding", "gzip");
    let form = client().post(at("/detections")).body("[]");
    for (why, request, status) in [
        ("no such path", client().get(at("/metrics/../x%1b[2J")), 404),
        ("a wrong method", client().get(at("/alertmanager")), 405),
        (
            "a wrong method",
            client().request(Method::PUT, at("/detections")),
            405,
        ),
        ("a wrong method", client().post(at("/healthz")), 405),
        ("no JSON", form, 415),
        ("packed", packed, 415),
        ("garbage", detections("\u{1b}]0;x\u{7}"), 422),
        ("half a body", detections("[{\"id\": 1, "), 422),
        ("nothing", detections(""), 422),
    ] {
        let (found, said) = answer(request).await;
        assert_eq!(found, status, "{why}");
        let said = said["message"].as_str().expect("a sentence");
        assert!(!said.contains('\u{1b}'), "{said}");
    }
    assert_eq!(memory.count(), 0);
    let healthy = answer(client().get(at("/healthz"))).await;
    assert_eq!(healthy.0, 200);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_for_good_and_its_sender_hears_it() {
    let mut small = listen();
    small.limits = Limits {
        body: 1 << 20,
        ..small.limits
    };
    let (server, memory) = serving(small).await;
    // As much as comes with its length, or in pieces.
    for size in [(1 << 20) + 1, 10 << 20] {
        let body = vec![b' '; size];
        let (status, _) = answer(post(&server, "/detections", body.clone())).await;
        assert_eq!(status, 413, "{size}");
        let pieces: Vec<_> = body
            .chunks(8 << 10)
            .map(|c| Ok::<_, std::io::Error>(c.to_vec()))
            .collect();
        let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
        let (status, _) = answer(post(&server, "/detections", body)).await;
        assert_eq!(status, 413, "{size}");
    }
    // One that says so and waits for a word is not let go on.
    let asks = "POST /detections HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n";
    let said = raw(&server, asks.as_bytes()).await;
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
    // Somebody who is not known hears that, however much was brought.
    for size in [1 << 10, 1 << 20] {
        let (status, _) = answer(post(&server, "/alertmanager", vec![b' '; size])).await;
        assert_eq!((status, memory.count()), (401, 0));
    }
}

/// What comes back on a connection of its own, until it is closed.
async fn raw(server: &Server, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.at()).await.expect("a connection");
    stream.write_all(sent).await.expect("sent");
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said).await;
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn a_request_that_does_not_come_to_its_end_is_ended() {
    let (server, memory) = serving(impatient()).await;
    let head = "POST /detections HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n[";
    let said = raw(&server, head.as_bytes()).await;
    assert!(said.starts_with("HTTP/1.1 408"), "{said}");
    // Half of the headers, none at all, headers without end.
    assert_eq!(raw(&server, b"POST /detections HTTP/1.1\r\nHost").await, "");
    assert_eq!(raw(&server, b"").await, "");
    let many = format!(
        "GET /healthz HTTP/1.1\r\nX: {}\r\n\r\n",
        "x".repeat(200 << 10)
    );
    let said = raw(&server, many.as_bytes()).await;
    assert!(
        said.is_empty() || said.starts_with("HTTP/1.1 431"),
        "{said}"
    );
    let said = raw(&server, b"\x16\x03\x01\x02\x00garbage\r\n\r\n").await;
    assert!(
        said.is_empty() || said.starts_with("HTTP/1.1 400"),
        "{said}"
    );
    assert_eq!(memory.count(), 0);
}

#[tokio::test]
async fn connections_that_say_nothing_hold_nobody_up_for_long() {
    let mut few = impatient();
    few.limits.connections = 3;
    let (server, memory) = serving(few).await;
    let mut idle = Vec::new();
    for _ in 0..12 {
        idle.push(TcpStream::connect(server.at()).await.expect("a connection"));
    }
    let body = json!({"id": "7", "status": "cleared"}).to_string();
    assert_eq!(answer(post(&server, "/detections", body)).await.0, 200);
    assert_eq!(memory.count(), 1);
}
