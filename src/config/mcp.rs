//! Settings of agents at the same desk.

use serde::{Deserialize, Serialize};

/// What agents see and send.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Mcp {
    /// Whether they see private incidents.
    pub private: bool,
    /// Who says yes to what they propose.
    pub confirm: Confirm,
}

/// Who says yes to what an agent proposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confirm {
    /// Whoever sits before the client, asked by it; where it cannot ask, nothing is sent.
    Person,
    /// The same; where the client cannot ask, whoever sits at a console on this machine is asked there.
    Console,
    /// The agent itself, where its client cannot ask.
    Agent,
}
