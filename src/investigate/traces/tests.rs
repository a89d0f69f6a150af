use super::*;
use crate::domain::{Signal, Span, SpanKind};
use std::collections::BTreeSet;

const CREATED: i64 = 1_795_185_000;

fn at(second: i64) -> Instant {
    Instant::from_timestamp(CREATED + second, 0).expect("a time")
}

fn window() -> Window {
    Window {
        normal_from: at(-50 * 3_600),
        recent_from: at(-7_200),
        to: at(900),
        changes_from: at(-14_400),
    }
}

/// What is wrong from four minutes before the incident was declared.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    SlowBank,
    SlowDatabase,
    SlowNetwork,
    SlowHost,
    SilentBank,
    FailingBank,
    RefusingBank,
    SlowMail,
    OneHangs,
}

/// A request in the making: spans on clocks that differ by service.
struct Request {
    spans: Vec<Span>,
    noise: u64,
}

/// One end of a call: service, kind, operation.
type End<'a> = (&'a str, SpanKind, &'a str);

impl Request {
    /// Up to a tenth more or less.
    fn noisy(&mut self, ms: i64) -> i64 {
        self.noise = self
            .noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ms * (900 + (self.noise >> 33) as i64 % 201)
    }

    fn span(&mut self, parent: Option<usize>, (service, kind, name): End, start: i64) -> usize {
        // The clock of bank is 40 s ahead.
        let ahead = if service == "bank" { 40_000_000 } else { 0 };
        self.spans.push(Span {
            id: format!("s{}", self.spans.len()),
            parent: parent.map(|p| format!("s{p}")),
            service: service.into(),
            kind,
            name: name.into(),
            start: start + ahead,
            ..Span::default()
        });
        self.spans.len() - 1
    }

    fn end(&mut self, at: usize, duration: i64, failed: bool) -> i64 {
        self.spans[at].duration = duration;
        self.spans[at].failed = failed;
        self.spans[at].end()
    }
}

/// Front calls cart, which asks a database that records nothing, and pay, which calls bank; a mail is sent and nobody
/// waits for it.
fn request(second: i64, fault: Fault, number: u64) -> Trace {
    use SpanKind::{Client, Consumer, Internal, Producer, Server};
    let mut r = Request {
        spans: Vec::new(),
        noise: number * 7_919 + 1,
    };
    let start = (CREATED + second) * 1_000_000 + number as i64 % 1_000;
    let front = r.span(None, ("front", Server, "GET /buy/17"), start);
    let cart = r.span(Some(front), ("front", Client, "GET cart"), start + 1_000);
    let cart_end = r.span(Some(cart), ("cart", Server, "GET /cart"), start + 2_000);
    let query = r.span(Some(cart_end), ("cart", Client, "SELECT"), start + 3_000);
    r.spans[query].peer = Some("orders-db".into());
    let asked = r.noisy(if fault == Fault::SlowDatabase { 900 } else { 5 });
    r.end(query, asked, false);
    let took = asked + r.noisy(8);
    r.end(cart_end, took, false);
    r.end(cart, took + 2_000, false);
    let pay_start = start + took + 4_000;
    let pay = r.span(Some(front), ("front", Client, "POST pay"), pay_start);
    let pay_end = r.span(Some(pay), ("pay", Server, "POST /pay"), pay_start + 1_000);
    let bank = r.span(
        Some(pay_end),
        ("pay", Client, "POST bank"),
        pay_start + 2_000,
    );
    let hangs = fault == Fault::SilentBank;
    let own = r.noisy(if fault == Fault::SlowBank { 700 } else { 20 });
    let gap = r.noisy(match fault {
        Fault::SlowNetwork => 600,
        Fault::SlowHost => 300,
        _ => 2,
    });
    let far = r.noisy(if fault == Fault::SlowHost { 300 } else { 2 });
    let fails = fault == Fault::FailingBank && number.is_multiple_of(2);
    let refuses = fault == Fault::RefusingBank && number.is_multiple_of(2);
    let called = if hangs { 3_000_000 } else { own + gap };
    if !hangs && !refuses {
        let answer = r.span(
            Some(bank),
            ("bank", Server, "POST /transfer"),
            pay_start + 3_000,
        );
        r.end(answer, own, fails);
    }
    let failed = fails || hangs || refuses;
    r.end(bank, called, failed);
    let work = r.noisy(10);
    r.end(pay_end, called + work, failed);
    r.end(pay, called + work + far, failed);
    let send = r.span(Some(front), ("front", Producer, "send mail"), pay_start);
    r.end(send, 500, false);
    let mail = r.span(Some(send), ("mail", Consumer, "mail"), pay_start + 700);
    let mailed = r.noisy(if fault == Fault::SlowMail { 9_000 } else { 100 });
    r.end(mail, mailed, false);
    let beside = r.span(
        Some(front),
        ("front", Internal, "render"),
        pay_start + 2_000,
    );
    r.end(beside, 900, false);
    let hung = if fault == Fault::OneHangs && number == 3 {
        60_000_000
    } else {
        0
    };
    let whole = took + called + work + far + 10_000 + hung;
    r.end(front, whole, failed);
    Trace {
        id: format!("{number:032x}"),
        spans: r.spans,
        picked: Picked::Plain,
    }
}

