//! Words that several sentences of a finding share: times, distances from the usual, texts of others.

use crate::domain::evidence::figure;
use crate::domain::time::span;
use crate::domain::{Change, Instant, text};
use crate::investigate::logs;

/// A time of day. A finding travels between people in several zones, so it names its own.
pub(in crate::investigate) fn clock(at: Instant) -> String {
    at.format("%H:%M UTC").to_string()
}

/// Two times of day in one zone: `14:32–14:51 UTC`.
pub(super) fn clocks(from: Instant, to: Instant) -> String {
    format!("{}–{}", from.format("%H:%M"), clock(to))
}

/// How many usual spreads; past a hundred the number says nothing more.
pub(super) fn spreads(off: f64) -> String {
    if off > 100.0 {
        "more than 100 usual spreads".into()
    } else {
        format!("{} usual spreads", figure(off))
    }
}

/// `2 min before the onset`, `5 min after the onset`.
pub(super) fn lead(onset: Instant, at: Instant) -> String {
    let seconds = (onset - at).num_seconds();
    if seconds >= 0 {
        format!("{} before the onset", span(seconds))
    } else {
        format!("{} after the onset", span(-seconds))
    }
}

/// The class of a change as a hypothesis names it.
pub(super) fn change_kind(change: &Change) -> String {
    change.class.label().replace(' ', "_")
}

/// A line's message, short enough for a sentence; the line itself stands with the evidence.
pub(super) fn shortened(line: &str) -> String {
    plain(&text::fit(&logs::said(line), 120))
}

/// Words of others as they stand in a sentence of ours: without brackets, which cite evidence here.
pub(super) fn plain(words: &str) -> String {
    words.replace('[', "(").replace(']', ")")
}

/// The same, in quotes.
pub(super) fn quoted(words: &str) -> String {
    format!("\"{}\"", plain(words))
}

/// How often something happened.
pub(super) fn times(count: f64) -> String {
    match figure(count).as_str() {
        "1" => "once".into(),
        count => format!("{count} times"),
    }
}
