//! An investigation in the detail pane, and the evidence behind a line of it.
//!
//! ```text
//!  2 INC-312 ── Timeline Overview Investigation … ─────────────
//!  What's going on
//!    checkout-service is failing calls because payment-gateway …
//!  What caused it
//!  ▌ 87 %  payment-gateway adds 11156 failing calls in 3m …
//!     + E2  failing calls of payment-gateway up to 41 % (normal 0.06 %)
//! ```

use super::{empty, put};
use crate::console::state::{InvestigationView, LinkTarget, Pane, State};
use crate::console::theme::Theme;
use crate::domain::{Evidence, Finding, Instant, Signal, text};
use crate::investigate::outline::{Emphasis, Item, Label, Link, outline};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, Widget};
use std::borrow::Cow;

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineStyle {
    /// A heading.
    Head,
    /// Text.
    Plain,
    /// What is settled.
    Strong,
    /// What matters less.
    Quiet,
    /// Speaks for it.
    Good,
    /// Speaks against it.
    Bad,
}

/// One line of the pane.
#[derive(Clone, Debug)]
pub struct FindingLine {
    /// What it says.
    pub words: String,
    /// How it looks.
    pub look: LineStyle,
    /// What Enter leads to.
    pub lead: LinkTarget,
}

/// The investigation as lines of a pane of some width.
pub fn lines(state: &State, investigation: &InvestigationView, width: usize) -> Vec<FindingLine> {
    let mut out = Lines {
        width: width.saturating_sub(3).max(20),
        all: Vec::new(),
    };
    if let Some(why) = &investigation.failed {
        out.say(why, LineStyle::Bad, 0, &LinkTarget::Nowhere);
    }
    if investigation.running {
        progress(&mut out, investigation);
    }
    if let Some(finding) = &investigation.finding {
        found(&mut out, state, investigation, finding);
    }
    out.all
}

struct Lines {
    width: usize,
    all: Vec<FindingLine>,
}

impl Lines {
    fn say(&mut self, words: &str, look: LineStyle, indent: usize, lead: &LinkTarget) {
        let space = " ".repeat(indent);
        for line in text::wrap(words, self.width.saturating_sub(indent)) {
            self.all.push(FindingLine {
                words: format!("{space}{line}"),
                look,
                lead: lead.clone(),
            });
        }
    }

    /// Words with a label before the first line.
    fn item(&mut self, label: &str, words: &str, look: LineStyle, lead: &LinkTarget) {
        let wide = text::columns(label);
        for (n, line) in text::wrap(words, self.width.saturating_sub(wide))
            .into_iter()
            .enumerate()
        {
            let front = if n == 0 {
                label.to_owned()
            } else {
                " ".repeat(wide)
            };
            self.all.push(FindingLine {
                words: format!("{front}{line}"),
                look,
                lead: lead.clone(),
            });
        }
    }

    fn head(&mut self, words: &str) {
        if !self.all.is_empty() {
            self.say(" ", LineStyle::Plain, 0, &LinkTarget::Nowhere);
        }
        self.say(words, LineStyle::Head, 0, &LinkTarget::Nowhere);
    }
}

fn progress(out: &mut Lines, investigation: &InvestigationView) {
    let Some((sources, services)) = &investigation.planned else {
        return out.say(
            "Reading the incident.",
            LineStyle::Quiet,
            0,
            &LinkTarget::Nowhere,
        );
    };
    out.say(
        &format!("Asking about {services} services."),
        LineStyle::Quiet,
        0,
        &LinkTarget::Nowhere,
    );
    for source in sources {
        let told = investigation
            .answered
            .iter()
            .find(|(name, _)| name == source);
        out.item(
            &format!("  {source:<16} "),
            told.map_or("asked", |(_, says)| says),
            LineStyle::Quiet,
            &LinkTarget::Nowhere,
        );
    }
}

fn found(out: &mut Lines, state: &State, investigation: &InvestigationView, f: &Finding) {
    let before = investigation.before.as_deref();
    let outline = outline(f, before, investigation.retold.as_ref());
    for section in &outline.sections {
        out.head(section.part.heading());
        for item in &section.items {
            said(out, state, item);
            item.facts.iter().for_each(|fact| said(out, state, fact));
        }
    }
}

