//! What is found, and that it is the same wherever the incidents lie.

mod score;

use super::*;

fn subject(id: &str, name: &str, text: &str, service: &str, alert: &str, day: i64) -> Subject {
    Subject {
        id: id.into(),
        reference: format!("INC-{id}"),
        name: name.into(),
        text: text.into(),
        services: if service.is_empty() {
            vec![]
        } else {
            vec![service.into()]
        },
        alerts: if alert.is_empty() {
            vec![]
        } else {
            vec![alert.into()]
        },
        kind: None,
        created: day * 86_400,
    }
}

fn searched(
    index: &Index,
    asked: &Subject,
    near: &Neighbours,
    verdicts: &PairVerdicts,
    least: u8,
    most: usize,
) -> Vec<Match> {
    let search = Search {
        near,
        verdicts,
        since: None,
        least,
        most,
    };
    index.find(asked, &search).expect("an index that is whole")
}

fn filled() -> Index {
    let mut index = Index::default();
    for (n, (name, text, service, alert)) in [
        (
            "payment-gateway times out",
            "Calls wait 30 s. ConnectionPoolExhausted in the log.",
            "payment-gateway",
            "HighLatency: payment-gateway",
        ),
        (
            "Disk full on orders-db",
            "WAL grows since the replica is gone.",
            "orders-db",
            "DiskFull: orders-db",
        ),
        (
            "Search results are stale",
            "The indexer is stuck on one message.",
            "search-indexer",
            "QueueDepth: search-indexer",
        ),
        ("Certificate of mfa expired", "Renewal failed.", "mfa", ""),
        (
            "Zahlungen doppelt gebucht",
            "Ein Zeitlimit in ledger",
            "ledger",
            "",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        index.put(subject(
            &n.to_string(),
            name,
            text,
            service,
            alert,
            n as i64,
        ));
    }
    for n in 0..200 {
        index.put(subject(
            &format!("s{n}"),
            &format!("HighErrorRate on cart-{n} at 0{}:00", n % 9),
            "storm of alerts",
            "cart",
            "HighErrorRate",
            10,
        ));
    }
    index
}

#[test]
fn what_is_like_it_is_found_with_reasons_that_stand_in_both() {
    let index = filled();
    let asked = subject(
        "new",
        "Timeouts calling payment-gateway",
        "log says ConnectionPoolExhausted again",
        "checkout",
        "",
        20,
    );
    let near = Neighbours::from([(
        "checkout".to_owned(),
        BTreeSet::from(["payment-gateway".to_owned()]),
    )]);
    let found = searched(&index, &asked, &near, &PairVerdicts::default(), 20, 5);
    assert_eq!(found[0].id.as_str(), "0", "{found:#?}");
    let (mine, theirs) = (
        format!("{} {}", asked.name, asked.text).to_lowercase(),
        "payment-gateway times out calls wait 30 s. connectionpoolexhausted in the log.",
    );
    let said = found[0]
        .reasons
        .iter()
        .find(|r| r.starts_with("both say"))
        .expect("words");
    for word in said.split('`').skip(1).step_by(2) {
        assert!(
            mine.contains(word) && theirs.contains(word),
            "`{word}` is not in both"
        );
    }
    assert!(
        found[0]
            .reasons
            .iter()
            .any(|r| r.contains("one call apart")),
        "{:?}",
        found[0].reasons
    );
}

#[test]
fn a_storm_is_one_answer_and_what_people_said_counts() {
    let index = filled();
    let asked = subject(
        "new",
        "HighErrorRate on cart-999 at 03:00",
        "storm of alerts",
        "cart",
        "HighErrorRate",
        11,
    );
    let found = searched(
        &index,
        &asked,
        &Neighbours::new(),
        &PairVerdicts::default(),
        20,
        5,
    );
    assert_eq!(
        found
            .iter()
            .filter(|m| m.name.starts_with("HighErrorRate"))
            .count(),
        1
    );
    assert_eq!(found[0].alike, 199);
    let mut told = PairVerdicts::default();
    told.same.insert(PairVerdicts::pair("new", "3"));
    told.different.insert(PairVerdicts::pair("new", "s0"));
    let found = searched(&index, &asked, &Neighbours::new(), &told, 20, 500);
    assert!(
        found
            .iter()
            .any(|m| m.id.as_str() == "3" && m.likeness >= 90)
            && !found.iter().any(|m| m.id.as_str() == "s0")
    );
}

#[test]
fn odd_incidents_find_little_and_break_nothing() {
    let index = filled();
    let huge = "word ".repeat(2_000_000);
    for (name, text) in [
        ("", ""),
        ("down", ""),
        ("12345678 0xdeadbeef01", ""),
        ("Zahlung doppelt", "ledger Zeitlimit"),
        ("x", huge.as_str()),
    ] {
        let asked = subject("new", name, text, "", "", 20);
        let found = searched(
            &index,
            &asked,
            &Neighbours::new(),
            &PairVerdicts::default(),
            50,
            5,
        );
        assert_eq!(
            found.first().map(|m| m.id.to_string()),
            (name == "Zahlung doppelt").then(|| "4".to_owned()),
            "{name}"
        );
    }
    assert!(
        searched(
            &Index::default(),
            &subject("n", "a", "b", "", "", 1),
            &Neighbours::new(),
            &PairVerdicts::default(),
            0,
            5
        )
        .is_empty()
    );
}

const SERVICES: u32 = 40;
const TROUBLES: [&str; 10] = [
    "Timeouts",
    "ConnectionPoolExhausted",
    "disk full",
    "Zeitüberschreitung",
    "決済が遅い",
    "5xx rate",
    "stuck queues",
    "DeadlineExceeded",
    "OOMKilled",
    "certificate expired",
];

fn trouble(random: &mut fastrand::Rng) -> &'static str {
    TROUBLES[random.usize(..TROUBLES.len())]
}

