//! What lies over the panes, as data: each kind has its keys, its words and its drawing in `overlay`.

use super::super::action::Context;
use super::super::cursor::Cursor;
use super::super::job::Topic;
use super::super::link::{HopRef, LinkTarget};
use super::super::list::Item;
use super::super::palette::Hit;
use super::form::FormView;
use crate::domain::order::{About, Wish};
use crate::domain::{IncidentId, OpenProposal, Write};
use crate::draft::{self, TextKind};
use crate::investigate::Draft;
use crate::similar::{AnalysisRequest, Line};
use crate::writes::{Subject, WriteKind};
use crossterm::event::KeyEvent;
use tui_textarea::TextArea;

/// What lies over the panes.
#[derive(Debug)]
pub enum Overlay {
    /// Keys that work here.
    Help(Help),
    /// Things to choose from by number.
    Menu(Menu),
    /// Find anything.
    Palette(Palette),
    /// A thing, and what it leads to.
    Card(Card),
    /// A fact of an investigation.
    Evidence(Fact),
    /// A call on the way from a cause to what is felt.
    Hop(HopView),
    /// A text drafted from rows.
    Drafted(Drafted),
    /// A period that was looked back on.
    Analysis(Analysis),
    /// A report whose lines lead on.
    Report(Report),
    /// A form is about to open.
    Opening(Opening),
    /// A form cannot open.
    Unopened(Unopened),
    /// Something is asked before it is done.
    Confirm(Confirm),
    /// Drafts before they are sent.
    Review(Review),
    /// Something to be written.
    Form(Box<FormView>),
    /// A write that takes another one back, before it is sent.
    Panel(Panel),
    /// What was written.
    Journal(Journal),
    /// What was begun and not sent.
    Unsent(Unsent),
    /// Several writes, as they go.
    Results(Results),
    /// A line of text is asked for.
    Prompt(Prompt),
    /// Text to read.
    Text(Text),
}

/// Keys that work somewhere, narrowed by what is typed.
#[derive(Debug)]
pub struct Help {
    /// Where they work.
    pub context: Context,
    /// What is typed.
    pub typed: String,
    /// How far it is read.
    pub cursor: Cursor,
}

/// Things to choose from by number.
#[derive(Debug)]
pub struct Menu {
    /// What is chosen.
    pub kind: MenuKind,
    /// The line the cursor is on.
    pub cursor: Cursor,
}

/// What a menu chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuKind {
    /// A tab of the focused pane.
    Tabs,
    /// A saved view of the incidents.
    Views,
}

/// Find anything.
#[derive(Debug)]
pub struct Palette {
    /// What is typed.
    pub input: Box<TextArea<'static>>,
    /// Only actions.
    pub actions_only: bool,
    /// What was found.
    pub hits: Vec<Hit>,
    /// The hit the cursor is on.
    pub cursor: Cursor,
    /// The last question asked: answers to older ones are dropped.
    pub ticket: u64,
    /// The question that the hits are the answer to.
    pub answered: u64,
    /// Enter, and what was typed after it, before the hits for what was typed had come: it is for these.
    pub held: Vec<KeyEvent>,
}

/// What a card is of, and where its cursor is.
#[derive(Debug)]
pub struct Card {
    /// What it is of.
    pub target: LinkTarget,
    /// What is known of it from the line that led here, or from what was asked since.
    pub item: Option<Item>,
    /// Where the cursor is.
    pub cursor: Cursor,
}

/// A fact of an investigation.
#[derive(Debug)]
pub struct Fact {
    /// Whose investigation.
    pub incident: IncidentId,
    /// The fact.
    pub id: String,
    /// How far it is read.
    pub cursor: Cursor,
}

/// A call on the way from a cause to what is felt, with what was seen at its ends.
#[derive(Debug)]
pub struct HopView {
    /// Whose investigation.
    pub incident: IncidentId,
    /// The call.
    pub hop: HopRef,
    /// Which of its facts the cursor is on.
    pub cursor: Cursor,
}

