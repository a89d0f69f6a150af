//! What agents propose and confirm: the exact request, once, when the person at the desk says yes, and otherwise nothing.

use crate::agent::{Age, Agent, text};
use crate::clock;
use crate::simulated::Organisation;
use rmcp::ClientHandler;
use rmcp::RoleClient;
use rmcp::model::{
    ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult, ElicitationAction,
    ElicitationCapability, ErrorData, Implementation,
};
use rmcp::service::RequestContext;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const AGES: [Age; 2] = [Age::Handshake, Age::Stateless];

/// What is done while the person at the desk thinks.
pub type Meanwhile = Arc<dyn Fn() + Send + Sync>;

/// A person at the desk, and what they were asked.
#[derive(Clone)]
pub struct Person {
    pub says: ElicitationAction,
    pub send: bool,
    pub asked: Arc<Mutex<Vec<String>>>,
    pub meanwhile: Option<Meanwhile>,
}

impl Person {
    pub(crate) fn saying(says: ElicitationAction, send: bool) -> Self {
        Self {
            says,
            send,
            asked: Arc::default(),
            meanwhile: None,
        }
    }

    pub fn yes() -> Self {
        Self::saying(ElicitationAction::Accept, true)
    }

    pub fn no() -> Self {
        Self::saying(ElicitationAction::Decline, false)
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("it is whole").clone()
    }
}

impl ClientHandler for Person {
    fn get_info(&self) -> ClientConfig {
        let elicitation = ElicitationCapability::new().with_form(Default::default());
        let mut capabilities = ClientCapabilities::default();
        capabilities.elicitation = Some(elicitation);
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
        self.asked.lock().expect("it is whole").push(message);
        if let Some(meanwhile) = self.meanwhile.clone() {
            tokio::task::spawn_blocking(move || meanwhile())
                .await
                .expect("it is done");
        }
        let result = ElicitResult::new(self.says.clone());
        Ok(result.with_content(json!({"send": self.send})))
    }
}

/// Everything that can be written here as it stands now; pages climb by themselves, so of those only which there are.
pub fn standing(org: &Organisation) -> String {
    let list = ["incidents", "list", "--status", "all", "--limit", "500"];
    let mut all = org.json(&list).to_string();
    for command in ["actions", "follow-ups"] {
        all += &org.json(&[command]).to_string();
    }
    for page in org.json(&["escalations"]).as_array().expect("a list") {
        all += &page["id"].to_string();
    }
    for incident in org.json(&["incidents", "list"]).as_array().expect("a list") {
        let reference = incident["reference"].as_str().expect("a reference");
        all += &org.json(&["timeline", reference]).to_string();
    }
    all
}

pub fn open(org: &Organisation) -> String {
    let all = org.json(&["incidents", "list"]);
    all[0]["reference"]
        .as_str()
        .expect("a reference")
        .to_owned()
}

pub fn update(incident: &str, message: &str) -> Value {
    json!({"kind": "update", "about": incident, "fields": {"message": message}})
}

pub fn token(proposed: &Value) -> Value {
    json!({"token": proposed["data"]["token"]})
}

/// How many updates of an incident say so.
pub fn said(org: &Organisation, incident: &str, message: &str) -> usize {
    let timeline = org.json(&["timeline", incident]);
    let all = timeline.as_array().expect("a list");
    all.iter()
        .filter(|i| i.to_string().contains(message))
        .count()
}

