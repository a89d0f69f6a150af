//! What 100,000 incidents cost: to build and write their index, to open it, each in a process of its own, and to ask it.

use hotseat::similar::{Index, Subject};
use hotseat::store::segment;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const COUNT: i64 = 100_000;
/// As many more as may come before the index is written anew.
const NEWER: i64 = 200;
const TROUBLES: [&str; 10] = [
    "timeouts",
    "error rate",
    "queue depth",
    "disk full",
    "certificate expired",
    "memory leak",
    "stale cache",
    "deploy failed",
    "slow queries",
    "lock contention",
];

/// The first argument of the process that opens an index, and of the one that builds it.
pub const OPEN: &str = "open";
pub const BUILD: &str = "build";

fn incident(n: i64, random: &mut fastrand::Rng) -> Subject {
    let service = random.u8(0..200);
    let letter = (b'a' + service % 26) as char;
    let service = format!("service-{letter}{service}");
    let words: Vec<String> = (0..60)
        .map(|_| format!("word{}", (random.f64().powi(3) * 20_000.0) as u32))
        .collect();
    Subject {
        id: format!("01JBENCH{n:018}"),
        reference: format!("INC-{n}"),
        name: format!("{} on {service}", TROUBLES[random.usize(..TROUBLES.len())]),
        text: words.join(" "),
        services: vec![service],
        created: n * 600,
        ..Subject::default()
    }
}

fn seconds<T>(what: &str, act: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let made = act();
    println!("{what}: {:.3} s", started.elapsed().as_secs_f64());
    made
}

/// The time of a query in milliseconds, the middle one of twenty.
fn query(index: &Index, asked: &Subject) -> f64 {
    let mut times: Vec<f64> = (0..20)
        .map(|_| {
            let started = Instant::now();
            assert!(!crate::found(index, asked, 20, 10).is_empty());
            started.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[10]
}

/// Builds and writes the index, opens it in another process, and asks it before and after more was put.
pub fn measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("index");
    let mut random = fastrand::Rng::with_seed(1);
    let all: Vec<Subject> = (0..COUNT).map(|n| incident(n, &mut random)).collect();
    let asked = all[all.len() - 1].clone();
    let index = written(&path, all, &asked);
    let question = folder.path().join("asked");
    std::fs::write(&question, serde_json::to_vec(&asked).expect("JSON")).expect("written");
    for _ in 0..3 {
        in_a_process(&path, &question);
    }
    println!("a query: {:.1} ms", query(&index, &asked));
    let newer = (COUNT..COUNT + NEWER).map(|n| incident(n, &mut random));
    changed(&path, index, newer.collect(), &asked);
}

/// Built here in memory as a whole, and in a process of its own as the program does it: both answer alike.
fn written(path: &Path, all: Vec<Subject>, asked: &Subject) -> Index {
    let mut built = Index::default();
    all.into_iter().for_each(|one| built.put(one));
    println!("as a whole in memory: {:.0} MB", built.bytes() as f64 / 1e6);
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program).arg(BUILD).arg(path).output();
    let output = output.expect("a process");
    print!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success());
    let index = segment::read(path).expect("an index");
    let size = std::fs::metadata(path).expect("a file").len();
    println!("the file: {:.1} MB", size as f64 / 1e6);
    let (before, after) = (
        crate::found(&built, asked, 0, 100),
        crate::found(&index, asked, 0, 100),
    );
    assert_eq!(before, after, "the file answers as memory did");
    index
}

/// What it costs, in time and in exactness, that some incidents are newer than the file.
fn changed(path: &Path, mut index: Index, newer: Vec<Subject>, asked: &Subject) {
    seconds("200 more put", || {
        newer.into_iter().for_each(|one| index.put(one));
    });
    let kept = seconds("the first query after that", || {
        crate::found(&index, asked, 0, 1000)
    });
    println!("the next ones: {:.1} ms", query(&index, asked));
    let anew = seconds("written anew", || {
        segment::write(path, &index, COUNT as usize).expect("written")
    });
    let exact = crate::found(&anew, asked, 0, 1000);
    let off = kept.iter().filter_map(|a| {
        let same = exact.iter().find(|b| b.id == a.id)?;
        Some(a.likeness.abs_diff(same.likeness))
    });
    println!("a likeness was off by {} % at most", off.max().unwrap_or(0));
}

/// What that process does: puts one incident after the other, sets aside what is too much for memory, and writes all of it.
pub fn built(path: &str) {
    let path = Path::new(path);
    let (mut index, mut random) = (Index::default(), fastrand::Rng::with_seed(1));
    let started = Instant::now();
    let mut making = std::time::Duration::ZERO;
    for n in 0..COUNT {
        let begun = Instant::now();
        let one = incident(n, &mut random);
        making += begun.elapsed();
        index.put(one);
        if index.is_heavy() {
            segment::spill(path, &mut index).expect("set aside");
        }
    }
    let put = started.elapsed() - making;
    println!("100,000 incidents put: {:.3} s", put.as_secs_f64());
    let index = seconds("written and opened again", || {
        segment::write(path, &index, COUNT as usize).expect("written")
    });
    assert_eq!(index.len() as i64, COUNT);
    println!("memory while built: {}", memory());
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines = status
        .lines()
        .filter(|l| l.starts_with("VmRSS") || l.starts_with("VmHWM"));
    let lines = lines.map(|l| l.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.collect::<Vec<String>>().join(", ")
}

fn in_a_process(path: &Path, question: &Path) {
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.arg(OPEN).arg(path).arg(question);
    let started = Instant::now();
    let output = command.output().expect("a process");
    let whole = started.elapsed().as_secs_f64() * 1000.0;
    let said = String::from_utf8_lossy(&output.stdout);
    println!("a process of its own: {whole:.1} ms, {}", said.trim());
}

/// What that process does: opens the index, asks one question, tells times and memory.
pub fn opened(path: &str, question: &str) {
    let asked = std::fs::read(question).expect("a question");
    let asked: Subject = serde_json::from_slice(&asked).expect("JSON");
    let started = Instant::now();
    let index = segment::read(Path::new(path)).expect("an index");
    let open = started.elapsed().as_secs_f64() * 1000.0;
    assert!(!crate::found(&index, &asked, 20, 10).is_empty());
    let first = started.elapsed().as_secs_f64() * 1000.0 - open;
    println!(
        "opened in {open:.1} ms, first query {first:.1} ms, {}",
        memory()
    );
}
