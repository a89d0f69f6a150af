//! Commands against the simulated organisation: what they print, how they fail, and what faults do to them.

#[path = "common/clock.rs"]
mod clock;
#[path = "common/simulated.rs"]
mod simulated;

use hotseat::sim;
use serde_json::Value;
use simulated::{Organisation, error};

/// What a command line prints, which is JSON.
fn json(org: &Organisation, line: &str) -> Value {
    org.json(&line.split_whitespace().collect::<Vec<_>>())
}

/// The same, where it is a list.
fn list(org: &Organisation, line: &str) -> Vec<Value> {
    match json(org, line) {
        Value::Array(all) => all,
        other => panic!("{line}: {other}"),
    }
}

#[test]
fn the_check_of_this_machine_tells_whether_the_configuration_names_somebody() {
    let org = Organisation::new("");
    let people = json(&org, "api GET /v2/users");
    let address = people["users"][0]["email"].as_str().expect("an address");
    let config = org.home.path().join("me.toml");
    for (me, mark, says) in [
        (address, "good", "You are "),
        (
            "nobody@larkfield.example",
            "bad",
            "Nobody here is \"nobody@larkfield.example\"",
        ),
    ] {
        std::fs::write(&config, format!("me = {me:?}")).expect("a configuration");
        let file = config.to_str().expect("a path");
        let checked = org.run(&["--config", file, "doctor", "--output", "json"]);
        let checks: Vec<Value> = serde_json::from_slice(&checked.stdout).expect("checks");
        let found = checks
            .iter()
            .find(|check| check["name"] == "me")
            .expect("it");
        assert_eq!(found["mark"], mark, "{found}");
        let said = found["says"].as_str().unwrap_or_default();
        assert!(said.contains(says), "{found}");
    }
}

#[test]
fn every_read_command_gives_json_to_a_pipe() {
    let org = Organisation::new("");
    let whole = "incidents list --status all --since 200d --limit 500";
    assert_eq!(list(&org, whole).len(), 120);
    for line in [
        "schedules",
        "schedules payments",
        "catalog types",
        "catalog search pay",
        "alerts",
        "escalations",
        "actions",
        "follow-ups",
        "post-mortems",
        "workflows",
        "workflows --runs",
    ] {
        assert!(!list(&org, line).is_empty(), "{line}");
    }
    assert_eq!(list(&org, "oncall").len(), 8);
    assert_eq!(list(&org, "alerts routes").len(), 3);
    let entry = org.json(&["catalog", "show", "checkout service"]);
    let needs = entry["needs"].as_array().expect("edges");
    assert!(needs.iter().any(|e| e["name"] == "payment-gateway"));
    assert_eq!(
        (&entry["tier"], &entry["owner"]),
        (&"1".into(), &"Checkout".into())
    );
    let pages = json(
        &org,
        "api GET /v2/incidents --field page_size=50 --paginate",
    );
    assert_eq!(pages["incidents"].as_array().map(Vec::len), Some(120));
    let table = org.run(&["incidents", "list", "--output", "table"]);
    assert!(String::from_utf8_lossy(&table.stdout).starts_with("ref"));
}

#[test]
fn no_secret_of_an_alert_source_is_printed() {
    let org = Organisation::new("");
    let sources = list(&org, "alerts sources");
    let names: Vec<&str> = sources.iter().filter_map(|s| s["name"].as_str()).collect();
    let expected = [
        "Bridge heartbeat",
        "Deployments",
        "Prometheus",
        "Security scanner",
        "Synthetic checks",
    ];
    assert_eq!(names, expected);
    assert!(!Value::from(sources).to_string().contains("sim-source"));
}

