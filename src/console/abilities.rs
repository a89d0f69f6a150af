//! What the terminal takes, as far as its environment tells: nothing is asked of it, since an answer may never come.

use crate::config::{Links, Notify};

/// What a terminal takes. Over SSH mostly TERM alone tells, for other variables are not handed on.
#[derive(Clone, Debug, PartialEq)]
pub struct Abilities {
    /// It moves its cursor, so that a line can be written over.
    pub moves_cursor: bool,
    /// It takes OSC 8: words that lead to an address.
    pub links: bool,
    /// The notice of its own that it takes.
    pub notice: Notify,
    /// tmux stands between: what it does not know itself is passed through to the terminal around it.
    pub in_tmux: bool,
}

/// The first version of VTE, as GNOME's terminal and its kin tell it, whose links are without fault.
const VTE: u32 = 5_000;
/// The first version of tmux that knows links.
const TMUX: (u32, u32) = (3, 4);

/// Terminals by the beginning of TERM or by TERM_PROGRAM: whether they take links, and which notice.
const KNOWN: &[(&str, bool, Notify)] = &[
    ("xterm-kitty", true, Notify::Osc99),
    ("xterm-ghostty", true, Notify::Osc9),
    ("ghostty", true, Notify::Osc9),
    ("wezterm", true, Notify::Osc9),
    ("WezTerm", true, Notify::Osc9),
    ("iTerm.app", true, Notify::Osc9),
    ("foot", true, Notify::Osc777),
    ("alacritty", true, Notify::None),
    ("contour", true, Notify::Osc777),
    ("vscode", true, Notify::None),
    ("Hyper", true, Notify::None),
    ("rio", true, Notify::None),
    ("rxvt-unicode", false, Notify::Osc777),
];

impl Abilities {
    /// Of the terminal that the environment tells of.
    pub fn here() -> Self {
        Self::of(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// Of the terminal that these variables tell of.
    pub fn of(var: impl Fn(&str) -> Option<String>) -> Self {
        let term = var("TERM").unwrap_or_default();
        let program = var("TERM_PROGRAM").unwrap_or_default();
        let in_tmux = var("TMUX").is_some();
        let moves_cursor = !matches!(term.as_str(), "" | "dumb");
        let known = KNOWN
            .iter()
            .find(|(name, ..)| term.starts_with(name) || (program == *name && !in_tmux));
        let vte = var("VTE_VERSION").and_then(|v| v.parse().ok()).unwrap_or(0);
        let by_variable = [
            ("KITTY_WINDOW_ID", Notify::Osc99),
            ("WEZTERM_PANE", Notify::Osc9),
            ("WT_SESSION", Notify::None),
            ("KONSOLE_VERSION", Notify::None),
        ];
        let variable = by_variable.iter().find(|(name, _)| var(name).is_some());
        let links = match in_tmux {
            true => tmux_version(&program, &var).is_some_and(|version| version >= TMUX),
            false => known.is_some_and(|k| k.1) || vte >= VTE || variable.is_some(),
        };
        let notice = match (known, variable) {
            (Some((.., notice)), _) | (None, Some((_, notice))) => *notice,
            _ if vte > 0 => Notify::Osc777,
            // The terminal around tmux is unknown: this is what most of those know that know any.
            _ if in_tmux => Notify::Osc9,
            _ => Notify::None,
        };
        Self {
            moves_cursor,
            links: links && moves_cursor && term != "linux",
            notice: if moves_cursor { notice } else { Notify::None },
            in_tmux,
        }
    }

    /// Whether words lead to addresses here, by what is configured.
    pub fn takes_links(&self, wanted: Links) -> bool {
        match wanted {
            Links::Auto => self.links,
            Links::Always => self.moves_cursor,
            Links::Never => false,
        }
    }

    /// The notice that is given here, by what is configured.
    pub fn gives(&self, wanted: Notify) -> Notify {
        match wanted {
            Notify::Auto => self.notice,
            chosen => chosen,
        }
    }
}

/// The version that tmux tells of itself, from 3.2 on.
fn tmux_version(program: &str, var: impl Fn(&str) -> Option<String>) -> Option<(u32, u32)> {
    let told = var("TERM_PROGRAM_VERSION").filter(|_| program == "tmux")?;
    let (major, minor) = told.split_once('.')?;
    let digits = |text: &str| -> Option<u32> {
        let end = text.find(|c: char| !c.is_ascii_digit());
        text[..end.unwrap_or(text.len())].parse().ok()
    };
    let major = major.rsplit('-').next().and_then(digits)?;
    Some((major, digits(minor)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_known_by_its_environment() {
        for (vars, links, notice) in [
            (&[("TERM", "xterm-256color")][..], false, Notify::None),
            (&[("TERM", "xterm-kitty")], true, Notify::Osc99),
            (&[("TERM", "foot-extra")], true, Notify::Osc777),
            (
                &[("TERM", "dumb"), ("VTE_VERSION", "7600")],
                false,
                Notify::None,
            ),
            (&[("TERM", "linux")], false, Notify::None),
            (&[], false, Notify::None),
            (
                &[("TERM", "xterm-256color"), ("VTE_VERSION", "7600")],
                true,
                Notify::Osc777,
            ),
            (
                &[("TERM", "xterm-256color"), ("VTE_VERSION", "4601")],
                false,
                Notify::Osc777,
            ),
            (
                &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")],
                true,
                Notify::Osc9,
            ),
            (
                &[("TERM", "xterm-256color"), ("WT_SESSION", "1")],
                true,
                Notify::None,
            ),
            (
                &[
                    ("TERM", "tmux-256color"),
                    ("TMUX", "x"),
                    ("TERM_PROGRAM", "tmux"),
                    ("TERM_PROGRAM_VERSION", "3.4"),
                ],
                true,
                Notify::Osc9,
            ),
            (
                &[
                    ("TERM", "screen-256color"),
                    ("TMUX", "x"),
                    ("TERM_PROGRAM", "tmux"),
                    ("TERM_PROGRAM_VERSION", "3.3a"),
                ],
                false,
                Notify::Osc9,
            ),
            (
                &[
                    ("TERM", "tmux"),
                    ("TMUX", "x"),
                    ("TERM_PROGRAM", "tmux"),
                    ("TERM_PROGRAM_VERSION", "next-3.6"),
                    ("KITTY_WINDOW_ID", "1"),
                ],
                true,
                Notify::Osc99,
            ),
            (&[("TERM", "screen"), ("TMUX", "x")], false, Notify::Osc9),
        ] {
            let var = |name: &str| {
                let found = vars.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let abilities = Abilities::of(var);
            assert_eq!(
                (abilities.links, abilities.notice),
                (links, notice),
                "{vars:?}"
            );
            assert!(!abilities.takes_links(Links::Never));
            assert_eq!(abilities.takes_links(Links::Always), abilities.moves_cursor);
        }
    }
}
