//! A console without a terminal and without a network: keys and news go through the real update and the real draw, and
//! searches are run where the worker would run them.

use hotseat::config::{self, Colour, Overrides};
use hotseat::console::keymap::{self, Keymap};
use hotseat::console::msg::{Cmd, Msg, News};
use hotseat::console::state::{State, sample_row};
use hotseat::console::theme::Theme;
use hotseat::console::{filter, palette, picture, update};
use hotseat::domain::catalog::CatalogValue;
use hotseat::domain::time::{self, Zone};
use hotseat::domain::*;
use std::sync::Arc;

/// A console under test.
pub struct Console {
    pub state: State,
    pub now: Instant,
    /// What was asked to be done outside, since last looked.
    pub asked: Vec<Cmd>,
    pub theme: Theme,
}

impl Console {
    /// An empty console of some size at 14:40.
    pub fn new(width: u16, height: u16) -> Self {
        let config = config::load(&Overrides {
            file: Some("/dev/null".into()),
            utc: true,
            ..Overrides::default()
        })
        .expect("defaults");
        let keymap = Keymap::new(&config.keys).expect("keys");
        let now = time::parse("2026-11-20T14:40:00Z").expect("a time");
        let mut state = State::new(
            Arc::new(config),
            Arc::new(keymap),
            now,
            (width, height),
            Zone::UTC,
        );
        state.config = Arc::new({
            let mut config = (*state.config).clone();
            config.me = "ana@larkfield.example".into();
            config
        });
        Self {
            state,
            now,
            asked: Vec::new(),
            theme: Theme::fixed(Colour::Never, false, false),
        }
    }

    /// A console with an organisation in it.
    pub fn filled(width: u16, height: u16) -> Self {
        let mut console = Self::new(width, height);
        console.tell(News::Org(Box::new(org())));
        console.tell(News::Rows {
            rows: rows(),
            whole: false,
            cached: false,
        });
        console.tell(News::Schedules(schedules()));
        console.tell(News::Catalog(Arc::new(catalog())));
        console.tell(News::Timeline {
            id: "312".into(),
            items: timeline(),
            missing: vec![],
            seen: time::parse("2026-11-20T14:37:00Z"),
        });
        console
    }

    /// News arrives.
    pub fn tell(&mut self, news: News) {
        self.feed(Msg::Worker(news));
    }

    fn feed(&mut self, msg: Msg) {
        let cmds = update::update(&mut self.state, self.now, msg);
        for cmd in cmds {
            match cmd {
                Cmd::Narrow {
                    ticket,
                    rows,
                    filter,
                    newest_first,
                } => {
                    let visible = filter::narrow(&rows, &filter, newest_first);
                    self.feed(Msg::Worker(News::Narrowed { ticket, visible }));
                }
                Cmd::Find {
                    ticket,
                    query,
                    pool,
                } => self.feed(Msg::Worker(News::Found {
                    ticket,
                    hits: palette::find(&pool, &query),
                })),
                other => self.asked.push(other),
            }
        }
    }

    /// Presses keys: `j`, `ctrl-p`, `"typed text"`, separated by spaces; then the keys pause.
    pub fn keys(&mut self, script: &str) -> &mut Self {
        let mut rest = script.trim();
        while !rest.is_empty() {
            if let Some(typed) = rest.strip_prefix('"') {
                let (typed, after) = typed.split_once('"').expect("a closing quote");
                typed.chars().for_each(|c| {
                    self.press(if c == ' ' {
                        "space".into()
                    } else {
                        c.to_string()
                    })
                });
                rest = after.trim_start();
            } else {
                let (key, after) = rest.split_once(' ').unwrap_or((rest, ""));
                self.press(key.to_owned());
                rest = after.trim_start();
            }
        }
        self.pause()
    }

    fn press(&mut self, name: String) {
        let key = keymap::parse(&name).unwrap_or_else(|| panic!("{name} is not a key"));
        self.feed(Msg::Key(key));
    }

    /// Lets the detail catch up.
    pub fn pause(&mut self) -> &mut Self {
        self.now += chrono::Duration::milliseconds(200);
        self.feed(Msg::Ticked);
        self
    }

    /// The terminal gets another size.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.feed(Msg::Resized(width, height));
    }

    /// The screen as text.
    pub fn screen(&self) -> String {
        picture::text(&picture::buffer(&self.state, &self.theme))
    }

    /// The reference the cursor is on.
    pub fn selected(&self) -> String {
        self.state
            .incidents
            .current()
            .map_or(String::new(), |row| row.reference.to_string())
    }

    /// References in the list, in order.
    pub fn listed(&self) -> Vec<String> {
        (0..self.state.incidents.visible.len())
            .filter_map(|at| self.state.incidents.at(at))
            .map(|row| row.reference.to_string())
            .collect()
    }
}

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

