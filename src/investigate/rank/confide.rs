//! From log-odds to confidence.

use super::{Weighed, weights};
use crate::domain::HopCheck;
use crate::investigate::flow::Flow;

/// What is left of a confidence for each call on the way to the symptom that nothing shows the trouble to have taken.
const UNVERIFIED: f64 = 0.93;

/// What nobody looked at takes part, so that the sum stays below one.
pub(super) fn confide(_flow: &Flow, weighed: &mut [Weighed]) {
    let rivals: f64 = weighed
        .iter()
        .filter(|w| w.support > 0.0)
        .map(|w| w.support.exp())
        .sum();
    let all = rivals + weights::UNSEEN.exp();
    for one in weighed {
        let unverified = one.path.iter().filter(|w| w.check == HopCheck::Unverified);
        let held = UNVERIFIED.powi(unverified.count() as i32);
        one.confidence = if one.support > 0.0 {
            one.support.exp() / all * held
        } else {
            0.0
        };
    }
}
