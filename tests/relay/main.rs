//! One poller for many consoles, against a real nats-server: what it costs, how soon consoles have what changed, what
//! happens when a part of it breaks, and that nothing gets there that is not public.

#[path = "../common/clock.rs"]
#[allow(dead_code, reason = "some tests start no program")]
mod clock;
#[allow(dead_code, reason = "not every key is pressed")]
mod console;
mod doubled;
mod faults;
mod hostile;
mod many;
mod permissions;
mod privacy;
mod program;
#[path = "../jetstream/server.rs"]
#[allow(dead_code, reason = "each test needs some of it")]
mod server;
mod webhooks;
#[allow(dead_code, reason = "not everything is stirred")]
mod world;
mod writes;
