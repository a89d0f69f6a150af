//! A draft before it is sent: its words with the evidence they stand on, or the exact request.

use super::put;
use crate::console::state::{InvestigationView, Review, State};
use crate::console::theme::Theme;
use crate::domain::text;
use crate::investigate::{Draft, DraftKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

/// What a draft becomes, in words.
pub fn purpose(kind: DraftKind) -> &'static str {
    match kind {
        DraftKind::Timeline => "timeline entry",
        DraftKind::Update => "update to the incident's channel",
        DraftKind::Slack => "message to the Slack channel",
    }
}

/// Draws the review.
pub fn draw(
    buf: &mut Buffer,
    inside: Rect,
    state: &State,
    investigation: &InvestigationView,
    review: &Review,
    theme: &Theme,
) {
    let Some(draft) = investigation.drafts.get(review.at) else {
        return;
    };
    let head = format!(
        "Draft {} of {}: {}",
        review.at + 1,
        investigation.drafts.len(),
        purpose(draft.kind)
    );
    put(
        buf,
        Rect {
            height: 1,
            ..inside
        },
        &head,
        theme.title(true),
    );
    let foot = Rect {
        y: inside.bottom().saturating_sub(1),
        height: 1,
        ..inside
    };
    let body = Rect {
        y: inside.y + 2,
        height: inside.height.saturating_sub(4),
        ..inside
    };
    if let Some(input) = &review.input {
        (&**input).render(body, buf);
        put(buf, foot, "Esc ends editing", theme.dim());
        return;
    }
    let lines = if review.request {
        request(investigation, draft)
    } else {
        words(state, draft)
    };
    let wrapped: Vec<String> = lines
        .iter()
        .flat_map(|l| text::wrap(l, usize::from(inside.width).max(10)))
        .collect();
    let top = review
        .top
        .min(wrapped.len().saturating_sub(usize::from(body.height)));
    for (n, line) in wrapped
        .iter()
        .skip(top)
        .take(usize::from(body.height))
        .enumerate()
    {
        put(
            buf,
            Rect::new(body.x, body.y + n as u16, body.width, 1),
            line,
            Style::new(),
        );
    }
    put(
        buf,
        foot,
        "y sends  Esc closes  ] [ next, previous  e edits  x exact request  D drops",
        theme.dim(),
    );
}

fn words(state: &State, draft: &Draft) -> Vec<String> {
    let mut lines = vec![];
    if draft.kind == DraftKind::Timeline {
        lines.push(format!("{}  {}", state.zone.full(draft.at), draft.title));
        lines.push(String::new());
    }
    lines.extend(draft.body.lines().map(str::to_owned));
    lines
}

/// The exact request, as it would be sent.
fn request(investigation: &InvestigationView, draft: &Draft) -> Vec<String> {
    let (Some(incident), Some(started)) = (&investigation.incident, investigation.started) else {
        return Vec::new();
    };
    let write = crate::ops::write_of(draft, incident, crate::ops::Once::PerText, started);
    write.request().lines().map(str::to_owned).collect()
}
