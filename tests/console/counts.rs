//! What is counted in one place is what is listed in another, over the whole simulated organisation.

use crate::common::Console;
use hotseat::config::{self, Overrides};
use hotseat::console::items;
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::ListKind;
use hotseat::domain::IncidentSummary;
use hotseat::domain::query::quoted;
use hotseat::session::{Access, Change, Query, Session, StatusChoice};
use hotseat::sim;
use std::net::SocketAddr;
use std::sync::Arc;

/// A simulated organisation at a standstill, and a session with it.
async fn organisation() -> (sim::Running, Session) {
    served(sim::Options {
        incidents: 150,
        speed: 0.0,
        ..sim::Options::default()
    })
    .await
}

async fn served(options: sim::Options) -> (sim::Running, Session) {
    let here = SocketAddr::from(([127, 0, 0, 1], 0));
    let running = sim::start(options, here).await.expect("an organisation");
    let flags = Overrides {
        file: Some("/dev/null".into()),
        ..Overrides::default()
    };
    let config = config::load(&flags).expect("defaults");
    let access = Access::simulated(&config, &running.url, running.key.clone().into());
    let session = Session::open(access).expect("a session");
    (running, session)
}

/// A console that knows all of it.
async fn console(session: &Session) -> Console {
    let mut console = Console::new(100, 200);
    let org = session.org().await.expect("the organisation");
    let all = Query {
        status: StatusChoice::All,
        limit: 10_000,
        ..Query::default()
    };
    let incidents = session.list(&all).await.expect("incidents").items;
    let rows: Vec<Arc<IncidentSummary>> = incidents.into_iter().map(|i| Arc::new(i.row)).collect();
    console.tell(Change::Org(Box::new(org)));
    console.tell(Change::Rows {
        rows,
        whole: true,
        cached: false,
    });
    let graph = session.catalog().await.expect("the catalog");
    console.tell(Change::Catalog(Arc::new(graph)));
    console
}

/// What pane 4 says is open on each entry of the type it shows: name and count, from the screen.
fn counted(console: &Console) -> Vec<(String, usize)> {
    let shown = console.state.catalog.shown();
    let screen = console.screen();
    let lines: Vec<&str> = screen.lines().collect();
    let line = |name: &str| {
        let is_it = |l: &&&str| {
            let words = l.trim_start_matches(['▌', ' ']);
            words
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(' '))
        };
        lines.iter().find(is_it).copied()
    };
    let open = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut pairs = words.windows(2);
        pairs.find(|pair| pair[1] == "open")?[0].parse().ok()
    };
    shown
        .iter()
        .map(|e| (e.name.clone(), line(&e.name).and_then(open).unwrap_or(0)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalog_its_cards_the_filter_and_the_commands_count_the_same() {
    let (_running, session) = organisation().await;
    let mut console = console(&session).await;
    let kinds: Vec<String> = console
        .state
        .catalog
        .kinds()
        .iter()
        .map(|k| k.name.clone())
        .collect();
    let mut busy = (0, 0);
    for (at, kind) in kinds
        .iter()
        .enumerate()
        .filter(|(_, k)| *k == "Service" || *k == "Team")
    {
        console.keys("1 esc esc 4 + g");
        console.state.catalog.kind = at;
        console.pause();
        let counted = counted(&console);
        for (place, (name, open)) in counted.iter().enumerate() {
            console.keys("4");
            let entry = console.state.catalog.shown()[place].clone();
            console.state.catalog.cursor.id = Some(entry.id.to_string());
            console.pause();
            console.keys("enter");
            let card = console.screen();
            let listed_on_card = card
                .lines()
                .skip_while(|l| !l.contains("Open incidents"))
                .take_while(|l| !l.contains("all its incidents"))
                .filter(|l| l.contains("INC-"))
                .count();
            assert_eq!(listed_on_card, *open, "the card of {kind} {name}\n{card}");
            console.keys("esc 1");
            let word = console.state.catalog.graph.word_for(&entry).to_owned();
            console.state.incidents.filter.typed = format!("service:{}", quoted(&word));
            console.state.incidents.filter.open_only = false;
            console.tell(Change::Catalog(console.state.catalog.graph.clone()));
            let incidents = &console.state.incidents;
            let listed = incidents
                .visible
                .iter()
                .map(|at| &incidents.asked[*at as usize]);
            let (burning, over): (Vec<_>, Vec<_>) = listed.partition(|row| row.category.is_open());
            assert_eq!(
                burning.len(),
                *open,
                "{} lists",
                console.state.incidents.filter.typed
            );
            let asked = Query {
                service: Some(name.clone()),
                status: StatusChoice::All,
                limit: 10_000,
                ..Query::default()
            };
            let told = session.list(&asked).await;
            let told = told.map_or(0, |l| l.items.len());
            assert_eq!(told, burning.len() + over.len(), "--service \"{name}\"");
            busy = (
                busy.0 + usize::from(*open > 0 && kind == "Team"),
                busy.1 + told,
            );
            console.keys("esc");
        }
    }
    assert!(busy.0 > 0 && busy.1 > 0, "{busy:?}: nothing was compared");
    assert!(!console.asked.iter().any(|cmd| matches!(cmd, Cmd::Quit)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_was_read_up_to_its_limit_says_that_there_are_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, rows: Vec<serde_json::Value>| {
        let body = serde_json::json!({ name: rows }).to_string();
        std::fs::write(folder.path().join(format!("{name}.json")), body).expect("written");
    };
    let row = |n: usize| {
        serde_json::json!({
            "id": format!("01{n:06}"),
            "incident_id": "01I",
            "description": "Restart it",
            "title": "Restart it",
            "status": "outstanding",
            "created_at": "2026-11-20T14:00:00Z",
        })
    };
    file("incidents", vec![]);
    for (name, count) in [
        ("actions", 5_001),
        ("follow_ups", 5_000),
        ("postmortem_documents", 1_001),
        ("workflows", 2_001),
    ] {
        file(name, (0..count).map(row).collect());
    }
    let (_running, session) = served(sim::Options {
        data: Some(folder.path().into()),
        speed: 0.0,
        ..sim::Options::default()
    })
    .await;
    for (kind, count) in [
        (ListKind::Actions, "5000+"),
        (ListKind::FollowUps, "5000"),
        (ListKind::Documents, "1000+"),
        (ListKind::Workflows, "2000+"),
    ] {
        let (items, more) = items::of_list(&session, kind).await.expect("a list");
        let mut console = Console::filled(120, 40);
        console.keys(&"] ".repeat(kind as usize));
        console.tell(News::List(kind, items));
        if more {
            console.tell(News::More(Topic::List(kind)));
        }
        let screen = console.screen();
        let title = screen.lines().next().unwrap_or_default();
        assert!(title.ends_with(&format!(" {count} ")), "{kind:?}: {title}");
    }
}
