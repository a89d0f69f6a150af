//! A text drafted from rows: the line of the cursor is marked, and at the foot stands the row it was made from.

use super::after::{After, leaving};
use super::frame;
use super::reading;
use crate::console::action::{Action, Context};
use crate::console::content::drafted::{form_of, origin, rows, title};
use crate::console::cursor::{Cursor, Step};
use crate::console::msg::Cmd;
use crate::console::paint::put;
use crate::console::state::{Drafted, State};
use crate::console::theme::Theme;
use crate::domain::IncidentId;
use crate::domain::time::Zone;
use crate::draft::{self, TextKind};
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

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

    pub(super) fn settle(&mut self, state: &State) {
        let rows = rows(self, reading::width(state));
        reading::settle(&mut self.cursor, state, self.lines.len(), &rows);
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        put(
            buf,
            frame::head(inside),
            &state.heading(&self.incident, title(self.kind)),
            theme.title(true),
        );
        let rows = rows(self, reading::width(state));
        let is_head = |at: usize| self.lines[at].text.starts_with('#');
        reading::draw(buf, inside, (&self.cursor, &rows), is_head, theme);
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
