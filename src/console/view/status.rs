//! The two lines at the bottom: the state of things, and the keys that work here.

use crate::console::action::{ACTIONS, Action, Context};
use crate::console::layout::Layout;
use crate::console::msg::Topic;
use crate::console::paint::{put, put_spans};
use crate::console::state::{DetailTab, Overlay, Pane, State};
use crate::console::theme::{Glyph, Theme};
use crate::domain::time;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws both lines.
pub fn draw(buf: &mut Buffer, layout: &Layout, state: &State, theme: &Theme) {
    status(buf, layout.status, state, theme);
    if let Some(input) = &state.input {
        let used = put_spans(
            buf,
            layout.keys,
            &[
                ("/", theme.accent()),
                (&input.lines().concat(), Style::new()),
            ],
        );
        let at = 1 + crate::domain::text::columns(
            &input
                .lines()
                .concat()
                .chars()
                .take(input.cursor().1)
                .collect::<String>(),
        ) as u16;
        put(
            buf,
            Rect::new(layout.keys.x + at, layout.keys.y, 1, 1),
            &input
                .lines()
                .concat()
                .chars()
                .nth(input.cursor().1)
                .unwrap_or(' ')
                .to_string(),
            theme.selected(),
        );
        let hint = "  sev: status: service: lead: me:  ! inverts  Enter keeps  Esc clears";
        put(
            buf,
            Rect::new(
                layout.keys.x + used + 2,
                layout.keys.y,
                layout.keys.width.saturating_sub(used + 2),
                1,
            ),
            hint,
            theme.dim(),
        );
        return;
    }
    keys(buf, layout.keys, state, theme);
}

/// How old what is on the screen is.
fn how_old(state: &State) -> String {
    match state.link.answered.or(state.link.cached) {
        Some(at) if (state.now - at).num_seconds() < 60 => "data under a minute old".into(),
        Some(at) => format!("data {} old", time::age(state.now, at)),
        None => "nothing loaded".into(),
    }
}

