//! Writes from the keyboard in a real terminal: a whole night, a kill in the middle, the user's editor.

use crate::clock;
use crate::night::{Night, home, settings};
use crate::recorder::Break;
use crate::recorder::described::description;
use crate::session::Session;
use hotseat::domain::Instant;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

/// Leaves a field; the terminal would take what follows at once for a key with alt.
const LEAVE: (&str, &str) = ("\x1b", "y sends");

/// A night on the keyboard: what is pressed, and what the screen then says.
pub(crate) struct Played {
    pub(crate) session: Session,
}

impl Played {
    fn new(night: &Night, home: tempfile::TempDir, zone: &str) -> Self {
        Self::with_editor(night, home, zone, "vi")
    }

    fn with_editor(night: &Night, home: tempfile::TempDir, zone: &str, editor: &str) -> Self {
        Self::started(night, home, (zone, editor), &[])
    }

    fn started(
        night: &Night,
        home: tempfile::TempDir,
        (zone, editor): (&str, &str),
        flags: &[&str],
    ) -> Self {
        let config = home.path().join("config.toml");
        let me = "me = \"ana.abara@larkfield.example\"\n";
        std::fs::write(&config, settings() + me).expect("written");
        let env = [
            ("INCIDENT_IO_BASE_URL", night.url.as_str()),
            ("INCIDENT_IO_API_KEY", night.running.key.as_str()),
            ("EDITOR", editor),
            ("TZ", zone),
        ];
        let (config, clock) = (config.to_string_lossy(), clock::flag(night.now()));
        let arguments = [&["--config", &config, &clock], flags].concat();
        let session = Session::start_in(home, &arguments, 120, 40, &env);
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
        self.session
            .wait_until(&format!("\"{text}\" is not on the disk"), |_| {
                self.is_on_disk(text)
            });
    }

    /// Whether a text that was begun is in the journal on the disk.
    fn is_on_disk(&self, text: &str) -> bool {
        let state = self.session.home.path().join(".local/state/hotseat");
        let holds = |path: &Path| -> rusqlite::Result<bool> {
            let journal = rusqlite::Connection::open_with_flags(
                path,
                rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
            )?;
            let drafts = "SELECT EXISTS (SELECT 1 FROM draft WHERE instr(data, ?1))";
            journal.query_row(drafts, [text], |row| row.get(0))
        };
        let files = std::fs::read_dir(&state).into_iter().flatten().flatten();
        files
            .map(|file| file.path())
            .filter(|path| path.to_string_lossy().ends_with(".journal.db"))
            .any(|path| holds(&path).unwrap_or(false))
    }

    fn all(&mut self, script: &[(&str, &str)]) {
        for (keys, says) in script {
            self.press(keys, says);
        }
    }

    fn escape(&mut self) {
        self.press(LEAVE.0, LEAVE.1);
    }
}

/// A key, a name and a severity: the incident is declared, and found in the list.
const DECLARED: &[(&str, &str)] = &[
    ("D", "Declare an incident"),
    ("Checkout is down\r", "Storm  P0"),
    (
        "stor\r",
        "Declares a standard incident with the severity Storm",
    ),
    LEAVE,
    // What is said of it may make room at once for the notice of a new incident.
    ("y", "INC-41"),
    ("/checkout is\r", "1 of 41"),
    ("g\r", "2  INC-41"),
];

/// Who leads it, how bad it is, what is said of it.
const LED: &[(&str, &str)] = &[
    ("L", "Incident Lead: none → Ana Abara"),
    ("y", "Done: INC-41: Incident Lead"),
    ("S", "Gale  P1"),
    ("gale", "> gale"),
    // From the field itself: what a terminal sends for alt-enter.
    ("\x1b\r", "Done: INC-41: Severity: Storm → Gale"),
    ("u", "tab next"),
    ("Rolling back v2.1.0", "Rolling back v2.1.0"),
    LEAVE,
    ("y", "Done: INC-41: update Rolling back v2.1.0"),
];

/// What happened twenty minutes ago.
const NOTED: &[(&str, &str)] = &[
    ("n", "What happened"),
    ("Bad deploy\r", "empty is now"),
    ("20m ago", "20m ago"),
    LEAVE,
    ("y", "Done: INC-41: note Bad deploy"),
];

/// Cover, what is left to do, the end of it and its post-mortem.
const ENDED: &[(&str, &str)] = &[
    ("3", "3  On call"),
    ("v", "Cover a shift: Checkout on-call"),
    ("y", "Done: Ana Abara covers Checkout on-call"),
    ("2:", ":"),
    ("add follow", "Add something to do afterwards"),
    ("\r", "What to do later"),
    ("Add a canary\r", "Adds the follow-up"),
    LEAVE,
    ("y", "Done: INC-41: follow-up \"Add a canary\""),
    ("C", "Investigating → Writing up"),
    ("y", "Done: INC-41: Status: Investigating → Writing up"),
    ("P", "# INC-41: Checkout is down"),
    ("I", "Imports a post-mortem of"),
    ("y", "Done: INC-41: import the post-mortem"),
    ("J", "Journal: 0 open"),
];

/// The whole night, and when the note was written.
pub(crate) fn played(
    runtime: &tokio::runtime::Runtime,
    night: &Night,
    home: tempfile::TempDir,
) -> (Played, Range<Instant>) {
    let mut play = Played::new(night, home, "Asia/Kathmandu");
    let called = runtime.block_on(night.on_call("Payments on-call"));
    play.all(DECLARED);
    page(&mut play, &called);
    play.all(LED);
    let before = night.now();
    play.all(NOTED);
    let noted = before..night.now();
    play.all(ENDED);
    (play, noted)
}

