//! What README, the pages of docs/ and the sample configuration tell is what the program does: keys, settings, commands,
//! requests a minute.

#[path = "../common/clock.rs"]
#[allow(dead_code, reason = "no program is started with it here")]
mod clock;
mod pages;

use hotseat::config::{self, Config, Overrides};
use hotseat::console::action::ACTIONS;
use hotseat::console::job::Topic;
use hotseat::console::keymap::Keymap;
use hotseat::console::msg::Interest;
use hotseat::console::plan::Plan;
use hotseat::console::state::ListKind;
use hotseat::domain::{IncidentId, Instant};
use hotseat::session::{Access, Session};
use hotseat::sim;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use tokio::sync::mpsc;

const README: &str = include_str!("../../README.md");
const REQUESTS: &str = include_str!("../../docs/data-and-requests.md");

/// The table of keys as README has it: a row, and the actions whose first keys it names.
const KEYS: [(&str, &[&str]); 20] = [
    (
        "`j k g G ctrl-d ctrl-u`",
        &[
            "move.down",
            "move.up",
            "move.top",
            "move.bottom",
            "move.half_down",
            "move.half_up",
        ],
    ),
    (
        "`1 2 3 4`, `tab`",
        &[
            "pane.incidents",
            "pane.detail",
            "pane.oncall",
            "pane.catalog",
            "pane.next",
        ],
    ),
    ("`[ ] .`", &["tab.previous", "tab.next", "tab.choose"]),
    ("`enter`, `esc`, `q`", &["open", "back", "quit"]),
    ("`ctrl-o`, `alt-right`", &["jump.back", "jump.forward"]),
    ("`/`", &["filter"]),
    ("`ctrl-p`, `:`", &["palette", "command"]),
    (
        "`t A O V`",
        &[
            "incidents.scope",
            "incidents.everything",
            "incidents.order",
            "views",
        ],
    ),
    ("`p`", &["page.mine"]),
    (
        "`a` `n` `u` `e`",
        &[
            "page.acknowledge",
            "timeline.note",
            "incident.update",
            "page.create",
        ],
    ),
    (
        "`L` `S` `c` `C` `F` `D`",
        &[
            "incident.lead",
            "incident.severity",
            "incident.status",
            "incident.close",
            "incident.edit",
            "incident.declare",
        ],
    ),
    ("`space` `x` `v`", &["mark", "task.done", "oncall.cover"]),
    (
        "`b` `X` `M`",
        &["list.bridge", "bridge.why", "bridge.pause"],
    ),
    ("`B`", &["timeline.changes"]),
    ("`J` `K` `z`", &["journal", "drafts.unsent", "undo"]),
    ("`i`", &["investigate"]),
    ("`d`", &["drafts.review"]),
    ("`s` `P` `w`", &["similar", "draft.post_mortem", "away"]),
    (
        "`y Y o`",
        &["copy.reference", "copy.address", "show.address"],
    ),
    (
        "`+ T U !`",
        &["zoom.in", "times.toggle", "times.utc", "problems"],
    ),
];

#[test]
fn readmes_keys_are_those_of_the_actions() {
    let table: Vec<&str> = README
        .lines()
        .skip_while(|line| *line != "| keys | |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.split(" | ").next()?.strip_prefix("| "))
        .collect();
    assert_eq!(table, KEYS.map(|(row, _)| row));
    let keymap = Keymap::new(&defaults().keys).expect("the default keys");
    for (row, actions) in KEYS {
        let named: Vec<&str> = row
            .split(['`', ' ', ','])
            .filter(|w| !w.is_empty())
            .collect();
        let keys: Vec<String> = actions.iter().map(|id| first_key(&keymap, id)).collect();
        assert_eq!(named, keys, "{actions:?}");
    }
}

fn first_key(keymap: &Keymap, id: &str) -> String {
    let row = ACTIONS.iter().find(|row| row.id == id);
    let action = row
        .unwrap_or_else(|| panic!("there is no action {id}"))
        .action;
    keymap.key(action).to_owned()
}

fn defaults() -> Config {
    load(Path::new("/dev/null")).expect("the defaults")
}

fn load(path: &Path) -> Result<Config, config::ConfigError> {
    config::load(&Overrides {
        file: Some(path.to_owned()),
        ..Overrides::default()
    })
}

#[test]
fn every_sample_of_the_configuration_is_taken_as_it_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    let sample = config::DEFAULTS
        .lines()
        .filter_map(|line| line.strip_prefix("#   "));
    let sample = sample.collect::<Vec<_>>().join("\n");
    assert!(sample.contains("[[sources.logs]]"));
    std::fs::write(&path, &sample).expect("written");
    let read = load(&path);
    assert!(read.is_ok(), "{sample}\n{:?}", read.err());
    let named = quoted_keys(config::DEFAULTS);
    assert!(!named.is_empty());
    for (id, keys) in named {
        let keys = toml::from_str(&format!("\"{id}\" = {keys}")).expect("keys");
        Keymap::new(&keys).unwrap_or_else(|why| panic!("{id}: {why}"));
    }
}

