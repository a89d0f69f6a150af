//! One request taken apart: which service takes which part of it, and who fails by itself.
//!
//! A visit is one stay of the request in a service: spans that hang together. Its own time is the union of its spans less
//! what it waits for: calls to others, and outgoing spans as long as they last. Calls that run beside one another count
//! once. Clocks of hosts differ: what is called is moved into the call that it belongs to, and never counts for longer.

use super::Key;
use super::known::{Known, operation};
use super::spans::{Spans, Times, cover, length, less, within};
use crate::domain::{Span, SpanKind, Trace, TracePart};
use std::collections::BTreeMap;

/// Calls below one another that are followed; nobody calls so deep, but a broken recording may.
const DEEPEST: usize = 150;
/// A service visited in one request.
type Place = (String, bool);

/// One measured part of one request.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub key: Key,
    /// What was done there.
    pub operation: String,
    /// Seconds, or 1 for a failure and 0 for none.
    pub value: f64,
}

/// What one request shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Observed {
    /// When it began, in unix microseconds.
    pub start: i64,
    /// Seconds from its begin to the end of what it waits for.
    pub whole: f64,
    /// What it begins with.
    pub entry: String,
    /// Whether it begins with something that failed.
    pub failed: bool,
    /// Its parts.
    pub parts: Vec<Part>,
    /// Its calls, as who answers and who asks recorded them.
    pub calls: Vec<Call>,
}

/// One recorded end of a call.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub service: String,
    /// Who calls, where it is the caller's end.
    pub caller: Option<String>,
    /// In unix microseconds by its own clock.
    pub start: i64,
    pub seconds: f64,
    pub failed: bool,
}

impl Observed {
    /// How much of some parts it has.
    pub fn of(&self, keys: &[Key]) -> f64 {
        let same = self.parts.iter().filter(|p| keys.contains(&p.key));
        same.map(|p| p.value).sum()
    }
}

/// Takes a request apart.
pub(super) fn observe(trace: &Trace, known: &Known) -> Observed {
    let spans = Spans::of(trace);
    let mut walk = Walk {
        spans: &spans,
        known,
        own: BTreeMap::new(),
        parts: Vec::new(),
        calls: Vec::new(),
        apart: Vec::new(),
    };
    let mut observed = Observed {
        start: trace.start(),
        ..Observed::default()
    };
    let mut longest = 0;
    for &root in &spans.roots {
        let span = spans.at(root);
        let message = span.kind == SpanKind::Consumer;
        let end = walk.visit(Entry::root(root, span, message));
        if longest <= span.duration {
            longest = span.duration;
            observed.entry = format!("{} {}", span.service, operation(&span.name));
            observed.failed = end;
            observed.whole = span.duration as f64 / 1e6;
        }
    }
    while let Some(at) = walk.apart.pop() {
        walk.visit(Entry::root(at, spans.at(at), true));
    }
    observed.calls = std::mem::take(&mut walk.calls);
    observed.parts = walk.parts();
    observed
}

/// Where a visit begins, and what of it counts.
struct Entry {
    at: usize,
    /// What its caller waits for, on the clock of the first host.
    window: (i64, i64),
    /// What is added to its clock.
    shift: i64,
    /// Whether nobody waits for it.
    apart: bool,
    depth: usize,
}

impl Entry {
    fn root(at: usize, span: &Span, apart: bool) -> Self {
        Self {
            at,
            window: (span.start, span.end()),
            shift: 0,
            apart,
            depth: 0,
        }
    }
}

/// A visit while its spans are collected.
#[derive(Default)]
struct Visit {
    times: Times,
    waits: Times,
    /// Whether a call that it made failed.
    blames: bool,
}

struct Walk<'a> {
    spans: &'a Spans<'a>,
    known: &'a Known,
    /// By service: its own times, and the own seconds of each of its visits by operation.
    own: BTreeMap<Place, (Times, Vec<(String, i64)>)>,
    parts: Vec<Part>,
    calls: Vec<Call>,
    /// What a message set off: nobody waits for it.
    apart: Vec<usize>,
}

