//! From a key to an action: pure, from the table and the configuration.

use super::action::{ACTIONS, Action, Context};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::collections::{BTreeMap, HashMap};

/// A key as the configuration writes it: `j`, `G`, `ctrl-d`, `alt-left`, `enter`.
pub fn name(key: KeyEvent) -> String {
    let base = match key.code {
        KeyCode::Char(' ') => "space".into(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "enter".into(),
        KeyCode::Esc => "esc".into(),
        KeyCode::Tab => "tab".into(),
        KeyCode::BackTab => "backtab".into(),
        KeyCode::PageDown => "pagedown".into(),
        KeyCode::PageUp => "pageup".into(),
        KeyCode::F(n) => format!("f{n}"),
        other => format!("{other:?}").to_lowercase(),
    };
    let mut out = String::new();
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        out.push_str("ctrl-");
    }
    if key.modifiers.contains(KeyModifiers::ALT) {
        out.push_str("alt-");
    }
    out + &base
}

/// Whether a key is a letter where words are typed.
pub fn prints(key: KeyEvent) -> bool {
    let commands = KeyModifiers::CONTROL | KeyModifiers::ALT;
    matches!(key.code, KeyCode::Char(_)) && !key.modifiers.intersects(commands)
}

/// Whether a key is a command in a context, and no letter of what is typed there.
fn is_command(key: &str, context: Context) -> bool {
    !context.takes_text() || !parse(key).is_some_and(prints)
}

/// A key from its name; `None` where it is not one.
pub fn parse(name: &str) -> Option<KeyEvent> {
    let (mut modifiers, mut rest) = (KeyModifiers::NONE, name);
    loop {
        rest = match rest {
            r if r.len() > 5 && r.starts_with("ctrl-") => {
                modifiers |= KeyModifiers::CONTROL;
                &r[5..]
            }
            r if r.len() > 4 && r.starts_with("alt-") => {
                modifiers |= KeyModifiers::ALT;
                &r[4..]
            }
            _ => break,
        };
    }
    let mut chars = rest.chars();
    let code = match (rest, chars.next(), chars.next()) {
        (_, Some(c), None) => KeyCode::Char(c),
        ("space", ..) => KeyCode::Char(' '),
        ("enter", ..) => KeyCode::Enter,
        ("esc", ..) => KeyCode::Esc,
        ("tab", ..) => KeyCode::Tab,
        ("backtab", ..) => KeyCode::BackTab,
        ("up", ..) => KeyCode::Up,
        ("down", ..) => KeyCode::Down,
        ("left", ..) => KeyCode::Left,
        ("right", ..) => KeyCode::Right,
        ("home", ..) => KeyCode::Home,
        ("end", ..) => KeyCode::End,
        ("pagedown", ..) => KeyCode::PageDown,
        ("pageup", ..) => KeyCode::PageUp,
        ("delete", ..) => KeyCode::Delete,
        ("backspace", ..) => KeyCode::Backspace,
        (f, ..) => KeyCode::F(
            f.strip_prefix('f')?
                .parse()
                .ok()
                .filter(|n| (1..=12).contains(n))?,
        ),
    };
    Some(KeyEvent::new(code, modifiers))
}

/// Keys of every action, after the configuration.
#[derive(Clone, Debug)]
pub struct Keymap {
    keys: HashMap<Action, Vec<String>>,
    by_key: HashMap<(Context, String), Action>,
}

