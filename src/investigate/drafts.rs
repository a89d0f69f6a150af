//! Timeline entries and a channel update drafted from a finding. Every line carries the evidence it stands on.

use crate::domain::{Finding, Instant};
use serde::{Deserialize, Serialize};

/// What a draft becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftKind {
    /// An item on the timeline.
    Timeline,
    /// An update to the incident's channel.
    Update,
    /// A message to the incident's Slack channel.
    Slack,
}

/// A text to be read before it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// What it becomes.
    pub kind: DraftKind,
    /// One line: the title of a timeline item.
    pub title: String,
    /// The text.
    pub body: String,
    /// The time it speaks of.
    pub at: Instant,
    /// Ids of the evidence its lines stand on.
    pub cites: Vec<String>,
    /// Whether it is sent without anybody having read it.
    #[serde(skip)]
    pub by_itself: bool,
}

/// Percent from which a root cause may be written down as one.
pub const HIGH: u8 = 75;

/// The three entries of a timeline (the second only where the cause is sure enough) and an update for the channel.
pub fn drafts(finding: &Finding, started: Instant, ended: Instant, high: u8) -> Vec<Draft> {
    let services: Vec<&str> = finding
        .services
        .iter()
        .take(5)
        .map(|s| s.name.as_str())
        .collect();
    let more = finding.services.len().saturating_sub(services.len());
    let scope = if more > 0 {
        format!("{} and {more} more", services.join(", "))
    } else {
        services.join(", ")
    };
    let mut all = vec![Draft {
        kind: DraftKind::Timeline,
        title: "Investigation started".into(),
        body: format!(
            "Looked at {}.",
            if scope.is_empty() {
                "no service: the incident names none".into()
            } else {
                scope
            }
        ),
        at: started,
        cites: Vec::new(),
        by_itself: false,
    }];
    if let Some(top) = finding
        .top()
        .filter(|h| finding.settled && h.confidence >= high)
    {
        all.push(Draft {
            kind: DraftKind::Timeline,
            title: format!("Root cause identified: {}", top.service),
            body: format!(
                "{} Confidence {} %.\n{}",
                top.statement,
                top.confidence,
                facts(finding, &top.evidence_for)
            ),
            at: ended,
            cites: top.evidence_for.clone(),
            by_itself: false,
        });
    }
    let cites = finding
        .top()
        .map(|h| h.evidence_for.clone())
        .unwrap_or_default();
    all.push(Draft {
        kind: DraftKind::Timeline,
        title: "Investigation complete".into(),
        body: whole(finding),
        at: ended,
        cites: cites.clone(),
        by_itself: false,
    });
    all.push(Draft {
        kind: DraftKind::Update,
        title: "Update".into(),
        body: whole(finding),
        at: ended,
        cites,
        by_itself: false,
    });
    all
}

fn facts(finding: &Finding, ids: &[String]) -> String {
    ids.iter()
        .filter_map(|id| finding.evidence(id))
        .map(|e| format!("- {} [{}]", e.says, e.id))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The finding under its three headings, as markdown.
pub fn whole(finding: &Finding) -> String {
    let mut text = format!(
        "**What's going on**\n{}\n\n**What caused it**\n",
        finding.summary
    );
    match finding.top().filter(|_| finding.settled) {
        Some(top) => text.push_str(&format!(
            "{} (confidence {} %)\n{}\n",
            top.statement,
            top.confidence,
            facts(finding, &top.evidence_for)
        )),
        None => {
            text.push_str("Not enough to say.");
            let lacked: Vec<&str> = finding
                .missing
                .iter()
                .take(4)
                .map(|m| m.says.as_str())
                .collect();
            if !lacked.is_empty() {
                text.push_str(&format!(" {}", lacked.join(" ")));
            }
            text.push('\n');
        }
    }
    if !finding.actions.is_empty() {
        text.push_str("\n**What can I do next**\n");
        for (at, action) in finding.actions.iter().enumerate() {
            text.push_str(&format!("{}. {action}\n", at + 1));
        }
    }
    text.trim_end().to_owned()
}
