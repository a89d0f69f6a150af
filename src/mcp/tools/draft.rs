//! A text drafted from what is recorded, each line with the row it stands on; nothing is sent.

use super::super::answer::{Answer, Shortened};
use super::super::desk::Desk;
use crate::domain::ApiError;
use crate::draft::TextKind;
use crate::session::DraftRequest;
use rmcp::schemars::{self, JsonSchema};
use serde::{Deserialize, Serialize};

pub(in super::super) const DRAFTED: &[Shortened] = &[Shortened {
    list: "lines",
    ask: "ask again with `from` as the number of lines seen so far",
}];

/// What is to be drafted.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum Text {
    /// For the incident's channel.
    Update,
    /// For the incident's summary.
    Summary,
    /// For learning from it.
    #[default]
    PostMortem,
}

/// Which draft.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct DraftQuestion {
    /// INC-123, 123 or an id.
    pub incident: String,
    /// update, summary or post_mortem.
    #[serde(default)]
    pub text: Text,
    /// Leave out so many lines that were seen before.
    #[serde(default)]
    pub from: usize,
}

/// A draft.
#[derive(JsonSchema, Serialize)]
pub(in super::super) struct Drafted {
    /// What it is: `post-mortem of INC-123`.
    of: String,
    /// Markdown.
    lines: Vec<Line>,
}

/// A line of a draft.
#[derive(JsonSchema, Serialize)]
struct Line {
    says: String,
    /// The row it stands on: evidence of what was recorded; without one it is a heading or a gap in the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<String>,
}

/// Drafts a text of rows alone.
pub(in super::super) async fn draft(desk: &Desk, asked: DraftQuestion) -> Result<Answer, ApiError> {
    let incident = desk.incident(&asked.incident).await?;
    let request = DraftRequest {
        kind: match asked.text {
            Text::Update => TextKind::Update,
            Text::Summary => TextKind::Summary,
            Text::PostMortem => TextKind::PostMortem,
        },
        incident: incident.row.id.to_string(),
        investigate: false,
    };
    let drafted = desk.session.draft(&request).await?;
    let lines = drafted.lines.into_iter().skip(asked.from).map(|line| Line {
        says: line.text,
        row: line.row,
    });
    Answer::of(&Drafted {
        of: drafted.of,
        lines: lines.collect(),
    })
}
