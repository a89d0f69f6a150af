//! The series of a fact, with the onset and the change marked.

use crate::console::paint::put;
use crate::console::state::State;
use crate::console::theme::Theme;
use crate::domain::{Change, Evidence, Finding, Instant, Signal};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, Widget};

/// Seconds of a series shown before the onset: enough to see what calm looked like.
const BEFORE_ONSET: i64 = 2_400;

/// A series from a while before the onset, and the corners of its chart.
struct Series {
    points: Vec<(f64, f64)>,
    from: f64,
    to: f64,
    most: f64,
}

impl Series {
    /// Nothing where there is no line to draw.
    fn of(e: &Evidence, finding: &Finding) -> Option<Self> {
        let since = finding.onset.timestamp() - BEFORE_ONSET;
        let shown = e.points.iter().filter(|(t, _)| *t >= since);
        let points: Vec<(f64, f64)> = shown.map(|(t, v)| (*t as f64, *v)).collect();
        let (from, last) = (points.first()?.0, points.last()?.0);
        let most = points.iter().map(|p| p.1).fold(0.0, f64::max);
        (points.len() > 1).then_some(Self {
            points,
            from,
            to: last.max(from + 1.0),
            // Some room above the highest point.
            most: if most > 0.0 { most * 1.05 } else { 1.0 },
        })
    }

    /// An upright line at a time.
    fn upright(&self, at: Instant) -> [(f64, f64); 2] {
        let x = at.timestamp() as f64;
        [(x, 0.0), (x, self.most)]
    }

    fn times(&self, state: &State) -> Vec<Line<'static>> {
        let clock = |t: f64| {
            let at = Instant::from_timestamp(t as i64, 0);
            at.map_or_else(String::new, |at| state.zone.clock(at))
        };
        let middle = (self.from + self.to) / 2.0;
        [self.from, middle, self.to]
            .map(|t| Line::from(clock(t)))
            .to_vec()
    }

    fn values(&self, e: &Evidence) -> Vec<Line<'static>> {
        let signal = e.signal.as_ref().unwrap_or(&Signal::Restarts);
        [0.0, self.most / 2.0, self.most]
            .map(|v| Line::from(signal.show(v)))
            .to_vec()
    }
}

/// Draws it.
pub(crate) fn draw(
    buf: &mut Buffer,
    place: Rect,
    state: &State,
    e: &Evidence,
    finding: &Finding,
    theme: &Theme,
) {
    let Some(series) = Series::of(e, finding) else {
        return;
    };
    let legend = Rect { height: 1, ..place };
    put(buf, legend, &marks(state, finding), theme.dim());
    let place = Rect {
        y: place.y + 1,
        height: place.height.saturating_sub(1),
        ..place
    };
    let onset = series.upright(finding.onset);
    let change = change(finding).map(|c| series.upright(c.at));
    let mut sets = vec![line(&onset, theme.warn(), theme)];
    sets.extend(change.iter().map(|at| line(at, theme.hot(), theme)));
    sets.push(line(&series.points, theme.accent(), theme));
    let axis = |from, to, labels: Vec<Line<'static>>| {
        let axis = Axis::default().bounds([from, to]);
        axis.labels(labels).style(theme.dim())
    };
    Chart::new(sets)
        .legend_position(None)
        .x_axis(axis(series.from, series.to, series.times(state)))
        .y_axis(axis(0.0, series.most, series.values(e)))
        .render(place, buf);
}

fn change(finding: &Finding) -> Option<&Change> {
    finding.top()?.change.as_ref()
}

/// What the upright lines mark.
fn marks(state: &State, finding: &Finding) -> String {
    let onset = state.zone.clock(finding.onset);
    let change = change(finding).map_or_else(String::new, |c| {
        format!(", change {} ({})", state.zone.clock(c.at), c.title)
    });
    format!("onset {onset}{change}")
}

fn line<'a>(points: &'a [(f64, f64)], style: Style, theme: &Theme) -> Dataset<'a> {
    let marker = if theme.ascii {
        Marker::Dot
    } else {
        Marker::Braille
    };
    Dataset::default()
        .marker(marker)
        .graph_type(GraphType::Line)
        .style(style)
        .data(points)
}
