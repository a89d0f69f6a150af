//! Robust figures of one measure: what is usual, how wide the usual is, how far off a value stands.

/// The usual value of a measure and its usual spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usual {
    /// The median.
    pub middle: f64,
    /// One standard deviation, as the middle half and the upper tail say it; never below a floor.
    pub spread: f64,
    /// How many values it rests on.
    pub count: usize,
}

impl Usual {
    /// What is usual among values. The spread is the wider of two estimates that agree on a bell curve: the median
    /// absolute deviation (times 1.4826) and the 95th percentile (over 1.645). The second one notices a measure that is
    /// calm mostly and restless sometimes; the hundredth part of outages in any history disturbs neither.
    pub fn of(values: &[f64], floor: f64) -> Option<Self> {
        let mut values = finite(values);
        if values.is_empty() {
            return None;
        }
        let high = quantile(&mut values, 0.95);
        let middle = quantile(&mut values, 0.5);
        values.iter_mut().for_each(|v| *v = (*v - middle).abs());
        let spread = (1.4826 * quantile(&mut values, 0.5))
            .max((high - middle) / 1.645)
            .max(floor);
        Some(Self {
            middle,
            spread,
            count: values.len(),
        })
    }

    /// The same from windows over so many values: of a short history the spread is known the less, and so taken wider.
    pub fn of_few(windows: &[f64], count: usize, floor: f64) -> Option<Self> {
        let usual = Self::of(windows, floor)?;
        let wider = 1.0 + FEW / count.max(1) as f64;
        Some(Self {
            spread: usual.spread * wider,
            count,
            ..usual
        })
    }

    /// How many spreads above the middle a value is; where nothing is known of the spread, it is not off at all.
    pub fn off(&self, value: f64) -> f64 {
        if self.spread > 0.0 {
            ((value - self.middle) / self.spread).clamp(-FARTHEST, FARTHEST)
        } else {
            0.0
        }
    }
}

/// Points of history from which it tells what is usual by itself.
pub const LEAST_HISTORY: usize = 12;
/// Points of history at which a spread is taken twice as wide as it looks: the standard error of a spread from eight
/// values is a quarter of it, and neighbours are no independent values.
const FEW: f64 = 8.0;
/// Spreads beyond which nobody tells one from another.
const FARTHEST: f64 = 1e4;

/// Where a series shifts to another level, upwards or downwards: the place of the first point of the later part. Nothing
/// where no shift is plain.
pub fn shift(points: &[(i64, f64)]) -> Option<usize> {
    let count = points.len();
    let steps: Vec<f64> = points.windows(2).map(|w| (w[1].1 - w[0].1).abs()).collect();
    // What one point differs from the next by says how wide they scatter, whatever the level does once.
    let scatter = (median(&steps) / 0.954).max(1e-12);
    let mut sums = vec![0.0];
    for (_, value) in points {
        sums.push(sums[sums.len() - 1] + value);
    }
    let apart = |at: usize| {
        let (before, after) = (at as f64, (count - at) as f64);
        let change = (sums[count] - sums[at]) / after - sums[at] / before;
        change.abs() * (before * after / count as f64).sqrt() / scatter
    };
    let best = (LEAST_SIDE..count.saturating_sub(LEAST_SIDE - 1))
        .map(|at| (apart(at), at))
        .reduce(|a, b| if b.0 > a.0 { b } else { a })?;
    (best.0 > PLAIN_SHIFT).then_some(best.1)
}

/// Points on either side of a shift, at least.
const LEAST_SIDE: usize = 3;
/// Scatters from which a shift is plain: over all places of a series of a hundred points, chance makes three and a half
/// once in twenty.
const PLAIN_SHIFT: f64 = 5.0;

/// What is finite among values.
pub fn finite(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|v| v.is_finite()).collect()
}

/// A quantile of values in any order, between neighbours where it falls there; they change places. Not a number where
/// there are none.
pub fn quantile(values: &mut [f64], q: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else {
        return f64::NAN;
    };
    let at = q.clamp(0.0, 1.0) * last as f64;
    let (_, low, above) = values.select_nth_unstable_by(at.floor() as usize, f64::total_cmp);
    let next = above.iter().copied().min_by(f64::total_cmp);
    *low + (next.unwrap_or(*low) - *low) * at.fract()
}

/// The median of what is finite.
pub fn median(values: &[f64]) -> f64 {
    quantile(&mut finite(values), 0.5)
}

/// The mean of what is finite; not a number where nothing is.
pub fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = values
        .into_iter()
        .filter(|v| v.is_finite())
        .fold((0.0, 0usize), |(s, n), v| (s + v, n + 1));
    if count == 0 {
        f64::NAN
    } else {
        sum / count as f64
    }
}

/// Means over windows of `length` neighbours, one starting at each value; windows of gaps alone are left out.
pub fn windows(values: &[f64], length: usize) -> Vec<f64> {
    let length = length.clamp(1, values.len().max(1));
    values
        .windows(length)
        .map(|w| mean(w.iter().copied()))
        .filter(|v| v.is_finite())
        .collect()
}

/// How surely a deviation is no accident: nothing up to three spreads, certain from ten. Three is where a bell curve
/// leaves one in a thousand; operational measures have heavier tails, so the rest of the way is taken slowly.
pub fn unusual(off: f64) -> f64 {
    if off.is_nan() {
        0.0
    } else {
        ((off - 3.0) / 7.0).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_survives_gaps_outages_and_no_spread_at_all() {
        let mut values = vec![100.0; 98];
        values.extend([f64::NAN, f64::INFINITY, 0.0, 0.0]);
        let usual = Usual::of(&values, 0.5).expect("values");
        assert_eq!((usual.middle, usual.spread, usual.count), (100.0, 0.5, 100));
        assert!(Usual::of(&[f64::NAN], 1.0).is_none());
        assert_eq!(
            [unusual(2.0), unusual(6.5), unusual(1e9), unusual(f64::NAN)],
            [0.0, 0.5, 1.0, 0.0]
        );
        assert_eq!(windows(&[1.0, f64::NAN, 3.0], 2), [1.0, 3.0]);
    }
}
