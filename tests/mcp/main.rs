//! Agents at the same desk: the program as its clients meet it, against the simulated organisation, in both ages of the
//! protocol.

mod agent;
#[path = "../common/clock.rs"]
mod clock;
mod door;
mod http;
mod killed;
mod reading;
mod served;
#[path = "../common/simulated.rs"]
#[allow(dead_code, reason = "errors of commands are looked at elsewhere")]
mod simulated;
mod writing;
