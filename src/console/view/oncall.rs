//! Pane 3: every schedule, who is on call in each of its rotations, until when, and who comes then.
//!
//! ```text
//!  Checkout on-call  Ana Abara (you)  until Sat 09:00  Secondary Cleo Cole  then Bram Brandt
//! ```

use crate::console::content::nothing;
use crate::console::content::on_call::{Told, WIDE, tell};
use crate::console::paint::{cursor, empty, put};
use crate::console::state::{Pane, State};
use crate::console::theme::Theme;
use crate::console::title::{self, Beside, Title};
use crate::domain::{Schedule, text};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Columns between two things.
const GAP: usize = 2;
/// Columns that a name keeps, whatever stands beside it.
const LEAST: usize = 9;

/// Draws the pane.
pub fn draw(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let shown = state.oncall.shown();
    let height = usize::from(place.height).saturating_sub(1);
    let outside = state.oncall.cursor.outside(height, shown.len());
    let title = Title {
        pane: Pane::OnCall,
        name: "On call",
        tabs: &[],
        shown: 0,
        beside: Beside {
            notes: beside_title(state),
            counts: Vec::from_iter(outside),
        },
    };
    title::draw(buf, place, &title, state, theme);
    if shown.is_empty() {
        let typed = &state.oncall.typed;
        let nothing = nothing::listing(state, Pane::OnCall, typed, "No schedules.");
        return empty(buf, place, state.oncall.arrived, &nothing, theme);
    }
    let told: Vec<Told> = shown.iter().map(|s| tell(state, s, place.width)).collect();
    let names = shown.iter().map(|s| text::columns(&s.name));
    let longest = names.max().unwrap_or(0);
    let wide = longest.min(room_for_names(place.width, &told)) as u16;
    let left = place.width.saturating_sub(wide + 3);
    let columns = Columns::of(&told, usize::from(left), place.width >= WIDE);
    let cursor_at = &state.oncall.cursor;
    let lines = shown.iter().zip(&told).enumerate().skip(cursor_at.top);
    for ((at, (schedule, told)), y) in lines.zip(place.y + 1..place.bottom()) {
        let focused = state.focus == Pane::OnCall;
        cursor(buf, place.x, y, at == cursor_at.at, focused, theme);
        let name = Rect::new(place.x + 1, y, wide, 1);
        put(buf, name, &schedule.name, Style::new());
        let inner = Rect::new(place.x + wide + 2, y, left, 1);
        draw_told(buf, inner, told, &columns, theme);
    }
}

/// Columns that names may take: a third of the pane, and what is left where all is told beside them, or where there is no
/// room for more than who has duty until when.
fn room_for_names(width: u16, told: &[Told]) -> usize {
    let room = usize::from(width).saturating_sub(GAP + 1);
    let third = usize::from(width) / 3;
    let widest = |of: fn(&Told) -> usize| told.iter().map(of).max().unwrap_or(0);
    let duty = widest(|t| text::columns(&t.who)) + GAP + widest(|t| text::columns(&t.until));
    let left = room.saturating_sub(duty);
    let more = match GAP + widest(more) {
        // Nothing of it is told beside a third: it takes no room.
        more if more > left && left < third + GAP + LEAST => 0,
        more => more,
    };
    third.max(left.saturating_sub(more))
}

/// On how many schedules the user is, or what they are narrowed to.
fn beside_title(state: &State) -> Vec<String> {
    let is_mine = |s: &&Schedule| state.me.as_ref().is_some_and(|me| s.has_now(&me.id));
    let mine = state.oncall.schedules.iter().filter(is_mine).count();
    match (mine, state.oncall.typed.as_str()) {
        (0, "") => Vec::new(),
        (0, typed) => vec![format!("/{typed}")],
        _ => vec![format!("you are on {mine}")],
    }
}

/// Columns of what follows who has the first rotation until when.
fn more(told: &Told) -> usize {
    let others = told.others.iter().map(|(words, _)| text::columns(words));
    others.map(|wide| wide + GAP).sum::<usize>() + text::columns(&told.next)
}

/// Columns of who and until: the same on every line, so that ends can be compared.
struct Columns {
    who: usize,
    until: usize,
    /// Each rotation is told in full: what comes next follows its own.
    in_full: bool,
}

impl Columns {
    fn of(all: &[Told], room: usize, in_full: bool) -> Self {
        let widest = |text: fn(&Told) -> &str| all.iter().map(|t| text::columns(text(t))).max();
        let until = widest(|t| &t.until).unwrap_or(0);
        let most = room.saturating_sub(until + GAP).max(LEAST);
        let who = widest(|t| &t.who).unwrap_or(0).min(most);
        Self {
            who,
            until,
            in_full,
        }
    }
}

fn draw_told(buf: &mut Buffer, inner: Rect, told: &Told, columns: &Columns, theme: &Theme) {
    let style = match (told.is_open, told.is_me) {
        (true, _) => theme.warn(),
        (_, true) => theme.me(),
        _ => theme.accent(),
    };
    let put_at = |buf: &mut Buffer, x: usize, words: &str, style: Style| {
        let left = usize::from(inner.width).saturating_sub(x);
        let place = Rect::new(inner.x + x as u16, inner.y, left as u16, 1);
        put(buf, place, words, style)
    };
    put_at(buf, 0, &text::fit(&told.who, columns.who), style);
    let beside = columns.who + GAP;
    put_at(buf, beside, &told.until, theme.dim());
    let mut at = beside + columns.until + GAP;
    let others = told.others.iter().map(|(words, mine)| {
        let style = if *mine { theme.me() } else { Style::new() };
        (words, style)
    });
    let next = Some((&told.next, theme.dim())).filter(|(words, _)| !words.is_empty());
    // Where not all has room, what comes next gives way to who else has duty now.
    let rest: Vec<(&String, Style)> = match columns.in_full {
        true => next.into_iter().chain(others).collect(),
        false => others.chain(next).collect(),
    };
    for (words, style) in rest {
        if at + LEAST.min(text::columns(words)) > usize::from(inner.width) {
            return;
        }
        at += usize::from(put_at(buf, at, words, style)) + GAP;
    }
}
