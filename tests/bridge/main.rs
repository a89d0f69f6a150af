//! The bridge as a program of its own, between a real Alertmanager with a real Prometheus and the simulated organisation:
//! what burns has one incident, silence is no recovery, and no kill makes two.

mod demo;
mod detectors;
mod door;
mod feed;
mod json;
mod learnt;
mod lease;
#[path = "../common/line.rs"]
#[allow(dead_code, reason = "the rest is for the tests of writes")]
mod line;
mod model;
#[path = "../common/monitoring.rs"]
#[allow(dead_code, reason = "the rest is for the tests of sources")]
mod monitoring;
mod months;
#[path = "../jetstream/server.rs"]
#[allow(dead_code, reason = "the rest is for the tests of the relay")]
mod nats;
mod orders;
mod outage;
mod private;
mod pushed;
mod queries;
#[path = "../common/recorder.rs"]
#[allow(dead_code, reason = "the rest is for the random nights")]
mod recorder;
mod renewed;
mod running;
mod steps;
mod storm;
mod taken;
mod told;
mod trouble;
mod watched;
