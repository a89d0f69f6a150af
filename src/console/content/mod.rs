//! What is shown, as lines: pure, from the state alone. What can be scrolled has its wrapped height here, for keys and
//! drawing alike.

pub(crate) mod arrived;
pub(crate) mod bridge;
pub(crate) mod card;
pub(crate) mod completions;
pub(crate) mod drafted;
pub(crate) mod drafts;
pub(crate) mod evidence;
pub(crate) mod finding;
pub(crate) mod form;
pub(crate) mod handover;
pub(crate) mod help;
pub(crate) mod incident;
pub(crate) mod item;
pub(crate) mod journal;
pub(crate) mod lines;
pub(crate) mod meanwhile;
pub(crate) mod mention;
pub(crate) mod menu;
pub(crate) mod named;
pub(crate) mod nothing;
pub(crate) mod on_call;
pub(crate) mod overview;
pub(crate) mod page;
pub(crate) mod path;
pub(crate) mod pinned;
pub(crate) mod problems;
pub(crate) mod schedule;
pub(crate) mod since;
pub(crate) mod timeline;
pub(crate) mod unsent;

use crate::domain::{Write, text};

/// Lines wrapped to a width; a line that fits keeps its indent.
pub(crate) fn wrapped(lines: &[String], width: usize) -> Vec<String> {
    let wrap = |line: &String| {
        if text::columns(line) <= width {
            vec![line.clone()]
        } else {
            text::wrap(line, width)
        }
    };
    lines.iter().flat_map(wrap).collect()
}

/// A write's exact request for a place of some width, its indents kept.
pub(crate) fn request_lines(write: &Write, width: usize) -> Vec<String> {
    let lines: Vec<String> = write.request().lines().map(str::to_owned).collect();
    wrapped(&lines, width)
}
