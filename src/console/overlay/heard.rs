//! What lies over the panes as it is told to ears: its title, and its lines, its text or its field. What is drawn and what
//! is told come from the same functions, and an overlay that could not be told does not compile.

use super::write_row::{said, standing, state_of};
use super::{chart, journal, report, unsent};
use crate::config::Colour;
use crate::console::content::card::lines;
use crate::console::content::drafted::{origin, title};
use crate::console::content::drafts::{request, words};
use crate::console::content::journal::{Line, good_until, lines as written};
use crate::console::content::lines::LinkedLine;
use crate::console::content::menu;
use crate::console::content::unsent::{about, beginning, listed, title as form_title};
use crate::console::layout::HEARD;
use crate::console::link::LinkTarget;
use crate::console::paint::when;
use crate::console::state::{Fact, HopView, Overlay, Palette, ReportLine, Review, State};
use crate::console::theme::Theme;
use crate::domain::{OpenProposal, Write};
use crate::investigate::outline::sign;

/// What is heard of an overlay.
pub(crate) struct Heard {
    pub(crate) title: String,
    pub(crate) body: Body,
}

/// What is in it.
pub(crate) enum Body {
    /// Lines that can be gone through, and which the cursor is on: what each is known by, and its words.
    Lines {
        at: usize,
        lines: Vec<(String, String)>,
        nothing: &'static str,
    },
    /// Text to read.
    Text(Vec<String>),
    /// A question, with what would be done in one sentence each: yes or no.
    Question(Vec<String>),
    /// A line, or lines, to type into, with what stands there.
    Field { text: String, lines: bool },
    /// A form, which has fields of its own.
    Form,
}

impl Heard {
    fn lines(
        title: impl Into<String>,
        at: usize,
        lines: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let lines = lines.into_iter().collect();
        let body = Body::Lines {
            at,
            lines,
            nothing: "Nothing.",
        };
        Self {
            title: title.into(),
            body,
        }
    }

    fn or_nothing(mut self, says: &'static str) -> Self {
        if let Body::Lines { nothing, .. } = &mut self.body {
            *nothing = says;
        }
        self
    }

    fn text(title: impl Into<String>, lines: Vec<String>) -> Self {
        Self {
            title: title.into(),
            body: Body::Text(lines),
        }
    }

    fn asks(title: impl Into<String>, lines: Vec<String>) -> Self {
        Self {
            title: title.into(),
            body: Body::Question(lines),
        }
    }

    fn field(title: impl Into<String>, text: String, lines: bool) -> Self {
        Self {
            title: title.into(),
            body: Body::Field { text, lines },
        }
    }
}

/// What is heard of an overlay.
pub(crate) fn heard(overlay: &Overlay, state: &State) -> Heard {
    let width = usize::from(HEARD.0);
    match overlay {
        Overlay::Help(help) => Heard::text(help.title(), help.page(state).lines),
        Overlay::Menu(menu) => {
            let all = menu::lines(state, menu.kind).into_iter();
            let line = |(name, note): (String, String)| (name.clone(), and(&name, &note));
            Heard::lines(menu.title(), menu.cursor.at, all.map(line))
        }
        Overlay::Palette(palette) => found(palette),
        Overlay::Card(card) => {
            let all = lines(state, card, width);
            Heard::lines(card.title(state), card.cursor.at, all.iter().map(linked))
        }
        Overlay::Evidence(fact) => evidence(fact, state),
        Overlay::Hop(hop) => call(hop, state),
        Overlay::Drafted(drafted) => {
            let all = drafted.lines.iter().enumerate();
            let (here, origin) = (drafted.cursor.at, origin(drafted));
            let line = |(n, line): (usize, &crate::draft::Line)| {
                let is_made = n == here && line.row.is_some();
                let from = if is_made { &*origin } else { "" };
                (n.to_string(), and(&line.text, from))
            };
            let title = state.heading(&drafted.incident, title(drafted.kind));
            Heard::lines(title, here, all.map(line))
        }
        Overlay::Analysis(analysis) => match &analysis.input {
            Some(input) => Heard::field("Look back over", input.lines().concat(), false),
            None => {
                let all = analysis.lines.iter().enumerate();
                let line = |(n, line): (usize, &crate::similar::Line)| {
                    let leads = if line.lead.is_some() { LEADS } else { "" };
                    (n.to_string(), and(&line.text, leads))
                };
                let title = format!("Looking back: {}", analysis.request.command());
                Heard::lines(title, analysis.cursor.at, all.map(line))
            }
        },
        Overlay::Report(report) => {
            let all = report.lines.iter().enumerate();
            let line = |(n, line): (usize, &ReportLine)| {
                (n.to_string(), leading(report::shown(line), &line.target))
            };
            Heard::lines(&report.title, report.cursor.at, all.map(line))
        }
        Overlay::Opening(opening) => {
            let (title, says) = opening.told(state);
            Heard::text(title, vec![says])
        }
        Overlay::Unopened(unopened) => {
            let lines = unopened.lines(width).into_iter().map(|(words, _)| words);
            Heard::text(unopened.head(), lines.collect())
        }
        Overlay::Confirm(confirm) => Heard::asks(&confirm.asks, confirm.lines(state)),
        Overlay::Review(review) => reviewed(review, state),
        Overlay::Panel(panel) if panel.request => {
            Heard::text(panel.title(state), panel.request(width))
        }
        Overlay::Panel(panel) => {
            let exact = panel.request(width).join(" ");
            let says = [panel.says.join(" "), format!("Request: {exact}")];
            Heard::asks(panel.title(state), says.to_vec())
        }
        Overlay::Journal(journal) => {
            let all = written(state);
            let line = |line: &Line<'_>| (line.id().to_owned(), in_words(state, *line));
            let title = journal::title(state);
            let heard = Heard::lines(title, journal.cursor.at, all.iter().map(line));
            heard.or_nothing(journal::NOTHING)
        }
        Overlay::Unsent(unsent) => {
            let all = listed(state);
            let head = unsent::head(all.len());
            let line = |saved: &&crate::domain::SavedForm| {
                let words = [form_title(saved).to_owned(), about(state, saved)];
                let words = [words.join(" "), beginning(saved), when(state, saved.at)];
                (saved.key.clone(), words.join(", "))
            };
            let heard = Heard::lines(head, unsent.cursor.at, all.iter().map(line));
            heard.or_nothing(unsent::NOTHING)
        }
        Overlay::Results(results) => {
            let all = results.found(state).into_iter();
            Heard::text(
                results.title(state),
                all.map(|write| of_write(state, write)).collect(),
            )
        }
        Overlay::Prompt(prompt) => {
            Heard::field(prompt.title(state), prompt.input.lines().concat(), false)
        }
        Overlay::Text(text) => Heard::text(&text.title, text.lines.clone()),
        Overlay::Form(view) => Heard {
            title: view.form.title.clone(),
            body: Body::Form,
        },
    }
}

