//! What Argo CD synchronised: the history of its applications, and syncs that failed or still run.

use super::ChangeSource;
use super::feed::text;
use crate::domain::secrets::redact;
use crate::domain::text::clean_line;
use crate::domain::{Change, ChangeClass, Instant};
use crate::sources::http::{Endpoint, SourceError};
use crate::sources::logs::when;
use serde_json::Value;

/// What is asked for of each application: without this an answer carries every resource of every one of them.
const FIELDS: &str = "items.metadata.name,items.metadata.namespace,items.metadata.labels,items.spec.project,\
    items.spec.destination.namespace,items.status.history,items.status.operationState";
/// Labels by which an application tells the service that it is.
const SERVICE_LABELS: [&str; 2] = [
    "/metadata/labels/app.kubernetes.io~1name",
    "/metadata/labels/app",
];
/// Characters of a commit that name it.
const SHORT: usize = 8;

impl ChangeSource {
    /// Every sync that Argo CD remembers; it keeps ten of each application by default.
    pub(super) async fn argo(&self, endpoint: &Endpoint) -> Result<Vec<Change>, SourceError> {
        let mut url = endpoint.at("api/v1/applications");
        url.query_pairs_mut().append_pair("fields", FIELDS);
        let query = redact(url.as_str());
        let read = |answer: &Value| {
            // Nobody's applications are no list.
            let items = match &answer["items"] {
                Value::Null if answer.is_object() => return Ok(Vec::new()),
                items => items.as_array(),
            };
            let items = items.ok_or_else(|| {
                SourceError(format!("{} does not answer as Argo CD does.", self.name))
            })?;
            let page = |name: &str| {
                Some(redact(
                    endpoint.below(&["applications", name]).base().as_str(),
                ))
            };
            let each = items.iter();
            Ok(each
                .flat_map(|one| self.synced(one, &query, &page))
                .collect())
        };
        endpoint.get(url, read).await
    }

    fn synced(
        &self,
        application: &Value,
        query: &str,
        page: &impl Fn(&str) -> Option<String>,
    ) -> Vec<Change> {
        let Some(name) = text(application, "/metadata/name") else {
            return Vec::new();
        };
        let labelled = SERVICE_LABELS.iter().find_map(|l| text(application, l));
        let service = match self.service.as_str() {
            "" => labelled.unwrap_or_else(|| name.clone()),
            own => own.to_owned(),
        };
        let change =
            |at: Instant, title: String, version: Option<String>, author: Option<String>| Change {
                at,
                class: ChangeClass::Deploy,
                title,
                service: service.clone(),
                version,
                author,
                source: self.name.clone(),
                query: query.to_owned(),
                link: page(&name),
            };
        let history = application["status"]["history"].as_array();
        let mut all: Vec<Change> = history
            .into_iter()
            .flatten()
            .filter_map(|one| {
                let at = when(&one["deployedAt"])?;
                let version = revision(one);
                let shown = version.as_deref().unwrap_or("a new revision");
                Some(change(
                    at,
                    format!("{name} synced to {shown}"),
                    version.clone(),
                    by(one),
                ))
            })
            .collect();
        let state = &application["status"]["operationState"];
        let phase = text(state, "/phase").unwrap_or_default();
        if let ("Failed" | "Error" | "Running", Some(at)) =
            (phase.as_str(), when(&state["startedAt"]))
        {
            let version =
                revision(&state["syncResult"]).or_else(|| revision(&state["operation"]["sync"]));
            let shown = version.as_deref().unwrap_or("a new revision");
            let how = match phase.as_str() {
                "Running" => "is being synced to",
                _ => "could not be synced to",
            };
            let title = format!("{name} {how} {shown}");
            all.push(change(at, title, version.clone(), by(&state["operation"])));
        }
        all
    }
}

/// The commit or the version of a chart; of several sources each its own.
fn revision(one: &Value) -> Option<String> {
    let several = one["revisions"].as_array().into_iter().flatten();
    let several: Vec<String> = several
        .filter_map(|r| Some(short(&clean_line(r.as_str()?))))
        .collect();
    let one = text(one, "/revision").map(|r| short(&r));
    one.or_else(|| (!several.is_empty()).then(|| several.join(", ")))
}

/// A commit as people write it; a version as it stands.
fn short(revision: &str) -> String {
    let is_commit = revision.len() >= 40 && revision.chars().all(|c| c.is_ascii_hexdigit());
    match is_commit {
        true => revision[..SHORT].to_owned(),
        false => revision.to_owned(),
    }
}

fn by(one: &Value) -> Option<String> {
    let automatic = one["initiatedBy"]["automated"].as_bool() == Some(true);
    let automatic = automatic.then(|| "Argo CD itself".to_owned());
    text(one, "/initiatedBy/username").or(automatic)
}
