//! A file laid over the defaults; what is wrong in it is named with its line.

use super::shown::unquoted;
use super::{Config, ConfigError};

/// Lays a file over the defaults; an unknown or ill-typed setting is named with its line.
pub(super) fn layer(table: &mut toml::Table, raw: &str, path: &str) -> Result<(), ConfigError> {
    let wrong = |line: usize, what: &str| ConfigError(format!("{path}, line {line}: {what}"));
    let file: toml::Table = raw
        .parse()
        .map_err(|e: toml::de::Error| wrong(line_of(raw, e.span()), &unquoted(e.message())))?;
    let mut merged = table.clone();
    merge(&mut merged, file.clone());
    let Err(e) = merged.clone().try_into::<Config>() else {
        *table = merged;
        return Ok(());
    };
    let Some((line, e)) = at_fault(table, &file, raw) else {
        return Err(wrong(1, &unquoted(e.message())));
    };
    let what = unquoted(e.message());
    let what = what.lines().next().unwrap_or_default();
    let what = format!("{what}. See `hotseat config show` for every setting.");
    Err(wrong(line, &what))
}

/// The line of the setting that is wrong. A merged table has no lines of its own: the settings are laid over the
/// defaults one at a time.
fn at_fault(
    table: &toml::Table,
    file: &toml::Table,
    raw: &str,
) -> Option<(usize, toml::de::Error)> {
    let with = |key: &str, value: toml::Value| {
        let mut one = table.clone();
        merge(&mut one, toml::Table::from_iter([(key.to_owned(), value)]));
        one.try_into::<Config>().err()
    };
    let (key, value, e) = file
        .iter()
        .find_map(|(key, value)| Some((key, value, with(key, value.clone())?)))?;
    if let Some(all) = value
        .as_array()
        .filter(|all| all.iter().all(toml::Value::is_table))
    {
        return Some((line_in_tables(key, all, raw, &with), e));
    }
    let head = raw.lines().position(|l| starts(l, key)).unwrap_or(0);
    let mut settings = value.as_table().into_iter().flatten();
    let inner = settings.find(|(inner, value)| {
        let only = toml::Table::from_iter([((*inner).clone(), (*value).clone())]);
        with(key, toml::Value::Table(only)).is_some()
    });
    let below = inner.and_then(|(inner, _)| {
        let mut rest = raw.lines().skip(head + 1);
        rest.position(|l| starts(l, inner))
    });
    Some((below.map_or(head + 1, |at| head + at + 2), e))
}

fn starts(line: &str, word: &str) -> bool {
    let line = line.trim_start().trim_start_matches(['[', '"']);
    line.starts_with(word)
}

/// The line of the setting that is wrong in one of several tables of a name: the one without which its table is right.
fn line_in_tables(
    key: &str,
    all: &[toml::Value],
    raw: &str,
    with: &dyn Fn(&str, toml::Value) -> Option<toml::de::Error>,
) -> usize {
    let is_wrong = |one: &toml::Value| with(key, toml::Value::Array(vec![one.clone()])).is_some();
    let Some(wrong) = all.iter().position(is_wrong) else {
        return 1;
    };
    let heads = raw.lines().enumerate().filter(|(_, l)| starts(l, key));
    let head = heads.map(|(at, _)| at).nth(wrong).unwrap_or(0);
    let without = |name: &String| {
        let mut rest = all[wrong].as_table().cloned().unwrap_or_default();
        rest.remove(name);
        !is_wrong(&toml::Value::Table(rest))
    };
    let mut names = all[wrong]
        .as_table()
        .into_iter()
        .flat_map(toml::Table::keys);
    let below = names.find(|name| without(name)).and_then(|name| {
        let mut rest = raw.lines().skip(head + 1);
        rest.position(|l| starts(l, name))
    });
    below.map_or(head + 1, |at| head + at + 2)
}

fn line_of(raw: &str, span: Option<std::ops::Range<usize>>) -> usize {
    span.map_or(1, |span| {
        raw[..span.start.min(raw.len())].matches('\n').count() + 1
    })
}

pub(super) fn merge(into: &mut toml::Table, from: toml::Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(value)) => merge(inner, value),
            (_, value) => drop(into.insert(key, value)),
        }
    }
}
