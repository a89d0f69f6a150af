//! One poller for many consoles, against a real nats-server: what it costs, how soon consoles have what changed, what
//! happens when a part of it breaks, and that nothing gets there that is not public.

#[path = "../common/clock.rs"]
#[allow(dead_code, reason = "some tests start no program")]
mod clock;
mod console;
mod doubled;
mod faults;
mod hostile;
mod many;
mod permissions;
mod privacy;
#[path = "../jetstream/server.rs"]
#[allow(dead_code, reason = "each test needs some of it")]
mod server;
mod world;
