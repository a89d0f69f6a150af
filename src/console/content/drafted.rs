//! A text drafted from rows: its title, its wrapped rows, and the form it can become.

use crate::console::state::Drafted;
use crate::domain::text;
use crate::draft::TextKind;
use crate::writes::WriteKind;

/// What it is, and that it is made of rows.
pub(crate) fn title(kind: TextKind) -> &'static str {
    match kind {
        TextKind::PostMortem => "Post-mortem, drafted from what is recorded",
        TextKind::Update => "Update, drafted from what is recorded",
        TextKind::Summary => "Summary, drafted from what is recorded",
    }
}

/// The form it goes into, and the field.
pub(crate) fn form_of(kind: TextKind) -> (WriteKind, &'static str) {
    match kind {
        TextKind::PostMortem => (WriteKind::Import, "content"),
        TextKind::Update | TextKind::Summary => (WriteKind::Update, "message"),
    }
}

/// Its wrapped rows, each with the line it belongs to.
pub(crate) fn rows(drafted: &Drafted, width: usize) -> Vec<(usize, String)> {
    let wrap = |(at, line): (usize, &crate::draft::Line)| {
        text::wrap(&line.text, width)
            .into_iter()
            .map(move |words| (at, words))
            .collect::<Vec<_>>()
    };
    drafted.lines.iter().enumerate().flat_map(wrap).collect()
}

/// Where a line comes from, and what Enter does with it.
pub(crate) fn origin(drafted: &Drafted) -> String {
    let line = drafted.lines.get(drafted.cursor.at);
    match line.and_then(|line| line.row.as_deref()) {
        Some(row) => format!("from {row}; Enter goes there"),
        None => "no row: a heading or a gap".into(),
    }
}
