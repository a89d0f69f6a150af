//! The configuration as it may be shown.

use super::Config;
use crate::domain::secrets::{HIDDEN, redact, redact_all};
use toml::Value;

/// Every setting, without values of headers, and without what addresses and commands keep secret.
pub fn shown(config: &Config) -> Result<String, toml::ser::Error> {
    let mut table = toml::Table::try_from(config)?;
    table.iter_mut().for_each(|(name, value)| hide(name, value));
    toml::to_string(&table)
}

fn hide(name: &str, value: &mut Value) {
    match value {
        Value::String(words) => *words = redact(words),
        Value::Array(all) => hide_all(all),
        Value::Table(headers) if name == "headers" => headers
            .iter_mut()
            .for_each(|(_, value)| *value = HIDDEN.into()),
        Value::Table(table) => table.iter_mut().for_each(|(name, value)| hide(name, value)),
        _ => {}
    }
}

/// Words of a command belong together: an option announces the secret that follows it.
fn hide_all(all: &mut [Value]) {
    let words: Option<Vec<&str>> = all.iter().map(Value::as_str).collect();
    let Some(words) = words else {
        return all.iter_mut().for_each(|value| hide("", value));
    };
    let shown = redact_all(&words);
    for (value, shown) in all.iter_mut().zip(shown) {
        *value = Value::String(shown);
    }
}

/// What is wrong with a setting, without the text that was given: somebody may have written a secret where its place is
/// asked for.
pub(super) fn unquoted(message: &str) -> String {
    let Some((before, rest)) = message.split_once("string \"") else {
        return message.to_owned();
    };
    match rest.rsplit_once('"') {
        Some((_, after)) => format!("{before}string {HIDDEN}{after}"),
        None => message.to_owned(),
    }
}
