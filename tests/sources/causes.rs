//! Counters in a real Prometheus, files, commands, a repository, a feed and a model lead to the cause; what fails is told as missing.

use crate::monitoring;
use crate::shop::{OTEL, Shop, scripted, shop};
use serde_json::json;
use std::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn counters_in_a_real_prometheus_lead_to_the_cause() {
    let shop = tokio::task::spawn_blocking(shop).await.expect("a shop");
    let config = shop.config("plain.toml", OTEL);
    let found = shop.asked.json(&config, &["investigate", "INC-1"]);
    let top = &found["hypotheses"][0];
    assert_eq!(
        (top["service"].as_str(), found["settled"].as_bool()),
        (Some("bank"), Some(true)),
        "{found:#}"
    );
    assert!(top["confidence"].as_u64().is_some_and(|c| c >= 80));
    let onset = chrono::DateTime::parse_from_rfc3339(found["onset"].as_str().expect("an onset"))
        .expect("a time")
        .timestamp();
    assert!(
        (onset - shop.fault).abs() <= 120,
        "the onset is {} s off",
        onset - shop.fault
    );
    // Every citation stands on evidence with a query that the server answers.
    for id in top["evidence_for"].as_array().expect("ids") {
        let fact = found["evidence"]
            .as_array()
            .expect("facts")
            .iter()
            .find(|e| e["id"] == *id)
            .expect("a fact");
        assert!(
            fact["query"].as_str().is_some_and(|q| q.contains("bank"))
                && fact["normal"].is_string(),
            "{fact}"
        );
    }
    let again = shop.asked.run(&config, &["investigate", "INC-1"]).stdout;
    assert_eq!(
        again,
        shop.asked.run(&config, &["investigate", "INC-1"]).stdout,
        "the same input gives the same bytes"
    );

    files_commands_git_and_a_feed(&shop).await;
    a_model_rephrases_and_decides_nothing(&shop).await;
    sources_that_fail_are_missing_evidence(&shop).await;
}

