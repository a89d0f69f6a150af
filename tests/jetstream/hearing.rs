//! What is said to whoever listens.

use crate::server::{Server, until, within};
use hotseat::jetstream::{Fault, Names};

#[tokio::test]
async fn what_is_told_is_heard_by_those_who_listen() {
    let server = Server::start();
    let names = Names::new("acme").expect("names");
    let (teller, listener) = (server.link().await, server.link().await);
    let mut hearing = listener.hear(&names.focus_all()).await.expect("heard");
    until("the subscription is there", async || {
        teller
            .tell(&names.focus("01A"), b"hello".to_vec())
            .await
            .expect("told");
        tokio::time::timeout(std::time::Duration::from_millis(50), hearing.next())
            .await
            .is_ok()
    })
    .await;
    teller
        .tell(&names.written(), b"other".to_vec())
        .await
        .expect("told");
    teller
        .tell(&names.focus("01B"), b"again".to_vec())
        .await
        .expect("told");
    let heard = within("it is heard", async {
        loop {
            let heard = hearing.next().await.expect("it goes on");
            if heard.1 != b"hello" {
                return heard;
            }
        }
    })
    .await;
    assert_eq!(heard, ("hs.acme.focus.01B".to_owned(), b"again".to_vec()));
    let large = teller.tell(&names.written(), vec![0; (16 << 10) + 1]).await;
    assert!(matches!(large, Err(Fault::Other(_))));
}

#[tokio::test]
async fn a_listener_that_is_slow_misses_some_and_keeps_no_more_than_it_may() {
    let server = Server::start();
    let (teller, listener) = (server.link().await, server.link().await);
    let mut hearing = listener.hear("hs.acme.>").await.expect("heard");
    let mut probe = listener.hear("probe").await.expect("heard");
    until("the subscriptions are there", async || {
        teller.tell("probe", Vec::new()).await.expect("told");
        tokio::time::timeout(std::time::Duration::from_millis(50), probe.next())
            .await
            .is_ok()
    })
    .await;
    let client = async_nats::connect(server.way().address)
        .await
        .expect("a client");
    for number in 0..20_000 {
        client
            .publish("hs.acme.written", number.to_string().into())
            .await
            .expect("sent");
    }
    // Too large for a message of this kind: passed over.
    let large = vec![b'x'; 100_000];
    client
        .publish("hs.acme.written", large.into())
        .await
        .expect("sent");
    client.flush().await.expect("flushed");
    // What waits for the reader is the 1024 messages that came first, and no more.
    until("the others are missed", async || {
        hearing.missed() == 20_001 - 1024
    })
    .await;
    for number in 0..1024 {
        let heard = within("it is heard", hearing.next()).await;
        assert_eq!(
            heard.expect("it goes on").1,
            number.to_string().into_bytes()
        );
    }
    // It still hears.
    until("it hears again", async || {
        teller
            .tell("hs.acme.end", b"end".to_vec())
            .await
            .expect("told");
        tokio::time::timeout(std::time::Duration::from_millis(50), hearing.next())
            .await
            .is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_listener_hears_again_after_the_server_was_away() {
    let mut server = Server::start();
    let link = server.link().await;
    let mut hearing = link.hear("hs.acme.written").await.expect("heard");
    server.kill();
    until("the link notices", async || !link.is_up()).await;
    let told = link.tell("hs.acme.written", b"lost".to_vec()).await;
    assert!(matches!(told, Err(Fault::Unreachable(_))));
    server.run();
    until("the link comes back", async || link.is_up()).await;
    link.tell("hs.acme.written", b"back".to_vec())
        .await
        .expect("told");
    let heard = within("it is heard", hearing.next())
        .await
        .expect("it goes on");
    assert_eq!(heard.1, b"back", "nothing old arrives");
}
