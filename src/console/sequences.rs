//! Sequences to a terminal that draw nothing: the clipboard, a notice, and where words lead.

use crate::config::Notify;
use crate::domain::text::{clean_line, fit};
use base64::{Engine, engine::general_purpose::STANDARD};

/// Columns of a notice at most: more is cut off by whatever shows it.
const NOTICE: usize = 200;

/// OSC 52, which reaches the clipboard over SSH; inside tmux also passed through to the terminal around it.
pub fn clipboard(copied: &str, in_tmux: bool) -> String {
    let plain = format!("\x1b]52;c;{}\x07", STANDARD.encode(copied));
    match in_tmux {
        true => format!("{plain}{}", through_tmux(&plain)),
        false => plain,
    }
}

/// A notice of the terminal's own; inside tmux passed through to the terminal around it.
pub fn notice(says: &str, kind: Notify, in_tmux: bool) -> String {
    // What separates the parts of a notice does not stand in its words.
    let says = fit(&clean_line(says), NOTICE).replace(';', ",");
    let plain = match kind {
        Notify::Auto | Notify::None => return String::new(),
        Notify::Osc9 => format!("\x1b]9;{says}\x07"),
        Notify::Osc777 => format!("\x1b]777;notify;hotseat;{says}\x07"),
        Notify::Osc99 => format!("\x1b]99;i=hotseat:d=1:a=focus;{says}\x1b\\"),
    };
    match in_tmux {
        true => through_tmux(&plain),
        false => plain,
    }
}

/// Hands a sequence on to the terminal around tmux, where that is allowed: each escape stands twice in it.
fn through_tmux(plain: &str) -> String {
    format!("\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b"))
}

/// From here on words lead to an address; the id ties those together that stand apart.
pub fn link_begins(address: &str, id: &str) -> String {
    match id {
        "" => format!("\x1b]8;;{address}\x1b\\"),
        id => format!("\x1b]8;id={id};{address}\x1b\\"),
    }
}

/// From here on words lead nowhere.
pub const LINK_ENDS: &str = "\x1b]8;;\x1b\\";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clipboard_is_reached_through_tmux_too() {
        for (raw, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("INC-312", "SU5DLTMxMg=="),
        ] {
            assert_eq!(STANDARD.encode(raw), encoded);
        }
        assert_eq!(clipboard("foo", false), "\x1b]52;c;Zm9v\x07");
        assert!(clipboard("foo", true).ends_with("\x1bPtmux;\x1b\x1b]52;c;Zm9v\x07\x1b\\"));
    }

    #[test]
    fn a_notice_is_one_sequence_whatever_it_says() {
        let says = "Page: a\x07b\x1b]52;c;x\x07 (c; d)";
        for (kind, begin, end) in [
            (Notify::Osc9, "\x1b]9;", "\x07"),
            (Notify::Osc777, "\x1b]777;notify;hotseat;", "\x07"),
            (Notify::Osc99, "\x1b]99;i=hotseat:d=1:a=focus;", "\x1b\\"),
        ] {
            let told = notice(says, kind, false);
            let words = told.strip_prefix(begin).and_then(|t| t.strip_suffix(end));
            let words = words.expect("one sequence");
            assert!(!words.contains(['\x1b', '\x07', ';']), "{words:?}");
            let passed = notice(says, kind, true);
            let inside = passed
                .strip_prefix("\x1bPtmux;")
                .and_then(|t| t.strip_suffix("\x1b\\"));
            assert_eq!(
                inside.expect("passed through").replace("\x1b\x1b", "\x1b"),
                told
            );
        }
        assert_eq!(notice(says, Notify::None, true), "");
        let long = notice(&"x".repeat(5_000), Notify::Osc9, false);
        assert!(long.len() < 300);
    }
}
