//! Sessions of the older handshake: of so many, the one that was used longest ago makes room.

use rmcp::transport::streamable_http_server::session::SessionManager;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Sessions of one client at once: more than a person has open.
pub(super) const MOST_SESSIONS: usize = 16;
/// How long a session may be idle: longer than a person may think about what they are asked.
const IDLE: Duration = Duration::from_secs(30 * 60);

/// The sessions of one client.
pub(super) struct Sessions {
    pub manager: Arc<LocalSessionManager>,
    /// Their ids, the one used longest ago first.
    used: Mutex<VecDeque<String>>,
}

impl Sessions {
    pub fn new() -> Self {
        let mut manager = LocalSessionManager::default();
        manager.session_config.keep_alive = Some(IDLE);
        Self {
            manager: Arc::new(manager),
            used: Mutex::default(),
        }
    }

    fn used(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a session is used, where there is one of this id.
    pub fn touch(&self, id: &str) {
        let mut used = self.used();
        if let Some(at) = used.iter().position(|known| known == id) {
            let id = used.remove(at);
            used.extend(id);
        }
    }

    /// Notes a session that was made, and ends the one that has to make room.
    pub async fn made(&self, id: &str) {
        let oldest = {
            let mut used = self.used();
            used.push_back(id.to_owned());
            let is_full = used.len() > MOST_SESSIONS;
            is_full.then(|| used.pop_front()).flatten()
        };
        if let Some(oldest) = oldest {
            // One that ended by itself meanwhile is as good.
            let _ = self.manager.close_session(&oldest.into()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::{Request, header};
    use rmcp::ServerHandler;
    use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
    use serde_json::json;

    struct Anybody;

    impl ServerHandler for Anybody {}

    #[tokio::test(start_paused = true)]
    async fn a_session_ends_after_half_an_hour_without_use_and_not_before() {
        let sessions = Sessions::new();
        let config = StreamableHttpServerConfig::default();
        let service = StreamableHttpService::new(|| Ok(Anybody), sessions.manager.clone(), config);
        let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "idle", "version": "1"}
        }});
        let hello = Request::post("/mcp")
            .header(header::HOST, "localhost")
            .header(header::ACCEPT, "application/json, text/event-stream")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(hello.to_string()))
            .expect("a request");
        let answer = service.handle(hello).await;
        let id = answer.headers()["mcp-session-id"].to_str().expect("text");
        let lives = async || sessions.manager.has_session(&id.into()).await;
        tokio::time::sleep(IDLE - Duration::from_secs(1)).await;
        assert!(lives().await.expect("an answer"));
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(!lives().await.expect("an answer"));
    }
}
