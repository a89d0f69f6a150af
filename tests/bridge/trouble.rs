//! What the bridge says where it cannot do its work.

use crate::monitoring::Owned;
use crate::running::Bridge;
use std::cell::RefCell;
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_bridge_says_that_it_waits_and_can_be_ended_while_it_does() {
    let mut bridge = Bridge::new(false).await;
    bridge.run();
    let log_has = |words: &'static str| {
        let bridge = &bridge;
        move || async move { bridge.log().contains(words) }
    };
    bridge
        .until("the first", log_has("keeps both sides in step"))
        .await;
    let second = RefCell::new(bridge.another());
    bridge
        .until("the second", log_has("Another bridge works here"))
        .await;
    ends(&bridge, &second).await;
    bridge.rounds(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_within_seconds_while_incident_io_takes_the_question_and_never_answers() {
    let mut bridge = Bridge::new(false).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = silent.local_addr().expect("an address");
    bridge.finds_the_organisation_at(&format!("http://{at}"));
    let waits = RefCell::new(bridge.another());
    let (_asked, _) = silent.accept().await.expect("it asks");
    let told = Instant::now();
    ends(&bridge, &waits).await;
    let took = told.elapsed();
    // The time of an answer that does not come is minutes.
    assert!(took < Duration::from_secs(30), "{took:?}");
}

/// Ends a bridge as systemd does, and waits until it has ended well.
async fn ends(bridge: &Bridge, running: &RefCell<Owned>) {
    let id = running.borrow().0.id().to_string();
    let done = Command::new("kill").args(["-s", "TERM", &id]).status();
    assert!(done.expect("kill").success());
    let has_ended = || async {
        let ended = running.borrow_mut().0.try_wait().expect("a child");
        ended.is_some_and(|status| status.success())
    };
    bridge.until("its end", has_ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trouble_is_told_once_and_told_again_when_it_is_another() {
    let mut bridge = Bridge::new(false).await;
    bridge.alertmanager.kill();
    bridge.run();
    let told = |words: &'static str| {
        let bridge = &bridge;
        move || async move { bridge.log().contains(words) }
    };
    bridge
        .until("that it is away", told("alertmanager cannot be reached"))
        .await;
    bridge.rounds(2).await;
    let at = format!("127.0.0.1:{}", bridge.alertmanager.port);
    let listener = TcpListener::bind(at).await.expect("its port is free");
    let refuses = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4_096]).await;
            let refused =
                "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = stream.write_all(refused.as_bytes()).await;
        }
    });
    bridge.until("that it refuses", told("403")).await;
    bridge.rounds(2).await;
    let log = bridge.log();
    assert_eq!(log.matches("cannot be reached").count(), 1, "{log}");
    assert_eq!(log.matches("403").count(), 1, "{log}");
    refuses.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_show_at_the_end_of_an_outage_is_said_at_the_start() {
    let mut bridge = Bridge::new(false).await;
    let address = bridge.alertmanager.url();
    for (status, source, says) in [
        ("Nope", "", "bridge.resolved_status is \"Nope\""),
        (
            "",
            "prometheus = \"nowhere\"\n",
            "the metrics source \"nowhere\"",
        ),
    ] {
        bridge.asks_by(&address, source);
        bridge.configure(&format!("resolved_status = \"{status}\"\n"));
        let running = RefCell::new(bridge.another());
        let refused = || async {
            let ended = running.borrow_mut().0.try_wait().expect("a child");
            ended.is_some_and(|status| status.code() == Some(1))
        };
        bridge.until(says, refused).await;
        let log = bridge.log().replace('\\', "");
        assert!(log.contains(says), "{log}");
    }
}
