//! How improbable a count of lines is against what was expected.

/// Into how many parts the normal time is cut to see how unevenly lines come.
pub(super) const BUCKETS: usize = 12;
/// How uneven lines of programs are until their own buckets say so, as the variance of counts over their mean; 1 is pure
/// chance. Requests come in bursts.
const PRIOR: f64 = 1.5;
/// Buckets that this guess counts for.
const PRIOR_BUCKETS: f64 = 6.0;
/// What a line that was never seen is expected as: less than once in all that was read.
const UNSEEN: f64 = 0.3;
/// Standard deviations up to which a count is no sign, and from which it is a certain one.
const CHANCE: f64 = 1.0;
const CERTAIN: f64 = 7.0;

/// Lines that were counted in the normal time, and what follows for another time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    /// The mean for the time that is looked at.
    pub count: f64,
    /// Variance over mean.
    pub uneven: f64,
}

impl Expected {
    /// From counts in the buckets of the normal time, as lines an equal time each; `part` of the normal time is looked at,
    /// which has `times` as many calls.
    pub fn of(buckets: &[usize], part: f64, times: f64) -> Self {
        let total: usize = buckets.iter().sum();
        let n = buckets.len().max(1) as f64;
        let mean = total as f64 / n;
        let square = |b: &usize| (*b as f64 - mean).powi(2);
        let variance = buckets.iter().map(square).sum::<f64>() / (n - 1.0).max(1.0);
        // Where a bucket holds less than a line, variance says little: it is taken against at least one.
        let seen = variance / mean.max(1.0);
        let uneven = match total {
            0 => PRIOR,
            _ => ((PRIOR * PRIOR_BUCKETS + seen * n) / (PRIOR_BUCKETS + n)).max(1.0),
        };
        Self {
            count: (total as f64).max(UNSEEN) * part * times,
            // What is expected was itself counted, and is the less sure the shorter that was.
            uneven: uneven * (1.0 + part.min(4.0)),
        }
    }

    /// How many standard deviations a count is off, up or down: the signed root of the deviance of a Poisson count, over
    /// its overdispersion (McCullagh and Nelder, Generalized Linear Models, 1989).
    pub fn surprise(&self, count: usize) -> f64 {
        let (x, e) = (count as f64, self.count.max(f64::MIN_POSITIVE));
        let log = if x > 0.0 { x * (x / e).ln() } else { 0.0 };
        let size = (2.0 * (log - (x - e)) / self.uneven).max(0.0).sqrt();
        size.copysign(x - e)
    }
}

/// How surely a count is no chance, 0 to 1.
pub(super) fn improbable(surprise: f64) -> f64 {
    ((surprise - CHANCE) / (CERTAIN - CHANCE)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uneven_lines_must_grow_more_and_rare_ones_can_hardly_fall_silent() {
        let even = [10usize; BUCKETS];
        let mut bursts = [0usize; BUCKETS];
        bursts[3] = 60;
        bursts[9] = 60;
        let off =
            |buckets: &[usize], count: usize| Expected::of(buckets, 0.25, 1.0).surprise(count);
        assert!(off(&even, 30).abs() < 0.1);
        assert!(improbable(off(&even, 120)) > 0.9);
        assert!(improbable(off(&bursts, 120)) < 0.2);
        assert!(improbable(-off(&even, 0)) > 0.5, "{}", off(&even, 0));
        assert!(improbable(-off(&bursts, 0)) < 0.1);
        let none = [0usize; BUCKETS];
        assert!(improbable(off(&none, 1)) < improbable(off(&none, 3)));
        assert!(improbable(off(&none, 20)) == 1.0);
    }
}
