//! The rows. A new kind of write is a row here, a form in `writes` and its test.

use super::{FormFamily, Inverse, Need, Reading, Scope, Thing, Verified, WriteKindSpec};

const EDITOR: &[&str] = &["incident_editor"];
const PAGER: &[&str] = &["escalation_creator", "on_call_editor"];
const ALERTS: &[&str] = &["incident_editor", "on_call_editor"];
const POST_MORTEMS: &[&str] = &["postmortems_manage", "incident_editor"];
const PUBLISHER: &[&str] = &[
    "status_pages_publisher",
    "status_pages_editor",
    "manage_settings",
    "status_page_publisher",
];
const WORDS: &[Need] = &[Need::Always(Reading::Words)];
const WORDS_AND_CATALOG: &[Need] = &[Need::Always(Reading::Words), Need::Always(Reading::Catalog)];
const TARGETS: &[Need] = &[
    Need::For(&["people"], Reading::Words),
    Need::For(&["path"], Reading::Options),
];
const ASSIGNEE: &[Need] = &[Need::For(&["assignee"], Reading::Words)];
const FOLLOW_UP: &[Need] = &[
    Need::For(&["assignee"], Reading::Words),
    Need::For(&["priority"], Reading::Options),
];
const MOVED: &[&str] = &["incident", "incident_update"];
const READ_BY_CUSTOMERS: Inverse =
    Inverse::Never("what was published was read; post an update that corrects it.");

/// What holds of most kinds; a row names what differs.
const USUAL: WriteKindSpec = WriteKindSpec {
    id: "",
    title: "",
    roles: EDITOR,
    roles_guessed: false,
    family: FormFamily::Incident,
    scope: Scope::Incident,
    makes: false,
    quick: false,
    local: false,
    publishes: false,
    recorded_offline: false,
    begins_with: None,
    on_follow_up: None,
    kept_here: None,
    needs: &[],
    refreshes: &[Thing::Incident],
    results: &[],
    verified: &[Verified::Repeat],
    inverse: Inverse::Request,
};

macro_rules! kinds {
    ($($kind:ident, $id:literal, $title:literal, { $($field:ident: $value:expr),* $(,)? };)*) => {
        /// A kind of write.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum WriteKind {
            $(#[doc = $title] $kind,)*
        }

        impl WriteKind {
            /// All of them.
            pub const ALL: &[WriteKind] = &[$(WriteKind::$kind),*];

            /// Its row.
            pub fn spec(self) -> &'static WriteKindSpec {
                match self {
                    $(WriteKind::$kind => {
                        const ROW: WriteKindSpec =
                            WriteKindSpec { id: $id, title: $title, $($field: $value,)* ..USUAL };
                        &ROW
                    })*
                }
            }
        }
    };
}

