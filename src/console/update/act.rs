//! Actions: what each intent of the user does to the state.

use super::super::action::Action;
use super::super::msg::{Cmd, Topic};
use super::super::state::{DetailTab, Item, ListKind, Overlay, Pane, Prompt, Scope, State};
use super::super::view;
use super::keys::{open_palette, set_typed, typed};
use super::{go_to, jump_to, narrow, say, show_incident, touch_selection, watch};
use super::{history, investigation, journal, open_form};
use crate::domain::EntryKind;
use crate::domain::time::Zone;
use crate::draft;
use crate::writes::WriteKind;
use tui_textarea::TextArea;

/// Does what an action says.
pub fn act(state: &mut State, action: Action, cmds: &mut Vec<Cmd>) {
    let half = (state.layout().lines(state.focus) / 2).max(1).cast_signed();
    match action {
        Action::Down => move_to(state, Step::By(1)),
        Action::Up => move_to(state, Step::By(-1)),
        Action::HalfDown => move_to(state, Step::By(half)),
        Action::HalfUp => move_to(state, Step::By(-half)),
        Action::Top => move_to(state, Step::First),
        Action::Bottom => move_to(state, Step::Last),
        Action::Open => open(state, cmds),
        Action::Back => back(state, cmds),
        Action::Quit => match (state.focus, state.zoomed) {
            (Pane::Incidents, false) if state.on_their_way() > 0 && !state.leaving => {
                state.leaving = true;
                say(
                    state,
                    "A write is on its way; again leaves, and the journal finishes it next time.",
                );
            }
            (Pane::Incidents, false) => cmds.push(Cmd::Quit),
            _ => back(state, cmds),
        },
        Action::Help => state.overlays.push(Overlay::Help {
            typed: String::new(),
            top: 0,
        }),
        Action::Palette => open_palette(state, false, cmds),
        Action::Command => open_palette(state, true, cmds),
        Action::Filter => {
            let mut input = Box::new(TextArea::from([typed(state)]));
            input.set_cursor_line_style(ratatui::style::Style::new());
            input.move_cursor(tui_textarea::CursorMove::End);
            state.input = Some(input);
        }
        Action::Pane1 | Action::Pane2 | Action::Pane3 | Action::Pane4 => focus(
            state,
            Pane::ALL[action as usize - Action::Pane1 as usize],
            cmds,
        ),
        Action::NextPane => focus(state, Pane::ALL[(state.focus as usize + 1) % 4], cmds),
        Action::PrevPane => focus(state, Pane::ALL[(state.focus as usize + 3) % 4], cmds),
        Action::NextTab => turn_tab(state, 1, cmds),
        Action::PrevTab => turn_tab(state, -1, cmds),
        Action::Zoom => state.zoomed = !state.zoomed,
        Action::Unzoom => state.zoomed = false,
        Action::JumpBack => jump(state, true, cmds),
        Action::JumpForward => jump(state, false, cmds),
        Action::Refresh => refresh(state, cmds),
        Action::RefreshAll => {
            cmds.extend(super::opening(state));
            refresh(state, cmds);
        }
        Action::CopyReference => copy_reference(state, cmds),
        Action::CopyAddress | Action::ShowAddress => {
            address(state, action == Action::ShowAddress, cmds)
        }
        Action::ToggleTimes => state.absolute = !state.absolute,
        Action::ToggleUtc => {
            state.zone = if state.zone == Zone::UTC {
                state.local
            } else {
                Zone::UTC
            }
        }
        Action::ShowProblems => {
            let lines = view::overlay::problems(state);
            state.overlays.push(Overlay::Text {
                title: "Problems".into(),
                lines,
                top: 0,
                entry: None,
            });
        }
        Action::Redraw => cmds.push(Cmd::Redraw),
        Action::Suspend => cmds.push(Cmd::Suspend),
        Action::Scope => {
            let scope = match state.incidents.filter.scope {
                Scope::All => Scope::Mine,
                Scope::Mine => Scope::Team,
                Scope::Team => Scope::All,
            };
            state.incidents.filter.scope = scope;
            if scope != Scope::All && state.me.is_none() {
                say(
                    state,
                    "Nobody is known as you: set me = \"you@example.com\" in the config.",
                );
            }
            narrow(state, cmds);
        }
        Action::Everything => {
            state.incidents.filter.open_only = !state.incidents.filter.open_only;
            narrow(state, cmds);
        }
        Action::Order => {
            state.incidents.newest_first = !state.incidents.newest_first;
            narrow(state, cmds);
        }
        Action::ViewIncidents
        | Action::ViewAlerts
        | Action::ViewPages
        | Action::ViewActions
        | Action::ViewFollowUps
        | Action::ViewDocuments
        | Action::ViewWorkflows => {
            show_list(
                state,
                ListKind::ALL[action as usize - Action::ViewIncidents as usize],
                cmds,
            );
        }
        Action::Investigate => investigation::investigate(state, cmds),
        Action::ReviewDrafts => investigation::review(state),
        Action::AddEvidence => investigation::prompt(state, Prompt::Evidence),
        Action::AskModel => investigation::prompt(state, Prompt::Question),
        Action::PostSlack => investigation::slack(state),
        Action::Similar => history::similar(state, cmds),
        Action::SameCause | Action::NotSimilar => {
            history::tell(state, action == Action::SameCause, cmds)
        }
        Action::Away => history::away(state),
        Action::Analyze => {
            let lines = vec!["Looking back over a quarter.".into()];
            state.overlays.push(Overlay::Text {
                title: "The last 90 days".into(),
                lines,
                top: 0,
                entry: None,
            });
            cmds.push(Cmd::Fetch(Topic::Analysis));
        }
        Action::DraftPostMortem => history::draft(state, draft::TextKind::PostMortem, cmds),
        Action::DraftUpdate => history::draft(state, draft::TextKind::Update, cmds),
        Action::Mark => open_form::mark(state),
        Action::Undo => journal::undo(state),
        Action::Journal => journal::open_journal(state, cmds),
        // Every action that writes opens its form.
        writes if writes.kind().is_some() => {
            open_form::begin(state, writes.kind().unwrap_or(WriteKind::Note), cmds)
        }
        Action::EntryKind => {
            let next = state.detail.kind.map_or(0, |kind| kind as usize + 1);
            state.detail.kind = EntryKind::ALL.get(next).copied();
            state.detail.follows = true;
        }
        Action::MarkRead => {
            if let Some(id) = state.detail.id.clone() {
                state.detail.seen = Some(state.now);
                cmds.push(Cmd::MarkSeen(id, state.now));
            }
        }
        _ => {}
    }
}

