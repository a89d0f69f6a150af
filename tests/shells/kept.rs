//! A home with a cache in it, and an address that counts who calls it.

use crate::{clock, organisation};
use hotseat::config;
use hotseat::domain::{CatalogEntry, CatalogType, Instant, sample};
use hotseat::store::Store;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A service's name that a shell would run, and one that would be read as a flag.
const HOSTILE: &str = "x$(touch pwned)`touch pwned`;touch pwned, --post";

/// What a machine has on which the console ran before.
pub struct Kept {
    pub home: tempfile::TempDir,
    pub path: PathBuf,
    listener: TcpListener,
}

impl Kept {
    pub fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let bin = home.path().join("bin");
        std::fs::create_dir(&bin).expect("a folder");
        let program = env!("CARGO_BIN_EXE_hotseat");
        std::os::unix::fs::symlink(program, bin.join("hotseat")).expect("a link");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("it does not wait");
        let url = url(&listener);
        let name = config::organisation_name(&url, None).expect("a name");
        let path = home.path().join(format!(".cache/hotseat/{name}.db"));
        fill(&path);
        Self {
            home,
            path,
            listener,
        }
    }

    /// How often somebody called the address where the API would be.
    pub fn calls(&self) -> usize {
        std::iter::from_fn(|| self.listener.accept().ok()).count()
    }

    /// A bare environment, in which the program is found.
    pub fn environment(&self) -> Vec<(String, String)> {
        let home = self.home.path().display();
        let mut all = clock::moved_date();
        let more = [
            ("HOME", home.to_string()),
            ("PATH", format!("{home}/bin:/usr/bin:/bin")),
            ("INCIDENT_IO_BASE_URL", url(&self.listener)),
            ("LANG", "C.UTF-8".into()),
            ("TERM", "xterm".into()),
        ];
        all.extend(more.map(|(name, value)| (name.to_owned(), value)));
        all
    }

    pub fn run(&self, args: &[&str], more: &[(&str, &str)]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_hotseat"))
            .args(args)
            .env_clear()
            .envs(self.environment())
            .envs(more.iter().copied())
            .current_dir(self.home.path())
            .output()
            .expect("it runs");
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// What is offered to a shell after some words.
    pub fn offered(&self, words: &[&str]) -> String {
        let all = [&["--", "hotseat"], words].concat();
        self.run(&all, &[("HOTSEAT_COMPLETE", "fish")])
    }

    fn folder(&self) -> &Path {
        self.path.parent().expect("a folder")
    }

    /// Every file of the cache as it is; what SQLite keeps beside it to read along is none of it.
    pub fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let entries = std::fs::read_dir(self.folder())
            .expect("a folder")
            .flatten();
        let paths = entries.map(|entry| entry.path());
        let kept = paths.filter(|path| {
            path.extension()
                .is_some_and(|e| e != "db-shm" && e != "db-wal")
        });
        kept.map(|path| (path.clone(), std::fs::read(path).expect("a file")))
            .collect()
    }

    pub fn remove(&self) {
        std::fs::remove_dir_all(self.folder()).expect("removed");
    }

    /// Somebody in the middle of writing.
    pub fn locked(&self) -> rusqlite::Connection {
        let db = rusqlite::Connection::open(&self.path).expect("a database");
        db.execute_batch("BEGIN IMMEDIATE; DELETE FROM seen;")
            .expect("begun");
        db
    }
}

fn url(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().expect("an address"))
}

fn fill(path: &Path) {
    let (mut store, _) = Store::open(path).expect("a store");
    let mut rows: Vec<_> = organisation::rows()
        .iter()
        .map(|row| (**row).clone())
        .collect();
    rows[0].service = Some(HOSTILE.into());
    let all: Vec<_> = rows.into_iter().map(sample::incident).collect();
    store.put_incidents(&all).expect("kept");
    let now = Instant::default();
    store
        .put_blob("org", now, &organisation::org())
        .expect("kept");
    let none: (Vec<CatalogType>, Vec<CatalogEntry>) = Default::default();
    store.put_blob("catalog", now, &none).expect("kept");
}
