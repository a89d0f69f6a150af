//! A lease: one holder, soon another where the first is gone, and numbers that only grow.

use crate::server::{Server, until, within};
use hotseat::jetstream::{Fault, Lease, Link, Names};
use std::time::{Duration, Instant};

fn names() -> Names {
    Names::new("acme").expect("names")
}

async fn lease(link: &Link, holder: &str) -> Lease {
    Lease::open(link, &names(), "relay", holder)
        .await
        .expect("a lease")
}

async fn taken(lease: &mut Lease) -> u64 {
    within("the lease is taken", async {
        loop {
            match lease.take().await {
                Ok(Some(fence)) => return fence,
                Ok(None) | Err(Fault::Unreachable(_)) => {
                    tokio::time::sleep(Duration::from_millis(50)).await
                }
                Err(fault) => panic!("{fault}"),
            }
        }
    })
    .await
}

#[tokio::test]
async fn one_holds_it_until_it_is_given_back() {
    let server = Server::start();
    let link = server.link().await;
    assert_eq!(Lease::holder(&link, &names(), "relay").await, Ok(None));
    let (mut first, mut second) = (lease(&link, "one").await, lease(&link, "two").await);
    assert_eq!(Lease::holder(&link, &names(), "relay").await, Ok(None));
    let fence = first.take().await.expect("an answer").expect("ours");
    assert!(first.is_held() && !second.is_held());
    assert_eq!(
        Lease::holder(&link, &names(), "relay").await,
        Ok(Some(("one".into(), fence)))
    );
    assert_eq!(second.take().await, Ok(None));
    assert_eq!(second.renew().await, Ok(false));
    assert_eq!(first.renew().await, Ok(true));
    assert_eq!(
        first.held().map(|held| held.fence),
        Some(fence),
        "a renewal keeps the number"
    );
    assert_eq!(
        Lease::holder(&link, &names(), "relay").await,
        Ok(Some(("one".into(), fence)))
    );
    // Another thing is another lease.
    let mut bridge = Lease::open(&link, &names(), "bridge", "three")
        .await
        .expect("a lease");
    assert!(bridge.take().await.expect("an answer").is_some());
    first.give_back().await.expect("given back");
    first.give_back().await.expect("given back");
    assert!(!first.is_held());
    let next = second.take().await.expect("an answer").expect("ours");
    assert!(next > fence);
    assert_eq!(first.renew().await, Ok(false));
    first.give_back().await.expect("no fault");
    assert_eq!(second.renew().await, Ok(true));
}

#[tokio::test]
async fn of_many_that_try_at_once_one_gets_it() {
    let server = Server::start();
    let mut tries = tokio::task::JoinSet::new();
    for number in 0..8 {
        let link = server.link().await;
        let mut own = lease(&link, &number.to_string()).await;
        tries.spawn(async move { own.take().await });
    }
    let all = tries.join_all().await;
    let got = all.iter().filter(|one| matches!(one, Ok(Some(_)))).count();
    assert_eq!(got, 1, "{all:?}");
}

#[tokio::test]
async fn a_holder_that_is_gone_is_followed_within_twelve_seconds_and_knows_it_before() {
    let server = Server::start();
    let link = server.link().await;
    let (mut first, mut second) = (lease(&link, "one").await, lease(&link, "two").await);
    let began = Instant::now();
    let fence = taken(&mut first).await;
    until("the first stops believing", async || {
        let others = second.take().await.expect("an answer");
        assert!(others.is_none() || !first.is_held(), "two at once");
        !first.is_held()
    })
    .await;
    assert!(began.elapsed() >= Duration::from_secs(7));
    let next = taken(&mut second).await;
    assert!(
        began.elapsed() < Duration::from_secs(12),
        "{:?}",
        began.elapsed()
    );
    assert!(next > fence);
    assert_eq!(first.renew().await, Ok(false));
    assert_eq!(first.take().await, Ok(None));
}

#[tokio::test]
async fn its_number_grows_over_a_server_that_is_emptied() {
    let mut server = Server::start();
    let link = server.link().await;
    let (mut first, mut second) = (lease(&link, "one").await, lease(&link, "two").await);
    let fence = taken(&mut first).await;
    for _ in 0..20 {
        assert_eq!(first.renew().await, Ok(true));
    }
    server.kill();
    server.empty();
    server.run();
    until("the link comes back", async || link.is_up()).await;
    let next = taken(&mut second).await;
    assert!(next > fence, "{next} {fence}");
    assert_eq!(first.renew().await, Ok(false));
    assert!(!first.is_held());
    assert_eq!(first.take().await, Ok(None));
}

#[tokio::test]
async fn a_server_that_is_away_leaves_the_holder_its_seven_seconds_and_no_more() {
    let mut server = Server::start();
    let link = server.link().await;
    let mut first = lease(&link, "one").await;
    let began = Instant::now();
    let fence = taken(&mut first).await;
    server.kill();
    until("the link notices", async || !link.is_up()).await;
    assert!(matches!(first.renew().await, Err(Fault::Unreachable(_))));
    assert!(first.is_held(), "one renewal that failed is no loss");
    server.run();
    until("the link comes back", async || link.is_up()).await;
    if began.elapsed() < Duration::from_secs(7) {
        until("it is renewed", async || first.renew().await == Ok(true)).await;
        assert_eq!(first.held().map(|held| held.fence), Some(fence));
    }
    server.kill();
    until("it stops believing", async || !first.is_held()).await;
}
