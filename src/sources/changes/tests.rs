//! What is read of feeds, and of what GitLab, Argo CD Datadog and a service of feature flags answer by their documentation.

use super::*;
use crate::domain::{ChangeClass, Instant};
use crate::net::{Allowance, any_json};
use crate::sources::fake::{Asked, Fake};
use serde_json::{Value, json};

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn any_feed_is_read_or_refused(value in any_json()) {
        let config: config::Changes = toml::from_str("name = \"a\"\nkind = \"alerts\"").expect("a source");
        let asking = Asking { timeout: Duration::from_secs(1), allowance: Allowance::new().into() };
        let source = ChangeSource::open(&config, &asking).expect("it opens");
        let fields = Fields { at: "/created_at".into(), title: "/title".into(), ..Fields::default() };
        let fed = source.entries(&json!([value]), &fields, "x");
        assert!(fed.is_ok_and(|(read, unread)| read.len() + unread == 1));
        for read in source.read_any(&value).into_iter().flatten() {
            assert!(!read.title.contains('\u{1b}'));
        }
    }
}

fn at(text: &str) -> Instant {
    text.parse().expect("a time")
}

fn window() -> Window {
    Window {
        normal_from: at("2026-11-18T12:00:00Z"),
        recent_from: at("2026-11-20T11:00:00Z"),
        to: at("2026-11-20T12:05:00Z"),
        changes_from: at("2026-11-20T08:00:00Z"),
    }
}

fn open(settings: &str) -> Result<ChangeSource, ConfigError> {
    let config: config::Changes =
        toml::from_str(&format!("name = \"changes\"\n{settings}")).expect("settings");
    let asking = Asking {
        timeout: Duration::from_secs(5),
        allowance: Allowance::new().into(),
    };
    ChangeSource::open(&config, &asking)
}

/// Of each: what, of which service, which version, by whom.
fn told(changes: &[Change]) -> Vec<[&str; 4]> {
    let each = changes.iter();
    each.map(|c| {
        [
            c.title.as_str(),
            c.service.as_str(),
            c.version.as_deref().unwrap_or_default(),
            c.author.as_deref().unwrap_or_default(),
        ]
    })
    .collect()
}

const COMMIT: &str = "9f3c2ab4d5e6f708192a3b4c5d6e7f8091a2b3c4";

fn argo(asked: &Asked) -> (u16, String) {
    assert_eq!(asked.path(), "/argo/api/v1/applications");
    let application = |name: &str, labels: Value, history: Value, state: Value| {
        json!({"metadata": {"name": name, "labels": labels}, "spec": {"project": "shop"},
            "status": {"history": history, "operationState": state}})
    };
    let items = [
        application(
            "shop-cart",
            json!({"app.kubernetes.io/name": "cart"}),
            json!([
                {"id": 1, "revision": COMMIT, "deployedAt": "2026-11-19T08:00:00Z"},
                {"id": 2, "revision": COMMIT, "deployStartedAt": "2026-11-20T11:40:00Z", "deployedAt": "2026-11-20T11:41:00Z",
                    "initiatedBy": {"username": "ines\u{1b}[31m"}},
            ]),
            json!({"phase": "Succeeded", "startedAt": "2026-11-20T11:40:00Z", "finishedAt": "2026-11-20T11:41:00Z"}),
        ),
        application(
            "bank",
            Value::Null,
            json!([{"id": 1, "revisions": ["1.4.2", COMMIT], "deployedAt": "2026-11-20T10:00:00Z", "initiatedBy": {"automated": true}}]),
            json!({"phase": "Failed", "startedAt": "2026-11-20T11:50:00Z", "operation": {"sync": {"revision": "1.4.3"}, "initiatedBy": {"username": "ben"}}}),
        ),
        application("new", Value::Null, Value::Null, Value::Null),
    ];
    (200, json!({"metadata": {}, "items": items}).to_string())
}

