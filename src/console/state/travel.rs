//! Where one was: each place as it was left, so that coming back finds the same card, line, scroll, tab and filter.

use super::super::cursor::Cursor;
use super::super::place::{ListKind, Pane, Scope};
use super::overlays::Overlay;
use super::panes::Detail;

/// Where one was, where one came back from, and how one came here.
#[derive(Debug, Default)]
pub struct Travel {
    /// Places one can go back to, the last at the end.
    pub back: Vec<Place>,
    /// Places one can go forward to, the next at the end.
    pub forward: Vec<Place>,
    /// How many of `back`, counted from its end, led here: the way that Esc goes back on and that is written down.
    pub trail: usize,
    /// The pane that the last jump led to, and what it was narrowed to then: what is done there since comes first on
    /// Esc.
    pub arrived: (Pane, String),
}

/// A place as it was left.
#[derive(Debug)]
pub struct Place {
    /// What it is called.
    pub name: String,
    /// The pane with the keys.
    pub focus: Pane,
    /// Whether it had the whole screen.
    pub zoomed: bool,
    /// What pane 1 listed, what that was narrowed to, and where its cursor was.
    pub list: (ListKind, String, Cursor),
    /// What the incidents were narrowed to, and where their cursor was.
    pub incidents: IncidentsPlace,
    /// The incident that was shown, as it was shown.
    pub detail: Detail,
    /// Where the cursor of its investigation was.
    pub investigation: Option<Cursor>,
    /// What the schedules were narrowed to, and where their cursor was.
    pub oncall: (String, Cursor),
    /// Which type of the catalog was shown, what it was narrowed to, and where its cursor was.
    pub catalog: (usize, String, Cursor),
    /// What lay over the panes.
    pub overlays: Vec<Overlay>,
    /// How many places had led there.
    pub trail: usize,
    /// Where the jump that led there had led.
    pub arrived: (Pane, String),
}

/// The list of incidents as it was left.
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentsPlace {
    /// What was typed.
    pub typed: String,
    /// Only open ones.
    pub open_only: bool,
    /// Whose.
    pub scope: Scope,
    /// The newest first.
    pub newest_first: bool,
    /// Where the cursor was.
    pub cursor: Cursor,
}

impl Travel {
    /// The names of the places that led here, the first of them first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let from = self.back.len().saturating_sub(self.trail);
        self.back[from..].iter().map(|place| place.name.as_str())
    }
}
