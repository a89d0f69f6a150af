//! What is said and what a line means, with what both have to remember: what was told, what is still to be read, which
//! number was which line. Pure: lines and states go in, lines and messages come out.

use super::body::Body;
use super::help;
use super::line::{Meaning, key_of, pick, read};
use super::place::{context, place};
use super::told::{Told, spoken};
use super::words::plain;
use crate::console::action::{Action, Context};
use crate::console::freshness;
use crate::console::job::Topic;
use crate::console::msg::Msg;
use crate::console::place::{DetailTab, Pane};
use crate::console::state::{FormView, Overlay, State};
use crate::domain::text;
use crate::writes::Input;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::collections::{HashMap, VecDeque};

/// Lines of a text that are told where it is opened, and of every further page.
const FIRST: usize = 2;
const PAGE: usize = 8;
/// Notices and places that are known again.
const REMEMBERED: usize = 20;
/// Lines of a list that are told at once, and those that can be read on to.
const LISTED: usize = 9;
const READ: usize = 500;

/// What is said, and what was.
#[derive(Debug)]
pub struct Voice {
    before: Told,
    /// What is still to be read of a text.
    unread: VecDeque<String>,
    /// It was asked for: a line goes on with it also where it would go on with a form.
    unread_asked: bool,
    /// What the lines were known by whose numbers were told.
    numbers: HashMap<usize, String>,
    /// The lines of a text that is being typed.
    typed: Option<Vec<String>>,
    /// What came by itself and was said since somebody typed: a failure that repeats is said once.
    news: Vec<String>,
    /// How it was where one was before: of a line that is the same when one comes back nothing is said.
    visited: VecDeque<Told>,
    /// Something outside asked for attention since.
    rang: bool,
    ascii: bool,
}

/// What becomes of a typed line: what goes to the console, and what is said at once.
#[derive(Debug, Default)]
pub struct Reading {
    /// For the console.
    pub msgs: Vec<Msg>,
    /// For whoever listens.
    pub says: Vec<String>,
}

impl Voice {
    /// A voice that has said nothing yet.
    pub fn new(ascii: bool) -> Self {
        Self {
            before: Told::default(),
            unread: VecDeque::new(),
            unread_asked: false,
            numbers: HashMap::new(),
            typed: None,
            news: Vec::new(),
            visited: VecDeque::new(),
            rang: false,
            ascii,
        }
    }

    /// Whether a line can be taken in: nothing is under way that decides what it is for.
    pub fn is_ready(state: &State) -> bool {
        let opens = match state.overlays.last() {
            Some(Overlay::Opening(_)) => true,
            Some(Overlay::Palette(p)) => p.answered != p.ticket || !p.held.is_empty(),
            Some(Overlay::Form(view)) => waits_for_choices(state, view),
            _ => false,
        };
        let incidents = &state.incidents;
        let is_listed = incidents.narrowed == incidents.ticket && !incidents.narrowing;
        knows_what_is_open(state) && !opens && is_listed
    }

    /// Whether what is shown was answered, or could not be: before that there is nothing to act on.
    pub fn is_answered(state: &State) -> bool {
        if let Some(overlay) = state.overlays.last() {
            let has_come = |topic| match overlay {
                Overlay::Card(_) => is_heard(state, &topic),
                _ => has_failed(state, &topic),
            };
            return overlay.awaits().is_none_or(has_come);
        }
        let detail = &state.detail;
        let shown = detail
            .id
            .as_ref()
            .filter(|_| state.focus == Pane::Detail && detail.tab == DetailTab::Investigation);
        if let Some(view) = shown.and_then(|id| state.investigations.get(id)) {
            return !view.running;
        }
        match freshness::topic(state, state.focus) {
            // What lies on this machine is no answer of the platform's.
            Some(topic) if topic.is_local() => {
                state.lists.get(&state.list).is_some_and(|l| l.arrived)
            }
            Some(topic) => is_heard(state, &topic),
            None => true,
        }
    }

    /// What is to be said of a state since it was looked at last. While something is under way that a line has to wait
    /// for, only what stands there all the same is said.
    pub fn hear(&mut self, state: &State) -> Vec<String> {
        let after = match Self::is_ready(state) {
            true => Told::of(state),
            false => self.before.clone().with_standing_of(state),
        };
        // Whoever types lines into a field knows what stands in it.
        if self.typed.is_some() && self.before.is_at(&after) {
            self.before.take_asked(&after);
        }
        let mut spoken = spoken(&self.before, &after);
        let answered = after.notice().is_some() && after.notice() == spoken.lines.first();
        let first = spoken.lines.first().map(|line| plain(line, self.ascii));
        if let Some(notice) = first.filter(|_| answered) {
            match self.news.contains(&notice) {
                true => drop(spoken.lines.remove(0)),
                false => self.remember(notice),
            }
        }
        if !self.before.is_at(&after) {
            self.numbers.clear();
            let earlier = self.visited.iter().find(|earlier| earlier.is_at(&after));
            if earlier.is_some_and(|earlier| after.is_silent() || earlier.is_same_row(&after)) {
                let (title, row) = (after.title(), after.row());
                // An answer was given, and one is where one was: that is known.
                let is_known = answered;
                let again =
                    |line: &String| Some(line) == row.as_ref() || (is_known && line == title);
                spoken.lines.retain(|line| !again(line));
            }
            self.visited.retain(|earlier| !earlier.is_at(&self.before));
            self.visited.truncate(REMEMBERED);
            self.visited.push_front(self.before.clone());
        }
        // What rang says that it waits.
        if std::mem::take(&mut self.rang) {
            let waits = spoken.waits.take();
            spoken.lines.retain(|line| Some(line) != waits.as_ref());
        }
        if let Some((number, id)) = after.number().filter(|_| spoken.tells_row) {
            self.numbers.insert(number, id.to_owned());
        }
        if !spoken.text.is_empty() {
            self.unread = spoken.text.into();
            spoken.lines.extend(self.page(FIRST));
        }
        self.before = after;
        self.cleaned(spoken.lines)
    }