/// Often the same few words, now and then a rare one.
fn word(random: &mut fastrand::Rng) -> String {
    match random.u8(..12) {
        0 => trouble(random).to_owned(),
        1 => format!("Retry{}", random.u32(..30)),
        2 => "retries".to_owned(),
        _ => format!("word{}", (random.f64().powi(3) * 900.0) as u32),
    }
}

/// An incident as it might be, the same for the same seed.
fn generated(n: usize, random: &mut fastrand::Rng) -> Subject {
    let service = |random: &mut fastrand::Rng| format!("service-{}", random.u32(..SERVICES));
    let text: Vec<String> = (0..random.usize(..120)).map(|_| word(random)).collect();
    let on = service(random);
    let name = match random.u8(..5) {
        0 => format!("HighErrorRate on {on} at 0{}:00", random.u8(..9)),
        1 => String::new(),
        _ => format!("{} {} on {on}", trouble(random), word(random)),
    };
    let kind = ["outage", "security"][random.usize(..2)];
    Subject {
        id: format!("01{n:05}"),
        reference: format!("INC-{n}"),
        name,
        text: text.join(" "),
        services: (0..random.usize(..3)).map(|_| service(random)).collect(),
        alerts: (0..random.usize(..3))
            .map(|_| format!("{} {}", trouble(random), random.u8(..5)))
            .collect(),
        kind: random.bool().then(|| kind.to_owned()),
        created: random.i64(0..200) * 43_200,
    }
}

fn history(count: usize) -> Vec<Subject> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..count).map(|n| generated(n, &mut random)).collect()
}

fn put<'a>(index: &mut Index, all: impl IntoIterator<Item = &'a Subject>) {
    all.into_iter().for_each(|one| index.put(one.clone()));
}

fn in_memory(all: &[Subject]) -> Index {
    let mut index = Index::default();
    put(&mut index, all);
    index
}

fn written(index: &Index) -> Index {
    let bytes = index.encode(index.len()).expect("bytes");
    Index::open(Box::new(bytes)).expect("what was written")
}

