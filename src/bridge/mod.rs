//! A detection system and incident.io, kept in step.

pub mod ingress;
