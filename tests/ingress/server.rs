//! Requests of senders that mean well, and a keeper that cannot keep.

use crate::listening::{TOKEN, alert, answer, client, listen, post, serving, webhook};
use hotseat::bridge::ingress::{
    self, Detector, KeepError, Kept, Limits, Listen, MOST_ALERTS, Origin, Shape, Tls, Touched,
    Trusted, keeper,
};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

#[tokio::test]
async fn a_webhook_is_handed_over_once_however_often_it_comes() {
    let (server, memory) = serving(listen()).await;
    let name = "private_incident.incident_updated_v2";
    let body = json!({"event_type": name, name: {"id": "01FCNDV6P870EA6S7TK1DSYDG0"}});
    for status in ["kept", "kept before", "kept before"] {
        let (code, said) = answer(webhook(&server, "msg_1", &body)).await;
        assert_eq!((code, said["status"].as_str()), (200, Some(status)));
    }
    let unknown = json!({"event_type": "public_incident.incident_merged_v7"});
    assert_eq!(answer(webhook(&server, "msg_2", &unknown)).await.0, 200);
    let all = memory.all.lock().expect("lock").clone();
    let [delivery] = all.as_slice() else {
        panic!("{all:?}");
    };
    let Origin::Webhook { id, event } = &delivery.from else {
        panic!("{delivery:?}");
    };
    let touched = Touched::Incident("01FCNDV6P870EA6S7TK1DSYDG0".into());
    assert_eq!((id.as_str(), &event.touched), ("msg_1", &touched));
    let counted = server.counted();
    assert_eq!(
        (counted.webhooks, counted.repeated, counted.unknown),
        (1, 2, 1)
    );
}

#[tokio::test]
async fn alerts_and_detections_are_handed_over_under_the_name_of_their_detector() {
    let (server, memory) = serving(listen()).await;
    let body =
        json!({"version": "4", "status": "resolved", "alerts": [alert("a"), {"fingerprint": "b"}]});
    let request = post(&server, "/alertmanager", body.to_string()).bearer_auth(TOKEN);
    let (code, said) = answer(request).await;
    assert_eq!(
        (code, &said["kept"], &said["unreadable"]),
        (200, &json!(1), &json!(1))
    );
    let body = json!([{"id": "7", "status": "cleared"}]).to_string();
    assert_eq!(answer(post(&server, "/detections", body)).await.0, 200);
    let all = memory.all.lock().expect("lock").clone();
    let names: Vec<(&str, &str)> = all
        .iter()
        .map(|delivery| match &delivery.from {
            Origin::Alertmanager { detector, readings }
            | Origin::Detections { detector, readings } => {
                (detector.as_str(), readings.all[0].detector.as_str())
            }
            Origin::Webhook { .. } => panic!("{delivery:?}"),
        })
        .collect();
    assert_eq!(names, [("prom", "prom"), ("checks", "checks")]);
}

#[tokio::test]
async fn nothing_is_confirmed_that_is_not_kept() {
    for (error, sentence) in [
        (KeepError::DiskFull, "The disk is full."),
        (KeepError::Failed("The journal is locked.".into()), "locked"),
    ] {
        let keeper = keeper(move |_| {
            let error = error.clone();
            async move { Err(error) }
        });
        let server = ingress::start(listen(), keeper).await.expect("a server");
        let request = post(&server, "/detections", "[]");
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key("retry-after"));
        let said = response.text().await.expect("a body");
        assert!(said.contains(sentence), "{said}");
        assert_eq!(server.counted().failed, 1);
    }
    // A keeper that breaks down or hangs confirms nothing either.
    let breaks = keeper(|_| async { panic!("a bug") });
    let hangs = keeper(|_| std::future::pending());
    for keeper in [breaks, hangs] {
        let mut listen = listen();
        listen.limits.keep = Duration::from_millis(50);
        let server = ingress::start(listen, keeper).await.expect("a server");
        assert_eq!(answer(post(&server, "/detections", "[]")).await.0, 503);
    }
}

#[tokio::test]
async fn a_sender_that_leaves_does_not_break_off_the_keeping() {
    let (turn, kept) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let begun = Arc::new(Semaphore::new(0));
    let inside = (turn.clone(), kept.clone(), begun.clone());
    let keeper = keeper(move |_| {
        let (turn, kept, begun) = inside.clone();
        async move {
            begun.add_permits(1);
            turn.acquire().await.expect("a turn").forget();
            kept.add_permits(1);
            Ok(Kept::Now)
        }
    });
    let server = ingress::start(listen(), keeper).await.expect("a server");
    let sending = tokio::spawn(post(&server, "/detections", "[]").send());
    begun.acquire().await.expect("it began").forget();
    sending.abort();
    assert!(sending.await.is_err());
    turn.add_permits(1);
    kept.acquire().await.expect("it was kept").forget();
}

