//! Changes from any JSON feed, whose fields the configuration points at.

use super::class::class_of;
use super::{ChangeSource, MOST};
use crate::config::Fields;
use crate::domain::secrets::redact;
use crate::domain::text::clean_line;
use crate::domain::{Change, Instant};
use crate::sources::Window;
use crate::sources::http::{Endpoint, SourceError};
use crate::sources::logs::when;
use serde_json::Value;

/// Entries that are looked at: feeds are not always ordered, so some more than are kept.
const MOST_READ: usize = MOST * 4;

/// A text of several pointers with spaces between them, such as `/verb /name`; what is not there is left out.
fn joined(item: &Value, pointers: &str) -> Option<String> {
    let starts = pointers.match_indices(" /").map(|(at, _)| at);
    let mut parts = Vec::new();
    let mut from = 0;
    for at in starts.chain([pointers.len()]) {
        parts.extend(text(item, pointers[from..at].trim()));
        from = at;
    }
    Some(parts.join(" ")).filter(|t| !t.is_empty())
}

/// A text or a number at a pointer; nothing where the pointer is not configured or leads nowhere.
pub(in crate::sources) fn text(item: &Value, pointer: &str) -> Option<String> {
    let value = Some(pointer)
        .filter(|p| !p.is_empty())
        .and_then(|p| item.pointer(p))?;
    let number = || value.as_number().map(ToString::to_string);
    let read = value.as_str().map(clean_line).or_else(number);
    read.filter(|t| !t.is_empty())
}

impl ChangeSource {
    /// Changes of a window, and how many entries could not be read.
    pub(super) async fn feed(
        &self,
        endpoint: &Endpoint,
        url: &str,
        fields: &Fields,
        window: Window,
    ) -> Result<(Vec<Change>, usize), SourceError> {
        let stamp = |t: Instant| t.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let millis = |t: Instant| t.timestamp_millis().to_string();
        let asked = url
            .replace("$from_ms", &millis(window.changes_from))
            .replace("$to_ms", &millis(window.to))
            .replace("$from", &stamp(window.changes_from))
            .replace("$to", &stamp(window.to));
        let wrong = |what: String| SourceError(format!("{}{what}", self.name));
        let target: url::Url = asked.parse().map_err(|e| {
            wrong(format!(
                ": \"{}\" is not an address ({e}); write https://….",
                redact(&asked)
            ))
        })?;
        // The credentials are for the configured host alone.
        if target.origin() != endpoint.base().origin() {
            return Err(wrong(": the address changes its host.".into()));
        }
        let read = |answer: &Value| self.entries(answer, fields, &redact(&asked));
        endpoint.get(target, read).await
    }

    /// Changes of an answer, and how many entries could not be read.
    pub(super) fn entries(
        &self,
        answer: &Value,
        fields: &Fields,
        asked: &str,
    ) -> Result<(Vec<Change>, usize), SourceError> {
        let list = match fields.items.as_str() {
            "" => Some(answer),
            pointer => answer.pointer(pointer),
        };
        let items = list.and_then(Value::as_array).ok_or_else(|| {
            SourceError(format!(
                "{} has no list at \"{}\".",
                self.name, fields.items
            ))
        })?;
        let looked_at = &items[..items.len().min(MOST_READ)];
        let read: Vec<Change> = looked_at
            .iter()
            .filter_map(|item| self.entry(item, fields, asked))
            .collect();
        let unread = looked_at.len() - read.len();
        Ok((read, unread))
    }

    fn entry(&self, item: &Value, fields: &Fields, asked: &str) -> Option<Change> {
        let title = joined(item, &fields.title)?;
        let class = text(item, &fields.class);
        Some(Change {
            at: item.pointer(&fields.at).and_then(when)?,
            class: class_of(class.as_ref().unwrap_or(&title)),
            service: text(item, &fields.service).unwrap_or_else(|| self.service.clone()),
            version: text(item, &fields.version),
            author: text(item, &fields.author),
            source: self.name.clone(),
            query: asked.to_owned(),
            link: text(item, &fields.link),
            title,
        })
    }
}
