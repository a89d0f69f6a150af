//! An agent: a client of the protocol with the program as its server.

use crate::clock;
use crate::simulated::Organisation;
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ProtocolVersion, ReadResourceRequestParams, Tool,
};
use rmcp::service::RunningService;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::{ClientHandler, ClientLifecycleMode, ClientServiceExt, RoleClient};
use serde_json::Value;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

/// More than an answer may have, whichever way it is shown.
pub const MOST_BYTES: usize = 8 * 1024;

/// How long an answer may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a client says hello.
#[derive(Clone, Copy, Debug)]
pub enum Age {
    /// With a handshake, as until 2025.
    Handshake,
    /// Every request stands by itself.
    Stateless,
}

impl Age {
    fn lifecycle(self) -> ClientLifecycleMode {
        match self {
            Self::Handshake => ClientLifecycleMode::Initialize,
            Self::Stateless => ClientLifecycleMode::Discover {
                preferred_versions: vec![ProtocolVersion::V_2026_07_28],
            },
        }
    }
}

/// Somebody at the desk who cannot be asked.
#[derive(Clone, Default)]
pub struct Nobody;

impl ClientHandler for Nobody {}

/// A client with the program as its server, which reaches the organisation at an address.
pub async fn start<H: ClientHandler>(
    url: &str,
    org: &Organisation,
    age: Age,
    args: &[&str],
    person: H,
) -> (RunningService<RoleClient, H>, tokio::process::Child) {
    let running = org.running.as_ref().expect("running");
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_hotseat"));
    command
        .arg(clock::flag(running.now()))
        .args(args)
        .arg("mcp")
        .env_clear()
        .envs(clock::moved_date())
        .env("HOME", org.home.path())
        .env("INCIDENT_IO_BASE_URL", url)
        .env("INCIDENT_IO_API_KEY", &running.key)
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let mut server = command.spawn().expect("it runs");
    let ends = (
        server.stdout.take().expect("its output"),
        server.stdin.take().expect("its input"),
    );
    let served = person.serve_with_lifecycle(ends, age.lifecycle()).await;
    (served.expect("it answers"), server)
}

/// A running agent; a server of its own ends with it.
pub struct Agent<'a, H: ClientHandler = Nobody> {
    org: &'a Organisation,
    client: RunningService<RoleClient, H>,
    server: Option<tokio::process::Child>,
}

impl<'a> Agent<'a> {
    /// An agent of an organisation, with these arguments before the command.
    pub fn new(org: &'a Organisation, age: Age, args: &[&str]) -> Self {
        Self::with(org, age, args, Nobody)
    }
}

impl<'a, H: ClientHandler> Agent<'a, H> {
    /// The same with somebody at the desk.
    pub fn with(org: &'a Organisation, age: Age, args: &[&str], person: H) -> Self {
        let url = org.running.as_ref().expect("running").url.clone();
        Self::behind(&url, org, age, args, person)
    }

    /// The same where the organisation is reached at another address.
    pub fn behind(url: &str, org: &'a Organisation, age: Age, args: &[&str], person: H) -> Self {
        let started = start(url, org, age, args, person);
        let (client, server) = org.runtime.block_on(started);
        Self {
            org,
            client,
            server: Some(server),
        }
    }

    /// The client itself.
    pub fn client(&self) -> &RunningService<RoleClient, H> {
        &self.client
    }

    /// The same over HTTP, by the token of a client.
    pub fn over(org: &'a Organisation, age: Age, url: &str, token: &str, person: H) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build();
        let http = http.expect("a client");
        let config = StreamableHttpClientTransportConfig::with_uri(url).auth_header(token);
        let served = async {
            let transport = StreamableHttpClientTransport::with_client(http, config);
            person
                .serve_with_lifecycle(transport, age.lifecycle())
                .await
        };
        Self {
            org,
            client: org.runtime.block_on(served).expect("it answers"),
            server: None,
        }
    }

    /// Calls, and waits for the answer only until something else comes; whether it came first.
    pub fn abandons(
        &self,
        tool: &'static str,
        arguments: Value,
        other: impl Future<Output = ()>,
    ) -> bool {
        let answered = answered_before(&self.client, tool, arguments, other);
        self.org.runtime.block_on(answered).is_none()
    }

    /// What a call that must succeed answers, while something else is done.
    pub fn answer_while(
        &self,
        tool: &'static str,
        arguments: Value,
        other: impl Future<Output = ()>,
    ) -> Value {
        let arguments = arguments.as_object().cloned().expect("an object");
        let asked = CallToolRequestParams::new(tool).with_arguments(arguments);
        let both = async {
            let call = tokio::time::timeout(PATIENCE, self.client.call_tool(asked));
            tokio::join!(biased; call, other)
        };
        let (result, ()) = self.org.runtime.block_on(both);
        let result = result.unwrap_or_else(|_| panic!("{tool}: no answer"));
        let result = result.unwrap_or_else(|e| panic!("{tool}: {e}"));
        assert_ne!(result.is_error, Some(true), "{tool}: {}", text(&result));
        result.structured_content.expect("a structure")
    }

