//! HTTP in front of the organisation: keys, limits, faults, roles, and the API's own error bodies.

use super::call::{Call, Refusal};
use super::faults::{FaultKind, Rule};
use super::json::stamp;
use super::{Sim, bucket, filters, lock, routes};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use chrono::Duration;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

const ALL_ROLES: &[&str] = &[
    "viewer",
    "incident_creator",
    "incident_editor",
    "global_access",
    "catalog_viewer",
    "catalog_editor",
    "schedules_reader",
    "schedules_editor",
    "schedule_overrides_editor",
    "on_call_editor",
    "escalation_creator",
    "workflows_viewer",
    "postmortems_manage",
    "incident_memberships_editor",
    "status_page_publisher",
];
/// Bodies above this are refused, as the platform does.
const LARGEST_BODY: usize = 4 << 20;

/// The organisation, and the names it answers to.
#[derive(Clone)]
struct Front {
    sim: Arc<Sim>,
    hosts: Arc<[String]>,
}

/// The whole API on one router, which listens at an address.
pub fn router(sim: Arc<Sim>, at: SocketAddr) -> Router {
    let hosts = Arc::new([at.to_string(), format!("localhost:{}", at.port())]);
    let front = Front { sim, hosts };
    Router::new()
        .fallback(answer)
        .layer(axum::extract::DefaultBodyLimit::max(LARGEST_BODY))
        .layer(tower_http::compression::CompressionLayer::new())
        .with_state(front)
}

async fn answer(
    State(Front { sim, hosts }): State<Front>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut response = if is_for(&hosts, &headers) {
        answer_undated(sim.clone(), method, uri, headers, body).await
    } else {
        plain(421, &misdirected().body("sim"))
    };
    // The organisation's own time, which the server below would fill with this machine's.
    let date = sim.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert("date", date);
    }
    response
}

/// Whether a request means this server. A page in a browser can have its own name point here; then it asks under that
/// name, and gets nothing.
fn is_for(hosts: &[String], headers: &HeaderMap) -> bool {
    let host = headers.get("host").and_then(|host| host.to_str().ok());
    host.is_some_and(|host| hosts.iter().any(|own| own.eq_ignore_ascii_case(host)))
}

async fn answer_undated(
    sim: Arc<Sim>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    sim.served
        .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let struck = {
        let mut faults = lock(&sim.faults);
        let (faults, rng) = &mut *faults;
        faults.strike(method.as_str(), uri.path(), rng)
    };
    let delay = |kind| {
        let rule = struck.as_ref().filter(|rule| rule.kind == kind)?;
        Some(std::time::Duration::from_millis(rule.delay_ms))
    };
    if let Some(slow) = delay(FaultKind::Slow) {
        tokio::time::sleep(slow).await;
    }
    let telemetry = &sim.telemetry;
    let told = telemetry.answer(method.as_str(), &uri, &body, sim.now());
    let (status, body, left) = match told {
        Some((status, body)) => (status, body, None),
        None => {
            let working = sim.clone();
            let serving = move || serve(&working, &method, &uri, &headers, &body);
            let done = tokio::task::spawn_blocking(serving).await;
            let broken =
                json!({"type": "api_error", "status": 500, "request_id": "sim", "errors": []});
            done.unwrap_or((500, broken, None))
        }
    };
    if let Some(late) = delay(FaultKind::Late) {
        sim.held.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        tokio::time::sleep(late).await;
    }
    let mut response = match struck {
        Some(rule) => spoil(&rule, status, &body),
        None => plain(status, &body),
    };
    if let Some(left) = left {
        set_limits(response.headers_mut(), &left);
    }
    response
}

fn plain(status: u16, body: &Value) -> Response {
    if body.is_null() {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status_code(status);
        return response;
    }
    respond(status, "application/json", Body::from(body.to_string()))
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn respond(status: u16, kind: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status_code(status);
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static(kind));
    response
}

fn set_limits(headers: &mut HeaderMap, left: &bucket::Left) {
    let pairs = [
        (
            "x-ratelimit-limit",
            format!("{0}, {0};window=60", left.limit),
        ),
        ("x-ratelimit-remaining", left.remaining.to_string()),
        (
            "x-ratelimit-used",
            (left.limit - left.remaining).to_string(),
        ),
        ("x-ratelimit-reset", left.reset.to_string()),
    ];
    let wait = left.wait.map(|wait| ("retry-after", wait.to_string()));
    for (name, value) in pairs.into_iter().chain(wait) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}

