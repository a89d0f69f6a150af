//! What everything of one organisation is called on a NATS server.

/// The names of one organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    org: String,
}

impl Names {
    /// Names for an organisation of 1 to 64 of `a-z`, `0-9`, `_` and `-`; nothing for any other, which could name the
    /// subjects of somebody else.
    pub fn new(org: &str) -> Option<Names> {
        let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_' || c == b'-';
        let good = (1..=64).contains(&org.len()) && org.bytes().all(fits);
        good.then(|| Names {
            org: org.to_owned(),
        })
    }

    /// The organisation.
    pub fn org(&self) -> &str {
        &self.org
    }

    /// The bucket of what everybody in the organisation may see.
    pub fn bucket(&self) -> String {
        format!("hotseat_{}_public", self.org)
    }

    /// The bucket of who may write.
    pub fn lease_bucket(&self) -> String {
        format!("hotseat_{}_lease", self.org)
    }

    /// The stream of what changed within a day.
    pub fn changes_stream(&self) -> String {
        format!("hotseat_{}_changes", self.org)
    }

    /// The subject of a change of one incident.
    pub fn change(&self, id: &str) -> String {
        format!("hs.{}.changes.{id}", self.org)
    }

    /// The subject on which a console says that somebody looks at an incident.
    pub fn focus(&self, id: &str) -> String {
        format!("hs.{}.focus.{id}", self.org)
    }

    /// Every such subject.
    pub fn focus_all(&self) -> String {
        self.focus("*")
    }

    /// The subject on which a console says that it has written.
    pub fn written(&self) -> String {
        format!("hs.{}.written", self.org)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_that_could_name_something_else_has_no_names() {
        let long = "a".repeat(64);
        for (org, good) in [
            ("acme", true),
            ("a", true),
            ("acme-eu_2", true),
            (long.as_str(), true),
            ("", false),
            ("Acme", false),
            ("a.b", false),
            ("*", false),
            (">", false),
            ("a b", false),
            ("a/b", false),
            ("é", false),
            ("a\n", false),
            (&format!("{long}a"), false),
        ] {
            assert_eq!(Names::new(org).is_some(), good, "{org:?}");
        }
    }

    #[test]
    fn names_are_those_that_the_readme_gives_permissions_for() {
        let names = Names::new("acme").expect("good");
        let all = [
            names.bucket(),
            names.lease_bucket(),
            names.changes_stream(),
            names.change("01A"),
            names.focus("01A"),
            names.focus_all(),
            names.written(),
        ];
        let expected = [
            "hotseat_acme_public",
            "hotseat_acme_lease",
            "hotseat_acme_changes",
            "hs.acme.changes.01A",
            "hs.acme.focus.01A",
            "hs.acme.focus.*",
            "hs.acme.written",
        ];
        assert_eq!(all, expected);
    }
}