async fn files_commands_git_and_a_feed(shop: &Shop) {
    let logs = shop.dir.path().join("logs");
    std::fs::create_dir_all(&logs).expect("a folder");
    let line = |t: i64, text: &str| format!("{} {text}\n", monitoring::stamp(t));
    let mut bank: String = (-90..30)
        .map(|m| line(shop.fault + m * 60, "info: transfer done in 12 ms"))
        .collect();
    bank.push_str(
        &(0..12)
            .map(|n| {
                line(
                    shop.fault + n * 20,
                    "error: ledger lock timeout after 3000 ms \u{1b}[31mred\u{1b}[0m",
                )
            })
            .collect::<String>(),
    );
    bank.push_str(&"x".repeat(2 << 20));
    std::fs::write(logs.join("bank.log"), bank).expect("a log");
    let repository = shop.dir.path().join("bank");
    let git = |arguments: &[&str]| {
        let when = format!("@{} +0000", shop.fault - 180);
        let done = Command::new("git")
            .arg("-C")
            .arg(&repository)
            .args(arguments)
            .envs([("GIT_AUTHOR_DATE", &when), ("GIT_COMMITTER_DATE", &when)])
            .envs([
                ("GIT_AUTHOR_NAME", "Ines"),
                ("GIT_AUTHOR_EMAIL", "i@x"),
                ("GIT_COMMITTER_NAME", "Ines"),
                ("GIT_COMMITTER_EMAIL", "i@x"),
            ])
            .output()
            .expect("git runs");
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    std::fs::create_dir_all(&repository).expect("a folder");
    git(&["init", "-q"]);
    git(&[
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "Take the ledger lock earlier",
    ]);
    git(&["tag", "v3.1"]);
    let flag_at = monitoring::stamp(shop.fault - 1200);
    let (feed, asked) = scripted(move |_, _| {
        json!({"items": [{"when": flag_at, "what": "Flag fast-quiet turned on", "app": {"name": "quiet"}, "kind": "flag "}]}).to_string()
    })
    .await;
    let config = shop.config(
        "all.toml",
        &format!(
            "{OTEL}[[sources.logs]]\nname = \"files\"\nkind = \"file\"\npath = \"{}/$service.log\"\n\
             [[sources.logs]]\nname = \"tail\"\nkind = \"command\"\ncommand = [\"echo\", \"{} warn: $service says hello; $(touch {}/owned)\"]\n\
             [[sources.changes]]\nname = \"repository\"\nkind = \"git\"\npath = \"{}\"\nservice = \"bank\"\n\
             [[sources.changes]]\nname = \"flags\"\nkind = \"json\"\nurl = \"{feed}/v1?from=$from\"\n\
             fields = {{ items = \"/items\", at = \"/when\", title = \"/what\", service = \"/app/name\", class = \"/kind\" }}\n",
            logs.display(),
            monitoring::stamp(shop.fault + 60),
            shop.dir.path().display(),
            repository.display()
        ),
    );
    let found = shop.asked.json(&config, &["investigate", "INC-1"]);
    let top = &found["hypotheses"][0];
    assert_eq!(
        (top["service"].as_str(), top["kind"].as_str()),
        (Some("bank"), Some("deploy")),
        "{found:#}"
    );
    assert_eq!(top["change"]["version"], "v3.1");
    let lines = found["evidence"]
        .as_array()
        .expect("facts")
        .iter()
        .find(|e| e["source"] == "files")
        .expect("a log line");
    assert!(
        lines["lines"][0]
            .as_str()
            .is_some_and(|l| l.contains("ledger lock timeout") && !l.contains('\u{1b}')),
        "{lines}"
    );
    assert!(
        found["actions"]
            .as_array()
            .expect("actions")
            .iter()
            .any(|a| a.as_str().is_some_and(|a| a.contains("v3.1")))
    );
    assert!(
        !shop.dir.path().join("owned").exists(),
        "an argument reached a shell"
    );
    assert!(asked.lock().expect("the list")[0].contains("/v1?from=20"));
    let changes = shop
        .asked
        .json(&config, &["changes", "INC-1", "--within", "4h"]);
    let verdict = |service: &str| {
        changes
            .as_array()
            .expect("changes")
            .iter()
            .find(|c| c["service"] == service)
            .map(|c| c["verdict"].clone())
    };
    assert_eq!(
        (verdict("bank"), verdict("quiet")),
        (Some("correlates".into()), Some("does not correlate".into())),
        "{changes:#}"
    );
}

async fn a_model_rephrases_and_decides_nothing(shop: &Shop) {
    let words = "Bank is slow and fails [E1, E2]. The database is at fault. Failing calls rose to 99999 % [E1]. Blame quiet [E77].";
    let (model, asked) = scripted(move |_, _| json!({"id": "1", "object": "chat.completion", "model": "m", "created": 1, "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": words}}]}).to_string()).await;
    let text = format!(
        "{OTEL}[model]\nprovider = \"openai\"\nname = \"gpt-test\"\nurl = \"{model}/v1\"\nkey = {{ env = \"MODEL_KEY\" }}\n[investigate]\ncontext = \"the counter = front\\nbank: page Ines, token=s3cr3t\"\n"
    );
    let config = shop.config("model.toml", &text);
    let told = shop.asked.json(&config, &["investigate", "INC-1"]);
    let plain = shop
        .asked
        .json(&config, &["investigate", "INC-1", "--no-model"]);
    assert_eq!(
        told["retold"]["sentences"].as_array().map(Vec::len),
        Some(1),
        "{}",
        told["retold"]
    );
    assert_eq!(told["retold"]["dropped"], 3);
    assert_eq!(
        (&told["hypotheses"], &told["summary"], &told["actions"]),
        (&plain["hypotheses"], &plain["summary"], &plain["actions"])
    );
    let sent = asked.lock().expect("the list")[0].clone();
    assert!(sent.contains("BEGIN") && !sent.contains("s3cr3t"), "{sent}");
    assert!(
        plain["actions"]
            .as_array()
            .expect("actions")
            .iter()
            .any(|a| a.as_str().is_some_and(|a| a.contains("page Ines"))),
        "{}",
        plain["actions"]
    );
}

