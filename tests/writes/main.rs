//! Writes: what a form shows is what is sent and what then stands; each stands once and in order, or visibly does not,
//! whatever is cut, killed, refused, full or late.

#[path = "../common/clock.rs"]
mod clock;
mod conflicts;
mod delivery;
mod doubt;
mod ear;
mod forms;
mod keyboard;
#[path = "../common/line.rs"]
mod line;
mod night;
#[path = "../common/recorder.rs"]
#[allow(dead_code, reason = "the rest is for the random nights")]
mod recorder;
mod scripts;
#[path = "../common/session.rs"]
#[allow(dead_code, reason = "the rest is for the tests of the terminal")]
mod session;
mod verbatim;