fn org() -> Org {
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

fn schedules() -> Vec<Schedule> {
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
        ..hotseat::console::state::sample_incident(row)
    }
}

/// A finding with a series, log lines and a change behind it; `percent` is how sure it is.
pub fn finding(percent: u8) -> Finding {
    let at = |clock: &str| time::parse(&format!("2026-11-20T{clock}:00Z")).expect("a time");
    let rise = (0..=60)
        .map(|n| {
            (
                at("14:20").timestamp() + n * 20,
                if n < 36 { 0.2 } else { 30.0 - (n % 3) as f64 },
            )
        })
        .collect();
    let fact = |id: &str, source: &str, says: &str, query: &str| Evidence {
        id: id.into(),
        source: source.into(),
        service: "payment-gateway".into(),
        says: says.into(),
        query: query.into(),
        at: Some(at("14:32")),
        observed: "30 s".into(),
        normal: "200 ms".into(),
        deviation: Some(148.5),
        link: None,
        points: vec![],
        signal: None,
        lines: vec![],
    };
    let series = Evidence {
        points: rise,
        signal: Some(Signal::Tail),
        ..fact(
            "E1",
            "metrics",
            "slowest calls of payment-gateway up to 30 s (normal 200 ms)",
            "latency:p999{service=~\"payment-gateway\"}",
        )
    };
    let lines = Evidence {
        lines: vec!["error: upstream connect error: connection timeout".into()],
        ..fact(
            "E2",
            "loki",
            "log of checkout-service: \"upstream connect error: connection timeout\" (new: 41 lines)",
            "{service_name=\"checkout-service\"}",
        )
    };
    let change = Change {
        at: at("14:30"),
        class: ChangeClass::Deploy,
        title: "payment-gateway v2.1.0 deployed".into(),
        service: "payment-gateway".into(),
        version: Some("v2.1.0".into()),
        author: Some("Olu Okafor".into()),
        source: "deploys".into(),
        query: "https://deploys.example".into(),
        link: None,
    };
    let hypothesis =
        |rank, service: &str, statement: &str, confidence, discarded, reason: &str| Hypothesis {
            rank,
            service: service.into(),
            kind: "deploy".into(),
            statement: statement.into(),
            confidence,
            evidence_for: if discarded {
                vec![]
            } else {
                vec!["E1".into(), "E2".into(), "E3".into()]
            },
            evidence_against: vec![],
            change: (!discarded).then(|| change.clone()),
            discarded,
            reason: reason.into(),
        };
    Finding {
        incident: "INC-312".into(),
        name: "High error rate on checkout service".into(),
        severity: Some("Storm".into()),
        priority: Some("P0".into()),
        onset: at("14:32"),
        onset_from: "failing calls of checkout-service left its usual range".into(),
        summary: "checkout-service is failing calls because payment-gateway, which it depends on, is in trouble.".into(),
        settled: percent >= 50,
        services: vec![Scoped { name: "checkout-service".into(), why: "named".into() }],
        hypotheses: vec![
            hypothesis(
                1,
                "payment-gateway",
                "payment-gateway adds 46 s of waiting in 5m; started 14:32 UTC; correlates with the payment-gateway deploy at 14:30 UTC.",
                percent,
                false,
                "Changed before the onset.",
            ),
            hypothesis(
                2,
                "web-frontend",
                "web-frontend is out of its usual range.",
                0,
                true,
                "What it calls explains it, checkout-service above all.",
            ),
        ],
        evidence: vec![
            series,
            lines,
            fact("E3", "deploys", "deploy 2m before the onset: payment-gateway v2.1.0 deployed", "https://deploys.example"),
        ],
        changes: vec![change.clone()],
        missing: vec![Missing { source: "loki-eu".into(), says: "loki-eu did not answer within 15 seconds.".into() }],
        next_check: None,
        actions: vec![
            "Read the log of payment-gateway. [E2]".into(),
            "Consider rolling payment-gateway back: v2.1.0 came 2m before the onset. [E3]".into(),
        ],
        timeline: vec![
            Moment { at: at("14:30"), says: "payment-gateway v2.1.0 deployed".into(), evidence: Some("E3".into()) },
            Moment { at: at("14:36"), says: "INC-312 declared".into(), evidence: None },
        ],
    }
}
