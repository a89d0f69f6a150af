//! A system that lists its issues in JSON: what a whole list leaves out is over, what anything less leaves out is not.

use crate::running::Bridge;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// What the system answers with: a status and a body.
pub type Said = Arc<Mutex<(u16, String)>>;

/// A system that says what it is told to say.
pub async fn system() -> (String, Said) {
    let said: Said = Arc::new(Mutex::new((200, json!({"issues": []}).to_string())));
    let answers = said.clone();
    let app = axum::Router::new().fallback(move || {
        let (status, body) = answers.lock().expect("lock").clone();
        let status = axum::http::StatusCode::from_u16(status).expect("a status");
        async move { (status, [("content-type", "application/json")], body) }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    (format!("http://{at}/open"), said)
}

pub fn says(said: &Said, status: u16, body: &Value) {
    *said.lock().expect("lock") = (status, body.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_of_a_list_is_over_when_a_whole_list_leaves_it_out_and_by_nothing_less() {
    let (url, said) = system().await;
    let mut bridge = Bridge::new(false).await;
    let list = format!(
        "[[bridge.json]]\nname = \"checks\"\nurl = \"{url}\"\n\
         fields = {{ items = \"/issues\", id = \"/key\", title = \"/name\", severity = \"/level\", started = \"/since\", services = \"/of\", more = \"/next\" }}\n"
    );
    bridge.configure_beside(&list, "every_seconds = 1\n");
    let login = json!({"key": "c-7", "name": "Login \u{1b}[31mfails", "level": "critical", "since": chrono::Utc::now().to_rfc3339(), "of": "checkout-service"});
    says(&said, 200, &json!({"issues": [login]}));
    bridge.run();
    bridge.is_live().await;
    assert_eq!(bridge.incidents().await[0]["name"], "Login fails");
    for (status, body) in [
        (200, json!({"issues": [], "next": "/open?page=2"})),
        (200, json!({"issues": [], "error": "the database is away"})),
        (200, json!({"issues": [{"key": "other"}]})),
        (200, json!({"issues": null})),
        (200, json!("Please log in")),
        (206, json!({"issues": []})),
        (500, json!({"issues": []})),
    ] {
        says(&said, status, &body);
        bridge.rounds(5).await;
        assert_eq!(bridge.categories().await, ["live"], "{status} {body}");
    }
    *said.lock().expect("lock") = (200, "{\"issues\": [".into());
    bridge.rounds(5).await;
    assert_eq!(bridge.categories().await, ["live"], "half a list");
    says(&said, 200, &json!({"issues": []}));
    bridge
        .until("its end", || async {
            bridge.categories().await == ["learning"]
        })
        .await;
    bridge.is_as_described();
}
