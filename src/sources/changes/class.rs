//! What kind of change a text speaks of.

use crate::domain::ChangeClass;

/// Words that tell of each class of change; the first class with a word in the text is it.
const WORDS: &[(ChangeClass, &[&str])] = &[
    (
        ChangeClass::FeatureFlag,
        &[
            "feature flag",
            "feature_flag",
            "flag ",
            "toggle",
            "experiment",
        ],
    ),
    (
        ChangeClass::Database,
        &[
            "migration",
            "migrate",
            "schema",
            "database",
            "index on",
            ".sql",
            "alter table",
        ],
    ),
    (
        ChangeClass::Infrastructure,
        &[
            "terraform",
            "cluster",
            "node pool",
            "instance type",
            "scaled",
            "autoscal",
            "dns ",
            "firewall",
            "kubernetes upgrade",
            ".tf",
        ],
    ),
    (
        ChangeClass::Config,
        &[
            "config",
            "setting",
            "environment variable",
            "configmap",
            "limit of",
            "timeout of",
            "secret",
        ],
    ),
    (
        ChangeClass::Deploy,
        &[
            "deploy",
            "release",
            "rollout",
            "rolled out",
            "rollback",
            "rolled back",
            "shipped",
            "promote",
            "bump version",
        ],
    ),
];

/// The class of a change by its words.
pub fn classify(text: &str) -> Option<ChangeClass> {
    let low = format!("{} ", text.to_lowercase());
    WORDS
        .iter()
        .find(|(_, words)| words.iter().any(|w| low.contains(w)))
        .map(|(class, _)| *class)
}

pub(super) fn class_of(text: &str) -> ChangeClass {
    classify(text).unwrap_or(ChangeClass::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_classed_by_their_words() {
        for (text, class) in [
            ("payment-gateway v2.1.0 deployed", Some(ChangeClass::Deploy)),
            (
                "Turn on feature flag new-cart",
                Some(ChangeClass::FeatureFlag),
            ),
            (
                "Migration 0042: index on orders",
                Some(ChangeClass::Database),
            ),
            (
                "terraform apply: node pool resized",
                Some(ChangeClass::Infrastructure),
            ),
            ("ConfigMap cart-config changed", Some(ChangeClass::Config)),
            ("HighErrorRate: checkout-service 503 above 5%", None),
        ] {
            assert_eq!(classify(text), class, "{text}");
        }
    }
}
