//! Whether an alerting rule fires, as Prometheus itself evaluates it.

use super::Prometheus;
use crate::domain::{Detection, Instant, Verdict, time};
use crate::sources::http::{SourceError, ahead};
use chrono::Duration;
use serde_json::Value;

/// Intervals of its group after which an evaluation is old.
const OLD: i32 = 4;

impl Prometheus {
    /// Whether the rules of issues still fire: of each, what the last evaluation says, where that is later than when the
    /// issue was last heard of.
    pub async fn verdicts(
        &self,
        issues: &[(&Detection, Instant)],
        now: Instant,
    ) -> Result<Vec<Verdict>, SourceError> {
        let endpoint = self.door.open().await?;
        let mut url = endpoint.at("api/v1/rules");
        url.query_pairs_mut().append_pair("type", "alert");
        let read = |answer: &Value, date| {
            let groups = answer["data"]["groups"].as_array();
            let groups = groups.ok_or_else(|| self.foreign())?;
            // By its own clock, which what it tells of times goes by.
            let ahead = ahead(date, now);
            let one = |(issue, heard): &(&Detection, Instant)| {
                verdict(groups, issue, *heard + ahead, now + ahead)
            };
            Ok(issues.iter().map(one).collect())
        };
        endpoint.get_dated(url, read).await
    }
}

/// What the rules of an issue's name say, all of them.
fn verdict(groups: &[Value], issue: &Detection, heard: Instant, now: Instant) -> Verdict {
    let name = issue.labels.get("alertname").map_or("", String::as_str);
    let mut found = Verdict::Unknown;
    for group in groups {
        let rules = group["rules"].as_array().into_iter().flatten();
        for rule in rules.filter(|rule| rule["name"] == name && rule["type"] == "alerting") {
            if fires(rule, issue) {
                return Verdict::Burns;
            }
            if !is_evaluated(rule, &group["interval"], heard, now) {
                return Verdict::Unknown;
            }
            found = Verdict::Quiet;
        }
    }
    found
}

/// Whether the rule fires, or is about to, with the labels of an issue; the issue has more, those of its sender.
fn fires(rule: &Value, issue: &Detection) -> bool {
    let alerts = rule["alerts"].as_array().into_iter().flatten();
    let has = |(label, value): (&String, &Value)| {
        issue.labels.get(label).map(String::as_str) == value.as_str()
    };
    alerts
        .filter_map(|alert| alert["labels"].as_object())
        .any(|labels| labels.iter().all(has))
}

/// Whether the rule was evaluated, without an error, lately, and after the issue was last heard of.
fn is_evaluated(rule: &Value, interval: &Value, heard: Instant, now: Instant) -> bool {
    let seconds = interval.as_f64().unwrap_or(60.0).max(1.0);
    let old = Duration::milliseconds((seconds * 1_000.0) as i64) * OLD;
    let at = rule["lastEvaluation"].as_str().and_then(time::parse);
    rule["health"] == "ok" && at.is_some_and(|at| at > heard && now - at < old)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn issue() -> Detection {
        let labels = [
            ("alertname", "Slow"),
            ("service", "bank"),
            ("cluster", "eu"),
        ];
        Detection {
            labels: labels.map(|(k, v)| (k.into(), v.into())).into(),
            ..Detection::default()
        }
    }

    #[test]
    fn only_a_healthy_and_late_evaluation_that_does_not_fire_says_that_it_is_over() {
        let at = |text: &str| time::parse(text).expect("a time");
        let (heard, now) = (at("2026-11-20T14:40:00Z"), at("2026-11-20T14:41:00Z"));
        let rule = |health: &str, evaluated: &str, alerts: Value| {
            json!({"name": "Slow", "type": "alerting", "health": health, "alerts": alerts,
                "lastEvaluation": format!("2026-11-20T{evaluated}Z")})
        };
        let burns = |service: &str| json!([{"labels": {"alertname": "Slow", "service": service}, "state": "pending"}]);
        for (says, rule, verdict_is) in [
            ("quiet", rule("ok", "14:40:50", json!([])), Verdict::Quiet),
            (
                "another service",
                rule("ok", "14:40:50", burns("cart")),
                Verdict::Quiet,
            ),
            (
                "pending",
                rule("ok", "14:40:50", burns("bank")),
                Verdict::Burns,
            ),
            (
                "an error",
                rule("err", "14:40:50", json!([])),
                Verdict::Unknown,
            ),
            (
                "before it was heard",
                rule("ok", "14:39:50", json!([])),
                Verdict::Unknown,
            ),
            (
                "another rule",
                json!({"name": "Else", "type": "alerting"}),
                Verdict::Unknown,
            ),
        ] {
            let groups = [json!({"interval": 15, "rules": [rule]})];
            assert_eq!(verdict(&groups, &issue(), heard, now), verdict_is, "{says}");
        }
        let groups = [json!({"interval": 15, "rules": [rule("ok", "14:40:50", json!([]))]})];
        let later = at("2026-11-20T14:43:00Z");
        assert_eq!(
            verdict(&groups, &issue(), heard, later),
            Verdict::Unknown,
            "old"
        );
    }
}
