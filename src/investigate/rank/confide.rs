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

/// By the ground: how much it moves the log-odds of the first being right.
const GROUNDS: [f64; 9] = weights::GROUNDS;

/// The confidence of each: the first by its grounds, the others by what it leaves, shared out by their odds.
pub(super) fn confide(flow: &Flow, weighed: &mut [Weighed]) {
    for one in weighed.iter_mut() {
        one.confidence = 0.0;
    }
    let Some(grounds) = grounds(flow, weighed) else {
        return;
    };
    let log_odds: f64 = grounds.0.iter().zip(GROUNDS).map(|(g, w)| g * w).sum();
    let first = 1.0 / (1.0 + (-log_odds).exp());
    let top = (0..weighed.len())
        .max_by(|&a, &b| before(weighed, a, b))
        .unwrap_or_default();
    let others: f64 = weighed
        .iter()
        .enumerate()
        .filter(|(at, w)| *at != top && w.support > 0.0)
        .map(|(_, w)| w.support.exp())
        .sum();
    let all = others + weights::UNSEEN.exp();
    for (at, one) in weighed
        .iter_mut()
        .enumerate()
        .filter(|(_, w)| w.support > 0.0)
    {
        one.confidence = if at == top {
            first
        } else {
            // Nobody below the first is as likely as it.
            ((1.0 - first) * one.support.exp() / all).min(first)
        };
    }
}

fn before(weighed: &[Weighed], a: usize, b: usize) -> std::cmp::Ordering {
    weighed[a].support.total_cmp(&weighed[b].support)
}

/// What the first of a ranking stands on; nothing where nothing speaks for anybody.
pub fn grounds(flow: &Flow, weighed: &[Weighed]) -> Option<Grounds> {
    let mut order: Vec<usize> = (0..weighed.len()).collect();
    order.sort_by(|&a, &b| before(weighed, b, a));
    let top = &weighed[*order.first()?];
    if top.support <= 0.0 {
        return None;
    }
    let second = order.get(1).map_or(0.0, |&n| weighed[n].support.max(0.0));
    let ahead = (top.support - second).min(6.0);
    let is = |yes: bool| f64::from(u8::from(yes));
    let part = top.parts.first().map(|p| p.figures);
    let far = part.map_or(0.0, |p| {
        ((p.off.max(1.0)).ln() / 100f64.ln()).clamp(0.0, 1.0)
    });
    let rivals: f64 = order.iter().skip(1).map(|&n| accounted(&weighed[n])).sum();
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