#[test]
fn a_proposal_sends_nothing_and_a_yes_of_the_person_sends_it_once_in_both_ages() {
    for age in AGES {
        let org = Organisation::new("");
        let (incident, person) = (open(&org), Person::yes());
        let agent = Agent::with(&org, age, &[], person.clone());
        let before = standing(&org);
        let proposed = agent.answer("propose", update(&incident, "Rolling back"));
        assert_eq!(standing(&org), before, "{age:?}");
        let request = proposed["data"]["requests"][0].as_str().expect("a request");
        assert!(request.starts_with("POST /v2/"), "{request}");
        assert!(request.contains("Rolling back"), "{request}");
        assert_eq!(proposed["data"]["pages"], "It pages nobody.");

        let done = agent.answer("confirm", token(&proposed));
        assert_eq!(
            done["data"]["writes"][0]["state"], "confirmed",
            "{age:?}: {done}"
        );
        assert_eq!(said(&org, &incident, "Rolling back"), 1);
        let asked = person.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert!(asked[0].contains(request), "{asked:?}");

        let again = agent.refusal("confirm", token(&proposed));
        assert!(again.contains("confirmed already"), "{again}");
        assert_eq!(
            person.asked().len(),
            1,
            "nobody is asked about what is spent"
        );
        assert_eq!(said(&org, &incident, "Rolling back"), 1);
        let journal = agent.answer("journal", json!({}));
        assert_eq!(
            journal["data"]["writes"][0]["proposed_by"], "desk 1.0",
            "{journal}"
        );
    }
}

#[test]
fn a_no_a_closed_form_and_an_unticked_one_send_nothing_and_spend_the_token() {
    let no = [
        (ElicitationAction::Decline, true),
        (ElicitationAction::Cancel, true),
        (ElicitationAction::Accept, false),
    ];
    for (says, send) in no {
        for age in AGES {
            let org = Organisation::new("");
            let incident = open(&org);
            let before = standing(&org);
            let agent = Agent::with(&org, age, &[], Person::saying(says.clone(), send));
            let proposed = agent.answer("propose", update(&incident, "Rolling back"));
            let refused = agent.refusal("confirm", token(&proposed));
            assert!(refused.contains("said no"), "{refused}");
            let again = agent.refusal("confirm", token(&proposed));
            assert!(again.contains("declined already"), "{again}");
            assert_eq!(standing(&org), before, "{says:?} {age:?}");
        }
    }
}

#[test]
fn without_somebody_to_ask_nothing_is_sent_unless_the_configuration_says_so() {
    let org = Organisation::new("");
    let incident = open(&org);
    let offers = |agent: &Agent<'_>| agent.tools().iter().any(|t| t.name == "confirm");
    let agent = Agent::new(&org, Age::Stateless, &[]);
    assert!(!offers(&agent));
    let proposed = agent.answer("propose", update(&incident, "Rolling back"));
    let next = proposed["data"]["next"].as_str().expect("words");
    assert!(next.contains("cannot be sent from here"), "{next}");
    let refused = agent.refusal("confirm", token(&proposed));
    assert!(refused.contains("cannot ask the person"), "{refused}");
    assert_eq!(said(&org, &incident, "Rolling back"), 0);

    let config = org.home.path().join("config.toml");
    std::fs::write(&config, "[mcp]\nconfirm = \"agent\"\n").expect("a file");
    let config = config.display().to_string();
    let told = |args: &[&str]| String::from_utf8_lossy(&org.run(args).stdout).into_owned();
    assert!(!told(&["doctor"]).contains("without asking a person"));
    assert!(told(&["doctor", "--config", &config]).contains("without asking a person"));
    let trusted = Agent::new(&org, Age::Stateless, &["--config", &config]);
    assert!(offers(&trusted));
    let stolen = trusted.refusal("confirm", token(&proposed));
    assert!(stolen.contains("no token"), "{stolen}");
    let proposed = trusted.answer("propose", update(&incident, "Rolling back"));
    trusted.answer("confirm", token(&proposed));
    assert_eq!(said(&org, &incident, "Rolling back"), 1);
}

#[test]
fn what_somebody_moved_meanwhile_is_not_sent() {
    let org = Organisation::new("");
    let (incident, person) = (open(&org), Person::yes());
    let agent = Agent::with(&org, Age::Handshake, &[], person.clone());
    let edit = json!({"kind": "edit", "about": incident, "fields": {"name": "Checkout fails"}});
    let proposed = agent.answer("propose", edit);
    org.json(&[
        "incidents",
        "edit",
        &incident,
        "--name",
        "Carts are empty",
        "--yes",
    ]);
    let before = standing(&org);
    let refused = agent.refusal("confirm", token(&proposed));
    assert!(refused.contains("changed meanwhile"), "{refused}");
    assert!(
        person.asked().is_empty(),
        "nobody is asked about what does not hold"
    );
    assert_eq!(standing(&org), before);
}

