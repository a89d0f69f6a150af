//! Each write stands once and in order, whatever is cut, killed or full.

use crate::clock;
use crate::night::{Night, about, four, home, sent};
use crate::recorder::Break;
use hotseat::domain::{Incident, WriteState};
use hotseat::writes::{Form, WriteKind};
use serde_json::Value;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Which kind of write a step is: four that make something new by turns, and now and then one that sets a state.
pub(crate) fn kind_of(n: usize) -> usize {
    if n % 21 == 20 { 4 } else { n / 4 % 4 }
}

/// The writes of a session, by turns over four incidents: the kinds with an idempotency key and those without one.
pub(crate) fn step(night: &Night, incidents: &[Incident], n: usize) -> Form {
    let incident = about(&incidents[n % incidents.len()]);
    let words = format!("step {n:03}");
    match kind_of(n) {
        0 => night.form(WriteKind::Note, incident, &[("title", &words)]),
        1 => night.form(WriteKind::Update, incident, &[("message", &words)]),
        2 => night.form(WriteKind::ActionAdd, incident, &[("description", &words)]),
        3 => night.form(WriteKind::FollowUpAdd, incident, &[("title", &words)]),
        _ => night.form(WriteKind::Edit, incident, &[("summary", &words)]),
    }
}

/// Everything that stands of a session: words by kind and incident, in the organisation's own order.
pub(crate) async fn standing(night: &Night, incidents: &[Incident]) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for incident in incidents {
        let id = incident.row.id.as_str();
        for (path, list, field) in [
            (
                "/v2/incident_timeline_items",
                "incident_timeline_items",
                "title",
            ),
            ("/v2/incident_updates", "incident_updates", "message"),
            ("/v3/actions", "actions", "description"),
            ("/v3/follow_ups", "follow_ups", "title"),
        ] {
            let rows = night
                .get(path, &[("incident_id", id), ("page_size", "250")])
                .await[list]
                .clone();
            let words = rows
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|r| r[field].as_str())
                .filter(|w| w.starts_with("step"));
            let mut words: Vec<String> = words.map(str::to_owned).collect();
            if list == "incident_updates" {
                // The organisation lists these newest first.
                words.reverse();
            }
            all.push(words);
        }
        all.push(vec![night.incident(id).await.summary]);
    }
    all
}

