//! What is no longer told of what changed.

use super::{Fault, Link, Names};
use serde_json::json;

/// Forgets the changes of one thing. They say that it changed, and nothing of what it says.
pub async fn forget_changes(link: &Link, names: &Names, id: &str) -> Result<(), Fault> {
    let subject = format!("STREAM.PURGE.{}", names.changes_stream());
    let asked = json!({"filter": names.change(id)});
    link.api(&subject, &asked).await.map(drop)
}
