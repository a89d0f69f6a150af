//! The series of facts, with the onset and the change marked: one by itself, or one above the other.

use crate::console::paint::put;
use crate::console::state::State;
use crate::console::theme::Theme;
use crate::domain::text::columns;
use crate::domain::{Change, Evidence, Finding, Instant, Signal};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, Widget};

/// Seconds of a series shown before the onset: enough to see what calm looked like.
const BEFORE_ONSET: i64 = 2_400;
/// Columns of a time of day, which the first value must not be narrower than where charts are to begin in one column.
const CLOCK: usize = 5;

/// A series from a while before the onset, and the corners of its chart.
pub(crate) struct Series {
    points: Vec<(f64, f64)>,
    signal: Signal,
    from: f64,
    to: f64,
    most: f64,
    /// Columns that its values take at least.
    margin: usize,
}

impl Series {
    /// Nothing where there is no line to draw.
    pub(crate) fn of(e: &Evidence, finding: &Finding) -> Option<Self> {
        let since = finding.onset.timestamp() - BEFORE_ONSET;
        let shown = e.points.iter().filter(|(t, _)| *t >= since);
        let points: Vec<(f64, f64)> = shown.map(|(t, v)| (*t as f64, *v)).collect();
        let (from, last) = (points.first()?.0, points.last()?.0);
        let most = points.iter().map(|p| p.1).fold(0.0, f64::max);
        (points.len() > 1).then_some(Self {
            points,
            signal: e.signal.clone().unwrap_or(Signal::Restarts),
            from,
            to: last.max(from + 1.0),
            // Some room above the highest point.
            most: if most > 0.0 { most * 1.05 } else { 1.0 },
            margin: 0,
        })
    }

    /// Lays series over each other: the same times stand in the same columns, and where their sizes are to be compared
    /// and mean the same, the same values in the same rows.
    pub(crate) fn align(all: &mut [&mut Self], compares: bool) {
        let alike = all.windows(2).all(|two| two[0].signal == two[1].signal);
        let from = all.iter().map(|s| s.from).fold(f64::INFINITY, f64::min);
        let to = all.iter().map(|s| s.to).fold(from, f64::max);
        let most = all.iter().map(|s| s.most).fold(0.0, f64::max);
        for series in &mut *all {
            (series.from, series.to) = (from, to);
            if compares && alike {
                series.most = most;
            }
        }
        let values = all.iter().flat_map(|series| series.values());
        let margin = values.map(|value| columns(&value)).fold(CLOCK, usize::max);
        all.iter_mut().for_each(|series| series.margin = margin);
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

    fn values(&self) -> [String; 3] {
        let wide = self.margin;
        [0.0, self.most / 2.0, self.most].map(|v| format!("{:<wide$}", self.signal.show(v)))
    }
}

/// The series of a fact in words: where it began, its highest, and where it is, with what is marked in it.
pub(crate) fn words(state: &State, e: &Evidence, finding: &Finding) -> Option<String> {
    let series = Series::of(e, finding)?;
    let told = |(t, value): (f64, f64)| {
        let at = Instant::from_timestamp(t as i64, 0);
        let clock = at.map_or_else(String::new, |at| state.zone.clock(at));
        format!("{} at {clock}", series.signal.show(value))
    };
    let first = *series.points.first()?;
    let last = *series.points.last()?;
    let by_value = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
    let highest = *series.points.iter().max_by(by_value)?;
    Some(format!(
        "Series: {}, highest {}, last {}",
        told(first),
        told(highest),
        told(last)
    ))
}

/// What is marked in the series of a finding.
pub(crate) fn marked(state: &State, finding: &Finding) -> String {
    let change = finding.top().and_then(|top| top.change.as_ref());
    marks(state, finding.onset, change)
}

/// How series are drawn, and what is marked in them.
pub(crate) struct Drawing<'a> {
    pub(crate) state: &'a State,
    pub(crate) theme: &'a Theme,
    pub(crate) onset: Instant,
    pub(crate) change: Option<&'a Change>,
}

/// Draws the series of a fact under what is marked in it.
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
    let drawing = Drawing {
        state,
        theme,
        onset: finding.onset,
        change: finding.top().and_then(|top| top.change.as_ref()),
    };
    let legend = Rect { height: 1, ..place };
    put(buf, legend, &drawing.marks(), theme.dim());
    let place = Rect {
        y: place.y + 1,
        height: place.height.saturating_sub(1),
        ..place
    };
    drawing.series(buf, place, &series, true);
}

impl Drawing<'_> {
    /// What the upright lines mark.
    pub(crate) fn marks(&self) -> String {
        marks(self.state, self.onset, self.change)
    }

    /// A series, with its times below where no chart under it tells them.
    pub(crate) fn series(&self, buf: &mut Buffer, place: Rect, series: &Series, tells_times: bool) {
        let theme = self.theme;
        let onset = series.upright(self.onset);
        let change = self.change.map(|c| series.upright(c.at));
        let mut sets = vec![line(&onset, theme.warn(), theme)];
        sets.extend(change.iter().map(|at| line(at, theme.hot(), theme)));
        sets.push(line(&series.points, theme.accent(), theme));
        let axis = |from, to, labels: Vec<Line<'static>>| {
            let axis = Axis::default().bounds([from, to]);
            axis.labels(labels).style(theme.dim())
        };
        let times = tells_times.then(|| series.times(self.state));
        let values = series.values().map(Line::from).to_vec();
        Chart::new(sets)
            .legend_position(None)
            .x_axis(axis(series.from, series.to, times.unwrap_or_default()))
            .y_axis(axis(0.0, series.most, values))
            .render(place, buf);
    }
}

fn marks(state: &State, onset: Instant, change: Option<&Change>) -> String {
    let clock = |at| state.zone.clock(at);
    let change = change.map_or_else(String::new, |c| {
        format!(", change {} ({})", clock(c.at), c.title)
    });
    format!("onset {}{change}", clock(onset))
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
