//! A text drafted from rows: the line of the cursor is marked, and at the foot stands the row it was made from.

use super::after::{After, leaving};
use super::frame;
use crate::console::action::{Action, Context};
use crate::console::content::drafted::{form_of, origin, rows, title};
use crate::console::cursor::{Cursor, Step};
use crate::console::msg::Cmd;
use crate::console::paint::{cursor, put};
use crate::console::state::{Drafted, State};
use crate::console::theme::Theme;
use crate::domain::IncidentId;
use crate::domain::time::Zone;
use crate::draft::{self, TextKind};
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Lines that half a page moves by.
const HALF_PAGE: usize = 10;

impl Drafted {
    /// A text that is being drafted.
    pub(crate) fn asked(incident: IncidentId, kind: TextKind) -> Self {
        let mut drafted = Self {
            incident,
            kind,
            material: None,
            lines: Vec::new(),
            cursor: Cursor::default(),
        };
        drafted.say("Reading what is recorded.");
        drafted
    }

    /// Writes it from what has come, its times in a zone.
    pub(crate) fn write(&mut self, zone: Zone) {
        if let Some(material) = &mut self.material {
            material.rows.zone = zone;
            self.lines = material.lines(self.kind);
        }
    }

    /// A sentence in the place of the text.
    pub(crate) fn say(&mut self, words: &str) {
        self.lines = vec![draft::Line {
            text: words.into(),
            row: None,
        }];
    }

    pub(super) fn key(&mut self, state: &mut State, key: KeyEvent, cmds: &mut Vec<Cmd>) -> After {
        let action = state.keymap.resolve(key, Context::Drafted);
        match action {
            Some(Action::CopyReference) => {
                cmds.push(Cmd::Copy(draft::markdown(&self.lines)));
                state.say("Copied the draft.");
            }
            Some(Action::IntoForm) => {
                let (kind, field) = form_of(self.kind);
                return After::IntoForm(kind, vec![(field, draft::markdown(&self.lines))]);
            }
            Some(Action::Open) => {
                let row = self.lines.get(self.cursor.at).and_then(|l| l.row.clone());
                return row.map_or(After::Stay, After::Row);
            }
            _ => {
                if let Some(step) = action.and_then(|action| Step::of(action, HALF_PAGE)) {
                    self.cursor.go(step, self.lines.len());
                }
            }
        }
        leaving(action, Context::Drafted).unwrap_or(After::Stay)
    }

    fn rows(&self, inside: Rect) -> Vec<(usize, String)> {
        rows(self, usize::from(inside.width.saturating_sub(2)).max(10))
    }

    pub(super) fn settle(&mut self, state: &State) {
        let inside = frame::inside(frame::place(state.layout().body, usize::MAX));
        let height = usize::from(frame::middle(inside, true).height);
        self.cursor.at = self.cursor.at.min(self.lines.len().saturating_sub(1));
        let (rows, at) = (self.rows(inside), self.cursor.at);
        let first = rows.iter().position(|(line, _)| *line == at).unwrap_or(0);
        let last = rows.iter().rposition(|(line, _)| *line == at).unwrap_or(0);
        self.cursor.reveal((first, last), height, rows.len());
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        put(
            buf,
            frame::head(inside),
            &state.heading(&self.incident, title(self.kind)),
            theme.title(true),
        );
        let place = frame::middle(inside, true);
        let rows = self.rows(inside);
        let hidden = self.cursor.outside(usize::from(place.height), rows.len());
        frame::draw_edges(buf, frame::head(inside), hidden, theme);
        let shown = rows.iter().skip(self.cursor.top);
        for ((line, words), y) in shown.zip(place.y..place.bottom()) {
            cursor(buf, place.x, y, *line == self.cursor.at, true, theme);
            let style = if self.lines[*line].text.starts_with('#') {
                theme.accent()
            } else {
                Style::new()
            };
            let row = Rect::new(place.x + 2, y, place.width.saturating_sub(2), 1);
            put(buf, row, words, style);
        }
        let foot = frame::foot(inside);
        let says = format!("{}  ", origin(self));
        let keys = frame::footer(
            &state.keymap,
            &[
                (&[Action::CopyReference], "copies all"),
                (&[Action::IntoForm], "takes it into a form"),
                (&[Action::Back], "closes"),
            ],
            frame::room_beside(foot, &says),
        );
        put(buf, foot, &format!("{says}{keys}"), theme.dim());
    }
}