#[test]
fn incidents_are_narrowed_and_found_by_any_of_their_names() {
    let org = Organisation::new("");
    let open = list(&org, "incidents list");
    assert!(!open.is_empty());
    for incident in &open {
        assert_eq!(incident["category"], "live");
        assert!(incident["priority"].is_string(), "{incident}");
    }
    let severe = list(&org, "incidents list --status all --severity P0");
    assert!(!severe.is_empty() && severe.iter().all(|i| i["severity"] == "Storm"));
    let service = open[0]["service"].as_str().expect("a service");
    let on_it = list(
        &org,
        &format!("incidents list --service {service} --status all"),
    );
    assert!(!on_it.is_empty() && on_it.iter().all(|i| i["service"] == service));
    let reference = open[0]["reference"].as_str().expect("a reference");
    let id = open[0]["id"].as_str().expect("an id");
    for same in [reference, &reference["INC-".len()..], id] {
        let found = json(&org, &format!("incidents show {same}"));
        assert_eq!(found["reference"], reference);
    }
    let whole = json(
        &org,
        &format!("incidents show {reference} --include-timeline"),
    );
    let timeline = whole["timeline"].as_array().expect("a timeline");
    let times = timeline.iter().map(|i| i["at"].as_str().expect("a time"));
    assert!(timeline.len() > 3 && times.is_sorted());
    assert_eq!(
        list(&org, &format!("timeline {reference}")).len(),
        timeline.len()
    );
}

#[test]
fn a_list_that_ends_before_there_are_no_more_says_so() {
    let org = Organisation::new("");
    for (line, ends) in [
        ("incidents list --status all", true),
        ("incidents list --status all --limit 120", false),
        ("incidents list", false),
        ("escalations --limit 3", true),
        ("alerts --limit 3", true),
    ] {
        let done = org.run(&line.split(' ').collect::<Vec<_>>());
        let told = String::from_utf8(done.stderr).expect("letters");
        assert!(done.status.success(), "{line}: {told}");
        let says = told.contains("there are more: --limit");
        assert_eq!(says, ends, "{line}: {told}");
    }
}

#[test]
fn failures_have_their_code_their_sentence_and_their_exit() {
    let org = Organisation::new("");
    let key = org.running.as_ref().expect("running").key.clone();
    let (own, none, viewer) = (&*key, &*format!("{key}-none"), &*format!("{key}-viewer"));
    for (key, line, expected, says) in [
        ("", "incidents list", ("missing_api_key", 1), "hotseat demo"),
        (
            "has a space in it",
            "incidents list",
            ("user_error", 1),
            "space",
        ),
        (
            "sim-wrong-key-0000",
            "incidents list",
            ("http_401", 2),
            "new key",
        ),
        (none, "oncall", ("http_403", 2), "schedules.view"),
        (
            viewer,
            "api POST /v3/actions -f incident_id=x -f description=y",
            ("http_403", 2),
            "incident_editor",
        ),
        (own, "incidents show INC-999999", ("http_404", 2), "private"),
        (
            own,
            "incidents show ../users",
            ("user_error", 1),
            "not an incident",
        ),
        (
            own,
            "api POST /v2/incidents -f visibility=public -f idempotency_key=k",
            ("http_422", 2),
            "severity_id",
        ),
        (
            own,
            "api GET /v2/incidents?page_size=9999",
            ("http_422", 2),
            "between 1 and 500",
        ),
        (
            own,
            "incidents list --severity Nope",
            ("user_error", 1),
            "Storm",
        ),
        (
            own,
            "incidents list --service nothing-like-it",
            ("user_error", 1),
            "catalog search",
        ),
        (own, "schedules on-call", ("user_error", 1), "say which"),
        (
            own,
            "--read-only api POST /v3/actions -f incident_id=x",
            ("user_error", 1),
            "read-only",
        ),
        (own, "incidents list --bogus", ("user_error", 1), "--bogus"),
        (
            own,
            "incidents list --since yesterday",
            ("user_error", 1),
            "2026-11-01",
        ),
        (
            own,
            "incidents list --base-url http://127.0.0.1:9",
            ("network_error", 3),
            "refused",
        ),
        (
            own,
            "incidents list --base-url http://api.example",
            ("user_error", 1),
            "https",
        ),
        (
            own,
            "incidents list --config /nonexistent",
            ("user_error", 1),
            "Cannot read the config",
        ),
        (
            own,
            "incidents list --ca-cert /dev/null",
            ("user_error", 1),
            "no PEM certificate",
        ),
        ("", "", ("missing_api_key", 1), "INCIDENT_IO_API_KEY"),
        (own, "", ("user_error", 1), "needs a terminal"),
        (
            own,
            "incidents list --severty P1",
            ("user_error", 1),
            "Tip: a similar argument exists: '--severity'.",
        ),
        (own, "export --out /", ("user_error", 1), "/ is a folder"),
        (
            own,
            "export --out /dev/null",
            ("user_error", 1),
            "is there already",
        ),
    ] {
        let args: Vec<&str> = line.split_whitespace().collect();
        let output = org.run_with(key, &args);
        let told = error(&output);
        let is = (told["error"].as_str(), output.status.code());
        assert_eq!(is, (Some(expected.0), Some(expected.1)), "{line}: {told}");
        assert!(told.to_string().contains(says), "{line}: {told}");
    }
}