#[test]
fn what_somebody_moves_while_the_person_thinks_is_not_sent() {
    for age in AGES {
        let org = Organisation::new("");
        let incident = open(&org);
        let running = org.running.as_ref().expect("running");
        let mut move_it = std::process::Command::new(env!("CARGO_BIN_EXE_hotseat"));
        move_it
            .arg(clock::flag(running.now()))
            .args(["incidents", "close", &incident, "--yes"])
            .env_clear()
            .envs(clock::moved_date())
            .env("HOME", org.home.path())
            .env("INCIDENT_IO_BASE_URL", &running.url)
            .env("INCIDENT_IO_API_KEY", &running.key);
        let move_it = Mutex::new(move_it);
        let person = Person {
            meanwhile: Some(Arc::new(move || {
                let moved = move_it.lock().expect("it is whole").output();
                assert!(moved.expect("it runs").status.success());
            })),
            ..Person::yes()
        };
        let agent = Agent::with(&org, age, &[], person.clone());
        let proposed = agent.answer("propose", update(&incident, "Rolling back"));
        let refused = agent.refusal("confirm", token(&proposed));
        assert!(refused.contains("changed meanwhile"), "{age:?}: {refused}");
        assert_eq!(person.asked().len(), 1);
        assert_eq!(said(&org, &incident, "Rolling back"), 0);
    }
}

#[test]
fn a_read_only_session_proposes_nothing_and_offers_no_writing() {
    let org = Organisation::new("");
    let agent = Agent::with(&org, Age::Handshake, &["--read-only"], Person::yes());
    let offered: Vec<String> = agent.tools().iter().map(|t| t.name.to_string()).collect();
    assert!(
        !offered.iter().any(|t| t == "propose" || t == "confirm"),
        "{offered:?}"
    );
    let refused = agent.refusal("propose", update(&open(&org), "Rolling back"));
    assert!(refused.contains("Read-only"), "{refused}");
    let refused = agent.refusal("confirm", json!({"token": "rs1.x.y"}));
    assert!(refused.contains("Read-only"), "{refused}");
}

#[test]
fn a_page_is_proposed_with_whom_it_calls_now() {
    let org = Organisation::new("");
    let paths = org.json(&["api", "GET", "/v2/escalation_paths"]);
    let path = paths["escalation_paths"][0]["name"].clone();
    let agent = Agent::with(&org, Age::Stateless, &[], Person::yes());
    let page = json!({"kind": "page", "about": open(&org), "fields": {"path": path}});
    let proposed = agent.answer("propose", page);
    let pages = proposed["data"]["pages"].as_str().expect("words");
    assert!(
        pages.contains("Pages the path") && pages.contains("now"),
        "{pages}"
    );
}

#[test]
fn publishing_cannot_be_proposed_and_no_call_without_a_yes_changes_anything() {
    let org = Organisation::new("");
    let (incident, before) = (open(&org), standing(&org));
    let agent = Agent::new(&org, Age::Handshake, &[]);
    for kind in ["publish", "status_page.create", "publish_update"] {
        let refused = agent.refusal("propose", json!({"kind": kind, "fields": {}}));
        assert!(
            refused.contains("kind") || refused.contains("variant"),
            "{refused}"
        );
    }
    let mut tokens = vec![json!(""), json!("rs1"), json!("rs1.AAAA.AAAA")];
    for kind in [
        "update",
        "note",
        "close",
        "add_action",
        "add_follow_up",
        "page",
        "edit",
    ] {
        for field in ["message", "title", "description", "name", "path"] {
            let fields = json!({field: "Rolling back"});
            let asked = json!({"kind": kind, "about": incident, "fields": fields});
            let proposed = agent.call("propose", asked);
            if let Some(whole) = proposed.structured_content {
                tokens.push(whole["data"]["token"].clone());
            }
        }
    }
    assert!(tokens.len() > 5, "something can be proposed: {tokens:?}");
    for token in tokens {
        let result = agent.call("confirm", json!({ "token": token }));
        assert_eq!(result.is_error, Some(true), "{}", text(&result));
    }
    assert_eq!(standing(&org), before);
}