/// Answers badly, as a rule asks.
fn spoil(rule: &Rule, status: u16, body: &Value) -> Response {
    match rule.kind {
        FaultKind::Slow | FaultKind::Late => plain(status, body),
        FaultKind::Drop => respond(
            200,
            "application/json",
            Body::from_stream(broken(Vec::new())),
        ),
        FaultKind::Half => {
            let bytes = body.to_string().into_bytes();
            respond(
                status,
                "application/json",
                Body::from_stream(broken(bytes[..bytes.len() / 2].to_vec())),
            )
        }
        FaultKind::Status => {
            let mut response = plain(
                rule.status,
                &json!({"type": "api_error", "status": rule.status, "request_id": "sim-fault", "errors": [{"code": "fault", "message": "Asked to fail"}]}),
            );
            if rule.status == 429 {
                response
                    .headers_mut()
                    .insert("retry-after", HeaderValue::from_static("1"));
            }
            response
        }
        FaultKind::Html => respond(
            502,
            "text/html",
            Body::from("<html><body><h1>502 Bad Gateway</h1><p>proxy.example</p></body></html>"),
        ),
        FaultKind::Garbage => respond(
            200,
            "application/json",
            Body::from("\u{1b}]52;c;AAAA\u{7}not json at all"),
        ),
        FaultKind::WrongTypes => plain(
            status,
            &bent(
                body,
                &|v| if v.is_string() { json!(42) } else { v.clone() },
                0,
            ),
        ),
        FaultKind::Nulls => plain(status, &bent(body, &|_| Value::Null, 0)),
    }
}

/// A body that ends in an error: the connection is cut.
fn broken(first: Vec<u8>) -> impl futures_util::Stream<Item = Result<Vec<u8>, std::io::Error>> {
    let cut = Err(std::io::Error::new(
        std::io::ErrorKind::ConnectionReset,
        "cut",
    ));
    futures_util::stream::iter([Ok(first), cut])
}

/// Changes the leaves of a body; an `id` stays, so that the rest is put to the test.
fn bent(body: &Value, bend: &dyn Fn(&Value) -> Value, depth: usize) -> Value {
    match body {
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(k, v)| {
                    (
                        k.clone(),
                        if k == "id" && depth < 3 {
                            v.clone()
                        } else {
                            bent(v, bend, depth + 1)
                        },
                    )
                })
                .collect(),
        ),
        Value::Array(list) => Value::Array(list.iter().map(|v| bent(v, bend, depth + 1)).collect()),
        leaf => bend(leaf),
    }
}

type Served = (u16, Value, Option<bucket::Left>);

