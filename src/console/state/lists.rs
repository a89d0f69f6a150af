//! Panes, tabs, lists and the cursor that stays on its line.

use crate::domain::{IncidentId, Instant};

/// A pane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pane {
    /// Lists: incidents and the others.
    #[default]
    Incidents,
    /// The selected incident.
    Detail,
    /// Schedules.
    OnCall,
    /// The catalog.
    Catalog,
}

impl Pane {
    /// All of them, in the order of their numbers.
    pub const ALL: [Pane; 4] = [Pane::Incidents, Pane::Detail, Pane::OnCall, Pane::Catalog];
}

/// Whose incidents are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's.
    #[default]
    All,
    /// My teams'.
    Team,
    /// Those I have a role in.
    Mine,
}

/// What pane 1 lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ListKind {
    /// Incidents.
    #[default]
    Incidents,
    /// Alerts.
    Alerts,
    /// Escalations.
    Pages,
    /// Actions.
    Actions,
    /// Follow-ups.
    FollowUps,
    /// Post-mortem documents.
    Documents,
    /// Workflows.
    Workflows,
}

impl ListKind {
    /// All of them, in the order of the tabs.
    pub const ALL: [ListKind; 7] = [
        Self::Incidents,
        Self::Alerts,
        Self::Pages,
        Self::Actions,
        Self::FollowUps,
        Self::Documents,
        Self::Workflows,
    ];

    /// The tab's word.
    pub fn label(self) -> &'static str {
        [
            "Incidents",
            "Alerts",
            "Pages",
            "Actions",
            "Follow-ups",
            "Post-mortems",
            "Workflows",
        ][self as usize]
    }
}

/// What pane 2 shows of the incident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DetailTab {
    /// The timeline.
    #[default]
    Timeline,
    /// Summary, roles, fields, times.
    Overview,
    /// What an investigation found.
    Investigation,
    /// Past incidents that are like it.
    Similar,
    /// Its alerts.
    Alerts,
    /// Its escalations.
    Pages,
    /// Its actions and follow-ups.
    Tasks,
    /// Its post-mortem documents.
    Documents,
    /// Related incidents and workflow runs.
    Related,
}

impl DetailTab {
    /// All of them, in order.
    pub const ALL: [DetailTab; 9] = [
        Self::Timeline,
        Self::Overview,
        Self::Investigation,
        Self::Similar,
        Self::Alerts,
        Self::Pages,
        Self::Tasks,
        Self::Documents,
        Self::Related,
    ];

    /// Whether its lines are asked for as a list of their own.
    pub fn is_list(self) -> bool {
        !matches!(self, Self::Timeline | Self::Overview | Self::Investigation)
    }

    /// The tab's word.
    pub fn label(self) -> &'static str {
        [
            "Timeline",
            "Overview",
            "Investigation",
            "Similar",
            "Alerts",
            "Pages",
            "Tasks",
            "Post-mortem",
            "Related",
        ][self as usize]
    }
}

/// How a line is to be taken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// As text.
    #[default]
    Plain,
    /// Somebody has to act.
    Hot,
    /// Over.
    Quiet,
}

/// A line of any list but the incidents'.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// Stable across refreshes.
    pub id: String,
    /// A short word in front: a status.
    pub mark: String,
    /// What it is.
    pub title: String,
    /// Who or what, at the right.
    pub note: String,
    /// Since when.
    pub at: Option<Instant>,
    /// The incident it leads to.
    pub incident: Option<IncidentId>,
    /// A document to open.
    pub document: Option<String>,
    /// How it is to be taken in.
    pub tone: Tone,
    /// More, shown on Enter.
    pub body: Vec<String>,
    /// What can be written about it.
    pub subject: Option<std::sync::Arc<crate::writes::Subject>>,
}

/// A cursor that stays on its line by identity, whatever a refresh does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cursor {
    /// The line's identity.
    pub id: Option<String>,
    /// Where it stands now.
    pub at: usize,
    /// The first line shown.
    pub top: usize,
}

impl Cursor {
    /// Finds its line again among `count` lines; where it is gone, its neighbour takes over.
    pub fn settle(&mut self, count: usize, id_at: impl Fn(usize) -> String) {
        if count == 0 {
            self.at = 0;
            return;
        }
        if let Some(id) = &self.id {
            let here = self.at < count && &id_at(self.at) == id;
            if !here && let Some(at) = (0..count).find(|at| &id_at(*at) == id) {
                // The view moves with the line, so that nothing moves under the eye.
                self.top = (self.top + at).saturating_sub(self.at);
                self.at = at;
            }
        }
        self.at = self.at.min(count - 1);
        self.id = Some(id_at(self.at));
    }

    /// Keeps the cursor's line inside a window of `height` lines. At the edge the view moves on by a third of its
    /// height, so that a held key sends a page now and then and not at every line.
    pub fn scroll(&mut self, height: usize, count: usize) {
        let height = height.max(1);
        let jump = (height / 3).max(1);
        if self.at < self.top {
            self.top = (self.at + 1).saturating_sub(jump);
        } else if self.at >= self.top + height {
            self.top = (self.at + jump).saturating_sub(height);
        }
        self.top = self.top.min(count.saturating_sub(height));
    }
}

/// A list of items with its cursor.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Its lines.
    pub items: Vec<Item>,
    /// Where the cursor is.
    pub cursor: Cursor,
    /// What it is narrowed to.
    pub typed: String,
    /// Whether anything has arrived yet.
    pub arrived: bool,
}

impl Listing {
    /// The lines that pass what was typed.
    pub fn shown(&self) -> Vec<&Item> {
        let words: Vec<String> = self
            .typed
            .to_lowercase()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let holds = |item: &&Item| {
            words.iter().all(|w| {
                [&item.title, &item.mark, &item.note]
                    .iter()
                    .any(|text| crate::domain::text::contains_folded(text, w))
            })
        };
        self.items.iter().filter(holds).collect()
    }
}
