//! What comes in by HTTP: incident.io's webhooks, Alertmanager's notifications, detections of any other system. Each is
//! checked, cleaned, read into small types, and answered only after it was kept.

mod alertmanager;
mod answer;
mod delivery;
pub(super) mod detections;
mod listen;
mod readings;
mod receive;
mod server;
mod shared;

pub use crate::net::webhook::event::{EVENTS, Event, Touched};
pub use delivery::{Counted, Delivery, KeepError, Keeper, Kept, Origin, keeper};
pub use listen::{AlertLabels, Detector, Limits, Listen, Shape, Tls, Trusted};
pub(super) use readings::Unreadable;
pub use readings::{MOST_ALERTS, Readings};
pub(super) use server::start_watched;
pub use server::{Server, start};
