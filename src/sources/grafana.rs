//! Grafana as the way to the servers behind it: one address and one token, and each data source by its uid or its name.

use super::http::{Endpoint, SourceError};
use serde_json::Value;
use tokio::sync::OnceCell;

/// Data sources that an answer names.
const NAMED: usize = 8;

/// A server, or a data source of Grafana that stands for one.
pub(super) struct Door {
    name: String,
    own: Endpoint,
    /// The data source as configured: a uid or a name.
    wanted: String,
    found: OnceCell<(String, Endpoint)>,
}

impl Door {
    /// A server, where no data source is wanted.
    pub fn new(name: &str, own: Endpoint, wanted: &str) -> Self {
        Self {
            name: name.into(),
            own,
            wanted: wanted.into(),
            found: OnceCell::new(),
        }
    }

    /// The server: found once, where it is behind Grafana.
    pub async fn open(&self) -> Result<&Endpoint, SourceError> {
        if self.wanted.is_empty() {
            return Ok(&self.own);
        }
        let found = self.found.get_or_try_init(|| async {
            let uid = self.uid().await?;
            let below = self
                .own
                .below(&["api", "datasources", "proxy", "uid", &uid]);
            Ok::<_, SourceError>((uid, below))
        });
        Ok(&found.await?.1)
    }

    /// Grafana's own page for a query, where it is known which data source is asked.
    pub fn explore(&self, query: &str, (from, to): (i64, i64)) -> Option<String> {
        let (uid, _) = self.found.get()?;
        let millis = |seconds: i64| (seconds * 1000).to_string();
        let panes = serde_json::json!({"a": {
            "datasource": uid,
            "queries": [{"refId": "A", "expr": query}],
            "range": {"from": millis(from), "to": millis(to)},
        }});
        let mut url = self.own.at("explore");
        url.query_pairs_mut()
            .append_pair("schemaVersion", "1")
            .append_pair("panes", &panes.to_string());
        Some(url.into())
    }

    /// The server's own address, where no data source stands for it.
    pub fn own(&self) -> &Endpoint {
        &self.own
    }

    /// The uid of the data source. A token that may ask a data source but not see which there are gives its uid.
    async fn uid(&self) -> Result<String, SourceError> {
        let read = |answer: &Value| {
            let all = answer.as_array().ok_or_else(|| {
                SourceError(format!("{} does not answer as Grafana does.", self.name))
            })?;
            let text = |one: &Value, field: &str| one[field].as_str().map(str::to_owned);
            let by = |field: &str| {
                let one = all
                    .iter()
                    .find(|one| one[field].as_str() == Some(&self.wanted));
                one.and_then(|one| text(one, "uid"))
            };
            let named = all.iter().filter_map(|one| text(one, "name"));
            let found = by("uid").or_else(|| by("name"));
            Ok(found.ok_or_else(|| named.take(NAMED).collect::<Vec<_>>()))
        };
        match self
            .own
            .get_if_allowed(self.own.at("api/datasources"), read)
            .await?
        {
            None => Ok(self.wanted.clone()),
            Some(Ok(uid)) => Ok(uid),
            Some(Err(there)) => Err(SourceError(format!(
                "{} has no data source \"{}\"; there are: {}.",
                self.name,
                self.wanted,
                crate::domain::text::clean_line(&there.join(", "))
            ))),
        }
    }
}
