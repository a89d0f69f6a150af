//! A form: its fields and the line that sends it above; below them what the field with the mark is filled with, what the
//! form changes, or the exact request.
//!
//! ```text
//!  Post an update: INC-312 High error rate on checkout service
//!
//!  Message      Rolling back v2.1.0 in all regions
//!  Status       Fixing → Watching
//!  Severity     Storm
//! ▌Send         y or enter
//! ──────────────────────────────────────────────────
//!  Posts an update to INC-312 and its channel #inc-312.
//!  Status: Fixing → Watching
//!  y sends  x exact request  esc keeps and closes
//! ```

mod fields;
mod filling;

use super::frame::{self, Offer};
use crate::console::action::Action;
use crate::console::content::form::outcome;
use crate::console::content::lines::LineStyle;
use crate::console::content::meanwhile::standing;
use crate::console::cursor::Step;
use crate::console::paint::{put, put_spans, style};
use crate::console::state::{Filling, FormView, State};
use crate::console::theme::{Glyph, Theme};
use crate::domain::text;
use crate::writes::Input;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Where the parts of a form are.
struct Places {
    standing: Rect,
    upper: Rect,
    rule: Rect,
    lower: Rect,
    foot: Rect,
}

fn places(inside: Rect, view: &FormView, standing: usize, told: usize) -> Places {
    let foot = frame::foot(inside);
    // Where there is room, an empty line parts the title from the fields: what stands there takes its place.
    let above = (standing as u16).max(u16::from(inside.height > 12));
    let standing = Rect {
        y: inside.y + 1,
        height: above.min(inside.height / 4),
        ..inside
    };
    let room = inside
        .height
        .saturating_sub(3 + standing.height.saturating_sub(1));
    let upper = Rect {
        y: standing.bottom(),
        height: fields_height(view, room, told),
        ..inside
    };
    let rule = Rect {
        y: upper.bottom(),
        height: 1,
        ..inside
    };
    let lower = Rect {
        y: rule.y + 1,
        height: foot.y.saturating_sub(rule.y + 1),
        ..inside
    };
    Places {
        standing,
        upper,
        rule,
        lower,
        foot,
    }
}

/// Where words or choices are filled in they need room; else the fields do, and take all that is not told below them.
fn fields_height(view: &FormView, room: u16, told: usize) -> u16 {
    let fields = &view.form.fields;
    let errors = fields.iter().filter(|f| f.error.is_some()).count();
    let wanted = fields.len() + errors + 1;
    let most = match (view.filling.is_some(), room < 10) {
        (true, true) => 1,
        (true, false) => room.div_ceil(2),
        (false, true) => (room / 3).max(room.saturating_sub(told as u16)),
        (false, false) => (room * 2 / 3).max(room.saturating_sub(told as u16)),
    };
    (wanted as u16).min(most)
}

/// Draws the form.
pub(super) fn draw(buf: &mut Buffer, inside: Rect, state: &State, view: &FormView, theme: &Theme) {
    let standing = standing(state, view, usize::from(inside.width).max(10));
    let told = told(inside, state, view).len();
    let places = places(inside, view, standing.len(), told);
    let which = fields::which(view, places.upper).filter(|_| places.upper.y <= inside.y + 1);
    let beside = which.map_or(0, |which| which.len() as u16);
    let head = Rect {
        width: inside.width.saturating_sub(beside),
        ..frame::head(inside)
    };
    put(buf, head, &view.form.title, theme.title(true));
    lines(buf, places.standing, &standing, theme);
    foot(buf, places.foot, state, view, theme);
    fields::draw(buf, places.upper, state, view, theme);
    let rule = theme.glyph(Glyph::Rule).repeat(usize::from(inside.width));
    put(buf, places.rule, &rule, theme.dim());
    frame::draw_edges(buf, places.rule, hidden(state, view, &places), theme);
    let lower = places.lower;
    match (&view.filling, view.input()) {
        (Some(Filling::Words(input)), Some(Input::Text)) => {
            filling::text(buf, lower, state, view, input, theme);
        }
        (Some(Filling::Words(input)), _) => filling::line(buf, lower, state, view, input, theme),
        (Some(Filling::Choosing { typed, at }), _) => {
            filling::choices(buf, lower, state, view, (typed, *at), theme);
        }
        (None, _) => draw_outcome(buf, lower, state, view, theme),
    }
}

/// What of the lower part is out of sight.
fn hidden(state: &State, view: &FormView, places: &Places) -> Option<String> {
    let lower = places.lower;
    match &view.filling {
        None => {
            let lines = told(lower, state, view).len();
            view.cursor.outside(usize::from(lower.height), lines)
        }
        Some(Filling::Choosing { at, .. }) => filling::hidden_choices(view, lower, *at),
        Some(Filling::Words(_)) => None,
    }
}

