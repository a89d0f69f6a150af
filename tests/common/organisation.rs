//! A small organisation for scripts: incidents, people, schedules, a catalog and a timeline.

use hotseat::domain::catalog::CatalogValue;
use hotseat::domain::sample::row as sample_row;
use hotseat::domain::time;
use hotseat::domain::*;
use std::sync::Arc;

/// A row of the list with what matters to a test.
pub fn row(
    id: &str,
    name: &str,
    severity: (&str, i16),
    status: &str,
    minutes_ago: i64,
) -> IncidentSummary {
    let at = time::parse("2026-11-20T14:40:00Z").expect("a time")
        - chrono::Duration::minutes(minutes_ago);
    let mut row = sample_row(
        id,
        name,
        severity.0,
        status,
        "checkout-service",
        "Ana Abara",
    );
    (row.rank, row.created, row.updated, row.active) = (severity.1, at, at, at);
    row
}

/// Five open incidents and one that is over.
pub fn rows() -> Vec<Arc<IncidentSummary>> {
    let mut rows = vec![
        row(
            "312",
            "High error rate on checkout service",
            ("Storm", 4),
            "Fixing",
            4,
        ),
        row(
            "311",
            "Search results are stale: search-indexer falls behind",
            ("Breeze", 2),
            "Investigating",
            30,
        ),
        row(
            "310",
            "Zahlungen doppelt gebucht, 日本語のタイトル",
            ("Gale", 3),
            "Watching",
            90,
        ),
        row(
            "309",
            "Certificate of mfa expired",
            ("Ripple", 1),
            "Investigating",
            500,
        ),
        row(
            "308",
            "Disk 91% full on orders-db",
            ("Gale", 3),
            "Fixing",
            3000,
        ),
        row(
            "307",
            "Logins rejected on mobile",
            ("Gale", 3),
            "Closed",
            6000,
        ),
    ];
    rows[1].lead = None;
    rows[1].service = Some("search-indexer".into());
    rows[3].visibility = Visibility::Private;
    rows.into_iter().map(Arc::new).collect()
}

fn person(id: &str, name: &str) -> Person {
    let email = format!(
        "{}@larkfield.example",
        name.split(' ').next().unwrap_or_default().to_lowercase()
    );
    Person {
        id: id.into(),
        name: name.into(),
        email: Some(email.into()),
    }
}

pub fn org() -> Org {
    let status = |name: &str, category| Status {
        id: name.into(),
        name: name.into(),
        category,
    };
    let role = |id: &str, name: &str, kind: &str| Role {
        id: id.into(),
        name: name.into(),
        kind: kind.into(),
    };
    let severity = |name: &str, rank| Severity {
        id: name.into(),
        name: name.into(),
        rank,
    };
    Org {
        identity: Identity {
            name: "Console key".into(),
            dashboard: "https://app.incident.io/larkfield".into(),
            ..Identity::default()
        },
        severities: vec![
            severity("Storm", 4),
            severity("Gale", 3),
            severity("Breeze", 2),
            severity("Ripple", 1),
        ],
        statuses: vec![
            status("Investigating", StatusCategory::Live),
            status("Fixing", StatusCategory::Live),
            status("Watching", StatusCategory::Live),
            status("Paused", StatusCategory::Paused),
            status("Writing up", StatusCategory::Learning),
            status("Closed", StatusCategory::Closed),
        ],
        roles: vec![
            role("R1", "Incident Lead", "lead"),
            role("R2", "Reporter", "reporter"),
        ],
        people: vec![person("U312", "Ana Abara"), person("U2", "Bram Brandt")],
        teams: vec![Team {
            id: "T311".into(),
            name: "Search".into(),
            members: vec!["U312".into()],
        }],
        ..Org::default()
    }
}

