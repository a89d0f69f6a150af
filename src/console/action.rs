//! Every intent of the user, in one table that dispatch, palette, help, footer and key configuration read.

use super::place::Pane;
use crate::writes::WriteKind;

/// Where an action means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// In every pane.
    Everywhere,
    /// In the list of pane 1.
    List,
    /// In the incident's detail.
    Detail,
    /// In the on-call pane.
    OnCall,
    /// In the catalog pane.
    Catalog,
    /// Where something is looked at before it is sent: drafts, forms, the panel of an undo.
    Sending,
    /// In a text to read.
    Text,
    /// In what was put together for reading, of which lines lead on.
    Report,
    /// In a card.
    Card,
    /// In a fact of an investigation.
    Evidence,
    /// In a call on the way from a cause to what is felt.
    Hop,
    /// In a text drafted from rows.
    Drafted,
    /// In a period that was looked back on.
    Analysis,
    /// In the review of drafts.
    Review,
    /// In a draft that is being edited.
    Editing,
    /// Among things that are chosen by number.
    Menu,
    /// In the help.
    Help,
    /// In the palette.
    Palette,
    /// In a line that is asked for.
    Prompt,
    /// In the filter's field.
    Filter,
    /// While a form is about to open.
    Opening,
    /// In the results of several writes.
    Results,
    /// In the panel of an undo.
    Panel,
    /// In the journal.
    Journal,
    /// In the list of what was begun and not sent.
    Unsent,
    /// In a question before something is done.
    Confirm,
    /// On the line of a form that sends it.
    Form,
    /// In the words of a form.
    FormWords,
    /// Among the choices of a form.
    FormChoices,
}

impl Context {
    /// All of them.
    pub const ALL: [Context; 29] = [
        Self::Everywhere,
        Self::List,
        Self::Detail,
        Self::OnCall,
        Self::Catalog,
        Self::Sending,
        Self::Text,
        Self::Report,
        Self::Card,
        Self::Evidence,
        Self::Hop,
        Self::Drafted,
        Self::Analysis,
        Self::Review,
        Self::Editing,
        Self::Help,
        Self::Palette,
        Self::Prompt,
        Self::Filter,
        Self::Opening,
        Self::Results,
        Self::Panel,
        Self::Journal,
        Self::Unsent,
        Self::Confirm,
        Self::Menu,
        Self::Form,
        Self::FormWords,
        Self::FormChoices,
    ];

    /// The context of a pane.
    pub fn of(pane: Pane) -> Self {
        match pane {
            Pane::Incidents => Self::List,
            Pane::Detail => Self::Detail,
            Pane::OnCall => Self::OnCall,
            Pane::Catalog => Self::Catalog,
        }
    }

    /// Whether it is a pane: every action of `Everywhere` means something there.
    pub fn is_pane(self) -> bool {
        matches!(
            self,
            Self::Everywhere | Self::List | Self::Detail | Self::OnCall | Self::Catalog
        )
    }

    /// Whether words are typed there: a key that prints is a letter and no command.
    pub fn takes_text(self) -> bool {
        matches!(
            self,
            Self::Editing
                | Self::Help
                | Self::Palette
                | Self::Prompt
                | Self::Filter
                | Self::Opening
                | Self::FormWords
                | Self::FormChoices
        )
    }

