//! Who calls: a client by its token or by its own name, and what it can do for the person before it.

use crate::domain::text::{fit, printable};
use rmcp::RoleServer;
use rmcp::model::{ClientCapabilities, ProtocolVersion};
use rmcp::service::{Peer, RequestContext};

/// Columns of what a client calls itself.
const LONGEST_NAME: usize = 60;

/// Who calls: a client, and whether it can ask the person before it.
pub(super) struct Caller {
    /// Who asked, as the journal has it and as tokens are sealed over: whose token the client came by, else its own name.
    pub by: String,
    /// The same for a person, with what the client calls itself.
    pub says: String,
    pub can_ask: bool,
    /// In this age of the protocol nothing is asked of a client but in answer to its own call.
    pub is_stateless: bool,
    pub peer: Peer<RoleServer>,
}

impl Caller {
    /// Who calls, by the token of a configured client or without one.
    pub fn of(context: &RequestContext<RoleServer>, client: Option<&str>) -> Self {
        let named = context
            .client_info()
            .map(|c| format!("{} {}", c.name, c.version));
        let named = printable(&named.unwrap_or_else(|| "an unnamed client".into()));
        let named = fit(&named.replace('\n', " "), LONGEST_NAME);
        let says = client.map(|client| format!("{client} (it calls itself {named})"));
        let version = context.protocol_version();
        let capabilities = context.client_capabilities();
        Self {
            says: says.unwrap_or_else(|| format!("it calls itself {named}")),
            by: client.map_or(named, str::to_owned),
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