// The platform does not publish which role holds which scope, so the roles are hints from their names; a 403 decides.
kinds! {
    Declare, "incident.declare", "Declare an incident", {
        roles: &["incident_creator"], scope: Scope::Nothing, makes: true,
        needs: WORDS_AND_CATALOG, results: &["incident"],
        inverse: Inverse::Never("the API deletes no incident; close it instead."),
    };
    Edit, "incident.edit", "Edit the incident", {
        needs: WORDS_AND_CATALOG, results: &["incident"], inverse: Inverse::Depends,
    };
    Severity, "incident.severity", "Set the severity", {
        begins_with: Some("severity"), needs: WORDS, results: MOVED, inverse: Inverse::Depends,
    };
    Status, "incident.status", "Move the status", {
        begins_with: Some("status"), needs: WORDS, results: MOVED, inverse: Inverse::Depends,
    };
    Close, "incident.close", "Resolve or close", {
        needs: WORDS, results: MOVED, inverse: Inverse::Depends,
    };
    Lead, "incident.lead", "Take the lead", {
        needs: WORDS, results: &["incident"], inverse: Inverse::Depends,
    };
    Role, "incident.role", "Assign a role", {
        needs: WORDS, results: &["incident"], inverse: Inverse::Depends,
    };
    Update, "incident.update", "Post an update", {
        makes: true, recorded_offline: true, begins_with: Some("message"),
        needs: &[Need::For(&["status", "severity"], Reading::Words)],
        results: &["incident_update"],
        inverse: Inverse::Never("the API neither edits nor deletes an update; post another one."),
    };
    Note, "timeline.add", "Note on the timeline", {
        family: FormFamily::Note, makes: true, recorded_offline: true,
        kept_here: Some(WriteKind::LocalNote), results: &["incident_timeline_item"],
        inverse: Inverse::Never("the API deletes no timeline item; edit it instead."),
    };
    NoteEdit, "timeline.edit", "Edit the note", {
        family: FormFamily::Note, scope: Scope::Note, results: &["incident_timeline_item"],
    };
    LocalNote, "local.note", "Note kept here until incident.io can be reached", {
        roles: &[], family: FormFamily::Note, scope: Scope::Nothing, makes: true, local: true,
        verified: &[Verified::Person], inverse: Inverse::Never("discard it in the journal."),
    };
    Page, "escalation.create", "Page", {
        roles: PAGER, family: FormFamily::Page, scope: Scope::IncidentIfAny, makes: true,
        needs: TARGETS, refreshes: &[Thing::Incident, Thing::Pages], results: &["escalation"],
    };
    Ack, "escalation.ack", "Acknowledge", {
        // Taking a page is urgent, and nobody is harmed by it.
        quick: true,
        roles: PAGER, family: FormFamily::Page, scope: Scope::WaitingPage,
        refreshes: &[Thing::Incident, Thing::Pages], results: &["escalation"],
        verified: &[Verified::Shown],
        inverse: Inverse::Never("the API takes no acknowledgement back; reassign the page instead."),
    };
    Snooze, "escalation.snooze", "Snooze the page", {
        roles: PAGER, family: FormFamily::Page, scope: Scope::Page,
        refreshes: &[Thing::Incident, Thing::Pages], results: &["escalation"],
        verified: &[Verified::Shown], inverse: Inverse::Never("acknowledge it instead."),
    };
    Reassign, "escalation.reassign", "Reassign the page", {
        roles: PAGER, family: FormFamily::Page, scope: Scope::Page, makes: true, needs: TARGETS,
        refreshes: &[Thing::Incident, Thing::Pages], results: &["escalation"],
        // The platform does it once a page: a second time is refused, and shows in the page being over.
        verified: &[Verified::Shown, Verified::Person],
    };
    Cancel, "escalation.cancel", "Cancel the page", {
        roles: PAGER, family: FormFamily::Page, scope: Scope::Page,
        refreshes: &[Thing::Incident, Thing::Pages], results: &["escalation"],
        verified: &[Verified::Shown], inverse: Inverse::Never("page again instead."),
    };
    Cover, "oncall.cover", "Cover a shift", {
        roles: &["schedule_overrides_editor", "schedules_editor"],
        family: FormFamily::Cover, scope: Scope::Schedule, makes: true,
        needs: &[Need::Always(Reading::Words), Need::Always(Reading::Schedules)],
        refreshes: &[Thing::Schedules], results: &["override"], verified: &[Verified::Listed],
    };
    Attach, "alert.attach", "Attach the alert to an incident", {
        roles: ALERTS, family: FormFamily::Alert, scope: Scope::Alert,
        needs: &[Need::Always(Reading::OpenIncidents)],
        refreshes: &[Thing::Incident, Thing::Alerts], results: &["incident_alert"],
    };
    Detach, "alert.detach", "Detach the alert", {
        roles: ALERTS, family: FormFamily::Alert, scope: Scope::Alert,
        refreshes: &[Thing::Alerts], results: &["incident_alert"],
    };
    Resolve, "alert.resolve", "Resolve the alert", {
        roles: ALERTS, family: FormFamily::Alert, scope: Scope::Alert, refreshes: &[Thing::Alerts],
        inverse: Inverse::Never("an alert fires again when its source says so."),
    };
    ActionAdd, "action.create", "Add an action", {
        family: FormFamily::Task, makes: true, needs: ASSIGNEE,
        refreshes: &[Thing::Incident, Thing::Actions], results: &["action"],
        verified: &[Verified::Listed],
    };
    ActionEdit, "action.edit", "Change the action", {
        family: FormFamily::Task, scope: Scope::Task, needs: ASSIGNEE,
        on_follow_up: Some(WriteKind::FollowUpEdit),
        refreshes: &[Thing::Incident, Thing::Actions], results: &["action"],
    };
    ActionDone, "action.done", "Complete the action", {
        family: FormFamily::Task, scope: Scope::Task, on_follow_up: Some(WriteKind::FollowUpDone),
        refreshes: &[Thing::Incident, Thing::Actions], results: &["action"],
    };
    FollowUpAdd, "follow_up.create", "Add a follow-up", {
        family: FormFamily::Task, makes: true, needs: FOLLOW_UP,
        refreshes: &[Thing::Incident, Thing::FollowUps], results: &["follow_up"],
        verified: &[Verified::Listed],
    };
    FollowUpEdit, "follow_up.edit", "Change the follow-up", {
        family: FormFamily::Task, scope: Scope::Task, needs: FOLLOW_UP,
        refreshes: &[Thing::Incident, Thing::FollowUps], results: &["follow_up"],
    };
    FollowUpDone, "follow_up.done", "Complete the follow-up", {
        family: FormFamily::Task, scope: Scope::Task,
        refreshes: &[Thing::Incident, Thing::FollowUps], results: &["follow_up"],
    };
    EntryAdd, "catalog.create", "Add a catalog entry", {
        roles: &["catalog_editor"], family: FormFamily::Catalog, scope: Scope::CatalogType,
        makes: true, needs: &[Need::Always(Reading::Catalog)], refreshes: &[Thing::Catalog],
        results: &["catalog_entry"],
        // The same external id never makes two; without one, the list tells.
        verified: &[Verified::Listed, Verified::Repeat],
    };
    EntryEdit, "catalog.edit", "Change the catalog entry", {
        roles: &["catalog_editor"], family: FormFamily::Catalog, scope: Scope::CatalogEntry,
        needs: &[Need::Always(Reading::Catalog)], refreshes: &[Thing::Catalog],
        results: &["catalog_entry"],
    };
    Import, "post_mortem.import", "Import the post-mortem", {
        roles: POST_MORTEMS, roles_guessed: true, family: FormFamily::PostMortem, makes: true,
        refreshes: &[Thing::Incident, Thing::PostMortems], results: &["postmortem_document"],
        verified: &[Verified::Listed],
        inverse: Inverse::Never("the API deletes no document; do it on the dashboard."),
    };
    DocumentStatus, "post_mortem.status", "Move the post-mortem", {
        roles: POST_MORTEMS, roles_guessed: true, family: FormFamily::PostMortem,
        scope: Scope::Document,
        refreshes: &[Thing::Incident, Thing::PostMortems], results: &["postmortem_document"],
    };
    HandOver, "handover.post", "Hand over", {
        roles: &[], family: FormFamily::Handover, scope: Scope::Nothing, makes: true,
        refreshes: &[], verified: &[Verified::Person],
        inverse: Inverse::Never("the message was read; post another one."),
    };
    Publish, "status_page.create", "Publish on a status page", {
        roles: PUBLISHER, roles_guessed: true, family: FormFamily::StatusPage,
        scope: Scope::IncidentIfAny, makes: true, publishes: true,
        needs: &[Need::Always(Reading::Options)], refreshes: &[Thing::StatusPages],
        results: &["status_page_incident"], inverse: READ_BY_CUSTOMERS,
    };
    PublishUpdate, "status_page.update", "Update a status page", {
        roles: PUBLISHER, roles_guessed: true, family: FormFamily::StatusPage,
        scope: Scope::Nothing, makes: true, publishes: true,
        needs: &[Need::Always(Reading::Options)], refreshes: &[Thing::StatusPages],
        results: &["status_page_incident_update"], verified: &[Verified::Listed],
        inverse: READ_BY_CUSTOMERS,
    };
}
