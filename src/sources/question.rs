//! What sources that tell of requests and of lines are asked about.

use super::Window;
use super::names::Names;
use crate::domain::Instant;

/// Some services around an incident.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The services in scope, those named first.
    pub services: &'a [String],
    /// The names each goes by.
    pub names: &'a Names,
    /// When the incident was declared.
    pub created: Instant,
    /// The times that are looked at.
    pub window: Window,
}