/// Keys given to actions somewhere in a text: `"some.action" = ["y"]`.
fn quoted_keys(text: &str) -> Vec<(&str, &str)> {
    let pieces = text.match_indices("\" = [").filter_map(|(at, _)| {
        let start = text[..at].rfind('"')? + 1;
        let id = &text[start..at];
        let list = &text[at + "\" = ".len()..];
        Some((id, &list[..=list.find(']')?]))
    });
    pieces.filter(|(id, _)| id.contains('.')).collect()
}

#[test]
fn every_setting_of_the_sample_is_one_of_the_programs_and_every_one_is_there() {
    let sample: toml::Table = config::DEFAULTS.parse().expect("TOML");
    let known = toml::Table::try_from(defaults()).expect("settings");
    let names = |table: &toml::Table| table.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&sample), names(&known));
    assert_eq!(
        sample["share"].as_float(),
        Some(0.5),
        "the page: half by default"
    );
}

/// What is asked costs in requests, measured.
#[derive(Debug, Default)]
struct Costs {
    topics: HashMap<Topic, u64>,
    /// Reading everything that is open.
    sweep: u64,
    /// Reading a timeline in full.
    in_full: u64,
}

async fn costs(session: &Session, running: &sim::Running, id: &IncidentId) -> Costs {
    let mirror = session.mirror();
    let (changes, mut arriving) = mpsc::channel(64);
    tokio::spawn(async move { while arriving.recv().await.is_some() {} });
    let mut costs = Costs::default();
    let mut before = running.served();
    let mut took = || {
        let now = running.served();
        now - std::mem::replace(&mut before, now)
    };
    mirror.refresh(&changes).await.expect("incidents");
    costs.sweep = took();
    mirror.refresh(&changes).await.expect("changes");
    costs.topics.insert(Topic::Incidents, took());
    session.escalations(None, 50).await.expect("pages");
    costs.topics.insert(Topic::List(ListKind::Pages), took());
    mirror.schedules().await.expect("schedules");
    costs.topics.insert(Topic::Schedules, took());
    mirror.org().await.expect("the organisation");
    costs.topics.insert(Topic::Org, took());
    mirror.catalog().await.expect("the catalog");
    costs.topics.insert(Topic::Catalog, took());
    mirror.incident(id, &changes).await.expect("an incident");
    costs.topics.insert(Topic::Detail(id.clone()), took());
    mirror.timeline(id, &changes).await.expect("a timeline");
    costs.in_full = took();
    mirror.timeline(id, &changes).await.expect("no news");
    costs.topics.insert(Topic::Timeline(id.clone()), took());
    costs
}

/// Requests a minute of what the plan asks for over half an hour, and of what comes on top: everything open is swept every
/// two minutes, and a timeline in focus is read in full every minute.
fn a_minute(interest: Interest, costs: &Costs) -> u64 {
    const MINUTES: u64 = 30;
    let start = Instant::default();
    let focused = interest.incident.is_some();
    let mut plan = Plan::default();
    plan.watch(interest, start);
    let seconds = i64::try_from(MINUTES * 60).expect("seconds");
    let asked: u64 = (1..=seconds)
        .flat_map(|s| plan.due(start + chrono::Duration::seconds(s), 1.0))
        // The journal asks nothing of the API as long as nothing is open in it.
        .filter_map(|topic| costs.topics.get(&topic))
        .sum();
    let sweeps = costs.sweep * MINUTES / 2;
    let in_full = if focused { costs.in_full * MINUTES } else { 0 };
    (asked + sweeps + in_full + MINUTES / 2) / MINUTES
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_tells_how_many_requests_a_console_makes_a_minute() {
    let options = sim::Options {
        incidents: 60,
        speed: 0.0,
        clock: clock::clock(),
        ..sim::Options::default()
    };
    let running = sim::start(options, SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .expect("an organisation");
    let access = Access::simulated(&defaults(), &running.url, running.key.clone().into());
    let session = Session::open(access).expect("a session");
    let id = session
        .incident("INC-60")
        .await
        .expect("an incident")
        .row
        .id;
    let costs = costs(&session, &running, &id).await;
    let idle = Interest {
        oncall: true,
        ..Interest::default()
    };
    let focused = Interest {
        incident: Some(id),
        ..idle.clone()
    };
    let told = format!(
        "about {} requests a minute idle and {} with an incident in focus",
        a_minute(idle, &costs),
        a_minute(focused, &costs)
    );
    assert!(
        REQUESTS.contains(&told),
        "docs/data-and-requests.md should say: {told}; {costs:?}"
    );
}
