//! The two lines at the bottom: the state of things, and the keys that work here.

use super::{field, footer};
use crate::console::action::Action;
use crate::console::content::arrived::unseen;
use crate::console::freshness;
use crate::console::job::Topic;
use crate::console::layout::Layout;
use crate::console::paint::put_spans;
use crate::console::state::{Item, Overlay, State};
use crate::console::theme::{Glyph, Theme};
use crate::domain::{Write, text, time};
use crate::session::RelayStanding;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws both lines.
pub fn draw(buf: &mut Buffer, layout: &Layout, state: &State, theme: &Theme) {
    if let Some(input) = &state.input {
        let beside = match &state.notice {
            Some(notice) => vec![(notice.words.clone(), theme.accent())],
            None => waiting(state, theme),
        };
        return field::draw(buf, layout, (input, &beside), state, theme);
    }
    if let Some(notice) = &state.notice {
        return said(buf, layout, &notice.words, state, theme);
    }
    let mut parts = standing_parts(state, theme);
    parts.extend(progress(
        state,
        theme,
        usize::from(layout.status.width),
        columns(&parts),
    ));
    for part in standing(state, theme) {
        parts.push(part);
        // What stands there at leisure stands there whole, or not at all.
        if columns(&parts) > usize::from(layout.status.width) + 2 {
            parts.pop();
        }
    }
    put_parts(buf, layout.status, &parts, theme);
    footer::draw(buf, layout.keys, state, theme);
}

/// Something is said: behind the state of things where there is room, else in the place of the keys, else over both
/// lines. What waits for somebody stays.
fn said(buf: &mut Buffer, layout: &Layout, notice: &str, state: &State, theme: &Theme) {
    let mut parts = standing_parts(state, theme);
    let (width, wide) = (usize::from(layout.status.width), text::columns(notice));
    let line = |words: &str| vec![(words.to_owned(), theme.accent())];
    if columns(&parts) + wide + 3 < width {
        parts.extend(line(notice));
        put_parts(buf, layout.status, &parts, theme);
        return footer::draw(buf, layout.keys, state, theme);
    }
    if wide + 2 <= width {
        put_parts(buf, layout.status, &parts, theme);
        return put_parts(buf, layout.keys, &line(notice), theme);
    }
    let mut above = waiting(state, theme);
    let room = width.saturating_sub(columns(&above) + 4).max(20);
    let mut lines = text::wrap(notice, room);
    if lines.len() > 2 {
        lines.truncate(2);
        lines[1] = shortened(&lines[1], room);
    }
    above.extend(line(&lines[0]));
    put_parts(buf, layout.status, &above, theme);
    put_parts(buf, layout.keys, &line(&lines[1]), theme);
}

/// A line that goes on where there is no room, ended behind a word.
fn shortened(line: &str, room: usize) -> String {
    let mut words = line;
    while text::columns(words) + 2 > room {
        words = words.rsplit_once(' ').map_or("", |(before, _)| before);
    }
    format!("{words} …")
}

/// What the status line says, in words: how the API is reached, what waits for somebody, and the rest.
pub(crate) struct Told {
    pub(crate) link: String,
    pub(crate) waiting: Vec<String>,
    pub(crate) standing: Vec<String>,
}

/// What the status line says, in words.
pub(crate) fn in_words(state: &State, theme: &Theme) -> Told {
    let words =
        |spans: Vec<Span>| -> Vec<String> { spans.into_iter().map(|(words, _)| words).collect() };
    let mut standing = vec![open(state)];
    standing.extend(words(self::standing(state, theme)));
    Told {
        link: link(state, theme).0,
        waiting: words(waiting(state, theme)),
        standing,
    }
}

/// The connection, what is open, and what waits for somebody.
fn standing_parts(state: &State, theme: &Theme) -> Vec<Span> {
    let mut parts = vec![link(state, theme), (open(state), Style::new())];
    parts.extend(waiting(state, theme));
    parts
}

/// Columns of parts with what stands between them.
fn columns(parts: &[Span]) -> usize {
    parts
        .iter()
        .map(|(words, _)| text::columns(words) + 3)
        .sum()
}

/// Columns below which the beginning of a part tells nothing.
const LEAST: usize = 8;

/// Words with how they look.
type Span = (String, Style);

fn put_parts(buf: &mut Buffer, place: Rect, parts: &[Span], theme: &Theme) {
    let dot = format!(" {} ", theme.glyph(Glyph::Dot));
    let mut spans: Vec<(&str, Style)> = Vec::new();
    let mut used = 0;
    for (n, (words, style)) in parts.iter().enumerate() {
        used += text::columns(words) + 3;
        let cut = (used - 2).saturating_sub(usize::from(place.width));
        if n > 0 && cut > 0 && text::columns(words) < cut + LEAST {
            break;
        }
        // What stands between has the colour of what it leads to.
        let between = if n == 0 { " " } else { dot.as_str() };
        let colour = if n == 0 { Style::new() } else { *style };
        spans.extend([(between, colour), (words.as_str(), *style)]);
    }
    put_spans(buf, place, &spans);
}

/// How the API is reached. Seconds are not counted: a line that changes each second is a line that is sent each second.
fn link(state: &State, theme: &Theme) -> Span {
    let link = &state.link;
    match (&link.problem, link.answered, link.cached) {
        (Some(_), ..) if link.offline => (format!("offline, {}", how_old(state)), theme.hot()),
        (Some(problem), None, _) => (problem.clone(), theme.warn()),
        (None, None, Some(_)) => (format!("from the cache, {}", how_old(state)), theme.warn()),
        (None, None, None) => ("connecting".into(), theme.dim()),
        (_, Some(_), _) => match freshness::behind_all(state).as_slice() {
            [] if link.relay == Some(RelayStanding::Following) => {
                ("live by relay".into(), theme.good())
            }
            [] => ("live".into(), theme.good()),
            behind => (
                format!("{} not up to date", behind.join(", ")),
                theme.warn(),
            ),
        },
    }
}

