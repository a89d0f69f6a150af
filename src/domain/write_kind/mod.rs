//! The table of what can be written: one row a kind, read by forms, journal, console and commands.

mod origin;
mod table;

pub use origin::WriteOrigin;
pub use table::WriteKind;

use super::Identity;

/// Which forms a kind belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormFamily {
    /// Declaring, moving and telling about an incident.
    Incident,
    /// Notes of a timeline.
    Note,
    /// Paging, and answering a page.
    Page,
    /// Covering a shift.
    Cover,
    /// Alerts of an incident.
    Alert,
    /// Actions and follow-ups.
    Task,
    /// Post-mortems.
    PostMortem,
    /// Catalog entries.
    Catalog,
    /// What customers read.
    StatusPage,
    /// What one shift tells the next.
    Handover,
}

/// What a write of a kind is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Nothing that is there yet.
    Nothing,
    /// An incident, or several.
    Incident,
    /// An incident where one is selected.
    IncidentIfAny,
    /// A note of a timeline.
    Note,
    /// A page that nobody has answered.
    WaitingPage,
    /// A page that is not over.
    Page,
    /// An alert.
    Alert,
    /// An action or a follow-up.
    Task,
    /// A post-mortem document.
    Document,
    /// A schedule.
    Schedule,
    /// A catalog type, for a new entry of it.
    CatalogType,
    /// A catalog entry.
    CatalogEntry,
}

/// What is read of the organisation before a form can be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Its severities, statuses, roles, fields and people.
    Words,
    /// Its catalog.
    Catalog,
    /// Its schedules.
    Schedules,
    /// What changes by the minute, such as whom a path would page now.
    Options,
    /// Its open incidents.
    OpenIncidents,
}

/// What a form reads, and when. What a command does not fill in costs it no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Always.
    Always(Reading),
    /// Where one of these fields is filled in; on the screen, where it is offered, always.
    For(&'static [&'static str], Reading),
}

/// What a write changes beyond itself: whoever shows it reads it anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// The incident it is kept in order with, and its timeline.
    Incident,
    /// Alerts, and with them the incident that shows them.
    Alerts,
    /// Pages.
    Pages,
    /// Actions.
    Actions,
    /// Follow-ups.
    FollowUps,
    /// Post-mortem documents.
    PostMortems,
    /// Schedules and who covers them.
    Schedules,
    /// The catalog.
    Catalog,
    /// What customers read.
    StatusPages,
}

/// How it is found out whether a write of a kind happened, where no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// It is sent again: the server knows its key, or it sets a state.
    Repeat,
    /// What it makes stands in a list.
    Listed,
    /// The thing shows the state it was brought into.
    Shown,
    /// A person has to look.
    Person,
}

/// The way back from a write of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inverse {
    /// Another request, which its form writes.
    Request,
    /// It depends on what was changed; its form says which.
    Depends,
    /// None, and why.
    Never(&'static str),
}

/// One row of the table.
#[derive(Debug)]
pub struct WriteKindSpec {
    /// Its name in the journal.
    pub id: &'static str,
    /// What it does, as a heading.
    pub title: &'static str,
    /// Roles of a key that may do it, any of them.
    pub roles: &'static [&'static str],
    /// The names of these roles are not known for certain: the answer decides.
    pub roles_guessed: bool,
    /// Which forms it belongs to.
    pub family: FormFamily,
    /// What it is about.
    pub scope: Scope,
    /// It makes something new, so that doing it twice makes two.
    pub makes: bool,
    /// It is done at once, without a panel.
    pub quick: bool,
    /// It is kept on this machine: no request can be made of it yet.
    pub local: bool,
    /// Customers read it: it asks for a typed word.
    pub publishes: bool,
    /// A command that cannot reach the platform records it, to be sent later.
    pub recorded_offline: bool,
    /// Its form asks for this field first; without one, for the first that must be filled.
    pub begins_with: Option<&'static str>,
    /// What is done instead where the cursor is on a follow-up.
    pub on_follow_up: Option<WriteKind>,
    /// What is kept here instead where its incident cannot be read.
    pub kept_here: Option<WriteKind>,
    /// What its form reads of the organisation.
    pub needs: &'static [Need],
    /// What it changes on a screen.
    pub refreshes: &'static [Thing],
    /// Names under which an answer tells of what was made or changed.
    pub results: &'static [&'static str],
    /// How it is found out whether it happened: one of these.
    pub verified: &'static [Verified],
    /// The way back.
    pub inverse: Inverse,
}

