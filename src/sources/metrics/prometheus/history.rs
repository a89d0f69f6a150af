//! Which alerts fired in a past time: the series `ALERTS`, which the rules themselves leave behind.

use super::Prometheus;
use crate::domain::Instant;
use crate::sources::http::SourceError;
use chrono::Duration;
use std::collections::{BTreeMap, BTreeSet};

/// What is asked at once: more points of a series than a server gives by default (11,000) are in no day.
const AT_ONCE: i64 = 86_400;
/// What is no label of the alert itself.
const NOT_ITS_OWN: [&str; 2] = ["__name__", "alertstate"];

/// The alerts of a past time.
#[derive(Debug, Default, PartialEq)]
pub struct Fired {
    /// Labels of an alert, from when it fired, and the first moment at which it did not; none where it did to the last.
    pub spans: Vec<(BTreeMap<String, String>, Instant, Option<Instant>)>,
    /// Times in which nothing was measured: nobody knows what fired.
    pub away: Vec<(Instant, Instant)>,
}

impl Prometheus {
    /// The alerts that fired in a time, looked at in steps of so many seconds.
    pub async fn fired(
        &self,
        (from, to): (Instant, Instant),
        step: i64,
    ) -> Result<Fired, SourceError> {
        let (mut moments, mut measured) = (BTreeMap::<_, BTreeSet<i64>>::new(), BTreeSet::new());
        let mut begin = from;
        while begin < to {
            let end = to.min(begin + Duration::seconds(AT_ONCE));
            let alerts = r#"ALERTS{alertstate="firing"}"#.to_owned();
            for (mut labels, points) in self.range(alerts, (begin, end), step).await? {
                labels.retain(|name, _| !NOT_ITS_OWN.contains(&name.as_str()));
                let of = moments.entry(labels).or_default();
                of.extend(points.iter().map(|(at, _)| *at));
            }
            let any = self.range("count(up)".to_owned(), (begin, end), step);
            for (_, points) in any.await? {
                measured.extend(points.iter().map(|(at, _)| *at));
            }
            begin = end;
        }
        let first = from.timestamp().div_euclid(step) * step;
        let grid = (first..=to.timestamp()).step_by(usize::try_from(step).unwrap_or(1));
        Ok(fired(moments, &measured, &grid.collect::<Vec<_>>()))
    }
}

fn instant(at: i64) -> Instant {
    Instant::from_timestamp(at, 0).unwrap_or_default()
}

/// Moments as times from and to. Where nothing was measured nothing ends; a server without `up` measured all the time.
fn fired(
    moments: BTreeMap<BTreeMap<String, String>, BTreeSet<i64>>,
    measured: &BTreeSet<i64>,
    grid: &[i64],
) -> Fired {
    let is_known = |at: &i64| measured.is_empty() || measured.contains(at);
    let mut out = Fired::default();
    for (labels, fires) in moments {
        let mut open = None;
        for at in grid {
            match (open, fires.contains(at)) {
                (None, true) => open = Some(*at),
                (Some(since), false) if is_known(at) => {
                    let span = (labels.clone(), instant(since), Some(instant(*at)));
                    out.spans.push(span);
                    open = None;
                }
                _ => {}
            }
        }
        out.spans
            .extend(open.map(|since| (labels, instant(since), None)));
    }
    let mut away: Option<i64> = None;
    for at in grid {
        match (away, is_known(at)) {
            (None, false) => away = Some(*at),
            (Some(since), true) => {
                out.away.push((instant(since), instant(*at)));
                away = None;
            }
            _ => {}
        }
    }
    let last = grid.last().copied().unwrap_or_default();
    out.away
        .extend(away.map(|since| (instant(since), instant(last))));
    out.spans.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From when to when it fired, and from when to when nothing was measured.
    type Times = (Vec<(i64, Option<i64>)>, Vec<(i64, i64)>);

    fn said(fires: &[i64], measured: &[i64]) -> Times {
        let moments = BTreeMap::from([(BTreeMap::new(), fires.iter().copied().collect())]);
        let measured = measured.iter().copied().collect();
        let found = fired(moments, &measured, &[0, 15, 30, 45, 60]);
        let span = |(_, from, to): &(_, Instant, Option<Instant>)| {
            (from.timestamp(), to.map(|at| at.timestamp()))
        };
        let away = |(from, to): &(Instant, Instant)| (from.timestamp(), to.timestamp());
        (
            found.spans.iter().map(span).collect(),
            found.away.iter().map(away).collect(),
        )
    }

    #[test]
    fn an_alert_ends_where_it_is_measured_and_does_not_fire() {
        let all = [0, 15, 30, 45, 60];
        assert_eq!(said(&[15, 30], &all), (vec![(15, Some(45))], vec![]));
        assert_eq!(said(&[45, 60], &all), (vec![(45, None)], vec![]));
        assert_eq!(
            said(&[0, 30], &all),
            (vec![(0, Some(15)), (30, Some(45))], vec![])
        );
        // Nobody looked at 30 and 45: it fires on, and it is told that nobody looked.
        assert_eq!(
            said(&[15], &[0, 15, 60]),
            (vec![(15, Some(60))], vec![(30, 60)])
        );
        assert_eq!(said(&[15], &[]), (vec![(15, Some(30))], vec![]));
    }
}
