//! What can be named by an address: an incident, a piece of evidence whose query is run again, a post-mortem.

use super::answer::{Answer, Shortened};
use super::desk::Desk;
use super::prompts::is_plain;
use super::tools::{draft, evidence, incident};
use crate::domain::ApiError;
use rmcp::model::{Resource, ResourceContents, ResourceTemplate};
use serde::Serialize;

/// Open incidents that are listed.
const MOST_LISTED: usize = 20;

const INCIDENT: &str = "incident://";
const EVIDENCE: &str = "evidence://";
const POST_MORTEM: &str = "post-mortem://";

/// The forms of address.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    let template = |uri: &str, name: &str, says: &str| {
        ResourceTemplate::new(uri, name)
            .with_description(says)
            .with_mime_type("text/plain")
    };
    vec![
        template(
            "incident://{reference}",
            "incident",
            "An incident with its timeline, such as incident://INC-123.",
        ),
        template(
            "evidence://{reference}/{id}",
            "evidence",
            "A piece of evidence of the last investigation, such as evidence://INC-123/E3. Reading it runs its query again.",
        ),
        template(
            "post-mortem://{reference}",
            "post-mortem",
            "An incident's post-mortem; where there is none, one drafted from what is recorded.",
        ),
    ]
}

/// The worst of what is open, by reference: their names are read with them, fenced.
pub(super) async fn listed(desk: &Desk) -> Result<Vec<Resource>, ApiError> {
    let (mut open, _) = desk.shown(desk.session.open_incidents().await?);
    open.sort_by(|a, b| a.row.order().cmp(&b.row.order()));
    // What is no word has no address: it would stand outside of every fence.
    let references = open.iter().map(|incident| &*incident.row.reference);
    let references = references.filter(|reference| is_plain(reference));
    let named = references.take(MOST_LISTED).map(|reference| {
        Resource::new(format!("{INCIDENT}{reference}"), reference).with_mime_type("text/plain")
    });
    Ok(named.collect())
}

/// What stands at an address.
pub(super) async fn read(desk: &Desk, uri: &str) -> Result<ResourceContents, ApiError> {
    let (answer, lists) = if let Some(reference) = uri.strip_prefix(INCIDENT) {
        let question = incident::IncidentQuestion::of(reference);
        (incident::detail(desk, question).await?, incident::DETAIL)
    } else if let Some((reference, id)) = uri.strip_prefix(EVIDENCE).and_then(|r| r.split_once('/'))
    {
        let question = evidence::EvidenceQuestion {
            incident: reference.into(),
            id: id.into(),
            again: true,
        };
        let piece = evidence::piece(desk, question, None).await?;
        (piece, evidence::PIECE)
    } else if let Some(reference) = uri.strip_prefix(POST_MORTEM) {
        post_mortem(desk, reference).await?
    } else {
        return Err(ApiError::User(
            "There is no such resource: there are incident://INC-123, evidence://INC-123/E3 and post-mortem://INC-123.".into(),
        ));
    };
    let text = answer.text(lists);
    Ok(ResourceContents::text(text, uri))
}

/// A document as it was written.
#[derive(Serialize)]
struct Written {
    title: String,
    status: String,
    url: String,
    lines: Vec<String>,
}

const WRITTEN: &[Shortened] = &[Shortened {
    list: "lines",
    ask: "it goes on at its address",
}];

/// The newest document of an incident, else a draft.
async fn post_mortem(
    desk: &Desk,
    reference: &str,
) -> Result<(Answer, &'static [Shortened]), ApiError> {
    let incident = desk.incident(reference).await?;
    let (documents, _) = desk.session.documents(Some(&incident.row.id)).await?;
    let Some(document) = documents.first() else {
        let question = draft::DraftQuestion {
            incident: reference.into(),
            text: draft::Text::PostMortem,
            from: 0,
        };
        return Ok((draft::draft(desk, question).await?, draft::DRAFTED));
    };
    let text = desk.session.document_text(&document.id).await?;
    let written = Written {
        title: document.title.clone(),
        status: document.status.clone(),
        url: document.url.clone(),
        lines: text.lines().map(str::to_owned).collect(),
    };
    Ok((Answer::of(&written)?, WRITTEN))
}
