//! A server behind a door that opens to one token at a time.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What becomes of an answer at a path; true where nothing is there.
pub type Rule = Box<dyn Fn(&str, &mut Value) -> bool + Send>;

/// The door: whom it lets in, and to where.
pub struct Door {
    pub url: String,
    behind: Behind,
}

#[derive(Clone)]
struct Behind {
    to: String,
    /// What is shown to the server behind it.
    own: Option<String>,
    token: Arc<Mutex<String>>,
    /// How answers are retold.
    rule: Arc<Mutex<Option<Rule>>>,
    /// Requests that were more than questions.
    writes: Arc<AtomicUsize>,
}

impl Door {
    pub async fn start(to: &str, own: Option<&str>, token: &str) -> Self {
        let behind = Behind {
            to: to.to_owned(),
            own: own.map(str::to_owned),
            token: Arc::new(Mutex::new(token.to_owned())),
            rule: Arc::default(),
            writes: Arc::default(),
        };
        let app = Router::new().fallback(pass).with_state(behind.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let at = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            url: format!("http://{at}"),
            behind,
        }
    }

    /// Opens to another token from now on, and no more to the one before.
    pub fn opens_to(&self, token: &str) {
        *self.behind.token.lock().expect("lock") = token.to_owned();
    }

    /// Tells answers in another way from now on.
    pub fn retells(&self, rule: Rule) {
        *self.behind.rule.lock().expect("lock") = Some(rule);
    }

    /// Requests that were more than questions so far.
    pub fn writes(&self) -> usize {
        self.behind.writes.load(Ordering::SeqCst)
    }
}

async fn pass(State(behind): State<Behind>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let wanted = format!("Bearer {}", behind.token.lock().expect("lock"));
    let shown = parts.headers.get(header::AUTHORIZATION);
    if shown.is_none_or(|shown| shown.as_bytes() != wanted.as_bytes()) {
        return (StatusCode::UNAUTHORIZED, "another token").into_response();
    }
    let body = axum::body::to_bytes(body, 16 << 20).await.expect("a body");
    forward(&behind, parts.method, &parts.uri, parts.headers, body).await
}

impl Behind {
    /// An answer as the rule has it, where there is one; what is not there is an error.
    fn retold(&self, path: &str, body: &[u8]) -> Option<Result<String, String>> {
        let rule = self.rule.lock().expect("lock");
        let mut answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let gone = json!({"type": "not_found", "status": 404, "request_id": "r", "errors": []});
        Some(match rule.as_ref()?(path, &mut answer) {
            false => Ok(answer.to_string()),
            true => Err(gone.to_string()),
        })
    }
}

async fn forward(
    behind: &Behind,
    method: Method,
    uri: &Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    headers.remove(header::HOST);
    headers.remove(header::AUTHORIZATION);
    if method != Method::GET {
        behind.writes.fetch_add(1, Ordering::SeqCst);
    }
    let mut request = reqwest::Client::new()
        .request(method, format!("{}{uri}", behind.to))
        .headers(headers)
        .body(body);
    if let Some(own) = &behind.own {
        request = request.bearer_auth(own);
    }
    let answer = request.send().await.expect("an answer");
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove(header::TRANSFER_ENCODING);
    headers.remove(header::CONTENT_LENGTH);
    let body = answer.bytes().await.expect("a body");
    match behind.retold(uri.path(), &body) {
        None => (status, headers, body).into_response(),
        Some(Ok(retold)) => (status, headers, retold).into_response(),
        Some(Err(gone)) => (StatusCode::NOT_FOUND, headers, gone).into_response(),
    }
}