impl WriteKind {
    /// Its name in the journal.
    pub fn id(self) -> &'static str {
        self.spec().id
    }

    /// What it does, as a heading.
    pub fn title(self) -> &'static str {
        self.spec().title
    }

    /// Whether it makes something new, so that doing it twice makes two.
    pub fn makes(self) -> bool {
        self.spec().makes
    }

    /// Whether it is done at once, without a panel.
    pub fn is_quick(self) -> bool {
        self.spec().quick
    }

    /// Whether it is kept on this machine: no request can be made of it yet.
    pub fn is_local(self) -> bool {
        self.spec().local
    }

    /// Whether its form reads something, where `fills` says which of the named fields are filled in.
    pub fn needs(self, wanted: Reading, fills: impl Fn(&[&str]) -> bool) -> bool {
        self.spec().needs.iter().any(|need| match need {
            Need::Always(reading) => *reading == wanted,
            Need::For(fields, reading) => *reading == wanted && fills(fields),
        })
    }

    /// Whether its form offers what changes by the minute, such as whom a path would page now.
    pub fn needs_options(self) -> bool {
        self.needs(Reading::Options, |_| true)
    }

    /// Why it cannot be done here; nothing where it can, as far as is known.
    pub fn obstacle(self, read_only: bool, identity: &Identity) -> Option<String> {
        if read_only {
            return Some("hotseat is read-only here".into());
        }
        let roles = self.spec().roles;
        if roles.is_empty() || identity.roles.is_empty() {
            return None;
        }
        let mut held = identity.roles.iter().chain(&identity.team_roles);
        if self.spec().roles_guessed {
            // A key that can only view can do none of it, whatever the role is called.
            return held
                .all(|role| only_views(role))
                .then(|| "the API key can only view".into());
        }
        let has = held.any(|role| roles.contains(&role.as_str()));
        (!has).then(|| format!("the API key lacks the role {}", roles.join(" or ")))
    }
}

fn only_views(role: &str) -> bool {
    role.ends_with("viewer") || role.ends_with("reader") || role == "global_access"
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_kind_has_a_name_of_its_own_that_the_journal_reads_back() {
        let ids: HashSet<&str> = WriteKind::ALL.iter().map(|kind| kind.id()).collect();
        assert_eq!(ids.len(), WriteKind::ALL.len());
        assert!(!ids.contains("undo") && !ids.contains("draft") && !ids.contains(""));
        for kind in WriteKind::ALL {
            assert_eq!(WriteOrigin::parse(kind.id()), WriteOrigin::Form(*kind));
        }
        for other in [WriteOrigin::Undo, WriteOrigin::Draft, WriteOrigin::Unnamed] {
            assert_eq!(WriteOrigin::parse(other.id()), other);
        }
        assert_eq!(WriteOrigin::parse("from.tomorrow"), WriteOrigin::Unnamed);
    }

    #[test]
    fn the_names_that_journals_hold_stay() {
        // Literal, as files of earlier versions have them: a row that is renamed would no longer be known.
        let kept = "incident.declare incident.edit incident.severity incident.status incident.close incident.lead \
            incident.role incident.update timeline.add timeline.edit local.note escalation.create escalation.ack \
            escalation.snooze escalation.reassign escalation.cancel oncall.cover alert.attach alert.detach alert.resolve \
            action.create action.edit action.done follow_up.create follow_up.edit follow_up.done catalog.create \
            catalog.edit post_mortem.import post_mortem.status handover.post status_page.create status_page.update";
        for id in kept.split_whitespace() {
            assert!(WriteOrigin::parse(id).form().is_some(), "{id} is not known");
        }
    }

    #[test]
    fn every_row_says_what_whoever_reads_it_relies_on() {
        for kind in WriteKind::ALL {
            let spec = kind.spec();
            // What the organisation never hears of needs no role of it, and changes nothing in it.
            let elsewhere = spec.local || spec.family == FormFamily::Handover;
            assert!(!spec.id.is_empty() && !spec.title.is_empty(), "{kind:?}");
            assert!(
                elsewhere || !spec.roles.is_empty(),
                "{kind:?} names no role"
            );
            assert!(
                elsewhere || !spec.refreshes.is_empty(),
                "{kind:?} changes nothing"
            );
            assert!(!spec.verified.is_empty(), "{kind:?} is not verified");
            assert!(
                !spec.quick || !spec.makes,
                "{kind:?} makes something without a panel"
            );
            let follow_up = spec
                .on_follow_up
                .is_none_or(|k| k.spec().scope == Scope::Task);
            assert!(
                follow_up,
                "{kind:?} goes to what is not done on a follow-up"
            );
            assert!(spec.kept_here.is_none_or(WriteKind::is_local), "{kind:?}");
        }
    }

    #[test]
    fn what_a_command_does_not_fill_in_costs_it_no_request() {
        let none = |_: &[&str]| false;
        assert!(!WriteKind::Note.needs(Reading::Words, none));
        assert!(!WriteKind::Update.needs(Reading::Words, none));
        assert!(WriteKind::Update.needs(Reading::Words, |names| names.contains(&"severity")));
        assert!(WriteKind::Cover.needs(Reading::Schedules, none));
        assert!(!WriteKind::Page.needs(Reading::Options, none) && WriteKind::Page.needs_options());
    }
}
