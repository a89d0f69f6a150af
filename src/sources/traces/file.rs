//! A file of traces: what the OpenTelemetry collector writes, a line an export, or one document of OTLP or of Jaeger;
//! packed with gzip or not.

use super::document::Document;
use super::jaeger_json::JaegerTrace;
use super::keep::{Read, first};
use crate::domain::{Picked, Span, Trace, Window};
use crate::sources::Question;
use crate::sources::http::SourceError;
use crate::sources::names::Names;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};

/// Bytes of one document, or of one line.
const LARGEST: u64 = 64 << 20;
/// Bytes of lines that are read in all: half a minute's work is more than a source may take.
const WHOLE: u64 = 1 << 30;
/// Spans that are held of the fine time, and of the normal time before it.
const MOST: usize = 60_000;

/// Whether it is there: for `doctor`.
pub(super) fn check(name: &str, path: &str) -> Result<String, SourceError> {
    let size = std::fs::metadata(path).map(|m| m.len());
    let size = size.map_err(|e| SourceError(format!("{name}: {path}: {e}.")))?;
    Ok(format!("{size} bytes"))
}

/// All traces of the times that are looked at; of more than can be held, a part that does not depend on their order.
pub(super) async fn sample(
    name: &str,
    path: &str,
    question: Question<'_>,
) -> Result<Read, SourceError> {
    let (name, path, names) = (name.to_owned(), path.to_owned(), question.names.clone());
    let window = question.window;
    let read = tokio::task::spawn_blocking(move || read(&name, &path, &names, window)).await;
    read.map_err(|e| SourceError(e.to_string()))?
}

fn read(name: &str, path: &str, names: &Names, window: Window) -> Result<Read, SourceError> {
    let broken = |e: std::io::Error| SourceError(format!("{name}: {path}: {e}."));
    let mut kept = Kept::new(window);
    let mut input = opened(path).map_err(broken)?;
    let mut text = Vec::new();
    line(&mut input, &mut text).map_err(broken)?;
    let mut missing = Vec::new();
    if understood(&text, names, &mut kept) {
        let unread = lines(&mut input, names, &mut kept).map_err(broken)?;
        missing.extend((unread > 0).then(|| {
            let lines = crate::domain::text::counted(unread, "line", "lines");
            format!("{lines} of {name} could not be read as traces.")
        }));
    } else {
        let rest = LARGEST.saturating_sub(text.len() as u64) + 1;
        input.take(rest).read_to_end(&mut text).map_err(broken)?;
        if text.len() as u64 > LARGEST {
            return Err(SourceError(format!(
                "{name}: {path} is one document of more than {} MB; write a line an export, or cut it to the time in question.",
                LARGEST >> 20
            )));
        }
        if !understood(&text, names, &mut kept) {
            return Err(SourceError(format!(
                "{name}: {path} holds no traces as OTLP or Jaeger write them in JSON."
            )));
        }
    }
    missing.extend(kept.thinned().then(|| {
        format!("{name} has more traces than can be held; an even part of them is looked at.")
    }));
    Ok(Read {
        kept: Some(kept.parts.each_ref().map(Part::share)),
        traces: kept.traces(),
        missing,
    })
}

fn opened(path: &str) -> std::io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::new(File::open(path)?);
    let packed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(match packed {
        true => Box::new(BufReader::new(MultiGzDecoder::new(file))),
        false => Box::new(file),
    })
}

/// The next line, as far as it is read; false at the end.
fn line(input: &mut dyn BufRead, text: &mut Vec<u8>) -> std::io::Result<bool> {
    text.clear();
    Ok(input.take(LARGEST).read_until(b'\n', text)? > 0)
}

/// Lines that hold an export each; how many could not be read.
fn lines(input: &mut dyn BufRead, names: &Names, kept: &mut Kept) -> std::io::Result<usize> {
    let (mut text, mut unread, mut bytes) = (Vec::new(), 0, 0);
    while bytes < WHOLE && line(input, &mut text)? {
        bytes += text.len() as u64;
        let empty = text.iter().all(u8::is_ascii_whitespace);
        unread += usize::from(!empty && !understood(&text, names, kept));
    }
    Ok(unread)
}

/// Takes what a text tells; whether it is of a known form.
fn understood(text: &[u8], names: &Names, kept: &mut Kept) -> bool {
    let mut add = |trace: String, span: Span| kept.add(trace, span);
    if let Ok(document) = serde_json::from_slice::<Document>(text) {
        return document.read(names, &mut add);
    }
    let Ok(traces) = serde_json::from_slice::<Vec<JaegerTrace>>(text) else {
        return false;
    };
    let known = traces.iter().any(JaegerTrace::any);
    for trace in traces {
        trace.read(names, &mut add);
    }
    known
}

/// Spans of one stretch of time by trace. Where they become too many, whole traces are left out by a number that is drawn
/// from their id: the same file always keeps the same ones, and no kind of trace is preferred.
struct Part {
    traces: HashMap<String, Vec<Span>>,
    spans: usize,
    /// Traces whose number is below it are kept.
    below: u64,
}

struct Kept {
    window: Window,
    /// Before the fine time, and in it.
    parts: [Part; 2],
}

fn number(trace: &str) -> u64 {
    let digest = Sha256::digest(trace.as_bytes());
    digest.iter().take(8).fold(0, |n, b| n << 8 | u64::from(*b))
}

impl Part {
    fn new() -> Self {
        Self {
            traces: HashMap::new(),
            spans: 0,
            below: u64::MAX,
        }
    }

    /// The part of its traces that is kept.
    fn share(&self) -> f64 {
        self.below as f64 / u64::MAX as f64
    }

    fn add(&mut self, trace: String, span: Span) {
        if number(&trace) > self.below {
            return;
        }
        self.traces.entry(trace).or_default().push(span);
        self.spans += 1;
        while self.spans > MOST && self.below > 1 {
            self.below /= 2;
            let below = self.below;
            self.traces.retain(|trace, _| number(trace) <= below);
            self.spans = self.traces.values().map(Vec::len).sum();
        }
    }
}

impl Kept {
    fn new(window: Window) -> Self {
        Self {
            window,
            parts: [Part::new(), Part::new()],
        }
    }

    fn add(&mut self, trace: String, span: Span) {
        let [from, middle, to] = [
            self.window.normal_from,
            self.window.recent_from,
            self.window.to,
        ]
        .map(|t| t.timestamp_micros());
        if (from..=to).contains(&span.start) {
            let part = usize::from(span.start >= middle);
            self.parts[part].add(trace, span);
        }
    }

    fn thinned(&self) -> bool {
        self.parts.iter().any(|p| p.below < u64::MAX)
    }

    /// The traces by id; one over the border of both stretches is one.
    fn traces(self) -> Vec<Trace> {
        let [mut all, recent] = self.parts.map(|p| p.traces);
        for (id, spans) in recent {
            all.entry(id).or_default().extend(spans);
        }
        let mut traces: Vec<Trace> = all
            .into_iter()
            .map(|(id, spans)| Trace {
                id,
                spans: first(spans),
                picked: Picked::Plain,
            })
            .collect();
        traces.sort_by(|a, b| a.id.cmp(&b.id));
        traces
    }
}
