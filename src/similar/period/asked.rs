//! Which incidents are looked back on and over what period, as it is typed, and the command that answers the same.

use crate::domain::CatalogGraph;
use crate::domain::query::{parts, quoted, tokens};
use crate::domain::time::parse_span;

/// The period that is looked back on where none is given.
pub const QUARTER: &str = "90d";

/// What is looked back on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AnalysisRequest {
    /// The incidents, as a list of them is narrowed; empty for all.
    pub filter: String,
    /// Since when: a span, a date, or RFC 3339.
    pub since: String,
    /// Until when; now where it is not given.
    pub until: Option<String>,
}

impl Default for AnalysisRequest {
    fn default() -> Self {
        Self {
            filter: String::new(),
            since: QUARTER.into(),
            until: None,
        }
    }
}

impl AnalysisRequest {
    /// Reads what was typed: a filter, in it `since:30d` or `30d` alone and `until:2026-11-01`. A plain word that names a
    /// service or a team means its incidents.
    pub fn read(typed: &str, graph: &CatalogGraph) -> Self {
        let mut asked = Self::default();
        let mut filter: Vec<String> = Vec::new();
        for token in tokens(typed) {
            let (inverted, name, word) = parts(token.raw);
            let word = word.replace('"', "");
            match name.map(str::to_ascii_lowercase).as_deref() {
                Some("since") if !inverted => asked.since = word,
                Some("until") if !inverted => asked.until = Some(word),
                None if !inverted && parse_span(&word).is_some() => asked.since = word,
                None if !inverted && !graph.services_meant(&word).is_empty() => {
                    filter.push(format!("service:{}", quoted(&word)));
                }
                _ => filter.push(token.raw.to_owned()),
            }
        }
        asked.filter = filter.join(" ");
        asked
    }

    /// The service or team it is narrowed to, where that is all.
    pub(super) fn service(&self) -> Option<String> {
        let [one] = tokens(&self.filter)[..] else {
            return None;
        };
        match parts(one.raw) {
            (false, Some("service"), word) => Some(word.replace('"', "")),
            _ => None,
        }
    }

    /// The same, to be typed again.
    pub fn typed(&self) -> String {
        let until = self.until.iter().map(|at| format!("until:{at}"));
        let mut words = vec![format!("since:{}", self.since)];
        words.extend(until);
        words.extend(Some(self.filter.clone()).filter(|f| !f.is_empty()));
        words.join(" ")
    }

    /// The command line that answers the same.
    pub fn command(&self) -> String {
        let mut words = vec![format!("hotseat analyze --since {}", argument(&self.since))];
        let until = self.until.iter();
        words.extend(until.map(|at| format!("--until {}", argument(at))));
        if !self.filter.is_empty() {
            words.push(format!("--filter {}", argument(&self.filter)));
        }
        words.join(" ")
    }
}

/// A word as a shell takes it.
fn argument(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/+,".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_a_period_and_a_filter_and_says_its_command() {
        let graph = CatalogGraph::default();
        for (typed, again, command) in [
            ("", "since:90d", "hotseat analyze --since 90d"),
            ("30d", "since:30d", "hotseat analyze --since 30d"),
            (
                "service:\"check out\" since:7d sev:p1",
                "since:7d service:\"check out\" sev:p1",
                "hotseat analyze --since 7d --filter 'service:\"check out\" sev:p1'",
            ),
            (
                "!lead:o'neil since:2026-10-01 until:2026-11-01",
                "since:2026-10-01 until:2026-11-01 !lead:o'neil",
                r"hotseat analyze --since 2026-10-01 --until 2026-11-01 --filter '!lead:o'\''neil'",
            ),
        ] {
            let asked = AnalysisRequest::read(typed, &graph);
            assert_eq!(asked.typed(), again, "{typed}");
            assert_eq!(asked.command(), command, "{typed}");
            assert_eq!(AnalysisRequest::read(again, &graph), asked, "{typed}");
        }
    }
}
