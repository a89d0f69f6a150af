//! Commands against the simulated organisation: what they print, how they fail, and what faults do to them.

#[path = "common/clock.rs"]
mod clock;
#[path = "common/simulated.rs"]
mod simulated;

use hotseat::sim;
use simulated::{Organisation, error};

#[test]
fn every_read_command_gives_json_to_a_pipe() {
    let org = Organisation::new("");
    let all = org.json(&[
        "incidents",
        "list",
        "--status",
        "all",
        "--since",
        "200d",
        "--limit",
        "500",
    ]);
    let all = all.as_array().expect("a list");
    assert_eq!(all.len(), 120);
    let open = org.json(&["incidents", "list"]);
    assert!(
        open.as_array()
            .expect("a list")
            .iter()
            .all(|i| i["category"] == "live" && i["priority"].is_string())
    );
    let sources = org.json(&["alerts", "sources"]);
    let names: Vec<&str> = sources
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|s| s["name"].as_str())
        .collect();
    let expected = [
        "Bridge heartbeat",
        "Deployments",
        "Prometheus",
        "Security scanner",
        "Synthetic checks",
    ];
    assert_eq!(names, expected);
    assert!(!sources.to_string().contains("sim-source"), "no secret");
    let routes = org.json(&["alerts", "routes"]);
    assert_eq!(routes.as_array().map(Vec::len), Some(3));
    let severe = org.json(&["incidents", "list", "--status", "all", "--severity", "P0"]);
    assert!(
        severe
            .as_array()
            .expect("a list")
            .iter()
            .all(|i| i["severity"] == "Storm")
    );
    let service = open[0]["service"].as_str().expect("a service").to_owned();
    let of_service = org.json(&[
        "incidents",
        "list",
        "--service",
        &service,
        "--status",
        "all",
    ]);
    assert!(
        of_service
            .as_array()
            .expect("a list")
            .iter()
            .all(|i| i["service"] == service.as_str())
    );
    let reference = open[0]["reference"]
        .as_str()
        .expect("a reference")
        .to_owned();
    for same in [
        reference.clone(),
        reference[4..].to_owned(),
        open[0]["id"].as_str().expect("an id").to_owned(),
    ] {
        assert_eq!(
            org.json(&["incidents", "show", &same])["reference"],
            reference.as_str()
        );
    }
    let detail = org.json(&["incidents", "show", &reference, "--include-timeline"]);
    let times: Vec<&str> = detail["timeline"]
        .as_array()
        .expect("a timeline")
        .iter()
        .map(|i| i["at"].as_str().expect("a time"))
        .collect();
    assert!(times.len() > 3 && times.is_sorted());
    assert_eq!(
        org.json(&["timeline", &reference]).as_array().map(Vec::len),
        Some(times.len())
    );
    assert_eq!(org.json(&["oncall"]).as_array().map(Vec::len), Some(8));
    let entry = org.json(&["catalog", "show", "checkout service"]);
    assert!(
        entry["needs"]
            .as_array()
            .expect("edges")
            .iter()
            .any(|e| e["name"] == "payment-gateway")
            && entry["tier"] == "1"
            && entry["owner"] == "Checkout"
    );
    for args in [
        vec!["schedules"],
        vec!["schedules", "payments"],
        vec!["catalog", "types"],
        vec!["catalog", "search", "pay"],
        vec!["alerts"],
        vec!["escalations"],
        vec!["actions"],
        vec!["follow-ups"],
        vec!["post-mortems"],
        vec!["workflows"],
        vec!["workflows", "--runs"],
    ] {
        assert!(
            !org.json(&args).as_array().expect("a list").is_empty(),
            "{args:?}"
        );
    }
    let pages = org.json(&[
        "api",
        "GET",
        "/v2/incidents",
        "--field",
        "page_size=50",
        "--paginate",
    ]);
    assert_eq!(pages["incidents"].as_array().map(Vec::len), Some(120));
    let table = org.run(&["incidents", "list", "--output", "table"]);
    assert!(String::from_utf8_lossy(&table.stdout).starts_with("ref"));
}

#[test]
fn failures_have_their_code_their_sentence_and_their_exit() {
    let org = Organisation::new("");
    let key = org.running.as_ref().expect("running").key.clone();
    for (key, args, code, exit, says) in [
        (
            "",
            vec!["incidents", "list"],
            "missing_api_key",
            1,
            "hotseat demo",
        ),
        (
            "has a space in it",
            vec!["incidents", "list"],
            "user_error",
            1,
            "space",
        ),
        (
            "sim-wrong-key-0000",
            vec!["incidents", "list"],
            "http_401",
            2,
            "new key",
        ),
        (
            &format!("{key}-none"),
            vec!["oncall"],
            "http_403",
            2,
            "schedules.view",
        ),
        (
            &format!("{key}-viewer"),
            vec![
                "api",
                "POST",
                "/v3/actions",
                "-f",
                "incident_id=x",
                "-f",
                "description=y",
            ],
            "http_403",
            2,
            "incident_editor",
        ),
        (
            &key,
            vec!["incidents", "show", "INC-999999"],
            "http_404",
            2,
            "private",
        ),
        (
            &key,
            vec!["incidents", "show", "../users"],
            "user_error",
            1,
            "not an incident",
        ),
        (
            &key,
            vec![
                "api",
                "POST",
                "/v2/incidents",
                "-f",
                "visibility=public",
                "-f",
                "idempotency_key=k",
            ],
            "http_422",
            2,
            "severity_id",
        ),
        (
            &key,
            vec!["api", "GET", "/v2/incidents?page_size=9999"],
            "http_422",
            2,
            "between 1 and 500",
        ),
        (
            &key,
            vec!["incidents", "list", "--severity", "Nope"],
            "user_error",
            1,
            "Storm",
        ),
        (
            &key,
            vec!["incidents", "list", "--service", "nothing-like-it"],
            "user_error",
            1,
            "catalog search",
        ),
        (
            &key,
            vec!["schedules", "on-call"],
            "user_error",
            1,
            "say which",
        ),
        (
            &key,
            vec![
                "--read-only",
                "api",
                "POST",
                "/v3/actions",
                "-f",
                "incident_id=x",
            ],
            "user_error",
            1,
            "read-only",
        ),
        (
            &key,
            vec!["incidents", "list", "--bogus"],
            "user_error",
            1,
            "--bogus",
        ),
        (
            &key,
            vec!["incidents", "list", "--since", "yesterday"],
            "user_error",
            1,
            "2026-11-01",
        ),
        (
            &key,
            vec!["incidents", "list", "--base-url", "http://127.0.0.1:9"],
            "network_error",
            3,
            "refused",
        ),
        (
            &key,
            vec!["incidents", "list", "--base-url", "http://api.example"],
            "user_error",
            1,
            "https",
        ),
        (
            &key,
            vec!["incidents", "list", "--config", "/nonexistent"],
            "user_error",
            1,
            "Cannot read the config",
        ),
        (
            &key,
            vec!["incidents", "list", "--ca-cert", "/dev/null"],
            "user_error",
            1,
            "no PEM certificate",
        ),
        ("", vec![], "missing_api_key", 1, "INCIDENT_IO_API_KEY"),
        (&key, vec![], "user_error", 1, "needs a terminal"),
    ] {
        let output = org.run_with(key, &args);
        let told = error(&output);
        assert_eq!(
            (told["error"].as_str(), output.status.code()),
            (Some(code), Some(exit)),
            "{args:?}: {told}"
        );
        assert!(told.to_string().contains(says), "{args:?}: {told}");
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
