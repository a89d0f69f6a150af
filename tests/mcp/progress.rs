//! A long investigation tells its steps, and ends at once where the client wants no more of it.

use crate::agent::{Age, Agent, start};
use crate::simulated::Organisation;
use axum::extract::State;
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientRequest, ProgressNotificationParam,
    ProgressToken, ServerResult,
};
use rmcp::service::{NotificationContext, PeerRequestOptions};
use rmcp::{ClientHandler, RoleClient};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::watch;

/// A client that keeps what it is told.
#[derive(Clone)]
struct Listener {
    told: watch::Sender<Vec<ProgressNotificationParam>>,
}

impl ClientHandler for Listener {
    async fn on_progress(
        &self,
        told: ProgressNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        self.told.send_modify(|all| all.push(told));
    }
}

/// A source of logs that holds every question until it is let go.
#[derive(Clone)]
struct Slow {
    asked: watch::Sender<usize>,
    hung_up: watch::Sender<usize>,
    goes: watch::Sender<bool>,
}

/// Counts a question whose asker went away before it was answered.
struct Asked(watch::Sender<usize>, bool);

impl Drop for Asked {
    fn drop(&mut self) {
        if !self.1 {
            self.0.send_modify(|n| *n += 1);
        }
    }
}

impl Slow {
    async fn start() -> (Self, String) {
        let slow = Self {
            asked: watch::Sender::new(0),
            hung_up: watch::Sender::new(0),
            goes: watch::Sender::new(false),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let app = axum::Router::new().fallback(hold).with_state(slow.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (slow, url)
    }
}

async fn hold(State(slow): State<Slow>) -> String {
    let mut question = Asked(slow.hung_up.clone(), false);
    slow.asked.send_modify(|n| *n += 1);
    let mut goes = slow.goes.subscribe();
    goes.wait_for(|goes| *goes).await.expect("it is there");
    question.1 = true;
    r#"{"status":"success","data":{"resultType":"streams","result":[]}}"#.into()
}

/// An agent of an organisation whose logs are slow, and an incident that is open.
struct Scene {
    org: Organisation,
    slow: Slow,
    config: String,
    incident: Value,
}

impl Scene {
    fn new() -> Self {
        let org = Organisation::new("");
        let (slow, url) = org.runtime.block_on(Slow::start());
        let config = org.home.path().join("config.toml");
        let told =
            format!("[[sources.logs]]\nname = \"slow logs\"\nkind = \"loki\"\nurl = \"{url}\"\n");
        std::fs::write(&config, told).expect("a file");
        let incident = org.json(&["incidents", "list"])[0]["reference"].clone();
        let config = config.display().to_string();
        Self {
            org,
            slow,
            config,
            incident,
        }
    }

    fn question(&self) -> ClientRequest {
        let asked = json!({"incident": self.incident});
        let asked = asked.as_object().cloned().expect("an object");
        let params = CallToolRequestParams::new("investigate").with_arguments(asked);
        ClientRequest::CallToolRequest(CallToolRequest::new(params))
    }
}

/// Waits for something to be so, and fails where it never is.
async fn until<T>(of: &watch::Sender<T>, what: &str, is_so: impl FnMut(&T) -> bool) {
    let mut seen = of.subscribe();
    let waiting = tokio::time::timeout(Duration::from_secs(60), seen.wait_for(is_so));
    let done = waiting.await.unwrap_or_else(|_| panic!("{what}"));
    drop(done.expect("it is there"));
}

const AGES: [Age; 2] = [Age::Handshake, Age::Stateless];

#[test]
fn an_investigation_tells_each_step_by_its_number_under_the_token_of_its_own_call() {
    for age in AGES {
        let scene = Scene::new();
        let listener = Listener {
            told: watch::Sender::new(Vec::new()),
        };
        scene.org.runtime.block_on(async {
            let url = scene.org.running.as_ref().expect("running").url.clone();
            let args = ["--config", scene.config.as_str()];
            let (client, _server) = start(&url, &scene.org, age, &args, listener.clone()).await;
            let asking =
                client.send_cancellable_request(scene.question(), PeerRequestOptions::no_options());
            let asking = asking.await.expect("it is sent");
            let token = asking.progress_token.clone();
            until(&scene.slow.asked, "the source is asked", |n| *n > 0).await;
            // The plan is told while a source is still thinking.
            until(&listener.told, "the plan is told", |told| !told.is_empty()).await;
            scene.slow.goes.send_replace(true);
            let answered = asking.await_response().await.expect("it is answered");
            assert!(
                matches!(answered, ServerResult::CallToolResult(_)),
                "{age:?}"
            );
            let of = listener.told.borrow()[0].total.expect("a total");
            until(&listener.told, "every step is told", |told| {
                told.len() > of as usize
            })
            .await;
            check_steps(listener.told.borrow().clone(), &token);
        });
    }
}

/// Steps of one call, each with its number up to their total, and with its words. The client hands them on side by side,
/// so they may have been heard in another order.
fn check_steps(mut told: Vec<ProgressNotificationParam>, token: &ProgressToken) {
    told.sort_by(|a, b| a.progress.total_cmp(&b.progress));
    let of = told[0].total.expect("a total");
    assert!(
        told.iter().all(|step| step.progress_token == *token),
        "{told:?}"
    );
    assert!(told.iter().all(|step| step.total == Some(of)), "{told:?}");
    let done: Vec<f64> = told.iter().map(|step| step.progress).collect();
    let wanted: Vec<f64> = (0..=of as usize).map(|n| n as f64).collect();
    assert_eq!(done, wanted, "{told:?}");
    let says = |words: &str| {
        told.iter()
            .any(|s| s.message.as_deref().is_some_and(|m| m.contains(words)))
    };
    assert!(says("sources are asked") && says("slow logs"), "{told:?}");
}

#[test]
fn a_cancelled_investigation_asks_nothing_more_and_the_next_call_is_answered() {
    for age in AGES {
        let scene = Scene::new();
        let url = scene.org.running.as_ref().expect("running").url.clone();
        let listener = Listener {
            told: watch::Sender::new(Vec::new()),
        };
        let args = ["--config", scene.config.as_str()];
        let agent = Agent::behind(&url, &scene.org, age, &args, listener);
        scene.org.runtime.block_on(async {
            let asking = agent
                .client()
                .send_cancellable_request(scene.question(), PeerRequestOptions::no_options());
            let asking = asking.await.expect("it is sent");
            until(&scene.slow.asked, "the source is asked", |n| *n > 0).await;
            asking.cancel(None).await.expect("it is told");
            // Every question that hangs is given up, though the source would hold it for ever.
            let asked = *scene.slow.asked.borrow();
            until(&scene.slow.hung_up, "the questions are given up", |n| {
                *n >= asked
            })
            .await;
        });
        let asked = *scene.slow.asked.borrow();
        scene.slow.goes.send_replace(true);
        agent.answer("on_call", json!({}));
        agent.answer("whats_on_fire", json!({}));
        assert_eq!(*scene.slow.asked.borrow(), asked, "{age:?}");
        agent.answer("investigate", json!({"incident": scene.incident}));
        assert!(
            *scene.slow.asked.borrow() > asked,
            "{age:?}: asked again, the source is asked again"
        );
    }
}

#[test]
fn a_long_reading_tells_how_far_it_is_with_numbers_that_rise() {
    let org =
        Organisation::new("[[fault]]\npath = \"/v3/follow_ups\"\nkind = \"slow\"\ndelay_ms = 4000");
    let listener = Listener {
        told: watch::Sender::new(Vec::new()),
    };
    org.runtime.block_on(async {
        let url = org.running.as_ref().expect("running").url.clone();
        let (client, _server) = start(&url, &org, Age::Handshake, &[], listener.clone()).await;
        let params = CallToolRequestParams::new("since_i_was_away");
        let question = ClientRequest::CallToolRequest(CallToolRequest::new(params));
        let asking = client.send_cancellable_request(question, PeerRequestOptions::no_options());
        let asking = asking.await.expect("it is sent");
        let token = asking.progress_token.clone();
        until(&listener.told, "it is told twice", |told| told.len() > 1).await;
        let answered = asking.await_response().await.expect("it is answered");
        assert!(matches!(answered, ServerResult::CallToolResult(_)));
        let mut told = listener.told.borrow().clone();
        told.sort_by(|a, b| a.progress.total_cmp(&b.progress));
        assert!(
            told.windows(2)
                .all(|pair| pair[0].progress < pair[1].progress)
        );
        assert!(
            told.iter().all(|step| step.progress_token == token),
            "{told:?}"
        );
        let says = told.last().and_then(|step| step.message.clone());
        let says = says.unwrap_or_default();
        assert_eq!(says, "Reading what is recorded of this shift: 5 of 6 parts");
    });
}
