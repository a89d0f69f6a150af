//! A period as lines with bars, for a terminal and, between fences, for markdown.

use super::{Cluster, Counted, MOST, Period, SOON, Took};
use crate::domain::text::{columns, fit};
use crate::domain::time::span;

/// Columns of a bar.
const BAR: usize = 24;
/// Columns of a name beside it.
const WIDEST: usize = 32;
/// References named of a cluster; the rest is a number.
const MEMBERS: usize = 8;

impl Period {
    /// The whole, a table after the other; those without rows are left out.
    pub fn lines(&self) -> Vec<String> {
        let (from, to) = (self.from.format("%Y-%m-%d"), self.to.format("%Y-%m-%d"));
        let on = self.on_service();
        let (first, second) = self.halves;
        let mut out = vec![
            format!(
                "{} incidents{on} from {from} to {to}, {} still open",
                self.count, self.open
            ),
            format!("First half {first}, second half {second}."),
        ];
        bars(&mut out, "By severity", &self.severities);
        bars(&mut out, "By service", &self.services);
        bars(&mut out, "By team", &self.teams);
        bars(&mut out, "By week", &self.weeks);
        times(&mut out, "How long", &self.durations);
        times(&mut out, "How long, by severity", &self.by_severity);
        if !self.clusters.is_empty() {
            out.extend([String::new(), "The same thing again".to_owned()]);
            out.extend(self.clusters.iter().flat_map(cluster));
        }
        self.after(&mut out);
        bars(&mut out, "Open follow-ups by age", &self.follow_ups);
        let first_rows = format!("Tables show their first {MOST} rows.");
        out.extend([String::new(), first_rows]);
        out
    }

    /// The same as a document.
    pub fn markdown(&self) -> String {
        let (on, lines) = (self.on_service(), self.lines().join("\n"));
        format!("# Incidents{on}\n\n```\n{lines}\n```\n")
    }

    fn on_service(&self) -> String {
        let service = self.service.as_ref();
        service.map_or(String::new(), |s| format!(" on {s}"))
    }

    /// What came soon after a change; that nothing is known of changes is said, since an empty table would deny them.
    fn after(&self, out: &mut Vec<String>) {
        let head = format!("Within {SOON} hours after a change of the same service");
        out.extend([String::new(), head]);
        if !self.changes_known {
            out.push(
                "  Changes of this period are not known: no source of changes answered for it."
                    .into(),
            );
        } else if self.after_changes.is_empty() {
            out.push("  None.".into());
        }
        let shown = self.after_changes.iter().take(MOST);
        out.extend(
            shown.map(|f| format!("  {} {} min after \"{}\"", f.reference, f.minutes, f.change)),
        );
    }
}

fn times(out: &mut Vec<String>, head: &str, rows: &[Took]) {
    if rows.is_empty() {
        return;
    }
    out.extend([String::new(), head.to_owned()]);
    out.extend(rows.iter().map(|t| {
        let (name, median, p90) = (&t.name, span(t.median), span(t.p90));
        format!(
            "  {name:<28} half within {median:>6}, nine of ten within {p90:>6}  ({})",
            t.count
        )
    }));
}

fn cluster(c: &Cluster) -> Vec<String> {
    let alike = if c.others > 0 { ", and alike" } else { "" };
    let shown = c.members.len().min(MEMBERS);
    let rest = match c.members.len() - shown {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let mut lines = vec![
        format!("  {:>3} x {}{alike}", c.members.len(), c.name),
        format!("        {}{rest}", c.members[..shown].join(" ")),
    ];
    if !c.resolved_by.is_empty() {
        lines.push(format!("        last resolved by: {}", c.resolved_by));
    }
    lines
}

fn bars(out: &mut Vec<String>, head: &str, rows: &[Counted]) {
    let Some(most) = rows.iter().map(|r| r.count).max().filter(|m| *m > 0) else {
        return;
    };
    let widest = rows.iter().map(|r| columns(&r.name)).max().unwrap_or(0);
    let wide = widest.min(WIDEST);
    out.extend([String::new(), head.to_owned()]);
    for row in rows {
        let name = fit(&row.name, wide);
        let gap = " ".repeat(wide.saturating_sub(columns(&name)));
        let bar = "█".repeat((row.count * BAR).div_ceil(most));
        out.push(format!("  {name}{gap} {:>5} {bar}", row.count));
    }
}
