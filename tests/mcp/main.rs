//! Agents at the same desk: the program as its clients meet it, against the simulated organisation, in both ages of the
//! protocol.

mod agent;
#[path = "../common/clock.rs"]
mod clock;
mod console;
mod door;
mod http;
mod killed;
mod proposing;
mod reading;
mod served;
#[path = "../common/session.rs"]
#[allow(dead_code, reason = "how a terminal is left is looked at elsewhere")]
mod session;
#[path = "../common/simulated.rs"]
#[allow(dead_code, reason = "errors of commands are looked at elsewhere")]
mod simulated;
mod writing;
