//! Who floods whom: a service that calls another several times as often as before for each call that it gets itself. What
//! it floods is slow and fails for that, and so is whoever else calls it.

use super::Weighed;
use super::observe::load;
use crate::domain::Signal;
use crate::investigate::flow::{Flow, Span};

/// Times as many calls for each call up to which somebody may only be trying again: few are tried more than three times
/// more.
const TRIED_AGAIN: f64 = 4.0;
/// From here on it is surely no trying again.
const SURELY_MORE: f64 = 8.0;

/// A service that another one floods.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flood {
    /// Who is flooded, as an index into the calls.
    pub callee: usize,
    /// Times as many calls as before.
    pub times: f64,
    /// How surely, 0 to 1.
    pub sure: f64,
}

/// Finds whom each service floods most. Where nobody counts the calls between two, all callers of the flooded one that are
/// not flooded themselves may be the one.
pub(super) fn find(flow: &Flow, after: Span, weighed: &mut [Weighed]) {
    let loads: Vec<Option<(f64, f64)>> = weighed.iter().map(|w| w.load).collect();
    for one in weighed {
        let Some((own, _)) = loads[one.service] else {
            continue;
        };
        let callees = flow.calls.callees[one.service].iter();
        let floods = callees.filter_map(|&callee| {
            let counted = flow.edge(one.service, callee, &Signal::Traffic);
            let (times, sure) = match counted {
                Some(series) => load(flow.lane(series), after)?,
                None => {
                    let (times, sure) = loads[callee]?;
                    (times, sure / suspects(flow, &loads, callee, times))
                }
            };
            let sure = sure * more(times / own.max(1.0));
            (sure > 0.0).then_some(Flood {
                callee,
                times,
                sure,
            })
        });
        one.floods = floods.reduce(|a, b| if b.sure > a.sure { b } else { a });
    }
}

/// How surely so many times as many calls for each call are no trying again.
fn more(times: f64) -> f64 {
    ((times / TRIED_AGAIN).ln() / (SURELY_MORE / TRIED_AGAIN).ln()).clamp(0.0, 1.0)
}

/// How many callers may be the one that floods a service.
fn suspects(flow: &Flow, loads: &[Option<(f64, f64)>], callee: usize, times: f64) -> f64 {
    let callers = flow.calls.callers(callee).iter();
    let may = callers.filter(|&&u| loads[u].is_none_or(|l| more(times / l.0.max(1.0)) > 0.0));
    may.count().max(1) as f64
}
