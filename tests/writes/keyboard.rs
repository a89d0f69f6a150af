//! Writes from the keyboard in a real terminal: a whole night, a kill in the middle, the user's editor.

use crate::clock;
use crate::night::Night;
use crate::recorder::{Break, description};
use crate::session::Session;
use std::path::Path;
use std::time::Duration;

/// A night on the keyboard: what is pressed, and what the screen then says.
struct Played {
    session: Session,
}

impl Played {
    fn new(night: &Night, home: tempfile::TempDir, zone: &str) -> Self {
        Self::with_editor(night, home, zone, "vi")
    }

    fn with_editor(night: &Night, home: tempfile::TempDir, zone: &str, editor: &str) -> Self {
        let config = home.path().join("config.toml");
        std::fs::write(&config, "me = \"ana.abara@larkfield.example\"\n").expect("written");
        let env = [
            ("INCIDENT_IO_BASE_URL", night.url.as_str()),
            ("INCIDENT_IO_API_KEY", night.running.key.as_str()),
            ("EDITOR", editor),
            ("TZ", zone),
        ];
        let session = Session::start_in(
            home,
            &[
                "--config",
                &config.to_string_lossy(),
                &clock::flag(night.now()),
            ],
            120,
            40,
            &env,
        );
        session.wait_for("Ana Abara");
        session.wait_for("INC-40");
        Self { session }
    }

    fn press(&mut self, keys: &str, says: &str) {
        self.session.press(keys);
        self.session.wait_for(says);
    }

    /// Waits until a text that was typed is in the journal on the disk, as another program reads it.
    fn wait_on_disk(&self, text: &str) {
        let state = self.session.home.path().join(".local/state/hotseat");
        let holds = |path: &Path| -> rusqlite::Result<bool> {
            let journal = rusqlite::Connection::open_with_flags(
                path,
                rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
            )?;
            let drafts = "SELECT EXISTS (SELECT 1 FROM draft WHERE instr(data, ?1))";
            journal.query_row(drafts, [text], |row| row.get(0))
        };
        self.session
            .wait_until(&format!("\"{text}\" is not on the disk"), |_| {
                let files = std::fs::read_dir(&state).into_iter().flatten().flatten();
                files
                    .map(|file| file.path())
                    .filter(|path| path.to_string_lossy().ends_with(".journal.db"))
                    .any(|path| holds(&path).unwrap_or(false))
            });
    }

    /// Leaves a field; the terminal would take what follows at once for a key with alt.
    fn escape(&mut self) {
        self.press("\x1b", "y sends");
    }
}

#[test]
fn a_night_is_played_from_the_keyboard_alone() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let night = runtime.block_on(Night::new());
    let home = tempfile::tempdir().expect("a folder");
    let mut play = Played::new(&night, home, "Asia/Kathmandu");
    let called = runtime.block_on(night.on_call("Payments on-call"));
    play.press("D", "Declare an incident");
    play.press("Checkout is down\r", "Storm  P0");
    play.press(
        "stor\r",
        "Declares a standard incident with the severity Storm",
    );
    play.press("y", "Done: Declare: Checkout is down");
    play.session.wait_for("INC-41");
    play.press("/checkout is\r", "1 of 41");
    play.press("g\r", "2  INC-41");
    play.press("e", "choose a path or people");
    play.press("\r", &format!("Payments  pages {called} now"));
    play.press("payments\r", "Pages the path Payments");
    play.press("y", "Done: Page: INC-41");
    play.session.wait_for(&format!("Paged {called}"));
    play.press("a", "Done: Acknowledge \"INC-41: Checkout is down\"");
    play.press("L", "Incident Lead: none → Ana Abara");
    play.press("y", "Done: INC-41: Incident Lead");
    play.press("S", "Gale  P1");
    play.press("gale\r", "Severity: Storm → Gale");
    play.press("y", "Done: INC-41: Severity: Storm → Gale");
    play.press("u", "esc done");
    play.press("Rolling back v2.1.0", "Rolling back v2.1.0");
    play.escape();
    play.press("y", "Done: INC-41: update Rolling back v2.1.0");
    play.press("n", "What happened");
    play.press("Bad deploy\r\r", "empty is now");
    play.press("20m ago", "20m ago");
    play.escape();
    play.press("y", "Done: INC-41: note Bad deploy");
    play.press("3", "3  On call");
    play.press("v", "Cover a shift: Checkout on-call");
    play.press("y", "Done: Ana Abara covers Checkout on-call");
    play.press("2:", ":");
    play.press("add follow", "Add something to do afterwards");
    play.press("\r", "What to do later");
    play.press("Add a canary\r", "Adds the follow-up");
    play.press("y", "Done: INC-41: follow-up \"Add a canary\"");
    play.press("C", "Investigating → Writing up");
    play.press("y", "Done: INC-41: Status: Investigating → Writing up");
    play.press("P", "# INC-41: Checkout is down");
    play.press("I", "Imports a post-mortem of");
    play.press("y", "Done: INC-41: import the post-mortem");
    play.press("J", "Journal: 0 open");
    assert!(
        !play.session.screen().contains("refused"),
        "{}",
        play.session.screen()
    );
    let home = play.session.killed();

    runtime.block_on(async {
        let incident = night.incident("41").await;
        let lead = incident
            .roles
            .iter()
            .find(|r| r.label == "Incident Lead")
            .and_then(|r| r.value.as_ref())
            .map(|p| p.name.to_string());
        let row = &incident.row;
        assert_eq!(
            (
                row.name.as_ref(),
                row.severity.as_deref(),
                row.status.as_ref(),
                lead.as_deref()
            ),
            (
                "Checkout is down",
                Some("Gale"),
                "Writing up",
                Some("Ana Abara")
            )
        );
        let items = night
            .client
            .timeline(&row.id)
            .await
            .expect("a timeline")
            .items;
        let note = items
            .iter()
            .find(|i| i.title == "Bad deploy")
            .expect("the note");
        assert!(
            (19..=22).contains(&(night.now() - note.at).num_minutes()),
            "{}",
            note.at
        );
        let page = night
            .client
            .escalations(Some(&row.id), None, 10)
            .await
            .expect("pages")
            .items
            .remove(0);
        assert_eq!(page.status, "acked");
        assert_eq!(
            night
                .client
                .follow_ups(Some(&row.id))
                .await
                .expect("follow-ups")
                .items[0]
                .title,
            "Add a canary"
        );
        assert_eq!(
            night
                .client
                .documents(Some(&row.id))
                .await
                .expect("documents")
                .items
                .len(),
            1
        );
        let covered = night.here.schedules().await.expect("schedules");
        let checkout = covered
            .iter()
            .find(|s| s.name == "Checkout on-call")
            .expect("a schedule");
        assert!(checkout.now.iter().any(|s| {
            s.person
                .as_ref()
                .is_some_and(|p| p.name.as_ref() == "Ana Abara")
        }));
    });
    if let Some(spec) = description() {
        let wrong = night.recorder.wrong(&spec);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
    drop(home);
}

