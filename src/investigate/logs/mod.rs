//! What logs tell: templates of lines that are new, that grew, or that fell silent against the normal time.
//!
//! ```text
//! line (without its wrappers) → entry (with its stack) → mask → group → strength (against the calls there are) → blame
//! ```

mod blame;
mod entry;
mod failure;
mod fields;
mod group;
mod json;
mod line;
mod mask;
mod pattern;
mod strength;
#[cfg(test)]
mod tests;

pub(super) use blame::{Blame, blames};
pub use failure::is_failure;
pub(super) use line::said;
pub use pattern::{Direction, Pattern, patterns};
