//! What a query comes to now, in words that a field can hold.

use super::super::question::literal;
use super::Prometheus;
use crate::domain::Instant;
use crate::domain::text::{clean_line, fit};
use crate::sources::http::SourceError;
use serde_json::Value;

/// Series that a field names; of more it says how many.
const NAMED: usize = 5;
/// Characters of a label's value.
const LONGEST: usize = 200;

impl Prometheus {
    /// The value of a query for some services; the value of a label of its series, where one is named.
    pub async fn value(
        &self,
        query: &str,
        label: &str,
        services: &[String],
        now: Instant,
    ) -> Result<String, SourceError> {
        let names: Vec<String> = services.iter().map(|name| literal(name)).collect();
        let fields = [
            ("query", query.replace("$service", &names.join("|"))),
            ("time", now.timestamp().to_string()),
        ];
        let read = |answer: &Value| {
            let said = words(&answer["data"], label).ok_or_else(|| self.foreign())?;
            match said.is_empty() {
                true => Err(SourceError(format!(
                    "{} has no value of it now.",
                    self.name
                ))),
                false => Ok(said),
            }
        };
        let endpoint = self.door.open().await?;
        endpoint.form("api/v1/query", &fields, read).await
    }
}

/// An answer in words; empty where there is none, nothing where it is no answer of Prometheus.
fn words(data: &Value, label: &str) -> Option<String> {
    if data["resultType"] == "scalar" {
        return Some(number(&data["result"]).unwrap_or_default());
    }
    let series = data["result"].as_array()?;
    let is_one = series.len() == 1;
    let mut said: Vec<String> = series
        .iter()
        .filter_map(|one| match label {
            "" => of(one, is_one),
            label => one["metric"][label].as_str().map(line),
        })
        .filter(|words| !words.is_empty())
        .collect();
    said.sort();
    said.dedup();
    let more = said.len().saturating_sub(NAMED);
    said.truncate(NAMED);
    let said = said.join(", ");
    Some(match more {
        0 => said,
        more => format!("{said} and {more} more"),
    })
}

/// A series with its value, named by its labels where it is one of several.
fn of(one: &Value, is_one: bool) -> Option<String> {
    let value = number(&one["value"])?;
    let labels = one["metric"].as_object().into_iter().flatten();
    let labels = labels.filter(|(name, _)| *name != "__name__");
    let labels: Vec<String> = labels.filter_map(|(_, v)| v.as_str().map(line)).collect();
    Some(match is_one || labels.is_empty() {
        true => value,
        false => format!("{} {value}", labels.join(" ")),
    })
}

/// A sample's number, as short as it can be read.
fn number(sample: &Value) -> Option<String> {
    let value: f64 = sample[1].as_str()?.parse().ok()?;
    let fixed = format!("{value:.4}");
    let short = fixed.trim_end_matches('0').trim_end_matches('.');
    value.is_finite().then(|| short.to_owned())
}

fn line(words: &str) -> String {
    fit(clean_line(words).trim(), LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn vector(result: Value) -> Value {
        json!({"resultType": "vector", "result": result})
    }

    #[test]
    fn an_answer_is_as_short_as_it_can_be_read() {
        let one =
            |value: &str| vector(json!([{"metric": {"service": "cart"}, "value": [0, value]}]));
        let two = vector(json!([
            {"metric": {"__name__": "x", "service": "cart", "version": "v2"}, "value": [0, "14.4"]},
            {"metric": {"service": "bank\u{1b}[2J", "version": "v2"}, "value": [0, "1"]},
        ]));
        for (data, label, says) in [
            (one("0.99871234"), "", Some("0.9987")),
            (one("14"), "", Some("14")),
            (one("NaN"), "", Some("")),
            (one("1"), "service", Some("cart")),
            (one("1"), "version", Some("")),
            (two.clone(), "", Some("bank v2 1, cart v2 14.4")),
            (two, "version", Some("v2")),
            (
                json!({"resultType": "scalar", "result": [0, "2.50"]}),
                "",
                Some("2.5"),
            ),
            (vector(json!([])), "", Some("")),
            (json!({"result": "x"}), "", None),
        ] {
            let said = words(&data, label);
            assert_eq!(said.as_deref(), says, "{data} {label}");
        }
    }
}