#[test]
fn faults_of_the_api_end_in_an_answer_or_in_a_sentence() {
    for (faults, succeeds, says) in [
        ("kind = \"slow\"\ndelay_ms = 300", true, ""),
        (
            "kind = \"status\"\nstatus = 500\ntimes = 0\n[[fault]]\npath = \"/v3/catalog_types\"\nkind = \"html\"",
            true,
            "",
        ),
        ("kind = \"status\"\nstatus = 500\ntimes = 2", true, ""),
        ("kind = \"status\"\nstatus = 429\ntimes = 1", true, ""),
        ("kind = \"drop\"\ntimes = 2", true, ""),
        ("kind = \"half\"\ntimes = 2", true, ""),
        ("kind = \"wrong_types\"", true, ""),
        ("kind = \"nulls\"", true, ""),
        ("kind = \"html\"", false, "a web page instead of JSON"),
        (
            "kind = \"garbage\"",
            false,
            "something broken instead of JSON",
        ),
        ("kind = \"status\"\nstatus = 503", false, "status 503"),
        ("kind = \"half\"", false, "closed in the middle"),
    ] {
        let org = Organisation::new(&format!("[[fault]]\npath = \"/v2/incidents\"\n{faults}\n"));
        let output = org.run(&["incidents", "list", "--status", "all"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.success(), succeeds, "{faults}: {told}");
        assert!(
            told.contains(says) && !told.contains('\u{1b}') && !told.contains("panicked"),
            "{faults}: {told}"
        );
    }
}

#[test]
fn an_export_can_be_replayed() {
    let org = Organisation::new("");
    let dir = tempfile::tempdir().expect("a folder");
    for (file, path) in [
        ("incidents", "/v2/incidents"),
        ("severities", "/v1/severities"),
        ("catalog_types", "/v3/catalog_types"),
        ("schedules", "/v2/schedules"),
        ("users", "/v2/users"),
    ] {
        let body = org.json(&["api", "GET", path, "--paginate"]);
        std::fs::write(dir.path().join(format!("{file}.json")), body.to_string()).expect("written");
    }
    let options = sim::Options {
        data: Some(dir.path().to_owned()),
        clock: clock::clock(),
        ..sim::Options::default()
    };
    let replayed = Organisation::with(options);
    let ids = |org: &Organisation| {
        org.json(&["incidents", "list", "--status", "all", "--limit", "500"])
            .as_array()
            .expect("a list")
            .iter()
            .map(|i| i["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&replayed), ids(&org));
    assert!(
        !replayed.json(&["oncall"])[0]["now"]
            .as_array()
            .expect("shifts")
            .is_empty()
    );
}

#[test]
fn the_same_seed_makes_the_same_organisation() {
    let names = |org: &Organisation| {
        org.json(&["incidents", "list", "--status", "all", "--limit", "500"])
            .as_array()
            .expect("a list")
            .iter()
            .map(|i| (i["id"].clone(), i["name"].clone(), i["lead"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&Organisation::new("")), names(&Organisation::new("")));
}

#[test]
fn the_picture_goes_by_the_clock_it_is_given() {
    let drawn = std::process::Command::new(env!("CARGO_BIN_EXE_hotseat"))
        .args(["picture", "--text", "--now=2028-02-29T12:00:30Z"])
        .env_clear()
        .env("LANG", "C.UTF-8")
        .output()
        .expect("it runs");
    let screen = String::from_utf8_lossy(&drawn.stdout);
    let times: Vec<&str> = screen
        .lines()
        .filter(|line| line.contains(" activity "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    // The outage of that noon, or what was open since the evening before, which was a Monday.
    let is_then = |time: &&str| {
        let time = time.trim_start_matches('\u{258c}');
        time.starts_with("12:0") || time == "Mon"
    };
    assert!(!times.is_empty() && times.iter().all(is_then), "{screen}");
}

impl Organisation {
    /// What a command that must succeed tells a person.
    fn text(&self, args: &[&str]) -> String {
        let output = self.run(&[args, &["--output", "table"]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[test]
fn every_table_with_times_names_their_zone_once() {
    let org = Organisation::new("");
    std::fs::create_dir_all(org.home.path().join(".config/hotseat")).expect("a folder");
    let config = org.home.path().join(".config/hotseat/config.toml");
    std::fs::write(config, "utc = true\n").expect("written");
    let open = org.json(&["incidents", "list"]);
    let reference = open[0]["reference"].as_str().expect("a reference");
    for (args, head) in [
        (vec!["oncall"], "until (UTC)"),
        (vec!["schedules", "payments"], "from (UTC)"),
        (vec!["alerts"], "since (UTC)"),
        (vec!["escalations"], "since (UTC)"),
        (vec!["workflows", "--runs"], "when (UTC)"),
        (vec!["timeline", reference], "time (UTC)"),
        (vec!["changes", "--within", "200h"], "when (UTC)"),
        (vec!["journal", "list"], "recorded (UTC)"),
        (
            vec!["incidents", "show", reference, "--include-timeline"],
            "Timeline (UTC)",
        ),
        (vec!["handover"], "UTC"),
    ] {
        let text = org.text(&args);
        let named = text.lines().any(|line| line.contains(head));
        assert!(named, "{args:?}: {text}");
        assert!(!text.contains("{zone}"), "{args:?}: {text}");
    }
}

#[test]
fn on_call_says_which_duty_is_mine() {
    let org = Organisation::new("");
    let schedules = org.json(&["oncall"]);
    let name = schedules[0]["now"][0]["person"]["name"].as_str();
    let name = name.expect("somebody").to_owned();
    std::fs::create_dir_all(org.home.path().join(".config/hotseat")).expect("a folder");
    let config = org.home.path().join(".config/hotseat/config.toml");
    std::fs::write(config, format!("me = \"{name}\"\n")).expect("written");
    let text = org.text(&["oncall"]);
    assert!(text.contains(&format!("{name} (you)")), "{text}");
    assert_eq!(org.json(&["oncall"]), schedules, "JSON stays as it is");
}

#[test]
fn an_analysis_says_what_its_number_is_out_of() {
    let org = Organisation::new("");
    let all = org.text(&["analyze", "--since", "2000-01-01"]);
    assert!(
        all.contains("Of 120 incidents in all: 120 in this period, 0 older."),
        "{all}"
    );
    let narrowed = org.json(&["analyze", "--since", "30d", "--filter", "sev:P0"]);
    let number = |name: &str| narrowed[name].as_u64().expect("a number");
    let (declared, count) = (number("declared"), number("count"));
    assert_eq!(number("organisation"), 120);
    assert!(count < declared && declared < 120, "{narrowed}");
    let text = org.text(&["analyze", "--since", "30d", "--filter", "sev:P0"]);
    let says = format!(
        "Of 120 incidents in all: {declared} in this period, {} older, {} left out by the filter.",
        120 - declared,
        declared - count
    );
    assert!(text.contains(&says), "{says}: {text}");
}