pub fn schedules() -> Vec<Schedule> {
    let at = |raw: &str| time::parse(raw).expect("a time");
    let shift = |who: Person, from: &str, to: &str| Shift {
        person: Some(who),
        start: at(from),
        end: at(to),
        rotation: Some("R1".into()),
        overridden: false,
    };
    let schedule = |id: &str, name: &str, now: Vec<Shift>, next: Vec<Shift>| Schedule {
        id: id.into(),
        name: name.into(),
        timezone: "Europe/Berlin".into(),
        now,
        next,
        rotations: vec![],
    };
    vec![
        schedule(
            "S1",
            "Checkout on-call",
            vec![shift(
                person("U312", "Ana Abara"),
                "2026-11-20T09:00:00Z",
                "2026-11-21T09:00:00Z",
            )],
            vec![shift(
                person("U2", "Bram Brandt"),
                "2026-11-21T09:00:00Z",
                "2026-11-22T09:00:00Z",
            )],
        ),
        schedule(
            "S2",
            "Payments on-call",
            vec![shift(
                person("U2", "Bram Brandt"),
                "2026-11-20T09:00:00Z",
                "2026-11-27T09:00:00Z",
            )],
            vec![],
        ),
        schedule("S3", "Search on-call", vec![], vec![]),
    ]
}

/// Four services.
pub fn catalog() -> CatalogGraph {
    let attribute = |id: &str, name: &str, kind: &str| CatalogAttribute {
        id: id.into(),
        name: name.into(),
        kind: kind.into(),
        forward: true,
        many: false,
    };
    let kind = CatalogType {
        id: "T".into(),
        name: "Service".into(),
        type_name: "Custom[\"Service\"]".into(),
        categories: vec!["service".into()],
        count: Some(4),
        attributes: vec![
            attribute("o", "Owner", "String"),
            attribute("t", "Tier", "Number"),
            attribute("d", "Depends on", "Custom[\"Service\"]"),
        ],
        by_name: true,
    };
    let value = |text: &str| CatalogValue {
        label: text.into(),
        literal: text.into(),
    };
    let entry = |name: &str, owner: &str, tier: &str, needs: &[&str]| CatalogEntry {
        id: name.into(),
        kind: "T".into(),
        name: name.into(),
        aliases: vec![],
        external_id: None,
        written: Default::default(),
        rank: 0,
        values: vec![
            ("o".into(), vec![value(owner)]),
            ("t".into(), vec![value(tier)]),
            ("d".into(), needs.iter().map(|n| value(n)).collect()),
        ],
    };
    CatalogGraph::new(
        vec![kind],
        vec![
            entry(
                "checkout-service",
                "Checkout",
                "1",
                &["payment-gateway", "cart"],
            ),
            entry("cart", "Checkout", "1", &[]),
            entry("payment-gateway", "Payments", "1", &[]),
            entry("search-indexer", "Search", "2", &[]),
        ],
    )
}
/// The timeline of INC-312.
pub fn timeline() -> Vec<TimelineEntry> {
    let line = |id: &str, at: &str, kind, title: &str, body: &str, actor: &str| TimelineEntry {
        id: id.into(),
        at: time::parse(&format!("2026-11-20T{at}Z")).expect("a time"),
        kind,
        title: title.into(),
        body: body.into(),
        actor: actor.into(),
        written: Default::default(),
    };
    vec![
        line(
            "n1",
            "14:30:00",
            EntryKind::Curated,
            "payment-gateway v2.1.0 deployed",
            "",
            "Bram Brandt",
        ),
        line(
            "a1",
            "14:35:00",
            EntryKind::Alert,
            "Fired: HighErrorRate: checkout-service 503 above 5%",
            "",
            "",
        ),
        line(
            "p1",
            "14:36:00",
            EntryKind::Escalation,
            "Paged Ana Abara: HighErrorRate",
            "",
            "",
        ),
        line(
            "l1",
            "14:36:30",
            EntryKind::Activity,
            "Ana Abara became Incident Lead",
            "",
            "",
        ),
        line(
            "u1",
            "14:38:00",
            EntryKind::Update,
            "Fixing · Storm",
            "The first timeouts came two minutes after payment-gateway v2.1.0. Rolling back to v2.0.9 in all regions now, starting with eu-west-1 where most of the traffic is.",
            "Ana Abara",
        ),
    ]
}

/// An incident as the detail reads it.
pub fn incident(id: &str) -> Incident {
    let row = (*rows()
        .into_iter()
        .find(|r| r.id.as_str() == id)
        .expect("a row"))
    .clone();
    Incident {
        summary: "checkout-service is serving 503s.".into(),
        kind: Some("Production".into()),
        creator: "alert".into(),
        channel: Some("inc-312".into()),
        channel_id: Some("C312".into()),
        ..hotseat::domain::sample::incident(row)
    }
}
