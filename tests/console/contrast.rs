//! Whatever is shown can be read: each role of a theme on its grounds, and each cell of a whole screen.

use hotseat::config::Colour;
use hotseat::console::picture;
use hotseat::console::state::State;
use hotseat::console::theme::Theme;
use hotseat::domain::Priority;
use ratatui::style::{Color, Modifier, Style};
use std::collections::HashSet;

/// Grounds of dark and of light terminals. Sixteen colours come with a black or a white one of their own.
const GROUNDS: [[(u8, u8, u8); 2]; 2] = [
    [(0, 0, 0), (29, 31, 33)],
    [(255, 255, 255), (250, 250, 250)],
];
/// Text needs 4.5, and what is no text 3, as WCAG 2.2 AA has it. What the sixteen are is the terminal's own choice: as
/// xterm has them they are held to the same, and as a bare console has them to what large text needs.
const DEPTHS: [(Colour, f64); 3] = [
    (Colour::Truecolor, 4.5),
    (Colour::Palette, 4.5),
    (Colour::Sixteen, 3.0),
];

/// Every theme, with the grounds it is read on and the contrast it must have there.
fn themes() -> impl Iterator<Item = (Theme, &'static [(u8, u8, u8)], f64, String)> {
    DEPTHS.iter().flat_map(|(depth, least)| {
        [false, true].map(|is_light| {
            let shades = if *depth == Colour::Sixteen { 1 } else { 2 };
            let grounds = &GROUNDS[usize::from(is_light)][..shades];
            let name = format!("{depth:?}, light {is_light}");
            (Theme::fixed(*depth, is_light, false), grounds, *least, name)
        })
    })
}

/// Whatever a screen shows can be read, in every theme on every ground.
pub(crate) fn assert_readable(state: &State, which: &str) {
    for (theme, grounds, least, name) in themes() {
        let buffer = picture::buffer(state, &theme);
        let looks: HashSet<_> = buffer
            .content()
            .iter()
            .filter(|cell| cell.symbol() != " ")
            .map(|cell| (cell.fg, cell.bg, cell.modifier.contains(Modifier::DIM)))
            .collect();
        for (words, below, is_dim) in looks {
            assert!(
                !is_dim || words == Color::Reset,
                "{which}, {name}: {words:?} is dimmed, by how much nobody knows"
            );
            // The terminal's own words on its own ground are its own choice.
            let Some(words) = rgb(words) else { continue };
            for ground in grounds {
                let ratio = contrast(words, rgb(below).unwrap_or(*ground));
                assert!(
                    ratio >= least,
                    "{which}, {name}: {words:?} on {ground:?}: {ratio:.2} of {least}"
                );
            }
        }
    }
}

/// What a colour is; the sixteen are as where nobody changed them, on the console of a bare machine.
fn rgb(colour: Color) -> Option<(u8, u8, u8)> {
    Some(match colour {
        Color::Red => (170, 0, 0),
        Color::Green => (0, 170, 0),
        Color::Yellow => (170, 85, 0),
        Color::Blue => (0, 0, 170),
        Color::Magenta => (170, 0, 170),
        Color::Cyan => (0, 170, 170),
        Color::LightRed => (255, 85, 85),
        Color::LightYellow => (255, 255, 85),
        Color::LightBlue => (85, 85, 255),
        Color::LightCyan => (85, 255, 255),
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Indexed(n @ 16..=231) => {
            let step = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            (
                step((n - 16) / 36),
                step((n - 16) / 6 % 6),
                step((n - 16) % 6),
            )
        }
        Color::Indexed(n @ 232..) => {
            let grey = 8 + 10 * (n - 232);
            (grey, grey, grey)
        }
        // The terminal's own words on its own ground.
        _ => return None,
    })
}

/// The sixteen as xterm comes with them.
fn xterm(colour: Color) -> Option<(u8, u8, u8)> {
    Some(match colour {
        Color::Red => (205, 0, 0),
        Color::Green => (0, 205, 0),
        Color::Yellow => (205, 205, 0),
        Color::Blue => (0, 0, 238),
        Color::Magenta => (205, 0, 205),
        Color::Cyan => (0, 205, 205),
        Color::LightRed => (255, 0, 0),
        Color::LightYellow => (255, 255, 0),
        Color::LightBlue => (92, 92, 255),
        Color::LightCyan => (0, 255, 255),
        // The terminal's own words on its own ground.
        _ => return None,
    })
}

/// Relative luminance, as WCAG 2.2 defines it.
fn luminance((r, g, b): (u8, u8, u8)) -> f64 {
    let linear = |channel: u8| {
        let c = f64::from(channel) / 255.0;
        match c <= 0.04045 {
            true => c / 12.92,
            false => ((c + 0.055) / 1.055).powf(2.4),
        }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

fn contrast(a: (u8, u8, u8), b: (u8, u8, u8)) -> f64 {
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    a.max(b) / a.min(b)
}

fn roles(theme: &Theme) -> Vec<(&'static str, Style)> {
    let priority = |p| theme.priority(Some(p));
    vec![
        ("dim", theme.dim()),
        ("accent", theme.accent()),
        ("title", theme.title(true)),
        ("title without the keys", theme.title(false)),
        ("hot", theme.hot()),
        ("warn", theme.warn()),
        ("good", theme.good()),
        ("me", theme.me()),
        ("P0", priority(Priority::P0)),
        ("P1", priority(Priority::P1)),
        ("P2", priority(Priority::P2)),
        ("P3", priority(Priority::P3)),
        ("no priority", theme.priority(None)),
    ]
}

#[test]
fn every_role_can_be_read_on_the_grounds_of_both_themes() {
    for (theme, grounds, least, name) in themes() {
        for (role, style) in roles(&theme) {
            let Some(words) = style.fg.and_then(rgb) else {
                continue;
            };
            for ground in grounds {
                let ratio = contrast(words, *ground);
                assert!(
                    ratio >= least,
                    "{role} on {ground:?}, {name}: {ratio:.2} of {least}"
                );
            }
        }
    }
}

#[test]
fn the_sixteen_colours_of_xterm_are_as_readable_as_all_others() {
    for (is_light, ground) in [(false, (0, 0, 0)), (true, (255, 255, 255))] {
        let theme = Theme::fixed(Colour::Sixteen, is_light, false);
        for (role, style) in roles(&theme) {
            let Some(words) = style.fg.and_then(xterm) else {
                assert!(
                    style.fg.is_none_or(|fg| fg == Color::Reset),
                    "{role}: {:?} is none that is known",
                    style.fg
                );
                continue;
            };
            let ratio = contrast(words, ground);
            assert!(ratio >= 4.5, "{role}, light {is_light}: {ratio:.2}");
        }
    }
}

#[test]
fn a_graver_priority_never_looks_fainter_than_a_lighter_one_on_a_dark_ground() {
    let theme = Theme::fixed(Colour::Sixteen, false, false);
    let words = |p| rgb(theme.priority(Some(p)).fg.unwrap_or_default());
    let (p1, p2) = (words(Priority::P1), words(Priority::P2));
    assert!(luminance(p1.expect("a colour")) > luminance(p2.expect("a colour")));
}
