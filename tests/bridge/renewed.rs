//! Settings and secrets that change while the bridge runs.

use crate::door::Door;
use crate::running::{Bridge, secret_file};
use hotseat::domain::webhook::SigningSecret;
use serde_json::json;

fn said(bridge: &Bridge, words: &str) -> bool {
    bridge.log().contains(words)
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_right_count_when_it_is_told_to_read_them_and_wrong_ones_change_nothing()
{
    let mut bridge = Bridge::new(false).await;
    let filtered = "every_seconds = 1\nservices = [\"payments-api\"]\n";
    bridge.configure(filtered);
    let started = chrono::Utc::now().timestamp();
    let detector = &bridge.alertmanager;
    detector
        .tell("Slow", "checkout-service", started, 3_600)
        .await;
    bridge.run();
    bridge
        .until("that it is heard of", || async {
            !bridge.episodes().is_empty()
        })
        .await;
    for (settings, says) in [
        ("every_seconds = \n", "literal string. The bridge goes on"),
        ("every_second = 1\n", "unknown field `every_second`"),
        (
            "every_seconds = 1\nseverity = \"Huge\"\n",
            "no severity \"Huge\"; it has",
        ),
        (
            "every_seconds = 1\nlabels = [\"severity\"]\n",
            "\"severity\" is no condition",
        ),
        ("every_seconds = 1\ntls_key = \"k.pem\"\n", "go together"),
    ] {
        bridge.configure(settings);
        bridge.hang_up();
        bridge.until(says, || async { said(&bridge, says) }).await;
        // Whoever asks how it stands reads the file, too.
        bridge.configure(filtered);
        bridge.rounds(2).await;
        assert!(bridge.incidents().await.is_empty(), "{settings}");
    }
    assert_eq!(
        bridge
            .log()
            .matches("The bridge goes on as before.")
            .count(),
        5
    );
    // Another filter, and another place to listen.
    bridge.listens_elsewhere();
    bridge.configure("every_seconds = 1\n");
    bridge.hang_up();
    bridge.is_live().await;
    assert!(said(
        &bridge,
        "The configuration was read again, and counts from now."
    ));
    assert_eq!(bridge.report(json!([])).await, 200);
    let log = bridge.ask(&["bridge", "log", "--output", "table"]);
    assert!(String::from_utf8_lossy(&log.stdout).contains("no severity \"Huge\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_are_rotated_in_their_files_count_without_a_start() {
    let mut bridge = Bridge::new(false).await;
    let (first, second) = ("inc_the-first-of-two-keys-1", "inc_the-second-of-two-keys2");
    let home = bridge.home().to_owned();
    let keep = |name: &str, secret: &str| {
        secret_file(&home.join(name), &secret.to_owned().into());
    };
    keep("key", first);
    keep("token", first);
    let detector = Door::start(&bridge.alertmanager.url(), None, first).await;
    let organisation = bridge.behind_a_door(first).await;
    let token = home.join("token");
    let access = format!(
        "access = {{ token = {{ file = \"{}\" }} }}\n",
        token.display()
    );
    bridge.asks_by(&detector.url, &access);
    bridge.configure_beside(
        &format!("api_key_file = \"{}\"\n", home.join("key").display()),
        "every_seconds = 1\n",
    );
    bridge.run();
    bridge.rounds(2).await;
    // All of them are other ones from one moment to the next.
    detector.opens_to(second);
    organisation.opens_to(second);
    bridge
        .until("that it is refused", || async { said(&bridge, "401") })
        .await;
    keep("token", second);
    keep("key", second);
    let secret = SigningSecret::written(&[9; 32]);
    secret_file(&home.join("secret"), &secret);
    let started = chrono::Utc::now().timestamp();
    bridge
        .alertmanager
        .tell("Slow", "checkout-service", started, 3_600)
        .await;
    bridge.is_live().await;
    let signed = SigningSecret::read(&secret).expect("a secret");
    assert_eq!(bridge.webhook(&signed).await, 200);
    let former = SigningSecret::read(&SigningSecret::written(&[7; 32])).expect("a secret");
    assert_eq!(bridge.webhook(&former).await, 401);
    let log = bridge.log();
    assert!(
        log.contains("A file with a secret or a certificate was read again"),
        "{log}"
    );
    assert!(!log.contains(first) && !log.contains(second), "{log}");
}
