//! What a shift hands over: twelve lines to say, and an appendix to read. Pure.

use super::{Line, Sections};
use crate::domain::text;
use crate::domain::time::Zone;
use crate::domain::{Change, Duty, Escalation, FollowUp, Incident, Instant, Schedule};
use chrono::Duration;
use serde::Serialize;

/// The template of the appendix as shipped.
pub const HANDOVER: &str = include_str!("../../assets/templates/handover.md");
/// Days after which an outstanding follow-up is at risk of being forgotten.
const FORGOTTEN: i64 = 14;
/// Lines to say at most; what could not be read comes after them.
const SAID: usize = 11;
/// Open incidents and unanswered pages that are said one by one.
const OPEN_SAID: usize = 4;
const WAITING_SAID: usize = 2;

/// What a shift hands over.
#[derive(Clone, Debug, Serialize)]
pub struct Handover {
    /// Since when.
    pub from: Instant,
    /// Until now.
    pub to: Instant,
    /// Incidents that are open, most severe first.
    pub open: Vec<Incident>,
    /// Incidents declared on the shift that are over.
    pub over: Vec<Incident>,
    /// Pages nobody answered.
    pub waiting: Vec<Escalation>,
    /// Pages on the shift.
    pub pages: usize,
    /// Follow-ups outstanding for more than two weeks.
    pub at_risk: Vec<FollowUp>,
    /// Changes on the shift.
    pub changes: Vec<Change>,
    /// Who is on call next, by schedule.
    pub next: Vec<(String, String)>,
    /// What could not be read.
    pub missing: Vec<String>,
}

/// Follow-ups that were outstanding for so long that they are at risk of being forgotten, the oldest first.
pub fn at_risk(all: Vec<FollowUp>, now: Instant) -> Vec<FollowUp> {
    let mut old: Vec<FollowUp> = all
        .into_iter()
        .filter(|f| f.status == "outstanding" && now - f.created > Duration::days(FORGOTTEN))
        .collect();
    old.sort_by_key(|f| f.created);
    old
}

/// Who is on call next, by schedule.
pub fn next_on_call(schedules: &[Schedule]) -> Vec<(String, String)> {
    let who = |schedule: &Schedule| {
        let named = |duty: Duty<'_>| {
            let person = duty.next?.person.as_ref()?;
            let rotation = duty.rotation.map_or(String::new(), |r| format!("{r} "));
            Some(format!("{rotation}{}", person.name))
        };
        let names: Vec<String> = schedule.duties().into_iter().filter_map(named).collect();
        names.join(", ")
    };
    schedules
        .iter()
        .map(|s| (s.name.clone(), who(s)))
        .filter(|(_, who)| !who.is_empty())
        .collect()
}

impl Handover {
    /// The handover in at most twelve lines.
    pub fn short(&self, zone: Zone) -> Vec<String> {
        self.said(zone).into_iter().map(|line| line.text).collect()
    }

    /// The same with the rows they stand on.
    pub fn said(&self, zone: Zone) -> Vec<Line> {
        let counts = format!(
            "{} to {} {}: {} open, {} over, {}, {} without an answer",
            zone.date_clock(self.from),
            zone.date_clock(self.to),
            zone.abbreviation(self.to),
            self.open.len(),
            self.over.len(),
            text::counted(self.pages, "page", "pages"),
            self.waiting.len()
        );
        let mut out = vec![line(counts, "shift".into())];
        let waiting = self.waiting.iter().take(WAITING_SAID);
        out.extend(waiting.map(|p| {
            let words = format!("Nobody answered: {}", p.title);
            line(words, format!("escalation {}", p.id))
        }));
        out.extend(self.open.iter().take(OPEN_SAID).map(|i| {
            let words = format!(
                "{} {} {}: {}",
                i.row.reference,
                i.row.severity.as_deref().unwrap_or("-"),
                i.row.status,
                named(i)
            );
            line(words, format!("incident {}", i.row.id))
        }));
        let plain = |text: String| Line { text, row: None };
        if self.open.len() > OPEN_SAID {
            out.push(plain(format!(
                "and {} more open",
                self.open.len() - OPEN_SAID
            )));
        }
        if let Some(last) = self.changes.first() {
            let words = format!(
                "{}, the last at {}: {}",
                text::counted(self.changes.len(), "change", "changes"),
                zone.clock(last.at),
                last.title
            );
            out.push(line(words, format!("change {}", last.source)));
        }
        if let Some(oldest) = self.at_risk.first() {
            let words = format!(
                "{} older than two weeks, the oldest: {}",
                text::counted(self.at_risk.len(), "follow-up", "follow-ups"),
                oldest.title
            );
            out.push(line(words, format!("follow-up {}", oldest.id)));
        }
        out.truncate(SAID);
        let missing = self.missing.first();
        out.extend(missing.map(|m| plain(format!("Not all of it: {m}"))));
        out
    }

