//! When the trouble began, from the measures rather than from when somebody declared it.

use super::flow::Lane;
use super::measure::Usual;

/// The first second of the rise that leads to the highest point around a time; nothing where nothing rose.
///
/// A point belongs to the rise while it stands above the usual by three spreads and by a quarter of the rise's height;
/// one point in between may fall short. The highest point lies from a quarter of an hour before that time on: what was
/// over earlier is not what somebody called about. Its rise may have begun two hours before.
pub fn onset(lane: Lane, around: i64) -> Option<i64> {
    let reference = if lane.normal.is_empty() {
        lane.recent
    } else {
        lane.normal
    };
    let values: Vec<f64> = reference.iter().map(|p| p.1).collect();
    let usual = Usual::of(&values, 0.0)?;
    let near: Vec<(i64, f64)> = lane
        .recent
        .iter()
        .copied()
        .filter(|p| (around - 7200..=around + 1800).contains(&p.0))
        .collect();
    let (peak, height) = near
        .iter()
        .enumerate()
        .filter(|(_, p)| p.0 >= around - 900)
        .map(|(i, p)| (i, p.1 - usual.middle))
        .reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    let least = (3.0 * usual.spread)
        .max(height * 0.25)
        .max(usual.middle.abs() * 0.01);
    if height <= least {
        return None;
    }
    let mut first = peak;
    for at in (0..peak).rev() {
        if near[at].1 - usual.middle > least {
            first = at;
        } else if first - at > 1 {
            break;
        }
    }
    Some(near[first].0)
}

/// When a measure came back to its usual range for good: the last second of trouble, where at least five minutes of calm
/// follow it. Nothing where it has not.
pub fn recovered(lane: Lane, onset: i64) -> Option<i64> {
    let usual = Usual::of(&lane.normal.iter().map(|p| p.1).collect::<Vec<_>>(), 0.0)?;
    let after: Vec<(i64, f64)> = lane
        .recent
        .iter()
        .copied()
        .filter(|p| p.0 >= onset)
        .collect();
    let height = after.iter().map(|p| p.1 - usual.middle).fold(0.0, f64::max);
    let least = (3.0 * usual.spread).max(height * 0.25);
    let last = after.iter().rfind(|p| p.1 - usual.middle > least)?.0;
    let end = after.last()?.0;
    (end - last >= CALM).then_some(last)
}

/// Seconds of calm after which trouble is over.
const CALM: i64 = 300;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Series, Signal};

    #[test]
    fn the_onset_is_where_the_rise_began() {
        let normal: Vec<(i64, f64)> = (0..200)
            .map(|i| (i * 300, 0.2 + 0.01 * (i % 5) as f64))
            .collect();
        let recent = |values: &[f64]| Series {
            service: "a".into(),
            signal: Signal::Latency,
            caller: None,
            limit: None,
            source: String::new(),
            query: String::new(),
            link: None,
            normal: normal.clone(),
            recent: values
                .iter()
                .enumerate()
                .map(|(i, v)| (60_000 + 60 * i as i64, *v))
                .collect(),
        };
        for (values, at) in [
            (&[0.2, 0.21, 0.2, 3.0, 9.0, 30.0, 29.0][..], Some(60_240)),
            (&[0.2, 0.21, 9.0, 0.2, 30.0, 29.0], Some(60_120)),
            (&[0.2, 0.21, 0.22, 0.2, 0.23], None),
            (&[], None),
        ] {
            assert_eq!(
                onset(Lane::new(&recent(values), None), 60_300),
                at,
                "{values:?}"
            );
        }
    }
}