/// How far to move.
pub enum Step {
    /// So many lines.
    By(isize),
    /// To the first line.
    First,
    /// To the last line.
    Last,
}

/// Moves the cursor of the focused pane.
pub fn move_to(state: &mut State, step: Step) {
    let is_timeline = state.focus == Pane::Detail
        && matches!(state.detail.tab, DetailTab::Timeline | DetailTab::Overview);
    let count = count(state);
    let Some(cursor) = cursor_mut(state) else {
        return;
    };
    let last = count.saturating_sub(1);
    cursor.at = match step {
        Step::By(by) => cursor.at.saturating_add_signed(by).min(last),
        Step::First => 0,
        Step::Last => last,
    };
    cursor.id = None;
    if is_timeline {
        state.detail.follows =
            state.detail.tab == DetailTab::Timeline && state.detail.cursor.at == last;
    }
    if state.focus == Pane::Incidents {
        touch_selection(state);
    }
}

fn count(state: &State) -> usize {
    match (state.focus, state.list, state.detail.tab) {
        (Pane::Incidents, ListKind::Incidents, _) => state.incidents.visible.len(),
        (Pane::Incidents, kind, _) => state.lists.get(&kind).map_or(0, |l| l.shown().len()),
        (Pane::Detail, _, DetailTab::Timeline) => state.detail.lines().len(),
        (Pane::Detail, _, DetailTab::Overview) => view::detail::overview(state).len(),
        (Pane::Detail, _, DetailTab::Investigation) => {
            let width =
                state.layout().panes[Pane::Detail as usize].map_or(80, |r| usize::from(r.width));
            state
                .investigation()
                .map_or(0, |p| view::investigation::lines(state, p, width).len())
        }
        (Pane::Detail, _, tab) => state.detail.tabs.get(&tab).map_or(0, |l| l.shown().len()),
        (Pane::OnCall, ..) => state.oncall.shown().len(),
        (Pane::Catalog, ..) => state.catalog.shown().len(),
    }
}

fn cursor_mut(state: &mut State) -> Option<&mut super::super::state::Cursor> {
    match (state.focus, state.list, state.detail.tab) {
        (Pane::Incidents, ListKind::Incidents, _) => Some(&mut state.incidents.cursor),
        (Pane::Incidents, kind, _) => state.lists.get_mut(&kind).map(|l| &mut l.cursor),
        (Pane::Detail, _, DetailTab::Timeline | DetailTab::Overview) => {
            Some(&mut state.detail.cursor)
        }
        (Pane::Detail, _, DetailTab::Investigation) => state
            .investigations
            .get_mut(state.detail.id.as_ref()?)
            .map(|p| &mut p.cursor),
        (Pane::Detail, _, tab) => state.detail.tabs.get_mut(&tab).map(|l| &mut l.cursor),
        (Pane::OnCall, ..) => Some(&mut state.oncall.cursor),
        (Pane::Catalog, ..) => Some(&mut state.catalog.cursor),
    }
}