    /// The handover's sections, for its template.
    pub fn sections(&self, zone: Zone) -> Sections {
        let when = format!(
            "From {} to {}. Times are {}.",
            zone.date_clock(self.from),
            zone.date_clock(self.to),
            zone.abbreviation(self.to)
        );
        let open = self.open.iter().map(|i| incident_line(i, zone)).collect();
        let over = self.over.iter().map(|i| incident_line(i, zone)).collect();
        let waiting = self.waiting.iter().map(|p| page_line(p, zone)).collect();
        let changes = self.changes.iter().map(|c| change_line(c, zone)).collect();
        let risk = self.at_risk.iter().map(|f| task_line(f, zone)).collect();
        let next = self
            .next
            .iter()
            .map(|(s, who)| line(format!("- {s}: {who}"), "schedule".into()))
            .collect();
        Sections::from([
            ("title", vec![line("Handover".into(), "shift".into())]),
            ("facts", vec![line(when, "shift".into())]),
            ("open", or_none(open)),
            ("over", or_none(over)),
            ("waiting", or_none(waiting)),
            ("changes", or_none(changes)),
            ("risk", or_none(risk)),
            ("next", or_none(next)),
        ])
    }
}

fn line(text: String, row: String) -> Line {
    Line {
        text,
        row: Some(row),
    }
}

fn or_none(lines: Vec<Line>) -> Vec<Line> {
    if lines.is_empty() {
        return vec![Line {
            text: "None.".into(),
            row: None,
        }];
    }
    lines
}

/// An incident's name, with whether it is private: such a text is passed on.
fn named(incident: &Incident) -> String {
    let mark = if incident.is_public() {
        ""
    } else {
        "[private] "
    };
    format!("{mark}{}", incident.row.name)
}

fn incident_line(i: &Incident, zone: Zone) -> Line {
    let words = format!(
        "- {} {} ({}), {}, led by {}: {}",
        i.row.reference,
        i.row.severity.as_deref().unwrap_or("-"),
        i.row.status,
        zone.date_clock(i.row.created),
        i.row.lead.as_deref().unwrap_or("nobody"),
        named(i)
    );
    line(words, format!("incident {}", i.row.id))
}

fn page_line(p: &Escalation, zone: Zone) -> Line {
    let words = format!(
        "- {} since {}, {}",
        p.title,
        zone.date_clock(p.created),
        p.notified()
    );
    line(words, format!("escalation {}", p.id))
}

fn change_line(c: &Change, zone: Zone) -> Line {
    let words = format!(
        "- {} {} {}",
        zone.date_clock(c.at),
        c.class.label(),
        c.title
    );
    line(words, format!("change {}", c.source))
}

fn task_line(f: &FollowUp, zone: Zone) -> Line {
    let words = format!(
        "- {} ({}, since {})",
        f.title,
        f.assignee.as_ref().map_or("nobody", |p| &p.name),
        zone.date_clock(f.created)
    );
    line(words, format!("follow-up {}", f.id))
}