    /// Whether an action of another context means something here too, on the same keys.
    fn borrows(self, action: Action) -> bool {
        use Action::*;
        let moves = matches!(action, Down | Up | Top | Bottom | HalfDown | HalfUp);
        let closes = matches!(action, Back | Quit);
        let reads = moves || closes || action == Help;
        let travels = reads || matches!(action, JumpBack | JumpForward);
        match self {
            Self::Everywhere | Self::List | Self::Detail | Self::OnCall | Self::Catalog => false,
            Self::Sending => false,
            Self::Text => travels || action == CopyReference,
            Self::Report => travels || matches!(action, Open | CopyReference | IntoForm | Refresh),
            Self::Drafted => travels || matches!(action, Open | CopyReference),
            Self::Card => {
                travels
                    || matches!(action, Open | CopyReference | Palette | Command)
                    || matches!(action, Journal | Unsent | PauseBridge | TakeOver)
                    || matches!(action, Acknowledge | PageSomeone | Cover | EditEntry)
            }
            Self::Evidence | Self::Hop => {
                travels || matches!(action, Open | CopyReference | Refresh)
            }
            Self::Analysis => travels || matches!(action, Open | CopyReference | Filter | Refresh),
            Self::Review => reads || matches!(action, Send | ShowRequest | Drop | ReviewDrafts),
            Self::Editing => action == Back,
            Self::Help => reads,
            Self::Menu => reads || action == Open,
            Self::Palette => closes || matches!(action, NextChoice | PreviousChoice | Open),
            Self::Prompt => closes || action == Open,
            Self::Filter => closes || matches!(action, Down | Up | Open),
            Self::Opening => closes,
            Self::Results => reads || action == Open,
            Self::Panel => reads || matches!(action, Send | ShowRequest | Decline),
            Self::Confirm => closes || matches!(action, Send | Help),
            Self::Journal => reads || matches!(action, Open | Undo),
            Self::Unsent => reads || matches!(action, Open | Drop),
            Self::Form => {
                reads
                    || matches!(action, Open | Send | SendForm | ShowRequest | Drop)
                    || matches!(action, NextField | PreviousField)
            }
            Self::FormWords => closes || matches!(action, Open | NextChoice | PreviousChoice),
            Self::FormChoices => {
                closes || matches!(action, Open | SendForm | NextField | PreviousField)
            }
        }
    }
}

macro_rules! actions {
    ($($action:ident, $id:literal, $context:ident, [$($key:literal),*], $title:literal, $help:literal;)*) => {
        /// An intent of the user.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $(#[doc = $help] $action,)*
        }

        /// The table.
        pub const ACTIONS: &[ActionSpec] = &[
            $(ActionSpec { action: Action::$action, id: $id, context: Context::$context, keys: &[$($key),*], title: $title, help: $help },)*
        ];
    };
}

/// One row of the table.
pub struct ActionSpec {
    /// What it does.
    pub action: Action,
    /// Its name in the configuration.
    pub id: &'static str,
    /// Where it means something.
    pub context: Context,
    /// Its default keys.
    pub keys: &'static [&'static str],
    /// A word or two, for footer and palette.
    pub title: &'static str,
    /// A sentence, for help.
    pub help: &'static str,
}

