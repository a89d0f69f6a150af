//! A ratatui backend for slow lines: one write a frame inside a synchronized update, only what changed, the shortest
//! way to each place, erasing instead of blanks, and scrolled regions sent as scrolls.

mod led;
mod width;

use super::leads::{Leads, Led, Target};
use super::sequences::LINK_ENDS;
use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;
use std::io::{self, Write};

#[derive(Clone, Copy, PartialEq, Debug)]
struct Pen {
    fore: Color,
    ground: Color,
    modifiers: Modifier,
}

impl Pen {
    const PLAIN: Pen = Pen {
        fore: Color::Reset,
        ground: Color::Reset,
        modifiers: Modifier::empty(),
    };

    fn of(cell: &Cell) -> Self {
        Self {
            fore: cell.fg,
            ground: cell.bg,
            modifiers: cell.modifier,
        }
    }
}

/// Where frames go.
pub struct SlowLine<W: Write> {
    out: W,
    size: Size,
    /// What the terminal shows now.
    screen: Vec<Cell>,
    frame: String,
    pen: Pen,
    at: Option<(usize, usize)>,
    cursor_shown: Option<bool>,
    /// Where what is shown leads; nothing where the terminal does not take that.
    leads: Option<Leads>,
    /// The same of each cell that the terminal shows now, and of those that it shows next.
    led: Led,
    targets: Vec<Target>,
    /// Where what is written now leads.
    leading: u16,
}

impl<W: Write> SlowLine<W> {
    /// A backend for a terminal of a size; the screen must be clear.
    pub fn new(out: W, size: Size) -> Self {
        Self {
            out,
            size,
            screen: blank_screen(size),
            frame: String::with_capacity(8 * 1024),
            pen: Pen::PLAIN,
            at: None,
            cursor_shown: None,
            leads: None,
            led: vec![0; usize::from(size.width) * usize::from(size.height)],
            targets: Vec::new(),
            leading: 0,
        }
    }

    /// Tells the terminal's new size.
    pub fn resize(&mut self, size: Size) {
        self.size = size;
    }

    /// Adds bytes to the next frame that draw nothing: a bell, a notice, the clipboard.
    pub fn say(&mut self, sequence: &str) {
        self.frame.push_str(sequence);
    }

    /// What was written to, for tests.
    pub fn inner(&self) -> &W {
        &self.out
    }

    fn width(&self) -> usize {
        usize::from(self.size.width)
    }

    fn take_pen(&mut self, pen: Pen) {
        if pen == self.pen {
            return;
        }
        let mut codes = String::new();
        let lost = self.pen.modifiers - pen.modifiers;
        // Going through a reset is never longer than undoing modifiers one by one.
        let from = if lost.is_empty() {
            self.pen
        } else {
            Pen::PLAIN
        };
        if !lost.is_empty() {
            codes.push_str("0;");
        }
        for (modifier, code) in [
            (Modifier::BOLD, 1),
            (Modifier::DIM, 2),
            (Modifier::ITALIC, 3),
            (Modifier::UNDERLINED, 4),
            (Modifier::REVERSED, 7),
            (Modifier::CROSSED_OUT, 9),
        ] {
            if (pen.modifiers - from.modifiers).contains(modifier) {
                let _ = write!(codes, "{code};");
            }
        }
        if pen.fore != from.fore {
            push_colour(&mut codes, pen.fore, 30);
        }
        if pen.ground != from.ground {
            push_colour(&mut codes, pen.ground, 40);
        }
        codes.pop();
        let _ = if codes == "0" || pen == Pen::PLAIN {
            self.frame.write_str("\x1b[m")
        } else {
            write!(self.frame, "\x1b[{codes}m")
        };
        self.pen = pen;
    }

    fn go(&mut self, x: usize, y: usize) {
        if self.at == Some((x, y)) {
            return;
        }
        let _ = match self.at {
            Some((from, row)) if row == y && x > from && x - from < 10 => {
                write!(
                    self.frame,
                    "\x1b[{}C",
                    Some(x - from)
                        .filter(|n| *n > 1)
                        .map_or(String::new(), |n| n.to_string())
                )
            }
            Some((_, row)) if row == y && x == 0 => self.frame.write_str("\r"),
            Some((_, row)) if row + 1 == y && x == 0 => self.frame.write_str("\r\n"),
            _ if x == 0 => write!(self.frame, "\x1b[{}H", y + 1),
            _ => write!(self.frame, "\x1b[{};{}H", y + 1, x + 1),
        };
        self.at = Some((x, y));
    }

