//! Commits, merges and tags of a repository on this machine.

use super::class::class_of;
use super::{ChangeSource, MOST};
use crate::domain::text::clean_line;
use crate::domain::{Change, ChangeClass, Instant};
use crate::sources::Window;
use crate::sources::command::run;
use crate::sources::http::SourceError;

/// What one commit is printed as: a record separator, then its fields with a unit separator behind each, then its files.
/// Neither separator can be typed into a subject by accident.
const FORMAT: &str = "--format=%x1e%h%x1f%ct%x1f%an%x1f%s%x1f%D%x1f";

impl ChangeSource {
    /// What reached the checked-out branch. A hook of the repository is never run.
    pub(super) async fn git(&self, path: &str, window: Window) -> Result<Vec<Change>, SourceError> {
        let arguments: Vec<String> = [
            "-C",
            path,
            "-c",
            "core.fsmonitor=false",
            "log",
            "--name-only",
            "--first-parent",
            "-m",
            "--date=unix",
            &format!("--since={}", window.changes_from.timestamp()),
            &format!("--until={}", window.to.timestamp()),
            &format!("--max-count={MOST}"),
            FORMAT,
            "--end-of-options",
            "HEAD",
        ]
        .map(str::to_owned)
        .to_vec();
        let text = run("git", &arguments, self.timeout).await?;
        let commits = text.split('\u{1e}').filter(|b| !b.trim().is_empty());
        Ok(commits.filter_map(|c| self.commit(path, c)).collect())
    }

    fn commit(&self, path: &str, block: &str) -> Option<Change> {
        let mut fields = block.splitn(6, '\u{1f}');
        let mut next = || clean_line(fields.next().unwrap_or_default());
        let (id, time, author, subject, refs) = (next(), next(), next(), next(), next());
        let files = fields.next().unwrap_or_default();
        let tag = refs.split(", ").find_map(|r| r.strip_prefix("tag: "));
        let (class, title) = match tag {
            Some(tag) => (ChangeClass::Deploy, format!("{tag}: {subject}")),
            None => (class_of(&format!("{subject} {files}")), subject.clone()),
        };
        let touches = |folder: &str| files.lines().any(|f| f.starts_with(folder));
        let folder = self.folders.iter().find(|(folder, _)| touches(folder));
        Some(Change {
            at: Instant::from_timestamp(time.parse().ok()?, 0)?,
            class,
            title,
            service: folder.map_or(&self.service, |f| &f.1).clone(),
            version: Some(tag.map_or(id, str::to_owned)),
            author: Some(author),
            source: self.name.clone(),
            query: format!("git -C {path} log --first-parent"),
            link: None,
        })
    }
}
