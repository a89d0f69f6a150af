//! Who calls: a client by its own name, and what it can do for the person before it.

use crate::domain::text::{fit, printable};
use rmcp::RoleServer;
use rmcp::model::{ClientCapabilities, ProtocolVersion};
use rmcp::service::{Peer, RequestContext};

/// Who calls: a client, and whether it can ask the person before it.
pub(super) struct Caller {
    /// The client's own name, as the journal has it.
    pub by: String,
    pub can_ask: bool,
    /// In this age of the protocol nothing is asked of a client but in answer to its own call.
    pub is_stateless: bool,
    pub peer: Peer<RoleServer>,
}

impl Caller {
    pub fn of(context: &RequestContext<RoleServer>) -> Self {
        let named = context
            .client_info()
            .map(|c| format!("{} {}", c.name, c.version));
        let named = printable(&named.unwrap_or_else(|| "an unnamed client".into()));
        let version = context.protocol_version();
        let capabilities = context.client_capabilities();
        Self {
            by: fit(&named.replace('\n', " "), 60),
            can_ask: capabilities.is_some_and(|c| asks_by_form(&c)),
            is_stateless: version.is_some_and(|v| v >= ProtocolVersion::V_2026_07_28),
            peer: context.peer.clone(),
        }
    }
}

/// A client that does not say how it asks does so by forms.
fn asks_by_form(capabilities: &ClientCapabilities) -> bool {
    let elicitation = capabilities.elicitation.as_ref();
    elicitation.is_some_and(|e| e.form.is_some() || e.url.is_none())
}
