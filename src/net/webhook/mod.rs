//! Webhooks of incident.io, for every server here that takes them: whose they are, and what they are about.

pub(crate) mod event;
pub(crate) mod signature;