#[test]
fn a_night_is_played_from_the_keyboard_alone() {
    let runtime = runtime();
    let night = runtime.block_on(Night::new());
    let home = home();
    let (play, noted) = played(&runtime, &night, home);
    let screen = play.session.screen();
    assert!(!screen.contains("refused"), "{screen}");
    let home = play.session.killed();
    runtime.block_on(what_stands(&night));
    runtime.block_on(what_hangs_on_it(&night, noted));
    if let Some(spec) = description() {
        let wrong = night.recorder.wrong(&spec);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
    drop(home);
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Pages whoever is on call, as the form says beforehand, and acknowledges it.
fn page(play: &mut Played, called: &str) {
    play.press("e", "choose a path or people");
    play.session
        .wait_for(&format!("Payments  pages {called} now"));
    play.press("payments\r", "Pages the path Payments");
    play.escape();
    // What is said of it may make room at once for the notice of a page.
    play.press("y", &format!("Paged {called}"));
    if called != "Ana Abara" {
        play.press("a", &format!("{called}'s page: take it?"));
        play.press("y", "Done: Acknowledge \"INC-41: Checkout is down\"");
    } else {
        play.press("a", "Done: Acknowledge \"INC-41: Checkout is down\"");
    }
}

/// The incident as it then stands, and who covers.
pub(crate) async fn what_stands(night: &Night) {
    let incident = night.incident("41").await;
    let lead = incident.roles.iter().find(|r| r.label == "Incident Lead");
    let lead = lead.and_then(|r| r.value.as_ref()).map(|p| p.name.as_ref());
    let row = &incident.row;
    assert_eq!(
        (
            row.name.as_ref(),
            row.severity.as_deref(),
            row.status.as_ref(),
            lead
        ),
        (
            "Checkout is down",
            Some("Gale"),
            "Writing up",
            Some("Ana Abara")
        )
    );
    let covered = night.here.schedules().await.expect("schedules");
    let checkout = covered.iter().find(|s| s.name == "Checkout on-call");
    let mut now = checkout.expect("a schedule").now.iter();
    assert!(now.any(|s| {
        let person = s.person.as_ref();
        person.is_some_and(|p| p.name.as_ref() == "Ana Abara")
    }));
}

/// Note, page, follow-up and document; the note tells of twenty minutes before it was written.
pub(crate) async fn what_hangs_on_it(night: &Night, noted: Range<Instant>) {
    let (client, id) = (&night.client, night.incident("41").await.row.id);
    let items = client.timeline(&id).await.expect("a timeline").items;
    let note = items.iter().find(|i| i.title == "Bad deploy");
    let at = note.expect("the note").at + chrono::Duration::minutes(20);
    // Times are sent in whole seconds.
    let second = chrono::Duration::seconds(1);
    assert!(
        (noted.start - second..=noted.end + second).contains(&at),
        "{at} is not in {noted:?}"
    );
    let pages = client
        .escalations(std::slice::from_ref(&id), None, 10)
        .await;
    assert_eq!(pages.expect("pages").items[0].status, "acked");
    let follow_ups = client.follow_ups(Some(&id)).await;
    let follow_ups = follow_ups.expect("follow-ups").items;
    assert_eq!(follow_ups[0].title, "Add a canary");
    let documents = client.documents(Some(&id)).await.expect("documents");
    assert_eq!(documents.items.len(), 1);
}

#[test]
fn what_was_typed_and_what_was_under_way_is_there_after_a_kill() {
    let runtime = runtime();
    let mut night = runtime.block_on(Night::new());
    let home = home();
    let mut play = Played::new(&night, home, "America/St_Johns");
    play.press("u", "tab next");
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
    assert!(
        !play.is_on_disk("Half a thought"),
        "what was sent does not come back in its form, to be sent once more"
    );
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
fn a_console_without_a_journal_says_in_each_form_that_nothing_can_be_sent_and_what_to_do() {
    let runtime = runtime();
    let night = runtime.block_on(Night::new());
    let mut play = Played::started(&night, home(), ("UTC", "vi"), &["--no-cache"]);
    play.press("u", "Nothing can be sent: with --no-cache");
    play.session.wait_for("--no-journal");
    // The same where a file stands in the place of its folder.
    let blocked = home();
    std::fs::write(blocked.path().join(".local"), "").expect("a file");
    let mut play = Played::started(&night, blocked, ("UTC", "vi"), &[]);
    play.press("u", "Nothing can be sent. The journal cannot be");
    play.session.wait_for("--no-journal");
    let flags = ["--no-cache", "--no-journal"];
    let mut play = Played::started(&night, home(), ("UTC", "vi"), &flags);
    play.press("u", "tab next");
    play.press("Half a thought", "Half a thought");
    assert!(!play.session.screen().contains("Nothing can be sent"));
    play.escape();
    play.press("y", "Done: INC-");
}

#[test]
fn the_users_editor_gets_the_text_and_the_keys_and_gives_both_back() {
    use std::os::unix::fs::PermissionsExt;
    let runtime = runtime();
    let night = runtime.block_on(Night::new());
    let home = home();
    let editor = home.path().join("editor");
    // It shows what it was given, takes a line from the keyboard as an editor would, and adds it to the text.
    std::fs::write(&editor, "#!/bin/sh\necho \"given: $(cat \"$2\"), flag $1\"\nread -r line\nprintf ' and %s' \"$line\" >> \"$2\"\n")
        .expect("written");
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o700)).expect("a mode");
    let command = format!("{} --wait", editor.display());
    let mut play = Played::with_editor(&night, home, "UTC", &command);
    play.press("u", "tab next");
    play.press("First; $(rm -rf x)", "First; $(rm -rf x)");
    play.press("\x07", "given: First; $(rm -rf x), flag --wait");
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