actions! {
    Down, "move.down", Everywhere, ["j", "down"], "down", "Move to the next line.";
    Up, "move.up", Everywhere, ["k", "up"], "up", "Move to the line before.";
    Top, "move.top", Everywhere, ["g", "home"], "top", "Go to the first line.";
    Bottom, "move.bottom", Everywhere, ["G", "end"], "bottom", "Go to the last line.";
    HalfDown, "move.half_down", Everywhere, ["ctrl-d", "pagedown"], "half page down", "Move down half a page.";
    HalfUp, "move.half_up", Everywhere, ["ctrl-u", "pageup"], "half page up", "Move up half a page.";
    Open, "open", Everywhere, ["enter"], "open", "Go to what the line under the cursor leads to.";
    Back, "back", Everywhere, ["esc"], "back", "Close, clear the filter, or go back to the incidents.";
    Quit, "quit", Everywhere, ["q", "ctrl-c"], "quit", "Go back; at the incidents, leave hotseat.";
    Help, "help", Everywhere, ["?"], "help", "Show the keys that work here.";
    Palette, "palette", Everywhere, ["ctrl-p"], "palette", "Find any action, incident, service, person or schedule.";
    Command, "command", Everywhere, [":"], "command", "Type the name of an action.";
    Filter, "filter", Everywhere, ["/"], "filter", "Narrow this list by words and facets such as sev:P1; tab completes, ! inverts, \"quotes\" hold spaces.";
    Pane1, "pane.incidents", Everywhere, ["1"], "incidents pane", "Go to the incidents.";
    Pane2, "pane.detail", Everywhere, ["2"], "detail", "Go to the incident's detail.";
    Pane3, "pane.oncall", Everywhere, ["3"], "on call", "Go to the schedules.";
    Pane4, "pane.catalog", Everywhere, ["4"], "catalog", "Go to the catalog.";
    NextPane, "pane.next", Everywhere, ["tab"], "next pane", "Go to the next pane.";
    PrevPane, "pane.previous", Everywhere, ["backtab"], "previous pane", "Go to the pane before.";
    NextTab, "tab.next", Everywhere, ["]"], "next tab", "Show this pane's next tab.";
    PrevTab, "tab.previous", Everywhere, ["["], "previous tab", "Show this pane's tab before.";
    Tabs, "tab.choose", Everywhere, ["."], "tab", "Go to one of this pane's tabs by its number.";
    Zoom, "zoom.in", Everywhere, ["+", "="], "zoom", "Give this pane the whole screen, or take it back.";
    Unzoom, "zoom.out", Everywhere, ["_"], "all panes", "Show all panes.";
    JumpBack, "jump.back", Everywhere, ["ctrl-o", "alt-left"], "jump back", "Go to where you were before: the same card, line and filter.";
    JumpForward, "jump.forward", Everywhere, ["alt-right"], "jump forward", "Go forward again.";
    Refresh, "refresh", Everywhere, ["r"], "refresh", "Ask for this pane's data now.";
    RefreshAll, "refresh.all", Everywhere, ["R"], "refresh all", "Ask for everything now.";
    CopyReference, "copy.reference", Everywhere, ["y"], "copy reference", "Copy the reference, or the text of the line.";
    CopyAddress, "copy.address", Everywhere, ["Y"], "copy address", "Copy the address of the incident's page.";
    ShowAddress, "show.address", Everywhere, ["o"], "address", "Show the address of the incident's page and copy it.";
    ToggleTimes, "times.toggle", Everywhere, ["T"], "times", "Switch between ages and clock times.";
    ToggleUtc, "times.utc", Everywhere, ["U"], "UTC", "Switch between this machine's zone and UTC.";
    ShowProblems, "problems", Everywhere, ["!"], "problems", "Show what could not be read, and why.";
    Redraw, "redraw", Everywhere, ["ctrl-l"], "redraw", "Draw the whole screen again.";
    Suspend, "suspend", Everywhere, ["ctrl-z"], "suspend", "Go to the shell; fg comes back.";
    Investigate, "investigate", Everywhere, ["i"], "investigate", "Investigate this incident: what is going on, what caused it, what to do next.";
    ReviewDrafts, "drafts.review", Everywhere, ["d"], "drafts", "Review what was drafted from the investigation: timeline entries, an update; y sends.";
    AddEvidence, "evidence.add", Everywhere, ["E"], "evidence add", "Add a fact of your own to the investigation.";
    AskModel, "model.ask", Everywhere, [], "ask the model", "Ask the configured model about the evidence; it answers from evidence alone.";
    PostSlack, "slack.post", Everywhere, [], "slack message", "Draft the finding for the incident's Slack channel, for review.";
    Similar, "similar", Everywhere, ["s"], "similar", "Show past incidents like this one: why, what caused them, what resolved them.";
    SameCause, "similar.same", Detail, [], "same cause", "Remember that the incident under the cursor had the same cause.";
    NotSimilar, "similar.not", Detail, [], "not similar", "Remember that the incident under the cursor is not alike.";
    Away, "away", Everywhere, ["w"], "while away", "Show what happened since your last session.";
    Analyze, "analyze", Everywhere, [], "analyze", "Look back over what the list is narrowed to: counts, durations, what came again; after : also a service, a team, 30d.";
    DraftPostMortem, "draft.post_mortem", Everywhere, ["P"], "post-mortem", "Draft a post-mortem of this incident from what is recorded; Enter on a line goes to its row.";
    Doctor, "doctor", Everywhere, [], "doctor", "Check each link of the chain: key, roles, clock, rate limit, proxy, sources, cache, terminal.";
    Export, "export", Everywhere, [], "export", "Write the public incidents of the last 90 days as a CSV file into the folder hotseat was started in.";
    Handover, "handover", Everywhere, ["H"], "handover", "Draft what your shift hands over: to read, to copy, or to edit and send to the channel that the configuration names.";
    DraftUpdate, "draft.update", Everywhere, [], "draft update", "Draft an update from what is recorded, for reading.";
    Acknowledge, "page.acknowledge", Everywhere, ["a"], "acknowledge", "Acknowledge the page under the cursor, or the one that waits on this incident; at once where it is yours, else it asks.";
    MyPage, "page.mine", Everywhere, ["p"], "your page", "Go to the page that waits for you, its incident beside it; again for the next.";
    Note, "timeline.note", Everywhere, ["n"], "note", "Add a note to this incident's timeline, with the time it happened.";
    PostUpdate, "incident.update", Everywhere, ["u"], "update", "Post an update, with or without a status or a severity.";
    PageSomeone, "page.create", Everywhere, ["e"], "escalate", "Page a path or people about this incident; shows who would be paged now.";
    TakeLead, "incident.lead", Everywhere, ["L"], "take the lead", "Become this incident's lead.";
    SetSeverity, "incident.severity", Everywhere, ["S"], "severity", "Set the severity.";
    SetStatus, "incident.status", Everywhere, ["c"], "status", "Move the status; what the API does not allow is shown with the reason.";
    CloseIncident, "incident.close", Everywhere, ["C"], "resolve, close", "Resolve or close, with the choice of what comes after.";
    EditIncident, "incident.edit", Everywhere, ["F"], "edit fields", "Edit name, summary, roles, custom fields and timestamps.";
    Declare, "incident.declare", Everywhere, ["D"], "declare", "Declare an incident.";
    AssignRole, "incident.role", Everywhere, [], "assign a role", "Give a role to somebody, or take it away.";
    EditNote, "timeline.edit", Detail, [], "edit note", "Edit the note under the cursor: its words and its time.";
    LocalNote, "journal.note", Everywhere, [], "local note", "Keep a note on this machine while incident.io cannot be reached.";
    Snooze, "page.snooze", Everywhere, [], "snooze", "Snooze the page.";
    Reassign, "page.reassign", Everywhere, [], "reassign", "Hand the page to a path or to people.";
    CancelPage, "page.cancel", Everywhere, [], "cancel page", "Stop the page.";
    AttachAlert, "alert.attach", Everywhere, [], "attach alert", "Attach the alert under the cursor to an incident.";
    DetachAlert, "alert.detach", Everywhere, [], "detach alert", "Detach the alert under the cursor from this incident.";
    ResolveAlert, "alert.resolve", Everywhere, [], "resolve alert", "Resolve the alert under the cursor.";
    AddAction, "action.create", Everywhere, [], "add action", "Add something to do now.";
    AddFollowUp, "follow_up.create", Everywhere, [], "add follow-up", "Add something to do afterwards.";
    Complete, "task.done", Everywhere, ["x"], "complete", "Complete the action or follow-up under the cursor.";
    ChangeTask, "task.edit", Everywhere, [], "change task", "Change words, status or assignee of the action or follow-up under the cursor.";
    MoveDocument, "post_mortem.status", Everywhere, [], "move post-mortem", "Set the status of the post-mortem under the cursor.";
    ImportPostMortem, "post_mortem.import", Everywhere, [], "import post-mortem", "Import a post-mortem you write; from a draft, I in the draft does it.";
    Publish, "status_page.create", Everywhere, [], "publish", "Publish this incident on a status page, behind a typed word.";
    PublishUpdate, "status_page.update", Everywhere, [], "publish update", "Update what is published, behind a typed word.";
    Mark, "mark", Everywhere, ["space"], "mark", "Mark this line, to act on several at once; again unmarks.";
    Undo, "undo", Everywhere, ["z"], "undo", "Take the last write back, where the API has a way.";
    Journal, "journal", Everywhere, ["J"], "journal", "Show what was written: what waits, what is in doubt, what was refused.";
    Unsent, "drafts.unsent", Everywhere, ["K"], "drafts not sent", "List what was begun and not sent; Enter goes on with it, dropping it is asked twice.";
    Cover, "oncall.cover", OnCall, ["v"], "cover", "Take cover on this schedule, or give it, for a shift or part of it.";
    TakeCompletion, "filter.take", Filter, ["tab"], "takes", "Take the word that is marked below the field.";
    NextCompletion, "filter.next", Filter, ["backtab"], "next", "Mark the next word that could stand there, round and round.";
    AddEntry, "catalog.create", Catalog, [], "add entry", "Add an entry of this type to the catalog.";
    EditEntry, "catalog.edit", Catalog, [], "edit entry", "Change the entry under the cursor; what is not touched stays.";
    Scope, "incidents.scope", List, ["t"], "mine/team/all", "Show my incidents, my teams', or all.";
    Everything, "incidents.everything", List, ["A"], "open/everything", "Show open incidents only, or those that are over too.";
    Order, "incidents.order", List, ["O"], "order", "Order by severity then age, or newest first.";
    Views, "views", Everywhere, ["V"], "views", "Choose one of your saved views of the incidents by its number.";
    View1, "view.1", Everywhere, [], "first view", "Show the first saved view.";
    View2, "view.2", Everywhere, [], "second view", "Show the second saved view.";
    View3, "view.3", Everywhere, [], "third view", "Show the third saved view.";
    View4, "view.4", Everywhere, [], "fourth view", "Show the fourth saved view.";
    View5, "view.5", Everywhere, [], "fifth view", "Show the fifth saved view.";
    ViewIncidents, "list.incidents", List, [], "incidents", "List incidents.";
    ViewAlerts, "list.alerts", List, [], "alerts", "List alerts.";
    ViewPages, "list.escalations", List, [], "escalations", "List escalations.";
    ViewActions, "list.actions", List, [], "actions", "List actions.";
    ViewFollowUps, "list.follow_ups", List, [], "follow-ups", "List follow-ups.";
    ViewDocuments, "list.post_mortems", List, [], "post-mortems", "List post-mortem documents.";
    ViewWorkflows, "list.workflows", List, [], "workflows", "List workflows.";
    ViewChanges, "list.changes", List, [], "changes", "List deploys and other changes of the last day.";
    ViewAlertSources, "list.alert_sources", List, [], "alert sources", "List where alerts come from.";
    ViewAlertRoutes, "list.alert_routes", List, [], "alert routes", "List what is done with alerts.";
    ViewBridge, "list.bridge", Everywhere, ["b"], "bridge", "List what the bridge keeps in step: what burns, which incident it has, what holds it back.";
    PauseBridge, "bridge.pause", Everywhere, ["M"], "pause bridge", "Pause what the bridge does with this incident or issue, on its own line all of it; again lets it go on. It asks first.";
    TakeOver, "bridge.take", Everywhere, [], "take over", "Take this incident over from the bridge: it notes on it, and does not resolve it. It asks first.";
    Why, "bridge.why", List, ["X"], "why", "Show what became of the issue under the cursor, and by which rule.";
    WeaveChanges, "timeline.changes", Detail, ["B"], "timeline changes", "Show deploys and other changes among the lines of this timeline, or take them out.";
    EntryKind, "timeline.kind", Detail, ["f"], "kind", "Show only notes, updates, activity, pages, alerts or changes; again for the next.";
    MarkRead, "timeline.read", Detail, ["m"], "mark read", "Mark everything on this timeline as seen.";
    Send, "send", Sending, ["y"], "send", "Send it.";
    ShowRequest, "request.show", Sending, ["x"], "exact request", "Show the exact request, or what it does.";
    Drop, "drop", Sending, ["D"], "drop", "Drop it: it is not sent and not kept.";
    IntoForm, "draft.form", Drafted, ["I"], "into a form", "Take the draft into a form, to be sent from there.";
    Decline, "confirm.no", Confirm, ["n"], "no", "Leave it as it is.";
    NextDraft, "review.next", Review, ["]", "tab"], "next draft", "Go to the next draft.";
    PreviousDraft, "review.previous", Review, ["[", "backtab"], "previous draft", "Go to the draft before.";
    EditDraft, "review.edit", Review, ["e"], "edit", "Edit the words of this draft.";
    NextChoice, "choice.next", FormChoices, ["down", "ctrl-n"], "next choice", "Go to the next of what was found; from a line, to the next field.";
    PreviousChoice, "choice.previous", FormChoices, ["up", "ctrl-p"], "previous choice", "Go to the one before; from a line, to the field before.";
    NextChoices, "choice.page_down", FormChoices, ["pagedown"], "ten choices down", "Go ten choices down.";
    PreviousChoices, "choice.page_up", FormChoices, ["pageup"], "ten choices up", "Go ten choices up.";
    ClearField, "form.clear", FormChoices, ["ctrl-u", "delete"], "clear", "Empty what is typed, then this field.";
    SendForm, "form.send", FormWords, ["alt-enter", "ctrl-enter"], "send", "Send the form from any field.";
    NextField, "form.next", FormWords, ["tab"], "next field", "Go to the next field; after @ it takes the name.";
    PreviousField, "form.previous", FormWords, ["backtab"], "previous field", "Go to the field before.";
    HandToEditor, "form.editor", FormWords, ["ctrl-g", "alt-e"], "your editor", "Hand the text to $EDITOR.";
    RetryWrite, "journal.retry", Journal, ["r"], "send again", "Send this write again.";
    DiscardWrite, "journal.discard", Journal, ["D"], "give up", "Give this write up; pressed twice.";
    BackdateWrite, "journal.backdate", Journal, ["b"], "back-date", "Turn an update that was not sent into a note with its time.";
    AttachLocalNote, "journal.attach", Journal, ["a"], "onto this incident", "Put a note kept here on this incident's timeline.";
    Retrospective, "journal.retrospective", Journal, ["N"], "retrospective", "Declare a retrospective incident of all notes kept here.";
}

