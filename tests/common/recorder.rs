//! A proxy between a client and the simulated organisation: it keeps every exchange, holds each against the official API
//! description, and breaks writes on demand.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

/// One request with its answer.
pub struct Exchange {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Value,
    pub status: u16,
    pub answer: Value,
}

/// What is done to a write on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Break {
    /// The connection ends before the organisation hears of it.
    CutBefore,
    /// The organisation does it, and the connection ends before the answer.
    CutAfter,
    /// The organisation does it, and half of the answer comes.
    Half,
    /// The organisation does it, and a proxy says 502.
    BadGateway,
    /// The organisation never hears of it, and no answer comes; the test is told.
    HoldBefore,
    /// The organisation does it, and no answer comes; the test is told.
    HoldAfter,
}

/// The proxy.
pub struct Recorder {
    to: String,
    http: reqwest::Client,
    /// Every exchange.
    pub log: Mutex<Vec<Exchange>>,
    /// What happens to the next write; it happens once.
    pub next: Mutex<Option<Break>>,
    /// Seconds by which the clock of the answers is ahead.
    pub ahead: Mutex<i64>,
    held: mpsc::UnboundedSender<()>,
}

impl Recorder {
    /// Starts it in front of an organisation: its address, itself, and word of every write that is held.
    pub async fn start(to: &str) -> (String, Arc<Self>, mpsc::UnboundedReceiver<()>) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (held, told) = mpsc::unbounded_channel();
        let recorder = Arc::new(Self {
            to: to.into(),
            http: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
            log: Mutex::default(),
            next: Mutex::default(),
            ahead: Mutex::default(),
            held,
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let app = axum::Router::new()
            .fallback(forward)
            .with_state(recorder.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (url, recorder, told)
    }

    /// Breaks the next write.
    pub fn break_next(&self, how: Break) {
        *self.next.lock().expect("lock") = Some(how);
    }

    /// What is wrong with any exchange so far, against the description.
    pub fn wrong(&self, spec: &Value) -> std::collections::BTreeSet<String> {
        self.log
            .lock()
            .expect("lock")
            .iter()
            .flat_map(|exchange| check(spec, exchange))
            .collect()
    }
}

/// An answer that ends before it is whole.
fn cut(first: Vec<u8>) -> Response {
    let broken = Err(std::io::Error::new(
        std::io::ErrorKind::ConnectionReset,
        "cut",
    ));
    Response::new(Body::from_stream(futures_util::stream::iter([
        Ok(first),
        broken,
    ])))
}

async fn forward(
    State(recorder): State<Arc<Recorder>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let how = if method == Method::GET {
        None
    } else {
        recorder.next.lock().expect("lock").take()
    };
    match how {
        Some(Break::CutBefore) => return cut(Vec::new()),
        Some(Break::HoldBefore) => {
            let _ = recorder.held.send(());
            std::future::pending::<()>().await;
        }
        _ => {}
    }
    let mut request = recorder
        .http
        .request(method.clone(), format!("{}{uri}", recorder.to))
        .body(body.to_vec());
    for name in ["authorization", "content-type"] {
        request = headers
            .get(name)
            .into_iter()
            .fold(request, |r, value| r.header(name, value));
    }
    let answer = request
        .send()
        .await
        .expect("the simulated organisation answers");
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = answer.bytes().await.expect("a body");
    let parse = |bytes: &[u8]| {
        if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(bytes).expect("JSON")
        }
    };
    recorder.log.lock().expect("lock").push(Exchange {
        method: method.to_string().to_lowercase(),
        path: uri.path().to_owned(),
        query: url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect(),
        body: parse(&body),
        status: status.as_u16(),
        answer: parse(&bytes),
    });
    match how {
        Some(Break::CutAfter) => return cut(Vec::new()),
        Some(Break::Half) => return cut(bytes[..bytes.len() / 2].to_vec()),
        Some(Break::BadGateway) => {
            let mut response = Response::new(Body::from("<html>502</html>"));
            *response.status_mut() = axum::http::StatusCode::BAD_GATEWAY;
            return response;
        }
        Some(Break::HoldAfter) => {
            let _ = recorder.held.send(());
            std::future::pending::<()>().await;
        }
        _ => {}
    }
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-ratelimit"))
        .for_each(|(name, value)| drop(response.headers_mut().insert(name, value.clone())));
    let ahead = chrono::Duration::seconds(*recorder.ahead.lock().expect("lock"));
    let date = headers["date"].to_str().expect("a date");
    let there = chrono::DateTime::parse_from_rfc2822(date).expect("a date") + ahead;
    let stamp = there.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    response
        .headers_mut()
        .insert("date", stamp.parse().expect("a header"));
    response
}

/// The official description; where it is missing, a test fails under CI and is left out elsewhere.
pub fn description() -> Option<Value> {
    let path = std::env::var("HOTSEAT_OPENAPI").ok();
    let raw = path.as_ref().and_then(|path| std::fs::read(path).ok());
    if raw.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "HOTSEAT_OPENAPI must name the API description; tests/run fetches it"
        );
        eprintln!("skipped: run tests/run, which fetches the API description");
    }
    Some(serde_json::from_slice(&raw?).expect("the description is JSON"))
}

