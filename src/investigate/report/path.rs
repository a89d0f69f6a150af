//! The way from a cause to what is felt, each call with what shows that the trouble took it.

use super::Writer;
use crate::domain::{Hop, HopCheck, Signal};
use crate::investigate::rank::{Way, Weighed};

impl Writer<'_> {
    /// Every call from a cause to the symptom.
    pub(super) fn path(&mut self, one: &Weighed) -> Vec<Hop> {
        one.path.iter().map(|way| self.hop(way)).collect()
    }

    fn hop(&mut self, way: &Way) -> Hop {
        let names = &self.flow.calls.names;
        let (from, to) = (names[way.from].clone(), names[way.to].clone());
        let signal = way.kind.signal();
        let what = signal.label();
        let mut evidence: Vec<String> = Vec::new();
        let says = match way.check {
            HopCheck::Trace => {
                evidence.extend(way.by.map(|t| self.trace(t)));
                "traces show it".to_owned()
            }
            HopCheck::Log => {
                evidence.extend(way.by.map(|p| self.pattern(p)));
                format!("the log of {to} blames {from}")
            }
            HopCheck::Gap => format!("{what}: at the end of {to}, not at that of {from}"),
            HopCheck::Follows => format!("{what} at both ends"),
            HopCheck::Floods => self.floods(way.from).unwrap_or_default(),
            HopCheck::Unverified => "unverified".to_owned(),
        };
        // Both ends of the call, so that a person can lay one beside the other.
        if way.check == HopCheck::Floods {
            evidence.extend(self.measure_edge((way.from, way.to), &Signal::Traffic, None));
            evidence.extend(self.measure(way.from, &Signal::Traffic, None));
            evidence.extend(self.measure(way.to, &Signal::Traffic, None));
        } else {
            evidence.extend(self.measure_edge((way.to, way.from), &signal, None));
            evidence.extend(self.measure(way.from, &signal, None));
            evidence.extend(self.measure(way.to, &signal, None));
        }
        let mut seen = std::collections::BTreeSet::new();
        evidence.retain(|id| seen.insert(id.clone()));
        Hop {
            from,
            to,
            check: way.check,
            says,
            evidence,
        }
    }
}