/// The line so far down in a place.
fn row_of(place: Rect, down: u16) -> Rect {
    Rect {
        y: place.y + down,
        height: 1,
        ..place
    }
}

/// What the last key did not do, and what the keys do.
fn foot(buf: &mut Buffer, place: Rect, state: &State, view: &FormView, theme: &Theme) {
    let said = view.said.as_deref().unwrap_or_default();
    let between = if said.is_empty() { "" } else { "  " };
    let room = frame::room_beside(place, said).saturating_sub(between.len());
    let keys = footer(state, view, room);
    let spans = [
        (said, theme.warn()),
        (between, Style::new()),
        (keys.as_str(), theme.dim()),
    ];
    put_spans(buf, place, &spans);
}

/// What the keys do, from the live table.
fn footer(state: &State, view: &FormView, room: usize) -> String {
    let (next, takes): (Offer, Offer) =
        ((&[Action::NextField], "next"), (&[Action::Open], "takes"));
    let sends: Offer = (&[Action::SendForm], "sends");
    let leaves: Offer = (&[Action::Back], "to Send");
    let (find, mentions) = ("type to find  ", "  @ people and services");
    let (before, offers, after) = match (&view.filling, view.input()) {
        (Some(Filling::Words(_)), Some(Input::Text)) => {
            let editor: Offer = (&[Action::HandToEditor], "your editor");
            ("", vec![next, sends, leaves, editor], mentions)
        }
        (Some(Filling::Words(_)), _) => {
            let next: Offer = (&[Action::Open], "next");
            ("", vec![next, sends, leaves], "")
        }
        (Some(Filling::Choosing { .. }), Some(Input::PickMany(_))) => {
            let takes: Offer = (&[Action::Open], "takes or drops");
            (find, vec![takes, next, sends, leaves], "")
        }
        (Some(Filling::Choosing { .. }), _) => (find, vec![takes, sends, leaves], ""),
        (None, _) => ("", on_send_line(view), ""),
    };
    let room = room.saturating_sub(text::columns(before));
    let keys = frame::footer(&state.keymap, &offers, room);
    let has_room = text::columns(&keys) + text::columns(after) <= room;
    format!("{before}{keys}{}", if has_room { after } else { "" })
}

/// What the keys do on the line that sends.
fn on_send_line(view: &FormView) -> Vec<Offer> {
    let request = if view.request {
        "what it does"
    } else {
        "request"
    };
    let mut offers: Vec<Offer> = vec![
        (&[Action::Send], "sends"),
        (&[Action::ShowRequest], request),
    ];
    if !view.form.fields.is_empty() {
        offers.push((&[Action::Up], "fields"));
    }
    offers.extend([
        (&[Action::Back][..], "keeps and closes"),
        (&[Action::Drop], "drops"),
        (&[Action::Help], "help"),
    ]);
    offers
}

/// What is told below the fields while none is filled in: what it changes, or the exact request.
fn told(place: Rect, state: &State, view: &FormView) -> Vec<(String, LineStyle)> {
    match view.filling {
        Some(_) => Vec::new(),
        None => outcome(state, view, usize::from(place.width).max(10)),
    }
}

fn draw_outcome(buf: &mut Buffer, place: Rect, state: &State, view: &FormView, theme: &Theme) {
    let all = told(place, state, view);
    let from = view.cursor.top.min(all.len());
    lines(buf, place, &all[from..], theme);
}

fn lines(buf: &mut Buffer, place: Rect, shown: &[(String, LineStyle)], theme: &Theme) {
    for ((words, look), y) in shown.iter().zip(place.y..place.bottom()) {
        let row = Rect::new(place.x, y, place.width, 1);
        put(buf, row, words, style(*look, theme));
    }
}

/// Rows it wants: the fields, and below them room for words, choices or a request.
pub(super) fn wanted(view: &FormView) -> usize {
    view.form.fields.len() + 21
}

/// What stands below the fields is read to its end and no further.
pub(super) fn settle(view: &mut FormView, state: &State) {
    if view.filling.is_some() {
        return;
    }
    let inside = frame::inside(frame::place(state.layout().body, wanted(view)));
    let standing = standing(state, view, usize::from(inside.width).max(10));
    let told = told(inside, state, view).len();
    let below = places(inside, view, standing.len(), told).lower;
    view.cursor
        .read(Step::By(0), usize::from(below.height), told);
}

/// Columns that the widest of some words takes, within reason.
fn widest<'a>(words: impl Iterator<Item = &'a str>) -> u16 {
    words.map(text::columns).max().unwrap_or(0).clamp(8, 22) as u16
}
