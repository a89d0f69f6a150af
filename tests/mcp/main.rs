//! Agents at the same desk: the program as its clients meet it, against the simulated organisation, in both ages of the
//! protocol.

mod agent;
mod bounds;
#[path = "../common/clock.rs"]
mod clock;
mod console;
mod door;
mod http;
mod injected;
mod killed;
#[path = "../common/line.rs"]
#[allow(dead_code, reason = "the rest is for the tests of writes")]
mod line;
mod logged;
mod progress;
mod proposing;
mod reading;
#[path = "../common/recorder.rs"]
#[allow(dead_code, reason = "the rest is for the tests of writes")]
mod recorder;
mod reworded;
mod sequences;
mod served;
#[path = "../common/session.rs"]
#[allow(dead_code, reason = "how a terminal is left is looked at elsewhere")]
mod session;
#[path = "../common/simulated.rs"]
#[allow(dead_code, reason = "errors of commands are looked at elsewhere")]
mod simulated;
mod writing;