/// How old what is on the screen is.
fn how_old(state: &State) -> String {
    match state.link.answered.or(state.link.cached) {
        Some(at) if (state.now - at).num_seconds() < 60 => "data under a minute old".into(),
        Some(at) => format!("data {} old", time::age(state.now, at)),
        None => "nothing loaded".into(),
    }
}

/// How many incidents are open, where that is known.
fn open(state: &State) -> String {
    let rows = &state.incidents.rows;
    if rows.is_empty() && state.problem(&[Topic::Incidents, Topic::Org]).is_some() {
        return "incidents not readable".into();
    }
    let open = state.incidents.open().count();
    format!("{open} open")
}

/// What waits for somebody. It stays in sight, whatever else is said.
fn waiting(state: &State, theme: &Theme) -> Vec<Span> {
    let is_unsent = |w: &&Write| !w.state.is_settled() && (w.on_hold || !w.said.is_empty());
    let unsent = state.outbox.iter().filter(is_unsent).count();
    let in_form = state.overlays.iter().any(|o| matches!(o, Overlay::Form(_)));
    let drafts = if in_form {
        0
    } else {
        crate::console::content::unsent::listed(state).len()
    };
    let key = state.keymap.key(Action::Unsent);
    let journal = state.keymap.key(Action::Journal);
    let mine = state.my_pages();
    let others = state.waiting.len().saturating_sub(mine.len());
    let page = match mine.is_empty() {
        true => ("page waits", "pages wait"),
        false => ("more page waits", "more pages wait"),
    };
    [
        unseen(state).map(|says| (says, theme.hot())),
        my_page(state, &mine, theme),
        told(others, page, theme.hot()),
        proposed(state, theme).map(|(says, style)| (format!("{says} ({journal})"), style)),
        told(unsent, ("write not sent", "writes not sent"), theme.hot()),
        told(drafts, ("draft not sent", "drafts not sent"), theme.warn())
            .map(|(says, style)| (format!("{says} ({key})"), style)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What agents propose; what they ask is felt at once.
fn proposed(state: &State, theme: &Theme) -> Option<Span> {
    let asked = state
        .proposals
        .iter()
        .filter(|p| p.is_open_question())
        .count();
    let asks = ("write waits for your word", "writes wait for your word");
    told(asked, asks, theme.hot()).or_else(|| {
        let words = ("write proposed", "writes proposed");
        told(state.proposals.len(), words, theme.warn())
    })
}

/// Columns of a page's words in the status line.
const PAGE: usize = 34;

/// The page that waits for the user, and the key that goes there.
fn my_page(state: &State, mine: &[&Item], theme: &Theme) -> Option<Span> {
    let key = state.keymap.key(Action::MyPage);
    let says = match mine {
        [] => return None,
        [one] => {
            let reference = one.incident.as_ref().and_then(|id| state.reference(id));
            let reference = reference.filter(|known| !one.title.starts_with(known));
            let words = format!("{} {}", reference.unwrap_or_default(), one.title);
            format!("your page: {} ({key})", text::fit(words.trim(), PAGE))
        }
        several => format!("{} pages wait for you ({key})", several.len()),
    };
    Some((says, theme.hot()))
}

fn told(count: usize, (one, several): (&str, &str), style: Style) -> Option<Span> {
    (count > 0).then(|| (text::counted(count, one, several), style))
}

/// How far the work is that takes long, in as many words as there is room for beside `used` columns.
fn progress(state: &State, theme: &Theme, width: usize, used: usize) -> Option<Span> {
    let room = width.saturating_sub(used + 1);
    let words = state.progress.as_ref()?.fitted(state.zone, room);
    (!words.is_empty()).then(|| (words, theme.accent()))
}

/// Who and where one is, and what is to be known of it, while nothing else is said.
fn standing(state: &State, theme: &Theme) -> Vec<Span> {
    let problems = state.problems.len();
    let key = state.keymap.key(Action::ShowProblems);
    let name = &state.org.identity.name;
    let me = state.me.as_ref();
    let zone = state.zone.abbreviation(state.now);
    [
        (problems > 0).then(|| {
            let says = format!("{problems} not readable, {key} tells");
            (says, theme.warn())
        }),
        relay(state, theme),
        budget(state, theme),
        (!name.is_empty()).then(|| (name.to_string(), theme.dim())),
        me.map(|me| (me.name.to_string(), theme.me())),
        (state.config.read_only).then(|| ("read-only".into(), theme.warn())),
        Some((zone, theme.dim())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// That the relay is not followed, where there is one: then this console asks the platform itself.
fn relay(state: &State, theme: &Theme) -> Option<Span> {
    match state.link.relay.as_ref()? {
        RelayStanding::Following | RelayStanding::Reaching => None,
        RelayStanding::Apart(_) => Some(("without its relay".into(), theme.warn())),
    }
}

/// What is left of the rate limit: in steps of a tenth, so that the line does not change with every answer.
fn budget(state: &State, theme: &Theme) -> Option<Span> {
    if state.link.offline {
        return None;
    }
    if freshness::is_limited(state) {
        return Some(("rate limit reached".into(), theme.warn()));
    }
    let (left, limit) = state.link.budget?;
    let tenths = (left * 10 + limit - 1) / limit.max(1);
    let style = if tenths < 5 {
        theme.warn()
    } else {
        theme.dim()
    };
    Some((format!("rate limit {}% free", tenths * 10), style))
}
