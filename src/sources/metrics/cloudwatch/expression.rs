//! Metric math with its metrics in it: `Sum(AWS/Lambda, Errors) / Sum(AWS/Lambda, Invocations)`.

use regex_lite::Regex;
use serde_json::{Value, json};

/// A metric as it stands in an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Metric {
    pub statistic: String,
    pub namespace: String,
    pub name: String,
}

/// An expression, and the metrics in it in the order of their places, which are `#0`, `#1`, ….
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expression {
    math: String,
    pub metrics: Vec<Metric>,
}

/// A dimension with its value.
pub(super) type Dimension = (String, String);

impl Expression {
    /// Reads one; nothing where no metric is in it.
    pub fn read(text: &str) -> Option<Self> {
        let metric =
            Regex::new(r"([A-Za-z][A-Za-z0-9.]*)\(([A-Za-z0-9_./#:-]+), *([A-Za-z0-9_./#:%-]+)\)")
                .ok()?;
        let mut metrics: Vec<Metric> = Vec::new();
        let (mut math, mut from) = (String::new(), 0);
        for found in metric.captures_iter(text) {
            let whole = found.get(0)?;
            let one = Metric {
                statistic: found[1].to_owned(),
                namespace: found[2].to_owned(),
                name: found[3].to_owned(),
            };
            let at = metrics.iter().position(|m| *m == one).unwrap_or_else(|| {
                metrics.push(one);
                metrics.len() - 1
            });
            math.push_str(&text[from..whole.start()]);
            math.push_str(&format!("#{at}#"));
            from = whole.end();
        }
        math.push_str(&text[from..]);
        (!metrics.is_empty()).then_some(Self { math, metrics })
    }

    /// The queries that give it for some dimensions: its metrics, and what is reckoned of them under `id`.
    pub fn queries(&self, id: &str, dimensions: &[Dimension], period: i64) -> Vec<Value> {
        let named: Vec<Value> = dimensions
            .iter()
            .map(|(name, value)| json!({"Name": name, "Value": value}))
            .collect();
        let is_plain = self.math.trim() == "#0#";
        let part = |at: usize| match is_plain {
            true => id.to_owned(),
            false => format!("{id}m{at}"),
        };
        let metrics = self.metrics.iter().enumerate().map(|(at, metric)| {
            json!({"Id": part(at), "ReturnData": is_plain, "MetricStat": {
                "Metric": {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": named},
                "Period": period, "Stat": metric.statistic}})
        });
        let mut all: Vec<Value> = metrics.collect();
        if !is_plain {
            let places = 0..self.metrics.len();
            let math = places.fold(self.math.clone(), |math, at| {
                math.replace(&format!("#{at}#"), &part(at))
            });
            all.push(json!({"Id": id, "Expression": math}));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_found_in_their_math_each_once() {
        let one = Expression::read(
            "FILL(Sum(AWS/Lambda, Errors), 0) / Sum(AWS/Lambda,Invocations) + PERIOD(Sum(AWS/Lambda, Errors))",
        )
        .expect("an expression");
        let queries = one.queries("q7", &[("FunctionName".into(), "cart".into())], 60);
        let ids: Vec<&str> = queries.iter().filter_map(|q| q["Id"].as_str()).collect();
        assert_eq!(ids, ["q7m0", "q7m1", "q7"]);
        assert_eq!(
            queries[2]["Expression"],
            "FILL(q7m0, 0) / q7m1 + PERIOD(q7m0)"
        );
        assert_eq!(
            queries[1]["MetricStat"]["Metric"]["MetricName"],
            "Invocations"
        );
        assert_eq!(queries[0]["ReturnData"], false);
        let plain = Expression::read("p99.9(Shop/Queue, Age of it)");
        assert_eq!(plain, None);
        let plain = Expression::read(" Maximum(AWS/SQS, Age) ").expect("one");
        let queries = plain.queries("q1", &[], 300);
        assert_eq!(
            (queries.len(), &queries[0]["ReturnData"]),
            (1, &json!(true))
        );
    }
}
