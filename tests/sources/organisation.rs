//! A simulated organisation whose services call each other, with one incident and somebody to ask about it.

use crate::clock;
use crate::monitoring::{self, Called, Owned};
use crate::shop::{Asked, BINARY};
use hotseat::config::Clock;
use std::path::PathBuf;

pub(crate) struct Organisation {
    pub(crate) asked: Asked,
    pub(crate) dir: tempfile::TempDir,
    pub(crate) server: Owned,
}

impl Organisation {
    pub(crate) fn new(
        clock: Clock,
        services: &[&str],
        calls: &[(&str, &str)],
        called: Called,
    ) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let services: Vec<String> = services.iter().map(|s| (*s).to_owned()).collect();
        let own = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
        let calls: Vec<(String, String)> = calls.iter().map(own).collect();
        let data = dir.path().join("organisation");
        monitoring::organisation(&services, &calls, &[called], &data);
        let now = clock::flag(clock.now());
        let (server, url, key) =
            monitoring::simulate(BINARY, &["--data", &data.display().to_string(), &now]);
        let home = dir.path().join("home");
        Self {
            asked: Asked {
                url,
                key,
                home,
                clock,
            },
            dir,
            server,
        }
    }

    pub(crate) fn config(&self, text: &str) -> PathBuf {
        let path = self.dir.path().join("config.toml");
        std::fs::write(&path, text).expect("a file");
        path
    }
}
