//! A server behind a door that opens to one token at a time.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use std::sync::{Arc, Mutex};

/// The door: whom it lets in, and to where.
pub struct Door {
    pub url: String,
    token: Arc<Mutex<String>>,
}

#[derive(Clone)]
struct Behind {
    to: String,
    /// What is shown to the server behind it.
    own: Option<String>,
    token: Arc<Mutex<String>>,
}

impl Door {
    pub async fn start(to: &str, own: Option<&str>, token: &str) -> Self {
        let token = Arc::new(Mutex::new(token.to_owned()));
        let behind = Behind {
            to: to.to_owned(),
            own: own.map(str::to_owned),
            token: token.clone(),
        };
        let app = Router::new().fallback(pass).with_state(behind);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let at = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            url: format!("http://{at}"),
            token,
        }
    }

    /// Opens to another token from now on, and no more to the one before.
    pub fn opens_to(&self, token: &str) {
        *self.token.lock().expect("lock") = token.to_owned();
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

async fn forward(
    behind: &Behind,
    method: Method,
    uri: &Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    headers.remove(header::HOST);
    headers.remove(header::AUTHORIZATION);
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
    (status, headers, answer.bytes().await.expect("a body")).into_response()
}
