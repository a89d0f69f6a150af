//! A simulated organisation, and the binary run against it with an empty home.

use crate::clock;
use hotseat::sim::{self, faults::Faults};
use serde_json::Value;
use std::net::SocketAddr;
use std::process::Output;

pub struct Organisation {
    pub runtime: tokio::runtime::Runtime,
    pub running: Option<sim::Running>,
    pub home: tempfile::TempDir,
}

impl Organisation {
    pub fn new(faults: &str) -> Self {
        let faults: Faults = toml::from_str(faults).expect("faults");
        Self::with(sim::Options {
            incidents: 120,
            speed: 0.0,
            clock: clock::clock(),
            faults,
            ..sim::Options::default()
        })
    }

    pub fn with(options: sim::Options) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let running = runtime
            .block_on(sim::start(options, SocketAddr::from(([127, 0, 0, 1], 0))))
            .expect("an organisation");
        Self {
            runtime,
            running: Some(running),
            home: tempfile::tempdir().expect("a folder"),
        }
    }

    /// Runs a command with a key in an environment of its own.
    pub fn run_with(&self, key: &str, args: &[&str]) -> Output {
        let running = self.running.as_ref().expect("running");
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hotseat"));
        command
            .arg(clock::flag(running.now()))
            .args(args)
            .env_clear()
            .envs(clock::moved_date())
            .env("HOME", self.home.path())
            .env("INCIDENT_IO_BASE_URL", &running.url)
            .env("LANG", "C.UTF-8");
        if !key.is_empty() {
            command.env("INCIDENT_IO_API_KEY", key);
        }
        command
            .stdin(std::process::Stdio::null())
            .output()
            .expect("it runs")
    }

    pub fn run(&self, args: &[&str]) -> Output {
        let key = self.running.as_ref().expect("running").key.clone();
        self.run_with(&key, args)
    }

    /// What a command that must succeed prints.
    pub fn json(&self, args: &[&str]) -> Value {
        let output = self.run(args);
        assert!(
            output.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{args:?}: {e}"))
    }
}

impl Drop for Organisation {
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
        self.running = None;
    }
}

/// The error a command prints.
pub fn error(output: &Output) -> Value {
    serde_json::from_slice(&output.stderr)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}