#[tokio::test]
async fn a_body_with_a_hundred_thousand_alerts_is_read_whole_and_one_more_is_refused_whole() {
    let mut listen = listen();
    listen.limits = Limits {
        body: 64 << 20,
        read: Duration::from_secs(60),
        keep: Duration::from_secs(60),
        ..Limits::default()
    };
    let (server, memory) = serving(listen).await;
    for (count, status) in [(MOST_ALERTS, 200), (MOST_ALERTS + 1, 413)] {
        let all: Vec<_> = (0..count).map(|n| alert(&format!("f{n}"))).collect();
        let body = json!({"alerts": all}).to_string();
        let request = post(&server, "/alertmanager", body).bearer_auth(TOKEN);
        assert_eq!(answer(request).await.0, status);
    }
    let all = memory.all.lock().expect("lock").clone();
    let [delivery] = all.as_slice() else {
        panic!("{} deliveries", all.len());
    };
    let Origin::Alertmanager { readings, .. } = &delivery.from else {
        panic!("alerts");
    };
    assert_eq!(readings.all.len(), MOST_ALERTS);
}

#[tokio::test]
async fn requests_under_way_are_answered_when_the_server_ends_and_no_further_ones() {
    let began = Arc::new(Semaphore::new(0));
    let (inside, kept) = (began.clone(), Arc::new(AtomicUsize::new(0)));
    let count = kept.clone();
    let keeper = keeper(move |_| {
        let (began, count) = (inside.clone(), count.clone());
        async move {
            began.add_permits(1);
            tokio::time::sleep(Duration::from_millis(100)).await;
            count.fetch_add(1, Ordering::SeqCst);
            Ok(Kept::Now)
        }
    });
    let server = ingress::start(listen(), keeper).await.expect("a server");
    let at = server.at();
    let sending = tokio::spawn(answer(post(&server, "/detections", "[]")));
    began.acquire().await.expect("it began").forget();
    server.stop().await;
    assert_eq!(kept.load(Ordering::SeqCst), 1);
    assert_eq!(sending.await.expect("an answer").0, 200);
    let late = client().get(format!("http://{at}/healthz")).send().await;
    assert!(late.is_err(), "{late:?}");
}

#[tokio::test]
async fn a_changed_token_counts_at_once_and_wrong_settings_change_nothing() {
    let (server, _) = serving(listen()).await;
    let ask = |token| {
        let body = json!({"alerts": [alert("a")]}).to_string();
        answer(post(&server, "/alertmanager", body).bearer_auth(token))
    };
    let with = |token: &str| Listen {
        trusted: Trusted {
            secrets: Vec::new(),
            detectors: vec![Detector {
                name: "prom".into(),
                shape: Shape::Alertmanager,
                token: Some(token.to_owned().into()),
            }],
        },
        ..listen()
    };
    server.change(with("short")).expect_err("no token");
    assert_eq!(ask(TOKEN).await.0, 200);
    server
        .change(with("another token altogether"))
        .expect("it fits");
    assert_eq!(ask(TOKEN).await.0, 401);
    assert_eq!(ask("another token altogether").await.0, 200);
}

#[tokio::test]
async fn with_a_certificate_it_speaks_tls_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).expect("made");
    let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    let tls = |key: &std::path::Path| {
        Some(Tls {
            certificate: certificate.clone(),
            key: key.into(),
        })
    };
    let (server, _) = serving(Listen {
        tls: tls(&key),
        ..listen()
    })
    .await;
    let root = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).expect("a root");
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([root])
        .build()
        .expect("a client");
    let port = server.at().port();
    let healthy = client.get(format!("https://localhost:{port}/healthz"));
    assert_eq!(healthy.send().await.expect("an answer").status(), 200);
    let plain = client.get(format!("http://localhost:{port}/healthz"));
    assert!(plain.send().await.is_err());
    let wrong = Listen {
        tls: tls(&folder.path().join("none.pem")),
        ..listen()
    };
    let said = server.change(wrong).expect_err("no key");
    assert!(said.contains("none.pem"), "{said}");
}

#[test]
fn every_event_that_the_official_description_names_is_known() {
    let Some(spec) = crate::recorder::described::description() else {
        return;
    };
    let named = spec["x-webhooks"].as_object().expect("webhooks");
    let named: std::collections::BTreeSet<&str> = named
        .keys()
        .filter_map(|path| path.strip_prefix("/x-webhooks/"))
        .collect();
    let known = ingress::EVENTS.iter().copied().collect();
    assert_eq!(named, known);
    assert_eq!(ingress::EVENTS.len(), 34);
}
