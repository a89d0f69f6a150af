//! What became of the questions that were asked.

use super::super::reply::Failure;
use crate::domain::Instant;

/// What became of a question so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// When it was answered last.
    pub answered: Option<Instant>,
    /// Why it was not answered since.
    pub failed: Option<Failure>,
}
