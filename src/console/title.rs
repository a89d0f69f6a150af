//! A pane's title line: its number, what it shows, its tabs, and at the right what is to be known of it. What has no room
//! gives way whole: first the names of other tabs, then what is missed least at the right, then the name of the tab that
//! is shown. Counts and the age of what is old stay longest.
//!
//! ```text
//!  4  Catalog .1 Service .2 Team … ─────────── 49 below  60
//! ```

use super::action::Action;
use super::freshness;
use super::paint::{digit, put, put_spans};
use super::place::Pane;
use super::state::State;
use super::theme::{Glyph, Theme};
use crate::domain::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::ops::Range;

/// What a title tells, from the left.
pub(crate) struct Title<'a> {
    pub(crate) pane: Pane,
    /// What is shown; nothing where the tabs say it.
    pub(crate) name: &'a str,
    /// The names of the tabs.
    pub(crate) tabs: &'a [&'a str],
    /// Which of them is shown.
    pub(crate) shown: usize,
    /// What stands at the right.
    pub(crate) beside: Beside,
}

/// What stands at the right of a title; of either kind the last are missed most.
#[derive(Default)]
pub(crate) struct Beside {
    /// What goes before a name of a tab does.
    pub(crate) notes: Vec<String>,
    /// What stays when names go: how many there are, how many are out of sight, what waits.
    pub(crate) counts: Vec<String>,
}

/// Columns of the sign that there are more tabs.
const MORE: usize = 2;
/// Columns between the tabs and what stands at the right: a blank and a piece of the rule.
const GAP: usize = 2;

/// Draws it.
pub(crate) fn draw(buf: &mut Buffer, place: Rect, title: &Title<'_>, state: &State, theme: &Theme) {
    let focused = state.focus == title.pane;
    let (line, dim) = (Rect { height: 1, ..place }, theme.dim());
    let rule = theme.glyph(Glyph::Rule).repeat(usize::from(place.width));
    put(buf, line, &rule, dim);
    // Where the keys are and which tab is shown is told by a sign too.
    let (number, here, sign) = match focused {
        true => (
            theme.selected().patch(theme.accent()),
            theme.title(true),
            theme.glyph(Glyph::Cursor),
        ),
        false => (dim, Style::new(), " "),
    };
    let shown = theme.glyph(Glyph::Shown);
    let tabs = Tabs::of(title, (state.keymap.key(Action::Tabs), shown));
    let name = match title.name {
        "" => String::new(),
        name => format!(" {name}"),
    };
    let first = format!("{} ", title.pane as usize + 1);
    let taken = 1 + text::columns(&first) + text::columns(&name);
    let left = usize::from(place.width).saturating_sub(taken);
    let (right, room) = beside(state, title, &tabs, left);
    let tabs: Vec<(String, Style)> = tabs
        .around(title.shown, room)
        .into_iter()
        .map(|(words, shown)| (format!(" {words}"), if shown { here } else { dim }))
        .collect();
    let mut spans = vec![
        (sign, theme.accent()),
        (first.as_str(), number),
        (name.as_str(), theme.title(focused)),
    ];
    spans.extend(tabs.iter().map(|(words, style)| (words.as_str(), *style)));
    spans.push((" ", Style::new()));
    let wide = columns(&right) as u16;
    let left = Rect {
        width: place.width.saturating_sub(wide),
        ..line
    };
    put_spans(buf, left, &spans);
    let spans = right.iter().map(|part| match part {
        Part::Late(words) => (words.as_str(), theme.warn()),
        Part::Said(words) => (words.as_str(), dim),
    });
    let right = Rect {
        x: place.x + left.width,
        width: wide,
        ..line
    };
    put_spans(buf, right, &spans.collect::<Vec<_>>());
}

/// Words at the right, each within blanks.
#[derive(Clone)]
enum Part {
    /// That what is shown is old.
    Late(String),
    Said(String),
}

fn columns(parts: &[Part]) -> usize {
    let wide = |part: &Part| match part {
        Part::Late(words) | Part::Said(words) => text::columns(words),
    };
    parts.iter().map(wide).sum()
}

/// What stands at the right, and the columns it leaves to the tabs of those there are.
fn beside(state: &State, title: &Title<'_>, tabs: &Tabs, room: usize) -> (Vec<Part>, usize) {
    let forms = tabs.forms(title.shown);
    let wide = |form: Option<&String>| form.map_or(0, |form| text::columns(form) + 1);
    let (full, least) = (wide(forms.first()), wide(forms.last()));
    for (parts, name) in ways(state, title) {
        let kept = if name == Name::Whole { full } else { least };
        let gap = if tabs.names.is_empty() { 0 } else { GAP };
        let taken = columns(&parts) + gap;
        if taken + kept <= room {
            return (parts, room - taken);
        }
    }
    // That something is old must be seen, whatever it stands in the place of.
    let late = ways(state, title).pop();
    (late.map_or_else(Vec::new, |(parts, _)| parts), 0)
}

/// What becomes of the name of the tab that is shown.
#[derive(Clone, Copy, PartialEq)]
enum Name {
    Whole,
    Shortened,
}

