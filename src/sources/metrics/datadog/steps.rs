//! The times that are asked about, in whole steps.

use crate::domain::Instant;
use crate::sources::Window;

/// Points of the normal time, and of the one around the incident; Datadog gives 1,500 of a series at most.
const NORMAL_POINTS: i64 = 576;
const FINE_POINTS: i64 = 1_200;
/// The shortest step in seconds: what is traced is counted by ten seconds, and told within a minute.
pub(super) const FINE: i64 = 60;
/// Seconds of a point where versions are looked for.
const VERSIONS: i64 = 300;

/// A time in whole steps.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub from: i64,
    pub to: i64,
    pub step: i64,
}

/// The times that are asked about.
pub(super) struct Steps {
    pub normal: Span,
    pub recent: Span,
    pub changes: Span,
    pub window: Window,
}

impl Span {
    fn new(from: Instant, to: Instant, step: i64) -> Self {
        let on_grid = |t: i64| t.div_euclid(step) * step;
        Self {
            from: on_grid(from.timestamp()),
            // The last minute is still coming in.
            to: on_grid(to.timestamp() - FINE),
            step,
        }
    }
}

impl Steps {
    pub fn of(window: Window) -> Self {
        let wide = |from: Instant, to: Instant, points: i64, least: i64| {
            let step = (to - from).num_seconds() / points;
            step.max(least).div_euclid(FINE) * FINE
        };
        let normal = (window.normal_from, window.recent_from);
        let recent = (window.recent_from, window.to);
        let changed = (window.changes_from, window.to);
        let span = |(from, to), points, least| Span::new(from, to, wide(from, to, points, least));
        Self {
            normal: span(normal, NORMAL_POINTS, FINE),
            recent: span(recent, FINE_POINTS, FINE),
            changes: span(changed, FINE_POINTS, VERSIONS),
            window,
        }
    }
}
