//! The way from a cause to what is felt: the whole of it where that is more than one call, then call by call, each with
//! what shows that the trouble took it.

use super::{Emphasis, Item, Label, Link};
use crate::domain::{Hop, HopCheck, Hypothesis};

/// The lines of a cause's path; none where it has none.
pub(super) fn path(h: &Hypothesis) -> Vec<Item<'_>> {
    let whole = (h.path.len() > 1).then(|| {
        let whole = Item::new(Label::Path(&h.path), Hop::names(&h.path).join(Hop::ARROW));
        whole.linked(Some(Link::Hypothesis(h.rank)))
    });
    let hops = h.path.iter().map(|hop| Item {
        emphasis: if hop.check == HopCheck::Unverified {
            Emphasis::Bad
        } else {
            Emphasis::Good
        },
        ..Item::new(Label::Hop(hop), hop.checked()).linked(Some(Link::Hop(&h.service, hop)))
    });
    whole.into_iter().chain(hops).collect()
}

/// What stands before a call: whether anything shows that the trouble took it.
pub(crate) fn sign(hop: &Hop) -> &'static str {
    match hop.check {
        HopCheck::Unverified => "?",
        _ => "✓",
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{cause_of, finding, shown};
    use super::super::{Part, outline};
    use crate::domain::time::Zone;
    use serde_json::{Value, json};

    fn hop(from: &str, to: &str, check: &str, says: &str) -> Value {
        json!({"from": from, "to": to, "check": check, "says": says, "evidence": ["E1", "E2"]})
    }

    fn told(path: &[Value]) -> Vec<String> {
        let mut cause = cause_of(1, "db", 87, "E2", "");
        cause["path"] = path.into();
        let f = finding(true, vec![cause]);
        let told = shown(&outline(&f, None, None, Zone::UTC), Part::Cause);
        let words = told.iter().map(|line| line.split(" -> ").next());
        words.map(|w| w.unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn the_path_stands_under_its_cause_call_by_call_and_what_nothing_shows_is_called_unverified() {
        let path = [
            hop("db", "pay", "follows", "latency at both ends"),
            hop("pay", "web", "unverified", "no measure of web"),
            hop("web", "edge", "unverified", ""),
        ];
        assert_eq!(
            told(&path),
            [
                "Strong db fails.",
                "Plain db → pay → web → edge",
                "Good latency at both ends",
                "Bad unverified: no measure of web",
                "Bad unverified",
                "Good fact E2",
                "Plain Look at db.",
            ]
        );
        assert_eq!(
            told(&path[..1])[1..3],
            ["Good latency at both ends", "Good fact E2"],
            "one call tells the whole path by itself"
        );
    }
}