/// What two indexes answer to a few questions of each kind.
fn assert_same(what: &str, a: &Index, b: &Index, questions: &[Subject]) {
    let near: Neighbours = (0..SERVICES)
        .map(|n| {
            let next = [n + 1, n * 7].map(|n| format!("service-{}", n % SERVICES));
            (format!("service-{n}"), BTreeSet::from(next))
        })
        .collect();
    let mut verdicts = PairVerdicts::default();
    for (n, pair) in questions.windows(2).enumerate() {
        let pair = PairVerdicts::pair(&pair[0].id, &pair[1].id);
        let pairs = [&mut verdicts.same, &mut verdicts.different];
        pairs.into_iter().nth(n % 2).expect("two").insert(pair);
    }
    for (n, asked) in questions.iter().enumerate() {
        let (least, most) = [(0, 100), (20, 8), (50, 1000)][n % 3];
        let search = Search {
            near: &near,
            verdicts: &verdicts,
            since: [None, Some(40 * 43_200)][n % 2],
            least,
            most,
        };
        let (a, b) = (a.find(asked, &search), b.find(asked, &search));
        let (a, b) = (a.expect("whole"), b.expect("whole"));
        assert!(a == b, "{what}, {}:\n{a:#?}\n{b:#?}", asked.reference);
    }
}

#[test]
fn the_same_is_found_wherever_the_incidents_lie() {
    let all = history(2_000);
    let questions: Vec<Subject> = all.iter().step_by(41).cloned().collect();
    let memory = in_memory(&all);
    assert_same("written", &memory, &written(&memory), &questions);
    let mut mixed = written(&in_memory(&all[..1_900]));
    put(&mut mixed, &all[1_900..]);
    assert_eq!((mixed.len(), mixed.first()), (2_000, memory.first()));
    assert_same("mixed", &memory, &mixed, &questions);
    assert_same("written again", &memory, &written(&mixed), &questions);
}

#[test]
fn an_incident_that_is_put_again_replaces_what_was_known_of_it() {
    let all = history(600);
    let questions: Vec<Subject> = all.iter().step_by(29).cloned().collect();
    // What these were before: other words, other services. One comes to be written, the others are replaced at once.
    let before = |one: &Subject| Subject {
        text: format!("quixotic {}", one.text),
        services: vec!["service-1".into()],
        ..one.clone()
    };
    let memory = in_memory(&all);
    let mut twice = Index::default();
    all.iter().for_each(|one| twice.put(before(one)));
    put(&mut twice, &all);
    assert_same("in memory", &memory, &twice, &questions);
    let mut mixed = Index::default();
    for (n, one) in all.iter().enumerate() {
        mixed.put(if n % 7 == 0 { before(one) } else { one.clone() });
    }
    let mut mixed = written(&mixed);
    put(&mut mixed, &all);
    assert_eq!(mixed.len(), 600);
    // Now those that were put again lie last: only the order of equals could tell.
    assert_same("over a segment", &memory, &mixed, &questions);
    let anew = mixed.encode(600).expect("bytes");
    assert!(!String::from_utf8_lossy(&anew).contains("quixotic"));
}

#[test]
fn an_incident_that_did_not_change_does_not_make_the_index_grow() {
    let all = history(200);
    let mut index = written(&in_memory(&all));
    put(&mut index, &all);
    assert!(!index.grown());
    let changed = |one: &Subject| Subject {
        text: format!("{} more", one.text),
        ..one.clone()
    };
    all.iter().take(15).for_each(|one| index.put(changed(one)));
    assert!(index.grown(), "an eighth of it changed");
    assert_eq!(index.len(), 200);
}

