//! The timeline as rows of a pane: a line has one row, and its text some more.

use crate::console::state::State;
use crate::domain::{TimelineEntry, text};

/// Rows of a line's text that the timeline shows; Enter shows all of it.
const MOST_ROWS: usize = 5;

/// One row of the timeline on the screen.
pub(crate) struct TimelineRow {
    /// The line it belongs to.
    pub item: usize,
    /// What follows the first row; empty on the first.
    pub text: String,
    /// Whether it is the first row of its line.
    pub(crate) first: bool,
}

/// The timeline as rows for a pane of some width.
pub(crate) fn timeline_rows(state: &State, width: usize) -> Vec<TimelineRow> {
    let mut rows = Vec::new();
    for (item, line) in state.detail.lines().into_iter().enumerate() {
        rows.push(TimelineRow {
            item,
            text: String::new(),
            first: true,
        });
        if line.body.is_empty() {
            continue;
        }
        let wrapped = text::wrap(line.body.trim(), width.saturating_sub(10));
        let cut = wrapped.len() > MOST_ROWS;
        rows.extend(
            wrapped
                .into_iter()
                .take(MOST_ROWS)
                .enumerate()
                .map(|(n, text)| {
                    let text = if cut && n + 1 == MOST_ROWS {
                        format!("{} …", text::fit(&text, width.saturating_sub(14)))
                    } else {
                        text
                    };
                    TimelineRow {
                        item,
                        text,
                        first: false,
                    }
                }),
        );
    }
    rows
}

/// A line of the timeline in full.
pub(crate) fn entry_text(state: &State, item: &TimelineEntry) -> Vec<String> {
    let mut lines = vec![
        item.title.clone(),
        format!(
            "{}{}",
            state.zone.full(item.at),
            if item.actor.is_empty() {
                String::new()
            } else {
                format!(", {}", item.actor)
            }
        ),
        String::new(),
    ];
    lines.extend(item.body.lines().map(str::to_owned));
    lines
}
