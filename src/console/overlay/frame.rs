//! The place of an overlay and what all of them look like: a frame, a head, lines that are read, a foot.
//!
//! ```text
//!  ┌────────────────────────┐
//!  │ Head 3 above, 8 below  │
//!  │                        │
//!  │ lines                  │
//!  │ y sends  esc closes    │
//!  └────────────────────────┘
//! ```

use crate::console::action::Action;
use crate::console::cursor::{Cursor, Step};
use crate::console::keymap::Keymap;
use crate::console::layout::HEARD;
use crate::console::paint::put;
use crate::console::theme::{Glyph, Theme};
use crate::domain::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Columns beyond which a line is hard to read.
const WIDEST: u16 = 110;
/// Columns of a pane beside an overlay below which they tell nothing: the overlay takes them.
const STRIP: u16 = 20;
/// Rows beyond which a text hides more of the panes than it gains.
const HIGHEST: u16 = 40;

/// The place of an overlay: no wider than text reads well, no higher than it needs.
pub(super) fn place(body: Rect, wanted: usize) -> Rect {
    let wanted = u16::try_from(wanted).unwrap_or(u16::MAX);
    let width = match body.width {
        narrow if narrow < WIDEST + 2 * STRIP => narrow,
        heard if heard >= HEARD.0 => heard,
        _ => WIDEST,
    };
    // A small screen has no room for a margin.
    let margin = if body.height < 16 { 0 } else { 2 };
    let height = body
        .height
        .saturating_sub(margin)
        .min(HIGHEST)
        .min(wanted)
        .max(body.height.min(6));
    Rect::new(
        body.x + (body.width - width) / 2,
        body.y + (body.height - height) / 2,
        width,
        height,
    )
}

/// What is inside the frame.
pub(super) fn inside(place: Rect) -> Rect {
    Rect::new(
        place.x + 2,
        place.y + 1,
        place.width.saturating_sub(4),
        place.height.saturating_sub(2),
    )
}

/// Columns inside an overlay, which do not depend on how high it is.
pub(super) fn width(body: Rect) -> usize {
    usize::from(inside(place(body, usize::MAX)).width).max(1)
}

/// The first line.
pub(super) fn head(inside: Rect) -> Rect {
    Rect {
        height: 1,
        ..inside
    }
}

/// The last line.
pub(super) fn foot(inside: Rect) -> Rect {
    Rect {
        y: inside.bottom().saturating_sub(1),
        height: 1,
        ..inside
    }
}

/// What is between the head and the foot, or the lower edge where there is no foot.
pub(super) fn middle(inside: Rect, has_foot: bool) -> Rect {
    Rect {
        y: inside.y + 2,
        height: inside.height.saturating_sub(if has_foot { 4 } else { 2 }),
        ..inside
    }
}

/// Draws the frame over what is below it.
pub(super) fn draw(buf: &mut Buffer, place: Rect, theme: &Theme) {
    let rule = theme.glyph(Glyph::Rule).repeat(usize::from(place.width));
    let blank = " ".repeat(usize::from(place.width));
    let wall = theme.glyph(Glyph::Wall);
    for y in place.y..place.bottom() {
        put(
            buf,
            Rect::new(place.x, y, place.width, 1),
            &blank,
            Style::reset(),
        );
        for x in [place.x, place.right() - 1] {
            put(buf, Rect::new(x, y, 1, 1), wall, theme.accent());
        }
    }
    put(buf, head(place), &rule, theme.accent());
    put(buf, foot(place), &rule, theme.accent());
    let (left, right) = (place.x, place.right() - 1);
    let (top, bottom) = (place.y, place.bottom() - 1);
    for (x, y, corner) in [
        (left, top, "┌"),
        (right, top, "┐"),
        (left, bottom, "└"),
        (right, bottom, "┘"),
    ] {
        put(buf, Rect::new(x, y, 1, 1), corner, theme.accent());
    }
}

/// Wrapped lines and the rows there are for them: keys and drawing go by the same.
pub(super) struct Page {
    pub(super) lines: Vec<String>,
    pub(super) rows: usize,
}

impl Page {
    /// Moves through it, where the action moves.
    pub(super) fn read(&self, cursor: &mut Cursor, action: Option<Action>) {
        if let Some(step) = action.and_then(|action| Step::of(action, self.rows / 2)) {
            cursor.read(step, self.rows, self.lines.len());
        }
    }

    /// Keeps the last lines at the window's end when it grows or the text shrinks.
    pub(super) fn settle(&self, cursor: &mut Cursor) {
        cursor.read(Step::By(0), self.rows, self.lines.len());
    }

    /// Draws the lines shown, and at the right of the head which of how many they are.
    pub(super) fn draw(
        &self,
        buf: &mut Buffer,
        (head, body): (Rect, Rect),
        cursor: &Cursor,
        theme: &Theme,
    ) {
        let shown = self.lines.iter().skip(cursor.top).take(self.rows);
        for (line, y) in shown.zip(body.y..) {
            put(buf, Rect::new(body.x, y, body.width, 1), line, Style::new());
        }
        draw_edges(
            buf,
            head,
            cursor.outside(self.rows, self.lines.len()),
            theme,
        );
    }
}

/// At the right of a head, how many lines stand above and below what is shown; nothing where none do.
pub(super) fn draw_edges(buf: &mut Buffer, head: Rect, hidden: Option<String>, theme: &Theme) {
    let Some(hidden) = hidden else { return };
    let more = format!(" {hidden} ");
    let wide = (text::columns(&more) as u16).min(head.width);
    let place = Rect::new(head.right().saturating_sub(wide), head.y, wide, 1);
    put(buf, place, &more, theme.dim());
}

/// Actions, and what their keys do in a word or two.
pub(super) type Offer = (&'static [Action], &'static str);

/// What the keys do here, from the live table: `y sends  esc closes`. What has no key is left out. Half a word helps
/// nobody: where there is no room for all, whole offers are left out, from the last on, and the way out stays longest.
pub(super) fn footer(keymap: &Keymap, offers: &[Offer], room: usize) -> String {
    let offer = |(actions, words): &Offer| {
        let keys: Vec<&str> = actions
            .iter()
            .map(|action| keymap.key(*action))
            .filter(|key| !key.is_empty())
            .collect();
        let leaves = actions.contains(&Action::Back);
        (!keys.is_empty()).then(|| (format!("{} {words}", keys.join(" ")), leaves))
    };
    let mut shown: Vec<(String, bool)> = offers.iter().filter_map(offer).collect();
    loop {
        let words: Vec<&str> = shown.iter().map(|(words, _)| words.as_str()).collect();
        let line = words.join("  ");
        if text::columns(&line) <= room {
            return line;
        }
        let last = shown.iter().rposition(|(_, leaves)| !leaves).unwrap_or(0);
        shown.remove(last);
    }
}

/// Columns that are left in a line beside some words.
pub(super) fn room_beside(line: Rect, words: &str) -> usize {
    usize::from(line.width).saturating_sub(text::columns(words))
}