impl Walk<'_> {
    /// One visit with everything below it; whether it failed.
    fn visit(&mut self, entry: Entry) -> bool {
        let top = self.spans.at(entry.at);
        let mut visit = Visit::default();
        if top.kind != SpanKind::Client {
            self.calls.push(Call::of(top, &top.service, None));
        }
        match top.kind {
            SpanKind::Client => self.call(&entry, entry.at, &mut visit),
            _ => self.span(&entry, entry.at, &mut visit),
        }
        let own = less(&cover(visit.times), &cover(visit.waits));
        let place = (top.service.clone(), entry.apart);
        let kept = self.own.entry(place).or_default();
        kept.1.push((operation(&top.name), length(&own)));
        kept.0.extend(own);
        let failed = top.failed && !visit.blames;
        self.add(
            (TracePart::Failing, &top.service, None, entry.apart),
            &top.name,
            f64::from(u8::from(failed)),
        );
        top.failed
    }

    fn add(
        &mut self,
        (part, service, caller, apart): (TracePart, &str, Option<&str>, bool),
        name: &str,
        value: f64,
    ) {
        self.parts.push(Part {
            key: Key {
                part,
                service: service.to_owned(),
                caller: caller.map(str::to_owned),
                apart,
            },
            operation: operation(name),
            value,
        });
    }

    /// A span of a visit, and what lies below it.
    fn span(&mut self, entry: &Entry, at: usize, visit: &mut Visit) {
        let span = self.spans.at(at);
        visit.times.extend(within(span, entry.shift, entry.window));
        if entry.depth >= DEEPEST {
            return;
        }
        for &below in self.spans.below(at) {
            let next = self.spans.at(below);
            let crosses = next.service != span.service || next.kind == SpanKind::Server;
            let waited = !next.follows && next.kind != SpanKind::Consumer;
            // What begins once the caller has ended was not waited for either.
            if !waited || (crosses && next.start >= span.end()) {
                self.apart.push(below);
            } else if crosses {
                let entry = entry_of(entry, span, (below, next));
                visit.waits.extend(within(next, entry.shift, entry.window));
                visit.blames |= self.visit(entry);
            } else if next.kind == SpanKind::Client {
                self.call(entry, below, visit);
            } else {
                let deeper = Entry {
                    depth: entry.depth + 1,
                    ..*entry
                };
                self.span(&deeper, below, visit);
            }
        }
    }

    /// An outgoing span: what its callee says of it, and what lies between the two.
    fn call(&mut self, entry: &Entry, at: usize, visit: &mut Visit) {
        let span = self.spans.at(at);
        let Some((from, to)) = within(span, entry.shift, entry.window) else {
            return;
        };
        let mut answers = Vec::new();
        self.answers(at, entry.depth, &mut answers);
        let called = answers.first().map(|&n| self.spans.at(n).service.clone());
        let named = || {
            let peer = span.peer.as_deref();
            self.known.callee(&span.service, &span.name, peer)
        };
        let Some(callee) = called.or_else(named) else {
            // Nobody knows whom it waits for: its caller answers for it.
            return visit.times.push((from, to));
        };
        visit.waits.push((from, to));
        let (mut taken, mut failed) = (Times::new(), false);
        for &below in &answers {
            let inside = Entry {
                window: (from, to),
                depth: entry.depth + 1,
                ..*entry
            };
            let inside = entry_of(&inside, span, (below, self.spans.at(below)));
            taken.extend(within(self.spans.at(below), inside.shift, inside.window));
            failed |= self.visit(inside);
        }
        let gap = to - from - length(&cover(taken));
        let silent = answers.is_empty();
        let caller = span.service.as_str();
        let seconds = gap as f64 / 1e6;
        let part = match silent && !self.known.is_recorded(&callee) {
            true => TracePart::Own,
            false => TracePart::Between,
        };
        let key = (part, callee.as_str(), Some(caller), entry.apart);
        self.add(key, &span.name, seconds);
        self.calls.push(Call::of(span, &callee, Some(caller)));
        let alone = f64::from(u8::from(span.failed && !failed));
        let key = (
            TracePart::Failing,
            callee.as_str(),
            Some(caller),
            entry.apart,
        );
        self.add(key, &span.name, alone);
        visit.blames |= span.failed || failed;
    }

    /// The spans of others that answer an outgoing span, through further outgoing spans of the same call.
    fn answers(&mut self, at: usize, depth: usize, found: &mut Vec<usize>) {
        if depth >= DEEPEST {
            return;
        }
        let service = &self.spans.at(at).service;
        for &below in self.spans.below(at) {
            let next = self.spans.at(below);
            if next.follows || next.kind == SpanKind::Consumer {
                self.apart.push(below);
            } else if next.service != *service || next.kind == SpanKind::Server {
                found.push(below);
            } else {
                self.answers(below, depth + 1, found);
            }
        }
    }

    /// Every part. Visits of one service that ran beside one another share the time that passed.
    fn parts(mut self) -> Vec<Part> {
        for ((service, apart), (times, visits)) in std::mem::take(&mut self.own) {
            let all: i64 = visits.iter().map(|v| v.1).sum();
            let shared = length(&cover(times)) as f64 / all.max(1) as f64;
            for (operation, own) in visits {
                let value = own as f64 * shared / 1e6;
                self.parts.push(Part {
                    key: Key {
                        part: TracePart::Own,
                        service: service.clone(),
                        caller: None,
                        apart,
                    },
                    operation,
                    value,
                });
            }
        }
        self.parts
    }
}

/// How a called span is entered. Where it lies outside of the call, its clock is another one: it is moved to the middle of
/// the call, where it fits in, else to its begin.
fn entry_of(entry: &Entry, caller: &Span, (at, called): (usize, &Span)) -> Entry {
    let (from, to) = within(caller, entry.shift, entry.window).unwrap_or(entry.window);
    let (start, end) = (called.start + entry.shift, called.end() + entry.shift);
    let is_other = called.service != caller.service;
    let moved = match is_other && (start < from || end > to) {
        false => 0,
        true if called.duration <= to - from => (from + to - called.duration) / 2 - start,
        true if (from..to).contains(&start) => 0,
        true => from - start,
    };
    Entry {
        at,
        window: (from, to),
        shift: entry.shift + moved,
        apart: entry.apart,
        depth: entry.depth + 1,
    }
}