#[test]
fn what_was_typed_and_what_was_under_way_is_there_after_a_kill() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let mut night = runtime.block_on(Night::new());
    let home = tempfile::tempdir().expect("a folder");
    let mut play = Played::new(&night, home, "America/St_Johns");
    play.press("u", "esc done");
    play.press("Half a thought", "Half a thought");
    play.wait_on_disk("Half a thought");
    let mut play = Played::new(&night, play.session.killed(), "America/St_Johns");
    play.press("u", "Half a thought");
    play.press(" made whole", "Half a thought made whole");
    play.escape();
    // Killed once more, after the organisation did it and before its answer came.
    night.recorder.break_next(Break::HoldAfter);
    play.session.press("y");
    runtime
        .block_on(async { tokio::time::timeout(Duration::from_secs(30), night.held.recv()).await })
        .expect("sent");
    let mut play = Played::new(&night, play.session.killed(), "America/St_Johns");
    play.press("J", "Journal: 0 open");
    play.session.wait_for("Half a thought made whole");
    play.press("q", "Half a thought made whole");
    let told = runtime.block_on(night.get("/v2/incident_updates", &[("page_size", "250")]));
    let count = told["incident_updates"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|u| u["message"] == "Half a thought made whole")
        .count();
    assert_eq!(count, 1);
    play.session.press("q");
}

#[test]
fn the_users_editor_gets_the_text_and_the_keys_and_gives_both_back() {
    use std::os::unix::fs::PermissionsExt;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let night = runtime.block_on(Night::new());
    let home = tempfile::tempdir().expect("a folder");
    let editor = home.path().join("editor");
    // It shows what it was given, takes a line from the keyboard as an editor would, and adds it to the text.
    std::fs::write(&editor, "#!/bin/sh\necho \"given: $(cat \"$2\"), flag $1\"\nread -r line\nprintf ' and %s' \"$line\" >> \"$2\"\n")
        .expect("written");
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o700)).expect("a mode");
    let command = format!("{} --wait", editor.display());
    let mut play = Played::with_editor(&night, home, "UTC", &command);
    play.press("u", "esc done");
    play.press("First; $(rm -rf x)", "First; $(rm -rf x)");
    play.press("\x05", "given: First; $(rm -rf x), flag --wait");
    play.press("then this\r", "First; $(rm -rf x) and then this");
    play.press(", typed here again", "and then this, typed here again");
    play.escape();
    play.press(
        "x",
        "\"message\": \"First; $(rm -rf x) and then this, typed here again\"",
    );
    play.press("y", "Done: INC-");
    let home = play.session.killed();
    let left: Vec<String> = std::fs::read_dir(home.path().join(".local/state/hotseat"))
        .expect("the state")
        .flatten()
        .map(|f| f.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(!left.iter().any(|name| name.ends_with(".md")), "{left:?}");
}
