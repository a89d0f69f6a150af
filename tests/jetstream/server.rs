//! A real `nats-server` on a free port, with a disk of its own that can be looked at, kept or emptied.

use hotseat::jetstream::{Bucket, Entry, Fault, Link, Watch, Watched, Way};
use std::future::Future;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long anything may take that a test waits for.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// A server; it ends with its owner.
pub struct Server {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Server {
    /// With JetStream and nothing else.
    pub fn start() -> Self {
        Self::with("")
    }

    /// With these words in its configuration besides.
    pub fn with(words: &str) -> Self {
        Self::with_store("", words)
    }

    /// With these words in its block for JetStream, too.
    pub fn with_store(store: &str, words: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("store");
        let jetstream = format!(
            "jetstream {{ store_dir: \"{}\"\n{store}\n}}",
            place.display()
        );
        Self::of(folder, &format!("{jetstream}\n{words}"))
    }

    /// A server for messages alone.
    pub fn without_jetstream() -> Self {
        Self::of(tempfile::tempdir().expect("a folder"), "")
    }

    fn of(folder: TempDir, words: &str) -> Self {
        let port = free_port();
        let config = format!("listen: \"0.0.0.0:{port}\"\n{words}\n");
        std::fs::write(folder.path().join("nats.conf"), config).expect("a file");
        let mut server = Self {
            folder,
            port,
            child: None,
        };
        server.run();
        server
    }

    /// Starts it on what its disk holds, and waits until it answers.
    pub fn run(&mut self) {
        let log = std::fs::File::create(self.folder.path().join("log")).expect("a log");
        let child = Command::new("nats-server")
            .arg("-c")
            .arg(self.folder.path().join("nats.conf"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("nats-server is needed for these tests: apt-get install nats-server");
        self.child = Some(child);
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self
                .child
                .as_mut()
                .expect("started")
                .try_wait()
                .expect("a state");
            assert!(
                ended.is_none() && began.elapsed() < DEADLINE,
                "nats-server does not start: {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Ends it as a power cut does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Ends it as its operator does, so that it writes everything out.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let id = rustix::process::Pid::from_child(&child);
            rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("a signal");
            child.wait().expect("ended");
        }
    }

    /// Stops it where it stands, as a machine does that hangs; or lets it go on.
    pub fn hang(&self, hangs: bool) {
        use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
        let id = Pid::from_child(self.child.as_ref().expect("started"));
        if hangs {
            kill_process(id, Signal::STOP).expect("a signal");
            // A thread of it may still answer until all of them have stopped.
            waitpid(Some(id), WaitOptions::UNTRACED).expect("stopped");
        } else {
            kill_process(id, Signal::CONT).expect("a signal");
        }
    }

    /// Takes all that it stored.
    pub fn empty(&self) {
        std::fs::remove_dir_all(self.store()).expect("emptied");
    }

    /// Where it stores.
    pub fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// A folder for a test's own files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The way to it.
    pub fn way(&self) -> Way {
        Way {
            address: format!("nats://127.0.0.1:{}", self.port),
            credentials: None,
            ca_cert: None,
            name: "test".into(),
            api_prefix: String::new(),
        }
    }

    /// A link to it.
    pub async fn link(&self) -> Link {
        Link::open(&self.way()).await.expect("a link")
    }

    /// A link, and a bucket on it.
    pub async fn bucket(&self) -> (Link, Bucket) {
        let link = self.link().await;
        let bucket = Bucket::make(&link, "test", None).await.expect("a bucket");
        (link, bucket)
    }

    /// The stored files that hold these bytes.
    pub fn files_with(&self, bytes: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.store()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if holds(&path, bytes.as_bytes()) {
                    found.push(path.display().to_string());
                }
            }
        }
        found
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn holds(path: &Path, bytes: &[u8]) -> bool {
    let content = std::fs::read(path).unwrap_or_default();
    content.windows(bytes.len()).any(|window| window == bytes)
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Waits for something with the deadline of all tests.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(done) => done,
        Err(_) => panic!("{what}: not within {DEADLINE:?}"),
    }
}

/// Asks again until something is so.
pub async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    within(what, async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// What a watch tells next.
pub async fn next(watch: &mut Watch) -> Result<Watched, Fault> {
    within("the watch tells something", watch.next()).await
}

/// What a watch tells until it is caught up.
pub async fn snapshot(watch: &mut Watch) -> Vec<Entry> {
    let mut all = Vec::new();
    loop {
        match next(watch).await.expect("no fault") {
            Watched::Entry(entry) => all.push(entry),
            Watched::CaughtUp => return all,
        }
    }
}

/// An entry that a watch tells.
pub fn told(key: &str, revision: u64, value: Option<&str>) -> Result<Watched, Fault> {
    Ok(Watched::Entry(entry(key, revision, value)))
}

/// An entry.
pub fn entry(key: &str, revision: u64, value: Option<&str>) -> Entry {
    Entry {
        key: key.into(),
        revision,
        value: value.map(|value| value.as_bytes().to_vec()),
    }
}

/// A bucket whose values are words.
pub trait Words {
    async fn write(&self, key: &str, value: &str, expected: u64) -> Result<u64, Fault>;
    async fn read(&self, key: &str) -> Option<Entry>;
}

impl Words for Bucket {
    async fn write(&self, key: &str, value: &str, expected: u64) -> Result<u64, Fault> {
        self.put(key, value.as_bytes().to_vec(), expected).await
    }

    async fn read(&self, key: &str) -> Option<Entry> {
        self.get(key).await.expect("an answer")
    }
}