    /// The same where text was to be put on a clipboard that is not there: it stands there to be taken.
    pub fn hear_copied(&mut self, state: &State, copied: &str) -> Vec<String> {
        let before = std::mem::take(&mut self.before);
        self.before = before.without_notice_of(&Told::of(state));
        let mut says = self.hear(state);
        let lines = copied.lines().map(str::to_owned);
        says.extend(self.cleaned(lines.collect()));
        says
    }

    /// Something outside asks for attention.
    pub fn attention(&mut self, says: &str) -> String {
        let says = plain(says, self.ascii);
        self.remember(says.clone());
        self.rang = true;
        says
    }

    /// What was said by itself is not said again as a notice.
    fn remember(&mut self, says: String) {
        self.news.truncate(REMEMBERED);
        self.news.insert(0, says);
    }

    /// Takes in a line.
    pub fn read(&mut self, state: &State, line: &str) -> Reading {
        self.news.clear();
        if let Some(says) = self.read_on(line) {
            return Reading { msgs: vec![], says };
        }
        if let Some(typed) = self.typed.take() {
            return self.go_on(state, typed, line);
        }
        let meaning = match read(state, line) {
            Meaning::Where if !self.unread.is_empty() => Meaning::More,
            meaning => meaning,
        };
        if !matches!(meaning, Meaning::More | Meaning::All) {
            self.unread.clear();
        }
        match meaning {
            Meaning::Msgs(msgs) => Reading { msgs, says: vec![] },
            Meaning::Lines => self.go_on(state, Vec::new(), line),
            Meaning::Pick(number) => self.pick(state, number),
            said => Reading {
                msgs: Vec::new(),
                says: self.answer(state, said),
            },
        }
    }

    /// More of what was asked for, where a line goes on with it; any other ends it.
    fn read_on(&mut self, line: &str) -> Option<Vec<String>> {
        let asked = std::mem::take(&mut self.unread_asked);
        if !asked || self.unread.is_empty() {
            return None;
        }
        let says = match line.trim() {
            "" => self.page(PAGE),
            "all" => self.page(usize::MAX),
            _ => {
                self.unread.clear();
                return None;
            }
        };
        self.unread_asked = true;
        Some(self.cleaned(says))
    }

    /// What is said to a line that changes nothing.
    fn answer(&mut self, state: &State, meaning: Meaning) -> Vec<String> {
        let says = match meaning {
            Meaning::Where => self.before.all(),
            Meaning::Help(word) => {
                self.unread = help::keys(state, context(state), &word).into();
                self.unread_asked = context(state).takes_text();
                self.page(FIRST)
            }
            Meaning::List => self.list(state),
            Meaning::Facet(typed) => {
                self.unread = help::follows(state, &typed).into();
                self.page(FIRST)
            }
            Meaning::More | Meaning::All if self.unread.is_empty() => {
                vec!["There is no more.".into()]
            }
            Meaning::More => self.page(PAGE),
            Meaning::All => self.page(usize::MAX),
            Meaning::Nothing(why) => vec![why],
            Meaning::Msgs(_) | Meaning::Lines | Meaning::Pick(_) => vec![],
        };
        self.cleaned(says)
    }

    fn pick(&mut self, state: &State, number: usize) -> Reading {
        let id = self.numbers.get(&number).map(String::as_str);
        let id = id.filter(|_| context(state) != Context::FormChoices);
        match pick(state, number, id).or_else(|_| pick(state, number, None)) {
            Ok(msgs) if msgs.is_empty() => Reading {
                msgs,
                says: self.cleaned(self.before.all().into_iter().skip(1).collect()),
            },
            Ok(msgs) => Reading { msgs, says: vec![] },
            Err(says) => Reading {
                msgs: vec![],
                says: vec![says],
            },
        }
    }

