//! The layer over NATS JetStream against a real `nats-server`: what two writers, a lost server, a full disk and a
//! stranger can do to it.

#![allow(clippy::unwrap_used)]

#[path = "jetstream/access.rs"]
mod access;
#[path = "jetstream/buckets.rs"]
mod buckets;
#[path = "jetstream/full.rs"]
mod full;
#[path = "jetstream/hearing.rs"]
mod hearing;
#[path = "jetstream/lease.rs"]
mod lease;
#[path = "jetstream/on_disk.rs"]
mod on_disk;
#[path = "jetstream/operator.rs"]
mod operator;
#[path = "jetstream/server.rs"]
mod server;
#[path = "jetstream/streams.rs"]
mod streams;
#[path = "jetstream/watching.rs"]
mod watching;
