//! The minute of a session that the documentation shows is what is said.

use super::Ear;
use crate::steps::{on_312, sent, wrote};
use hotseat::console::layout::HEARD;
use hotseat::domain::WriteState;
use std::path::Path;

/// What stands before a typed line in the documentation.
const TYPED: &str = "> ";

fn page() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/by-ear.md")
}

/// Plays the typed lines of a transcript, and writes it anew.
fn played(shown: &str) -> String {
    let mut ear = Ear::on(on_312(HEARD.0, HEARD.1));
    let mut out = String::new();
    for line in shown
        .lines()
        .filter_map(|line| line.strip_prefix(TYPED.trim_end()))
    {
        let line = line.trim_start();
        out += &format!("{}\n", format!("{TYPED}{line}").trim_end());
        let mut said = ear.say(line);
        for write in sent(&mut ear.console) {
            said.extend(
                ear.tell(wrote(&write, WriteState::Confirmed, None, &[]))
                    .lines()
                    .map(str::to_owned),
            );
        }
        said.iter().for_each(|says| out += &format!("{says}\n"));
    }
    out
}

#[test]
fn the_minute_in_the_documentation_is_what_is_said() {
    let text = std::fs::read_to_string(page()).expect("the page");
    let (before, rest) = text.split_once("```text\n").expect("a minute");
    let (shown, after) = rest.split_once("```").expect("its end");
    let told = played(shown);
    assert!(told.lines().count() > 20, "{told}");
    if std::env::var("APPROVE").is_ok_and(|v| !v.is_empty()) {
        std::fs::write(page(), format!("{before}```text\n{told}```{after}")).expect("written");
        return;
    }
    assert_eq!(
        shown, told,
        "look at it, then approve it with APPROVE=1 cargo test --test console"
    );
}