/// An item of a finding, after its label.
fn said(out: &mut Lines, state: &State, item: &Item<'_>) {
    let label = match item.label {
        Label::Cause { percent, .. } => format!("  {percent:>3} %  "),
        Label::For(e) => format!("     + {:<4} ", e.id),
        Label::Against(e) => format!("     - {:<4} ", e.id),
        Label::Gone => "    gone  ".into(),
        Label::Check => "  To be sure: ".into(),
        Label::SetAside => "  set aside: ".into(),
        Label::Action(n) => format!("  {n}. "),
        Label::Moment { at, .. } => format!("  {}  ", state.zone.clock(at)),
        Label::Seen(id) => format!("  {id:<4} "),
        Label::Missing(source) => format!("  {source}: "),
        _ => "  ".into(),
    };
    let text = match item.label {
        Label::Began(at) => {
            let when = state.zone.day_clock(state.now, at);
            Cow::Owned(format!("Began {when} ({}).", item.text))
        }
        Label::Dropped => Cow::Owned(format!("{}.", item.text)),
        _ => Cow::Borrowed(&*item.text),
    };
    let look = match item.emphasis {
        Emphasis::Plain => LineStyle::Plain,
        Emphasis::Strong => LineStyle::Strong,
        Emphasis::Quiet => LineStyle::Quiet,
        Emphasis::Good => LineStyle::Good,
        Emphasis::Bad => LineStyle::Bad,
    };
    let lead = match item.link {
        Some(Link::Evidence(id)) => LinkTarget::Evidence(id.to_owned()),
        Some(Link::Hypothesis(rank)) => LinkTarget::Hypothesis(rank),
        None => LinkTarget::Nowhere,
    };
    out.item(&label, &text, look, &lead);
}

/// Draws the tab.
pub fn draw(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let none = InvestigationView::default();
    let investigation = state.investigation().unwrap_or(&none);
    let all = lines(state, investigation, usize::from(place.width));
    if all.is_empty() {
        let key = state
            .keymap
            .key(crate::console::action::Action::Investigate);
        return empty(
            buf,
            place,
            true,
            &format!("Not investigated yet; {key} does it."),
            theme,
        );
    }
    let height = usize::from(place.height.saturating_sub(1));
    let focused = state.focus == Pane::Detail;
    for (y, (n, line)) in all
        .iter()
        .enumerate()
        .skip(investigation.cursor.top)
        .take(height)
        .enumerate()
    {
        let y = place.y + 1 + y as u16;
        super::cursor(
            buf,
            place.x,
            y,
            n == investigation.cursor.at,
            focused,
            theme,
        );
        let style = match line.look {
            LineStyle::Head => theme.accent(),
            LineStyle::Plain => Style::new(),
            LineStyle::Strong => Style::new().add_modifier(ratatui::style::Modifier::BOLD),
            LineStyle::Quiet => theme.dim(),
            LineStyle::Good => theme.good(),
            LineStyle::Bad => theme.warn(),
        };
        put(
            buf,
            Rect::new(place.x + 2, y, place.width.saturating_sub(3), 1),
            &line.words,
            style,
        );
    }
}

/// A fact in words: what was seen, what is normal, what was asked.
pub fn evidence_text(state: &State, e: &Evidence, width: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut add = |label: &str, value: &str| {
        if !value.is_empty() {
            let wrapped = text::wrap(value, width.saturating_sub(10).max(20));
            out.extend(
                wrapped
                    .into_iter()
                    .enumerate()
                    .map(|(n, l)| format!("{:<9} {l}", if n == 0 { label } else { "" })),
            );
        }
    };
    add("What", &e.says);
    add(
        "Since",
        &e.at.map_or(String::new(), |at| state.zone.full(at)),
    );
    add("Seen", &e.observed);
    add("Normal", &e.normal);
    let off = |d: f64| {
        if d > 100.0 {
            "more than 100 times its usual spread".to_owned()
        } else {
            format!("{d} times its usual spread")
        }
    };
    add("Off by", &e.deviation.map_or(String::new(), off));
    add("Source", &e.source);
    add("Query", &e.query);
    add("Page", e.link.as_deref().unwrap_or_default());
    if !e.lines.is_empty() {
        out.push(String::new());
        out.extend(e.lines.iter().cloned());
    }
    out
}

/// Draws a fact: its words, and below them its series with the onset and the change marked.
pub fn draw_evidence(
    buf: &mut Buffer,
    inside: Rect,
    state: &State,
    e: &Evidence,
    finding: &Finding,
    top: usize,
    theme: &Theme,
) {
    put(
        buf,
        Rect {
            height: 1,
            ..inside
        },
        &format!("{}  {}", e.id, e.service),
        theme.title(true),
    );
    let words = evidence_text(state, e, usize::from(inside.width));
    let wants_chart = e.points.len() > 1 && inside.height >= 16;
    let room = if wants_chart {
        usize::from(inside.height / 2)
    } else {
        usize::from(inside.height.saturating_sub(2))
    };
    let shown: Vec<String> = words
        .iter()
        .flat_map(|l| text::wrap(l, usize::from(inside.width).max(10)))
        .collect();
    let top = top.min(shown.len().saturating_sub(room));
    for (n, line) in shown.iter().skip(top).take(room).enumerate() {
        put(
            buf,
            Rect::new(inside.x, inside.y + 2 + n as u16, inside.width, 1),
            line,
            Style::new(),
        );
    }
    if wants_chart {
        let used = shown.len().min(room) as u16 + 3;
        chart(
            buf,
            Rect {
                y: inside.y + used,
                height: inside.height.saturating_sub(used),
                ..inside
            },
            state,
            e,
            finding,
            theme,
        );
    }
}

/// Seconds of a series shown before the onset: enough to see what calm looked like.
const BEFORE_ONSET: i64 = 2_400;

fn chart(
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
