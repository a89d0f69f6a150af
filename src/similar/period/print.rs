//! A period as lines with bars, for a terminal and, between fences, for markdown; each with what it leads to.

use super::{Cluster, Counted, MOST, Period, SOON, Took};
use crate::domain::query::quoted;
use crate::domain::text;
use crate::domain::text::{columns, fit};
use crate::domain::time::span;

/// Columns of a bar.
const BAR: usize = 24;
/// Columns of a name beside it.
const WIDEST: usize = 32;
/// References named of a cluster; the rest is a number.
const MEMBERS: usize = 8;

/// What a line leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lead {
    /// The incidents of the period that pass this too.
    Filter(String),
    /// One incident, by its reference.
    Incident(String),
}

/// A line of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its words.
    pub text: String,
    /// Where it leads.
    pub lead: Option<Lead>,
}

impl Line {
    /// A line that leads nowhere.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            lead: None,
        }
    }

    fn leading(text: impl Into<String>, lead: Lead) -> Self {
        Self {
            lead: Some(lead),
            ..Self::new(text)
        }
    }
}

impl Period {
    /// The whole, a table after the other; those without rows are left out.
    pub fn lines(&self) -> Vec<String> {
        self.report().into_iter().map(|line| line.text).collect()
    }

    /// The same with what each line leads to.
    pub fn report(&self) -> Vec<Line> {
        let (from, to) = (self.from.format("%Y-%m-%d"), self.to.format("%Y-%m-%d"));
        let on = self.narrowed();
        let (first, second) = self.halves;
        let mut out = vec![
            Line::new(format!(
                "{}{on} from {from} to {to}, {} still open",
                text::counted(self.count, "incident", "incidents"),
                self.open
            )),
            Line::new(self.out_of()),
            Line::new(format!("First half {first}, second half {second}.")),
        ];
        let facet = |name: &'static str| {
            move |row: &Counted| Some(Lead::Filter(format!("{name}:{}", quoted(&row.name))))
        };
        let nowhere = |_: &Counted| None;
        bars(&mut out, "By severity", &self.severities, facet("sev"));
        bars(&mut out, "By service", &self.services, facet("service"));
        // What a team owns is what a filter for a service of its name means.
        bars(&mut out, "By team", &self.teams, facet("service"));
        bars(&mut out, "By week", &self.weeks, nowhere);
        spans(
            &mut out,
            "How long, by week (half took no longer)",
            &self.week_durations,
        );
        times(&mut out, "How long", &self.durations);
        times(&mut out, "How long, by severity", &self.by_severity);
        self.longest(&mut out);
        if !self.clusters.is_empty() {
            out.extend([Line::new(""), Line::new("The same thing again")]);
            out.extend(self.clusters.iter().flat_map(cluster));
        }
        self.after(&mut out);
        bars(
            &mut out,
            "Open follow-ups by age",
            &self.follow_ups,
            nowhere,
        );
        let first_rows = format!("Tables show their first {MOST} rows.");
        out.extend([Line::new(""), Line::new(first_rows)]);
        out
    }

    /// The same as a document.
    pub fn markdown(&self) -> String {
        let (on, lines) = (self.narrowed(), self.lines().join("\n"));
        format!("# Incidents{on}\n\n```\n{lines}\n```\n")
    }

    fn narrowed(&self) -> String {
        match (&self.service, &self.filter) {
            (_, Some(filter)) => format!(" with {filter}"),
            (Some(service), None) => format!(" on {service}"),
            (None, None) => String::new(),
        }
    }

    /// What the number is out of, so that it can be held against a list's.
    fn out_of(&self) -> String {
        let mut parts = vec![format!("{} in this period", self.declared)];
        let outside = self
            .organisation
            .map(|all| all.saturating_sub(self.declared));
        let place = match self.until_now {
            true => "older",
            false => "before or after it",
        };
        parts.extend(outside.map(|n| format!("{n} {place}")));
        let left_out = self.declared.saturating_sub(self.count);
        parts.extend((left_out > 0).then(|| format!("{left_out} left out by the filter")));
        let parts = parts.join(", ");
        match self.organisation {
            Some(all) => format!("Of {} incidents in all: {parts}.", all.max(self.declared)),
            None => format!("Out of {parts}."),
        }
    }

    /// Those that took longest.
    fn longest(&self, out: &mut Vec<Line>) {
        if self.longest.is_empty() {
            return;
        }
        out.extend([Line::new(""), Line::new("The longest")]);
        out.extend(self.longest.iter().map(|l| {
            let text = format!("  {:>6}  {} {}", span(l.seconds), l.reference, l.name);
            Line::leading(text, Lead::Incident(l.reference.clone()))
        }));
    }

    /// What came soon after a change; that nothing is known of changes is said, since an empty table would deny them.
    fn after(&self, out: &mut Vec<Line>) {
        let head = format!("Within {SOON} hours after a change of the same service");
        out.extend([Line::new(""), Line::new(head)]);
        if !self.changes_known {
            out.push(Line::new(
                "  Changes of this period are not known: no source of changes answered for it.",
            ));
        } else if self.after_changes.is_empty() {
            out.push(Line::new("  None."));
        }
        let shown = self.after_changes.iter().take(MOST);
        out.extend(shown.map(|f| {
            let text = format!("  {} {} min after \"{}\"", f.reference, f.minutes, f.change);
            Line::leading(text, Lead::Incident(f.reference.clone()))
        }));
    }
}

