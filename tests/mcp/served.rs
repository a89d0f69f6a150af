//! The program as it serves agents over HTTP, and requests to it as anybody on this machine could write them.

use crate::clock;
use crate::simulated::Organisation;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// The tokens of the two clients that may come.
pub const CLAUDE: &str = "claude-0123456789abcdef0123456789abcdef";
pub const CURSOR: &str = "cursor-0123456789abcdef0123456789abcdef";

/// A client's settings; its token is in the environment of the same name.
fn client(name: &str) -> String {
    format!("[[mcp.clients]]\nname = \"{name}\"\ntoken = {{ env = \"TOKEN_{name}\" }}\n")
}

/// The program, which listens.
pub struct Served {
    process: Child,
    pub url: String,
    pub at: SocketAddr,
}

impl Served {
    /// Serves an organisation with these settings under `[mcp]`, and others before it.
    pub fn new(org: &Organisation, others: &str, settings: &str) -> Self {
        let config = org.home.path().join("served.toml");
        let clients = client("claude") + &client("cursor");
        let text = format!("{others}\n[mcp]\n{settings}\n{clients}");
        std::fs::write(&config, text).expect("a file");
        let running = org.running.as_ref().expect("running");
        let mut process = Command::new(env!("CARGO_BIN_EXE_hotseat"))
            .arg(clock::flag(running.now()))
            .arg("--config")
            .arg(config)
            .args(["mcp", "--listen", "127.0.0.1:0"])
            .env_clear()
            .envs(clock::moved_date())
            .env("HOME", org.home.path())
            .env("INCIDENT_IO_BASE_URL", &running.url)
            .env("INCIDENT_IO_API_KEY", &running.key)
            .env("TOKEN_claude", CLAUDE)
            .env("TOKEN_cursor", CURSOR)
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut line = String::new();
        let said = process.stdout.take().expect("its output");
        BufReader::new(said)
            .read_line(&mut line)
            .expect("its address");
        let url = line.trim().to_owned();
        let at = url
            .strip_prefix("http://")
            .and_then(|u| u.strip_suffix("/mcp"));
        let at = at.and_then(|at| at.parse().ok());
        Self {
            process,
            at: at.unwrap_or_else(|| panic!("no address: {url:?}")),
            url,
        }
    }

    /// Asks it to end, and waits until it did.
    pub fn ended(mut self) -> ExitStatus {
        let process = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).expect("it runs");
        self.process.wait().expect("it ends")
    }

    /// A connection on which nothing was sent.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.at).expect("it listens");
        let patience = Some(Duration::from_secs(60));
        stream.set_read_timeout(patience).expect("a time");
        stream
    }

    /// A request that a client of the protocol could have sent, to be bent.
    pub fn request(&self, body: &str) -> Raw {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Raw {
            at: self.at,
            line: "POST /mcp HTTP/1.1".into(),
            headers: vec![
                header("Host", &self.at.to_string()),
                header("Authorization", &format!("Bearer {CLAUDE}")),
                header("Content-Type", "application/json"),
                header("Accept", "application/json, text/event-stream"),
            ],
            body: body.to_owned(),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A request as it stands on the wire.
#[derive(Clone)]
pub struct Raw {
    at: SocketAddr,
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// An answer: its status, its headers in small letters, and its body as far as it came before the line closed.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: String,
}

impl Raw {
    pub fn line(mut self, line: &str) -> Self {
        self.line = line.to_owned();
        self
    }

    /// The same without a header.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    /// The same with one header more.
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with another value of a header.
    pub fn with(self, name: &str, value: &str) -> Self {
        self.without(name).and(name, value)
    }

    /// As it is sent.
    pub fn text(&self) -> String {
        let mut text = format!("{}\r\n", self.line);
        for (name, value) in &self.headers {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        if !self
            .headers
            .iter()
            .any(|(name, _)| name == "Content-Length")
        {
            let _ = write!(text, "Content-Length: {}\r\n", self.body.len());
        }
        text + "Connection: close\r\n\r\n" + &self.body
    }

    /// What is answered.
    pub fn send(&self, served: &Served) -> Answer {
        assert_eq!(self.at, served.at);
        let mut stream = served.connect();
        stream.write_all(self.text().as_bytes()).expect("sent");
        let mut answer = Vec::new();
        // What came before the line broke is the answer.
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok());
        Answer {
            status: status.unwrap_or_else(|| panic!("no answer: {answer:?}")),
            headers: head.to_lowercase(),
            body: body.to_owned(),
        }
    }
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let start = format!("{name}: ");
        self.headers.lines().find_map(|l| l.strip_prefix(&start))
    }
}
