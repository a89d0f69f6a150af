//! Failing calls that are counted only where there are some: no series of them beside calls is none that failed.

use crate::domain::{Series, Signal};
use std::collections::BTreeMap;

/// Unix seconds and value.
pub(super) type Points = Vec<(i64, f64)>;

/// The share of failing calls wherever there were calls.
/// `failing` is what was asked for the failing ones of some calls, nothing where nobody asked for them.
pub(super) fn fill_errors(all: &mut Vec<Series>, failing: &dyn Fn(&Series) -> Option<String>) {
    let calls: Vec<Series> = all
        .iter()
        .filter(|s| s.signal == Signal::Traffic)
        .cloned()
        .collect();
    for counted in calls {
        let Some(asked) = failing(&counted) else {
            continue;
        };
        let is_same = |s: &&mut Series| {
            s.signal == Signal::Errors && s.service == counted.service && s.caller == counted.caller
        };
        let parts = |known: &[(i64, f64)], calls: &[(i64, f64)]| -> Points {
            let known: BTreeMap<i64, f64> = known.iter().copied().collect();
            let calls = calls.iter().filter(|(_, calls)| *calls > 0.0);
            calls
                .map(|(t, _)| (*t, known.get(t).copied().unwrap_or(0.0)))
                .collect()
        };
        match all.iter_mut().find(is_same) {
            Some(errors) => {
                errors.normal = parts(&errors.normal, &counted.normal);
                errors.recent = parts(&errors.recent, &counted.recent);
            }
            None => all.push(Series {
                signal: Signal::Errors,
                query: asked,
                normal: parts(&[], &counted.normal),
                recent: parts(&[], &counted.recent),
                ..counted
            }),
        }
    }
}