fn sentry(asked: &Asked) -> (u16, String) {
    let release = |version: &str, created: &str, count: u64, last: Value| {
        json!({"id": 1, "version": version, "shortVersion": version, "status": "open", "ref": null, "url": null, "dateReleased": null,
            "dateCreated": created, "deployCount": count, "lastDeploy": last, "owner": null, "lastCommit": {"author": {"name": "ines\u{1b}[31m"}},
            "versionInfo": {"package": "cart", "version": {"raw": "4.2.0"}, "description": version.replace("cart@", ""), "buildHash": null},
            "projects": [{"id": 1, "slug": "cart-web", "name": "Cart"}], "authors": []})
    };
    let deployed = |environment: &str, at: Value| json!({"id": "9", "environment": environment, "name": null, "url": null, "dateStarted": null, "dateFinished": at});
    let answer = match asked.path() {
        "/api/0/organizations/shop/releases/" => {
            assert!(
                asked
                    .line
                    .contains("?project=-1&environment=production&per_page=100"),
                "{}",
                asked.line
            );
            json!([
                release("cart@4.3.0", "2026-11-20T11:58:00Z", 0, Value::Null),
                release("cart@4.2.0", "2026-11-19T09:00:00Z", 2, deployed("staging", json!("2026-11-20T11:56:00Z"))),
                release(COMMIT, "2026-11-20T09:00:00Z", 1, deployed("production", json!("2026-11-20T09:30:00Z"))),
                {"version": "no time"},
            ])
        }
        "/api/0/organizations/shop/releases/cart@4.2.0/deploys/" => json!([
            deployed("staging", json!("2026-11-20T11:56:00Z")),
            deployed("Production", json!("2026-11-20T11:50:00Z")),
            deployed("production", Value::Null),
        ]),
        other => panic!("{other}"),
    };
    (200, answer.to_string())
}

#[tokio::test]
async fn sentry_tells_where_its_releases_were_deployed_and_which_were_only_made_known() {
    let server = Fake::start(sentry).await;
    let source = open(&format!(
        "kind = \"sentry\"\nurl = \"{}\"\nsentry = {{ organization = \"shop\", environment = \"production\", projects = {{ cart-web = \"cart\" }} }}",
        server.url
    ));
    let source = source.expect("it opens");
    let (changes, _) = source.changes(window()).await.expect("changes");
    assert_eq!(
        told(&changes),
        [
            ["cart 4.3.0 released", "cart", "4.3.0", "ines"],
            ["cart 4.2.0 deployed to Production", "cart", "4.2.0", "ines"],
            [
                "cart 9f3c2ab4 deployed to production",
                "cart",
                "9f3c2ab4",
                "ines"
            ],
        ]
    );
    let link = changes[1].link.as_deref().unwrap_or_default();
    assert!(
        link.ends_with("/organizations/shop/releases/cart@4.2.0/"),
        "{link}"
    );
    assert_eq!(server.asked().len(), 2);
    let says = open("kind = \"sentry\"").err().expect("refused").0;
    assert!(says.contains("needs sentry.organization"), "{says}");
}

#[tokio::test]
async fn argo_cd_tells_every_sync_of_the_time_and_what_failed() {
    let server = Fake::start(argo).await;
    let source = open(&format!(
        "kind = \"argocd\"\nurl = \"{}/argo\"\naccess = {{ token = {{ command = [\"echo\", \"jwt\"] }} }}",
        server.url
    ));
    let (changes, _) = source
        .expect("it opens")
        .changes(window())
        .await
        .expect("changes");
    assert_eq!(
        told(&changes),
        [
            ["bank could not be synced to 1.4.3", "bank", "1.4.3", "ben"],
            ["shop-cart synced to 9f3c2ab4", "cart", "9f3c2ab4", "ines"],
            [
                "bank synced to 1.4.2, 9f3c2ab4",
                "bank",
                "1.4.2, 9f3c2ab4",
                "Argo CD itself"
            ],
        ]
    );
    assert!(changes.iter().all(|c| c.class == ChangeClass::Deploy));
    let link = changes[1].link.as_deref().unwrap_or_default();
    assert!(link.ends_with("/argo/applications/shop-cart"), "{link}");
    let asked = server.asked();
    assert_eq!(asked[0].header("authorization"), "Bearer jwt");
    // Not every resource of every application comes over the line.
    assert!(asked[0].line.contains("fields=items.metadata.name"));
}