/// A text drafted from rows: Enter goes to the row behind a line.
#[derive(Debug)]
pub struct Drafted {
    /// Which incident it is about.
    pub incident: IncidentId,
    /// What it is to become.
    pub kind: TextKind,
    /// What it is drafted from, once that has come.
    pub material: Option<Box<draft::Material>>,
    /// Its lines.
    pub lines: Vec<draft::Line>,
    /// The line the cursor is on; its top counts wrapped rows.
    pub cursor: Cursor,
}

/// A period that was looked back on: Enter goes to the incidents behind a line.
#[derive(Debug)]
pub struct Analysis {
    /// What is looked at.
    pub request: AnalysisRequest,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Whether they have come.
    pub came: bool,
    /// What is looked at, while that is edited.
    pub input: Option<Box<TextArea<'static>>>,
    /// The line the cursor is on.
    pub cursor: Cursor,
}

impl Analysis {
    /// The question its lines are the answer to.
    pub fn topic(&self) -> Topic {
        Topic::Analysis(self.request.clone())
    }
}

/// A form is about to open: keys that are typed meanwhile are for it.
#[derive(Debug)]
pub struct Opening {
    /// Which.
    pub kind: WriteKind,
    /// The ids of what it is about.
    pub about: Vec<String>,
    /// What was typed.
    pub keys: Vec<KeyEvent>,
    /// What was drafted for its fields.
    pub filled: Vec<(&'static str, String)>,
}

/// A form cannot open, and whoever asked for it may be typing into it already.
#[derive(Debug)]
pub struct Unopened {
    /// The form's name.
    pub title: String,
    /// Why it cannot open.
    pub why: String,
    /// What was typed for it.
    pub typed: String,
}

/// Something is asked before it is done.
#[derive(Debug)]
pub struct Confirm {
    /// The question.
    pub asks: String,
    /// What would be done.
    pub does: Confirmed,
}

/// What is done once it was asked.
#[derive(Clone, Debug)]
pub enum Confirmed {
    /// A write of some kind about these.
    Write(WriteKind, Vec<Subject>),
    /// An order to the bridge, with what it means.
    Order(About, Wish, Vec<String>),
}

/// Drafts of an investigation before they are sent.
#[derive(Debug)]
pub struct Review {
    /// Whose investigation.
    pub incident: IncidentId,
    /// Which of the drafts, by its identity.
    pub draft: Cursor,
    /// The one that is being edited.
    pub editing: Option<EditedDraft>,
    /// Whether the exact request is shown.
    pub request: bool,
    /// Dropping the draft was asked for once.
    pub drop_armed: bool,
    /// How far it is read.
    pub cursor: Cursor,
}

/// A draft whose words are being edited, as it was when that began.
#[derive(Debug)]
pub struct EditedDraft {
    /// The draft.
    pub draft: Draft,
    /// Its words by now.
    pub words: Box<TextArea<'static>>,
}

/// What a panel asks about.
#[derive(Debug)]
pub enum PanelSubject {
    /// A write that takes another one back, before it is sent.
    Undo(Box<Write>),
    /// What an agent proposes.
    Proposal(Box<OpenProposal>),
}

/// Something that is read before it is sent.
#[derive(Debug)]
pub struct Panel {
    /// What.
    pub subject: PanelSubject,
    /// What it does.
    pub says: Vec<String>,
    /// Whether the exact request is shown.
    pub request: bool,
    /// How far it is read.
    pub cursor: Cursor,
}

/// What was written.
#[derive(Debug, Default)]
pub struct Journal {
    /// The write the cursor is on.
    pub cursor: Cursor,
}

/// What was begun and not sent.
#[derive(Debug, Default)]
pub struct Unsent {
    /// The text the cursor is on.
    pub cursor: Cursor,
    /// The one whose dropping was asked for once.
    pub drop_armed: Option<String>,
}

/// Keys of several writes, as they go: a line each.
#[derive(Debug)]
pub struct Results {
    /// The writes' keys.
    pub writes: Vec<String>,
    /// The first line shown.
    pub cursor: Cursor,
}

/// A line of text is asked for.
#[derive(Debug)]
pub struct Prompt {
    /// What for.
    pub question: Question,
    /// Which incident it is about.
    pub incident: IncidentId,
    /// What is typed.
    pub input: Box<TextArea<'static>>,
}

/// What a typed line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// A fact to add.
    Evidence,
    /// A question to the model.
    Model,
}

