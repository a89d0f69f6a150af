//! The console for ears: the same state, the same actions, the same worker; lines in the place of a screen. What is said
//! is only ever added at the end, and no byte of it does anything but stand there, save the bell.
//!
//! ```text
//!  a line ─► Voice::read ─► Msg ─► update ─► State ─► Voice::hear ─► lines ─► output
//! ```

mod form;
mod help;
mod input;
mod line;
mod output;
mod place;
mod rows;
mod run;
mod told;
mod voice;
mod words;

pub use run::run;
pub use told::{Spoken, Told, spoken};
pub use voice::{Reading, Voice};
