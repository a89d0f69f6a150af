//! Neither our key nor anybody's secret goes anywhere, is shown, or is left behind.

use crate::server::{Answer, KEY, Organisation, Server, error, identity, program, run, with};
use crate::session::Session;
use std::os::unix::fs::PermissionsExt;

/// Runs with a configuration; what it printed on either side.
fn with_config(url: &str, config: &str, args: &[&str], env: &[(&str, &str)]) -> String {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("config.toml");
    std::fs::write(&file, config).expect("written");
    let file = file.display().to_string();
    let args: Vec<&str> = ["--config", &file]
        .into_iter()
        .chain(args.iter().copied())
        .collect();
    let mut command = program(home.path(), url, &args);
    command.envs(env.iter().copied());
    if url.is_empty() {
        command.env_remove("INCIDENT_IO_BASE_URL");
    }
    let output = command.output().expect("it runs");
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn api() -> Server {
    Server::start(|r| match r.path() {
        "/v1/severities" => with(r#"{"severities":[]}"#),
        _ => identity(),
    })
}

#[test]
fn a_redirect_takes_no_key_along() {
    let thief = Server::start(|_| with("{}"));
    let to = thief.url.clone();
    let server = Server::start(move |_| Answer {
        status: "307 Temporary Redirect",
        headers: format!("location: {to}/taken\r\n"),
        ..with("{}")
    });
    let url = &server.url;
    for provider in ["anthropic", "openai"] {
        let config = format!(
            "[model]\nprovider = \"{provider}\"\nname = \"m\"\nurl = \"{url}\"\nkey = {{ env = \"MODEL_KEY\" }}\n\
             [[sources.prometheus]]\nname = \"metrics\"\nurl = \"{url}\"\naccess = {{ headers = {{ \"X-Api-Key\" = \"header-secret\" }} }}\n"
        );
        let said = with_config(
            &api().url,
            &config,
            &["doctor"],
            &[("MODEL_KEY", "model-secret")],
        );
        assert!(said.contains("is somewhere else now"), "{said}");
    }
    assert!(server.heads().contains("model-secret") && server.heads().contains("header-secret"));
    let told = run(url, &["workflows"]);
    assert!(String::from_utf8_lossy(&told.stderr).contains("ask elsewhere (status 307)"));
    assert_eq!(thief.heads(), "");
}

#[test]
fn nothing_secret_is_sent_where_everybody_on_the_way_can_read_it() {
    for config in [
        "[model]\nprovider = \"anthropic\"\nname = \"m\"\nurl = \"http://model.example\"\nkey = { env = \"MODEL_KEY\" }\n",
        "[model]\nprovider = \"openai\"\nname = \"m\"\nurl = \"http://model.example\"\nkey = { env = \"MODEL_KEY\" }\n",
        "[[sources.prometheus]]\nname = \"a\"\nurl = \"http://m.example\"\naccess = { headers = { Authorization = \"Bearer x\" } }\n",
        "[[sources.prometheus]]\nname = \"a\"\nurl = \"http://user:pass@m.example\"\n",
        "[[sources.changes]]\nname = \"a\"\nkind = \"json\"\nurl = \"http://m.example/x?token=abc\"\nfields = { at = \"/at\", title = \"/t\" }\n",
    ] {
        let said = with_config(
            &api().url,
            config,
            &["doctor"],
            &[("MODEL_KEY", "model-secret")],
        );
        assert!(said.contains("plain http"), "{config}: {said}");
    }
    let tenant = "[[sources.prometheus]]\nname = \"a\"\nurl = \"http://m.invalid\"\naccess = { headers = { X-Scope-OrgID = \"prod\" } }\n";
    let said = with_config(&api().url, tenant, &["doctor"], &[]);
    assert!(
        !said.contains("plain http"),
        "a tenant is no secret: {said}"
    );
}

#[test]
fn the_configuration_is_shown_without_what_lets_somebody_in() {
    let config = "[[sources.prometheus]]\nname = \"a\"\nurl = \"https://me:hush1@m.example/p?apikey=hush2\"\naccess = { headers = { X-Any = \"hush3\" } }\n\
        [[sources.logs]]\nname = \"l\"\nkind = \"command\"\ncommand = [\"logcli\", \"--bearer-token\", \"hush4\", \"--password=hush5\", \"$service\"]\n\
        [[sources.changes]]\nname = \"c\"\nkind = \"json\"\nurl = \"https://c.example/x?token=hush6&a=b\"\nfields = { at = \"/at\", title = \"/t\" }\n";
    let said = with_config("https://api.example", config, &["config", "show"], &[]);
    assert!(!said.contains("hush"), "{said}");
    assert!(
        said.contains("m.example/p") && said.contains("logcli") && said.contains("a=b"),
        "{said}"
    );
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    for config in [
        "[model]\nkey = \"hush-model\"\n",
        "[slack]\ntoken = \"hush-slack\"\n",
        "base_url = \"http://user:hush-url@api.example\"\n",
    ] {
        let said = with_config("", config, &["workflows"], &[]);
        assert!(
            said.contains("user_error") && !said.contains("hush"),
            "{said}"
        );
    }
}

#[test]
fn an_answer_that_gives_the_key_back_is_shown_without_it() {
    let echo = |r: &crate::server::Request| {
        let words = r.head.replace(['\r', '\n'], " ");
        let failed = r.path() == "/v2/workflows";
        Answer {
            status: if failed {
                "422 Unprocessable"
            } else {
                "200 OK"
            },
            headers: format!("x-request-id: {KEY}\r\n"),
            ..with(format!(
                r#"{{"type":"x","request_id":"{KEY}","errors":[{{"code":"{KEY}","message":"{words}"}}],"actions":[{{"id":"a","incident_id":"i","description":"{words}"}}],"{KEY}":1}}"#
            ))
        }
    };
    let server = Server::start(echo);
    for args in [
        ["workflows"].as_slice(),
        &["actions"],
        &["api", "GET", "/v3/actions"],
        &["api", "GET", "/v3/actions", "--paginate"],
        &["api", "POST", "/v3/actions", "-f", "a=b"],
    ] {
        let output = run(&server.url, args);
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("(hidden)") && !said.contains(KEY),
            "{args:?}: {said}"
        );
    }
    assert_eq!(
        error(&run(&server.url, &["workflows"]))["request_id"],
        "(hidden)"
    );
}

#[test]
fn a_program_that_is_started_does_not_inherit_the_key() {
    let home = tempfile::tempdir().expect("a folder");
    let seen = |of: &str| home.path().join(of);
    let script = home.path().join("tell.sh");
    let text = "#!/bin/sh\nenv > \"$(dirname \"$0\")/$1\"\necho inc_given_by_a_command\n";
    std::fs::write(&script, text).expect("written");
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o700)).expect("a mode");
    let shown = script.display();
    let config = format!(
        "[[sources.prometheus]]\nname = \"a\"\nurl = \"https://m.invalid\"\naccess = {{ token = {{ command = [\"{shown}\", \"secret\"] }} }}\n\
         [[sources.logs]]\nname = \"l\"\nkind = \"command\"\ncommand = [\"{shown}\", \"log\", \"--token\", \"hush-token\"]\n"
    );
    let file = home.path().join("config.toml");
    std::fs::write(&file, config).expect("written");
    let file = file.display().to_string();
    let organisation = Organisation::with_faults("");
    let ask = |args: &[&str]| {
        let args: Vec<&str> = ["--config", &file]
            .into_iter()
            .chain(args.iter().copied())
            .collect();
        let mut command = organisation.program(home.path(), &args);
        command
            .env("INCIDENT_API_KEY", "second")
            .env("INCIDENT_IO_API_TOKEN", "third")
            .env("OTHER", "kept");
        String::from_utf8_lossy(&command.output().expect("it runs").stdout).into_owned()
    };
    let listed = ask(&["incidents", "list", "--status", "all", "--limit", "1"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    let reference = listed[0]["reference"].as_str().expect("an incident");
    let found = ask(&["investigate", reference]);
    assert!(!found.contains("hush-token"), "{found}");
    for of in ["secret", "log"] {
        let seen =
            std::fs::read_to_string(seen(of)).unwrap_or_else(|e| panic!("{of}: {e}: {found}"));
        assert!(seen.contains("OTHER=kept"), "{seen}");
        assert!(
            !seen.contains("INCIDENT_IO_API_KEY")
                && !seen.contains("second")
                && !seen.contains("third"),
            "{of}: {seen}"
        );
    }
}

#[test]
fn a_crash_leaves_no_image_and_the_log_is_its_owners_alone() {
    let server = api();
    let env = [
        ("INCIDENT_IO_BASE_URL", server.url.as_str()),
        ("INCIDENT_IO_API_KEY", KEY),
    ];
    let mut session = Session::start_with(&[], 120, 40, &env);
    session.wait_for("Incidents");
    let pid = session.child.process_id().expect("a process");
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).expect("limits");
    let core = limits
        .lines()
        .find(|l| l.starts_with("Max core file size"))
        .expect("a limit");
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    let logs = session.home.path().join(".local/state/hotseat");
    let modes: Vec<u32> = std::fs::read_dir(&logs)
        .expect("a folder of logs")
        .flatten()
        .filter(|f| f.path().extension().is_some_and(|e| e == "log"))
        .map(|f| f.metadata().expect("a file").permissions().mode() & 0o777)
        .collect();
    assert!(
        !modes.is_empty() && modes.iter().all(|m| *m == 0o600),
        "{modes:?}"
    );
    session.press("q");
    assert!(session.ended().success());
}
