//! On disk at every letter: how many milliseconds after a key the text that is typed can be read from the disk by another
//! program. The whole program in a pseudo-terminal, idle and while every core is burnt: `cargo bench --bench typing`.

#[path = "../tests/common/clock.rs"]
#[allow(dead_code, reason = "the rest is for the tests")]
mod clock;
#[path = "../tests/common/session.rs"]
#[allow(dead_code, reason = "the rest is for the tests")]
mod session;

use hotseat::sim;
use rusqlite::{Connection, OpenFlags};
use session::Session;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Letters of one measurement.
const LETTERS: usize = 300;
/// Between two keys of somebody who types fast.
const BETWEEN: Duration = Duration::from_millis(60);

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let running = runtime.block_on(organisation());
    println!("ms from a key to the text on the disk, {LETTERS} letters");
    report("idle", &mut typed(&running));
    let over = Arc::new(AtomicBool::new(false));
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let burning: Vec<_> = (0..cores).map(|_| burn(over.clone())).collect();
    report("every core burnt", &mut typed(&running));
    over.store(true, Ordering::Relaxed);
    burning.into_iter().for_each(|b| b.join().expect("it ends"));
    let _inside = runtime.enter();
    drop(running);
}

async fn organisation() -> sim::Running {
    let options = sim::Options {
        incidents: 40,
        speed: 0.0,
        clock: clock::clock(),
        ..sim::Options::default()
    };
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    sim::start(options, listen).await.expect("an organisation")
}

fn burn(over: Arc<AtomicBool>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        while !over.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
    })
}

/// Types an update letter by letter; how long each letter took.
fn typed(running: &sim::Running) -> Vec<Duration> {
    let home = tempfile::tempdir().expect("a folder");
    let env = [
        ("INCIDENT_IO_BASE_URL", running.url.as_str()),
        ("INCIDENT_IO_API_KEY", running.key.as_str()),
    ];
    let mut session = Session::start_in(home, &[&clock::flag(running.now())], 120, 40, &env);
    session.wait_for("INC-40");
    session.press("u");
    session.wait_for("tab next");
    let mut text = "begun".to_owned();
    session.press(&text);
    session.wait_for(&text);
    let journal = journal(&session);
    wait_on_disk(&journal, &text);
    let took = (0..LETTERS)
        .map(|n| {
            std::thread::sleep(BETWEEN);
            let letter = char::from(b'a' + u8::try_from(n % 26).expect("a letter"));
            text.push(letter);
            let pressed = Instant::now();
            session.press(&letter.to_string());
            wait_on_disk(&journal, &text);
            pressed.elapsed()
        })
        .collect();
    session.killed();
    took
}

fn journal(session: &Session) -> Connection {
    let folder = session.home.path().join(".local/state/hotseat");
    let found = |folder: &Path| -> Option<PathBuf> {
        let files = std::fs::read_dir(folder).ok()?.flatten();
        let mut paths = files.map(|file| file.path());
        paths.find(|path| path.to_string_lossy().ends_with(".journal.db"))
    };
    session.wait_until("there is no journal", |_| found(&folder).is_some());
    let path = found(&folder).expect("it is there");
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a journal")
}

fn wait_on_disk(journal: &Connection, text: &str) {
    let mut drafts = journal
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM draft WHERE instr(data, ?1))")
        .expect("a question");
    // While it is being written the journal may be locked: it is asked again.
    while !drafts.query_row([text], |row| row.get(0)).unwrap_or(false) {
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn report(when: &str, took: &mut [Duration]) {
    took.sort_unstable();
    let at = |share: usize| took[(took.len() - 1) * share / 100].as_secs_f64() * 1_000.0;
    println!(
        "{when}: {:.1} half of them, {:.1} 95 of 100, {:.1} at most",
        at(50),
        at(95),
        at(100)
    );
}