fn sample(fault: Fault) -> TraceSample {
    let normal = (0..150).map(|n| request(-7_000 + n * 44, Fault::None, n as u64));
    let trouble = (0..60).map(|n| request(-240 + n * 10, fault, n as u64));
    let with_id = |(n, t): (usize, Trace)| Trace {
        id: format!("{n:032x}"),
        ..t
    };
    TraceSample {
        source: "jaeger".into(),
        query: "service=front".into(),
        page: "https://jaeger.example/trace/$trace".into(),
        kept: None,
        traces: normal.chain(trouble).enumerate().map(with_id).collect(),
    }
}

fn read(sample: &TraceSample) -> (Vec<TraceSign>, Option<String>) {
    let found = read_traces(sample, at(0), window());
    (found.signs, found.missing)
}

fn told(fault: Fault) -> Vec<TraceSign> {
    let (signs, missing) = read(&sample(fault));
    assert_eq!(missing, None);
    signs
}

#[test]
fn the_part_that_takes_longer_or_fails_is_named_and_nothing_else() {
    use TracePart::{Between, Failing, Own};
    for (fault, part, service, caller, observed) in [
        (Fault::SlowBank, Own, "bank", None, 0.7),
        (Fault::SlowDatabase, Own, "orders-db", Some("cart"), 0.9),
        (Fault::SlowHost, Between, "pay", None, 0.6),
        (Fault::SlowNetwork, Between, "bank", Some("pay"), 0.6),
        (Fault::SilentBank, Between, "bank", Some("pay"), 3.0),
        (Fault::FailingBank, Failing, "bank", None, 0.5),
        (Fault::RefusingBank, Failing, "bank", Some("pay"), 0.5),
        (Fault::SlowMail, Own, "mail", None, 9.0),
    ] {
        let signs = told(fault);
        let top = signs
            .iter()
            .find(|s| s.part == part && s.caller.as_deref() == caller);
        let top = top.unwrap_or_else(|| panic!("{fault:?}: {signs:#?}"));
        assert_eq!(
            (top.service.as_str(), top.caller.as_deref()),
            (service, caller),
            "{fault:?}: {signs:#?}"
        );
        assert!(
            (top.observed / observed - 1.0).abs() < 0.2,
            "{fault:?}: {top:#?}"
        );
        assert!(top.share > 0.9 && top.normal < 0.11, "{fault:?}: {top:#?}");
        let services: BTreeSet<&str> = signs.iter().map(|s| s.service.as_str()).collect();
        assert_eq!(
            services.into_iter().collect::<Vec<_>>(),
            [service],
            "{fault:?}"
        );
        assert!(top.link.as_ref().is_some_and(|l| l.ends_with(&top.trace)));
    }
}

#[test]
fn normal_requests_and_a_single_hanging_one_name_nothing() {
    for fault in [Fault::None, Fault::OneHangs] {
        assert_eq!(told(fault), [], "{fault:?}");
    }
}