    /// The next lines of what is being read, and how many are left.
    fn page(&mut self, most: usize) -> Vec<String> {
        self.unread.retain(|line| !line.trim().is_empty());
        let count = match self.unread.len() {
            // One line more is said sooner than that there is one.
            all if all <= most.saturating_add(1) => all,
            _ => most,
        };
        let mut lines: Vec<String> = self.unread.drain(..count).collect();
        if !self.unread.is_empty() {
            let left = text::counted(self.unread.len(), "more line", "more lines");
            lines.push(format!("{left}: an empty line goes on, all tells all."));
        }
        lines
    }

    /// The lines of a list from the one of the cursor on, each behind its number.
    fn list(&mut self, state: &State) -> Vec<String> {
        let place = place(state);
        let Body::Rows(rows) = place.body else {
            return vec!["There is no list here.".into()];
        };
        if rows.count == 0 {
            return vec![rows.nothing];
        }
        // From here on, but as many as can be.
        let from = rows.at.min(rows.count.saturating_sub(LISTED));
        let end = rows.count.min(from + READ);
        let mut lines = VecDeque::new();
        for at in from..end {
            let row = (rows.row)(at);
            if row.words.trim().is_empty() {
                continue;
            }
            let parts = [row.words, row.when];
            let parts: Vec<String> = parts.into_iter().filter(|p| !p.is_empty()).collect();
            self.numbers.insert(at + 1, (rows.id)(at));
            lines.push_back(format!("{} {}", at + 1, parts.join(", ")));
        }
        if end < rows.count {
            lines.push_back(format!("{} more below.", rows.count - end));
        }
        self.unread = lines;
        let mut says = vec![place.title];
        says.extend(self.page(LISTED));
        says
    }

    /// A further line of a text that is being typed: it is in the field at once, and is kept there whatever comes.
    fn go_on(&mut self, state: &State, mut typed: Vec<String>, line: &str) -> Reading {
        let line = line.trim_end_matches(['\r', '\n']);
        let context = context(state);
        if line.trim() == "?" {
            self.typed = Some(typed);
            let says = self.answer(state, Meaning::Help(String::new()));
            return Reading { msgs: vec![], says };
        }
        let leaves = matches!(line.trim(), "esc" | ":esc");
        let ends = line.trim() == "." || leaves;
        if !ends {
            typed.push(line.to_owned());
        }
        let mut msgs = Vec::new();
        if context == Context::Editing {
            // The words of a draft are an editor of their own: they are taken out and written anew.
            if ends && !typed.is_empty() {
                msgs.extend(rub_all_out(state));
                msgs.push(Msg::Pasted(typed.join("\n")));
            }
        } else if context == Context::FormWords {
            msgs.push(Msg::Edited(Ok(typed.join("\n"))));
        }
        if !ends {
            self.typed = Some(typed);
            return Reading { msgs, says: vec![] };
        }
        let next = match leaves || context == Context::Editing {
            true => Action::Back,
            false => Action::NextField,
        };
        msgs.extend(key_of(state, next, context).map(Msg::Key));
        Reading { msgs, says: vec![] }
    }

    fn cleaned(&self, lines: Vec<String>) -> Vec<String> {
        let lines = lines.iter().map(|line| plain(line, self.ascii));
        lines.filter(|line| !line.is_empty()).collect()
    }
}

/// Whether what a line acts on is there: the incidents and the organisation's own words, read or from the cache, or the
/// reason why they are not.
fn knows_what_is_open(state: &State) -> bool {
    let is_cached = state.link.cached.is_some() && state.incidents.count() > 0;
    let is_wrong = state.link.problem.is_some() || !state.problems.is_empty();
    is_cached || is_wrong || (is_heard(state, &Topic::Incidents) && is_heard(state, &Topic::Org))
}

/// Whether a question was answered, or could not be.
fn is_heard(state: &State, topic: &Topic) -> bool {
    let reading = state.readings.get(topic);
    reading.is_some_and(|reading| reading.answered.is_some() || reading.failed.is_some())
}

fn has_failed(state: &State, topic: &Topic) -> bool {
    let reading = state.readings.get(topic);
    reading.is_some_and(|reading| reading.failed.is_some())
}

/// Whether what can be chosen in the marked field is still asked for.
fn waits_for_choices(state: &State, view: &FormView) -> bool {
    let choices = view.input().and_then(Input::choices);
    let is_empty = choices.is_some_and(<[_]>::is_empty);
    is_empty && view.form.kind.needs_options() && !is_heard(state, &Topic::FormOptions)
}

/// Keys that empty the words of the draft that is being edited.
fn rub_all_out(state: &State) -> Vec<Msg> {
    let Some(Overlay::Review(review)) = state.overlays.last() else {
        return Vec::new();
    };
    let editing = review.editing.as_ref();
    let letters = editing.map_or(0, |e| e.words.lines().join("\n").chars().count());
    let end = KeyEvent::new(KeyCode::End, KeyModifiers::CONTROL);
    let back = KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE);
    let last = KeyEvent::new(KeyCode::End, KeyModifiers::NONE);
    let keys = [end, last].into_iter().chain(vec![back; letters]);
    keys.map(Msg::Key).collect()
}
