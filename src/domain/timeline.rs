//! The timeline of an incident in one line: curated items, updates, the activity log, escalations and alerts, by time.

use super::{FieldId, Instant, Verbatim};
use serde::{Deserialize, Serialize};

/// Where a line of the timeline comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// An item somebody put on the timeline.
    Curated,
    /// An update posted to the channel.
    Update,
    /// The platform's log of what happened.
    Activity,
    /// A page and what became of it.
    Escalation,
    /// An alert firing or resolving.
    Alert,
    /// A change of the systems: a deploy, a flag, configuration.
    Change,
}

impl EntryKind {
    /// Every kind, in the order they are offered as filters.
    pub const ALL: [EntryKind; 6] = [
        Self::Curated,
        Self::Update,
        Self::Activity,
        Self::Escalation,
        Self::Alert,
        Self::Change,
    ];

    /// The word shown for it.
    pub fn label(self) -> &'static str {
        ["note", "update", "activity", "page", "alert", "change"][self as usize]
    }
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// Stable across refreshes, so that a cursor stays on it.
    pub id: String,
    /// When it happened.
    pub at: Instant,
    /// Where it comes from.
    pub kind: EntryKind,
    /// What happened, on one line.
    pub title: String,
    /// More, where there is more.
    pub body: String,
    /// Who did it.
    pub actor: String,
    /// Its texts as they were written, where less of them is shown.
    #[serde(skip)]
    pub written: Verbatim,
}

impl TimelineEntry {
    /// Whether it tells that an alert cleared: nobody has to act on that any more.
    pub fn is_cleared(&self) -> bool {
        self.kind == EntryKind::Alert && self.id.ends_with("-cleared")
    }

    /// Whether an investigation put it there: its words are those of a finding, not of a person.
    pub fn is_of_investigation(&self) -> bool {
        const TITLES: [&str; 3] = [
            "Investigation started",
            "Investigation complete",
            "Root cause identified",
        ];
        TITLES.iter().any(|words| self.title.starts_with(words))
            || self.body.starts_with("**What's going on**")
    }

    /// What can be changed on a note, by key, as text that compares.
    pub fn comparable_values(&self) -> Vec<(FieldId, String)> {
        let all = [
            ("title", self.title.clone()),
            ("description", self.body.clone()),
            ("time", self.at.to_rfc3339()),
        ];
        all.map(|(key, value)| (key.into(), value)).into()
    }
}

/// Merges the sources into one: oldest first, ties by kind then id; an activity entry that a curated item or an
/// update already tells (same id, or the same minute and the same words) is left out.
pub fn merge(mut items: Vec<TimelineEntry>) -> Vec<TimelineEntry> {
    items.sort_by(|a, b| (a.at, a.kind, &a.id).cmp(&(b.at, b.kind, &b.id)));
    items.dedup_by(|a, b| a.id == b.id && a.kind == b.kind);
    let told = |item: &TimelineEntry| {
        item.kind == EntryKind::Activity
            && items.iter().any(|other| {
                matches!(other.kind, EntryKind::Curated | EntryKind::Update)
                    && (other.at - item.at).num_seconds().abs() < 60
                    && (other.title == item.title
                        || (!item.body.is_empty() && other.body == item.body))
            })
    };
    let drop: Vec<bool> = items.iter().map(told).collect();
    let mut keep = drop.iter();
    items.retain(|_| !keep.next().copied().unwrap_or(false));
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse;

    fn item(id: &str, at: &str, kind: EntryKind, title: &str) -> TimelineEntry {
        let at = parse(&format!("2026-11-20T{at}:00Z")).expect("a time");
        TimelineEntry {
            id: id.into(),
            at,
            kind,
            title: title.into(),
            body: String::new(),
            actor: String::new(),
            written: Default::default(),
        }
    }

    #[test]
    fn the_lane_is_in_order_and_tells_nothing_twice() {
        let timeline = merge(vec![
            item("u1", "14:40", EntryKind::Update, "Rolling back"),
            item("a1", "14:40", EntryKind::Activity, "Rolling back"),
            item("t1", "14:30", EntryKind::Curated, "Deployed"),
            item("t1", "14:30", EntryKind::Curated, "Deployed"),
            item("a2", "14:36", EntryKind::Activity, "Ana took the lead"),
        ]);
        assert_eq!(
            timeline.iter().map(|i| i.id.as_str()).collect::<Vec<_>>(),
            ["t1", "a2", "u1"]
        );
    }
}
