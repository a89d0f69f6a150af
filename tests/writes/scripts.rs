//! Writes from scripts: once however often they run, nothing private on the disk, notes of an outage.

use crate::night::{Night, home, settings};
use crate::recorder::Break;
use serde_json::Value;
use std::path::Path;
use std::process::Output;

/// A note that is to be added while nothing can be reached.
async fn lost_note(night: &Night, home: &Path, reference: &str, words: &str) -> Output {
    let args = ["timeline", "add", reference, words, "--yes"];
    let mut lost = night.command(home, &args);
    lost.args(["--base-url", "http://127.0.0.1:9"]);
    let lost = tokio::task::spawn_blocking(move || lost.output().expect("it runs"));
    let lost = lost.await.expect("it ends");
    assert_eq!(lost.status.code(), Some(3));
    lost
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_of_an_outage_become_one_retrospective_incident_once_after_review() {
    let night = Night::new().await;
    let home = home();
    let run = async |args: &[&str]| night.run(home.path(), args).await;
    for (text, at) in [
        ("Power is gone in hall 2", "03:10"),
        ("Generators run", "03:20"),
    ] {
        assert!(
            run(&["journal", "note", text, "--at", at])
                .await
                .status
                .success()
        );
    }
    // An incident that nobody knows here may be private: of that nothing is kept without being asked for.
    let lost = lost_note(&night, home.path(), "INC-7", "Hall 3 too").await;
    assert!(String::from_utf8_lossy(&lost.stderr).contains("nothing is kept: INC-7 is not known"));
    let retro = [
        "journal",
        "retrospective",
        "--name",
        "Hall 2",
        "--severity",
        "Gale",
        "--status",
        "Closed",
        "--yes",
    ];
    night.recorder.break_next(Break::CutAfter);
    let output = run(&retro).await;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let done: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let id = done[0]["id"].as_str().expect("an id").to_owned();
    let incident = night.incident(&id).await;
    assert_eq!(
        (incident.row.name.as_ref(), incident.row.status.as_ref()),
        ("Hall 2", "Closed")
    );
    let items = night
        .client
        .timeline(&incident.row.id)
        .await
        .expect("a timeline")
        .items;
    let told: Vec<(String, String)> = items
        .iter()
        .map(|i| (i.title.clone(), i.at.format("%H:%M").to_string()))
        .collect();
    assert_eq!(
        told,
        [
            ("Power is gone in hall 2".to_owned(), "03:10".to_owned()),
            ("Generators run".into(), "03:20".into())
        ]
    );
    assert_eq!(
        run(&retro).await.status.code(),
        Some(1),
        "no note is left to make another one of"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_runs_twice_writes_once() {
    let night = Night::new().await;
    let home = home();
    let config = home.path().join("config.toml");
    let me = "me = \"ana.abara@larkfield.example\"\n";
    std::fs::write(&config, settings() + me).expect("written");
    let config = config.to_string_lossy().into_owned();
    let secret = [
        "incidents",
        "declare",
        "--name",
        "Hidden",
        "--severity",
        "Gale",
        "--visibility",
        "private",
        "--yes",
    ];
    assert!(night.run(home.path(), &secret).await.status.success());
    let posts = || {
        night
            .recorder
            .log
            .lock()
            .expect("lock")
            .iter()
            .filter(|e| e.method != "get")
            .count()
    };
    let [a, b, c] = [0, 1, 2].map(|n| night.rows[n].reference.to_string());
    let alert = night
        .client
        .alerts(false, None, 1)
        .await
        .expect("alerts")
        .items
        .remove(0)
        .id
        .to_string();
    for line in [
        format!("incidents update {a} --message=hello --status Watching"),
        format!("incidents update {a} --severity Storm"),
        format!("incidents edit {a} --summary=words --field Region=eu-west-1"),
        format!("incidents role {a} Scribe ana.abara@larkfield.example"),
        format!("timeline add {a} noted --at 10m"),
        format!("timeline edit {a} noted --title=noticed"),
        format!("actions create {a} restart --assignee ana.abara@larkfield.example"),
        "follow-ups create INC-41 hidden".to_owned(),
        format!("follow-ups create {a} canary"),
        "oncall cover Databases --to +1h".to_owned(),
        format!("escalations create --incident {a} --path Payments"),
        format!("escalations ack {a}"),
        format!("alerts attach {alert} {b}"),
        format!("alerts detach {alert} {b}"),
        format!("alerts resolve {alert}"),
        format!("incidents close {c} --message=done"),
        "catalog set cart Tier=3".to_owned(),
        "catalog set brand-new --type Service --external-id brand-new".to_owned(),
    ] {
        let mut args: Vec<&str> = line.split(' ').collect();
        args.extend(["--yes", "--config", &config]);
        let before = posts();
        for run in ["the first", "the second"] {
            let output = night.run(home.path(), &args).await;
            // A note that was renamed is no longer there under its old title: that is said, and nothing is sent.
            let renamed = line.starts_with("timeline edit") && run == "the second";
            assert!(
                output.status.success() || renamed,
                "{run} run of {line}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        // Attaching what is attached gives the same attachment again, by the platform's own word.
        let most = if line.starts_with("alerts attach") {
            2
        } else {
            1
        };
        assert_eq!(posts() - before, most, "{line}");
    }
    // A page that is over does not stand for a new one; a key stands for one write only.
    let id = night.rows[0].id.clone();
    let newest = night
        .client
        .escalations(std::slice::from_ref(&id), None, 50)
        .await
        .expect("pages")
        .items
        .into_iter()
        .max_by_key(|e| e.created)
        .expect("a page");
    let cancel = ["escalations", "cancel", newest.id.as_str(), "--yes"];
    let before = posts();
    for _ in 0..2 {
        let output = night.run(home.path(), &cancel).await;
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(posts() - before, 1);
    let page = [
        "escalations",
        "create",
        "--incident",
        &a,
        "--path",
        "Payments",
        "--yes",
    ];
    let (before, output) = (posts(), night.run(home.path(), &page).await);
    assert!(
        output.status.success() && posts() == before + 1,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        night
            .run(
                home.path(),
                &["timeline", "add", &a, "one", "--key", "k1", "--yes"]
            )
            .await
            .status
            .success()
    );
    let output = night
        .run(
            home.path(),
            &[
                "escalations",
                "create",
                "--path",
                "Payments",
                "--title",
                "Come",
                "--key",
                "k1",
                "--yes",
            ],
        )
        .await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("used for another write"));
    // Without being told to, nothing is sent where nobody can be asked.
    let before = posts();
    let output = night
        .run(home.path(), &["timeline", "add", &a, "unasked"])
        .await;
    assert!(
        output.status.code() == Some(1)
            && posts() == before
            && String::from_utf8_lossy(&output.stderr).contains("add --yes")
    );
    let output = night
        .run(
            home.path(),
            &["timeline", "add", &a, "unasked", "--dry-run"],
        )
        .await;
    assert!(
        output.status.success()
            && posts() == before
            && String::from_utf8_lossy(&output.stdout)
                .starts_with("POST /v2/incident_timeline_items")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_incident_leaves_nothing_on_the_disk() {
    let night = Night::new().await;
    let home = home();
    let declare = [
        "incidents",
        "declare",
        "--name",
        "Zebra breach",
        "--severity",
        "Gale",
        "--visibility",
        "private",
        "--yes",
    ];
    let output = night.run(home.path(), &declare).await;
    let done: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let id = done["id"].as_str().expect("an id").to_owned();
    let reference = night.incident(&id).await.row.reference.to_string();
    let alert = night
        .client
        .alerts(false, None, 1)
        .await
        .expect("alerts")
        .items
        .remove(0)
        .id
        .to_string();
    for args in [
        vec!["timeline", "add", &id, "Zebra found", "--yes"],
        vec!["incidents", "update", &id, "-m", "Zebra told", "--yes"],
        vec!["actions", "create", &id, "Zebra hunt", "--yes"],
        vec!["alerts", "attach", &alert, &reference, "--yes"],
        vec!["alerts", "detach", &alert, &reference, "--yes"],
    ] {
        let output = night.run(home.path(), &args).await;
        assert!(
            output.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    // With nothing to be reached, too.
    lost_note(&night, home.path(), &reference, "Zebra lost").await;
    let mut folders = vec![home.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).expect("a folder").flatten() {
            if file.path().is_dir() {
                folders.push(file.path());
            } else {
                let bytes = std::fs::read(file.path()).expect("bytes");
                let text = String::from_utf8_lossy(&bytes);
                assert!(
                    !text.contains("Zebra") && !text.contains(&id),
                    "{:?}",
                    file.path()
                );
            }
        }
    }
}
