//! A card: a thing on lines of its own; what a line leads to is gone to with Enter, and Esc goes back.
//!
//! ```text
//!  Service  checkout-service                     6 below
//!
//!  Owner        Checkout ›
//!  Open incidents
//!  ▌ INC-312  Storm  High error rate … ›
//!  enter goes there  esc back  ctrl-o alt-right back, forward
//! ```

use super::after::{After, leaving};
use super::frame;
use crate::console::action::{Action, Context};
use crate::console::content::card::{item, kind, lines, name};
use crate::console::content::lines::LinkedLine;
use crate::console::cursor::Step;
use crate::console::link::LinkTarget;
use crate::console::msg::Cmd;
use crate::console::paint::{cursor, linked, put};
use crate::console::state::{Card, State};
use crate::console::theme::Theme;
use crate::writes::Subject;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Rows that are not lines of the card: the frame, the head and the foot with what is between.
const FRAME: usize = 6;

impl Card {
    pub(super) fn lines(&self, state: &State) -> Vec<LinkedLine> {
        lines(state, self, frame::width(state.layout().body))
    }

    /// What kind of thing it is of, and its name.
    pub(super) fn title(&self, state: &State) -> String {
        let title = format!("{}  {}", kind(state, self), name(state, self));
        title.trim().to_owned()
    }

    /// The cursor begins on the first line that leads on.
    pub(in crate::console) fn begin(&mut self, state: &State) {
        let lines = self.lines(state);
        let first = lines.iter().position(|l| l.target != LinkTarget::Nowhere);
        self.cursor.at = first.unwrap_or(0);
    }

    fn rows(&self, state: &State, count: usize) -> usize {
        let inside = frame::inside(frame::place(state.layout().body, count + FRAME));
        usize::from(frame::middle(inside, true).height)
    }

    pub(super) fn key(&mut self, state: &mut State, key: KeyEvent, cmds: &mut Vec<Cmd>) -> After {
        let action = state.keymap.resolve(key, Context::Card);
        let all = self.lines(state);
        match action {
            Some(Action::Open) => {
                let line = all.into_iter().nth(self.cursor.at);
                let target = line.map(|line| line.target).unwrap_or_default();
                if target == LinkTarget::Nowhere {
                    state.say(match state.is_heard() {
                        true => "This line leads nowhere.",
                        false => "This line leads nowhere; lines with a sign at their end do.",
                    });
                    return After::Stay;
                }
                return After::Go(target);
            }
            Some(Action::CopyReference) => {
                let copied = name(state, self);
                state.say(format!("Copied {copied}."));
                cmds.push(Cmd::Copy(copied));
            }
            Some(action) if Step::of(action, 1).is_some() => {
                let half = self.rows(state, all.len()) / 2;
                if let Some(step) = Step::of(action, half) {
                    self.cursor.go(step, all.len());
                }
            }
            Some(Action::Back | Action::Quit | Action::Help) | None => {}
            Some(action) if action.kind().is_some() => return self.write(state, action),
            Some(action) => return After::Act(action),
        }
        leaving(action, Context::Card).unwrap_or(After::Stay)
    }

    pub(super) fn wanted(&self, state: &State) -> usize {
        self.lines(state).len() + FRAME
    }

    pub(super) fn settle(&mut self, state: &State) {
        let all = self.lines(state);
        self.cursor.settle(all.len(), |at| all[at].identity());
        self.cursor.scroll(self.rows(state, all.len()), all.len());
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        let (head, body) = (frame::head(inside), frame::middle(inside, true));
        let all = self.lines(state);
        put(buf, head, &self.title(state), theme.title(true));
        let hidden = self.cursor.outside(usize::from(body.height), all.len());
        frame::draw_edges(buf, head, hidden, theme);
        let shown = all.iter().enumerate().skip(self.cursor.top);
        for ((at, line), y) in shown.zip(body.y..body.bottom()) {
            let row = Rect::new(body.x, y, body.width, 1);
            let here = at == self.cursor.at;
            cursor(buf, row.x, row.y, here, true, theme);
            let words = Rect::new(row.x + 1, y, row.width.saturating_sub(1), 1);
            linked(buf, words, line, here, theme);
        }
        let may = |action: &Action| action.kind().is_none_or(|k| state.obstacle(k).is_none());
        let own = self.own_action().filter(|_| !self.is_answered(state));
        let own = own.filter(|(actions, _)| actions.iter().all(may));
        let offers: [frame::Offer; 3] = [
            (&[Action::Open], "goes there"),
            (&[Action::Back], "back"),
            (&[Action::JumpBack, Action::JumpForward], "back, forward"),
        ];
        let offers: Vec<frame::Offer> = own.into_iter().chain(offers).collect();
        let words = frame::footer(&state.keymap, &offers, usize::from(inside.width));
        put(buf, frame::foot(inside), &words, theme.dim());
    }

    /// What can be done on this very thing, and the word for it.
    fn own_action(&self) -> Option<frame::Offer> {
        Some(match &self.target {
            LinkTarget::Page(_) => (&[Action::Acknowledge], "acknowledges"),
            LinkTarget::Person(_) => (&[Action::PageSomeone], "pages them"),
            LinkTarget::Schedule(_) => (&[Action::Cover], "covers"),
            LinkTarget::Entry(_) => (&[Action::EditEntry], "edits"),
            LinkTarget::Issue(..) | LinkTarget::Bridge => {
                (&[Action::PauseBridge], "pauses, goes on")
            }
            _ => return None,
        })
    }

    /// Whether it is a page that waits for nobody any more.
    fn is_answered(&self, state: &State) -> bool {
        let item = item(state, self).and_then(|item| item.subject.as_deref());
        matches!(item, Some(Subject::Page(page)) if !page.is_waiting())
    }

    /// A key that writes is about what the card shows, or does nothing.
    fn write(&self, state: &mut State, action: Action) -> After {
        let own = self.own_action();
        if !own.is_some_and(|(actions, _)| actions.contains(&action)) {
            let title = action.row().title;
            state.say(format!("{title}: not on this card; Esc goes back."));
            return After::Stay;
        }
        match &self.target {
            LinkTarget::Person(id) => After::Go(LinkTarget::PageThem(id.clone())),
            _ => After::Act(action),
        }
    }
}
