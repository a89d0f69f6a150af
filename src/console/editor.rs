//! The user's own editor: it gets a text in a file of its owner alone, and what it leaves there comes back.

use crate::config::without_keys;
use std::path::PathBuf;

/// Lets the user's editor have the terminal and a text; gives what it left, or why not.
/// `leave` gives the terminal away and `enter` takes it back.
pub(super) async fn edit(
    text: &str,
    private: bool,
    leave: impl FnOnce(),
    enter: impl FnOnce() -> std::io::Result<()>,
) -> Result<String, String> {
    let editor = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.trim().is_empty()));
    let editor = editor.unwrap_or_else(|| "vi".into());
    let path = editor_file(text, private)?;
    leave();
    // Words of the variable are arguments; no shell reads them, and nothing of the text is one.
    let mut words = editor.split_whitespace();
    let mut command = tokio::process::Command::new(words.next().unwrap_or("vi"));
    without_keys(command.as_std_mut());
    let status = command.args(words).arg(&path).status().await;
    let entered = enter();
    let given = std::fs::read_to_string(&path);
    let _ = std::fs::remove_file(&path);
    match (status, given, entered) {
        (Ok(status), Ok(given), Ok(())) if status.success() => Ok(given),
        (Ok(_), ..) => Err(format!("{editor} did not end well; the text is as it was.")),
        (Err(e), ..) => Err(format!("{editor} cannot be started: {e}; set EDITOR.")),
    }
}

/// A file for the editor, for its owner alone; a private text only where nothing reaches a disk.
fn editor_file(text: &str, private: bool) -> Result<PathBuf, String> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    let memory = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let dir = if private {
        memory
    } else {
        memory.or_else(crate::config::state_dir)
    };
    let dir = dir.ok_or(
        "A private text is not written to a disk, and XDG_RUNTIME_DIR is not set: write it here.",
    )?;
    let says = |e: std::io::Error| {
        format!(
            "The text cannot be handed to an editor: {}: {e}.",
            dir.display()
        )
    };
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&dir)
        .map_err(says)?;
    let path = dir.join(format!(
        "hotseat-{}-{:08x}.md",
        std::process::id(),
        fastrand::u32(..)
    ));
    let mut file = std::fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .map_err(says)?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(says)?;
    Ok(path)
}
