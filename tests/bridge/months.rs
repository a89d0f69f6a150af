//! What happens to a bridge that runs for months: words are renamed, incidents vanish, clocks are wrong, a disk is full.

use crate::door::{Door, Rule};
use crate::model::detector::{Truth, serve, speak};
use crate::running::Bridge;
use hotseat::bridge::Daemon;
use hotseat::config::{self, Overrides};
use hotseat::domain::episode::{Memory, Standing};
use hotseat::domain::time::Zone;
use hotseat::session::{Access, ApiError, Session};
use hotseat::sim;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const KEY: &str = "inc_of_the_door_before_it";

/// A bridge in this process, round by round, and what it lies between.
struct Land {
    truth: Arc<Mutex<Truth>>,
    door: Door,
    session: Arc<Session>,
    home: tempfile::TempDir,
    _running: sim::Running,
    _speaking: tokio::task::JoinSet<()>,
}

impl Land {
    async fn new(settings: &str) -> Self {
        let options = sim::Options {
            incidents: 5,
            speed: 0.0,
            ..sim::Options::default()
        };
        let running = sim::start(options, SocketAddr::from(([127, 0, 0, 1], 0))).await;
        let running = running.expect("an organisation");
        let door = Door::start(&running.url, Some(&running.key), KEY).await;
        let truth = Arc::new(Mutex::new(Truth::new()));
        let detector = serve(truth.clone()).await;
        let mut speaking = tokio::task::JoinSet::new();
        speaking.spawn(speak(truth.clone(), None));
        let home = tempfile::tempdir().expect("a folder");
        let config = format!(
            "[bridge]\ninvestigate = false\nhold = \"0s\"\n{settings}[[bridge.alertmanager]]\nname = \"alertmanager\"\nurl = \"{detector}\"\n"
        );
        std::fs::write(home.path().join("config.toml"), config).expect("a file");
        let session = session(&door.url, home.path());
        Self {
            truth,
            door,
            session,
            home,
            _running: running,
            _speaking: speaking,
        }
    }

    async fn bridge(&self) -> Daemon {
        let opened = Daemon::open(self.session.clone(), Zone::UTC, |_| {}).await;
        opened.expect("a bridge")
    }

    fn turn(&self) {
        self.truth.lock().expect("lock").turn(0);
    }

    async fn memory(&self) -> Memory {
        let remembered = self.session.bridge_memory().await.expect("a ledger");
        remembered.memory().await.expect("what is remembered")
    }
}

fn session(url: &str, home: &std::path::Path) -> Arc<Session> {
    let over = Overrides {
        file: Some(home.join("config.toml")),
        base_url: Some(url.to_owned()),
        ..Overrides::default()
    };
    let config = Arc::new(config::load(&over).expect("a configuration"));
    let access = Access {
        key: Some(KEY.to_owned().into()),
        cache: None,
        journal: Some(home.join("journal.db")),
        ..Access::local(config, None)
    };
    Arc::new(Session::open(access).expect("a session"))
}

