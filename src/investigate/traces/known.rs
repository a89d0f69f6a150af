//! What all traces together tell of calls: whom a service calls by which name, and who has spans of its own.

use crate::domain::{SpanKind, Trace};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is known of calls.
pub(super) struct Known {
    /// By service and name of its outgoing span: whom that calls, and how often that was seen.
    callees: BTreeMap<(String, String), BTreeMap<String, usize>>,
    /// Services that record spans themselves.
    recorded: BTreeSet<String>,
}

impl Known {
    pub fn of(traces: &[&Trace]) -> Self {
        let mut known = Self {
            callees: BTreeMap::new(),
            recorded: BTreeSet::new(),
        };
        for trace in traces {
            known.learn(trace);
        }
        known
    }

    fn learn(&mut self, trace: &Trace) {
        let by: HashMap<&str, usize> = trace
            .spans
            .iter()
            .enumerate()
            .filter(|(_, s)| s.kind != SpanKind::Server)
            .map(|(n, s)| (s.id.as_str(), n))
            .collect();
        for span in &trace.spans {
            if !self.recorded.contains(&span.service) {
                self.recorded.insert(span.service.clone());
            }
            let parent = span.parent.as_deref().and_then(|p| by.get(p));
            if let Some(parent) = parent.map(|&p| &trace.spans[p])
                && parent.kind == SpanKind::Client
                && parent.service != span.service
            {
                let call = (parent.service.clone(), operation(&parent.name));
                let seen = self.callees.entry(call).or_default();
                *seen.entry(span.service.clone()).or_default() += 1;
            }
        }
    }

    /// Whom an outgoing span calls: as it says, or as the same span did where an answer was recorded.
    pub fn callee(&self, service: &str, name: &str, says: Option<&str>) -> Option<String> {
        let says = says.filter(|peer| *peer != service);
        if let Some(peer) = says.filter(|p| self.recorded.contains(*p)) {
            return Some(peer.to_owned());
        }
        let learnt = self.callees.get(&(service.to_owned(), operation(name)));
        let most = learnt.and_then(|seen| {
            let each = seen.iter();
            each.reduce(|a, b| if b.1 > a.1 { b } else { a })
        });
        let most = most.map(|(service, _)| service.as_str());
        most.or(says).map(str::to_owned)
    }

    /// Whether a service records spans itself.
    pub fn is_recorded(&self, service: &str) -> bool {
        self.recorded.contains(service)
    }
}

/// The name of an operation with its numbers and ids taken out: `GET /orders/17` and `GET /orders/18` are one.
pub(super) fn operation(name: &str) -> String {
    let parts = name.split_inclusive(['/', ' ', '?', '&', '=', ':']);
    parts
        .map(|part| {
            let (word, end) = match part.char_indices().next_back() {
                Some((at, c)) if "/ ?&=:".contains(c) => part.split_at(at),
                _ => (part, ""),
            };
            let varies = word.contains(|c: char| c.is_ascii_digit());
            format!("{}{end}", if varies { "*" } else { word })
        })
        .collect()
}
