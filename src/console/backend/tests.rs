//! Whatever is drawn and however it changes: a terminal that reads the bytes shows what ratatui meant.

use super::SlowLine;
use super::width::within;
use ratatui::Terminal;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::{Color, Modifier, Style};

/// Narrow, wide, ambiguous, accented by a combining mark, and outside of the basic plane.
const SYMBOLS: [&str; 10] = ["a", "Z", "│", "ö", "é", "e\u{301}", "日", "語", "🔥", "°"];
/// How another terminal shows some of them: wider, narrower, a mark beside its letter.
const OTHERWISE: [(&str, &str); 4] = [("é", "度"), ("°", "度"), ("🔥", "f"), ("e\u{301}", "e'")];
const COLOURS: [Color; 8] = [
    Color::Reset,
    Color::Red,
    Color::Gray,
    Color::DarkGray,
    Color::LightCyan,
    Color::White,
    Color::Indexed(203),
    Color::Rgb(12, 200, 99),
];
/// Not both intensities at once: the terminal under test knows one of them for a cell.
const MODIFIERS: [Modifier; 7] = [
    Modifier::empty(),
    Modifier::BOLD,
    Modifier::DIM,
    Modifier::ITALIC,
    Modifier::UNDERLINED,
    Modifier::REVERSED,
    Modifier::BOLD.union(Modifier::REVERSED),
];

/// A screen that changes by chance, the terminal it is sent to, and what it should show.
struct Trial {
    rng: fastrand::Rng,
    wanted: Buffer,
    sent: Terminal<SlowLine<Vec<u8>>>,
    read: usize,
    shown: vt100::Parser,
    /// Whether the terminal takes characters of disputed width otherwise.
    otherwise: bool,
}

impl Trial {
    fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let size = Size::new(rng.u16(1..90), rng.u16(1..30));
        let backend = SlowLine::new(Vec::new(), size);
        Self {
            rng,
            wanted: Buffer::empty(Rect::new(0, 0, size.width, size.height)),
            sent: Terminal::new(backend).expect("a terminal"),
            read: 0,
            shown: vt100::Parser::new(size.height, size.width, 0),
            otherwise: false,
        }
    }

    fn style(&mut self) -> Style {
        let (fore, ground) = (self.rng.usize(..8), self.rng.usize(..8));
        // Most grounds are plain, as on a real screen.
        let ground = if self.rng.u8(..4) == 0 { ground } else { 0 };
        let modifiers = MODIFIERS[self.rng.usize(..MODIFIERS.len())];
        Style::new()
            .fg(COLOURS[fore])
            .bg(COLOURS[ground])
            .add_modifier(modifiers)
            .remove_modifier(Modifier::all() - modifiers)
    }

    /// Words, gaps and colours somewhere in a row.
    fn write(&mut self) {
        let area = self.wanted.area;
        let (x, y) = (self.rng.u16(..area.width), self.rng.u16(..area.height));
        let count = self.rng.usize(1..40);
        let mut text = String::new();
        for _ in 0..count {
            match self.rng.u8(..5) {
                0 => text.push_str(&" ".repeat(self.rng.usize(1..14))),
                _ => text.push_str(SYMBOLS[self.rng.usize(..SYMBOLS.len())]),
            }
        }
        let style = self.style();
        self.wanted.set_string(x, y, text, style);
    }

    /// Rows that move up or down together, as a list does; what came from nowhere is blank.
    fn shift(&mut self) {
        let area = self.wanted.area;
        let (top, by) = (self.rng.u16(..area.height), self.rng.i32(-6..7));
        let before = self.wanted.clone();
        for y in top..self.rng.u16(top..=area.height) {
            let from = u16::try_from(i32::from(y) + by).ok();
            for x in 0..area.width {
                let cell = from.and_then(|from| before.cell((x, from)));
                self.wanted[(x, y)] = cell.cloned().unwrap_or_default();
            }
        }
    }

    fn blank(&mut self) {
        let area = self.wanted.area;
        let (x, y) = (self.rng.u16(..area.width), self.rng.u16(..area.height));
        let rect = Rect::new(x, y, self.rng.u16(1..60), self.rng.u16(1..8)).intersection(area);
        for place in rect.positions() {
            self.wanted[place].reset();
        }
        // A wide character is gone with either of its halves.
        self.mend_halves();
    }

    /// A new size; what fits of the screen stays.
    fn resize(&mut self) {
        let size = Size::new(self.rng.u16(1..90), self.rng.u16(1..30));
        let area = Rect::new(0, 0, size.width, size.height);
        let mut next = Buffer::empty(area);
        for place in area.intersection(self.wanted.area).positions() {
            next[place] = self.wanted[place].clone();
        }
        self.wanted = next;
        self.mend_halves();
        self.shown.screen_mut().set_size(size.height, size.width);
        self.sent.backend_mut().resize(size);
        self.sent.resize(area).expect("resized");
    }

    /// No wide character loses half of itself: not to what was written over it, not at the right edge.
    fn mend_halves(&mut self) {
        let area = self.wanted.area;
        for y in 0..area.height {
            let mut x = 0;
            while x < area.width {
                let wide = width_of(&self.wanted, x, y);
                let whole = (1..wide).all(|n| {
                    self.wanted
                        .cell((x + n, y))
                        .is_some_and(|covered| covered.symbol() == " ")
                });
                if !whole {
                    self.wanted[(x, y)].reset();
                }
                for n in 1..if whole { wide } else { 1 } {
                    self.wanted[(x + n, y)].reset();
                }
                x += if whole { wide } else { 1 };
            }
        }
    }

    fn change(&mut self) {
        match self.rng.u8(..10) {
            0..5 => (0..self.rng.usize(1..6)).for_each(|_| self.write()),
            5..8 => self.shift(),
            8 => self.blank(),
            _ => self.resize(),
        }
        self.mend_halves();
    }

    /// Sends the screen, and lets the terminal read what came.
    fn draw(&mut self) {
        let wanted = self.wanted.clone();
        self.sent
            .draw(|frame| frame.buffer_mut().clone_from(&wanted))
            .expect("drawn");
        let bytes = self.sent.backend().inner();
        let mut came = String::from_utf8_lossy(&bytes[self.read..]).into_owned();
        self.read = bytes.len();
        if self.otherwise {
            for (symbol, other) in OTHERWISE {
                came = came.replace(symbol, other);
            }
        }
        self.shown.process(came.as_bytes());
    }

    fn assert_equal(&self, when: &str) {
        let area = self.wanted.area;
        for y in 0..area.height {
            let mut x = 0;
            while x < area.width {
                let symbol = self.wanted[(x, y)].symbol();
                if self.otherwise && OTHERWISE.iter().any(|(other, _)| *other == symbol) {
                    x += width_of(&self.wanted, x, y);
                    continue;
                }
                let (wanted, shown) = (
                    look_of(&self.wanted, x, y),
                    shown_look(self.shown.screen(), x, y),
                );
                assert_eq!(
                    wanted, shown,
                    "{when}, column {x}, row {y} of {area}: left is meant, right is shown"
                );
                x += width_of(&self.wanted, x, y);
            }
        }
    }
}

