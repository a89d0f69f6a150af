//! A fact of an investigation: its words, and below them its series with the onset and the change marked.

use super::after::{After, leaving};
use super::frame::{self, Page};
use crate::console::action::{Action, Context};
use crate::console::content::evidence::evidence_text;
use crate::console::content::named::to_entry;
use crate::console::content::wrapped;
use crate::console::cursor::Cursor;
use crate::console::link::LinkTarget;
use crate::console::msg::Cmd;
use crate::console::paint::put;
use crate::console::state::{Fact, State};
use crate::console::theme::Theme;
use crate::domain::{Evidence, Finding, IncidentId};
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Rows below which a chart shows nothing.
const CHART: u16 = 16;

impl Fact {
    pub(crate) fn new(incident: IncidentId, id: String) -> Self {
        Self {
            incident,
            id,
            cursor: Cursor::default(),
        }
    }

    pub(super) fn of<'a>(&self, state: &'a State) -> Option<(&'a Finding, &'a Evidence)> {
        let finding = state
            .investigations
            .get(&self.incident)?
            .finding
            .as_deref()?;
        Some((finding, finding.evidence(&self.id)?))
    }

    pub(super) fn key(&mut self, state: &mut State, key: KeyEvent, cmds: &mut Vec<Cmd>) -> After {
        let action = state.keymap.resolve(key, Context::Evidence);
        if action == Some(Action::CopyReference) {
            let query = self.of(state).map(|(_, e)| e.query.clone());
            if let Some(query) = query.filter(|q| !q.is_empty()) {
                state.say("Copied the query.");
                cmds.push(Cmd::Copy(query));
            }
        }
        if action == Some(Action::Open) {
            return self.to_service(state);
        }
        if action == Some(Action::Refresh) {
            return After::Again(self.incident.clone());
        }
        self.page(state).read(&mut self.cursor, action);
        leaving(action, Context::Evidence).unwrap_or(After::Stay)
    }

    /// What it is of: a service, or whatever else the catalog knows by that name.
    pub(crate) fn service(&self, state: &State) -> LinkTarget {
        self.of(state)
            .map_or(LinkTarget::Nowhere, |(_, e)| to_entry(state, &e.service))
    }

    fn to_service(&self, state: &mut State) -> After {
        match self.service(state) {
            LinkTarget::Nowhere => {
                let service = self.of(state).map_or("", |(_, e)| e.service.as_str());
                state.say(match service {
                    "" => "This fact is about no service.".to_owned(),
                    service => format!("{service} is not in the catalog."),
                });
                After::Stay
            }
            target => After::Go(target),
        }
    }

    pub(super) fn words(&self, state: &State) -> Vec<String> {
        let width = frame::width(state.layout().body);
        self.of(state).map_or_else(Vec::new, |(_, e)| {
            wrapped(&evidence_text(state, e, width), width)
        })
    }

    /// A series takes the whole place, words no more than they need.
    pub(super) fn wanted(&self, state: &State) -> usize {
        match self.of(state) {
            Some((_, e)) if !e.points.is_empty() => usize::MAX,
            _ => self.words(state).len() + 5,
        }
    }

    pub(super) fn title(&self, state: &State, e: &Evidence) -> String {
        state.heading(&self.incident, &format!("{}  {}", e.id, e.service))
    }

    fn page(&self, state: &State) -> Page {
        let inside = frame::inside(frame::place(state.layout().body, self.wanted(state)));
        let rows = if self.has_chart(inside, state) {
            inside.height / 2
        } else {
            frame::middle(inside, false).height
        };
        Page {
            lines: self.words(state),
            rows: usize::from(rows),
        }
    }

    fn has_chart(&self, inside: Rect, state: &State) -> bool {
        let points = self.of(state).map_or(0, |(_, e)| e.points.len());
        points > 1 && inside.height >= CHART
    }

    pub(super) fn settle(&mut self, state: &State) {
        self.page(state).settle(&mut self.cursor);
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        let Some((finding, e)) = self.of(state) else {
            return;
        };
        let head = frame::head(inside);
        put(buf, head, &self.title(state, e), theme.title(true));
        let page = self.page(state);
        page.draw(
            buf,
            (head, frame::middle(inside, false)),
            &self.cursor,
            theme,
        );
        if self.has_chart(inside, state) {
            let used = page.lines.len().min(page.rows) as u16 + 3;
            let place = Rect {
                y: inside.y + used,
                height: inside.height.saturating_sub(used),
                ..inside
            };
            super::chart::draw(buf, place, state, e, finding, theme);
        }
    }
}