    /// The tools that are offered.
    pub fn tools(&self) -> Vec<Tool> {
        let listed = self.client.list_all_tools();
        self.org.runtime.block_on(listed).expect("tools")
    }

    /// The addresses that are listed.
    pub fn resources(&self) -> Vec<String> {
        let listed = self.org.runtime.block_on(self.client.list_all_resources());
        let listed = listed.expect("resources");
        listed.into_iter().map(|resource| resource.uri).collect()
    }

    /// What stands at an address, or why it is not told.
    pub fn resource(&self, uri: &str) -> Result<String, String> {
        let asked = self
            .client
            .read_resource(ReadResourceRequestParams::new(uri));
        let read = self.org.runtime.block_on(asked);
        let read = read.map_err(|e| e.to_string())?;
        let size = serde_json::to_string(&read).expect("JSON").len();
        assert!(size <= MOST_BYTES, "{uri} answered {size} bytes");
        Ok(serde_json::to_string(&read.contents).expect("JSON"))
    }

    /// What a call came to, within its bound.
    pub fn call(&self, tool: &'static str, arguments: Value) -> CallToolResult {
        let arguments = arguments.as_object().cloned().expect("an object");
        let asked = CallToolRequestParams::new(tool).with_arguments(arguments);
        let result = self.org.runtime.block_on(self.client.call_tool(asked));
        let result = result.unwrap_or_else(|e| panic!("{tool}: {e}"));
        let size = serde_json::to_string(&result).expect("JSON").len();
        assert!(size <= MOST_BYTES, "{tool} answered {size} bytes");
        result
    }

    /// The program, where it is one of its own.
    fn own(&mut self) -> &mut tokio::process::Child {
        self.server.as_mut().expect("one of its own")
    }

    /// Hangs up, and waits until the program has ended.
    pub fn leave(self) {
        self.hung_up("journal", Value::Object(serde_json::Map::new()), async {});
    }

    /// Calls, and kills the program when something happened, if it was not answered before.
    pub fn killed_when(
        mut self,
        tool: &'static str,
        arguments: Value,
        when: impl Future<Output = ()>,
    ) {
        self.org.runtime.block_on(async {
            // Whether it was answered is for the journal to say.
            let _ = answered_before(&self.client, tool, arguments, when).await;
            self.own().kill().await.expect("it is killed");
        });
    }

    /// Calls, and hangs up when something happened; how the program ends.
    pub fn hung_up(
        mut self,
        tool: &'static str,
        arguments: Value,
        when: impl Future<Output = ()>,
    ) -> ExitStatus {
        self.org.runtime.block_on(async {
            let _ = answered_before(&self.client, tool, arguments, when).await;
            let _ = self.client.close().await;
            self.own().wait().await.expect("it ends")
        })
    }

    /// What a call that must succeed answers.
    pub fn answer(&self, tool: &'static str, arguments: Value) -> Value {
        let result = self.call(tool, arguments);
        assert_ne!(result.is_error, Some(true), "{tool}: {}", text(&result));
        result.structured_content.expect("a structure")
    }

    /// The words of a call that must be refused.
    pub fn refusal(&self, tool: &'static str, arguments: Value) -> String {
        let result = self.call(tool, arguments);
        assert_eq!(result.is_error, Some(true), "{tool}: {}", text(&result));
        text(&result)
    }
}

impl<H: ClientHandler> Drop for Agent<'_, H> {
    fn drop(&mut self) {
        let client = self.client.close();
        let _ = self.org.runtime.block_on(client);
    }
}

/// Calls and waits for an answer, until something happened.
async fn answered_before<H: ClientHandler>(
    client: &RunningService<RoleClient, H>,
    tool: &'static str,
    arguments: Value,
    when: impl Future<Output = ()>,
) -> Option<CallToolResult> {
    let arguments = arguments.as_object().cloned().expect("an object");
    let asked = CallToolRequestParams::new(tool).with_arguments(arguments);
    tokio::select! {
        biased;
        answered = client.call_tool(asked) => answered.ok(),
        () = when => None,
    }
}

/// What a result says.
pub fn text(result: &CallToolResult) -> String {
    let texts = result.content.iter().filter_map(|c| c.as_text());
    texts.map(|t| t.text.as_str()).collect()
}
