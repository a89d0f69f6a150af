//! hotseat.
pub mod config;
pub mod console;
pub mod domain;
pub mod incidentio;
pub mod ops;
pub mod sim;
pub mod store;