#[test]
fn what_was_removed_is_not_found_and_leaves_the_segment_at_once() {
    let mut all = history(300);
    all[20].name = "Whistleblower reports Quokka".into();
    let mut index = written(&in_memory(&all[..290]));
    put(&mut index, &all[290..]);
    index.put(Subject {
        text: "Quokka again".into(),
        ..all[21].clone()
    });
    for gone in [20, 21, 295] {
        index.remove(&all[gone].id);
        assert_eq!(index.subject(&all[gone].id).expect("read"), None);
    }
    assert_eq!(index.len(), 297);
    assert!(index.grown(), "what was removed is still written");
    let bytes = index.encode(297).expect("bytes");
    assert!(
        !String::from_utf8_lossy(&bytes)
            .to_lowercase()
            .contains("quokka")
    );
    let rest: Vec<Subject> = (0..300)
        .filter(|n| ![20, 21, 295].contains(n))
        .map(|n| all[n].clone())
        .collect();
    let questions: Vec<Subject> = all.iter().step_by(23).cloned().collect();
    assert_same("removed", &in_memory(&rest), &index, &questions);
    index.remove("nobody");
    index.put(all[20].clone());
    assert_eq!(
        index.subject(&all[20].id).expect("read").map(|s| s.name),
        Some(all[20].name.clone())
    );
}

#[test]
fn a_storm_of_something_new_does_not_hide_the_one_before_it_in_a_large_history() {
    let mut random = fastrand::Rng::with_seed(3);
    let mut all: Vec<Subject> = (0..10_001).map(|n| generated(n, &mut random)).collect();
    for one in &mut all {
        let words: Vec<&str> = one.text.split(' ').take(12).collect();
        one.text = words.join(" ");
    }
    let storm = |n: usize, name: &str| Subject {
        id: format!("02{n:05}"),
        name: name.into(),
        created: 9_000_000,
        ..Subject::default()
    };
    all.push(storm(0, "Flux capacitor molten in word3 orders"));
    let mut index = written(&in_memory(&all));
    for n in 1..90 {
        index.put(storm(
            n,
            &format!("Flux capacitor molten on unit-{n}, word{n}"),
        ));
    }
    let exact = written(&index);
    for asked in [
        storm(999, "Flux capacitor molten on unit-999"),
        all[7].clone(),
    ] {
        let near = Neighbours::new();
        let ask = |index| searched(index, &asked, &near, &PairVerdicts::default(), 0, 20);
        let (found, right) = (ask(&index), ask(&exact));
        // Which of those that are not alike at all come last is nobody's concern.
        for one in right.iter().filter(|one| one.likeness > 0) {
            let same = found.iter().find(|f| f.id == one.id).expect("found too");
            assert!(
                same.likeness.abs_diff(one.likeness) <= 2,
                "{same:?}\n{one:?}"
            );
        }
    }
}

/// What a file answers to everything that can be asked of it; nothing where it is refused, then or before.
fn answers(bytes: Vec<u8>, questions: &[Subject]) -> Option<Vec<Vec<Match>>> {
    let index = Index::open(Box::new(bytes)).ok()?;
    let search = Search {
        near: &Neighbours::new(),
        verdicts: &PairVerdicts::default(),
        since: None,
        least: 0,
        most: 100,
    };
    let found = questions.iter().map(|asked| index.find(asked, &search));
    found.collect::<std::io::Result<_>>().ok()
}

#[test]
fn a_cut_file_is_refused_and_a_changed_byte_never_changes_an_answer() {
    let names = [
        "Timeouts in orders-db",
        "Zeitüberschreitung",
        "orders-db is gone",
    ];
    let mut index = Index::default();
    for (n, name) in names.into_iter().enumerate() {
        index.put(subject(
            &n.to_string(),
            name,
            "Timeouts",
            "orders",
            "Disk",
            3,
        ));
    }
    let bytes = index.encode(3).expect("bytes");
    let questions = [subject("new", names[2], "timeout", "orders", "", 4)];
    let right = answers(bytes.clone(), &questions).expect("answers");
    for length in 0..bytes.len() {
        assert!(Index::open(Box::new(bytes[..length].to_vec())).is_err());
    }
    for (at, change) in (0..bytes.len()).flat_map(|at| [(at, 1), (at, 0xff)]) {
        let mut changed = bytes.clone();
        changed[at] ^= change;
        let found = answers(changed, &questions);
        assert!(found.is_none_or(|found| found == right), "byte {at}");
    }
}
