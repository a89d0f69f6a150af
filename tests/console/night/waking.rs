//! The console opens, on what the last session kept; two pages wait, one of them somebody else's.

use super::Night;
use crate::common::{self, Console};
use crate::pages::{page, paged};
use hotseat::console::job::Topic;
use hotseat::console::news::News;
use hotseat::console::state::ListKind;
use hotseat::domain::{Escalation, EscalationEvent, EscalationPath, PathLevel, TimelineEntry};
use hotseat::session::{Change, KnownTimeline};
use std::sync::Arc;

pub(crate) const ANA: (&str, &str) = ("U312", "Ana Abara");
pub(crate) const BRAM: (&str, &str) = ("U2", "Bram Brandt");

/// All that the panes stand on was answered just now.
pub(crate) fn answered(console: &mut Console) {
    for topic in [
        Topic::Incidents,
        Topic::List(ListKind::Pages),
        Topic::Timeline("312".into()),
        Topic::Schedules,
        Topic::Catalog,
    ] {
        console.answer(topic);
    }
}

/// The timeline of the incident of the night.
pub(crate) fn timeline(items: Vec<TimelineEntry>) -> Change {
    Change::Timeline(Box::new(KnownTimeline {
        id: "312".into(),
        items,
        missing: vec![],
        seen: None,
    }))
}

/// What the cache of the last session holds.
fn cached(console: &mut Console) {
    let filled = Console::filled(120, 40).state;
    console.tell(Change::Org(Box::new((*filled.org).clone())));
    console.tell(Change::Rows {
        rows: common::rows(),
        whole: true,
        cached: true,
    });
    console.tell(Change::Cached(console.now - chrono::Duration::minutes(9)));
}

/// What the API tells when it is first asked.
fn told(console: &mut Console) {
    let filled = Console::filled(120, 40).state;
    console.tell(Change::Rows {
        rows: common::rows(),
        whole: false,
        cached: false,
    });
    console.tell(Change::Schedules((*filled.oncall.schedules).clone()));
    console.tell(Change::Catalog(Arc::new(common::catalog())));
    console.tell(timeline(common::timeline()));
    console.tell(Change::Incident(Box::new(common::incident("312"))));
    console.answer(Topic::Incidents);
    answered(console);
}

pub(crate) fn the_console_opens(night: &mut Night) {
    night.news(
        &["connecting"],
        cached,
        &["from the cache, data 9m old", "INC-312"],
    );
    night.news(&["from the cache"], told, &[" live ", "Checkout on-call"]);
    night.keys(&["UTC", "14:36   page"], "U", &["03:36   page"]);
}

/// By which Bram's page climbs: whoever is on call, then Ana.
fn path() -> EscalationPath {
    let level = |target: &str| PathLevel {
        targets: vec![target.into()],
        schedules: Vec::new(),
        seconds: Some(300),
        delay: 0,
    };
    EscalationPath {
        id: "P".into(),
        name: "Payments".into(),
        levels: vec![level("schedule S2"), level("user U312")],
        repeats: Some((1, 0)),
        responders: Vec::new(),
    }
}

/// Bram's page, on its way up.
fn climbing(console: &Console) -> Escalation {
    Escalation {
        path: Some("P".into()),
        ..page(console, "E2", BRAM, "312")
    }
}

/// A page that whom it reached has taken just now.
fn acknowledged(console: &Console, mut page: Escalation) -> Escalation {
    page.status = "acked".into();
    page.events.push(EscalationEvent {
        kind: "acked".into(),
        at: console.now,
        people: page.events[0].people.clone(),
        urgency: None,
    });
    page
}

pub(crate) fn two_pages_wait(night: &mut Night) {
    night.news(
        &[],
        |console| {
            let of_bram = climbing(console);
            let mine = page(console, "E1", ANA, "310");
            paged(console, vec![of_bram, mine]);
            console.tell(News::Paths(vec![path()]));
        },
        &[
            "[your page] Zahlungen",
            "your page: INC-310 HighErrorRate E1 (p) · 1 more page waits",
        ],
    );
    night.pictures("list");
    night.keys(&[], "a", &["Bram Brandt's page: take it?"]);
    night.keys(&["take it?"], "n", &[]);
    assert!(night.confirmed().is_empty(), "it was declined");
    night.keys(&[], "p", &["[your page] HighErrorRate E1"]);
    assert_eq!(night.shown(), "310");
    night.keys(&[], "a", &["on its way [your page]"]);
    let [taken] = &night.confirmed()[..] else {
        panic!("one page is taken")
    };
    assert_eq!(taken.path, "/v2/escalations/E1/actions/respond");
    night.news(
        &["your page waits: a", "your page: INC-310"],
        |console| {
            let of_bram = climbing(console);
            let mine = acknowledged(console, page(console, "E1", ANA, "310"));
            paged(console, vec![of_bram, mine]);
        },
        &["1 page waits"],
    );
}

pub(crate) fn a_page_climbs(night: &mut Night) {
    night.keys(&["acked "], "ctrl-o", &["severity   ref"]);
    assert_eq!(night.shown(), "312", "one comes back");
    night.keys(
        &[],
        ": \"escalations\" enter g enter",
        &["level 2 in 59 s: Ana Abara", "▌Incident     INC-312"],
    );
    night.news(
        &["level 2 in "],
        |console| {
            let of_bram = acknowledged(console, climbing(console));
            paged(console, vec![of_bram]);
        },
        &["acknowledged by Bram Brandt"],
    );
    night.keys(&["acknowledged by"], "esc esc", &["INC-308"]);
}
