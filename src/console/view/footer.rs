//! The last line: the keys of what has the focus, from the table, as many as there is room for.

use crate::console::action::{ACTIONS, Action, Context};
use crate::console::content::card::place_name;
use crate::console::overlay;
use crate::console::paint::{put, put_spans};
use crate::console::place::{DetailTab, ListKind, Pane};
use crate::console::state::{Overlay, State};
use crate::console::theme::{Glyph, Theme};
use crate::domain::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the line. What tells its keys in a line of its own is not told twice.
pub(super) fn draw(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let (context, actions) = match state.overlays.last() {
        None => (Context::of(state.focus), of_pane(state)),
        Some(over) => match overlay::context(over).filter(|_| !overlay::has_footer(over)) {
            Some(context) => (context, of_overlay(context, over)),
            None => {
                trail(buf, place, state, theme);
                return;
            }
        },
    };
    let place = trail(buf, place, state, theme);
    let mut x = place.x + 1;
    for action in actions {
        let key = state.keymap.key(action);
        let kind = action.kind();
        if key.is_empty() || kind.is_some_and(|kind| state.obstacle(kind).is_some()) {
            continue;
        }
        let words = format!(" {}  ", action.title_in(context));
        let wide = (text::columns(key) + text::columns(&words)) as u16;
        if x + wide > place.right() {
            break;
        }
        let spans = [(key, theme.accent()), (words.as_str(), theme.dim())];
        x += put_spans(buf, Rect::new(x, place.y, wide, 1), &spans);
    }
}

/// At the right of the line, the way one came by; what is left of the line is given back.
fn trail(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) -> Rect {
    let room = usize::from(place.width) * 3 / 5;
    let Some(words) = way(state, theme, room) else {
        return place;
    };
    let wide = text::columns(&words) as u16;
    let width = place.width.saturating_sub(wide + 2);
    let right = Rect::new(place.x + width + 1, place.y, wide, 1);
    put(buf, right, &words, theme.title(true));
    Rect { width, ..place }
}

/// The places that led here and this one; of a way that is too long, its end.
fn way(state: &State, theme: &Theme, room: usize) -> Option<String> {
    let mut names: Vec<String> = state.travel.names().map(str::to_owned).collect();
    if names.is_empty() {
        return None;
    }
    names.push(place_name(state));
    let sign = format!(" {} ", theme.glyph(Glyph::Leads));
    let mut from = 0;
    let mut words = names.join(&sign);
    while text::columns(&words) > room && from + 1 < names.len() {
        from += 1;
        words = format!("…{sign}{}", names[from..].join(&sign));
    }
    Some(text::fit(&words, room))
}

/// What works in an overlay: its own first, then the way out. Keys that move are known.
fn of_overlay(context: Context, over: &Overlay) -> Vec<Action> {
    use Action::*;
    let leads_on = !matches!(over, Overlay::Text(_));
    let moves = [Down, Up, Top, Bottom, HalfDown, HalfUp];
    let mut rows: Vec<_> = ACTIONS
        .iter()
        .filter(|row| row.works_in(context) && !moves.contains(&row.action))
        .filter(|row| leads_on || row.action != Open)
        .collect();
    rows.sort_by_key(|row| (row.action == Quit, row.context != context));
    rows.into_iter().map(|row| row.action).collect()
}

/// Actions in the order in which they are missed most: the way back, what is done here, what works everywhere.
fn of_pane(state: &State) -> Vec<Action> {
    let everywhere = [
        Action::Help,
        Action::Quit,
        Action::Open,
        Action::Filter,
        Action::Palette,
        Action::NextTab,
        Action::Zoom,
        Action::CopyReference,
    ];
    let context = Context::of(state.focus);
    let own = ACTIONS.iter().filter(|row| row.context == context);
    let leaves = !state.typed().is_empty() || state.focus != Pane::Incidents;
    let here = here(state);
    let mut all: Vec<Action> = leaves.then_some(Action::Back).into_iter().collect();
    all.extend(here);
    for action in everywhere.into_iter().chain(own.map(|row| row.action)) {
        if !all.contains(&action) {
            all.push(action);
        }
    }
    all
}

/// What is done most on what the focused pane shows.
fn here(state: &State) -> &'static [Action] {
    use Action::*;
    match (state.focus, state.list, state.detail.tab) {
        (Pane::Detail, _, DetailTab::Investigation) => {
            &[Open, Refresh, ReviewDrafts, AddEvidence, CopyReference]
        }
        (Pane::Incidents, ListKind::Alerts, _) | (Pane::Detail, _, DetailTab::Alerts) => {
            &[Open, Note, Filter]
        }
        (Pane::Incidents, ListKind::Pages, _) | (Pane::Detail, _, DetailTab::Pages) => {
            &[Acknowledge, Open, PageSomeone]
        }
        (Pane::Incidents, ListKind::Actions | ListKind::FollowUps, _)
        | (Pane::Detail, _, DetailTab::Tasks) => &[Complete, Mark, Open],
        (Pane::Incidents, ListKind::Documents | ListKind::Workflows, _) => &[Open, Filter],
        (Pane::Detail, _, DetailTab::Similar | DetailTab::Documents | DetailTab::Related) => {
            &[Open, DraftPostMortem, Investigate]
        }
        (Pane::Incidents | Pane::Detail, ..) => {
            &[Investigate, Acknowledge, Note, PostUpdate, PageSomeone]
        }
        (Pane::OnCall, ..) => &[Cover, Open],
        (Pane::Catalog, ..) => &[Open, NextTab],
    }
}
