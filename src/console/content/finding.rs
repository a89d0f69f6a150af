//! An investigation as lines: how far it is, what it found, and where each line leads.

use crate::console::state::{InvestigationView, LinkTarget, State};
use crate::domain::{Evidence, Finding, text};
use crate::investigate::compare;

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineStyle {
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
pub(crate) struct FindingLine {
    /// What it says.
    pub words: String,
    /// How it looks.
    pub look: LineStyle,
    /// What Enter leads to.
    pub lead: LinkTarget,
}

/// The investigation as lines of a pane of some width.
pub(crate) fn lines(
    state: &State,
    investigation: &InvestigationView,
    width: usize,
) -> Vec<FindingLine> {
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

/// The investigation of the incident that is shown, as lines of its pane.
pub(crate) fn shown(state: &State) -> Vec<FindingLine> {
    let lines = |investigation| lines(state, investigation, state.detail_width());
    state.investigation().map_or_else(Vec::new, lines)
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
    out.head("What's going on");
    let felt = f
        .evidence
        .iter()
        .find(|e| f.summary.contains(&format!("[{}]", e.id)))
        .map_or(LinkTarget::Nowhere, |e| LinkTarget::Evidence(e.id.clone()));
    out.say(&f.summary, LineStyle::Plain, 2, &felt);
    if let Some(named) = f.services.first() {
        let more = f.services.len() - 1;
        out.say(
            &format!(
                "Looked at {} ({}) and {more} around it.",
                named.name, named.why
            ),
            LineStyle::Quiet,
            2,
            &LinkTarget::Nowhere,
        );
    }
    out.say(
        &format!(
            "Began {} ({}).",
            state.zone.day_clock(state.now, f.onset),
            f.onset_from
        ),
        LineStyle::Quiet,
        2,
        &LinkTarget::Nowhere,
    );
    out.head("What caused it");
    if !f.settled {
        out.say(
            "Not enough to say.",
            LineStyle::Strong,
            2,
            &LinkTarget::Nowhere,
        );
    }
    let shifts = investigation
        .before
        .as_ref()
        .map(|before| compare(before, f))
        .unwrap_or_default();
    for h in f.hypotheses.iter().filter(|h| !h.discarded) {
        let shift = shifts.iter().find(|s| s.service == h.service);
        let since = shift.map_or(String::new(), |s| {
            if s.how == "new" {
                " (new)".into()
            } else {
                format!(" ({}, was {} %)", s.how, s.before)
            }
        });
        let look = if h.rank == 1 && f.settled {
            LineStyle::Strong
        } else {
            LineStyle::Plain
        };
        out.item(
            &format!("  {:>3} %  ", h.confidence),
            &format!("{}{since}", h.statement),
            look,
            &LinkTarget::Hypothesis(h.rank),
        );
        for (ids, sign, look) in [
            (&h.evidence_for, "+", LineStyle::Good),
            (&h.evidence_against, "-", LineStyle::Bad),
        ] {
            for e in ids.iter().filter_map(|id| f.evidence(id)) {
                out.item(
                    &format!("     {sign} {:<4} ", e.id),
                    &e.says,
                    look,
                    &LinkTarget::Evidence(e.id.clone()),
                );
            }
        }
    }
    for s in shifts.iter().filter(|s| s.how == "gone") {
        out.item(
            "    gone  ",
            &format!("{}, was {} %", s.service, s.before),
            LineStyle::Quiet,
            &LinkTarget::Nowhere,
        );
    }
    if let Some(check) = &f.next_check {
        out.item(
            "  To be sure: ",
            check,
            LineStyle::Plain,
            &LinkTarget::Nowhere,
        );
    }
    for h in f.hypotheses.iter().filter(|h| h.discarded) {
        let lead = h
            .evidence_against
            .first()
            .map_or(LinkTarget::Hypothesis(h.rank), |id| {
                LinkTarget::Evidence(id.clone())
            });
        let what = if h.change.is_some() {
            &h.statement
        } else {
            &h.service
        };
        out.item(
            "  set aside: ",
            &format!("{}: {}", what.trim_end_matches('.'), h.reason),
            LineStyle::Quiet,
            &lead,
        );
    }
    if !f.actions.is_empty() {
        out.head("What can I do next");
        for (at, action) in f.actions.iter().enumerate() {
            out.item(
                &format!("  {}. ", at + 1),
                action,
                LineStyle::Plain,
                &LinkTarget::Nowhere,
            );
        }
    }
    if let Some(told) = &investigation.retold {
        out.head("Retold by the model");
        for s in &told.sentences {
            let lead = s
                .cites
                .first()
                .map_or(LinkTarget::Nowhere, |id| LinkTarget::Evidence(id.clone()));
            out.say(
                &format!("{} [{}]", s.says, s.cites.join(", ")),
                LineStyle::Plain,
                2,
                &lead,
            );
        }
        if told.dropped > 0 {
            out.say(
                &format!("{} sentences without evidence were left out.", told.dropped),
                LineStyle::Quiet,
                2,
                &LinkTarget::Nowhere,
            );
        }
    }
    if !f.timeline.is_empty() {
        out.head("Timeline");
        for m in &f.timeline {
            let lead = m
                .evidence
                .clone()
                .map_or(LinkTarget::Nowhere, LinkTarget::Evidence);
            out.item(
                &format!("  {}  ", state.zone.clock(m.at)),
                &m.says,
                LineStyle::Plain,
                &lead,
            );
        }
    }
    let told: Vec<&String> = f
        .hypotheses
        .iter()
        .flat_map(|h| h.evidence_for.iter().chain(&h.evidence_against))
        .collect();
    let rest: Vec<&Evidence> = f
        .evidence
        .iter()
        .filter(|e| !told.contains(&&e.id))
        .collect();
    if !rest.is_empty() {
        out.head("Also seen");
        for e in rest {
            out.item(
                &format!("  {:<4} ", e.id),
                &e.says,
                LineStyle::Quiet,
                &LinkTarget::Evidence(e.id.clone()),
            );
        }
    }
    if !f.missing.is_empty() {
        out.head("Missing");
        for m in &f.missing {
            out.item(
                &format!("  {}: ", m.source),
                &m.says,
                LineStyle::Quiet,
                &LinkTarget::Nowhere,
            );
        }
    }
}
