//! What happened before: similar incidents, what is said of them, drafts from what is recorded.

use super::super::msg::{Cmd, Topic};
use super::super::state::{DetailTab, Overlay, Pane, State};
use super::say;
use crate::draft::TextKind;

/// `s`: past incidents that are like the one the cursor is on.
pub fn similar(state: &mut State, cmds: &mut Vec<Cmd>) {
    if state.focus != Pane::Detail {
        super::follow(state, cmds);
    }
    let Some(id) = state.detail.id.clone() else {
        return say(state, "No incident is selected.");
    };
    state.focus = Pane::Detail;
    state.detail.tab = DetailTab::Similar;
    cmds.push(Cmd::Fetch(Topic::Tab(id, DetailTab::Similar)));
    cmds.push(super::watch(state));
}

/// Remembers what is said of the incident under the cursor and the one that is shown.
pub fn tell(state: &mut State, same: bool, cmds: &mut Vec<Cmd>) {
    let here = state.detail.id.clone();
    let other = state.detail.tabs.get(&DetailTab::Similar).and_then(|l| {
        l.shown()
            .get(l.cursor.at)
            .and_then(|item| item.incident.clone())
    });
    let here_now = state.detail.tab == DetailTab::Similar && state.focus == Pane::Detail;
    let (Some(a), Some(b), true) = (here, other, here_now) else {
        return say(state, "Put the cursor on a similar incident first.");
    };
    let name = |id: &crate::domain::IncidentId| {
        state
            .incidents
            .rows
            .iter()
            .find(|r| &r.id == id)
            .map_or_else(|| id.to_string(), |r| r.reference.to_string())
    };
    let pair = format!("{} and {}", name(&a), name(&b));
    say(
        state,
        if same {
            format!("Remembered: {pair} had the same cause.")
        } else {
            format!("Remembered: {pair} are not alike.")
        },
    );
    cmds.push(Cmd::RatePair {
        a: a.clone(),
        b,
        same,
    });
    cmds.push(Cmd::Fetch(Topic::Tab(a, DetailTab::Similar)));
}

/// Drafts a text about the incident that is shown.
pub fn draft(state: &mut State, kind: TextKind, cmds: &mut Vec<Cmd>) {
    if state.focus != Pane::Detail {
        super::follow(state, cmds);
    }
    let Some(id) = state.detail.id.clone() else {
        return say(state, "No incident is selected.");
    };
    let title = match kind {
        TextKind::PostMortem => "Post-mortem, drafted from what is recorded",
        TextKind::Update => "Update, drafted from what is recorded",
        TextKind::Summary => "Summary, drafted from what is recorded",
    };
    let lines = vec![crate::draft::Line {
        text: "Reading what is recorded.".into(),
        row: None,
    }];
    state.overlays.push(Overlay::Drafted {
        title: title.into(),
        lines,
        at: 0,
    });
    cmds.push(Cmd::Fetch(Topic::Drafted(id, kind)));
}

/// Goes to the row a line was made from; false where that is nowhere on the screen.
pub fn go_to_row(state: &mut State, row: &str) -> bool {
    let Some((kind, id)) = row.split_once(' ') else {
        (state.focus, state.detail.tab) = (Pane::Detail, DetailTab::Overview);
        return row == "incident";
    };
    match kind {
        "timeline" => {
            let Some(item) = state.detail.timeline.iter().find(|i| i.id == id) else {
                return false;
            };
            let key = format!("{:?} {}", item.kind, item.id);
            (
                state.focus,
                state.detail.tab,
                state.detail.kind,
                state.detail.follows,
            ) = (Pane::Detail, DetailTab::Timeline, None, false);
            state.detail.cursor.id = Some(key);
            true
        }
        "action" | "follow-up" => {
            (state.focus, state.detail.tab) = (Pane::Detail, DetailTab::Tasks);
            state
                .detail
                .tabs
                .entry(DetailTab::Tasks)
                .or_default()
                .cursor
                .id = Some(id.to_owned());
            true
        }
        "evidence" => {
            let first = id.split(' ').next().unwrap_or_default().to_owned();
            let known = state
                .investigation()
                .and_then(|p| p.finding.as_ref())
                .is_some_and(|f| f.evidence(&first).is_some());
            (state.focus, state.detail.tab) = (Pane::Detail, DetailTab::Investigation);
            if known {
                state.overlays.push(Overlay::Evidence { id: first, top: 0 });
            }
            true
        }
        _ => false,
    }
}

/// `w`: what happened since the last session, from the rows that are there.
pub fn away(state: &mut State) {
    let Some(at) = state.last_session else {
        return say(state, "No earlier session is known.");
    };
    let rows = &state.incidents.rows;
    let line = |row: &crate::domain::IncidentSummary| {
        format!(
            "  {} {} {}: {}",
            row.reference,
            row.severity.as_deref().unwrap_or("-"),
            row.status,
            row.name
        )
    };
    let mut lines = Vec::new();
    let kinds = [
        "declared and open",
        "declared and over",
        "older, and over since",
    ];
    let kind = |r: &crate::domain::IncidentSummary| match (r.created >= at, r.category.is_open()) {
        (true, true) => Some(0),
        (true, false) => Some(1),
        (false, false) if r.active >= at => Some(2),
        _ => None,
    };
    for (number, head) in kinds.into_iter().enumerate() {
        let found: Vec<String> = rows
            .iter()
            .filter(|r| kind(r) == Some(number))
            .map(|r| line(r))
            .collect();
        lines.push(format!("{} {head}", found.len()));
        lines.extend(found.into_iter().take(20));
    }
    lines.push(format!("{} pages nobody has answered", state.waiting.len()));
    let title = format!("Since {}", state.zone.day_clock(state.now, at));
    state.overlays.push(Overlay::Text {
        title,
        lines,
        top: 0,
        entry: None,
    });
}
