//! From log-odds to confidence.

use super::support::accounted;
use super::{Weighed, weights};
use crate::domain::HopCheck;
use crate::investigate::flow::Flow;

/// What makes a ranking's first more or less likely to be right, in this order: one for the balance; how far it is ahead of
/// the second; what share of the symptom it accounts for; how far off that is; how much others account for; what part of
/// its way to the symptom is verified; whether it needs nobody; what part of those it needs is not measured; what speaks
/// for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grounds(pub [f64; 9]);

/// The confidence of each, likeliest first: the first by its grounds, the others by what it leaves, shared out by their
/// odds.
pub(super) fn confide(flow: &Flow, weighed: &mut [Weighed]) {
    let Some(grounds) = grounds(flow, weighed) else {
        return;
    };
    let log_odds: f64 = grounds
        .0
        .iter()
        .zip(weights::GROUNDS)
        .map(|(g, w)| g * w)
        .sum();
    let first = 1.0 / (1.0 + (-log_odds).exp());
    let told = weighed.iter_mut().filter(|w| w.support > 0.0);
    let told: Vec<&mut Weighed> = told.collect();
    let others: f64 = told.iter().skip(1).map(|w| w.support.exp()).sum();
    let all = others + weights::UNSEEN.exp();
    for (at, one) in told.into_iter().enumerate() {
        // Nobody below the first is as likely as it.
        let left = ((1.0 - first) * one.support.exp() / all).min(first);
        one.confidence = if at == 0 { first } else { left };
    }
}

/// What the first of a ranking stands on; nothing where nothing speaks for anybody.
pub fn grounds(flow: &Flow, weighed: &[Weighed]) -> Option<Grounds> {
    let (top, others) = weighed.split_first()?;
    if top.support <= 0.0 {
        return None;
    }
    let second = others.first().map_or(0.0, |w| w.support.max(0.0));
    let ahead = (top.support - second).min(6.0);
    let is = |yes: bool| f64::from(u8::from(yes));
    let part = top.parts.first().map(|p| p.figures);
    let far = part.map_or(0.0, |p| {
        ((p.off.max(1.0)).ln() / 100f64.ln()).clamp(0.0, 1.0)
    });
    let rivals: f64 = others.iter().map(accounted).sum();
    let verified = top
        .path
        .iter()
        .filter(|w| w.check != HopCheck::Unverified)
        .count();
    let way = if top.path.is_empty() {
        0.0
    } else {
        verified as f64 / top.path.len() as f64
    };
    let callees = &flow.calls.callees[top.service];
    let dark = callees.iter().filter(|&&c| !flow.is_known(c)).count();
    Some(Grounds([
        1.0,
        ahead,
        accounted(top),
        far,
        rivals.min(2.0),
        way,
        is(callees.is_empty()),
        dark as f64 / callees.len().max(1) as f64,
        top.support.min(8.0),
    ]))
}