#[test]
fn the_example_shows_who_was_called_and_did_not_answer() {
    let signs = told(Fault::SilentBank);
    let failing = signs.iter().find(|s| s.part == TracePart::Failing);
    let lines = failing.map(|s| s.lines.clone()).unwrap_or_default();
    assert_eq!(
        lines,
        [
            "front GET /buy/17 3.03 s, failed",
            "  front POST pay 3.01 s, failed",
            "    pay POST /pay 3.01 s, failed",
            "      pay POST bank 3 s, failed, no span of bank",
            "  mail mail 98.6 ms",
            "… 5 more spans",
        ]
    );
}

#[test]
fn an_hour_of_trouble_before_anybody_called_is_not_taken_for_normal() {
    let mut sample = sample(Fault::None);
    let late = (0..60).map(|n| request(-3_600 + n * 60, Fault::SlowBank, 500 + n as u64));
    sample
        .traces
        .retain(|t| t.start() < at(-3_600).timestamp_micros());
    sample.traces.extend(late);
    let (signs, _) = read(&sample);
    assert_eq!(signs[0].service, "bank");
    assert!(
        signs[0].normal < 0.05 && signs[0].count == 60,
        "{:#?}",
        signs[0]
    );
}

#[test]
fn too_few_normal_requests_say_so_and_weigh_less() {
    let mut sample = sample(Fault::SlowBank);
    let border = at(-240).timestamp_micros();
    let kept: Vec<Trace> = sample
        .traces
        .iter()
        .filter(|t| t.start() < border)
        .take(5)
        .cloned()
        .collect();
    sample.traces.retain(|t| t.start() >= border);
    sample.traces.extend(kept);
    let (signs, missing) = read(&sample);
    assert_eq!(
        missing.as_deref(),
        Some("jaeger has only 5 traces of the time before to compare with.")
    );
    assert!(signs.iter().all(|s| s.share <= 0.5), "{signs:#?}");
}

#[test]
fn the_order_in_which_traces_came_changes_nothing() {
    let mut turned = sample(Fault::SlowNetwork);
    turned.traces.reverse();
    turned.traces.iter_mut().for_each(|t| t.spans.reverse());
    let signs = |s: &TraceSample| read(s).0;
    assert_eq!(signs(&turned), signs(&sample(Fault::SlowNetwork)));
}

#[test]
fn a_recording_that_turns_in_circles_ends() {
    let span = |id: &str, parent: &str| Span {
        id: id.into(),
        parent: Some(parent.into()),
        service: "a".into(),
        start: CREATED * 1_000_000,
        duration: 5,
        ..Span::default()
    };
    let deep = (0..5_000).map(|n| span(&format!("{}", n + 1), &format!("{n}")));
    let trace = Trace {
        id: "t".into(),
        spans: deep
            .chain([span("x", "y"), span("y", "x"), span("z", "z")])
            .collect(),
        picked: Picked::Plain,
    };
    let sample = TraceSample {
        traces: vec![trace; 3],
        ..TraceSample::default()
    };
    assert_eq!(read(&sample).0, []);
}

#[test]
fn requests_are_measures_of_both_ends_and_count_calls_where_all_are_known() {
    let mut all = sample(Fault::SlowNetwork);
    let picked = read_traces(&all, at(0), window()).series;
    assert!(!picked.is_empty() && picked.iter().all(|s| s.signal != Signal::Traffic));
    all.kept = Some([1.0, 0.5]);
    let series = read_traces(&all, at(0), window()).series;
    let last = |service: &str, signal: Signal, caller: Option<&str>| {
        let mut same = series.iter().filter(|s| {
            (s.service.as_str(), &s.signal, s.caller.as_deref()) == (service, &signal, caller)
        });
        let one = same
            .next()
            .unwrap_or_else(|| panic!("{service} {caller:?}"));
        let point = one.recent.iter().rfind(|p| p.0 <= at(300).timestamp());
        point.expect("a point").1
    };
    for (service, caller, seconds) in [
        ("bank", None, 0.02),
        ("bank", Some("pay"), 0.62),
        ("orders-db", Some("cart"), 0.005),
    ] {
        let told = last(service, Signal::Latency, caller);
        assert!(
            (told / seconds - 1.0).abs() < 0.1,
            "{service} {caller:?}: {told}"
        );
    }
    // A request every ten seconds, of every other one that there was.
    assert_eq!(last("bank", Signal::Traffic, None), 0.2);
    assert_eq!(last("bank", Signal::Errors, Some("pay")), 0.0);
}
