//! Those who have a part in a sequence beside the agent: a person at the desk who does what its program says, where the
//! client can ask them, and a colleague.

use super::program::Reply;
use rmcp::model::{
    ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult, ElicitationAction,
    ElicitationCapability, ErrorData, Implementation,
};
use rmcp::service::RequestContext;
use rmcp::{ClientHandler, RoleClient};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What happens while the person thinks.
pub type Meanwhile =
    Arc<dyn Fn(Reply) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Whoever sits before the client.
#[derive(Clone)]
pub struct Desk {
    pub can_ask: bool,
    /// What is answered to the next question.
    pub reply: Arc<Mutex<Reply>>,
    /// What was asked since somebody looked.
    pub asked: Arc<Mutex<Vec<String>>>,
    pub meanwhile: Meanwhile,
}

fn answer(reply: Reply) -> (ElicitationAction, Value) {
    let yes = json!({"send": true});
    match reply {
        Reply::Yes | Reply::Late | Reply::Overtaken => (ElicitationAction::Accept, yes),
        Reply::No => (ElicitationAction::Decline, yes),
        Reply::Closed => (ElicitationAction::Cancel, yes),
        Reply::Unticked | Reply::Fails => (ElicitationAction::Accept, json!({"send": false})),
        Reply::Nonsense(raw) => {
            let sent: Value = serde_json::from_str(raw).expect("JSON");
            (ElicitationAction::Accept, json!({ "send": sent }))
        }
    }
}

impl ClientHandler for Desk {
    fn get_info(&self) -> ClientConfig {
        let mut capabilities = ClientCapabilities::default();
        if self.can_ask {
            let form = ElicitationCapability::new().with_form(Default::default());
            capabilities.elicitation = Some(form);
        }
        ClientConfig::new(capabilities, Implementation::new("desk", "1.0"))
    }

    async fn create_elicitation(
        &self,
        asked: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let ElicitRequestParams::FormElicitationParams { message, .. } = asked else {
            return Err(ErrorData::invalid_params("no form", None));
        };
        self.asked.lock().expect("whole").push(message);
        let reply = *self.reply.lock().expect("whole");
        (self.meanwhile)(reply).await;
        if reply == Reply::Fails {
            return Err(ErrorData::internal_error("the window is gone", None));
        }
        let (action, content) = answer(reply);
        Ok(ElicitResult::new(action).with_content(content))
    }
}

/// Somebody else, who works on the organisation's own address.
#[derive(Clone)]
pub struct Colleague {
    pub http: reqwest::Client,
    pub url: String,
    pub key: String,
    /// How often they did something.
    pub done: Arc<AtomicUsize>,
}

impl Colleague {
    pub async fn renames(&self, incident: &str) {
        let number = incident.trim_start_matches("INC-");
        let renamed = self.done.fetch_add(1, Ordering::Relaxed);
        let body = json!({"incident": {"name": format!("Renamed {renamed}")}, "notify_incident_channel": false});
        let asked = self
            .http
            .post(format!("{}/v2/incidents/{number}/actions/edit", self.url))
            .bearer_auth(&self.key)
            .header("content-type", "application/json")
            .body(body.to_string());
        let status = asked.send().await.expect("it answers").status();
        assert!(status.is_success(), "the colleague is refused: {status}");
    }
}