/// Other words people know actions by.
const ALIASES: &[(Action, &[&str])] = &[
    (
        Action::PageSomeone,
        &["page", "paging", "call", "escalation"],
    ),
    (Action::ViewPages, &["pages", "escalations"]),
    (Action::Acknowledge, &["ack", "take page"]),
    (Action::TakeLead, &["lead", "claim", "assign me"]),
    (Action::Note, &["note", "comment", "timeline"]),
    (Action::PostUpdate, &["post", "tell", "message"]),
    (Action::CloseIncident, &["resolve", "close", "done"]),
    (Action::Declare, &["new", "create", "open incident"]),
    (Action::EditIncident, &["rename", "edit", "summary"]),
    (Action::Filter, &["search", "find", "grep"]),
    (Action::Order, &["sort"]),
    (Action::Scope, &["mine", "my teams"]),
    (Action::Quit, &["exit", "leave"]),
    (Action::Help, &["keys"]),
    (Action::Investigate, &["root cause", "why", "rca"]),
    (Action::Similar, &["past", "history", "like"]),
    (Action::Cover, &["override", "swap", "shift"]),
    (Action::Undo, &["revert", "take back"]),
    (Action::ViewDocuments, &["postmortems", "retros"]),
    (Action::PauseBridge, &["hold", "mute", "resume bridge"]),
    (Action::TakeOver, &["hands off", "from the bridge"]),
    (Action::ViewBridge, &["episodes", "issues", "detector"]),
    (Action::ShowAddress, &["url", "link", "browser"]),
    (Action::CopyReference, &["yank", "clipboard"]),
];

