//! What comes in by HTTP: the server over real sockets, and what the simulated organisation sends to it.

#[path = "../common/clock.rs"]
#[allow(dead_code, reason = "no program is started here")]
mod clock;
mod command;
#[path = "../common/line.rs"]
#[allow(dead_code, reason = "the rest is for the tests of writes")]
mod line;
mod listening;
mod organisation;
#[path = "../common/recorder.rs"]
#[allow(dead_code, reason = "only what the description says is asked for here")]
mod recorder;
mod server;
mod strangers;