fn gitlab(asked: &Asked) -> (u16, String) {
    let below = "/api/v4/projects/shop%2Fback%2Fcart/";
    let answer = match asked.path().strip_prefix(below) {
        Some("deployments") => json!([
            {"id": 42, "iid": 2, "ref": "v2.1.0", "sha": COMMIT, "status": "success", "created_at": "2026-11-20T11:30:00Z", "updated_at": "2026-11-20T11:55:00Z",
                "user": {"username": "ines", "name": "Ines"}, "environment": {"id": 9, "name": "production"},
                "deployable": {"id": 664, "status": "success", "finished_at": "2026-11-20T11:39:00Z", "web_url": "https://gitlab.example/shop/back/cart/-/jobs/664"}},
            {"id": 43, "ref": "v2.2.0", "status": "failed", "updated_at": "2026-11-20T11:50:00Z", "user": {"username": "ben"}, "environment": {"name": "production"}, "deployable": null},
            {"id": 44, "ref": "v2.3.0", "status": "blocked", "updated_at": "2026-11-20T11:51:00Z", "environment": {"name": "production"}},
        ]),
        Some("releases") => return (403, json!({"message": "403 Forbidden"}).to_string()),
        Some("merge_requests") => {
            json!([{"id": 1, "iid": 7, "title": "Raise timeout of the pool", "state": "merged", "merged_at": "2026-11-20T11:20:00.123Z",
            "merge_user": {"username": "mo"}, "author": {"username": "ann"}, "merge_commit_sha": COMMIT, "web_url": "https://gitlab.example/shop/back/cart/-/merge_requests/7"}])
        }
        _ => return (404, json!({"message": "404 Project Not Found"}).to_string()),
    };
    (200, answer.to_string())
}

