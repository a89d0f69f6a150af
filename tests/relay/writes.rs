//! What is written from a console goes to the platform alone, and the relay looks at once.

use crate::server::within;
use crate::world::World;
use hotseat::domain::{IncidentId, WriteKind};
use hotseat::session::{Prepared, Session, TargetRef, WriteRequest};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Sends an update as a console does.
async fn update(session: &Session, id: &IncidentId, message: &str) {
    let about = TargetRef::Incident(id.to_string());
    let mut request = WriteRequest::new(WriteKind::Update, about);
    request.fields = vec![("message".into(), message.into())];
    let prepared = session.prepare(&request).await.expect("prepared");
    let Prepared::Ready { planned, notes, .. } = prepared else {
        panic!("it is ready to be sent");
    };
    let writes = planned.into_iter().map(|one| one.write).collect();
    let mut done = session.send(writes, &notes).await;
    done.remove(0).confirmed().expect("it stands");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_console_writes_is_on_the_others_before_the_next_poll() {
    let world = World::new(40).await;
    let (id, relay, console) = world.watched("Checkout is down").await;
    console.look_at(Some(&id));
    console
        .until("it reads it", |seen| seen.timelines.contains_key(&id))
        .await;
    let key = world.organisation.key.clone();
    let access = world.access_with(&key, world.settings(), None);
    let writer = Session::open(access).expect("a session");
    writer.use_relay().expect("a relay");
    let (told, mut changes) = mpsc::channel(64);
    let heard = async { while changes.recv().await.is_some() {} };
    let writing = async {
        let mut took = Vec::new();
        for turn in 0..4 {
            let message = format!("Turn {turn}");
            update(&writer, &id, &message).await;
            let sent = Instant::now();
            console
                .until("the other has it", |seen| seen.has_said(&id, &message))
                .await;
            took.push(sent.elapsed());
        }
        took
    };
    let took = tokio::select! {
        took = writing => took,
        () = async { tokio::join!(writer.follow_relay(told), heard); } => panic!("it follows on"),
    };
    println!("from one console to another: {took:?}");
    // Found by polls alone, four of four would not be.
    let soon = took.iter().filter(|took| **took < Duration::from_secs(7));
    assert_eq!(soon.count(), 4, "{took:?}");
    within("the relay ends", relay.stop()).await;
}
