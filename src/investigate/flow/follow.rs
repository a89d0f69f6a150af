//! Whether a caller's swings follow its callee's.

use super::super::measure::{mean, quantile};
use super::FOLLOWS;

/// Whether a caller's excess does not follow its callee's: the slope between them, with three standard errors on top,
/// stays under a third. Thirty points are the least for that.
pub(super) fn is_apart(up: &[f64], down: &[f64]) -> bool {
    let pairs: Vec<(f64, f64)> = up
        .iter()
        .zip(down)
        .filter(|(a, b)| a.is_finite() && b.is_finite())
        .map(|(a, b)| (*a, *b))
        .collect();
    if pairs.len() < 30 {
        return false;
    }
    let (ups, downs) = (
        trimmed(pairs.iter().map(|p| p.0)),
        trimmed(pairs.iter().map(|p| p.1)),
    );
    let n = ups.len() as f64;
    let (mu, md) = (mean(ups.iter().copied()), mean(downs.iter().copied()));
    let var = |values: &[f64], m: f64| values.iter().map(|v| (v - m).powi(2)).sum::<f64>() / n;
    let (vu, vd) = (var(&ups, mu), var(&downs, md));
    if vd <= f64::MIN_POSITIVE {
        return false;
    }
    let slope = ups
        .iter()
        .zip(&downs)
        .map(|(u, d)| (u - mu) * (d - md))
        .sum::<f64>()
        / n
        / vd;
    slope + 3.0 * (vu / (n * vd)).sqrt() < FOLLOWS
}

/// Values held within their first and 99th percentile.
fn trimmed(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let values: Vec<f64> = values.collect();
    let mut all = values.clone();
    let (low, high) = (quantile(&mut all, 0.01), quantile(&mut all, 0.99));
    values.into_iter().map(|v| v.clamp(low, high)).collect()
}
