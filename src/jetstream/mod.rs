//! What a relay and its consoles need of NATS JetStream, and no more: a link, buckets with compare-and-swap whose old
//! values do not stay on disk, a watch, a lease, and the envelope that values travel in. It knows nothing of incidents.

mod bucket;
mod changes;
mod envelope;
mod erase;
mod fault;
mod forget;
mod hearing;
mod lease;
mod link;
mod names;
mod ordered;
mod signing;
mod streams;
mod watch;
mod way;

pub use bucket::{Bucket, Entry};
pub use changes::make_changes;
pub use envelope::Envelope;
pub use fault::Fault;
pub use forget::forget_changes;
pub use hearing::Hearing;
pub use lease::{Held, Lease};
pub use link::Link;
pub use names::Names;
pub use signing::{Signer, Verifier};
pub use watch::{Watch, Watched};
pub use way::Way;
