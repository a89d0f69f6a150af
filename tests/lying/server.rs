//! A server that answers whatever a test says, byte by byte, and what the program makes of it.

use crate::clock;
use hotseat::sim::{self, faults::Faults};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A key as the program sends it.
pub const KEY: &str = "inc_0123456789abcdef0123456789abcdef";

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub line: String,
    pub head: String,
}

impl Request {
    pub fn path(&self) -> &str {
        let target = self.line.split(' ').nth(1).unwrap_or_default();
        target.split('?').next().unwrap_or_default()
    }
}

/// What a request is answered with.
#[derive(Clone)]
pub struct Answer {
    pub status: &'static str,
    pub headers: String,
    pub body: Arc<[u8]>,
}

/// An answer with a body as it stands.
pub fn with(body: impl AsRef<[u8]>) -> Answer {
    Answer {
        status: "200 OK",
        headers: String::new(),
        body: body.as_ref().into(),
    }
}

/// The same, packed.
pub fn packed(body: Arc<[u8]>) -> Answer {
    Answer {
        headers: "content-encoding: gzip\r\n".into(),
        body,
        ..with("")
    }
}

/// Whose key it is: the first thing every command asks.
pub fn identity() -> Answer {
    with(r#"{"identity":{"name":"test","roles":["viewer"],"dashboard_url":"https://x"}}"#)
}

/// The server; it lives as long as the tests.
pub struct Server {
    pub url: String,
    pub asked: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (Arc::new(answer), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, log) = (answer.clone(), log.clone());
                std::thread::spawn(move || serve(stream, &*answer, &log));
            }
        });
        Self { url, asked }
    }

    pub fn heads(&self) -> String {
        let asked = self.asked.lock().expect("lock");
        asked
            .iter()
            .map(|r| format!("{}\n{}", r.line, r.head))
            .collect()
    }

    pub fn count(&self) -> usize {
        self.asked.lock().expect("lock").len()
    }
}

fn serve(mut stream: TcpStream, answer: &dyn Fn(&Request) -> Answer, log: &Mutex<Vec<Request>>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    let (mut line, mut head, mut length) = (String::new(), String::new(), 0);
    let _ = reader.read_line(&mut line);
    loop {
        let mut one = String::new();
        if reader.read_line(&mut one).unwrap_or(0) < 3 {
            break;
        }
        if let Some(n) = one.to_ascii_lowercase().strip_prefix("content-length:") {
            length = n.trim().parse().unwrap_or(0);
        }
        head += &one;
    }
    let _ = reader.read_exact(&mut vec![0; length]);
    let request = Request { line, head };
    let Answer {
        status,
        headers,
        body,
    } = answer(&request);
    log.lock().expect("lock").push(request);
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&body);
}

/// The program, with nothing of this process around it.
pub fn program(home: &std::path::Path, url: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hotseat"));
    command
        .args(args)
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .env("LANG", "C.UTF-8")
        .env("INCIDENT_IO_BASE_URL", url)
        .env("INCIDENT_IO_API_KEY", KEY)
        .stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub fn run(url: &str, args: &[&str]) -> Output {
    let home = tempfile::tempdir().expect("a folder");
    program(home.path(), url, args).output().expect("it runs")
}

/// Runs it to its end, with the most memory it had, in kilobytes.
pub fn measured(mut command: Command) -> (Output, u64) {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let out = drain(child.stdout.take().expect("piped"));
    let err = drain(child.stderr.take().expect("piped"));
    let peak = watch(&mut child);
    let output = Output {
        status: child.wait().expect("it ends"),
        stdout: out.join().expect("read"),
        stderr: err.join().expect("read"),
    };
    (output, peak)
}

fn drain(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut all = Vec::new();
        let _ = from.read_to_end(&mut all);
        all
    })
}

fn watch(child: &mut Child) -> u64 {
    let (mut peak, patience) = (0, Instant::now() + Duration::from_secs(120));
    while child.try_wait().expect("wait").is_none() {
        peak = peak.max(most_memory(child.id()).unwrap_or(0));
        if Instant::now() > patience {
            child.kill().expect("killed");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    peak
}

/// The most memory that a process had so far, in kilobytes.
pub fn most_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").trim().parse().ok()
}

pub fn error(output: &Output) -> serde_json::Value {
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|_| panic!("{said}"))
}

/// A simulated organisation that tells the truth but for its faults.
pub struct Organisation {
    runtime: tokio::runtime::Runtime,
    running: Option<sim::Running>,
}

impl Organisation {
    pub fn with_faults(faults: &str) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let faults: Faults = toml::from_str(faults).expect("faults");
        let options = sim::Options {
            incidents: 20,
            speed: 0.0,
            clock: clock::clock(),
            faults,
            ..sim::Options::default()
        };
        let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let running = runtime.block_on(sim::start(options, listen));
        Self {
            running: Some(running.expect("an organisation")),
            runtime,
        }
    }

    /// The program, with its key, at its time.
    pub fn program(&self, home: &std::path::Path, args: &[&str]) -> Command {
        let running = self.running.as_ref().expect("running");
        let mut command = program(home, &running.url, args);
        command
            .arg(clock::flag(running.now()))
            .envs(clock::moved_date())
            .env("INCIDENT_IO_API_KEY", &running.key);
        command
    }
}

impl Drop for Organisation {
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
        self.running = None;
    }
}