impl Keymap {
    /// The table's keys with the configured ones over them. Unknown actions, unreadable keys and two actions on one
    /// key in one context are errors.
    pub fn new(configured: &BTreeMap<String, Vec<String>>) -> Result<Self, String> {
        for (id, keys) in configured {
            if !ACTIONS.iter().any(|row| row.id == id) {
                return Err(format!(
                    "[keys] names an unknown action \"{id}\"; hotseat config keys lists them."
                ));
            }
            if let Some(bad) = keys.iter().find(|key| parse(key).is_none()) {
                return Err(format!(
                    "[keys] {id}: \"{bad}\" is not a key; write it like j, G, ctrl-d, alt-left or enter."
                ));
            }
        }
        let mut map = Self {
            keys: HashMap::new(),
            by_key: HashMap::new(),
        };
        for row in ACTIONS {
            let keys = configured
                .get(row.id)
                .cloned()
                .unwrap_or_else(|| row.keys.iter().map(|k| (*k).to_owned()).collect());
            map.keys.insert(row.action, keys);
        }
        for context in Context::ALL {
            map.bind(context)?;
        }
        Ok(map)
    }

    /// Puts the keys of all actions that mean something in a context on them.
    fn bind(&mut self, context: Context) -> Result<(), String> {
        for row in ACTIONS.iter().filter(|row| row.works_in(context)) {
            for key in &self.keys[&row.action] {
                let before = self.by_key.insert((context, key.clone()), row.action);
                if let Some(other) = before.filter(|other| *other != row.action) {
                    return Err(format!(
                        "The key {key} would do both {} and {}; give one of them another key in [keys].",
                        other.row().id,
                        row.id
                    ));
                }
            }
        }
        Ok(())
    }

    /// What a key does in a context. Where words are typed, a key that prints does nothing else.
    pub fn resolve(&self, key: KeyEvent, context: Context) -> Option<Action> {
        if context.takes_text() && prints(key) {
            return None;
        }
        self.by_key.get(&(context, name(key))).copied()
    }

    /// The first key of an action that is a command in a context, and no letter of what is typed there.
    pub fn key_in(&self, action: Action, context: Context) -> &str {
        let mut all = self.keys.get(&action).into_iter().flatten();
        all.find(|key| is_command(key, context))
            .map_or("", String::as_str)
    }

    /// All keys of an action that are commands in a context.
    pub fn all_in(&self, action: Action, context: Context) -> String {
        let all = self.keys.get(&action).into_iter().flatten();
        let keys: Vec<&str> = all
            .filter(|key| is_command(key, context))
            .map(String::as_str)
            .collect();
        keys.join(" ")
    }

    /// The first key of an action; empty where it has none.
    pub fn key(&self, action: Action) -> &str {
        self.keys
            .get(&action)
            .and_then(|keys| keys.first())
            .map_or("", String::as_str)
    }

    /// All keys of an action.
    pub fn all(&self, action: Action) -> String {
        self.keys
            .get(&action)
            .map(|keys| keys.join(" "))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_keys_read_back_clash_nowhere_and_avoid_what_terminals_take() {
        Keymap::new(&BTreeMap::new()).expect("no clash");
        for key in ACTIONS.iter().flat_map(|row| row.keys) {
            assert_eq!(parse(key).map(name).as_deref(), Some(*key));
            assert!(
                ![
                    "ctrl-b", "ctrl-a", "ctrl-s", "ctrl-q", "ctrl-h", "ctrl-i", "ctrl-m"
                ]
                .contains(key),
                "{key}"
            );
        }
        let mut ids: Vec<_> = ACTIONS.iter().map(|row| row.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ACTIONS.len(), "two actions share an id");
    }

    #[test]
    fn configured_keys_replace_defaults_or_are_refused_with_the_reason() {
        let map = |id: &str, key: &str| {
            Keymap::new(&BTreeMap::from([(id.to_owned(), vec![key.to_owned()])]))
        };
        let keymap = map("move.down", "ctrl-n").expect("fine");
        assert_eq!(
            keymap.resolve(parse("ctrl-n").expect("a key"), Context::List),
            Some(Action::Down)
        );
        assert_eq!(
            keymap.resolve(parse("j").expect("a key"), Context::List),
            None
        );
        for (id, key, says) in [
            ("move.dwn", "j", "unknown action"),
            ("move.down", "hyper-j", "not a key"),
            ("move.down", "k", "both"),
        ] {
            assert!(map(id, key).expect_err(id).contains(says));
        }
    }
}
