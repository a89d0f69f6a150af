//! Where somebody was in the console when a session ended, by names that outlive a version: the next one begins there.

use super::IncidentId;
use serde::{Deserialize, Serialize};

/// A place as it is kept between sessions. Nothing of a private incident is in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptPlace {
    /// The pane with the keys, by its name.
    pub pane: String,
    /// It had the whole screen.
    pub zoomed: bool,
    /// What pane 1 listed, by its name.
    pub list: String,
    /// The tab of pane 2, by its name.
    pub tab: String,
    /// What the incidents were narrowed to.
    pub typed: String,
    /// Those that are over too.
    pub everything: bool,
    /// Whose, by its name.
    pub whose: String,
    /// The newest first.
    pub newest_first: bool,
    /// The incident that was shown.
    pub incident: Option<IncidentId>,
    /// The line of the list that the cursor was on, from 0.
    pub line: usize,
}