/// What was put together for reading: what a shift hands over, what happened meanwhile.
#[derive(Debug)]
pub struct Report {
    /// Its title.
    pub title: String,
    /// Its lines, before they are wrapped.
    pub lines: Vec<ReportLine>,
    /// The line one is on.
    pub cursor: Cursor,
    /// What it is the answer to.
    pub topic: Topic,
    /// Whether it has come.
    pub came: bool,
}

/// A line of it, with what it names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReportLine {
    /// What it says.
    pub text: String,
    /// Where it leads.
    pub target: LinkTarget,
    /// Whether it stands over others.
    pub is_head: bool,
}

impl ReportLine {
    /// A line that leads nowhere.
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// A line over others.
    pub(crate) fn head(text: impl Into<String>) -> Self {
        Self {
            is_head: true,
            ..Self::plain(text)
        }
    }

    /// A line that leads somewhere.
    pub(crate) fn to(text: impl Into<String>, target: LinkTarget) -> Self {
        Self {
            target,
            ..Self::plain(text)
        }
    }
}

/// Text to read.
#[derive(Debug, Default)]
pub struct Text {
    /// Its title.
    pub title: String,
    /// Its lines, before they are wrapped.
    pub lines: Vec<String>,
    /// How far it is read.
    pub cursor: Cursor,
    /// What its lines are the answer to: they come late.
    pub topic: Option<Topic>,
    /// Whether they have come.
    pub came: bool,
}

impl Text {
    /// A text that is there as a whole.
    pub fn new(title: impl Into<String>, lines: Vec<String>) -> Self {
        Self {
            title: title.into(),
            lines,
            ..Self::default()
        }
    }

    /// A text that is asked for: until the answer comes, `lines` stand in its place.
    pub fn asked(title: impl Into<String>, lines: Vec<String>, topic: Topic) -> Self {
        Self {
            topic: Some(topic),
            ..Self::new(title, lines)
        }
    }
}

impl Drafted {
    /// The question its lines are the answer to.
    pub fn topic(&self) -> Topic {
        Topic::Drafted(self.incident.clone(), self.kind)
    }
}

impl Card {
    /// The question whose answer tells more of it than the console holds.
    pub fn topic(&self) -> Option<Topic> {
        Some(match &self.target {
            LinkTarget::Schedule(id) => Topic::Shifts(id.clone()),
            LinkTarget::Alert(id) => Topic::Alert(id.clone()),
            LinkTarget::Page(id) => Topic::Page(id.clone()),
            LinkTarget::Route(id) => Topic::Route(id.clone()),
            LinkTarget::Person(_) => Topic::Schedules,
            _ => return None,
        })
    }
}

impl Overlay {
    /// Whether it is a place that one goes to and comes back from, and not something that is done where one is.
    pub fn is_place(&self) -> bool {
        matches!(
            self,
            Self::Card(_)
                | Self::Evidence(_)
                | Self::Hop(_)
                | Self::Drafted(_)
                | Self::Analysis(_)
                | Self::Text(_)
                | Self::Report(_)
        )
    }

    /// The question that is asked again where one comes back to this: what it shows may be old, or has not come yet.
    pub fn awaits(&self) -> Option<Topic> {
        let has_come = match self {
            Self::Drafted(drafted) => drafted.material.is_some(),
            Self::Analysis(analysis) => analysis.came,
            Self::Text(text) => text.came,
            Self::Report(report) => report.came,
            _ => false,
        };
        self.topic().filter(|_| !has_come)
    }

    /// The question whose answer this shows.
    pub fn topic(&self) -> Option<Topic> {
        match self {
            Self::Drafted(drafted) => Some(drafted.topic()),
            Self::Analysis(analysis) => Some(analysis.topic()),
            Self::Text(text) => text.topic.clone(),
            Self::Report(report) => Some(report.topic.clone()),
            Self::Card(card) => card.topic(),
            _ => None,
        }
    }
}