/// The operation an exchange is of, with its path in the description.
pub fn operation<'a>(spec: &'a Value, exchange: &Exchange) -> Option<(String, &'a Value)> {
    let fits = |pattern: &str| {
        let (wanted, given): (Vec<&str>, Vec<&str>) = (
            pattern.split('/').collect(),
            exchange.path.split('/').collect(),
        );
        wanted.len() == given.len()
            && wanted
                .iter()
                .zip(&given)
                .all(|(w, g)| w.starts_with('{') || w == g)
    };
    let (path, item) = spec["paths"]
        .as_object()?
        .iter()
        .find(|(path, item)| fits(path) && item.get(&exchange.method).is_some())?;
    Some((path.clone(), &item[&exchange.method]))
}

fn schema_errors(spec: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut root = schema.clone();
    root["components"] = spec["components"].clone();
    root["$schema"] = json!("http://json-schema.org/draft-04/schema#");
    let validator = jsonschema::validator_for(&root).expect("a schema");
    validator
        .iter_errors(value)
        .take(3)
        .map(|e| format!("{} at {}", e, e.instance_path()))
        .collect()
}

/// What is wrong with an exchange.
pub fn check(spec: &Value, exchange: &Exchange) -> Vec<String> {
    let here = format!("{} {}", exchange.method, exchange.path);
    let Some((_, operation)) = operation(spec, exchange) else {
        return vec![format!("{here}: no such operation")];
    };
    let mut wrong = Vec::new();
    let parameters: Vec<&Value> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|p| p["in"] == "query")
        .collect();
    for (key, value) in &exchange.query {
        let base = key.split('[').next().unwrap_or_default();
        match parameters
            .iter()
            .find(|p| p["name"] == base || p["name"] == key.as_str())
        {
            None => wrong.push(format!("{here}: unknown parameter {key}")),
            Some(p)
                if p["schema"]["maximum"]
                    .as_i64()
                    .is_some_and(|most| value.parse::<i64>().is_ok_and(|n| n > most)) =>
            {
                wrong.push(format!("{here}: {key}={value} is above the maximum"))
            }
            Some(_) => {}
        }
    }
    for p in parameters.iter().filter(|p| p["required"] == true) {
        if !exchange
            .query
            .iter()
            .any(|(key, _)| p["name"] == key.as_str())
        {
            wrong.push(format!("{here}: {} is missing", p["name"]));
        }
    }
    let accepted = exchange.status < 300;
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if accepted && schema.is_object() {
        wrong.extend(
            schema_errors(spec, schema, &exchange.body)
                .into_iter()
                .map(|e| format!("{here} request: {e}")),
        );
    }
    if accepted && operation["requestBody"].is_null() && !exchange.body.is_null() {
        wrong.push(format!("{here}: a body where none is described"));
    }
    let status = exchange.status.to_string();
    let response = &operation["responses"][&status];
    if response.is_null() {
        wrong.push(format!("{here}: status {status} is not described"));
    }
    let described = &response["content"]["application/json"]["schema"];
    let schema = if described.is_object() {
        described.clone()
    } else if accepted {
        Value::Null
    } else {
        json!({"$ref": "#/components/schemas/ErrorResponse"})
    };
    if accepted && response["content"].is_null() && !exchange.answer.is_null() {
        wrong.push(format!("{here}: an answer where none is described"));
    }
    let known = schema.is_object()
        && (accepted
            || spec["components"]["schemas"]["ErrorResponse"].is_object()
            || described.is_object());
    if known {
        wrong.extend(
            schema_errors(spec, &schema, &exchange.answer)
                .into_iter()
                .map(|e| format!("{here} answer: {}", e.chars().take(300).collect::<String>())),
        );
    }
    wrong
}