fn serve(sim: &Sim, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Served {
    sim.live(|world, now| serve_at(sim, world, now, (method, uri, headers, body)))
}

fn serve_at(
    sim: &Sim,
    world: &mut super::World,
    now: crate::domain::Instant,
    (method, uri, headers, body): (&Method, &Uri, &HeaderMap, &Bytes),
) -> Served {
    let request = world.id();
    let refuse = |refusal: &Refusal| (refusal.status, refusal.body(&request));
    let given = key_of(uri, headers);
    let (key, own) = (given.as_str(), own_token(world, uri.path()));
    let Some(roles) = roles_of(sim, key, own.as_deref()) else {
        let refusal = Refusal {
            status: 401,
            kind: "authentication_error",
            code: "unauthenticated".into(),
            message: "Unauthenticated".into(),
            field: None,
        };
        let (status, body) = refuse(&refusal);
        return (status, body, None);
    };
    let left = lock(&sim.buckets).take(
        key,
        method == Method::POST && uri.path() == "/v2/escalations",
        now,
    );
    if let Some(wait) = left.wait {
        let body = json!({"type": "too_many_requests", "status": 429, "request_id": request, "errors": [{"code": "too_many_requests", "message": "Too many requests"}],
            "rate_limit": {"name": left.name, "limit": left.limit, "remaining": 0, "retry_after": stamp(now + Duration::seconds(wait))}});
        return (429, body, Some(left));
    }
    let outcome = run(world, method, uri, body, roles, now);
    let (status, body) = match outcome {
        Ok((status, body)) => (status, body),
        Err(refusal) => refuse(&refusal),
    };
    (status, body, Some(left))
}

/// The key of a request: in its header, or in its address where a source's token may stand there.
fn key_of(uri: &Uri, headers: &HeaderMap) -> String {
    let header = headers.get("authorization").and_then(|v| v.to_str().ok());
    if let Some(key) = header.and_then(|v| v.strip_prefix("Bearer ")) {
        return key.to_owned();
    }
    let query = uri.query().unwrap_or_default().as_bytes();
    let mut query = url::form_urlencoded::parse(query);
    let token = query.find(|(name, _)| name == "token");
    token.map_or(String::new(), |(_, token)| token.into_owned())
}

/// The token of the alert source that a path is about.
fn own_token(world: &super::World, path: &str) -> Option<String> {
    let rest = ["/v2/alert_events/http/", "/v2/heartbeat/"]
        .iter()
        .find_map(|start| path.strip_prefix(start))?;
    let source = world.find("alert_sources", rest.split('/').next()?)?;
    source["secret_token"].as_str().map(str::to_owned)
}

fn roles_of(sim: &Sim, key: &str, own: Option<&str>) -> Option<&'static [&'static str]> {
    match key {
        key if key == sim.key => Some(ALL_ROLES),
        key if key == format!("{}-viewer", sim.key) => Some(&["viewer"]),
        key if key == format!("{}-none", sim.key) => Some(&[]),
        key if own.is_some_and(|own| own == key) => Some(&[]),
        _ => None,
    }
}

fn run(
    world: &mut super::World,
    method: &Method,
    uri: &Uri,
    body: &Bytes,
    roles: &[&str],
    now: crate::domain::Instant,
) -> super::call::Answer {
    let (route, path) = routes::find(method.as_str(), uri.path())
        .map_err(|elsewhere| no_route(method, uri, elsewhere))?;
    if !route.roles.is_empty() && !route.roles.iter().any(|role| roles.contains(role)) {
        let needed = route.roles.join(", ");
        return Err(forbidden(&needed));
    }
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    filters::check(&query)?;
    let name = if roles.len() > 1 {
        "Simulated key"
    } else {
        "Simulated viewer"
    };
    let is_granted = |role: &&&str| world.keys_see_private || **role != "global_access";
    let roles: Vec<&&str> = roles.iter().filter(is_granted).collect();
    let identity = json!({"name": name, "roles": roles, "team_roles": [], "teams": [], "dashboard_url": format!("https://app.incident.io/{}", world.slug)});
    let actor = json!({"api_key": {"id": "01HSIMKEY00000000000000000", "name": name}});
    let call = Call {
        path,
        query,
        body: parsed(body)?,
        now,
        actor,
        identity,
    };
    (route.run)(world, &call)
}

/// Nothing answers there, or not to this method.
fn no_route(method: &Method, uri: &Uri, elsewhere: bool) -> Refusal {
    let (status, kind, message) = if elsewhere {
        let message = format!("{method} is not allowed here");
        (405, "method_not_allowed", message)
    } else {
        let message = format!("No such endpoint: {}", uri.path());
        (404, "not_found", message)
    };
    Refusal {
        status,
        kind,
        code: kind.into(),
        message,
        field: None,
    }
}

fn misdirected() -> Refusal {
    Refusal {
        status: 421,
        kind: "invalid_request_error",
        code: "misdirected".into(),
        message: "This server answers to its own address only".into(),
        field: None,
    }
}

fn forbidden(needed: &str) -> Refusal {
    Refusal {
        status: 403,
        kind: "resource_forbidden",
        code: "forbidden".into(),
        message: format!("This API key needs one of these roles: {needed}"),
        field: None,
    }
}

fn parsed(body: &Bytes) -> Result<Value, Refusal> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body).map_err(|e| Refusal {
        status: 400,
        kind: "invalid_request_error",
        code: "invalid_json".into(),
        message: format!("The body is not JSON: {e}"),
        field: None,
    })
}
