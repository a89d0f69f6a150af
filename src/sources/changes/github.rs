//! Deployments and releases of a repository on GitHub.

use super::ChangeSource;
use crate::domain::secrets::redact;
use crate::domain::text::clean_line;
use crate::domain::{Change, ChangeClass};
use crate::sources::http::{Endpoint, SourceError};
use crate::sources::logs::when;
use serde_json::Value;
use url::Url;

fn text(value: &Value) -> Option<String> {
    value.as_str().map(clean_line)
}

impl ChangeSource {
    /// The newest hundred of each: GitHub lists them newest first.
    pub(super) async fn github(
        &self,
        endpoint: &Endpoint,
        repository: &str,
    ) -> Result<Vec<Change>, SourceError> {
        let page = |what: &str| {
            let mut url = endpoint.at(&format!("repos/{repository}/{what}"));
            url.query_pairs_mut().append_pair("per_page", "100");
            url
        };
        let (deployments, releases) = (page("deployments"), page("releases"));
        let own = repository.rsplit('/').next().unwrap_or_default();
        let name = Some(self.service.as_str()).filter(|s| !s.is_empty());
        let name = name.unwrap_or(own);
        let deployed = |a: &Value| {
            let each = self.list_of(a)?.iter();
            Ok(each
                .filter_map(|d| self.deployed(d, name, &deployments))
                .collect::<Vec<_>>())
        };
        let released = |a: &Value| {
            let each = self.list_of(a)?.iter();
            Ok(each
                .filter_map(|r| self.released(r, name, &releases))
                .collect::<Vec<_>>())
        };
        let (a, b) = tokio::join!(
            endpoint.get(deployments.clone(), deployed),
            endpoint.get(releases.clone(), released)
        );
        Ok(a?.into_iter().chain(b?).collect())
    }

    fn list_of<'a>(&self, answer: &'a Value) -> Result<&'a Vec<Value>, SourceError> {
        let foreign = || SourceError(format!("{} does not answer as GitHub does.", self.name));
        answer.as_array().ok_or_else(foreign)
    }

    fn deployed(&self, d: &Value, name: &str, query: &Url) -> Option<Change> {
        let place = text(&d["environment"]).unwrap_or_default();
        let version = text(&d["ref"]);
        let shown = version.clone().unwrap_or_default();
        Some(Change {
            at: when(&d["created_at"])?,
            class: ChangeClass::Deploy,
            title: format!("{name} {shown} deployed to {place}"),
            service: name.to_owned(),
            version,
            author: text(&d["creator"]["login"]),
            source: self.name.clone(),
            query: redact(query.as_str()),
            link: None,
        })
    }

    fn released(&self, r: &Value, name: &str, query: &Url) -> Option<Change> {
        let version = text(&r["tag_name"]);
        let shown = version.clone().unwrap_or_default();
        Some(Change {
            at: when(&r["published_at"])?,
            class: ChangeClass::Deploy,
            title: format!("{name} {shown} released"),
            service: name.to_owned(),
            version,
            author: text(&r["author"]["login"]),
            source: self.name.clone(),
            query: redact(query.as_str()),
            link: text(&r["html_url"]),
        })
    }

    /// What both readers make of a value.
    #[cfg(test)]
    pub(super) fn read_any(&self, value: &Value) -> [Option<Change>; 2] {
        let query: Url = "https://github.example".parse().expect("an address");
        [
            self.deployed(value, "a", &query),
            self.released(value, "a", &query),
        ]
    }
}
