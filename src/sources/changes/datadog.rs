//! Events at Datadog that tell of a change, by its documentation: change events, and those of what deploys.

use super::class::class_of;
use super::feed::text;
use super::{ChangeSource, MOST};
use crate::domain::{Change, ChangeClass, Instant};
use crate::sources::Window;
use crate::sources::datadog::{Datadog, tag};
use crate::sources::http::SourceError;
use crate::sources::logs::when;
use serde_json::{Value, json};

/// What is searched for where the settings do not say.
const CHANGES: &str = "category:change OR event_type:deployment OR source:(argocd OR azure_devops OR bitbucket OR circleci OR github OR gitlab OR jenkins OR octopus_deploy OR spinnaker OR terraform)";

impl ChangeSource {
    /// The newest changes of a window, and how many events could not be read.
    pub(super) async fn datadog(
        &self,
        door: &Datadog,
        query: &str,
        window: Window,
    ) -> Result<(Vec<Change>, usize), SourceError> {
        let query = match query {
            "" => CHANGES,
            own => own,
        };
        let query = match door.filter() {
            "" => query.to_owned(),
            filter => format!("({query}) ({filter})"),
        };
        let stamp = |t: Instant| t.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let body = json!({
            "filter": {"query": query, "from": stamp(window.changes_from), "to": stamp(window.to)},
            "sort": "-timestamp",
            "page": {"limit": MOST},
        });
        let read = |answer: &Value| {
            let all = answer["data"].as_array().ok_or_else(|| door.foreign())?;
            let looked_at = &all[..all.len().min(MOST)];
            let each = looked_at
                .iter()
                .filter_map(|one| self.event(one, door, &query));
            let read: Vec<Change> = each.collect();
            let unread = looked_at.len() - read.len();
            Ok((read, unread))
        };
        door.endpoint
            .post("api/v2/events/search", &body, read)
            .await
    }

    fn event(&self, one: &Value, door: &Datadog, query: &str) -> Option<Change> {
        let of = &one["attributes"];
        let at = when(&of["timestamp"])?;
        let title = text(of, "/attributes/title").or_else(|| text(of, "/title"))?;
        let tags = &of["tags"];
        let named = |key: &str| tag(tags, key).map(crate::domain::text::clean_line);
        let service = named("service")
            .or_else(|| impacted(of))
            .or_else(|| text(of, "/attributes/service"));
        let millis = |minutes: i64| (at.timestamp_millis() + minutes * 60_000).to_string();
        let page = [
            ("query", query.to_owned()),
            ("from_ts", millis(-30)),
            ("to_ts", millis(30)),
        ];
        Some(Change {
            at,
            class: class(of, &title),
            version: named("version"),
            author: text(of, "/attributes/author/name").or_else(|| named("user")),
            service: service.unwrap_or_else(|| self.service.clone()),
            source: self.name.clone(),
            query: query.to_owned(),
            link: door.page(&["event", "explorer"], &page),
            title,
        })
    }
}

/// The service that a change event says it reaches.
fn impacted(of: &Value) -> Option<String> {
    let all = of.pointer("/attributes/impacted_resources")?.as_array()?;
    let service = all.iter().find(|one| one["type"] == "service")?;
    text(service, "/name")
}

fn class(of: &Value, title: &str) -> ChangeClass {
    match of
        .pointer("/attributes/changed_resource/type")
        .and_then(Value::as_str)
    {
        Some("feature_flag") => ChangeClass::FeatureFlag,
        Some("configuration") => ChangeClass::Config,
        _ => class_of(title),
    }
}