fn focus(state: &mut State, pane: Pane, cmds: &mut Vec<Cmd>) {
    state.focus = pane;
    if pane == Pane::Detail && state.detail.id.is_none() {
        super::follow(state, cmds);
    }
    cmds.push(watch(state));
}

fn turn_tab(state: &mut State, by: isize, cmds: &mut Vec<Cmd>) {
    let turned = |at: usize, count: usize| (at + count).saturating_add_signed(by) % count.max(1);
    match state.focus {
        Pane::Incidents => show_list(
            state,
            ListKind::ALL[turned(state.list as usize, ListKind::ALL.len())],
            cmds,
        ),
        Pane::Detail => {
            state.detail.tab =
                DetailTab::ALL[turned(state.detail.tab as usize, DetailTab::ALL.len())];
            state.detail.cursor = super::super::state::Cursor::default();
            state.detail.follows = state.detail.tab == DetailTab::Timeline;
            if let (Some(id), true) = (state.detail.id.clone(), state.detail.tab.is_list()) {
                cmds.push(Cmd::Fetch(Topic::Tab(id, state.detail.tab)));
            }
            cmds.push(watch(state));
        }
        Pane::Catalog => {
            state.catalog.kind = turned(state.catalog.kind, state.catalog.kinds().len())
        }
        Pane::OnCall => {}
    }
}

fn show_list(state: &mut State, kind: ListKind, cmds: &mut Vec<Cmd>) {
    state.focus = Pane::Incidents;
    state.list = kind;
    if kind != ListKind::Incidents {
        state.lists.entry(kind).or_default();
        cmds.push(Cmd::Fetch(Topic::List(kind)));
    }
    cmds.push(watch(state));
}

/// Esc: what was typed last goes first, then the zoom, then the pane.
fn back(state: &mut State, cmds: &mut Vec<Cmd>) {
    if !state.marks.is_empty() {
        state.marks.clear();
    } else if !typed(state).is_empty() {
        set_typed(state, "", cmds);
    } else if state.zoomed {
        state.zoomed = false;
    } else if state.focus != Pane::Incidents {
        state.focus = Pane::Incidents;
    } else if state.list != ListKind::Incidents {
        state.list = ListKind::Incidents;
    }
}

fn jump(state: &mut State, backwards: bool, cmds: &mut Vec<Cmd>) {
    let found = if backwards {
        state.back.pop()
    } else {
        state.forward.pop()
    };
    let Some(id) = found else { return };
    if let Some(here) = state.detail.id.clone() {
        if backwards {
            state.forward.push(here)
        } else {
            state.back.push(here)
        }
    }
    go_to(state, id, cmds);
}

fn refresh(state: &mut State, cmds: &mut Vec<Cmd>) {
    if let (Pane::Detail, DetailTab::Investigation, Some(id)) =
        (state.focus, state.detail.tab, state.detail.id.clone())
    {
        return investigation::start(state, id, false, cmds);
    }
    let topics = match (state.focus, state.list) {
        (Pane::Incidents, ListKind::Incidents) => vec![Topic::Incidents],
        (Pane::Incidents, kind) => vec![Topic::List(kind)],
        (Pane::Detail, _) => state
            .detail
            .id
            .clone()
            .map_or(vec![], |id| {
                vec![
                    Topic::Detail(id.clone()),
                    Topic::Timeline(id.clone()),
                    Topic::Tab(id, state.detail.tab),
                ]
            })
            .into_iter()
            .filter(|topic| !matches!(topic, Topic::Tab(_, tab) if !tab.is_list()))
            .collect(),
        (Pane::OnCall, _) => vec![Topic::Schedules],
        (Pane::Catalog, _) => vec![Topic::Catalog],
    };
    cmds.extend(topics.into_iter().map(Cmd::Fetch));
    say(state, "Asking again.");
}

fn open_item(state: &mut State, item: Item, cmds: &mut Vec<Cmd>) {
    if let Some(document) = item.document {
        cmds.push(Cmd::Fetch(Topic::Document(document)));
        return state.overlays.push(Overlay::Text {
            title: item.title,
            lines: vec!["Loading.".into()],
            top: 0,
            entry: None,
        });
    }
    if let Some(id) = item
        .incident
        .filter(|id| state.detail.id.as_ref() != Some(id))
    {
        return jump_to(state, id, cmds);
    }
    let lines = std::iter::once(item.title.clone())
        .chain(item.body)
        .collect();
    state.overlays.push(Overlay::Text {
        title: item.mark,
        lines,
        top: 0,
        entry: None,
    });
}