    /// Sends a region that moved up or down as a scroll, where that saves most of its cells.
    fn scroll(&mut self, next: &[Cell]) {
        let Some((top, bottom, by)) = find_scroll(&self.screen, next, self.width()) else {
            return;
        };
        self.take_pen(Pen::PLAIN);
        let (verb, count) = if by > 0 { ('S', by) } else { ('T', -by) };
        let _ = write!(
            self.frame,
            "\x1b[{};{}r\x1b[{count}{verb}\x1b[r",
            top + 1,
            bottom + 1
        );
        // Setting the region moves the cursor home.
        self.at = Some((0, 0));
        let width = self.width();
        let cells = count.unsigned_abs() * width;
        let region = &mut self.screen[top * width..(bottom + 1) * width];
        let led = &mut self.led[top * width..(bottom + 1) * width];
        match by > 0 {
            true => led.rotate_left(cells),
            false => led.rotate_right(cells),
        }
        if by > 0 {
            region.rotate_left(cells);
            let from = region.len() - cells;
            region[from..].fill(Cell::EMPTY);
        } else {
            region.rotate_right(cells);
            region[..cells].fill(Cell::EMPTY);
        }
    }

    fn paint(&mut self, next: &[Cell]) {
        let width = self.width();
        for y in 0..usize::from(self.size.height) {
            let row = &next[y * width..(y + 1) * width];
            if row == &self.screen[y * width..(y + 1) * width] {
                continue;
            }
            self.forget_halves(row, y);
            let text_end = row.iter().rposition(|c| !is_blank(c)).map_or(0, |x| x + 1);
            let agreed_end = row.iter().position(|c| !width::is_agreed(c.symbol()));
            let agreed_end = agreed_end.unwrap_or(width);
            let mut x = 0;
            while x < agreed_end {
                if row[x] == self.screen[y * width + x] {
                    x += 1;
                    continue;
                }
                if x >= text_end {
                    self.take_lead(0);
                    self.go(x, y);
                    self.take_pen(Pen::PLAIN);
                    self.frame.push_str("\x1b[K");
                    break;
                }
                let blanks = row[x..].iter().take_while(|c| is_blank(c)).count();
                if blanks > 8 {
                    self.take_lead(0);
                    self.go(x, y);
                    self.take_pen(Pen::PLAIN);
                    let _ = write!(self.frame, "\x1b[{blanks}X");
                    x += blanks;
                    continue;
                }
                x = self.put(row, x, y);
            }
            if row[agreed_end..] != self.screen[y * width + agreed_end..(y + 1) * width] {
                self.paint_plainly(&row[..text_end], agreed_end, y);
            }
        }
        self.take_lead(0);
        self.take_pen(Pen::PLAIN);
    }

    /// Writes a row anew from its first character of disputed width on. After each such character the rest of the row is
    /// erased, for what a terminal may have shown of it there, and what follows is put at its own column.
    fn paint_plainly(&mut self, row: &[Cell], from: usize, y: usize) {
        let mut x = from;
        self.erase_rest(x, y);
        while x < row.len() {
            if is_blank(&row[x]) {
                x += 1;
                continue;
            }
            let agreed = width::is_agreed(row[x].symbol());
            x = self.put(row, x, y);
            if !agreed && x < self.width() {
                self.erase_rest(x, y);
            }
        }
    }

    fn erase_rest(&mut self, x: usize, y: usize) {
        self.take_lead(0);
        self.go(x, y);
        self.take_pen(Pen::PLAIN);
        self.frame.push_str("\x1b[K");
    }

    /// Of a wide character that is written over, terminals leave the second half as they like: it is drawn anew.
    fn forget_halves(&mut self, row: &[Cell], y: usize) {
        let start = y * self.width();
        for (x, cell) in row.iter().enumerate() {
            let before = &self.screen[start + x];
            let covered = crate::domain::text::columns(before.symbol()).max(1) - 1;
            if before != cell {
                let end = (x + 1 + covered).min(row.len());
                self.screen[start + x + 1..start + end]
                    .iter_mut()
                    .for_each(|half| *half = UNKNOWN);
            }
        }
    }

    fn put(&mut self, row: &[Cell], x: usize, y: usize) -> usize {
        self.go(x, y);
        self.take_lead(self.led.get(y * self.width() + x).copied().unwrap_or(0));
        self.take_pen(Pen::of(&row[x]));
        let symbol = row[x].symbol();
        let shown = width::within(symbol, self.width() - x);
        self.frame.push_str(shown);
        let next = x + crate::domain::text::columns(symbol).max(1);
        // A cursor at the right edge stands nowhere that terminals agree on.
        let known = next < self.width() && width::is_agreed(shown);
        self.at = known.then_some((next, y));
        next
    }
}

/// A cell that is equal to none that is ever drawn.
const UNKNOWN: Cell = Cell::new("\0");

fn blank_screen(size: Size) -> Vec<Cell> {
    vec![Cell::EMPTY; usize::from(size.width) * usize::from(size.height)]
}

fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " "
        && cell.bg == Color::Reset
        && !cell
            .modifier
            .intersects(Modifier::REVERSED | Modifier::UNDERLINED | Modifier::CROSSED_OUT)
}

fn push_colour(codes: &mut String, colour: Color, base: u8) {
    let sixteen = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    let _ = match colour {
        Color::Reset => write!(codes, "{};", base + 9),
        Color::Indexed(n) => write!(codes, "{};5;{n};", base + 8),
        Color::Rgb(r, g, b) => write!(codes, "{};2;{r};{g};{b};", base + 8),
        named => match sixteen
            .iter()
            .position(|c| *c == named)
            .and_then(|n| u8::try_from(n).ok())
        {
            Some(n) if n < 8 => write!(codes, "{};", base + n),
            Some(n) => write!(codes, "{};", base + 60 + n - 8),
            None => Ok(()),
        },
    };
}

/// The full-width region that moved: its first and last row, and by how many rows (positive: up).
///
/// Rows are compared by a hash of their cells. A shift is worth it where at least three rows are found again elsewhere
/// that did change in place: below that the escape sequences cost what they save.
fn find_scroll(old: &[Cell], new: &[Cell], width: usize) -> Option<(usize, usize, isize)> {
    let height = new.len() / width.max(1);
    let hash = |cells: &[Cell], y: usize| {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let row = &cells[y * width..(y + 1) * width];
        let mut hasher = DefaultHasher::new();
        row.hash(&mut hasher);
        (hasher.finish(), row.iter().filter(|c| !is_blank(c)).count())
    };
    let (before, after): (Vec<_>, Vec<_>) =
        (0..height).map(|y| (hash(old, y), hash(new, y))).unzip();
    let mut best: Option<(usize, usize, usize, isize)> = None;
    let reach = isize::try_from(height).unwrap_or(0);
    for by in (-reach / 2..=reach / 2).filter(|by| *by != 0) {
        let mut run = (0, 0usize, 0usize);
        for y in 0..height {
            let from = isize::try_from(y).unwrap_or(0) + by;
            let found = (0..reach).contains(&from) && after[y].0 == before[from.unsigned_abs()].0;
            if !found {
                run = (0, 0, 0);
                continue;
            }
            let start = if run.2 == 0 { y } else { run.1 };
            run = (
                run.0
                    + if after[y].0 == before[y].0 {
                        0
                    } else {
                        after[y].1
                    },
                start,
                run.2 + 1,
            );
            if run.2 >= 3 && best.is_none_or(|(gain, ..)| run.0 > gain) && run.0 > 60 {
                best = Some((run.0, run.1, y, by));
            }
        }
    }
    let (_, first, last, by) = best?;
    // The region holds where the rows come from and where they go to.
    Some(if by > 0 {
        (first, last + by.unsigned_abs(), by)
    } else {
        (first - by.unsigned_abs(), last, by)
    })
}

impl<W: Write> Backend for SlowLine<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let width = self.width();
        let mut next = None;
        for (x, y, cell) in content {
            let at = usize::from(y) * width + usize::from(x);
            let next = next.get_or_insert_with(|| self.screen.clone());
            if let Some(slot) = next.get_mut(at) {
                // Cells a wide character covers must not be drawn again from what stood there before.
                let wide = crate::domain::text::columns(cell.symbol());
                *slot = cell.clone();
                for covered in 1..wide {
                    if usize::from(x) + covered < width {
                        next[at + covered] = Cell::EMPTY;
                    }
                }
            }
        }
        let unchanged = || self.leads.is_some().then(|| self.screen.clone());
        let Some(next) = next.or_else(unchanged) else {
            return Ok(());
        };
        self.scroll(&next);
        self.lead_anew(&next);
        self.paint(&next);
        self.screen = next;
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor_shown != Some(false) {
            self.frame.push_str("\x1b[?25l");
            self.cursor_shown = Some(false);
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.cursor_shown != Some(true) {
            self.frame.push_str("\x1b[?25h");
            self.cursor_shown = Some(true);
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // Asking the terminal would wait for an answer that may never come.
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        self.go(usize::from(position.x), usize::from(position.y));
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.screen = blank_screen(self.size);
        (self.led, self.leading) = (vec![0; self.screen.len()], 0);
        if self.leads.is_some() {
            self.frame.push_str(LINK_ENDS);
        }
        self.frame.push_str("\x1b[m\x1b[2J\x1b[H");
        (self.pen, self.at) = (Pen::PLAIN, Some((0, 0)));
        Ok(())
    }

    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        self.clear()
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size,
            pixels: Size::ZERO,
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let whole = format!("\x1b[?2026h{}\x1b[?2026l", self.frame);
        self.frame.clear();
        self.out.write_all(whole.as_bytes())?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests;
