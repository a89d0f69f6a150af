//! What a shift hands over, as lines that lead to what they name: what is said, then what is read.

use crate::console::link::LinkTarget;
use crate::console::state::ReportLine;
use crate::domain::time::Zone;
use crate::draft::{Handover, Line, fill};
use std::sync::Arc;

/// The lines of a handover, by its template.
pub(crate) fn lines(zone: Zone, told: &Handover, template: &str) -> Vec<ReportLine> {
    let read = fill(template, &told.sections(zone));
    let said = told.said(zone).into_iter();
    let mut lines: Vec<ReportLine> = said.map(|line| of(line, told)).collect();
    // The view has its title, and a heading needs no gap below it.
    let read = read.into_iter().filter(|line| !line.text.starts_with("# "));
    for line in read.map(|line| of(line, told)) {
        let gap = line.text.is_empty();
        let before = lines.last();
        if !gap || before.is_some_and(|b| !b.is_head && !b.text.is_empty()) {
            lines.push(line);
        }
    }
    lines
}

fn of(line: Line, told: &Handover) -> ReportLine {
    ReportLine {
        is_head: line.text.starts_with('#'),
        target: line
            .row
            .map_or(LinkTarget::Nowhere, |row| target(&row, &line.text, told)),
        text: line.text,
    }
}

/// What a row of a handover is in the console. A follow-up leads to its incident.
fn target(row: &str, text: &str, told: &Handover) -> LinkTarget {
    match row.split_once(' ') {
        Some(("incident", id)) => LinkTarget::Incident(id.into()),
        Some(("escalation", id)) => LinkTarget::Page(id.into()),
        Some(("follow-up", id)) => {
            let of = told.at_risk.iter().find(|f| f.id == id);
            of.map_or(LinkTarget::Nowhere, |f| {
                LinkTarget::Incident(f.incident.clone())
            })
        }
        Some(("change", _)) => {
            let of = told.changes.iter().find(|c| text.ends_with(&c.title));
            of.map_or(LinkTarget::Nowhere, |c| {
                LinkTarget::Change(Arc::new(c.clone()))
            })
        }
        _ => LinkTarget::Nowhere,
    }
}
