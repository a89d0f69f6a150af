//! Which characters take the same number of columns on every terminal. Of the others nothing is relied on: not where the
//! cursor stands after them, not what they cover, not that they end in their own row.

use crate::domain::text::columns;
use icu_properties::{CodePointMapData, props::EastAsianWidth};
use unicode_width::UnicodeWidthChar;

/// Signs of the screen itself. Some count as ambiguous; who has a terminal that shows them wide has `ascii` for it.
const OWN: &str = "▌─●✓·↑↓│█–—•…→┌┐└┘├┤┬┴┼";

/// Whether all terminals agree on a symbol's width: one character, and either a letter of Europe that is nowhere wide, or
/// one that has been wide ever since there were wide ones. Emoji are not among them: how wide they are depends on the
/// version of Unicode a terminal knows. Nor are combining marks, which some show beside their letter.
pub fn is_agreed(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else {
        return false;
    };
    match c {
        ' '..='~' => true,
        '\u{a1}'..='\u{52f}' => c.width() == Some(1) && !is_ambiguous(c) || OWN.contains(c),
        '、'..='〗' | 'ぁ'..='ヿ' | '㐀'..='䶵' | '一'..='龥' | '가'..='힣' | '！'..='～' => {
            c.width() == Some(2)
        }
        c => OWN.contains(c),
    }
}

/// Whether terminals set up for East Asian writing show a character wide.
fn is_ambiguous(c: char) -> bool {
    CodePointMapData::<EastAsianWidth>::new().get(c) == EastAsianWidth::Ambiguous
}

/// What stands for a symbol where the terminal that takes it for widest would go on in the next row.
pub fn within(symbol: &str, left: usize) -> &str {
    if is_agreed(symbol) || 2 * symbol.chars().count() <= left {
        return symbol;
    }
    let end = symbol.chars().next().map_or(0, char::len_utf8);
    let first = &symbol[..end];
    match is_agreed(first) && columns(first) == columns(symbol) {
        true => first,
        false => &"??"[..columns(symbol).clamp(1, 2)],
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::theme::{Glyph::*, Theme};
    use super::*;
    use crate::config::Colour;

    #[test]
    fn only_what_every_terminal_shows_alike_is_relied_on() {
        for (symbol, agreed) in [
            ("a", true),
            ("~", true),
            ("ö", true),
            ("ж", false),
            ("│", true),
            ("…", true),
            ("日", true),
            ("한", true),
            ("Ａ", true),
            ("é", false),
            ("°", false),
            ("e\u{301}", false),
            ("🔥", false),
            ("\u{1fae8}", false),
            ("⚠", false),
            ("ก", false),
            ("\u{e0b0}", false),
            ("\u{302a}", false),
        ] {
            assert_eq!(is_agreed(symbol), agreed, "{symbol}");
        }
        let theme = Theme::fixed(Colour::Truecolor, false, false);
        for glyph in [Cursor, Rule, New, Mark, Dot, Up, Down, Wall, Block] {
            assert!(is_agreed(theme.glyph(glyph)), "{glyph:?}");
        }
        assert_eq!(within("e\u{301}", 1), "e");
        assert_eq!((within("🔥", 2), within("🔥", 1)), ("🔥", "??"));
    }
}