/// What must stand after so many steps: each once, in order; of the summary the last.
pub(crate) fn expected(incidents: usize, steps: usize) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for at in 0..incidents {
        for kind in 0..4 {
            all.push(
                (0..steps)
                    .filter(|n| n % incidents == at && kind_of(*n) == kind)
                    .map(|n| format!("step {n:03}"))
                    .collect(),
            );
        }
        let last = (0..steps).rfind(|n| n % incidents == at && kind_of(*n) == 4);
        all.push(
            last.map(|n| vec![format!("step {n:03}")])
                .expect("every summary is set"),
        );
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
pub(crate) async fn two_hundred_writes_stand_once_and_in_order_whatever_is_cut() {
    let night = Night::new().await;
    let home = home();
    let outbox = night.session(Some(home.path().join("journal.db")));
    let incidents = four(&night).await;
    let breaks = [
        Break::CutBefore,
        Break::CutAfter,
        Break::Half,
        Break::BadGateway,
    ];
    for n in 0..200 {
        // Fresh values, as a console has them: what an edit stands on moves with every write.
        let mut fresh = incidents.clone();
        fresh[n % 4] = night.incident(incidents[n % 4].row.id.as_str()).await;
        let form = step(&night, &fresh, n);
        if n % 9 != 8 {
            night.recorder.break_next(breaks[n % breaks.len()]);
        }
        let planned = form
            .plan(night.now(), &n.to_string())
            .expect("a plan")
            .remove(0);
        let outcome = sent(&outbox, planned.write).await;
        assert_eq!(
            outcome.write.state,
            WriteState::Confirmed,
            "{n}: {:?}",
            outcome.error
        );
    }
    assert_eq!(standing(&night, &incidents).await, expected(4, 200));
    assert_eq!(outbox.open_writes().await.expect("the journal").len(), 0);
}

/// A command of a session, as a script has it.
pub(crate) fn line(incidents: &[Incident], n: usize) -> Vec<String> {
    let (reference, words) = (
        incidents[n % incidents.len()].row.reference.to_string(),
        format!("step {n:03}"),
    );
    let args: [&str; 4] = match kind_of(n) {
        0 => ["timeline", "add", &reference, &words],
        1 => [
            "incidents",
            "update",
            &reference,
            &format!("--message={words}"),
        ],
        2 => ["actions", "create", &reference, &words],
        3 => ["follow-ups", "create", &reference, &words],
        _ => [
            "incidents",
            "edit",
            &reference,
            &format!("--summary={words}"),
        ],
    };
    args.into_iter()
        .chain(["--yes"])
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
pub(crate) async fn a_script_of_two_hundred_commands_killed_at_every_step_writes_each_once_and_in_order()
 {
    let mut night = Night::new().await;
    let home = home();
    let incidents = four(&night).await;
    for n in 0..200 {
        let args = line(&incidents, n);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        if n % 3 != 2 {
            // Killed while the request is on its way: before the organisation heard of it, or after it did it.
            night
                .recorder
                .break_next([Break::HoldBefore, Break::HoldAfter][n % 2]);
            let mut child = night.command(home.path(), &args).spawn().expect("it runs");
            let told = tokio::time::timeout(Duration::from_secs(30), night.held.recv()).await;
            assert!(told.is_ok(), "{n}: no write was sent");
            child.kill().expect("killed");
            child.wait().expect("it ends");
        }
        // The script runs again, as it would after a crash; what it finds done is not done again.
        let output = night.run(home.path(), &args).await;
        assert!(
            output.status.success(),
            "{n} {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(standing(&night, &incidents).await, expected(4, 200));
    let open = night.run(home.path(), &["journal", "list"]).await;
    assert_eq!(String::from_utf8_lossy(&open.stdout).trim(), "[]");
    let audit = std::fs::read_dir(home.path().join(".local/state/hotseat"))
        .expect("the state")
        .flatten()
        .find(|f| f.file_name().to_string_lossy().ends_with("audit.log"));
    let audit = std::fs::read_to_string(audit.expect("an audit log").path()).expect("text");
    let confirmed = audit
        .lines()
        .filter_map(|l| serde_json::from_str::<Value>(l).ok())
        .filter(|l| l["state"] == "confirmed")
        .count();
    assert_eq!(confirmed, 200, "a line for each write");
}

#[tokio::test(flavor = "multi_thread")]
pub(crate) async fn two_consoles_on_one_journal_send_each_write_once_and_nothing_late_unasked() {
    let night = Night::new().await;
    let home = home();
    let path = home.path().join("journal.db");
    let [one, other] = [0, 1].map(|_| night.session(Some(path.clone())));
    let incident = four(&night).await.remove(0);
    for n in 0..20 {
        let form = night.form(
            [WriteKind::Note, WriteKind::ActionAdd][n % 2],
            about(&incident),
            &[(["title", "description"][n % 2], &format!("step {n:03}"))],
        );
        one.record(&form.plan(night.now(), "s").expect("a plan").remove(0).write)
            .await
            .expect("recorded");
    }
    // Three hours ago something was to be paged; by now it would only wake somebody.
    let mut late = night
        .form(
            WriteKind::Page,
            about(&incident),
            &[("people", "Bram Haddad"), ("title", "late")],
        )
        .plan(night.now(), "s")
        .expect("a plan")
        .remove(0)
        .write;
    late.recorded -= chrono::Duration::hours(3);
    one.record(&late).await.expect("recorded");
    let now = night.now();
    let (a, b) = tokio::join!(one.resume_writes(now), other.resume_writes(now));
    a.and(b).expect("replayed");
    let note = night
        .form(WriteKind::Note, about(&incident), &[("title", "step 020")])
        .plan(now, "s")
        .expect("a plan")
        .remove(0);
    sent(&other, note.write)
        .await
        .confirmed()
        .expect("it does not wait for what is held");
    let mut stands = standing(&night, std::slice::from_ref(&incident)).await;
    // Notes stand by the second they tell of: within one they are in no order.
    stands[0].sort();
    let even: Vec<String> = (0..=20)
        .step_by(2)
        .map(|n| format!("step {n:03}"))
        .collect();
    let odd: Vec<String> = (1..20).step_by(2).map(|n| format!("step {n:03}")).collect();
    assert_eq!((&stands[0], &stands[2]), (&even, &odd));
    let open = one.open_writes().await.expect("the journal");
    assert!(
        open.len() == 1 && open[0].on_hold && open[0].key == late.key,
        "{open:?}"
    );
    assert!(
        night
            .client
            .escalations(std::slice::from_ref(&incident.row.id), None, 50)
            .await
            .expect("pages")
            .items
            .iter()
            .all(|e| e.title != "late")
    );
}

#[tokio::test(flavor = "multi_thread")]
pub(crate) async fn nothing_is_sent_where_the_disk_is_full() {
    let night = Night::new().await;
    let home = home();
    let incident = four(&night).await.remove(0);
    let before = standing(&night, std::slice::from_ref(&incident)).await;
    // Files may not grow: writing says so, as on a full disk.
    let script = format!(
        "ulimit -f 0; exec {} timeline add {} 'step full' --yes",
        env!("CARGO_BIN_EXE_hotseat"),
        incident.row.reference
    );
    let mut command = Command::new("sh");
    command
        .args(["-c", &script])
        .env_clear()
        .envs(clock::moved_date())
        .env("HOME", home.path())
        .env("PATH", "/usr/bin:/bin")
        .env("INCIDENT_IO_BASE_URL", &night.url);
    command
        .env("INCIDENT_IO_API_KEY", &night.running.key)
        .stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output().expect("it runs"))
        .await
        .expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("Nothing was sent"), "{said}");
    assert_eq!(
        standing(&night, std::slice::from_ref(&incident)).await,
        before
    );
}
