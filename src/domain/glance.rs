//! What a glance at a status line or a prompt tells: what is open, the page that waits for whoever looks, who has it.
//! Small enough to be read in no time, and nothing of a private incident is in it.

use super::text::{clean_line, fit};
use super::{IncidentSummary, Instant, time};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Seconds from which its age is told: a console renews it every quarter of a minute.
const STALE: i64 = 120;
/// Severities that are told apart; the rest is one number.
const SEVERITIES: usize = 3;
/// Columns of a severity's name, of a page's title, and of a person's name.
const SEVERITY: usize = 12;
const TITLE: usize = 28;
const PERSON: usize = 20;

/// What was open when a console last looked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Glance {
    /// When that was, by this machine's clock.
    pub at: Instant,
    /// Severities by the organisation's names, the gravest first, each with how many incidents are open.
    pub open: Vec<(String, usize)>,
    /// How many pages wait for the user.
    pub pages: usize,
    /// The incident of the first of them, where it may be told.
    pub page: Option<Held>,
    /// The gravest incident.
    pub gravest: Option<Held>,
}

/// An incident, and who has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// `INC-123`.
    pub reference: String,
    /// What it is called.
    pub name: String,
    /// Who leads it.
    pub lead: Option<String>,
}

impl Held {
    /// An incident of the list.
    pub fn of(row: &IncidentSummary) -> Self {
        Self {
            reference: row.reference.to_string(),
            name: row.name.to_string(),
            lead: row.lead.as_ref().map(ToString::to_string),
        }
    }

    fn reference(&self) -> String {
        fit(&clean_line(&self.reference), SEVERITY)
    }

    fn held(&self) -> String {
        let lead = self.lead.as_deref().map(clean_line);
        let lead = lead.filter(|lead| !lead.is_empty());
        let lead = lead.map_or("no lead".to_owned(), |lead| fit(&lead, PERSON));
        format!("{}: {lead}", self.reference())
    }
}

/// How a piece of it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GlanceTone {
    /// It waits for the user.
    Hot,
    /// Something is open.
    Warn,
    /// As the rest of the line.
    Plain,
    /// Quieter than the rest.
    Quiet,
}

/// Words with how they are shown.
pub type GlancePiece = (String, GlanceTone);

impl Glance {
    /// Of the open incidents, and the pages that wait for the user by the incident each is of.
    pub fn new(at: Instant, open: &[Arc<IncidentSummary>], pages: &[Option<Held>]) -> Self {
        let mut rows: Vec<&Arc<IncidentSummary>> = open.iter().collect();
        rows.sort_by(|a, b| a.order().cmp(&b.order()));
        let mut counted: Vec<(String, i16, usize)> = Vec::new();
        for row in &rows {
            let severity = row.severity.as_deref().unwrap_or("no severity");
            match counted.iter_mut().find(|(name, ..)| name == severity) {
                Some((_, _, count)) => *count += 1,
                None => counted.push((severity.to_owned(), row.rank, 1)),
            }
        }
        counted.sort_by_key(|(_, rank, _)| std::cmp::Reverse(*rank));
        Self {
            at,
            open: counted.into_iter().map(|(name, _, n)| (name, n)).collect(),
            pages: pages.len(),
            page: pages.iter().flatten().next().cloned(),
            gravest: rows.first().map(|row| Held::of(row)),
        }
    }

    /// All of it, for a status line.
    pub fn pieces(&self, now: Instant) -> Vec<GlancePiece> {
        let mut pieces = vec![self.counts()];
        pieces.extend(self.page_piece(true));
        let held = self.page.as_ref().or(self.gravest.as_ref());
        pieces.extend(held.map(|held| (held.held(), GlanceTone::Plain)));
        pieces.extend(self.age(now));
        pieces
    }

    /// What a prompt has room for; nothing where nothing is open and nothing waits.
    pub fn brief(&self, now: Instant) -> Vec<GlancePiece> {
        if self.open.is_empty() && self.pages == 0 {
            return Vec::new();
        }
        let pieces = [Some(self.counts()), self.page_piece(false), self.age(now)];
        pieces.into_iter().flatten().collect()
    }

    fn counts(&self) -> GlancePiece {
        let (told, rest) = self.open.split_at(self.open.len().min(SEVERITIES));
        let mut words: Vec<String> = told
            .iter()
            .map(|(name, count)| format!("{count} {}", fit(&clean_line(name), SEVERITY)))
            .collect();
        let others: usize = rest.iter().map(|(_, count)| count).sum();
        words.extend((others > 0).then(|| format!("{others} more")));
        match words.is_empty() {
            true => ("nothing open".into(), GlanceTone::Quiet),
            false => (words.join(", "), GlanceTone::Warn),
        }
    }

    fn page_piece(&self, named: bool) -> Option<GlancePiece> {
        let says = match (self.pages, &self.page) {
            (0, _) => return None,
            (1, Some(page)) if named => {
                format!("your page: {}", fit(&clean_line(&page.name), TITLE))
            }
            (1, Some(page)) => format!("your page {}", page.reference()),
            (1, None) => "a page waits for you".into(),
            (several, _) => format!("{several} pages wait for you"),
        };
        Some((says, GlanceTone::Hot))
    }

    fn age(&self, now: Instant) -> Option<GlancePiece> {
        let stale = (now - self.at).num_seconds() >= STALE;
        stale.then(|| {
            (
                format!("{} old", time::age(now, self.at)),
                GlanceTone::Quiet,
            )
        })
    }
}
