//! Lines as real programs and wrappers write them, and counts that do and do not tell.

use super::entry::entries;
use super::group::group;
use super::*;
use crate::domain::{Instant, LogLine, LogSample};

fn at(second: i64) -> Instant {
    chrono::DateTime::from_timestamp(1_800_000_000 + second, 0).expect("a time")
}

fn line(second: i64, text: &str) -> LogLine {
    LogLine {
        at: at(second),
        text: text.into(),
    }
}

/// When the trouble begins in these samples, and ends; the normal hour is before.
const ONSET: i64 = 3_600;
const END: i64 = 4_200;

/// A sample whose lines come every so many seconds before and after the onset; nothing for 0.
fn sample(service: &str, lines: &[(&str, i64, i64)]) -> LogSample {
    let every = |from: i64, to: i64, pick: &dyn Fn(&(&str, i64, i64)) -> i64| {
        let mut all: Vec<LogLine> = Vec::new();
        for one in lines.iter().filter(|l| pick(l) > 0) {
            let times = (from..to).step_by(pick(one) as usize);
            all.extend(
                times
                    .enumerate()
                    .map(|(n, t)| line(t, &one.0.replace("{}", &n.to_string()))),
            );
        }
        all.sort_by_key(|l| l.at);
        all
    };
    LogSample {
        service: service.into(),
        source: "loki".into(),
        query: "{}".into(),
        normal: every(0, ONSET - 300, &|l| l.1),
        normal_seconds: ONSET - 300,
        recent: [
            every(ONSET - 300, ONSET - 60, &|l| l.1),
            every(ONSET, END, &|l| l.2),
        ]
        .concat(),
        recent_seconds: END - ONSET + 300,
        complete: false,
    }
}

fn found(samples: &[LogSample], calls: Option<f64>) -> Vec<Pattern> {
    patterns(samples, (at(ONSET), at(END)), &|_| calls)
}

fn short(found: &[Pattern]) -> Vec<(Direction, &str)> {
    found
        .iter()
        .map(|p| (p.direction, p.template.as_str()))
        .collect()
}

#[test]
fn a_line_says_the_same_whatever_wraps_it() {
    let plain = "ERROR order 77 failed";
    for line in [
        "ERROR order 77 failed",
        "2026-11-20T14:32:01.123Z ERROR order 77 failed",
        "2026-11-20 14:32:01,123 ERROR order 77 failed",
        "2026/11/20 14:32:01 ERROR order 77 failed",
        "2026-11-20 14:32:01 +0000 ERROR order 77 failed",
        "[2026-11-20 14:32:01 +0000] ERROR order 77 failed",
        "14:32:01.123 ERROR order 77 failed",
        "1795271521123 ERROR order 77 failed",
        "1795271521.123456 ERROR order 77 failed",
        "[Fri Nov 20 14:32:01.123456 2026] ERROR order 77 failed",
        "2026-11-20T14:32:01.123456789Z stdout F ERROR order 77 failed",
        "2026-11-20T14:32:01.123456789Z stderr F 2026-11-20 14:32:01 ERROR order 77 failed",
        r#"{"log":"ERROR order 77 failed\n","stream":"stdout","time":"2026-11-20T14:32:01.1Z"}"#,
        r#"{"log":"{\"level\":\"ERROR\",\"ts\":1795271521.1,\"msg\":\"order 77 failed\"}\n","stream":"stdout","time":"2026-11-20T14:32:01.1Z"}"#,
        r#"{"@timestamp":"2026-11-20T14:32:01Z","log.level":"ERROR","message":"order 77 failed"}"#,
        r#"{"severity":"ERROR","jsonPayload":{"message":"order 77 failed"}}"#,
        r#"{"timestamp":"2026-11-20T14:32:01Z","level":"ERROR","fields":{"message":"order 77 failed"}}"#,
        r#"ts=2026-11-20T14:32:01Z level=ERROR msg="order 77 failed""#,
        "cart-1  | 2026-11-20T14:32:01Z ERROR order 77 failed",
    ] {
        assert_eq!(said(line), plain, "{line}");
    }
    for (line, says) in [
        (
            "E1120 14:32:01.123456       1 reflector.go:147] watch failed",
            "ERROR reflector.go:147 watch failed",
        ),
        (
            "Nov 20 14:32:01 web-1 app[12]: order 77 failed",
            "app[12]: order 77 failed",
        ),
        (
            "2026-11-20T14:32:01+00:00 web-1 app[12]: order 77 failed",
            "app[12]: order 77 failed",
        ),
        (
            "<34>1 2026-11-20T14:32:01.003Z web-1 app 12 ID47 - order 77 failed",
            "order 77 failed",
        ),
        (
            "<34>Nov 20 14:32:01 web-1 app[12]: order 77 failed",
            "app[12]: order 77 failed",
        ),
        (
            "2026-11-20 14:32:01,123 [main] ERROR c.s.Orders - order 77 failed",
            "[main] ERROR c.s.Orders - order 77 failed",
        ),
        (
            r#"10.0.0.7 - - [20/Nov/2026:14:32:01 +0000] "GET /pay/7 HTTP/1.1" 503 123 "-" "curl/8.5""#,
            "GET /pay/7 503",
        ),
        (
            r#"ts=2026-11-20T14:32:01Z level=error caller=push.go:12 msg="push failed" err="connection refused""#,
            "error push.go:12 push failed connection refused",
        ),
        (
            r#"{"time":"2026-11-20T14:32:01Z","method":"GET","path":"/pay","status":503}"#,
            "method=GET path=/pay status=503",
        ),
        (
            r#"{"level":50,"time":1795271521123,"msg":"order 77 failed","err":{"type":"DbError","message":"gone"}}"#,
            "error order 77 failed DbError: gone",
        ),
        ("503 Service Unavailable", "503 Service Unavailable"),
        ("10.0.0.7 is gone", "10.0.0.7 is gone"),
        ("{not json", "{not json"),
        ("ключ=значение — ещё", "ключ=значение — ещё"),
        ("", ""),
    ] {
        assert_eq!(said(line), says, "{line}");
    }
}