fn width_of(buffer: &Buffer, x: u16, y: u16) -> u16 {
    let columns = crate::domain::text::columns(buffer[(x, y)].symbol());
    u16::try_from(columns.max(1)).expect("a cell is one or two columns wide")
}

/// What is seen of a cell: its text, its colours as SGR numbers, and its modifiers that a terminal shows.
#[derive(Debug, PartialEq)]
struct Look {
    text: String,
    fore: Option<vt100::Color>,
    ground: vt100::Color,
    modifiers: Modifier,
}

fn look_of(buffer: &Buffer, x: u16, y: u16) -> Look {
    let cell = &buffer[(x, y)];
    let left = usize::from(buffer.area.width - x);
    let text = within(cell.symbol(), left).trim_end().to_owned();
    look(text, colour(cell.fg), colour(cell.bg), cell.modifier)
}

fn shown_look(screen: &vt100::Screen, x: u16, y: u16) -> Look {
    let cell = screen.cell(y, x).expect("a cell");
    let modifiers = [
        (cell.bold(), Modifier::BOLD),
        (cell.dim(), Modifier::DIM),
        (cell.italic(), Modifier::ITALIC),
        (cell.underline(), Modifier::UNDERLINED),
        (cell.inverse(), Modifier::REVERSED),
    ];
    let set = modifiers.into_iter().filter(|(is_set, _)| *is_set);
    look(
        cell.contents().trim_end().to_owned(),
        cell.fgcolor(),
        cell.bgcolor(),
        set.map(|(_, modifier)| modifier).collect(),
    )
}

/// Of a blank only its ground is seen, and what is drawn across it.
fn look(text: String, fore: vt100::Color, ground: vt100::Color, modifiers: Modifier) -> Look {
    let drawn = Modifier::UNDERLINED | Modifier::REVERSED;
    let seen = !text.is_empty() || modifiers.intersects(drawn);
    Look {
        fore: seen.then_some(fore),
        modifiers: if text.is_empty() {
            modifiers & drawn
        } else {
            modifiers
        },
        text,
        ground,
    }
}

fn colour(colour: Color) -> vt100::Color {
    match colour {
        Color::Reset => vt100::Color::Default,
        Color::Red => vt100::Color::Idx(1),
        Color::Gray => vt100::Color::Idx(7),
        Color::DarkGray => vt100::Color::Idx(8),
        Color::LightCyan => vt100::Color::Idx(14),
        Color::White => vt100::Color::Idx(15),
        Color::Indexed(n) => vt100::Color::Idx(n),
        Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
        other => unreachable!("{other:?} is not among the colours of these screens"),
    }
}

#[test]
fn a_terminal_shows_what_was_meant_whatever_changes_and_whatever_its_size() {
    for seed in 0..40 {
        let mut trial = Trial::new(seed);
        for step in 0..40 {
            trial.change();
            trial.draw();
            trial.assert_equal(&format!("seed {seed}, step {step}"));
        }
    }
}

#[test]
fn a_terminal_that_takes_some_characters_for_wider_or_narrower_shows_every_other_one_in_its_place()
{
    for seed in 0..20 {
        let mut trial = Trial::new(seed);
        trial.otherwise = true;
        for step in 0..40 {
            trial.change();
            trial.draw();
            trial.assert_equal(&format!("seed {seed}, step {step}"));
        }
    }
}
