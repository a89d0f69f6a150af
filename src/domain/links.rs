//! Where words lead: references of incidents, and addresses of the organisation's own dashboard. Nothing else becomes a
//! link, whatever address stands in a text that somebody wrote.

use std::ops::Range;

/// Digits of an incident's number at most.
const DIGITS: usize = 9;
/// What references begin with where nobody set another.
pub const USUAL_PREFIX: &str = "INC";

/// How an organisation's incidents are addressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    dashboard: String,
    prefix: String,
}

impl Links {
    /// From the dashboard's address and any reference that is known; nothing where that address is none to lead to.
    pub fn new(dashboard: &str, reference: Option<&str>) -> Option<Self> {
        let dashboard = dashboard.trim_end_matches('/');
        let prefix = reference.and_then(|r| Some(r.rsplit_once('-')?.0));
        let prefix =
            prefix.filter(|p| !p.is_empty() && p.chars().all(|c| c.is_ascii_alphanumeric()));
        is_safe(dashboard).then(|| Self {
            dashboard: dashboard.to_owned(),
            prefix: prefix.unwrap_or(USUAL_PREFIX).to_owned(),
        })
    }

    /// The address of an incident, by its number.
    pub fn incident(&self, number: &str) -> Option<String> {
        let is_number =
            (1..=DIGITS).contains(&number.len()) && number.chars().all(|c| c.is_ascii_digit());
        is_number.then(|| format!("{}/incidents/{number}", self.dashboard))
    }

    /// The references in a line, by where they stand, each with where it leads.
    pub fn references(&self, line: &str) -> Vec<(Range<usize>, String)> {
        let head = format!("{}-", self.prefix);
        let found = line.match_indices(&head).filter_map(|(at, _)| {
            let rest = &line[at + head.len()..];
            let digits = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            let joins = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/');
            let is_whole = !line[..at].ends_with(joins) && !rest[digits..].starts_with(joins)
                // A number that was cut leads to another incident.
                && !rest[digits..].starts_with('…');
            let address = self.incident(&rest[..digits]).filter(|_| is_whole)?;
            Some((at..at + head.len() + digits, address))
        });
        found.collect()
    }

    /// The same and the dashboard's own addresses, in the order in which they stand in a line that is shown whole.
    pub fn all(&self, line: &str) -> Vec<(Range<usize>, String)> {
        let mut all = self.references(line);
        let head = format!("{}/", self.dashboard);
        for (at, _) in line.match_indices(&head) {
            let rest = &line[at..];
            let ends = |c: char| !c.is_ascii_graphic() || "\"'<>()[]{}|\\^`".contains(c);
            let end = rest.find(ends).unwrap_or(rest.len());
            let address = rest[..end].trim_end_matches(['.', ',', ';', ':']);
            if is_safe(address) && !rest[end..].starts_with('…') {
                all.push((at..at + address.len(), address.to_owned()));
            }
        }
        all.sort_by_key(|(range, _)| range.start);
        all
    }
}

/// Whether an address may be handed to a terminal or a browser: https, and printable ASCII alone.
pub fn is_safe(address: &str) -> bool {
    let host = address.strip_prefix("https://").unwrap_or_default();
    host.starts_with(|c: char| c.is_ascii_alphanumeric())
        && address
            .chars()
            .all(|c| c.is_ascii_graphic() && !"\"'<>\\^`{|}".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(reference: &str) -> Links {
        Links::new("https://app.incident.io/shop/", Some(reference)).expect("safe")
    }

    #[test]
    fn references_lead_to_the_dashboard_and_nothing_else_leads_anywhere() {
        let to = |number: &str| format!("https://app.incident.io/shop/incidents/{number}");
        for (line, numbers) in [
            ("INC-312  checkout is slow, as INC-7 was", &["312", "7"][..]),
            ("(INC-312): INC-313.", &["312", "313"]),
            (
                "XINC-312 INC-31… INC-3a INC- INC-1234567890 INC-1-2 OPS-3",
                &[],
            ),
            ("https://evil.example/INC-312 https://evil.example", &[]),
        ] {
            let found = links("INC-1").references(line);
            let addresses: Vec<String> = found.iter().map(|(_, address)| address.clone()).collect();
            assert_eq!(
                addresses,
                numbers.iter().map(|n| to(n)).collect::<Vec<_>>(),
                "{line}"
            );
            assert!(
                found
                    .iter()
                    .all(|(range, _)| line[range.clone()].starts_with("INC-"))
            );
        }
        assert_eq!(links("OPS-9").references("OPS-3 INC-3").len(), 1);
    }

    #[test]
    fn an_address_of_the_dashboard_leads_to_itself() {
        let line =
            "See https://app.incident.io/shop/incidents/3, https://app.incident.io.evil.example/x";
        let all = links("INC-1").all(line);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].1, "https://app.incident.io/shop/incidents/3");
    }

    #[test]
    fn only_plain_https_is_led_to() {
        for (address, safe) in [
            ("https://app.incident.io/shop", true),
            ("http://app.incident.io/shop", false),
            ("javascript:alert(1)", false),
            ("https://", false),
            ("https://a\x1b]8;;b", false),
            ("https://a b", false),
            ("https://ä.example", false),
            ("https://-x", false),
        ] {
            assert_eq!(is_safe(address), safe, "{address}");
            assert_eq!(Links::new(address, None).is_some(), safe);
        }
    }
}