/// The ways to say what stands at the right, in the order in which they are wanted: notes give way to a name, a name to
/// counts, and these to why something is old.
fn ways(state: &State, title: &Title<'_>) -> Vec<(Vec<Part>, Name)> {
    let Beside { notes, counts } = &title.beside;
    let all: Vec<&str> = notes.iter().chain(counts).map(String::as_str).collect();
    let said = |from: usize| {
        let parts = all[from..].join("  ");
        (!parts.is_empty()).then(|| Part::Said(format!(" {parts} ")))
    };
    let late = match freshness::behind(state, title.pane) {
        None => vec![None],
        Some(late) => vec![Some(late.to_string()), Some(late.short().to_owned())],
    };
    let mut ways = Vec::new();
    for words in late {
        let late = words.map(|words| Part::Late(format!(" {words} ")));
        let with =
            |from: usize| -> Vec<Part> { late.clone().into_iter().chain(said(from)).collect() };
        let whole = (0..all.len().min(notes.len() + 1)).map(|from| (with(from), Name::Whole));
        let shortened = (notes.len()..all.len()).map(|from| (with(from), Name::Shortened));
        ways.extend(whole.chain(shortened));
        ways.push((with(all.len()), Name::Whole));
    }
    let shortest = ways
        .last()
        .map(|(parts, _)| (parts.clone(), Name::Shortened));
    ways.extend(shortest);
    ways
}

/// The names of a pane's tabs, each behind the keys that go there.
struct Tabs {
    /// In full, and without the name where keys go there.
    names: Vec<(String, String)>,
}

impl Tabs {
    /// `shown` stands in the place of the key before the tab that is shown: nobody has to go there.
    fn of(title: &Title<'_>, (key, shown): (&str, &str)) -> Self {
        let sign = |at| if at == title.shown { shown } else { key };
        let name = |(at, label): (usize, &&str)| match (sign(at), digit(at)) {
            ("", _) | (_, None) => ((*label).to_owned(), (*label).to_owned()),
            (key, Some(digit)) => (format!("{key}{digit} {label}"), format!("{key}{digit}")),
        };
        let names = title.tabs.iter().enumerate().map(name).collect();
        Self { names }
    }

    /// A tab's name from the longest form to the shortest: no word of it is cut.
    fn forms(&self, at: usize) -> Vec<String> {
        let Some((name, keys)) = self.names.get(at) else {
            return Vec::new();
        };
        let mut forms = vec![name.clone()];
        let mut words = name.as_str();
        while let Some((shorter, _)) = words.rsplit_once(' ').filter(|(w, _)| w.len() > keys.len())
        {
            forms.push(shorter.to_owned());
            words = shorter;
        }
        forms.push(keys.clone());
        forms
    }

    /// As many as there is room for around the shown one, which is marked; of the others the keys, where these have
    /// room, else a sign.
    fn around(&self, shown: usize, room: usize) -> Vec<(String, bool)> {
        let fits = |form: &String| text::columns(form) < room;
        let Some(here) = self.forms(shown).into_iter().find(fits) else {
            return Vec::new();
        };
        let wide = |at: usize| text::columns(&self.names[at].0) + 1;
        let own = text::columns(&here) + 1;
        let count = self.names.len();
        let others: usize = (0..count).filter(|at| *at != shown).map(wide).sum();
        let signs = if own + others <= room { 0 } else { 2 * MORE };
        let mut left = (room - own).saturating_sub(signs);
        let (mut from, mut to) = (shown, shown + 1);
        while from > 0 || to < count {
            if to < count && wide(to) <= left {
                left -= wide(to);
                to += 1;
            } else if from > 0 && wide(from - 1) <= left {
                from -= 1;
                left -= wide(from);
            } else {
                break;
            }
        }
        let used: usize = own
            + (from..to)
                .filter(|at| *at != shown)
                .map(wide)
                .sum::<usize>();
        let mut spare = room - used;
        let kept = if to < count { MORE } else { 0 };
        let before = self.keys(0..from, &mut spare, kept);
        let after = self.keys(to..count, &mut spare, 0);
        let named = (from..to).map(|at| match at == shown {
            true => (here.clone(), true),
            false => (self.names[at].0.clone(), false),
        });
        before.into_iter().chain(named).chain(after).collect()
    }

    /// Tabs without their names; where not all have room, the sign that there are more.
    fn keys(&self, tabs: Range<usize>, spare: &mut usize, kept: usize) -> Vec<(String, bool)> {
        let keys = self.names[tabs].iter().map(|(_, keys)| keys.clone());
        let keys: Vec<String> = keys.collect();
        let wide: usize = keys.iter().map(|keys| text::columns(keys) + 1).sum();
        let (shown, wide) = match wide + kept <= *spare {
            true => (keys, wide),
            false if MORE <= *spare => (vec!["…".to_owned()], MORE),
            false => (Vec::new(), 0),
        };
        *spare -= wide;
        shown.into_iter().map(|keys| (keys, false)).collect()
    }
}
