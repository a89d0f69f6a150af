//! What a line leads to, wherever it stands.

use super::action::Action;
use super::place::ListKind;
use crate::domain::{
    AlertId, Change, EntryId, EscalationId, Finding, Hop, Hypothesis, IncidentId, ScheduleId,
    TeamId, UserId,
};
use std::sync::Arc;

/// What a line leads to, and what a card is of. Every jump goes by it, wherever it begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum LinkTarget {
    /// Nothing.
    #[default]
    Nowhere,
    /// An incident, in pane 2.
    Incident(IncidentId),
    /// A service, a team or whatever else the catalog holds.
    Entry(EntryId),
    /// A team that is not in the catalog.
    Team(TeamId),
    /// A schedule.
    Schedule(ScheduleId),
    /// A person.
    Person(UserId),
    /// An alert.
    Alert(AlertId),
    /// A page.
    Page(EscalationId),
    /// A route of alerts.
    Route(String),
    /// A change of the systems.
    Change(Arc<Change>),
    /// The bridge, with how its last look went.
    Bridge,
    /// An issue that the bridge knows, by its detector and its id there.
    Issue(String, String),
    /// A line of a list that has no place of its own, by its id.
    Line(String),
    /// A line of the timeline that is shown, by its identity.
    Moment(String),
    /// A post-mortem document's text, by its id, and its title.
    Document(String, String),
    /// A fact of the investigation that is shown.
    Evidence(String),
    /// A hypothesis of it, by its rank.
    Hypothesis(usize),
    /// A call on the way from a cause of it.
    Hop(HopRef),
    /// The incidents that a filter leaves.
    Incidents(String),
    /// A list of pane 1.
    List(ListKind),
    /// The form that pages a person.
    PageThem(UserId),
    /// What an action does.
    Do(Action),
    /// A look back over what these words say.
    Analysis(String),
}

impl LinkTarget {
    /// Whether it is shown as a card over the panes.
    pub fn has_card(&self) -> bool {
        matches!(
            self,
            Self::Entry(_)
                | Self::Team(_)
                | Self::Schedule(_)
                | Self::Person(_)
                | Self::Alert(_)
                | Self::Page(_)
                | Self::Route(_)
                | Self::Change(_)
                | Self::Bridge
                | Self::Issue(..)
                | Self::Line(_)
                | Self::Moment(_)
        )
    }
}

/// A call on the way from a cause to what is felt, by the names of services: those stay when an investigation is made
/// again.
#[derive(Clone, Debug, PartialEq)]
pub struct HopRef {
    /// The cause.
    pub cause: String,
    /// The callee.
    pub from: String,
    /// The caller.
    pub to: String,
}

impl HopRef {
    /// It, in a finding, with the cause that it belongs to.
    pub(crate) fn of<'a>(&self, finding: &'a Finding) -> Option<(&'a Hypothesis, &'a Hop)> {
        let causes = finding.hypotheses.iter();
        let mut causes = causes.filter(|h| h.service == self.cause && !h.discarded);
        causes.find_map(|h| {
            let mut path = h.path.iter();
            let hop = path.find(|hop| hop.from == self.from && hop.to == self.to)?;
            Some((h, hop))
        })
    }
}