fn status(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let dot = format!(" {} ", theme.glyph(Glyph::Dot));
    let link = &state.link;
    let age = link.answered.map(|at| (state.now - at).num_seconds());
    // Seconds are not counted: a line that changes each second is a line that is sent each second.
    let (live, style) = match (age, &link.problem) {
        (_, Some(_)) if link.offline => (format!("offline, {}", how_old(state)), theme.hot()),
        (_, Some(problem)) => (problem.clone(), theme.warn()),
        (None, None) if link.cached.is_some() => {
            (format!("from the cache, {}", how_old(state)), theme.warn())
        }
        (None, None) => ("connecting".into(), theme.dim()),
        (Some(s), None) if s < 120 => ("live".into(), theme.good()),
        (Some(s), None) => (
            format!("data {} old", time::span(s / 60 * 60)),
            theme.warn(),
        ),
    };
    let open = state
        .incidents
        .rows
        .iter()
        .take_while(|r| r.category.is_open())
        .count();
    let unreadable =
        state.incidents.rows.is_empty() && state.problem(&[Topic::Incidents, Topic::Org]).is_some();
    let open = if unreadable {
        "incidents not readable".to_owned()
    } else {
        format!("{open} open")
    };
    let mut spans: Vec<(String, Style)> = vec![
        (" ".into(), Style::new()),
        (live, style),
        (format!("{dot}{open}"), Style::new()),
    ];
    if !state.waiting.is_empty() {
        let word = if state.waiting.len() == 1 {
            "page"
        } else {
            "pages"
        };
        spans.push((
            format!("{dot}{} {word} waiting", state.waiting.len()),
            theme.hot(),
        ));
    }
    // What is not sent stays in sight, whatever else is said.
    let unsent = state
        .outbox
        .iter()
        .filter(|w| !w.state.is_settled() && (w.on_hold || !w.said.is_empty()))
        .count();
    if unsent > 0 {
        let word = if unsent == 1 { "write" } else { "writes" };
        spans.push((format!("{dot}{unsent} {word} not sent"), theme.hot()));
    }
    let in_form = state.overlays.iter().any(|o| matches!(o, Overlay::Form(_)));
    let away: Vec<String> = state
        .pending_forms
        .values()
        .map(|view| view.form.draft_key())
        .collect();
    let drafts = state
        .saved_forms
        .keys()
        .filter(|key| !away.contains(key))
        .count();
    if drafts > 0 && !in_form {
        let word = if drafts == 1 { "draft" } else { "drafts" };
        spans.push((format!("{dot}{drafts} {word} not sent"), theme.warn()));
    }
    if let Some((notice, _)) = &state.notice {
        spans.push((format!("{dot}{notice}"), theme.accent()));
    } else {
        if !state.problems.is_empty() {
            spans.push((
                format!("{dot}{} not readable, ! tells", state.problems.len()),
                theme.warn(),
            ));
        }
        // In steps of a tenth, so that the line does not change with every answer.
        if let Some((left, limit)) = link.budget {
            let tenths = (left * 10 + limit - 1) / limit.max(1);
            let style = if tenths < 5 {
                theme.warn()
            } else {
                theme.dim()
            };
            spans.push((format!("{dot}rate limit {}% free", tenths * 10), style));
        }
        if !state.org.identity.name.is_empty() {
            spans.push((format!("{dot}{}", state.org.identity.name), theme.dim()));
        }
        if let Some(me) = &state.me {
            spans.push((format!("{dot}{}", me.name), theme.me()));
        }
        if state.config.read_only {
            spans.push((format!("{dot}read-only"), theme.warn()));
        }
        if state.zone == time::Zone::UTC {
            spans.push((format!("{dot}UTC"), theme.dim()));
        }
    }
    let spans: Vec<(&str, Style)> = spans
        .iter()
        .map(|(text, style)| (text.as_str(), *style))
        .collect();
    put_spans(buf, place, &spans);
}

/// The keys that are worth a reminder here, from the table.
fn keys(buf: &mut Buffer, place: Rect, state: &State, theme: &Theme) {
    let context = [
        Context::List,
        Context::Detail,
        Context::OnCall,
        Context::Catalog,
    ][state.focus as usize];
    let own = ACTIONS
        .iter()
        .filter(|row| row.context == context)
        .map(|row| row.action);
    let event = state.focus == Pane::Detail && state.detail.tab == DetailTab::Investigation;
    let here = match (event, state.focus) {
        (true, _) => &[Action::Refresh, Action::ReviewDrafts, Action::AddEvidence][..],
        (_, Pane::OnCall | Pane::Catalog) => &[Action::Investigate],
        _ => &[
            Action::Investigate,
            Action::Acknowledge,
            Action::Note,
            Action::PostUpdate,
            Action::PageSomeone,
        ],
    };
    let common = [
        Action::Help,
        Action::Quit,
        Action::Open,
        Action::Filter,
        Action::Palette,
        Action::NextTab,
        Action::Zoom,
        Action::CopyReference,
    ];
    let clearing = !state.typed().is_empty() || state.focus != Pane::Incidents;
    let actions = clearing
        .then_some(Action::Back)
        .into_iter()
        .chain(here.iter().copied())
        .chain(common)
        .chain(own);
    let mut x = place.x + 1;
    for action in actions {
        let key = state.keymap.key(action);
        if key.is_empty()
            || action
                .kind()
                .is_some_and(|kind| state.obstacle(kind).is_some())
        {
            continue;
        }
        let words = format!(" {}  ", action.row().title);
        let wide = (key.len() + words.len()) as u16;
        if x + wide > place.right() {
            break;
        }
        x += put_spans(
            buf,
            Rect::new(x, place.y, wide, 1),
            &[(key, theme.accent()), (&words, theme.dim())],
        );
    }
}
