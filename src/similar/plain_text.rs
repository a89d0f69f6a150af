//! A past incident that is like another, as plain text.

use super::Recalled;
use crate::domain::time::{Zone, span};

impl Recalled {
    /// One match for a person, over a few lines.
    pub fn plain_text(&self, zone: Zone) -> String {
        let (f, s) = (&self.found, &self.seen);
        let more = match f.alike {
            0 => String::new(),
            n => format!("  (and {n} more of that name)"),
        };
        let mut out = format!("{:>3} %  {}  {}{more}\n", f.likeness, f.reference, f.name);
        let took = s
            .seconds
            .map_or(String::new(), |t| format!(", took {}", span(t)));
        let lead = s
            .lead
            .as_ref()
            .map_or(String::new(), |l| format!(", led by {l}"));
        let storm = if s.open {
            ", open now: maybe the same storm"
        } else {
            ""
        };
        out.push_str(&format!(
            "       {} {}, {}{storm}{took}{lead}\n       why: {}\n",
            zone.date_clock(f.at),
            zone.abbreviation(f.at),
            s.status,
            f.reasons.join("; ")
        ));
        for (head, text) in [("cause", &s.cause), ("resolved by", &s.resolution)] {
            if !text.is_empty() {
                out.push_str(&format!("       {head}: {text}\n"));
            }
        }
        out
    }
}
