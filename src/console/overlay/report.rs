//! What was put together for reading: a line that names something leads there, and coming back finds the report as it was.

use super::after::{After, leaving};
use super::frame;
use super::reading::{self, Rows};
use crate::console::action::{Action, Context};
use crate::console::cursor::Step;
use crate::console::job::Topic;
use crate::console::link::LinkTarget;
use crate::console::msg::Cmd;
use crate::console::paint::put;
use crate::console::state::{Report, ReportLine, State};
use crate::console::theme::Theme;
use crate::domain::text;
use crate::writes::WriteKind;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Lines that half a page moves by.
const HALF_PAGE: usize = 10;

impl Report {
    /// A report that is asked for: until it comes, what is known stands in its place.
    pub(crate) fn asked(title: String, lines: Vec<ReportLine>, topic: Topic) -> Self {
        Self {
            title,
            lines,
            cursor: Default::default(),
            topic,
            came: false,
        }
    }

    pub(super) fn key(&mut self, state: &mut State, key: KeyEvent, cmds: &mut Vec<Cmd>) -> After {
        let action = state.keymap.resolve(key, Context::Report);
        match action {
            Some(Action::Open) => match self.target() {
                LinkTarget::Nowhere => state.say("This line names nothing to go to."),
                target => return After::Go(target.clone()),
            },
            Some(Action::CopyReference) => {
                cmds.push(Cmd::Copy(self.text()));
                state.say("Copied the text.");
            }
            Some(Action::IntoForm) => return self.as_form(state),
            Some(Action::Refresh) => {
                self.came = false;
                cmds.push(Cmd::Fetch(self.topic.clone()));
            }
            _ => {
                if let Some(step) = action.and_then(|action| Step::of(action, HALF_PAGE)) {
                    self.cursor.go(step, self.lines.len());
                }
            }
        }
        leaving(action, Context::Report).unwrap_or(After::Stay)
    }

    /// A handover goes where the configuration says; what else is told is for the one who reads it.
    fn as_form(&self, state: &mut State) -> After {
        if self.topic != Topic::Handover {
            state.say("This is to be read; only a handover is sent.");
            return After::Stay;
        }
        let channel = state.config.slack.handover.clone();
        if channel.is_empty() {
            state.say(
                "No channel is set for handovers: see handover under [slack] in the configuration.",
            );
            return After::Stay;
        }
        let filled = vec![("channel", channel), ("message", self.text())];
        After::IntoForm(WriteKind::HandOver, filled)
    }

    fn text(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|l| l.text.as_str()).collect();
        lines.join("\n")
    }

    fn target(&self) -> &LinkTarget {
        let line = self.lines.get(self.cursor.at);
        line.map_or(&LinkTarget::Nowhere, |line| &line.target)
    }

    /// Its wrapped rows, each with the line it belongs to; what goes on stands below where it began.
    fn rows(&self, width: usize) -> Rows {
        let rows = self.lines.iter().enumerate();
        rows.flat_map(|(at, line)| {
            wrapped(line, width)
                .into_iter()
                .map(move |words| (at, words))
        })
        .collect()
    }

    pub(super) fn settle(&mut self, state: &State) {
        let rows = self.rows(reading::width(state));
        reading::settle(&mut self.cursor, state, self.lines.len(), &rows);
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        put(buf, frame::head(inside), &self.title, theme.title(true));
        let rows = self.rows(reading::width(state));
        let is_head = |at: usize| self.lines[at].is_head;
        reading::draw(buf, inside, (&self.cursor, &rows), is_head, theme);
        let foot = frame::foot(inside);
        let mut offers: Vec<frame::Offer> = Vec::new();
        if *self.target() != LinkTarget::Nowhere {
            offers.push((&[Action::Open], "goes to it"));
        }
        offers.push((&[Action::CopyReference], "copies all"));
        if self.topic == Topic::Handover {
            offers.push((&[Action::IntoForm], "edits and sends it"));
        }
        offers.extend([
            (&[Action::Refresh][..], "asks again"),
            (&[Action::Back], "closes"),
        ]);
        let keys = frame::footer(&state.keymap, &offers, usize::from(foot.width));
        put(buf, foot, &keys, theme.dim());
    }
}

/// The marks of a heading are for where it is sent to.
pub(super) fn shown(line: &ReportLine) -> &str {
    match line.is_head {
        true => line.text.trim_start_matches('#').trim_start(),
        false => &line.text,
    }
}

/// A line's rows.
fn wrapped(line: &ReportLine, width: usize) -> Vec<String> {
    let shown = shown(line);
    if text::columns(shown) <= width {
        return vec![shown.to_owned()];
    }
    let words = shown.trim_start();
    let indent = " ".repeat(shown.len() - words.len() + 2);
    let rows = text::wrap(words, width - indent.len()).into_iter();
    let led = |(at, row): (usize, String)| match at {
        0 => format!("{}{row}", &indent[2..]),
        _ => format!("{indent}{row}"),
    };
    rows.enumerate().map(led).collect()
}
