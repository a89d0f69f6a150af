//! What a console's own key sees besides what a relay tells.

use serde_json::Value;
use std::collections::HashMap;
use tokio::time::Instant as Tick;

/// What is seen with a key that may see what is private, besides what the relay tells.
#[derive(Default)]
pub(super) struct Extras {
    /// The key may see what is private.
    pub(super) sees_private: bool,
    pub(super) lists: HashMap<String, (Tick, Vec<Value>)>,
    /// When the incidents were last asked for with the own key.
    pub(super) asked: Option<Tick>,
}
