//! One trace as a tree that a person reads: a line a span.

use super::Key;
use super::spans::Spans;
use crate::domain::evidence::seconds;
use crate::domain::text::fit;
use crate::domain::{SpanKind, Trace, TracePart};

/// Lines that are shown.
const MOST: usize = 40;
/// Columns of a line.
const WIDEST: usize = 120;
/// The part of the whole below which a span is only counted.
const SHORT: f64 = 0.02;
/// Levels that are shown.
const DEEPEST: usize = 30;

/// The tree with how long each span took. What is short, did not fail and is not what the sign is about is counted.
pub(super) fn lines(trace: &Trace, about: &Key) -> Vec<String> {
    let spans = Spans::of(trace);
    let longest = trace.spans.iter().map(|s| s.duration).max().unwrap_or(0);
    let mut shown = Shown {
        spans: &spans,
        about,
        least: (longest as f64 * SHORT) as i64,
        lines: Vec::new(),
        hidden: 0,
    };
    for &root in &spans.roots {
        shown.span(root, 0);
    }
    if shown.hidden > 0 {
        let more = crate::domain::text::counted(shown.hidden, "more span", "more spans");
        shown.lines.push(format!("… {more}"));
    }
    shown.lines
}

struct Shown<'a> {
    spans: &'a Spans<'a>,
    about: &'a Key,
    least: i64,
    lines: Vec<String>,
    hidden: usize,
}

impl Shown<'_> {
    fn span(&mut self, at: usize, depth: usize) {
        let span = self.spans.at(at);
        let told = span.duration >= self.least || span.failed || span.service == self.about.service;
        if told && self.lines.len() < MOST && depth < DEEPEST {
            let line = format!("{}{}", "  ".repeat(depth), self.line(at));
            self.lines.push(fit(&line, WIDEST));
        } else {
            self.hidden += 1;
        }
        if depth < DEEPEST {
            for &below in self.spans.below(at) {
                self.span(below, depth + usize::from(told));
            }
        }
    }

    fn line(&self, at: usize) -> String {
        let span = self.spans.at(at);
        let took = seconds(span.duration as f64 / 1e6);
        let failed = if span.failed { ", failed" } else { "" };
        let silent = if self.is_silent(at) {
            format!(", no span of {}", self.about.service)
        } else {
            String::new()
        };
        format!("{} {} {took}{failed}{silent}", span.service, span.name)
    }

    /// Whether it is the call that the sign is about, and the callee recorded nothing of it.
    fn is_silent(&self, at: usize) -> bool {
        let (span, about) = (self.spans.at(at), self.about);
        about.part != TracePart::Own
            && span.kind == SpanKind::Client
            && about.caller.as_deref() == Some(&span.service)
            && span.peer.as_deref().is_none_or(|p| p == about.service)
            && !self.leads_to(at, 0)
    }

    /// Whether a span of the service lies below.
    fn leads_to(&self, at: usize, depth: usize) -> bool {
        let mut below = self.spans.below(at).iter();
        depth < DEEPEST
            && below.any(|&n| {
                self.spans.at(n).service == self.about.service || self.leads_to(n, depth + 1)
            })
    }
}
