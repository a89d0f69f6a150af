//! Keys: what is typed goes to the field that is open, else to what lies over the panes, else to the pane.

use super::super::action::{Action, Context};
use super::super::msg::{Cmd, Topic};
use super::super::palette::{Pool, Target};
use super::super::state::{ListKind, Overlay, Pane, Review, State};
use super::act::{Step, act, move_to};
use super::{form, history, investigation, journal, open_form, write_result};
use super::{jump_to, narrow, say};
use crate::domain::text;
use crate::writes;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::TextArea;

/// A key was pressed.
pub fn key(state: &mut State, key: KeyEvent, cmds: &mut Vec<Cmd>) {
    if state.input.is_some() {
        return typing(state, key, cmds);
    }
    if let Some(overlay) = state.overlays.pop() {
        return overlay_key(state, overlay, key, cmds);
    }
    let context = match state.focus {
        Pane::Incidents => Context::List,
        Pane::Detail => Context::Detail,
        Pane::OnCall => Context::OnCall,
        Pane::Catalog => Context::Catalog,
    };
    if let Some(action) = state.keymap.resolve(key, context) {
        act(state, action, cmds);
    }
}

/// Text was pasted: it goes into the field that is open, on one line, and nowhere else.
pub fn paste(state: &mut State, pasted: &str, cmds: &mut Vec<Cmd>) {
    let line = text::clean_line(pasted);
    if let Some(input) = &mut state.input {
        input.insert_str(&line);
        apply_filter(state, cmds);
    } else if let Some(Overlay::Prompt { input, .. }) = state.overlays.last_mut() {
        input.insert_str(&line);
    } else if let Some(Overlay::Review(Review {
        input: Some(input), ..
    })) = state.overlays.last_mut()
    {
        input.insert_str(text::clean_text(pasted));
    } else if matches!(state.overlays.last(), Some(Overlay::Form(_))) {
        if let Some(Overlay::Form(mut view)) = state.overlays.pop() {
            form::pasted(state, &mut view, pasted, cmds);
            state.overlays.push(Overlay::Form(view));
        }
    } else if let Some(Overlay::Palette { input, .. }) = state.overlays.last_mut() {
        input.insert_str(&line);
        search(state, cmds);
    }
}

/// A key in the filter's field.
fn typing(state: &mut State, key: KeyEvent, cmds: &mut Vec<Cmd>) {
    match key.code {
        KeyCode::Enter => state.input = None,
        KeyCode::Esc => {
            state.input = None;
            set_typed(state, "", cmds);
        }
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
            state.input = None;
            set_typed(state, "", cmds);
        }
        KeyCode::Down => move_to(state, Step::By(1)),
        KeyCode::Up => move_to(state, Step::By(-1)),
        _ => {
            if let Some(input) = &mut state.input {
                input.input(key);
            }
            apply_filter(state, cmds);
        }
    }
}

fn apply_filter(state: &mut State, cmds: &mut Vec<Cmd>) {
    let typed = state
        .input
        .as_ref()
        .map(|input| input.lines().concat())
        .unwrap_or_default();
    set_typed(state, &typed, cmds);
}

/// What the focused list is narrowed to.
pub fn typed(state: &State) -> String {
    match (state.focus, state.list) {
        (Pane::Incidents, ListKind::Incidents) => state.incidents.filter.typed.clone(),
        (Pane::Incidents, kind) => state
            .lists
            .get(&kind)
            .map(|l| l.typed.clone())
            .unwrap_or_default(),
        (Pane::Detail, _) => state
            .detail
            .tabs
            .get(&state.detail.tab)
            .map(|l| l.typed.clone())
            .unwrap_or_default(),
        (Pane::OnCall, _) => state.oncall.typed.clone(),
        (Pane::Catalog, _) => state.catalog.typed.clone(),
    }
}

/// Narrows the focused list to what was typed.
pub fn set_typed(state: &mut State, typed: &str, cmds: &mut Vec<Cmd>) {
    match (state.focus, state.list) {
        (Pane::Incidents, ListKind::Incidents) => {
            if state.incidents.filter.typed != typed {
                state.incidents.filter.parse(typed);
                narrow(state, cmds);
            }
        }
        (Pane::Incidents, kind) => state.lists.entry(kind).or_default().typed = typed.to_owned(),
        (Pane::Detail, _) => {
            state.detail.tabs.entry(state.detail.tab).or_default().typed = typed.to_owned()
        }
        (Pane::OnCall, _) => state.oncall.typed = typed.to_owned(),
        (Pane::Catalog, _) => state.catalog.typed = typed.to_owned(),
    }
}

