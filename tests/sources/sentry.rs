//! Sentry through the whole program: its issues tell what fails and whom it blames, its releases what was changed.

use crate::clock;
use crate::monitoring::Called;
use crate::organisation::Organisation;
use crate::shop::scripted;
use axum::http::Uri;
use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

fn time(second: i64) -> Value {
    let at = DateTime::from_timestamp(second, 0).expect("a time");
    at.to_rfc3339_opts(SecondsFormat::Secs, true).into()
}

/// An issue that began at a second and happened eight times a minute since.
fn issue(id: u64, project: u64, (kind, value): (&str, &str), (began, until): (i64, i64)) -> Value {
    let begin = began / 300 * 300 - 3_000;
    let slices = (0..(until - begin) / 300 + 1).map(|n| begin + n * 300);
    let counts = slices.map(|s| json!([s, if s + 300 > began { 40 } else { 0 }]));
    let seen = json!({"count": "400", "firstSeen": time(began), "lastSeen": time(until - 1)});
    json!({"id": id.to_string(), "shortId": format!("SHOP-{id}"), "title": kind, "culprit": "charge", "level": "error", "status": "unresolved",
        "substatus": "new", "metadata": {"type": kind, "value": value}, "permalink": format!("https://shop.sentry.example/issues/{id}/"),
        "project": {"id": project.to_string(), "slug": "p"}, "lifetime": seen, "stats": {"auto": counts.collect::<Vec<_>>()}})
}

/// front calls pay calls bank, and nothing is measured: since bank's release, ten minutes before the incident, the others
/// fail to reach it.
fn answer(uri: &Uri, created: i64) -> String {
    let began = created - 600;
    let project = |id: u64, slug: &str| json!({"id": id.to_string(), "slug": slug, "name": slug});
    let release = json!({"version": "ledger@7.1.0", "versionInfo": {"description": "7.1.0"}, "dateCreated": time(began - 90), "dateReleased": null,
        "deployCount": 1, "lastDeploy": {"environment": "production", "dateFinished": time(began - 60)}, "projects": [{"slug": "ledger"}]});
    let lost = ("ConnectionError", "bank:8443 refused the connection");
    let failed = ("PaymentError", "pay answered 503");
    let answer = match uri.path() {
        "/api/0/organizations/shop/projects/" => {
            json!([project(1, "front"), project(2, "pay"), project(3, "ledger")])
        }
        "/api/0/organizations/shop/issues/" => json!([
            issue(11, 2, lost, (began, created + 600)),
            issue(12, 1, failed, (began + 5, created + 600)),
        ]),
        "/api/0/organizations/shop/releases/" => json!([release]),
        _ => json!({"firstRelease": null}),
    };
    answer.to_string()
}

fn organisation() -> (Organisation, i64) {
    let clock = clock::clock();
    let created = clock.now().timestamp() - 3_600;
    let called = Called {
        name: "Front page fails".into(),
        summary: "Customers see errors.".into(),
        at: created,
    };
    let calls = [("front", "pay"), ("pay", "bank"), ("front", "quiet")];
    let services = ["front", "pay", "bank", "quiet"];
    (Organisation::new(clock, &services, &calls, called), created)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_errors_at_sentry_blame_since_its_release_is_the_cause() {
    let (organisation, created) = tokio::task::spawn_blocking(organisation)
        .await
        .expect("an organisation");
    let (sentry, asked) = scripted(move |uri, _| answer(uri, created)).await;
    let of = "sentry = { organization = \"shop\", projects = { ledger = \"bank\" } }";
    let config = organisation.config(&format!(
        "[[sources.logs]]\nname = \"errors\"\nkind = \"sentry\"\nurl = \"{sentry}\"\n{of}\n\
         [[sources.changes]]\nname = \"releases\"\nkind = \"sentry\"\nurl = \"{sentry}\"\n{of}\n"
    ));
    let found = organisation.asked.json(&config, &["investigate", "INC-1"]);
    let first = &found["hypotheses"][0];
    assert_eq!(first["service"], "bank", "{found:#}");
    assert_eq!(
        first["change"]["title"],
        "bank 7.1.0 deployed to production"
    );
    let evidence = found["evidence"].as_array().expect("a list");
    let blames = evidence
        .iter()
        .find(|e| e["source"] == "errors" && e["service"] == "pay")
        .expect("what pay says");
    let lines = blames["lines"].as_array().expect("lines");
    assert_eq!(
        lines[0],
        "ERROR ConnectionError: bank:8443 refused the connection"
    );
    let more = lines[1].as_str().expect("what else is known");
    assert!(more.contains("SHOP-11") && more.contains("https://shop.sentry.example/issues/11/"));
    let missing = found["missing"].as_array().expect("a list");
    let of_sentry = |m: &&Value| m["source"] == "errors" || m["source"] == "releases";
    assert_eq!(missing.iter().filter(of_sentry).count(), 0, "{missing:#?}");
    assert!(
        asked
            .lock()
            .expect("the list")
            .iter()
            .all(|a| a.starts_with("/api/0/"))
    );
    let doctor = organisation.asked.run(&config, &["doctor"]);
    let doctor = String::from_utf8_lossy(&doctor.stdout);
    for line in [
        "shop has 3 projects, whose issues may be read.",
        "changes in a day: 1.",
    ] {
        assert!(doctor.contains(line), "{doctor}");
    }
}
