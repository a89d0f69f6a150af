//! An item's line in words: its mark, and why a list of items is empty.

use super::{bridge, nothing};
use crate::console::place::{ListKind, Pane};
use crate::console::state::{Item, Listing, State};
use crate::domain::Write;

/// The mark of what is being written about.
pub(crate) const ON_ITS_WAY: &str = "on its way";

/// What was just written about it is on its way: its mark says so until the answer tells the new one.
pub(crate) fn is_written(state: &State, item: &Item) -> bool {
    let about = |w: &Write| w.target.as_deref() == Some(&item.id) && !w.state.is_settled();
    state.outbox.iter().any(about)
}

/// A status in a word or two.
pub(crate) fn mark<'a>(state: &State, item: &'a Item) -> &'a str {
    match is_written(state, item) {
        true => ON_ITS_WAY,
        false => &item.mark,
    }
}

/// Why a list of items in a pane is empty.
pub(crate) fn nothing(state: &State, pane: Pane, listing: &Listing) -> String {
    let none = match (pane, state.list) {
        (Pane::Incidents, ListKind::Bridge) => bridge::NONE,
        _ => "None.",
    };
    nothing::listing(state, pane, &listing.typed, none)
}
