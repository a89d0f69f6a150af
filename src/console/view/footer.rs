//! The last line: the keys of what has the focus, from the table, as many as there is room for.

use super::trail;
use crate::console::action::{ACTIONS, Action, Context};
use crate::console::link::LinkTarget;
use crate::console::overlay;
use crate::console::paint::put_spans;
use crate::console::place::{DetailTab, ListKind, Pane};
use crate::console::state::{Overlay, State};
use crate::console::theme::Theme;
use crate::domain::text;
use crate::writes::Subject;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the line. What tells its keys in a line of its own is not told twice.
pub(super) fn draw(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let place = trail::draw(buf, place, state, theme);
    let (context, actions) = match state.overlays.last() {
        None => (Context::of(state.focus), of_pane(state)),
        Some(over) => match overlay::context(over).filter(|_| !overlay::has_footer(over)) {
            Some(context) => (context, of_overlay(state, context, over)),
            None => return,
        },
    };
    let mut x = place.x + 1;
    for action in actions {
        let key = state.keymap.key_in(action, context);
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

/// What works in an overlay: its own first, then the way out. Keys that move are known; leaving hotseat begins at the
/// incidents, and in an overlay its key closes or is a letter.
fn of_overlay(state: &State, context: Context, over: &Overlay) -> Vec<Action> {
    use Action::*;
    let leads = match over {
        Overlay::Evidence(fact) => fact.service(state) != LinkTarget::Nowhere,
        Overlay::Hop(hop) => hop.leads(state),
        _ => true,
    };
    let moves = [
        Down,
        Up,
        Top,
        Bottom,
        HalfDown,
        HalfUp,
        JumpBack,
        JumpForward,
    ];
    let mut rows: Vec<_> = ACTIONS
        .iter()
        .filter(|row| row.works_in(context) && !moves.contains(&row.action))
        .filter(|row| row.action != Quit && (leads || row.action != Open))
        .collect();
    rows.sort_by_key(|row| row.context != context);
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
    let is_about_rows =
        |action| matches!(action, Action::Scope | Action::Everything | Action::Order);
    let is_about_issues = |action| action == Action::Why;
    let own = ACTIONS
        .iter()
        .filter(|row| row.context == context)
        .filter(|row| state.list == ListKind::Incidents || !is_about_rows(row.action))
        .filter(|row| state.list == ListKind::Bridge || !is_about_issues(row.action));
    let leaves = !state.typed().is_empty()
        || !state.is_at_start()
        || !state.marks.is_empty()
        || state.list != ListKind::Incidents;
    let mut all: Vec<Action> = leaves.then_some(Action::Back).into_iter().collect();
    all.extend(here(state));
    let has_line = has_line(state);
    let everywhere = everywhere
        .into_iter()
        .filter(|action| *action != Action::Quit || state.is_at_start())
        .filter(|action| has_line || !matches!(action, Action::Open | Action::CopyReference));
    for action in everywhere.chain(own.map(|row| row.action)) {
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
        (Pane::Incidents, list, _) if list != ListKind::Incidents && !has_line(state) => &[Filter],
        (Pane::Incidents, ListKind::Alerts, _) | (Pane::Detail, _, DetailTab::Alerts) => {
            &[Open, Note, Filter]
        }
        (Pane::Incidents, ListKind::Pages, _) | (Pane::Detail, _, DetailTab::Pages) => {
            match waits(state) {
                true => &[Acknowledge, Open, PageSomeone],
                false => &[Open, PageSomeone],
            }
        }
        (Pane::Incidents, ListKind::Actions | ListKind::FollowUps, _)
        | (Pane::Detail, _, DetailTab::Tasks) => &[Complete, Mark, Open],
        (Pane::Incidents, ListKind::Bridge, _) => &[Open, Why, PauseBridge, Filter],
        (
            Pane::Incidents,
            ListKind::Documents
            | ListKind::Workflows
            | ListKind::Changes
            | ListKind::AlertSources
            | ListKind::AlertRoutes,
            _,
        ) => &[Open, Filter],
        (Pane::Detail, _, DetailTab::Similar | DetailTab::Documents | DetailTab::Related) => {
            &[Open, DraftPostMortem, Investigate]
        }
        (Pane::Incidents | Pane::Detail, ..) if state.targets().is_empty() => {
            &[Declare, PageSomeone]
        }
        (Pane::Incidents | Pane::Detail, ..) => {
            &[Investigate, Acknowledge, Note, PostUpdate, PageSomeone]
        }
        (Pane::OnCall, ..) => &[Cover, Open],
        (Pane::Catalog, ..) => &[Open, NextTab],
    }
}

/// Whether pane 1 has something under its cursor; the others always have.
fn has_line(state: &State) -> bool {
    match (state.focus, state.list) {
        (Pane::Incidents, ListKind::Incidents) => !state.targets().is_empty(),
        (Pane::Incidents, _) => state.listed().is_some(),
        _ => true,
    }
}

/// Whether the page under the cursor still waits for somebody.
fn waits(state: &State) -> bool {
    let here = match state.focus {
        Pane::Detail => state.detail.tabs.get(&DetailTab::Pages),
        _ => state.lists.get(&ListKind::Pages),
    };
    let item = here.and_then(|listing| listing.current());
    item.and_then(|item| item.subject.as_deref())
        .is_some_and(|page| matches!(page, Subject::Page(page) if page.is_waiting()))
}
