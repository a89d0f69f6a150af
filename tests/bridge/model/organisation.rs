//! The organisation of a world as people see and change it.

use hotseat::sim::Running;
use reqwest::Method;
use serde_json::{Value, json};

/// Statuses, severities, a role and a person, by id.
pub struct Organisation {
    url: String,
    key: String,
    http: reqwest::Client,
    ends: Vec<String>,
    pub severities: Vec<String>,
    lead: String,
    person: String,
}

/// What people set: the incident, which of its fields, and to what.
pub type Set = (String, &'static str, String);

fn ids(all: &Value, fits: impl Fn(&Value) -> bool) -> Vec<String> {
    let rows = all.as_array().into_iter().flatten();
    let ids = rows.filter(|row| fits(row)).map(|row| row["id"].as_str());
    ids.flatten().map(str::to_owned).collect()
}

impl Organisation {
    pub async fn new(running: &Running) -> Self {
        let mut organisation = Self {
            url: running.url.clone(),
            key: running.key.clone(),
            http: reqwest::Client::new(),
            ends: Vec::new(),
            severities: Vec::new(),
            lead: String::new(),
            person: String::new(),
        };
        let statuses = organisation.get("/v1/incident_statuses").await;
        let is_end = |s: &Value| s["category"] == "learning" || s["category"] == "closed";
        organisation.ends = ids(&statuses["incident_statuses"], is_end);
        let all = organisation.get("/v1/severities").await;
        organisation.severities = ids(&all["severities"], |_| true);
        let roles = organisation.get("/v2/incident_roles").await;
        let leads = ids(&roles["incident_roles"], |r| r["role_type"] == "lead");
        organisation.lead.clone_from(&leads[0]);
        let people = organisation.get("/v2/users?page_size=5").await;
        organisation
            .person
            .clone_from(&ids(&people["users"], |_| true)[0]);
        organisation
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let request = self.http.request(method, format!("{}{path}", self.url));
        let request = request.bearer_auth(&self.key);
        let request = match body {
            None => request,
            Some(body) => request
                .header("content-type", "application/json")
                .body(body.to_string()),
        };
        let answer = request.send().await.expect("an answer");
        let body = answer.bytes().await.expect("a body");
        serde_json::from_slice(&body).unwrap_or_default()
    }

    async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, None).await
    }

    /// Incidents that the bridge declared, oldest first.
    pub async fn incidents(&self) -> Vec<Value> {
        let all = self.get("/v2/incidents?page_size=100").await;
        let mut all = all["incidents"].as_array().cloned().unwrap_or_default();
        let is_ours = |i: &Value| {
            let summary = i["summary"].to_string();
            summary.contains("Declared by hotseat bridge")
                || summary.contains("`hotseat bridge why")
        };
        all.retain(is_ours);
        all.sort_by_key(|i| i["created_at"].to_string());
        all
    }

    /// Whether a status is an end.
    pub fn is_end(&self, status: &Value) -> bool {
        status
            .as_str()
            .is_some_and(|id| self.ends.iter().any(|e| e == id))
    }

    async fn edit(&self, id: &str, change: Value) {
        let body = json!({"incident": change, "notify_incident_channel": false});
        let path = format!("/v2/incidents/{id}/actions/edit");
        self.ask(Method::POST, &path, Some(body)).await;
    }

    pub async fn close(&self, id: &str) {
        self.edit(id, json!({"incident_status_id": self.ends[0]}))
            .await;
    }

    pub async fn rate(&self, incident: &Value) -> Set {
        let (id, now) = (text(&incident["id"]), text(&incident["severity"]["id"]));
        let other = self
            .severities
            .iter()
            .find(|s| **s != now)
            .expect("another");
        self.edit(&id, json!({"severity_id": other})).await;
        (id, "severity", other.clone())
    }

    pub async fn lead(&self, incident: &Value) -> Set {
        let id = text(&incident["id"]);
        let role = json!([{"incident_role_id": self.lead, "assignee": {"id": self.person}}]);
        self.edit(&id, json!({"incident_role_assignments": role}))
            .await;
        (id, "lead", self.person.clone())
    }

    pub async fn tell(&self, id: &str) {
        let body = json!({"incident_id": id, "message": "Ana looks into it", "idempotency_key": format!("p{}", fastrand::u64(..))});
        self.ask(Method::POST, "/v2/incident_updates", Some(body))
            .await;
    }

    /// What stands in a field that people set.
    pub fn standing(&self, incident: &Value, field: &str) -> String {
        match field {
            "severity" => text(&incident["severity"]["id"]),
            _ => {
                let roles = incident["incident_role_assignments"].as_array();
                let lead = roles
                    .into_iter()
                    .flatten()
                    .find(|r| r["role"]["id"] == self.lead.as_str());
                lead.map(|r| text(&r["assignee"]["id"])).unwrap_or_default()
            }
        }
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
