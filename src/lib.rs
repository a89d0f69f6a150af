//! hotseat.
pub mod domain;
pub mod incidentio;
pub mod sim;
