//! Priority P0 to P3 beside an organisation's own severities.

use super::Severity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How urgent an incident is, in four steps that mean the same in every organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Priority {
    /// Everything stops.
    P0,
    /// Now.
    P1,
    /// Today.
    P2,
    /// When there is time.
    P3,
}

impl Priority {
    /// `P0` … `P3`.
    pub fn label(self) -> &'static str {
        ["P0", "P1", "P2", "P3"][self as usize]
    }

    fn from_step(step: usize) -> Priority {
        [Priority::P0, Priority::P1, Priority::P2, Priority::P3][step.min(3)]
    }
}

/// The priority of each severity, by name, most urgent first: the configured one; else the known names Critical,
/// High, Medium, Low; else by rank (the API's rank is higher for what is more severe), spread over the four steps.
pub fn priorities(
    severities: &[Severity],
    configured: &BTreeMap<String, Priority>,
) -> Vec<(String, Priority)> {
    let mut by_rank: Vec<&Severity> = severities.iter().collect();
    by_rank.sort_by_key(|severity| std::cmp::Reverse(severity.rank));
    let named = |name: &str| {
        ["critical", "high", "medium", "low"]
            .iter()
            .position(|known| name.eq_ignore_ascii_case(known))
    };
    let all_named = by_rank
        .iter()
        .all(|severity| named(&severity.name).is_some());
    let steps = by_rank.len().max(4);
    by_rank
        .iter()
        .enumerate()
        .map(|(step, severity)| {
            let set = configured
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(&severity.name))
                .map(|(_, set)| *set);
            let known = named(&severity.name)
                .filter(|_| all_named)
                .map(Priority::from_step);
            let spread = Priority::from_step(step * 4 / steps);
            (severity.name.to_string(), set.or(known).unwrap_or(spread))
        })
        .collect()
}

/// The labels of the priorities, by severity name.
pub fn labels(
    severities: &[Severity],
    configured: &BTreeMap<String, Priority>,
) -> Vec<(String, &'static str)> {
    let ranked = priorities(severities, configured).into_iter();
    ranked.map(|(name, p)| (name, p.label())).collect()
}

/// The label of the priority that a severity has among those that were ranked.
pub fn label(ranked: &[(String, Priority)], severity: Option<&str>) -> Option<&'static str> {
    let mut same = ranked
        .iter()
        .filter(|(name, _)| Some(name.as_str()) == severity);
    same.next().map(|(_, priority)| priority.label())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn severities(names: &[(&str, i64)]) -> Vec<Severity> {
        names
            .iter()
            .map(|(name, rank)| Severity {
                id: (*name).into(),
                name: (*name).into(),
                rank: *rank,
            })
            .collect()
    }

    fn shown(names: &[(&str, i64)], configured: &[(&str, Priority)]) -> String {
        let configured = configured
            .iter()
            .map(|(name, p)| ((*name).to_owned(), *p))
            .collect();
        priorities(&severities(names), &configured)
            .iter()
            .map(|(name, p)| format!("{name}={} ", p.label()))
            .collect()
    }

    #[test]
    fn severities_map_to_priorities_by_name_then_rank_then_config() {
        assert_eq!(
            shown(
                &[("Low", 1), ("Critical", 9), ("Medium", 2), ("High", 3)],
                &[]
            ),
            "Critical=P0 High=P1 Medium=P2 Low=P3 "
        );
        assert_eq!(
            shown(&[("Critical", 9), ("Low", 1)], &[]),
            "Critical=P0 Low=P3 "
        );
        assert_eq!(
            shown(&[("Storm", 3), ("Gale", 2), ("Breeze", 1)], &[]),
            "Storm=P0 Gale=P1 Breeze=P2 "
        );
        assert_eq!(
            shown(
                &[
                    ("A", 8),
                    ("B", 7),
                    ("C", 6),
                    ("D", 5),
                    ("E", 4),
                    ("F", 3),
                    ("G", 2),
                    ("H", 1)
                ],
                &[]
            ),
            "A=P0 B=P0 C=P1 D=P1 E=P2 F=P2 G=P3 H=P3 "
        );
        assert_eq!(
            shown(&[("Storm", 3), ("Breeze", 1)], &[("breeze", Priority::P3)]),
            "Storm=P0 Breeze=P3 "
        );
    }
}