/// Goes round until something is said; everything that was said until then.
async fn until_said(daemon: &mut Daemon, words: &str) -> Vec<String> {
    let mut says = Vec::new();
    for _ in 0..600 {
        says.extend(daemon.round().await.expect("a round").says);
        if says.iter().any(|s| s.contains(words)) {
            return says;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{words} was never said: {says:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_severity_that_is_renamed_leaves_it_on_the_words_that_were_right() {
    let land = Land::new("severity = \"Storm\"\n").await;
    let mut daemon = land.bridge().await;
    land.turn();
    until_said(&mut daemon, "declared").await;
    let renamed: Rule = Box::new(|path: &str, answer: &mut Value| {
        if path == "/v1/severities" {
            let all = answer["severities"].as_array_mut().expect("severities");
            all.iter_mut()
                .for_each(|s| s["name"] = json!(format!("New {}", s["name"])));
        }
        false
    });
    land.door.retells(renamed);
    let mut says = until_said(&mut daemon, "no severity \"Storm\"").await;
    land.turn();
    says.extend(until_said(&mut daemon, "resolved: everything that burnt is over").await);
    let told = says.iter().filter(|s| s.contains("no severity")).count();
    assert_eq!(told, 1, "{says:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_remembers_of_one_organisation_is_not_taken_to_another() {
    let land = Land::new("").await;
    land.turn();
    let mut daemon = land.bridge().await;
    until_said(&mut daemon, "declared").await;
    drop(daemon);
    let other: Rule = Box::new(|path: &str, answer: &mut Value| {
        if path == "/v1/identity" {
            answer["identity"]["dashboard_url"] = json!("https://app.incident.io/another");
        }
        false
    });
    land.door.retells(other);
    let other = session(&land.door.url, land.home.path());
    let opened = Daemon::open(other, Zone::UTC, |_| {}).await;
    let writes = land.door.writes();
    match opened.expect("a bridge").round().await {
        Err(ApiError::User(says)) => assert!(says.contains("of another organisation"), "{says}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(land.door.writes(), writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_that_is_gone_is_said_so_once_and_left() {
    let land = Land::new("").await;
    land.turn();
    let mut daemon = land.bridge().await;
    until_said(&mut daemon, "declared").await;
    let id = land
        .memory()
        .await
        .incidents
        .keys()
        .next()
        .expect("one")
        .to_string();
    let gone: Rule = Box::new(move |path: &str, answer: &mut Value| {
        if let Some(all) = answer["incidents"].as_array_mut() {
            all.retain(|incident| incident["id"] != id.as_str());
        }
        path.contains(&id)
    });
    land.door.retells(gone);
    let mut says = until_said(&mut daemon, "is not there any more").await;
    let writes = land.door.writes();
    land.turn();
    until_over(&land, &mut daemon).await;
    for _ in 0..5 {
        says.extend(daemon.round().await.expect("a round").says);
    }
    assert_eq!(land.door.writes(), writes, "nothing is written on it");
    let told = says
        .iter()
        .filter(|s| s.contains("is not there any more"))
        .count();
    assert_eq!(told, 1, "{says:#?}");
}

async fn until_over(land: &Land, daemon: &mut Daemon) {
    for _ in 0..600 {
        daemon.round().await.expect("a round");
        let memory = land.memory().await;
        if memory.episodes.values().all(|e| e.is_over()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it is never over: {:#?}", land.memory().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detector_whose_clock_is_an_hour_off_is_understood() {
    for ahead in [-3_600, 3_600] {
        let land = Land::new("").await;
        land.truth.lock().expect("lock").ahead = ahead;
        let mut daemon = land.bridge().await;
        land.turn();
        until_said(&mut daemon, "declared").await;
        for _ in 0..5 {
            daemon.round().await.expect("a round");
            let memory = land.memory().await;
            let standing = memory.episodes.values().map(|e| e.standing.clone());
            assert_eq!(standing.collect::<Vec<_>>(), [Standing::Burning], "{ahead}");
        }
        land.turn();
        until_said(&mut daemon, "resolved: everything that burnt is over").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_it_goes_on_and_confirms_nothing_that_is_not_kept() {
    let mut bridge = Bridge::new(false).await;
    bridge.configure("every_seconds = 1\ninvestigate = false\nseverities = [\"none\"]\n");
    // Files may not grow beyond this: writing says so, as on a full disk.
    bridge.run_after("trap '' XFSZ; ulimit -f 600");
    let started = chrono::Utc::now().to_rfc3339();
    let detection = |n: usize| {
        json!({"started": started, "id": format!("d{n}"), "title": format!("Detection {n}"), "severity": "low",
            "status": "firing", "services": ["queue"], "summary": "x".repeat(6_000)})
    };
    bridge
        .until("that it listens", || async {
            bridge.report(json!([])).await == 200
        })
        .await;
    let (mut confirmed, mut refused) = (Vec::new(), 0);
    for n in 0..400 {
        match bridge.report(detection(n)).await {
            200 => confirmed.push(format!("d{n}")),
            503 => refused += 1,
            other => panic!("{other}: {}", bridge.log()),
        }
        if refused > 5 {
            break;
        }
    }
    assert!(
        refused > 5 && !confirmed.is_empty(),
        "{refused} of {}",
        confirmed.len()
    );
    assert!(bridge.runs(), "{}", bridge.log());
    bridge.kill();
    bridge.run();
    let kept = || {
        let all = bridge.episodes();
        let id = |e: &Value| e["detection"]["id"].as_str().unwrap_or_default().to_owned();
        all.iter()
            .map(id)
            .collect::<std::collections::BTreeSet<_>>()
    };
    bridge
        .until("all that was confirmed", || async {
            let kept = kept();
            confirmed.iter().all(|id| kept.contains(id))
        })
        .await;
    assert_eq!(
        bridge.report(detection(1_000)).await,
        200,
        "there is room again"
    );
}
