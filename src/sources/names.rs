//! Which of a source's names stands for which service of the catalog.

use std::collections::BTreeMap;

/// Words that one side of a pair often has and the other has not.
const FILLER: &[&str] = &[
    "service",
    "svc",
    "api",
    "app",
    "server",
    "prod",
    "production",
    "deployment",
];

/// The services asked for, with the names each goes by.
#[derive(Clone, Debug, Default)]
pub struct Names {
    services: BTreeMap<String, Vec<String>>,
}

impl Names {
    /// From services and their other names.
    pub fn new(services: BTreeMap<String, Vec<String>>) -> Self {
        Self { services }
    }

    /// The service that a source's name stands for: the same, the same but for case and separators, or but for a filler
    /// word; or, where it is an address within a cluster or a name with its provider, what that stands for. A tie between
    /// two services is nobody's.
    pub fn service(&self, said: &str) -> Option<&str> {
        self.named(said).or_else(|| self.named(host(said)?))
    }

    fn named(&self, said: &str) -> Option<&str> {
        let by = |same: &dyn Fn(&str) -> bool| {
            let mut found = self
                .services
                .iter()
                .filter(|(name, others)| same(name) || others.iter().any(|o| same(o)))
                .map(|(n, _)| n.as_str());
            match (found.next(), found.next()) {
                (Some(only), None) => Some(only),
                _ => None,
            }
        };
        if let Some((exact, _)) = self.services.get_key_value(said) {
            return Some(exact);
        }
        by(&|name| name == said)
            .or_else(|| by(&|name| whole(name) == whole(said)))
            .or_else(|| {
                let wanted = core(said);
                if wanted.is_empty() {
                    None
                } else {
                    by(&|name| core(name) == wanted)
                }
            })
    }
}

/// The first word of `cart.shop`, `cart.shop.svc.cluster.local:8080` or `cart@docker`: the service, before its namespace or
/// the one who knows it. Any other address with three parts or more is somebody else's.
fn host(said: &str) -> Option<&str> {
    let said = said.split('@').next().unwrap_or(said);
    let bare = said.split(':').next().unwrap_or(said);
    let mut parts = bare.split('.');
    let (first, rest) = (parts.next()?, parts.skip(1).collect::<Vec<_>>());
    let inside = rest.first().is_none_or(|part| *part == "svc");
    (inside && first.parse::<u8>().is_err()).then_some(first)
}

fn whole(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn core(name: &str) -> String {
    let low = name.to_lowercase();
    low.split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty() && !FILLER.contains(w))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sources_name_is_matched_or_nobodys() {
        let names = Names::new(
            [
                ("checkout-service", vec![]),
                ("cart", vec!["basket".to_owned()]),
                ("pay_v1", vec![]),
                ("pay-v1", vec![]),
            ]
            .map(|(n, o)| (n.to_owned(), o))
            .into(),
        );
        for (said, service) in [
            ("checkout-service", Some("checkout-service")),
            ("Checkout_Service", Some("checkout-service")),
            ("checkout", Some("checkout-service")),
            ("basket", Some("cart")),
            ("pay_v1", Some("pay_v1")),
            ("PAYV1", None),
            ("service", None),
            ("ledger", None),
            ("cart.shop", Some("cart")),
            ("cart:7070", Some("cart")),
            ("cart.shop.svc.cluster.local:8080", Some("cart")),
            ("cart@docker", Some("cart")),
            ("cart.example.com", None),
            ("10.0.0.7:80", None),
        ] {
            assert_eq!(names.service(said), service, "{said}");
        }
    }
}
