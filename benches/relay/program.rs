//! A relay as a program of its own, to see what it takes.

use crate::world::World;
use hotseat::session::{Access, Session};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// A relay that runs; it ends with its owner.
pub struct Relay(Child);

impl Relay {
    pub fn start(world: &World) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_hotseat"))
            .args(["relay", "run", "--nats", &world.nats.way().address])
            .args(["--config", "/dev/null"])
            .arg(crate::clock::flag(world.organisation.now()))
            .env("INCIDENT_IO_BASE_URL", &world.organisation.url)
            .env("INCIDENT_IO_API_KEY", &world.organisation.key)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a relay");
        Self(child)
    }

    /// Waits until every incident lies in its bucket.
    pub async fn is_complete(&self, world: &World) {
        let config = Arc::new(world.settings());
        let key = world.organisation.key.clone().into();
        let access = Access {
            cache: None,
            journal: None,
            ..Access::new(config, None, key)
        };
        let session = Session::open(access).expect("a session");
        loop {
            let status = session.relay_status().await.expect("an answer");
            let beat = status.and_then(|status| status.beat);
            if beat.is_some_and(|beat| beat.complete) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Kilobytes of memory that it had at most.
    pub fn peak(&self) -> u64 {
        let path = format!("/proc/{}/status", self.0.id());
        let told = std::fs::read_to_string(path).expect("a running program");
        let line = told.lines().find(|line| line.starts_with("VmHWM:"));
        let words = line.and_then(|line| line.split_whitespace().nth(1));
        words.and_then(|kb| kb.parse().ok()).expect("a number")
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