impl ActionSpec {
    /// Other words it is known by.
    pub fn aliases(&self) -> &'static [&'static str] {
        let known = ALIASES.iter().find(|(action, _)| *action == self.action);
        known.map_or(&[], |(_, words)| words)
    }

    /// Whether it goes by a word, in whole.
    pub fn is_called(&self, word: &str) -> bool {
        self.title == word || self.aliases().contains(&word)
    }

    /// Whether it means something in a context.
    pub fn works_in(&self, context: Context) -> bool {
        self.context == context
            || (context.is_pane() && self.context == Context::Everywhere)
            || context.borrows(self.action)
    }
}

impl Action {
    /// What it writes, where it writes.
    pub fn kind(self) -> Option<WriteKind> {
        Some(match self {
            Self::Acknowledge => WriteKind::Ack,
            Self::Note => WriteKind::Note,
            Self::PostUpdate => WriteKind::Update,
            Self::PageSomeone => WriteKind::Page,
            Self::TakeLead => WriteKind::Lead,
            Self::SetSeverity => WriteKind::Severity,
            Self::SetStatus => WriteKind::Status,
            Self::CloseIncident => WriteKind::Close,
            Self::EditIncident => WriteKind::Edit,
            Self::Declare => WriteKind::Declare,
            Self::AssignRole => WriteKind::Role,
            Self::EditNote => WriteKind::NoteEdit,
            Self::LocalNote => WriteKind::LocalNote,
            Self::Snooze => WriteKind::Snooze,
            Self::Reassign => WriteKind::Reassign,
            Self::CancelPage => WriteKind::Cancel,
            Self::AttachAlert => WriteKind::Attach,
            Self::DetachAlert => WriteKind::Detach,
            Self::ResolveAlert => WriteKind::Resolve,
            Self::AddAction => WriteKind::ActionAdd,
            Self::AddFollowUp => WriteKind::FollowUpAdd,
            Self::Complete => WriteKind::ActionDone,
            Self::ChangeTask => WriteKind::ActionEdit,
            Self::MoveDocument => WriteKind::DocumentStatus,
            Self::ImportPostMortem => WriteKind::Import,
            Self::Publish => WriteKind::Publish,
            Self::PublishUpdate => WriteKind::PublishUpdate,
            Self::Cover => WriteKind::Cover,
            Self::AddEntry => WriteKind::EntryAdd,
            Self::EditEntry => WriteKind::EntryEdit,
            _ => return None,
        })
    }

    /// What it does in a context, in a word or two.
    pub fn title_in(self, context: Context) -> &'static str {
        match (self, context) {
            (Self::CopyReference, Context::Evidence | Context::Hop) => "copy query",
            (Self::CopyReference, Context::Text | Context::Report | Context::Drafted) => {
                "copy text"
            }
            (Self::Refresh, Context::Evidence | Context::Hop) => "run again",
            (Self::Open, Context::Evidence) => "its service",
            (Self::Open, Context::Hop) => "its fact",
            (Self::Back, Context::Filter) => "clears",
            (Self::Open, Context::Filter) => "keeps",
            (Self::Back | Self::Quit, context) if !context.is_pane() => "close",
            _ => self.row().title,
        }
    }

    /// Its row.
    pub fn row(self) -> &'static ActionSpec {
        ACTIONS
            .iter()
            .find(|row| row.action == self)
            .expect("every action has a row")
    }
}
