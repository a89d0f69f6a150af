//! Meanings and how they look: dark and light, in 16, 256 or all colours, or none. Colour is never the only sign.

use crate::config::{Colour, Config, Theme as Choice};
use crate::domain::Priority;
use ratatui::style::{Color, Modifier, Style};

/// How things look.
#[derive(Clone, Debug)]
pub struct Theme {
    depth: Colour,
    light: bool,
    /// Plain ASCII only.
    pub ascii: bool,
}

/// A colour in each depth: one of the terminal's sixteen, one of 256, and red-green-blue; dark ground, then light.
type Shade = [(Color, u8, (u8, u8, u8)); 2];

const ACCENT: Shade = [
    (Color::Cyan, 80, (95, 215, 215)),
    (Color::Blue, 25, (0, 95, 175)),
];
const DIM: Shade = [
    (Color::Reset, 245, (138, 138, 138)),
    (Color::Reset, 242, (108, 108, 108)),
];
const RED: Shade = [
    (Color::LightRed, 203, (255, 95, 95)),
    (Color::Red, 160, (200, 0, 0)),
];
const ORANGE: Shade = [
    (Color::LightYellow, 215, (255, 175, 95)),
    (Color::Magenta, 130, (175, 80, 0)),
];
const YELLOW: Shade = [
    (Color::Yellow, 228, (255, 255, 135)),
    (Color::Reset, 94, (128, 96, 0)),
];
const BLUE: Shade = [
    (Color::LightCyan, 111, (135, 175, 255)),
    (Color::Blue, 26, (0, 95, 215)),
];
const GREEN: Shade = [
    (Color::Green, 114, (135, 215, 135)),
    (Color::Reset, 28, (0, 120, 0)),
];

impl Theme {
    /// From the configuration and the environment.
    pub fn new(config: &Config) -> Self {
        let var = |name: &str| std::env::var(name).unwrap_or_default();
        let depth = match config.color {
            Colour::Auto if !var("NO_COLOR").is_empty() || var("TERM") == "dumb" => Colour::Never,
            Colour::Auto if matches!(var("COLORTERM").as_str(), "truecolor" | "24bit") => {
                Colour::Truecolor
            }
            Colour::Auto if var("TERM").contains("256") => Colour::Palette,
            Colour::Auto => Colour::Sixteen,
            set => set,
        };
        let light = match config.theme {
            Choice::Light => true,
            Choice::Dark => false,
            // COLORFGBG ends in the ground's number; 7 and 9 to 15 are light.
            Choice::Auto => var("COLORFGBG")
                .rsplit(';')
                .next()
                .and_then(|n| n.parse::<u8>().ok())
                .is_some_and(|n| n == 7 || (9..=15).contains(&n)),
        };
        let utf8 = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .map(|name| var(name))
            .find(|v| !v.is_empty())
            .is_none_or(|v| v.to_uppercase().replace('-', "").contains("UTF8"));
        Self {
            depth,
            light,
            ascii: config.ascii || !utf8,
        }
    }

    /// A theme for tests and pictures.
    pub fn fixed(depth: Colour, light: bool, ascii: bool) -> Self {
        Self {
            depth,
            light,
            ascii,
        }
    }

    fn shade(&self, shade: Shade) -> Style {
        let (sixteen, palette, (r, g, b)) = shade[usize::from(self.light)];
        match self.depth {
            Colour::Never => Style::new(),
            Colour::Sixteen | Colour::Auto => Style::new().fg(sixteen),
            Colour::Palette => Style::new().fg(Color::Indexed(palette)),
            Colour::Truecolor => Style::new().fg(Color::Rgb(r, g, b)),
        }
    }

    /// Words that matter less. Among sixteen colours there is no grey that can be read on every ground: the terminal
    /// dims its own.
    pub fn dim(&self) -> Style {
        match self.depth {
            Colour::Sixteen | Colour::Auto => self.shade(DIM).add_modifier(Modifier::DIM),
            _ => self.shade(DIM),
        }
    }

    /// What has the keys.
    pub fn accent(&self) -> Style {
        self.shade(ACCENT)
    }

    /// A pane's title.
    pub fn title(&self, focused: bool) -> Style {
        if focused {
            self.accent().add_modifier(Modifier::BOLD)
        } else {
            self.dim()
        }
    }

    /// The line the cursor is on, in the pane that has the keys.
    pub fn selected(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Somebody has to act.
    pub fn hot(&self) -> Style {
        self.shade(RED)
    }

    /// Something to know.
    pub fn warn(&self) -> Style {
        self.shade(ORANGE)
    }

    /// In order.
    pub fn good(&self) -> Style {
        self.shade(GREEN)
    }

    /// The user.
    pub fn me(&self) -> Style {
        self.shade(GREEN).add_modifier(Modifier::BOLD)
    }

    /// A priority.
    pub fn priority(&self, priority: Option<Priority>) -> Style {
        match priority {
            Some(Priority::P0) => self.shade(RED).add_modifier(Modifier::BOLD),
            Some(Priority::P1) => self.shade(ORANGE),
            Some(Priority::P2) => self.shade(YELLOW),
            Some(Priority::P3) => self.shade(BLUE),
            None => self.dim(),
        }
    }

    /// A glyph, or its twin in ASCII.
    pub fn glyph(&self, glyph: Glyph) -> &'static str {
        let (unicode, ascii) = match glyph {
            Glyph::Cursor => ("▌", ">"),
            Glyph::Pinned => ("╎", "!"),
            Glyph::Rule => ("─", "-"),
            Glyph::New => ("●", "*"),
            Glyph::Mark => ("✓", "x"),
            Glyph::Dot => ("·", "-"),
            Glyph::Up => ("↑", "^"),
            Glyph::Down => ("↓", "v"),
            Glyph::Wall => ("│", "|"),
            Glyph::Block => ("█", "#"),
            Glyph::Leads | Glyph::Shown => ("›", ">"),
        };
        if self.ascii { ascii } else { unicode }
    }
}

/// A sign on the screen.
#[derive(Clone, Copy, Debug)]
pub enum Glyph {
    /// Beside the line the cursor is on.
    Cursor,
    /// Beside the line the cursor is on where that is none of the list.
    Pinned,
    /// Along a title.
    Rule,
    /// New since the user last looked.
    New,
    /// Marked, to be acted on together.
    Mark,
    /// Between words.
    Dot,
    /// Depends upwards; more above.
    Up,
    /// Depends downwards; more below.
    Down,
    /// Beside an overlay.
    Wall,
    /// A stretch of duty.
    Block,
    /// Behind a line that leads on.
    Leads,
    /// Before the name of the tab that is shown.
    Shown,
}
