//! Investigations from real sources: a Prometheus server with counters in it, files, commands, a git repository, a feed;
//! what a model may say and what it may not; sources that lie, reject, hang or are gone.

mod causes;
#[path = "../common/clock.rs"]
mod clock;
mod cluster;
mod datadog;
mod demo;
#[path = "../common/monitoring.rs"]
mod monitoring;
mod organisation;
mod sentry;
mod shop;
mod traces;
