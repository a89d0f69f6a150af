//! What happened since the last session, from the rows that are there.

use crate::console::link::LinkTarget;
use crate::console::place::ListKind;
use crate::console::state::{ReportLine, State};
use crate::domain::text;
use crate::domain::{EscalationId, IncidentSummary, Instant, Move, MoveKind, Moved, Visibility};

/// Incidents of a kind that are listed one by one; of more, their number says enough.
const LISTED: usize = 20;

/// What was moved, what was declared, what ended and which pages wait, since a time: what still burns stands first. What
/// was moved has to be read: until then, and where it cannot be, a sentence stands in its place.
pub(crate) fn since(state: &State, at: Instant, moved: Result<&Moved, &str>) -> Vec<ReportLine> {
    let mut lines = waiting(state);
    for (kind, head) in [
        (Kind::Open, "declared and open"),
        (Kind::OlderAndOpen, "older and open, with news"),
        (Kind::Over, "declared and over"),
        (Kind::OlderAndOver, "older, and over since"),
    ] {
        let rows = state.incidents.rows.iter();
        let found: Vec<_> = rows.filter(|row| kind_of(row, at) == Some(kind)).collect();
        if found.is_empty() && kind != Kind::Open {
            continue;
        }
        lines.push(ReportLine::head(format!("{} {head}", found.len())));
        let listed = found.iter().take(LISTED);
        lines.extend(listed.map(|row| {
            let target = LinkTarget::Incident(row.id.clone());
            ReportLine::to(line(row), target)
        }));
        let more = found.len().saturating_sub(LISTED);
        lines.extend((more > 0).then(|| ReportLine::plain(format!("  and {more} more"))));
    }
    lines.push(ReportLine::default());
    match moved {
        Ok(moved) => lines.extend(counted(state, moved)),
        Err(says) => lines.push(ReportLine::plain(says)),
    }
    lines
}

/// Pages that nobody answered, each where the list of pages is known.
fn waiting(state: &State) -> Vec<ReportLine> {
    let words = ("page nobody has answered", "pages nobody has answered");
    let head = text::counted(state.waiting.len(), words.0, words.1);
    let known = state.lists.get(&ListKind::Pages).into_iter();
    let pages = known.flat_map(|list| &list.items);
    let waiting = pages.filter(|page| state.waiting.contains(&page.id));
    let lines = waiting.take(LISTED).map(|page| {
        let target = LinkTarget::Page(EscalationId::from(page.id.as_str()));
        ReportLine::to(format!("  {} ({})", page.title, page.note), target)
    });
    std::iter::once(ReportLine::head(head))
        .chain(lines)
        .collect()
}

/// How much was moved, by the user and by others.
fn counted(state: &State, moved: &Moved) -> Vec<ReportLine> {
    let mine = |m: &&Move| is_mine(state, &m.who);
    let more = if moved.more { "+" } else { "" };
    let head = format!("{:<18}{:>7}{:>9}", "Moved", "by you", "others");
    let mut lines = vec![ReportLine::head(head)];
    lines.extend(MoveKind::ALL.into_iter().map(|kind| {
        let all = || moved.moves.iter().filter(|m| m.kind == kind);
        let own = all().filter(mine).count();
        let others = format!("{}{more}", all().count() - own);
        ReportLine::plain(format!("{:<18}{own:>7}{others:>9}", kind.label()))
    }));
    let missing = moved.missing.iter();
    lines.extend(missing.map(|why| ReportLine::plain(format!("Not all of it: {why}"))));
    lines
}

/// What the key of this console wrote was written by its user, as far as anybody can tell.
fn is_mine(state: &State, who: &str) -> bool {
    let me = state.me.as_ref().map(|me| &*me.name);
    let key = &*state.org.identity.name;
    !who.is_empty() && (me == Some(who) || key == who)
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Open,
    OlderAndOpen,
    Over,
    OlderAndOver,
}

fn kind_of(row: &IncidentSummary, at: Instant) -> Option<Kind> {
    match (row.created >= at, row.category.is_open()) {
        (true, true) => Some(Kind::Open),
        (true, false) => Some(Kind::Over),
        (false, true) if row.active >= at => Some(Kind::OlderAndOpen),
        (false, false) if row.active >= at => Some(Kind::OlderAndOver),
        _ => None,
    }
}

/// Such a text is passed on: what is private says so.
fn line(row: &IncidentSummary) -> String {
    let mark = match row.visibility {
        Visibility::Public => "",
        Visibility::Private => "[private] ",
    };
    format!(
        "  {} {} {}: {mark}{}",
        row.reference,
        row.severity.as_deref().unwrap_or("-"),
        row.status,
        row.name
    )
}
