//! The whole way for simulated systems: each one's measures in a real Prometheus server, its catalog and its incident in a
//! simulated organisation, and the command asked at the moment that the world is looked at.

use super::monitoring::{self, Called};
use super::through;
use super::world::{self, Asked, World};
use hotseat::domain::{Finding, Series, Signal};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// Asks about so many worlds, one after the other, and prints the tables.
pub fn play(asked: &Asked) {
    let scratch = tempfile::tempdir().expect("a folder");
    let outcomes = (0..asked.worlds).filter_map(|n| {
        let world = world::world(asked.seed + n as u64, asked)?;
        let (finding, seconds) = ask(&world, &scratch.path().join(n.to_string()));
        Some(world::Outcome::new(&world, &finding, seconds * 1_000.0))
    });
    world::print(&outcomes.collect::<Vec<_>>(), asked);
}

fn ask(world: &World, dir: &Path) -> (Finding, f64) {
    let (tsdb, data) = (dir.join("tsdb"), dir.join("organisation"));
    std::fs::create_dir_all(&data).expect("a folder");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let shift = now.expect("a clock").as_secs() as i64 - world.case.now.timestamp();
    let (samples, templates) = openmetrics(&world.case.series, shift);
    monitoring::backfill(&samples, &tsdb);
    let calls = &world.case.calls;
    let pairs = calls.callees.iter().enumerate().flat_map(|(from, to)| {
        to.iter()
            .map(move |to| (calls.names[from].clone(), calls.names[*to].clone()))
    });
    let called = Called {
        name: world.case.name.clone(),
        summary: String::new(),
        at: world.case.created.timestamp() + shift,
    };
    monitoring::organisation(&calls.names, &pairs.collect::<Vec<_>>(), &[called], &data);
    let (_prometheus, url) = monitoring::prometheus(&tsdb);
    let config = dir.join("config.toml");
    let source =
        format!("[[sources.prometheus]]\nname = \"metrics\"\nurl = \"{url}\"\npreset = \"none\"\n");
    std::fs::write(&config, source + &templates).expect("a file");
    let binary = env!("CARGO_BIN_EXE_hotseat");
    let (_simulated, url, key) =
        monitoring::simulate(binary, &["--data", &data.display().to_string()]);
    let (finding, seconds) = through::investigate(&config, &url, &key, "INC-1");
    (serde_json::from_value(finding).expect("a finding"), seconds)
}

/// Samples in the OpenMetrics text format, and the templates that ask for them.
fn openmetrics(all: &[Series], shift: i64) -> (String, String) {
    let mut samples: BTreeMap<String, String> = BTreeMap::new();
    let mut templates = BTreeSet::new();
    for one in all {
        let (signal, what) = match &one.signal {
            Signal::Traffic => ("traffic", "traffic"),
            Signal::Errors => ("errors", "errors"),
            Signal::Latency => ("latency", "latency"),
            Signal::Tail => ("tail", "tail"),
            Signal::Saturation(what) => ("saturation", what.as_str()),
            Signal::Restarts => ("restarts", "restarts"),
        };
        let end = if one.caller.is_some() { "call" } else { "own" };
        let metric = format!("world_{end}_{what}");
        let caller = one
            .caller
            .as_ref()
            .map(|c| format!(",caller=\"{c}\""))
            .unwrap_or_default();
        let text = samples.entry(metric.clone()).or_default();
        for (t, v) in one.normal.iter().chain(&one.recent) {
            let _ = writeln!(
                text,
                "{metric}{{service=\"{}\"{caller}}} {v} {}",
                one.service,
                t + shift
            );
        }
        let mut template = format!(
            "[[sources.prometheus.template]]\nsignal = \"{signal}\"\nquery = '{metric}{{service=~\"$service\"}}'\n"
        );
        if signal == "saturation" {
            let _ = writeln!(template, "name = \"{what}\"");
        }
        if one.caller.is_some() {
            template += "caller = \"caller\"\n";
        }
        if let (Some(limit), Some((last, _))) = (one.limit, one.recent.last()) {
            let _ = writeln!(
                samples.entry(format!("world_limit_{what}")).or_default(),
                "world_limit_{what}{{service=\"{}\"}} {limit} {}",
                one.service,
                last + shift
            );
        }
        if all
            .iter()
            .any(|s| s.signal == one.signal && s.limit.is_some())
        {
            let _ = writeln!(
                template,
                "limit_query = 'world_limit_{what}{{service=~\"$service\"}}'"
            );
        }
        templates.insert(template);
    }
    let typed = samples
        .into_iter()
        .map(|(metric, text)| format!("# TYPE {metric} gauge\n{text}"));
    (
        typed.collect::<String>() + "# EOF\n",
        templates.into_iter().collect(),
    )
}
