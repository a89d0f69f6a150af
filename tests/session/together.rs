//! What does not wait for an answer is asked beside what does: on a slow line every turn is felt.

use super::{organisation, settings};
use axum::extract::{Request, State};
use axum::response::Response;
use hotseat::domain::{WriteKind, time::Zone};
use hotseat::session::{
    Access, InvestigationRequest, Prepared, Query, Session, SimilarRequest, TargetRef, WriteRequest,
};
use hotseat::sim;
use hotseat::similar::AnalysisRequest;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Barrier;

/// How long a question that comes alone waits for the others before it counts as one that was asked alone.
const PATIENCE: Duration = Duration::from_secs(20);

/// A line on which the questions that begin with some paths are held until so many of them are there.
struct Gate {
    to: String,
    held: &'static [&'static str],
    together: Barrier,
    /// What waited for the others in vain.
    alone: Mutex<Vec<String>>,
}

async fn forward(State(gate): State<Arc<Gate>>, request: Request) -> Response {
    let path = request.uri().path();
    if gate
        .held
        .iter()
        .any(|held| path == *held || (held.ends_with('/') && path.starts_with(held)))
    {
        let all = tokio::time::timeout(PATIENCE, gate.together.wait());
        if all.await.is_err() {
            gate.alone.lock().expect("lock").push(path.to_owned());
        }
    }
    let asked = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let asked = asked.get(format!("{}{}", gate.to, request.uri()));
    let answer = asked.header("authorization", &request.headers()["authorization"]);
    let answer = answer.send().await.expect("the organisation answers");
    let mut response = Response::builder().status(answer.status());
    for name in ["date", "content-type"] {
        response = response.header(name, &answer.headers()[name]);
    }
    let body = answer.bytes().await.expect("a body");
    response.body(body.into()).expect("an answer")
}

/// A session behind such a line.
struct Behind {
    session: Session,
    gate: Arc<Gate>,
}

impl Behind {
    async fn start(running: &sim::Running, held: &'static [&'static str], count: usize) -> Self {
        let gate = Arc::new(Gate {
            to: running.url.clone(),
            held,
            together: Barrier::new(count),
            alone: Mutex::default(),
        });
        let lines = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let url = format!("http://{}", lines.local_addr().expect("an address"));
        let app = axum::Router::new()
            .fallback(forward)
            .with_state(gate.clone());
        tokio::spawn(async move { axum::serve(lines, app).await });
        let key = running.key.clone().into();
        let session = Session::open(Access::simulated(&settings(true), &url, key));
        let session = session.expect("a session");
        Self { session, gate }
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        let alone = self.gate.alone.lock().expect("lock");
        assert!(
            alone.is_empty() || std::thread::panicking(),
            "asked alone: {alone:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_of_each_of_several_is_asked_of_them_together() {
    let running = organisation(60).await;
    let options = Behind::start(&running, &["/v1/custom_field_options"], 2).await;
    let org = options.session.org().await.expect("an organisation");
    let with_options = org.fields.iter().filter(|f| !f.options.is_empty());
    assert!(
        org.missing.is_empty() && with_options.count() >= 2,
        "{:?}",
        org.missing
    );
    let catalog = Behind::start(&running, &["/v3/catalog_entries"], 2).await;
    let known = catalog.session.catalog().await.expect("a catalog");
    assert!(known.entries.len() > 2);
    const PAGES: &[&str] = &["/v2/status_page_structures/", "/v2/status_page_incidents"];
    let pages = Behind::start(&running, PAGES, 2).await;
    assert!(!pages.session.form_options().await.pages.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_no_answer_is_asked_beside_what_does() {
    let running = organisation(60).await;
    let listing = Behind::start(&running, &["/v2/incidents", "/v1/severities"], 2).await;
    let open = Query {
        limit: 50,
        ..Query::default()
    };
    let (listed, severities) = listing.session.list_ranked(&open).await.expect("a list");
    assert!(!listed.items.is_empty() && !severities.is_empty());
    let incident = listed.items[0].row.reference.to_string();
    const AROUND: &[&str] = &["/v2/incidents/", "/v3/catalog_types", "/v1/severities"];
    let asked = Behind::start(&running, AROUND, 3).await;
    let about = InvestigationRequest::of(&incident);
    asked
        .session
        .investigate(&about, None)
        .await
        .expect("a finding");
    let compared = Behind::start(&running, &["/v2/incidents/", "/v1/identity"], 2).await;
    let synced = async { compared.session.identity().await.map(drop) };
    let about = SimilarRequest::new(incident.as_str());
    let alike = compared.session.similar_after(synced, &about).await;
    alike.expect("what is like it");
    const TOLD: &[&str] = &["/v2/incidents/", "/v1/incident_statuses"];
    let writing = Behind::start(&running, TOLD, 2).await;
    let update = WriteRequest {
        kind: WriteKind::Update,
        about: TargetRef::Incident(incident.clone()),
        fields: vec![
            ("message".into(), "Looking.".into()),
            ("severity".into(), severities[0].name.to_string()),
        ],
        named: Vec::new(),
        key: None,
        dry_run: true,
        zone: Zone::UTC,
    };
    let prepared = writing.session.prepare(&update).await;
    assert!(
        matches!(prepared, Ok(Prepared::Ready { .. })),
        "{:?}",
        prepared.err()
    );
    let back = Behind::start(&running, &["/v1/identity", "/v3/follow_ups"], 2).await;
    let synced = async { back.session.identity().await.map(drop) };
    let period = AnalysisRequest {
        filter: String::new(),
        since: "90d".into(),
        until: None,
    };
    let looked_back = back.session.analyze_after(synced, &period).await;
    looked_back.expect("a period");
}
