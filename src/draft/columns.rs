//! Records in columns: what a table tells of each, for a person at a moment and in a zone.

use super::records::{or_nobody, what};
use crate::domain::oncall::named;
use crate::domain::table::Column;
use crate::domain::time::{self, Zone};
use crate::domain::{
    Action, Alert, AlertRoute, AlertSource, CatalogEntry, CatalogGraph, CatalogType, Document,
    Duty, Escalation, FollowUp, Incident, Instant, Related, Schedule, Shift, TimelineEntry, UserId,
    Workflow, WorkflowRun,
};
use serde::Serialize;

/// When a table is read, and the zone its times are written in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub now: Instant,
    pub zone: Zone,
}

impl Moment {
    /// A time as a table tells it.
    pub(crate) fn clock(&self, at: Instant) -> String {
        self.zone.day_clock(self.now, at)
    }
}

/// An incident with the label of its priority before it, where its severity has one.
#[derive(Serialize)]
pub(crate) struct Prioritized {
    #[serde(flatten)]
    pub incident: Incident,
    pub priority: Option<&'static str>,
}

pub(crate) const INCIDENTS: &[Column<Prioritized, Moment>] = &[
    ("ref", |p, _| p.incident.row.reference.to_string()),
    ("prio", |p, _| p.priority.unwrap_or("--").into()),
    ("severity", |p, _| {
        p.incident.row.severity.as_deref().unwrap_or("none").into()
    }),
    ("status", |p, _| p.incident.row.status.to_string()),
    ("lead", |p, _| {
        p.incident.row.lead.as_deref().unwrap_or("no lead").into()
    }),
    ("age", |p, by| time::age(by.now, p.incident.row.created)),
    ("service", |p, _| {
        p.incident.row.service.as_deref().unwrap_or("").into()
    }),
    ("name", |p, _| p.incident.row.name.to_string()),
];

pub(crate) const TIMELINE: &[Column<TimelineEntry, Moment>] = &[
    ("time ({zone})", |i, by| by.clock(i.at)),
    ("kind", |i, _| i.kind.label().into()),
    ("what", |i, _| what(i)),
    ("who", |i, _| i.actor.clone()),
];

/// The duty of one rotation of a schedule; a schedule without any has one row that says so.
pub(crate) struct OnDuty {
    schedule: String,
    rotation: String,
    now: String,
    until: Option<Instant>,
    next: Option<(String, Instant)>,
}

/// Schedules as rows, one a rotation; whoever reads stands in them as such.
pub(crate) fn on_duty(schedules: &[Schedule], me: Option<&UserId>) -> Vec<OnDuty> {
    let rows = |schedule: &Schedule| {
        let duties = schedule.duties();
        let none = duties.is_empty().then(Duty::default);
        let all = duties.iter().chain(&none);
        all.map(|duty| OnDuty::new(&schedule.name, duty, me))
            .collect::<Vec<_>>()
    };
    schedules.iter().flat_map(rows).collect()
}

impl OnDuty {
    fn new(schedule: &str, duty: &Duty<'_>, me: Option<&UserId>) -> Self {
        let people = duty.people.iter();
        let names: Vec<String> = people.map(|p| named(Some(p), me)).collect();
        Self {
            schedule: schedule.to_owned(),
            rotation: duty.rotation.unwrap_or_default().to_owned(),
            now: match names.is_empty() {
                true => "nobody".into(),
                false => names.join(", "),
            },
            until: duty.until,
            next: duty
                .next
                .map(|next| (named(next.person.as_ref(), me), next.start)),
        }
    }
}

pub(crate) const ON_CALL: &[Column<OnDuty, Moment>] = &[
    ("schedule", |d, _| d.schedule.clone()),
    ("rotation", |d, _| d.rotation.clone()),
    ("now", |d, _| d.now.clone()),
    ("until ({zone})", |d, by| {
        d.until.map_or(String::new(), |end| by.clock(end))
    }),
    ("next", |d, _| {
        let next = d.next.as_ref();
        next.map_or(String::new(), |(who, _)| who.clone())
    }),
    ("from ({zone})", |d, by| {
        let next = d.next.as_ref();
        next.map_or(String::new(), |(_, from)| by.clock(*from))
    }),
];

