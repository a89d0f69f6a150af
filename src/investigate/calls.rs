//! Who calls whom.

use std::collections::BTreeSet;

/// Which services call which.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calls {
    /// Names, in order.
    pub names: Vec<String>,
    /// Whom each one calls, as indexes.
    pub callees: Vec<Vec<usize>>,
    /// Who calls each one, as indexes.
    callers: Vec<Vec<usize>>,
}

impl Calls {
    /// From names and pairs of caller and callee; what is not among the names is left out.
    pub fn new(names: impl IntoIterator<Item = String>, pairs: &[(String, String)]) -> Self {
        let names: Vec<String> = names
            .into_iter()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let mut calls = Self {
            callees: vec![Vec::new(); names.len()],
            callers: vec![Vec::new(); names.len()],
            names,
        };
        for (from, to) in pairs {
            if let (Some(a), Some(b)) = (calls.index(from), calls.index(to)) {
                calls.join(a, b);
            }
        }
        calls
    }

    /// The same with further services and further calls, which others know of.
    pub fn with<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
        pairs: impl IntoIterator<Item = (&'n str, &'n str)>,
    ) -> Self {
        let mut all: Vec<(String, String)> = Vec::new();
        for (caller, callees) in self.callees.iter().enumerate() {
            let name = |n: usize| self.names[n].clone();
            all.extend(callees.iter().map(|&c| (name(caller), name(c))));
        }
        let pairs = pairs.into_iter();
        all.extend(pairs.map(|(a, b)| (a.to_owned(), b.to_owned())));
        let further = names.into_iter().map(str::to_owned);
        Self::new(self.names.iter().cloned().chain(further), &all)
    }

    fn join(&mut self, caller: usize, callee: usize) {
        if caller == callee {
            return;
        }
        for (list, other) in [
            (&mut self.callees[caller], callee),
            (&mut self.callers[callee], caller),
        ] {
            if let Err(at) = list.binary_search(&other) {
                list.insert(at, other);
            }
        }
    }

    /// Where a name stands.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.names.binary_search_by(|n| n.as_str().cmp(name)).ok()
    }

    /// Who calls a service.
    pub fn callers(&self, of: usize) -> &[usize] {
        &self.callers[of]
    }

    /// Everything that some services call, at any depth, over calls that count; without themselves.
    pub(super) fn below(
        &self,
        some: &[usize],
        counts: impl Fn(usize, usize) -> bool,
    ) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open = some.to_vec();
        while let Some(caller) = open.pop() {
            for &callee in &self.callees[caller] {
                let is_new = !some.contains(&callee) && !found.contains(&callee);
                if is_new && counts(caller, callee) {
                    found.insert(callee);
                    open.push(callee);
                }
            }
        }
        found
    }

    /// Whether nothing is known of who calls whom.
    pub fn is_blind(&self) -> bool {
        self.callees.iter().all(Vec::is_empty)
    }
}
