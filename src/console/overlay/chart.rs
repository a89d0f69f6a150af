//! The series of a fact, with the onset and the change marked.

use crate::console::paint::put;
use crate::console::state::State;
use crate::console::theme::Theme;
use crate::domain::{Evidence, Finding, Instant, Signal};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, Widget};

/// Seconds of a series shown before the onset: enough to see what calm looked like.
const BEFORE_ONSET: i64 = 2_400;

/// Draws it.
pub(super) fn draw(
    buf: &mut Buffer,
    place: Rect,
    state: &State,
    e: &Evidence,
    finding: &Finding,
    theme: &Theme,
) {
    let since = finding.onset.timestamp() - BEFORE_ONSET;
    let points: Vec<(f64, f64)> = e
        .points
        .iter()
        .filter(|p| p.0 >= since)
        .map(|(t, v)| (*t as f64, *v))
        .collect();
    if points.len() < 2 {
        return;
    }
    let (from, to) = (
        points[0].0,
        points[points.len() - 1].0.max(points[0].0 + 1.0),
    );
    let most = points.iter().map(|p| p.1).fold(0.0, f64::max);
    let most = if most > 0.0 { most * 1.05 } else { 1.0 };
    let upright = |at: Instant| [(at.timestamp() as f64, 0.0), (at.timestamp() as f64, most)];
    let onset = upright(finding.onset);
    let change = finding
        .top()
        .and_then(|h| h.change.as_ref())
        .map(|c| upright(c.at));
    let mut marks = format!("onset {}", state.zone.clock(finding.onset));
    if let Some(c) = finding.top().and_then(|h| h.change.as_ref()) {
        marks.push_str(&format!(
            ", change {} ({})",
            state.zone.clock(c.at),
            c.title
        ));
    }
    put(buf, Rect { height: 1, ..place }, &marks, theme.dim());
    let place = Rect {
        y: place.y + 1,
        height: place.height.saturating_sub(1),
        ..place
    };
    let marker = if theme.ascii {
        Marker::Dot
    } else {
        Marker::Braille
    };
    let mut sets = vec![
        Dataset::default()
            .marker(marker)
            .graph_type(GraphType::Line)
            .style(theme.warn())
            .data(&onset),
    ];
    if let Some(change) = &change {
        sets.push(
            Dataset::default()
                .marker(marker)
                .graph_type(GraphType::Line)
                .style(theme.hot())
                .data(change),
        );
    }
    sets.push(
        Dataset::default()
            .marker(marker)
            .graph_type(GraphType::Line)
            .style(theme.accent())
            .data(&points),
    );
    let clock = |t: f64| {
        Instant::from_timestamp(t as i64, 0).map_or(String::new(), |at| state.zone.clock(at))
    };
    let show = |v: f64| e.signal.as_ref().unwrap_or(&Signal::Restarts).show(v);
    let times: Vec<Line> = [from, (from + to) / 2.0, to]
        .map(|t| Line::from(clock(t)))
        .to_vec();
    let values: Vec<Line> = [0.0, most / 2.0, most]
        .map(|v| Line::from(show(v)))
        .to_vec();
    Chart::new(sets)
        .legend_position(None)
        .x_axis(
            Axis::default()
                .bounds([from, to])
                .labels(times)
                .style(theme.dim()),
        )
        .y_axis(
            Axis::default()
                .bounds([0.0, most])
                .labels(values)
                .style(theme.dim()),
        )
        .render(place, buf);
}
