//! Where somebody can be in the console: panes, their tabs, and whose incidents are listed.

pub use crate::config::Scope;

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
    /// Changes of the systems: deploys, flags, configuration.
    Changes,
    /// Where alerts come from.
    AlertSources,
    /// What is done with alerts.
    AlertRoutes,
    /// What the bridge keeps in step.
    Bridge,
}

impl ListKind {
    /// All of them, in the order of the tabs.
    pub const ALL: [ListKind; 11] = [
        Self::Incidents,
        Self::Alerts,
        Self::Pages,
        Self::Actions,
        Self::FollowUps,
        Self::Documents,
        Self::Workflows,
        Self::Changes,
        Self::AlertSources,
        Self::AlertRoutes,
        Self::Bridge,
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
            "Changes",
            "Alert sources",
            "Alert routes",
            "Bridge",
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
