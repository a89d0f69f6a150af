//! What presets and templates make of the series of a real Prometheus server.

mod grafana;
mod limits;
#[path = "../../../../../tests/common/monitoring.rs"]
#[allow(dead_code, reason = "no organisation is needed here")]
mod monitoring;
mod shipped;

use super::*;
use crate::domain::Series;
use crate::net::Allowance;
use std::fmt::Write as _;
use std::sync::Arc;

/// The time that is looked at: an hour, and five before it as the normal time.
const END: i64 = 1_795_185_000;
const START: i64 = END - 6 * 3_600;

/// Samples of many metrics, every minute.
#[derive(Default)]
struct Samples(String);

impl Samples {
    /// A counter that grows by so much a second.
    fn grow(&mut self, metric: &str, labels: &str, rate: f64) -> &mut Self {
        self.lay(metric, labels, |t| rate * (t - START) as f64)
    }

    /// A gauge that stands.
    fn stand(&mut self, metric: &str, labels: &str, value: f64) -> &mut Self {
        self.lay(metric, labels, |_| value)
    }

    fn lay(&mut self, metric: &str, labels: &str, value: impl Fn(i64) -> f64) -> &mut Self {
        for t in (START..=END).step_by(60) {
            let _ = writeln!(self.0, "{metric}{{{labels}}} {} {t}", value(t));
        }
        self
    }

    /// Four calls a second, one of which fails, two seconds of waiting in all: by counts with what tells the failing
    /// ones, and by sums in so many a second.
    fn calls(
        &mut self,
        count: [&str; 2],
        sums: [&str; 2],
        labels: &str,
        a_second: f64,
    ) -> &mut Self {
        let [fine, failing] = [3.0, 1.0];
        let [counted, told] = count;
        let (good, bad) = told.split_once('|').expect("both");
        self.grow(counted, &format!("{labels},{good}"), fine);
        self.grow(counted, &format!("{labels},{bad}"), failing);
        self.grow(sums[0], &format!("{labels},{good}"), 2.0 * a_second);
        if sums[1] != counted {
            self.grow(sums[1], &format!("{labels},{good}"), 4.0);
        }
        self
    }
}

/// What a source says of a service: service, signal, caller, value and limit.
type Said = (String, String, Option<String>, f64, Option<f64>);

async fn asked(samples: &Samples, services: &[&str], settings: &str) -> Vec<Said> {
    let dir = tempfile::tempdir().expect("a folder");
    let tsdb = dir.path().join("tsdb");
    let text = format!("{}# EOF\n", samples.0);
    let started = tokio::task::spawn_blocking(move || {
        monitoring::backfill(&text, &tsdb);
        monitoring::prometheus(&tsdb)
    });
    let (_server, url) = started.await.expect("a server");
    let config: config::Metrics =
        toml::from_str(&format!("name = \"m\"\nurl = \"{url}\"\n{settings}")).expect("settings");
    let asking = Asking {
        timeout: std::time::Duration::from_secs(30),
        allowance: Arc::new(Allowance::new()),
    };
    let metrics = Prometheus::open(&config, &asking).expect("a source");
    let at = |t: i64| Instant::from_timestamp(t, 0).expect("a time");
    let window = Window {
        normal_from: at(START),
        recent_from: at(END - 3_600),
        to: at(END),
        changes_from: at(START),
    };
    let names = services.iter().map(|n| ((*n).to_owned(), Vec::new()));
    let told = metrics.measure(&Names::new(names.collect()), window).await;
    assert_eq!(told.missing, Vec::<String>::new());
    let one = |s: &Series| {
        assert!(!s.normal.is_empty(), "{}", s.query);
        let value = s.recent.last().expect("a point").1;
        let value = (value * 1_000.0).round() / 1_000.0;
        let signal = s.signal.label().to_owned();
        (s.service.clone(), signal, s.caller.clone(), value, s.limit)
    };
    let mut said: Vec<Said> = told.series.iter().map(one).collect();
    said.sort_by(|a, b| (&a.0, &a.1, &a.2).cmp(&(&b.0, &b.1, &b.2)));
    said
}
