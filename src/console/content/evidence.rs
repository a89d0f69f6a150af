//! A fact in words.

use crate::console::state::State;
use crate::domain::{Evidence, text};

/// A fact in words: what was seen, what is normal, what was asked.
pub(crate) fn evidence_text(state: &State, e: &Evidence, width: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut add = |label: &str, value: &str| {
        if !value.is_empty() {
            let wrapped = text::wrap(value, width.saturating_sub(10).max(20));
            out.extend(
                wrapped
                    .into_iter()
                    .enumerate()
                    .map(|(n, l)| format!("{:<9} {l}", if n == 0 { label } else { "" })),
            );
        }
    };
    add("What", &e.says);
    add(
        "Since",
        &e.at.map_or(String::new(), |at| state.zone.full(at)),
    );
    add("Seen", &e.observed);
    add("Normal", &e.normal);
    let off = |d: f64| {
        if d > 100.0 {
            "more than 100 times its usual spread".to_owned()
        } else {
            format!("{d} times its usual spread")
        }
    };
    add("Off by", &e.deviation.map_or(String::new(), off));
    add("Source", &e.source);
    add("Query", &e.query);
    add("Page", e.link.as_deref().unwrap_or_default());
    if !e.lines.is_empty() {
        out.push(String::new());
        out.extend(e.lines.iter().cloned());
    }
    out
}