fn open(state: &mut State, cmds: &mut Vec<Cmd>) {
    match (state.focus, state.list) {
        (Pane::Incidents, ListKind::Incidents) => {
            if let Some(id) = state.incidents.current().map(|row| row.id.clone()) {
                state.follow_at = None;
                show_incident(state, id, cmds);
                state.focus = Pane::Detail;
            }
        }
        (Pane::Incidents, kind) => {
            let item = state
                .lists
                .get(&kind)
                .and_then(|l| l.shown().get(l.cursor.at).map(|item| (*item).clone()));
            item.into_iter()
                .for_each(|item| open_item(state, item, cmds));
        }
        (Pane::Detail, _) => match state.detail.tab {
            DetailTab::Timeline => {
                let Some(item) = state
                    .detail
                    .lines()
                    .get(state.detail.cursor.at)
                    .map(|item| (*item).clone())
                else {
                    return;
                };
                let lines = view::overlay::entry_text(state, &item);
                state.overlays.push(Overlay::Text {
                    title: format!("{} {}", item.kind.label(), state.zone.clock(item.at)),
                    lines,
                    top: 0,
                    entry: None,
                });
            }
            DetailTab::Overview => {}
            DetailTab::Investigation => investigation::open(state),
            tab => {
                let item = state
                    .detail
                    .tabs
                    .get(&tab)
                    .and_then(|l| l.shown().get(l.cursor.at).map(|item| (*item).clone()));
                item.into_iter()
                    .for_each(|item| open_item(state, item, cmds));
            }
        },
        (Pane::OnCall, _) => {
            let Some(schedule) = state
                .oncall
                .shown()
                .get(state.oncall.cursor.at)
                .map(|s| (*s).clone())
            else {
                return;
            };
            cmds.push(Cmd::Fetch(Topic::Shifts(schedule.id.clone())));
            let lines = view::oncall::schedule_text(state, &schedule);
            state.overlays.push(Overlay::Text {
                title: schedule.name,
                lines,
                top: 0,
                entry: None,
            });
        }
        (Pane::Catalog, _) => {
            let Some(entry) = state
                .catalog
                .shown()
                .get(state.catalog.cursor.at)
                .map(|e| (*e).clone())
            else {
                return;
            };
            let lines = view::catalog::entry_text(state, &entry);
            state.overlays.push(Overlay::Text {
                title: entry.name.clone(),
                lines,
                top: 0,
                entry: Some(entry.id),
            });
        }
    }
}

fn copy_reference(state: &mut State, cmds: &mut Vec<Cmd>) {
    let copied = match state.focus {
        Pane::Incidents if state.list == ListKind::Incidents => state
            .incidents
            .current()
            .map(|row| row.reference.to_string()),
        Pane::Incidents => state
            .lists
            .get(&state.list)
            .and_then(|l| l.shown().get(l.cursor.at).map(|item| item.title.clone())),
        Pane::Detail
            if state.detail.tab == DetailTab::Investigation
                && investigation::query_here(state).is_some() =>
        {
            investigation::query_here(state)
        }
        Pane::Detail => state
            .detail
            .incident
            .as_ref()
            .map(|i| i.row.reference.to_string()),
        Pane::OnCall => state
            .oncall
            .shown()
            .get(state.oncall.cursor.at)
            .map(|s| s.name.clone()),
        Pane::Catalog => state
            .catalog
            .shown()
            .get(state.catalog.cursor.at)
            .map(|e| e.name.clone()),
    };
    if let Some(copied) = copied {
        say(state, format!("Copied {copied}."));
        cmds.push(Cmd::Copy(copied));
    }
}

/// The incident's page. Over SSH no browser can be opened from here: the address is shown and copied.
fn address(state: &mut State, show: bool, cmds: &mut Vec<Cmd>) {
    let selected = if state.focus == Pane::Incidents {
        state.incidents.current().map(|r| r.id.clone())
    } else {
        state.detail.id.clone()
    };
    let known = state
        .detail
        .incident
        .as_ref()
        .filter(|i| Some(&i.row.id) == selected.as_ref())
        .and_then(|i| i.permalink.clone());
    let number = state
        .incidents
        .current()
        .and_then(|row| row.reference.rsplit('-').next().map(str::to_owned));
    let built = number
        .filter(|_| !state.org.identity.dashboard.is_empty())
        .map(|n| format!("{}/incidents/{n}", state.org.identity.dashboard));
    let Some(address) = known.or(built) else {
        return say(state, "The address is not known yet.");
    };
    if show {
        state.overlays.push(Overlay::Text {
            title: "Address".into(),
            lines: vec![
                address.clone(),
                String::new(),
                "Copied; paste it where there is a browser.".into(),
            ],
            top: 0,
            entry: None,
        });
    } else {
        say(state, format!("Copied {address}."));
    }
    cmds.push(Cmd::Copy(address));
}
