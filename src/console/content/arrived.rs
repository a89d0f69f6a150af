//! The new incident that nobody has seen yet: where it is, and the key that leads there.

use crate::console::action::Action;
use crate::console::place::{ListKind, Pane};
use crate::console::state::State;

/// The worst of those that came in outside the window, and where it stands.
pub(crate) fn unseen(state: &State) -> Option<String> {
    let incidents = &state.incidents;
    let rows = incidents.unseen.iter().filter_map(|id| state.row(id));
    let row = rows.max_by_key(|row| row.rank)?;
    let priority = state.priority(row.severity.as_deref());
    let word = priority.map_or("New", |p| p.label());
    let height = state.layout().lines(Pane::Incidents).saturating_sub(1);
    let place = incidents.place(&row.id);
    let place = place.filter(|_| state.list == ListKind::Incidents && height > 0);
    let leads = |there: bool, action| match there {
        true => format!(": {}", state.keymap.key(action)),
        false => String::new(),
    };
    let is_where = match place {
        Some(place) if place < incidents.cursor.top => {
            format!("above{}", leads(place < height, Action::Top))
        }
        Some(place) => {
            let last = incidents.count().saturating_sub(height);
            format!("below{}", leads(place >= last, Action::Bottom))
        }
        None => "new, not in what is listed".into(),
    };
    Some(format!("{word} {} is {is_where}", row.reference))
}
