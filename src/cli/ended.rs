//! When this program is to end.

use crate::domain::MachineFault;
use crate::session::ApiError;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tokio::sync::oneshot::{self, Receiver};

/// Comes with the first signal that ends it.
pub fn ended() -> Result<Receiver<()>, ApiError> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(|e| ApiError::Machine {
        path: None,
        reason: MachineFault::from(&e),
        says: format!("Signals cannot be heard: {e}."),
    })?;
    let (heard, end) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = signals.forever().next();
        let _ = heard.send(());
    });
    Ok(end)
}