/// A key while something lies over the panes. The overlay was taken off; it goes back on unless it closes.
fn overlay_key(state: &mut State, mut overlay: Overlay, key: KeyEvent, cmds: &mut Vec<Cmd>) {
    if let Overlay::Review(review) = &mut overlay {
        if investigation::review_key(state, review, key, cmds) {
            state.overlays.push(overlay);
        }
        return;
    }
    if let Overlay::Form(view) = &mut overlay {
        match form::key(state, view, key, cmds) {
            form::Next::Stay => state.overlays.push(overlay),
            form::Next::Close => {}
            form::Next::Send => {
                if let Overlay::Form(view) = overlay {
                    write_result::send(state, *view, cmds);
                }
            }
        }
        return;
    }
    if let Overlay::Panel {
        write: back,
        request,
        ..
    } = &mut overlay
    {
        if journal::panel_key(state, back, request, key, cmds) {
            state.overlays.push(overlay);
        }
        return;
    }
    if let Overlay::Journal { id, at } = &mut overlay {
        // What it opens lies over it.
        let below = state.overlays.len();
        if journal::journal_key(state, id, at, key, cmds) {
            state.overlays.insert(below, overlay);
        }
        return;
    }
    let typed_ahead = matches!(&overlay, Overlay::Opening { keys, .. } if !keys.is_empty());
    let closes = (key.code == KeyCode::Esc && !typed_ahead)
        || (key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL));
    if closes {
        return;
    }
    match &mut overlay {
        Overlay::Review(_) | Overlay::Form(_) | Overlay::Panel { .. } | Overlay::Journal { .. } => {
        }
        Overlay::Opening { keys, .. } => {
            keys.push(key);
            state.overlays.push(overlay);
        }
        Overlay::Results(_) => {
            if !matches!(key.code, KeyCode::Char('q') | KeyCode::Enter) {
                state.overlays.push(overlay);
            }
        }
        Overlay::Prompt { what, input } => {
            if key.code == KeyCode::Enter {
                return investigation::prompted(state, *what, &input.lines().concat(), cmds);
            }
            input.input(key);
            state.overlays.push(overlay);
        }
        Overlay::Drafted { lines, at, title } => {
            let resolved = state.keymap.resolve(key, Context::Detail);
            *at = list_step(resolved, *at, lines.len().saturating_sub(1));
            match resolved {
                Some(Action::Quit | Action::Back) => return,
                Some(Action::CopyReference) => {
                    cmds.push(Cmd::Copy(crate::draft::markdown(lines)));
                    say(state, "Copied the draft.");
                }
                None if key.code == KeyCode::Char('I') => {
                    let text = crate::draft::markdown(lines);
                    let (kind, field) = if title.starts_with("Post-mortem") {
                        (writes::WriteKind::Import, "content")
                    } else {
                        (writes::WriteKind::Update, "message")
                    };
                    return open_form::open_with(state, kind, field, &text, cmds);
                }
                Some(Action::Open) => {
                    if let Some(row) = lines.get(*at).and_then(|l| l.row.clone())
                        && history::go_to_row(state, &row)
                    {
                        return;
                    }
                }
                _ => {}
            }
            state.overlays.push(overlay);
        }
        Overlay::Evidence { id, top } => {
            match state.keymap.resolve(key, Context::Detail) {
                Some(Action::Down) => *top += 1,
                Some(Action::Up) => *top = top.saturating_sub(1),
                Some(Action::Quit | Action::Back) => return,
                Some(Action::CopyReference) => {
                    let query = state
                        .investigation()
                        .and_then(|p| p.finding.as_ref())
                        .and_then(|f| f.evidence(id))
                        .map(|e| e.query.clone());
                    if let Some(query) = query.filter(|q| !q.is_empty()) {
                        say(state, "Copied the query.");
                        cmds.push(Cmd::Copy(query));
                    }
                }
                _ => {}
            }
            state.overlays.push(overlay);
        }
        Overlay::Palette {
            input, hits, at, ..
        } => {
            match (key.code, key.modifiers.contains(KeyModifiers::CONTROL)) {
                (KeyCode::Enter, _) => {
                    let target = hits.get(*at).map(|hit| hit.target.clone());
                    return target
                        .into_iter()
                        .for_each(|target| open_hit(state, target, cmds));
                }
                (KeyCode::Down, _) | (KeyCode::Char('n'), true) => {
                    *at = (*at + 1).min(hits.len().saturating_sub(1))
                }
                (KeyCode::Up, _) | (KeyCode::Char('p'), true) => *at = at.saturating_sub(1),
                _ => {
                    let before = input.lines().concat();
                    input.input(key);
                    let changed = input.lines().concat() != before;
                    *at = if changed { 0 } else { *at };
                    state.overlays.push(overlay);
                    if changed {
                        search(state, cmds);
                    }
                    return;
                }
            }
            state.overlays.push(overlay);
        }
        Overlay::Help { typed, top } => {
            match key.code {
                KeyCode::Down => *top += 1,
                KeyCode::Up => *top = top.saturating_sub(1),
                KeyCode::PageDown => *top += 10,
                KeyCode::PageUp => *top = top.saturating_sub(10),
                KeyCode::Backspace => drop(typed.pop()),
                KeyCode::Char('q' | '?') if typed.is_empty() => return,
                KeyCode::Char(c) if key.modifiers.difference(KeyModifiers::SHIFT).is_empty() => {
                    typed.push(c);
                    *top = 0;
                }
                _ => {}
            }
            state.overlays.push(overlay);
        }
        Overlay::Text {
            lines,
            top,
            entry,
            title,
        } => {
            let page = usize::from(state.size.1).saturating_sub(8).max(1);
            let last = lines.len().saturating_sub(page);
            match state.keymap.resolve(key, Context::Everywhere) {
                Some(Action::Down) => *top = (*top + 1).min(last),
                Some(Action::Up) => *top = top.saturating_sub(1),
                Some(Action::HalfDown) => *top = (*top + page / 2).min(last),
                Some(Action::HalfUp) => *top = top.saturating_sub(page / 2),
                Some(Action::Top) => *top = 0,
                Some(Action::Bottom) => *top = last,
                Some(Action::Quit | Action::Back) => return,
                Some(Action::CopyReference) => {
                    cmds.push(Cmd::Copy(lines.join("\n")));
                    say(state, "Copied the text.");
                }
                Some(Action::Open) if entry.is_some() => {
                    let name = title.clone();
                    return filter_incidents(state, &format!("service:{name}"), cmds);
                }
                _ => {}
            }
            state.overlays.push(overlay);
        }
    }
}

