//! Names as systems have them: of meaning, of a house's own style, of none.

use super::dice::Dice;
use super::topology::Role;

const WORDS: &[&str] = &[
    "checkout",
    "orders",
    "basket",
    "billing",
    "invoice",
    "identity",
    "session",
    "profile",
    "search",
    "listing",
    "price",
    "stock",
    "shipment",
    "tracking",
    "review",
    "mail",
    "push",
    "media",
    "image",
    "upload",
    "report",
    "ledger",
    "wallet",
    "fraud",
    "quota",
    "policy",
    "audit",
    "feed",
    "timeline",
    "graph",
    "geo",
    "route",
    "driver",
    "booking",
    "seat",
    "tariff",
    "coupon",
    "loyalty",
    "catalogue",
    "translate",
    "render",
    "consent",
    "device",
    "telemetry",
    "export",
    "import",
    "sync",
];

/// A name in one of five styles; what belongs to somebody is often named after it.
pub fn name(style: usize, role: Role, owner: Option<&str>, dice: &mut Dice) -> String {
    let owned = owner.filter(|_| dice.chance(0.5));
    let word = dice.pick(WORDS);
    let kind = match role {
        Role::Database => dice.pick(&["db", "postgres", "mysql", "store"]),
        Role::Cache => dice.pick(&["cache", "redis"]),
        Role::Worker => dice.pick(&["worker", "consumer", "jobs"]),
        Role::Gateway => dice.pick(&["gateway", "lb", "edge"]),
        Role::ThirdParty => dice.pick(&["external", "partner", "api"]),
        Role::Plain => dice.pick(&["api", "service", "svc"]),
    };
    match (style, owned) {
        (0, _) => format!("svc-{:03x}", dice.count(0, 0xfff)),
        (1, _) => format!(
            "{}{}",
            dice.pick(&["ms", "app", "node", "c"]),
            dice.count(1, 999)
        ),
        (_, Some(owner)) if role != Role::Plain => format!("{owner}-{kind}"),
        (2, _) => format!(
            "xy-{word}{}",
            if role == Role::Plain {
                String::new()
            } else {
                format!("-{kind}")
            }
        ),
        (3, _) if role == Role::Plain => format!("{word}service"),
        _ => format!("{word}-{kind}"),
    }
}