#[test]
fn lines_of_one_kind_are_one_template_and_others_are_not() {
    let kinds: [&[&str]; 12] = [
        &[
            "upstream connect error: connection timeout to 10.0.0.7:443 after 3000ms",
            "upstream connect error: connection timeout to 10.0.0.9:443 after 3001ms",
        ],
        &["user 4711 logged in", "user 42 logged in"],
        &["GET /pay/1 503", "GET /pay/2 503"],
        &["GET /pay/1 200", "GET /pay/3 200"],
        &["payment for ana accepted", "payment for ben accepted"],
        &["payment for ana refused", "payment for ben refused"],
        &[
            "ERROR Ledger#45 not balanced",
            "ERROR Ledger#45 not balanced",
        ],
        &["ERROR Ledger#91 not balanced"],
        &["java.net.ConnectException: no answer from 10.1.1.1:80"],
        &["java.net.UnknownHostException: no answer from 10.1.1.1:80"],
        &["served in 412 ms", "served in 87 ms", "served in 503 ms"],
        &["<*> <*> x"],
    ];
    let lines: Vec<&str> = kinds.iter().flat_map(|k| k.iter().copied()).collect();
    let mut groups: Vec<Vec<usize>> = group(lines).into_iter().map(|t| t.lines).collect();
    groups.sort();
    let mut next = 0..;
    let right: Vec<Vec<usize>> = kinds
        .iter()
        .map(|k| next.by_ref().take(k.len()).collect())
        .collect();
    assert_eq!(groups, right);
    let orders: Vec<String> = (0..60).map(|n| format!("Order#{n} placed")).collect();
    assert_eq!(
        group(orders.iter().map(String::as_str)).len(),
        1,
        "ids that look like places"
    );
}

#[test]
fn a_stack_belongs_to_the_line_before_it() {
    let lines = [
        line(0, "2026-11-20 14:32:01 ERROR cannot place order 7"),
        line(0, "java.lang.IllegalStateException: no stock"),
        line(0, "\tat com.shop.Cart.add(Cart.java:45)"),
        line(0, "at com.shop.Cart.main(Cart.java:9)"),
        line(0, "Caused by: java.sql.SQLTimeoutException: after 5s"),
        line(0, "... 12 more"),
        line(1, "2026-11-20 14:32:02 INFO order 8 placed"),
        line(1, "Traceback (most recent call last):"),
        line(1, "File \"/srv/app/views.py\", line 31, in get"),
        line(1, "File \"/srv/app/db.py\", line 123, in load"),
        line(1, "KeyError: 'cart'"),
        line(2, "TimeoutError: db"),
        line(3, "TimeoutError: db"),
    ];
    let all: Vec<(String, usize)> = entries(&lines)
        .into_iter()
        .map(|e| (e.said, e.lines.len()))
        .collect();
    assert_eq!(
        all,
        [
            (
                "ERROR cannot place order 7 java.sql.SQLTimeoutException Cart.java:45".to_owned(),
                6
            ),
            ("INFO order 8 placed KeyError db.py:123".to_owned(), 5),
            ("TimeoutError: db".to_owned(), 1),
            ("TimeoutError: db".to_owned(), 1),
        ]
    );
}