/// Where a cursor goes in a list that lies over the panes.
pub fn list_step(action: Option<Action>, at: usize, last: usize) -> usize {
    match action {
        Some(Action::Down) => (at + 1).min(last),
        Some(Action::Up) => at.saturating_sub(1),
        Some(Action::HalfDown) => (at + 10).min(last),
        Some(Action::HalfUp) => at.saturating_sub(10),
        Some(Action::Top) => 0,
        Some(Action::Bottom) => last,
        _ => at,
    }
}

/// Narrows pane 1 to some incidents, closed ones too.
fn filter_incidents(state: &mut State, typed: &str, cmds: &mut Vec<Cmd>) {
    state.focus = Pane::Incidents;
    state.list = ListKind::Incidents;
    state.incidents.filter.open_only = false;
    state.incidents.filter.parse(typed);
    narrow(state, cmds);
}

/// Asks the palette's question: when it is typed, and again when there is more to find.
pub fn search(state: &mut State, cmds: &mut Vec<Cmd>) {
    let (rows, graph, org, schedules, keymap) = (
        state.incidents.rows.clone(),
        state.catalog.graph.clone(),
        state.org.clone(),
        state.oncall.schedules.clone(),
        state.keymap.clone(),
    );
    let blocked = super::super::action::ACTIONS
        .iter()
        .filter_map(|row| Some((row.action, state.obstacle(row.action.kind()?)?)))
        .collect();
    if let Some(Overlay::Palette {
        input,
        actions_only,
        ticket,
        ..
    }) = state.overlays.last_mut()
    {
        *ticket += 1;
        cmds.push(Cmd::Find {
            ticket: *ticket,
            query: input.lines().concat(),
            pool: Box::new(Pool {
                rows,
                graph,
                org,
                schedules,
                keymap,
                actions_only: *actions_only,
                blocked,
            }),
        });
    }
}

fn open_hit(state: &mut State, target: Target, cmds: &mut Vec<Cmd>) {
    match target {
        Target::Action(action) => act(state, action, cmds),
        Target::Incident(id) => jump_to(state, id, cmds),
        Target::Entry(id) => {
            state.focus = Pane::Catalog;
            state.catalog.typed.clear();
            let kind = state.catalog.graph.entry(&id).map(|e| e.kind.clone());
            state.catalog.kind = state
                .catalog
                .kinds()
                .iter()
                .position(|k| Some(&k.id) == kind.as_ref())
                .unwrap_or(0);
            state.catalog.cursor.id = Some(id.to_string());
        }
        Target::Person(name) => {
            let word = name.split(' ').next_back().unwrap_or_default().to_owned();
            filter_incidents(state, &format!("lead:{word}"), cmds);
        }
        Target::Schedule(id) => {
            state.focus = Pane::OnCall;
            state.oncall.typed.clear();
            state.oncall.cursor.id = Some(id.to_string());
            cmds.push(Cmd::Fetch(Topic::Shifts(id)));
        }
    }
}

/// Opens the palette, over everything or over actions only.
pub fn open_palette(state: &mut State, actions_only: bool, cmds: &mut Vec<Cmd>) {
    let mut input = Box::new(TextArea::default());
    input.set_cursor_line_style(ratatui::style::Style::new());
    state.overlays.push(Overlay::Palette {
        input,
        actions_only,
        hits: Vec::new(),
        at: 0,
        ticket: state.incidents.ticket << 20,
    });
    search(state, cmds);
}
