//! An investigation as lines: how far it is, what it found, and where each line leads.

use super::lines::{LineStyle, Lines, LinkedLine};
use super::path;
use crate::console::link::HopRef;
use crate::console::state::{InvestigationView, LinkTarget, State};
use crate::domain::Finding;
use crate::domain::text;
use crate::investigate::outline::{Emphasis, Item, Label, Link, Part, outline, sign};
use std::borrow::Cow;

/// The investigation as lines of a pane of some width.
pub(crate) fn lines(
    state: &State,
    investigation: &InvestigationView,
    width: usize,
) -> Vec<LinkedLine> {
    let mut out = Lines::new(width.saturating_sub(3));
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

/// The investigation of the incident that is shown, as lines of its pane.
pub(crate) fn shown(state: &State) -> Vec<LinkedLine> {
    let lines = |investigation| lines(state, investigation, state.detail_width());
    state.investigation().map_or_else(Vec::new, lines)
}

/// Minutes for which a finding counts as what is so now.
const FRESH: i64 = 10;

/// That what is shown was found a while ago, or before the incident was over.
pub(crate) fn found_when(state: &State) -> Option<String> {
    let investigation = state.investigation()?;
    let at = investigation.started.filter(|_| !investigation.running)?;
    investigation.finding.as_ref()?;
    let clock = state.zone.day_clock(state.now, at);
    match ended_since(state, investigation) {
        Some(status) => Some(format!("found {clock}, before \"{status}\"")),
        None if state.now - at > chrono::Duration::minutes(FRESH) => Some(format!("found {clock}")),
        None => None,
    }
}

/// The status of an incident that was still open when it was investigated and is over now.
pub(crate) fn ended_since<'a>(
    state: &'a State,
    investigation: &InvestigationView,
) -> Option<&'a str> {
    let then = &investigation.incident.as_ref()?.row;
    let now = state.newest_row()?;
    let ended = now.id == then.id && then.category.is_open() && !now.category.is_open();
    ended.then_some(&*now.status)
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
        &format!(
            "Asking about {}.",
            text::counted(*services, "service", "services")
        ),
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
    let outline = outline(f, before, investigation.retold.as_ref(), state.zone);
    for section in &outline.sections {
        out.head(section.part.heading());
        if section.part == Part::Retold && ended_since(state, investigation).is_some() {
            let says = "  The model wrote this while it lasted.";
            out.say(says, LineStyle::Quiet, 0, &LinkTarget::Nowhere);
        }
        for item in &section.items {
            item.lines().for_each(|line| said(out, state, line));
        }
    }
}

/// An item of a finding, after its label.
fn said(out: &mut Lines, state: &State, item: &Item<'_>) {
    let label = match item.label {
        Label::Cause { percent, .. } => format!("  {percent:>3} %  "),
        Label::Path(_) => "       ".into(),
        Label::Hop(hop) => format!("     {} ", sign(hop)),
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
        Label::Path(hops) => Cow::Owned(path::whole(hops, room(out, &label))),
        Label::Hop(hop) => Cow::Owned(path::told(hop, room(out, &label))),
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
        Some(Link::Hop(cause, hop)) => LinkTarget::Hop(HopRef {
            cause: cause.to_owned(),
            from: hop.from.clone(),
            to: hop.to.clone(),
        }),
        None => LinkTarget::Nowhere,
    };
    out.item(&label, &text, look, &lead);
}

/// Columns there are behind a label.
fn room(out: &Lines, label: &str) -> usize {
    out.width().saturating_sub(text::columns(label))
}