#[test]
fn what_is_new_grew_or_fell_silent_is_told_and_what_is_usual_is_not() {
    let pay = sample(
        "pay",
        &[
            ("request {} served", 6, 5),
            ("order {} placed", 10, 0),
            ("retrying the call to ledger", 1200, 60),
            ("ERROR no answer from ledger after {} ms", 0, 30),
            ("cache warmed for {} shards", 0, 500),
            ("cleaned up {} sessions", 900, 0),
        ],
    );
    let told = found(&[pay], None);
    assert_eq!(
        short(&told),
        [
            (Direction::New, "ERROR no answer from ledger after <*> ms"),
            (Direction::Silent, "order <*> placed"),
            (Direction::Grown, "retrying the call to ledger"),
        ],
        "{told:#?}"
    );
    assert!(told.iter().all(|p| p.strength > 0.0 && p.strength <= 1.0));
}

#[test]
fn errors_that_are_new_at_a_source_of_errors_alone_need_none_from_before() {
    let errors = |complete: bool| LogSample {
        complete,
        normal_seconds: ONSET,
        ..sample("pay", &[("ERROR no answer from ledger", 0, 30)])
    };
    let told = found(&[errors(true)], None);
    assert_eq!(
        short(&told),
        [(Direction::New, "ERROR no answer from ledger")]
    );
    assert!(told[0].strength > 0.8, "{told:#?}");
    assert_eq!(
        short(&found(&[errors(false)], None)),
        [],
        "it may keep nothing longer"
    );
}

#[test]
fn lines_are_counted_per_call_whether_the_calls_are_measured_or_not() {
    let busy = |times: i64| {
        sample(
            "pay",
            &[
                ("request {} served", 12, 12 / times),
                ("order {} placed", 24, 24 / times),
                ("stock of {} asked", 36, 36 / times),
                ("WARN slow answer after {} ms", 60, 60 / times),
            ],
        )
    };
    assert_eq!(short(&found(&[busy(6)], Some(6.0))), []);
    assert_eq!(short(&found(&[busy(6)], None)), [], "all grow alike");
    assert_ne!(
        short(&found(&[busy(6)], Some(1.0))),
        [],
        "nobody calls more"
    );
    let quiet = || sample("pay", &[("order {} placed", 10, 0), ("still here", 60, 60)]);
    assert_eq!(short(&found(&[quiet()], Some(1.0))).len(), 1);
    assert_eq!(short(&found(&[quiet()], Some(0.0))), [], "nobody calls it");
}

#[test]
fn a_service_that_says_nothing_any_more_is_told_once_and_only_if_others_go_on() {
    let dead = sample(
        "pay",
        &[("request {} served", 6, 0), ("order {} placed", 10, 0)],
    );
    let alive = sample("web", &[("request {} served", 6, 6)]);
    assert_eq!(short(&found(std::slice::from_ref(&dead), Some(1.0))), []);
    let told = found(&[dead, alive], Some(1.0));
    assert_eq!(short(&told), [(Direction::Silent, "request <*> served")]);
    assert!(told[0].strength > 0.5 && !told[0].failure, "{told:?}");
}

#[test]
fn the_stronger_line_stands_first_whatever_its_service_is_called() {
    let one = |service: &str, every: i64| {
        sample(
            service,
            &[("all is well", 60, 60), ("ERROR disk full", 0, every)],
        )
    };
    let told = found(
        &[one("alpha", 300), one("zulu", 10), one("mike", 100)],
        None,
    );
    let order: Vec<&str> = told.iter().map(|p| p.service.as_str()).collect();
    assert_eq!(order, ["zulu", "mike", "alpha"]);
}

#[test]
fn the_one_that_most_blame_and_that_blames_nobody_is_blamed_most() {
    let ok = ("all is well", 60, 60);
    let samples = [
        sample("web", &[ok, ("ERROR call to orders failed", 0, 10)]),
        sample("app", &[ok, ("ERROR orders did not answer", 0, 10)]),
        sample(
            "orders",
            &[ok, ("ERROR dial tcp: lookup ledger:5432: refused", 0, 10)],
        ),
        sample("mail", &[ok, ("ERROR call to search failed", 0, 10)]),
        sample("search", &[ok]),
    ];
    let patterns = found(&samples, None);
    let names: Vec<Vec<String>> = ["web", "app", "orders", "ledger", "mail", "search"]
        .iter()
        .map(|n| vec![(*n).to_owned()])
        .collect();
    let told = blames(&patterns, &names, &samples, at(ONSET));
    let best = |whom: &str| {
        let all = told.iter().filter(|b| b.whom == whom);
        all.map(|b| b.strength).fold(0.0, f64::max)
    };
    let order = [best("ledger"), best("search"), best("orders"), best("web")];
    assert!(order.is_sorted_by(|a, b| a > b), "{told:#?}");
    assert_eq!(best("web"), 0.0);
}
