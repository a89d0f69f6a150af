//! One series split into what is usual and what is looked at.

use super::super::measure::{LEAST_HISTORY, median, quantile, shift};
use crate::domain::Series;

/// A series as it is compared.
#[derive(Clone, Copy, Debug)]
pub(in crate::investigate) struct Lane<'a> {
    /// What is usual: the long history where there is enough of it, else the minutes before the trouble.
    pub(in crate::investigate) normal: &'a [(i64, f64)],
    /// The fine points around the trouble.
    pub(in crate::investigate) recent: &'a [(i64, f64)],
}

impl<'a> Lane<'a> {
    /// Without a long history what is usual ends at the onset, or where the series itself shifts: a baseline that holds
    /// the trouble would hide it.
    pub(in crate::investigate) fn new(series: &'a Series, onset: Option<i64>) -> Self {
        let recent = series.recent.as_slice();
        if series.normal.len() >= LEAST_HISTORY {
            return Self {
                normal: &series.normal,
                recent,
            };
        }
        let cut = match onset {
            Some(onset) => recent.partition_point(|p| p.0 < onset),
            None => shift(recent).unwrap_or(recent.len()),
        };
        let normal = if cut >= series.normal.len() {
            &recent[..cut]
        } else {
            &series.normal
        };
        Self { normal, recent }
    }

    /// The usual value: of what is normal, or else the lower quarter of all there is.
    pub(in crate::investigate) fn middle(&self) -> Option<f64> {
        let values = |points: &[(i64, f64)]| points.iter().map(|p| p.1).collect::<Vec<_>>();
        if !self.normal.is_empty() {
            return Some(median(&values(self.normal)));
        }
        let mut all = values(self.recent);
        (!all.is_empty()).then(|| quantile(&mut all, 0.25))
    }
}