/// What is said behind a line that leads on: on the screen it has a sign.
const LEADS: &str = "leads on";

/// A line with where it leads.
pub(crate) fn linked(line: &LinkedLine) -> (String, String) {
    (line.identity(), leading(&line.words, &line.target))
}

fn leading(words: &str, target: &LinkTarget) -> String {
    match target {
        LinkTarget::Nowhere => words.to_owned(),
        _ => and(words, LEADS),
    }
}

/// Two parts, the second where there is one.
fn and(first: &str, second: &str) -> String {
    match second {
        "" => first.to_owned(),
        second => {
            let first = first.trim_end().trim_end_matches('.');
            format!("{first}, {second}")
        }
    }
}

fn found(palette: &Palette) -> Heard {
    let typed = palette.input.lines().concat();
    let what = match palette.actions_only {
        true => "Find an action",
        false => "Find anything",
    };
    let title = match typed.as_str() {
        "" => what.to_owned(),
        typed => format!("{what}: {typed}"),
    };
    let hits = palette.hits.iter();
    let line = |hit: &crate::console::palette::Hit| {
        let words = and(&and(&hit.label, &hit.note), hit.kind);
        (hit.label.clone(), words)
    };
    let heard = Heard::lines(title, palette.cursor.at, hits.map(line));
    heard.or_nothing("Nothing found. Other words search again, esc goes back.")
}

fn evidence(fact: &Fact, state: &State) -> Heard {
    let Some((finding, e)) = fact.of(state) else {
        return Heard::text(fact.id.clone(), Vec::new());
    };
    let mut lines = fact.words(state);
    if let Some(series) = chart::words(state, e, finding) {
        lines.extend([series, chart::marked(state, finding)]);
    }
    Heard::text(fact.title(state, e), lines)
}

fn call(hop: &HopView, state: &State) -> Heard {
    let name = format!("{} to {}", hop.hop.from, hop.hop.to);
    let Some((finding, seen)) = hop.of(state) else {
        let says = "This call is on no path of what was found last.".to_owned();
        return Heard::text(name, vec![says]);
    };
    let check = format!("{} {}", sign(seen.hop), seen.hop.checked());
    let ends = [&seen.hop.from, &seen.hop.to].into_iter().zip(seen.ends);
    let absent = ends.filter(|(_, end)| end.is_none());
    let absent = absent.map(|(name, _)| format!("no series of {name}"));
    let marks = chart::marked(state, finding);
    let notes: Vec<String> = [name, check, marks].into_iter().chain(absent).collect();
    let title = state.heading(&hop.incident, &notes.join("; "));
    let line = |e: &crate::domain::Evidence| {
        let series = chart::words(state, e, finding).unwrap_or_default();
        (e.id.clone(), and(&format!("{} {}", e.id, e.says), &series))
    };
    Heard::lines(title, hop.cursor.at, seen.facts().map(line)).or_nothing("No fact.")
}

fn reviewed(review: &Review, state: &State) -> Heard {
    let title = review.title(state);
    if let Some(editing) = &review.editing {
        return Heard::field(title, editing.words.lines().join("\n"), true);
    }
    let both = review.investigation(state).zip(review.draft(state));
    let Some((investigation, draft)) = both else {
        return Heard::text(title, Vec::new());
    };
    let exact = request(investigation, draft);
    if review.request {
        return Heard::text(title, exact);
    }
    let exact = exact.join(" ");
    let says = words(state, draft).join(" ");
    Heard::asks(title, vec![says, format!("Request: {exact}")])
}

fn in_words(state: &State, line: Line<'_>) -> String {
    match line {
        Line::Proposed(proposal) => of_proposal(state, proposal),
        Line::Written(write) => of_write(state, write),
    }
}

fn of_write(state: &State, write: &Write) -> String {
    let (word, _) = state_of(write, &without_colour());
    let words = and(&and(&write.what, word), said(write));
    and(&words, &when(state, write.recorded))
}

fn of_proposal(state: &State, proposal: &OpenProposal) -> String {
    let (word, _) = standing(proposal, &without_colour());
    let until = good_until(state, proposal);
    let by = format!("until {until}, by {}", proposal.by);
    and(&and(&proposal.what, word), &by)
}

/// Ears need no colours.
pub(crate) fn without_colour() -> Theme {
    Theme::fixed(Colour::Never, false, true)
}
