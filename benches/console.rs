//! What a key costs inside the process, at 1k, 10k and 100k incidents: narrowing, the palette, one drawn frame.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use hotseat::config::{self, Colour, Overrides};
use hotseat::console::filter::{Filter, Known, narrow};
use hotseat::console::job::{Job, JobSubject};
use hotseat::console::keymap::Keymap;
use hotseat::console::msg::Msg;
use hotseat::console::news::News;
use hotseat::console::palette::{Pool, find};
use hotseat::console::reply::{Outcome, Reply};
use hotseat::console::state::{Rows, State};
use hotseat::console::theme::Theme;
use hotseat::console::{picture, update};
use hotseat::domain::sample::row as sample_row;
use hotseat::domain::time::{self, Zone};
use hotseat::domain::{CatalogGraph, Org, Person};
use hotseat::session::Change;
use std::hint::black_box;
use std::sync::Arc;

/// What the worker says when it tells news.
fn told(news: impl Into<News>) -> Msg {
    let job = Job {
        id: 0,
        subject: JobSubject::Opening,
    };
    Msg::Worker(Reply {
        job,
        outcome: Outcome::Done(vec![news.into()]),
    })
}

fn rows(count: usize) -> Rows {
    let services = [
        "checkout",
        "payments",
        "search",
        "ledger",
        "gateway",
        "inventory",
        "email",
        "billing",
    ];
    let what = [
        "timing out on calls to",
        "error rate above 5% in",
        "queue depth growing in",
        "pods restarting in",
        "certificate expired on",
    ];
    let row = |n: usize| {
        let (service, other) = (services[n % 8], services[n / 8 % 8]);
        Arc::new(sample_row(
            &n.to_string(),
            &format!("{service} {} {other}", what[n % 5]),
            "Gale",
            if n.is_multiple_of(400) {
                "Fixing"
            } else {
                "Closed"
            },
            service,
            "Ana Abara",
        ))
    };
    Arc::new((0..count).map(row).collect())
}

fn benches(c: &mut Criterion) {
    let config = Arc::new(
        config::load(&Overrides {
            file: Some("/dev/null".into()),
            ..Overrides::default()
        })
        .expect("defaults"),
    );
    let keymap = Arc::new(Keymap::new(&config.keys).expect("keys"));
    let now = time::parse("2026-11-20T14:40:00Z").expect("a time");
    for count in [1_000, 10_000, 100_000] {
        let rows = rows(count);
        for query in ["c", "checkout timing", "chkout tmng"] {
            let mut filter = Filter::default();
            let known = Known {
                org: &Org::default(),
                me: None,
                now,
                zone: Zone::UTC,
                graph: &CatalogGraph::default(),
            };
            filter.parse(query, &known);
            c.bench_with_input(
                BenchmarkId::new(format!("narrow \"{query}\""), count),
                &rows,
                |b, rows| b.iter(|| black_box(narrow(rows, &filter, false))),
            );
        }
        let pool = Pool {
            rows: rows.clone(),
            graph: Arc::default(),
            org: Arc::default(),
            schedules: Arc::default(),
            items: Vec::new(),
            keymap: keymap.clone(),
            actions_only: false,
            blocked: Vec::new(),
        };
        c.bench_with_input(
            BenchmarkId::new("palette \"payments queue\"", count),
            &pool,
            |b, pool| b.iter(|| black_box(find(pool, "payments queue"))),
        );
        let mut state = State::new(config.clone(), keymap.clone(), now, (120, 40), Zone::UTC);
        update::update(
            &mut state,
            now,
            told(Change::Rows {
                rows: rows.to_vec(),
                whole: true,
                cached: true,
            }),
        );
        let (ticket, visible) = (
            state.incidents.ticket,
            (0..u32::try_from(count).expect("small")).collect(),
        );
        update::update(&mut state, now, told(News::Narrowed { ticket, visible }));
        let theme = Theme::fixed(Colour::Truecolor, false, false);
        // Somebody is chosen among as many people: a letter typed, and its frame.
        let person = |n: usize| Person {
            id: n.to_string().into(),
            name: format!("Person {n} of many").into(),
            email: None,
        };
        let mut choosing = State::new(config.clone(), keymap.clone(), now, (120, 40), Zone::UTC);
        let org = Org {
            people: (0..count).map(person).collect(),
            ..Org::default()
        };
        update::update(&mut choosing, now, told(Change::Org(Box::new(org))));
        let press = |state: &mut State, key: &str| {
            update::update(
                state,
                now,
                Msg::Key(hotseat::console::keymap::parse(key).expect("a key")),
            )
        };
        ["e", "tab"]
            .iter()
            .for_each(|key| drop(press(&mut choosing, key)));
        c.bench_with_input(
            BenchmarkId::new("a letter among choices and its frame", count),
            &count,
            |b, _| {
                b.iter(|| {
                    press(&mut choosing, "7");
                    black_box(picture::buffer(&choosing, &theme));
                    press(&mut choosing, "backspace");
                });
            },
        );
        c.bench_with_input(
            BenchmarkId::new("one key and its frame", count),
            &count,
            |b, _| {
                b.iter(|| {
                    update::update(
                        &mut state,
                        now,
                        Msg::Key(hotseat::console::keymap::parse("j").expect("a key")),
                    );
                    black_box(picture::buffer(&state, &theme))
                });
            },
        );
    }
}

criterion_group!(all, benches);
criterion_main!(all);