#[tokio::test]
async fn gitlab_tells_deployments_releases_and_merges_and_lacks_what_a_token_may_not_see() {
    let server = Fake::start(gitlab).await;
    let source = |project: &str| {
        let url = &server.url;
        open(&format!(
            "kind = \"gitlab\"\nurl = \"{url}\"\nrepository = \"{project}\"\naccess = {{ token = {{ command = [\"echo\", \"glpat\"] }} }}"
        ))
    };
    let asked = source("shop/back/cart").expect("it opens");
    let (changes, _) = asked.changes(window()).await.expect("changes");
    assert_eq!(
        told(&changes),
        [
            [
                "cart v2.2.0 could not be deployed to production",
                "cart",
                "v2.2.0",
                "ben"
            ],
            [
                "cart v2.1.0 deployed to production",
                "cart",
                "v2.1.0",
                "ines"
            ],
            ["Raise timeout of the pool merged", "cart", "9f3c2ab4", "mo"],
        ]
    );
    assert_eq!(changes[1].at, at("2026-11-20T11:39:00Z"));
    assert_eq!(changes[2].class, ChangeClass::Config);
    let lines: Vec<String> = server.asked().into_iter().map(|a| a.line).collect();
    assert!(
        lines.iter().any(|l| l.ends_with("deployments?order_by=updated_at&updated_after=2026-11-20T08%3A00%3A00Z&sort=desc&per_page=100")),
        "{lines:?}"
    );
    let gone = source("shop/gone").expect("it opens");
    let why = gone.changes(window()).await.map_err(|e| e.to_string());
    assert_eq!(
        why,
        Err("changes answered HTTP 404: 404 Project Not Found".into())
    );
    for wrong in ["cart", "", "shop/../cart", "shop//cart", "shop/cart?x"] {
        assert!(source(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn a_log_of_feature_flags_is_read_with_a_title_of_several_parts_and_a_bare_token() {
    let flags = |_: &Asked| {
        let entry = json!({"_id": "1", "date": at("2026-11-20T11:42:00Z").timestamp_millis(), "kind": "flag", "name": "new-cart",
            "titleVerb": "turned on the flag", "title": "[Ines](mailto:x) turned on the flag [new-cart](/x)", "member": {"email": "ines@shop.example"},
            "_links": {"site": {"href": "/shop/production/features/new-cart", "type": "text/html"}}});
        (200, json!({"items": [entry]}).to_string())
    };
    let server = Fake::start(flags).await;
    let source = open(&format!(
        "kind = \"json\"\nurl = \"{}/api/v2/auditlog?after=$from_ms&before=$to_ms&limit=20\"\n\
         fields = {{ items = \"/items\", at = \"/date\", title = \"/titleVerb /name\", author = \"/member/email\", class = \"/kind\" }}\n\
         access = {{ token = {{ command = [\"echo\", \"api-7\"] }}, scheme = \"\" }}",
        server.url
    ));
    let (changes, unread) = source
        .expect("it opens")
        .changes(window())
        .await
        .expect("changes");
    assert_eq!(
        (told(&changes), unread),
        (
            vec![["turned on the flag new-cart", "", "", "ines@shop.example"]],
            0
        )
    );
    assert_eq!(changes[0].class, ChangeClass::FeatureFlag);
    let asked = server.asked();
    assert_eq!(asked[0].header("authorization"), "api-7");
    assert!(
        asked[0]
            .line
            .contains("after=1795161600000&before=1795176300000"),
        "{}",
        asked[0].line
    );
}

#[tokio::test]
async fn a_source_of_changes_that_cannot_answer_is_told_in_one_sentence() {
    for kind in ["argocd", "gitlab"] {
        for (status, body, says) in [
            (
                401,
                "{\"message\": \"401 Unauthorized\"}",
                "changes refuses the credentials (HTTP 401).",
            ),
            (403, "{}", "changes refuses the credentials (HTTP 403)."),
            (
                429,
                "Retry later",
                "changes asks for a pause of 30 s (HTTP 429).",
            ),
            (
                502,
                "<html>GitLab is not responding</html>",
                "changes answered HTTP 502: a page instead of an answer; a proxy may stand in between.",
            ),
            (200, "7", "changes does not answer as"),
        ] {
            let server = Fake::start(move |_| (status, body.to_owned())).await;
            let source = open(&format!(
                "kind = \"{kind}\"\nurl = \"{}\"\nrepository = \"shop/cart\"",
                server.url
            ));
            let told = source.expect("it opens").changes(window()).await;
            let why = told.expect_err("no changes").to_string();
            assert!(why.starts_with(says), "{kind} {status}: {why}");
        }
    }
}

const KEYS: &str = "keys = { api = { command = [\"echo\", \"api-hush\"] }, application = { command = [\"echo\", \"app-hush\"] } }\n";

fn events(asked: &Asked) -> (u16, String) {
    let body: Value = serde_json::from_str(&asked.body).expect("JSON");
    assert_eq!(asked.line, "POST /api/v2/events/search");
    assert_eq!(body["filter"]["from"], "2026-11-20T08:00:00Z");
    assert_eq!(body["page"]["limit"], 500);
    let event = |at: &str, tags: Value, inner: Value| json!({"id": "x", "type": "event", "attributes": {"timestamp": at, "message": "…", "tags": tags, "attributes": inner}});
    let data = [
        event(
            "2026-11-20T11:40:00.000Z",
            json!(["env:prod", "service:cart", "version:v8"]),
            json!({"title": "Deployed cart \u{1b}[31mv8", "evt": {"name": "deploy"}}),
        ),
        event(
            "2026-11-20T11:10:00.000Z",
            json!(["env:prod"]),
            json!({"title": "Flag fast-pay is on", "author": {"name": "ana@example.com", "type": "user"},
                "changed_resource": {"name": "fast-pay", "type": "feature_flag"},
                "impacted_resources": [{"name": "payments", "type": "service"}]}),
        ),
        event("2026-11-20T11:00:00.000Z", json!([]), json!({})),
    ];
    (
        200,
        json!({"data": data, "meta": {"status": "done"}}).to_string(),
    )
}

#[tokio::test]
async fn events_at_datadog_that_tell_of_a_change_are_changes_of_their_service() {
    let server = Fake::start(events).await;
    let settings = format!(
        "kind = \"datadog\"\nurl = \"{}\"\nfilter = \"env:prod\"\n{KEYS}",
        server.url
    );
    let source = open(&settings).expect("a source");
    let (changes, unread) = source.changes(window()).await.expect("an answer");
    assert_eq!(
        told(&changes),
        [
            ["Deployed cart v8", "cart", "v8", ""],
            ["Flag fast-pay is on", "payments", "", "ana@example.com"],
        ]
    );
    assert_eq!(unread, 1);
    let classes: Vec<ChangeClass> = changes.iter().map(|c| c.class).collect();
    assert_eq!(classes, [ChangeClass::Deploy, ChangeClass::FeatureFlag]);
    let link = changes[0].link.as_deref().unwrap_or_default();
    assert!(
        link.starts_with("https://app.datadoghq.com/event/explorer?query="),
        "{link}"
    );
    let asked = &server.asked()[0];
    assert_eq!(asked.header("dd-application-key"), "app-hush");
    assert!(asked.body.contains("category:change") && asked.body.contains("(env:prod)"));
    let refused = open("kind = \"git\"\npath = \"/x\"\nfilter = \"env:prod\"\n").err();
    assert!(refused.is_some_and(|e| e.to_string().contains("settings of kind datadog")));
}
