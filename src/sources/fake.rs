//! A server for tests that answers as its documentation says another does, and remembers what it was asked.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use std::sync::{Arc, Mutex};

/// What it was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Method, path and query.
    pub line: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The path, without its query.
    pub fn path(&self) -> &str {
        let target = self.line.split(' ').nth(1).unwrap_or_default();
        target.split('?').next().unwrap_or_default()
    }
}

/// The server; it lives as long as the test.
pub struct Fake {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Fake {
    /// Answers with a status and a body; who is told to wait is told how long.
    pub async fn start(
        answer: impl Fn(&Asked) -> (u16, String) + Clone + Send + Sync + 'static,
    ) -> Self {
        Self::linked(move |asked| {
            let (status, body) = answer(asked);
            (status, body, String::new())
        })
        .await
    }

    /// The same with links to further pages.
    pub async fn linked(
        answer: impl Fn(&Asked) -> (u16, String, String) + Clone + Send + Sync + 'static,
    ) -> Self {
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let log = asked.clone();
        let reply = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let one = Asked {
                line: format!("{method} {uri}"),
                headers,
                body: String::from_utf8_lossy(&body).into_owned(),
            };
            let (status, body, link) = answer(&one);
            log.lock().expect("the list").push(one);
            let status = StatusCode::from_u16(status).expect("a status");
            async move {
                (
                    status,
                    [("retry-after", "30".to_owned()), ("link", link)],
                    body,
                )
            }
        };
        let app = Router::new().fallback(reply);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("the list").clone()
    }
}