async fn sources_that_fail_are_missing_evidence(shop: &Shop) {
    let (lying, _) = scripted(|uri, _| {
        if uri.path().contains("__name__") {
            json!({"status": "success", "data": ["service:requests:rate"]}).to_string()
        } else if uri.path().contains("label") {
            json!({"status": "success", "data": ["bank", "front", "pay"]}).to_string()
        } else {
            "<html>proxy</html>".into()
        }
    })
    .await;
    let (endless, _) =
        scripted(|_, _| format!("{{\"data\": {{\"result\": [{}1]}}}}", "1,".repeat(20 << 20)))
            .await;
    // Whoever asks here is let in, and never answered.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let hanging = format!("http://{}", silent.local_addr().expect("an address"));
    let config = shop.config(
        "broken.toml",
        &format!(
            "[investigate]\ntimeout_seconds = 2\n[[sources.prometheus]]\nname = \"gone\"\nurl = \"http://127.0.0.1:1\"\n\
             [[sources.prometheus]]\nname = \"lying\"\nurl = \"{lying}\"\npreset = \"recorded\"\n\
             [[sources.prometheus]]\nname = \"rejecting\"\nurl = \"{{metrics}}\"\npreset = \"none\"\n[[sources.prometheus.template]]\nsignal = \"latency\"\nlabel = \"service_name\"\nquery = \"sum by (\"\n\
             [[sources.logs]]\nname = \"endless\"\nkind = \"loki\"\nurl = \"{endless}\"\n[[sources.logs]]\nname = \"hanging\"\nkind = \"loki\"\nurl = \"{hanging}\"\n\
             [[sources.logs]]\nname = \"nowhere\"\nkind = \"command\"\ncommand = [\"/no/such/program\"]\n\
             [[sources.changes]]\nname = \"norepo\"\nkind = \"git\"\npath = \"/no/such/folder\"\nservice = \"bank\"\n"
        ),
    );
    // It ends although one source never answers.
    let found = shop.asked.json(&config, &["investigate", "INC-1"]);
    let missing: Vec<&str> = found["missing"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|m| m["source"].as_str())
        .collect();
    for source in [
        "gone",
        "lying",
        "rejecting",
        "endless",
        "hanging",
        "nowhere",
        "norepo",
    ] {
        assert!(
            missing.contains(&source),
            "{source} is not told as missing: {missing:?}"
        );
    }
    assert_eq!(found["settled"], false);
    let doctor = shop.asked.run(&config, &["doctor", "--output", "table"]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(
        said.contains("BAD   gone") && said.contains("BAD   norepo"),
        "{said}"
    );
    for (text, says) in [
        (
            "[[sources.prometheus]]\nname = \"a\"\nurl = \"nowhere\"\n",
            "is not an address",
        ),
        (
            "[[sources.prometheus]]\nname = \"a\"\nurl = \"http://x.example\"\naccess = { token = { command = [\"echo\", \"t\"] } }\n",
            "not sent over plain http",
        ),
        (
            "[[sources.prometheus]]\nname = \"a\"\nurl = \"https://x.example\"\npreset = \"nonsense\"\n",
            "There is no preset",
        ),
        (
            "[[sources.prometheus]]\nname = \"a\"\nurl = \"https://x.example\"\n[[sources.prometheus.template]]\nsignal = \"restarts\"\ncaller = \"from\"\nquery = \"up\"\n",
            "measures a call",
        ),
        (
            "[[sources.prometheus]]\nname = \"a\"\nurl = \"https://x.example\"\n[[sources.prometheus.template]]\nsignal = \"saturation\"\nname = \"pool\"\nlimit = 0.0\nquery = \"up\"\n",
            "nothing can reach",
        ),
        (
            "[[sources.logs]]\nname = \"a\"\nkind = \"file\"\n",
            "needs a path",
        ),
        ("[investigate]\nchanges = \"soon\"\n", "such as 4h or 2d"),
    ] {
        let out = shop
            .asked
            .run(&shop.config("wrong.toml", text), &["investigate", "INC-1"]);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(
            out.status.code() == Some(1) && said.contains(says),
            "{text}: {said}"
        );
    }
}