pub(crate) const SCHEDULES: &[Column<Schedule, Moment>] = &[
    ("schedule", |s, _| s.name.clone()),
    ("zone", |s, _| s.timezone.clone()),
    ("rotations", |s, _| {
        let names = s.rotations.iter().map(|r| r.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    }),
    ("id", |s, _| s.id.to_string()),
];

pub(crate) const SHIFTS: &[Column<Shift, Moment>] = &[
    ("from ({zone})", |s, by| by.zone.date_clock(s.start)),
    ("until ({zone})", |s, by| by.zone.date_clock(s.end)),
    ("who", |s, _| or_nobody(s.person.as_ref())),
    ("", |s, _| match s.overridden {
        true => "override".into(),
        false => String::new(),
    }),
];

pub(crate) const ALERTS: &[Column<Alert, Moment>] = &[
    ("status", |a, _| a.status.clone()),
    ("title", |a, _| a.title.clone()),
    ("since ({zone})", |a, by| by.clock(a.created)),
    ("id", |a, _| a.id.to_string()),
];

pub(crate) const ALERT_SOURCES: &[Column<AlertSource, Moment>] = &[
    ("name", |s, _| s.name.clone()),
    ("kind", |s, _| s.kind.clone()),
    ("resolves after", |s, _| {
        let minutes = s.resolves_after_minutes;
        minutes.map_or_else(String::new, |n| format!("{n} min"))
    }),
    ("id", |s, _| s.id.clone()),
];

pub(crate) const ALERT_ROUTES: &[Column<AlertRoute, Moment>] = &[
    ("in force", |r, _| {
        if r.enabled { "yes" } else { "no" }.into()
    }),
    ("name", |r, _| r.name.clone()),
    ("id", |r, _| r.id.clone()),
];

pub(crate) const ESCALATIONS: &[Column<Escalation, Moment>] = &[
    ("status", |e, _| e.status.clone()),
    ("clock", |e, by| e.clock(by.now)),
    ("title", |e, _| e.title.clone()),
    ("notified", |e, _| e.notified()),
    ("since ({zone})", |e, by| by.clock(e.created)),
    ("id", |e, _| e.id.to_string()),
];

pub(crate) const ACTIONS: &[Column<Action, Moment>] = &[
    ("status", |a, _| a.status.clone()),
    ("action", |a, _| a.description.clone()),
    ("assignee", |a, _| or_nobody(a.assignee.as_ref())),
    ("since ({zone})", |a, by| by.clock(a.created)),
];

pub(crate) const FOLLOW_UPS: &[Column<FollowUp, Moment>] = &[
    ("status", |f, _| f.status.clone()),
    ("follow-up", |f, _| f.title.clone()),
    ("assignee", |f, _| or_nobody(f.assignee.as_ref())),
    ("since ({zone})", |f, by| by.clock(f.created)),
];

pub(crate) const DOCUMENTS: &[Column<Document, Moment>] = &[
    ("status", |d, _| d.status.clone()),
    ("title", |d, _| d.title.clone()),
    ("since ({zone})", |d, by| by.clock(d.created)),
    ("id", |d, _| d.id.clone()),
];

pub(crate) const WORKFLOWS: &[Column<Workflow, Moment>] = &[
    ("state", |w, _| w.state.clone()),
    ("name", |w, _| w.name.clone()),
    ("on", |w, _| w.trigger.clone()),
    ("steps", |w, _| w.steps.join(", ")),
];

pub(crate) const RUNS: &[Column<WorkflowRun, Moment>] = &[
    ("workflow", |r, _| r.workflow.clone()),
    ("incident", |r, _| r.incident.clone().unwrap_or_default()),
    ("when ({zone})", |r, by| by.clock(r.created)),
    ("steps", |r, _| {
        let steps = r
            .steps
            .iter()
            .map(|(step, state)| format!("{step} {state}"));
        steps.collect::<Vec<_>>().join(", ")
    }),
];

pub(crate) const RELATED: &[Column<Related, Moment>] = &[
    ("incident", |r, _| format!("#{}", r.number)),
    ("name", |r, _| r.name.clone()),
];

pub(crate) const CATALOG_TYPES: &[Column<CatalogType, Moment>] = &[
    ("type", |t, _| t.name.clone()),
    ("key", |t, _| t.type_name.clone()),
    ("entries", |t, _| {
        t.count.map_or(String::new(), |n| n.to_string())
    }),
    ("id", |t, _| t.id.to_string()),
];

pub(crate) const CATALOG_ENTRIES: &[Column<CatalogEntry, CatalogGraph>] = &[
    ("name", |e, _| e.name.clone()),
    ("type", |e, graph| {
        graph.kind(e).map_or(String::new(), |k| k.name.clone())
    }),
    ("owner", |e, graph| graph.owner(e)),
    ("tier", |e, graph| graph.tier(e)),
    ("id", |e, _| e.id.to_string()),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;
    use chrono::Duration;

    fn cells<T, C>(thing: &T, by: &C, columns: &[Column<T, C>]) -> Vec<String> {
        columns.iter().map(|(_, cell)| cell(thing, by)).collect()
    }

    #[test]
    fn what_an_incident_lacks_is_said_in_its_row() {
        let row = sample::row("7", "Checkout slow", "Gale", "Fixing", "cart", "Ana");
        let by = Moment {
            now: row.created + Duration::minutes(90),
            zone: Zone::UTC,
        };
        let mut shown = Prioritized {
            incident: sample::incident(row),
            priority: Some("P1"),
        };
        assert_eq!(
            cells(&shown, &by, INCIDENTS).join("|"),
            "INC-7|P1|Gale|Fixing|Ana|1h30|cart|Checkout slow"
        );
        let row = &mut shown.incident.row;
        (row.severity, row.lead, row.service) = (None, None, None);
        shown.priority = None;
        assert_eq!(
            cells(&shown, &by, INCIDENTS).join("|"),
            "INC-7|--|none|Fixing|no lead|1h30||Checkout slow"
        );
        let json = serde_json::to_value(&shown).expect("JSON");
        assert!(
            json["priority"].is_null() && json["name"] == "Checkout slow",
            "{json}"
        );
    }

    #[test]
    fn a_schedule_with_nobody_on_call_says_so() {
        let schedule = Schedule {
            id: "S".into(),
            name: "Payments".into(),
            timezone: "UTC".into(),
            now: vec![],
            next: vec![],
            rotations: vec![],
        };
        let by = Moment {
            now: Instant::UNIX_EPOCH,
            zone: Zone::UTC,
        };
        let rows = on_duty(std::slice::from_ref(&schedule), None);
        assert_eq!(
            cells(&rows[0], &by, ON_CALL).join("|"),
            "Payments||nobody|||"
        );
    }
}
