//! Keys in words that are being typed, as readline has them: one way in every field.

use super::keymap::{name, prints};
use crossterm::event::KeyEvent;
use ratatui::style::Style;
use tui_textarea::{CursorMove, Scrolling, TextArea, WrapMode};

/// A place where one line is typed, with the cursor at its end.
pub(crate) fn line(text: &str) -> Box<TextArea<'static>> {
    let mut input = Box::new(TextArea::from(text.split('\n')));
    input.set_cursor_line_style(Style::new());
    input.move_cursor(CursorMove::Bottom);
    input.move_cursor(CursorMove::End);
    input
}

/// A place where words are typed that wrap where they are wider than it is.
pub(crate) fn wrapping(text: &str) -> Box<TextArea<'static>> {
    let mut input = line(text);
    input.set_wrap_mode(WrapMode::WordOrGlyph);
    input
}

/// Does what a key does to a line; false where it does nothing there.
pub(crate) fn edit_line(input: &mut TextArea<'static>, key: KeyEvent) -> bool {
    let mut go = |to| {
        input.move_cursor(to);
        true
    };
    match name(key).as_str() {
        "left" | "ctrl-b" => go(CursorMove::Back),
        "right" | "ctrl-f" => go(CursorMove::Forward),
        "ctrl-left" | "alt-left" | "alt-b" => go(CursorMove::WordBack),
        "ctrl-right" | "alt-right" | "alt-f" => go(CursorMove::WordForward),
        "home" | "ctrl-a" => go(CursorMove::Head),
        "end" | "ctrl-e" => go(CursorMove::End),
        other => cut(input, other) || insert(input, key),
    }
}

/// Does what a key does to a text of lines; false where it does nothing there.
pub(crate) fn edit_text(input: &mut TextArea<'static>, key: KeyEvent) -> bool {
    match name(key).as_str() {
        "enter" | "ctrl-j" => input.insert_newline(),
        "up" | "ctrl-p" => input.move_cursor(CursorMove::Up),
        "down" | "ctrl-n" => input.move_cursor(CursorMove::Down),
        "pageup" => input.scroll(Scrolling::PageUp),
        "pagedown" => input.scroll(Scrolling::PageDown),
        "ctrl-home" => input.move_cursor(CursorMove::Top),
        "ctrl-end" => input.move_cursor(CursorMove::Bottom),
        _ => return edit_line(input, key),
    }
    true
}

/// Takes something away, or gives it back; what is taken by words or lines comes back on `ctrl-y`.
fn cut(input: &mut TextArea<'static>, key: &str) -> bool {
    match key {
        "backspace" | "ctrl-h" => input.delete_char(),
        "delete" | "ctrl-d" => input.delete_next_char(),
        "ctrl-w" => rub_word_out(input),
        "alt-backspace" => input.delete_word(),
        "alt-d" | "alt-delete" | "ctrl-delete" => input.delete_next_word(),
        "ctrl-u" => input.delete_line_by_head(),
        "ctrl-k" => input.delete_line_by_end(),
        "ctrl-y" => input.paste(),
        // Terminals send ctrl-7 for the key that readline calls ctrl-_.
        "ctrl-_" | "ctrl-7" => input.undo(),
        "ctrl-r" => input.redo(),
        _ => return false,
    };
    true
}

fn insert(input: &mut TextArea<'static>, key: KeyEvent) -> bool {
    let is_letter = prints(key);
    if let (Some(letter), true) = (key.code.as_char(), is_letter) {
        input.insert_char(letter);
    }
    is_letter
}

/// Back to the blank before the word: a time or an address goes as a whole.
fn rub_word_out(input: &mut TextArea<'static>) -> bool {
    let (row, column) = (input.cursor().0, input.cursor().1);
    let before: Vec<char> = input.lines()[row].chars().take(column).collect();
    let end = before.iter().rposition(|c| !c.is_whitespace());
    let Some(end) = end else {
        return input.delete_word();
    };
    let blank = before[..end].iter().rposition(|c| c.is_whitespace());
    let begin = blank.map_or(0, |at| at + 1);
    (begin..column).for_each(|_| input.move_cursor(CursorMove::Back));
    input.delete_str(column - begin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::keymap::parse;

    #[test]
    fn a_line_is_edited_as_readline_does() {
        for (before, keys, after) in [
            ("yesterday 23:15", "ctrl-w", "yesterday "),
            ("yesterday 23:15", "ctrl-w ctrl-y", "yesterday 23:15"),
            ("yesterday 23:15 ", "ctrl-w", "yesterday "),
            ("Rolling back", "ctrl-u", ""),
            ("Rolling back", "ctrl-u ctrl-y", "Rolling back"),
            ("Rolling back", "ctrl-u ctrl-7", "Rolling back"),
            ("Rolling back", "ctrl-a N o space", "No Rolling back"),
            ("Rolling back", "ctrl-a alt-d", " back"),
            ("Rolling back", "ctrl-a alt-f ctrl-k", "Rolling "),
            ("Rolling back", "alt-b x ctrl-e y", "Rolling xbacky"),
            (
                "Rolling back",
                "ctrl-left ctrl-left ctrl-right x",
                "Rolling xback",
            ),
            ("Rolling back", "alt-backspace", "Rolling "),
            ("日本 語", "ctrl-w", "日本 "),
        ] {
            let mut input = line(before);
            for key in keys.split(' ') {
                assert!(edit_line(&mut input, parse(key).expect("a key")), "{key}");
            }
            assert_eq!(input.lines().concat(), after, "{before}: {keys}");
        }
        for key in ["enter", "ctrl-t", "alt-u", "f5", "ctrl-j", "esc"] {
            let mut input = line("as it was");
            let does = edit_line(&mut input, parse(key).expect("a key"));
            assert!(!does && input.lines() == ["as it was"], "{key}");
        }
    }

    #[test]
    fn a_text_has_lines_and_wraps() {
        let mut input = wrapping("one");
        for key in ["enter", "t", "w", "o", "up", "home", "x"] {
            assert!(edit_text(&mut input, parse(key).expect("a key")), "{key}");
        }
        assert_eq!(input.lines(), ["xone", "two"]);
        assert_eq!(input.wrap_mode(), WrapMode::WordOrGlyph);
    }
}
