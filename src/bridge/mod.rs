//! A detection system and incident.io in step: what burns has one incident, what people do there is reflected here, and
//! what is over is resolved. One pure function decides; the daemon asks both sides and does what it says.

mod carry;
mod check;
mod daemon;
mod feed;
mod fill;
mod inbox;
pub mod ingress;
mod lesson;
mod metrics;
mod policy;
mod reconcile;
mod reflect;
mod replay;
mod steps;
mod tell;
mod view;
mod words;

pub use check::check;
pub use daemon::{Daemon, Done, can_run};
pub use policy::{Hours, Maintenance, Matcher, Policy, Refusal};
pub use reconcile::{Declaration, Happened, Round, Shown, Step, learn, reconcile, silent};
pub use replay::{Act, Deed, Replayed, read_history, replay, replayed};
pub use tell::{Told, waiting};
