//! The stream of what changed within a day, for whoever wants every step and not only the last state.

use super::streams::{self, Settings};
use super::{Fault, Link, Names};
use std::time::Duration;

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The most that a day of changes may take on disk, some eighty thousand; then the oldest go first. The server sets so much
/// aside, and makes no stream where it has less.
const MOST_BYTES: i64 = 16 << 20;

/// Makes the stream of an organisation's changes, or mends it.
pub async fn make_changes(link: &Link, names: &Names) -> Result<(), Fault> {
    let settings = Settings {
        name: names.changes_stream(),
        subject: names.change(">"),
        per_subject: -1,
        max_age: Some(A_DAY),
        max_bytes: Some(MOST_BYTES),
        discards_old: true,
    };
    streams::make(link, &settings).await.map(|_| ())
}