fn times(out: &mut Vec<Line>, head: &str, rows: &[Took]) {
    if rows.is_empty() {
        return;
    }
    out.extend([Line::new(""), Line::new(head)]);
    out.extend(rows.iter().map(|t| {
        let (name, median, p90) = (&t.name, span(t.median), span(t.p90));
        Line::new(format!(
            "  {name:<28} half within {median:>6}, nine of ten within {p90:>6}  ({})",
            t.count
        ))
    }));
}

fn cluster(c: &Cluster) -> Vec<Line> {
    let alike = if c.others > 0 { ", and alike" } else { "" };
    let shown = c.members.len().min(MEMBERS);
    let rest = match c.members.len() - shown {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let newest = c.members.first().cloned().unwrap_or_default();
    let head = format!("  {:>3} x {}{alike}", c.members.len(), c.name);
    let mut lines = vec![
        Line::leading(head, Lead::Incident(newest)),
        Line::new(format!("        {}{rest}", c.members[..shown].join(" "))),
    ];
    if !c.resolved_by.is_empty() {
        let by = format!("        last resolved by: {}", c.resolved_by);
        lines.push(Line::new(by));
    }
    lines
}

fn bars(
    out: &mut Vec<Line>,
    head: &str,
    rows: &[Counted],
    lead: impl Fn(&Counted) -> Option<Lead>,
) {
    let most = rows.iter().map(|r| r.count).max().unwrap_or(0);
    if most == 0 {
        return;
    }
    let wide = width(rows.iter().map(|r| r.name.as_str()));
    out.extend([Line::new(""), Line::new(head)]);
    out.extend(rows.iter().map(|row| Line {
        text: bar(
            &row.name,
            wide,
            &row.count.to_string(),
            (row.count as i64, most as i64),
        ),
        lead: lead(row),
    }));
}

/// The middle of some spans as bars.
fn spans(out: &mut Vec<Line>, head: &str, rows: &[Took]) {
    let most = rows.iter().map(|r| r.median).max().unwrap_or(0);
    if most == 0 {
        return;
    }
    let wide = width(rows.iter().map(|r| r.name.as_str()));
    out.extend([Line::new(""), Line::new(head)]);
    out.extend(rows.iter().map(|row| {
        let text = bar(&row.name, wide, &span(row.median), (row.median, most));
        Line::new(text)
    }));
}

fn width<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(columns).max().unwrap_or(0).min(WIDEST)
}

/// A name, a value, and a bar as long as it is of the most.
fn bar(name: &str, wide: usize, value: &str, (part, most): (i64, i64)) -> String {
    let name = fit(name, wide);
    let gap = " ".repeat(wide.saturating_sub(columns(&name)));
    let length = usize::try_from((part * BAR as i64 + most - 1) / most).unwrap_or(0);
    format!("  {name}{gap} {value:>6} {}", "█".repeat(length))
        .trim_end()
        .to_owned()
}
