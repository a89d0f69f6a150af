//! The pages of the manual, read by a real formatter.

use crate::kept::Kept;
use std::process::Command;

/// The last second of a Tuesday in 2026.
const EPOCH: (&str, &str) = ("SOURCE_DATE_EPOCH", "1785887999");

#[test]
fn every_page_is_free_of_what_a_formatter_complains_about_and_the_same_every_time() {
    let kept = Kept::new();
    for folder in ["one", "two"] {
        kept.run(&["man", "--out", folder], &[EPOCH]);
    }
    let folder = kept.home.path().join("one");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .expect("pages")
        .flatten()
        .map(|e| e.file_name())
        .collect();
    names.sort();
    assert!(names.len() > 80, "{names:?}");
    for name in &names {
        let other = kept.home.path().join("two").join(name);
        assert_eq!(
            std::fs::read(folder.join(name)).ok(),
            std::fs::read(other).ok(),
            "{name:?}"
        );
    }
    let lint = Command::new("mandoc")
        .args(["-T", "lint", "-W", "all"])
        .args(&names)
        .current_dir(&folder)
        .output();
    let lint = lint.expect("mandoc is needed for this test");
    let said = String::from_utf8_lossy(&lint.stdout).into_owned();
    assert_eq!(said, "");
}

#[test]
fn a_page_tells_examples_exit_codes_and_its_neighbours() {
    let kept = Kept::new();
    kept.run(&["man", "--out", "man"], &[EPOCH]);
    let page = |name: &str| {
        let path = kept.home.path().join("man").join(name);
        let read = Command::new("mandoc")
            .args(["-T", "utf8"])
            .arg(path)
            .output()
            .expect("mandoc");
        // Bold and underlined letters are struck twice.
        let text = String::from_utf8(read.stdout).expect("text");
        let mut plain: Vec<char> = Vec::new();
        for c in text.chars() {
            match c {
                '\u{8}' => drop(plain.pop()),
                c => plain.push(c),
            }
        }
        plain.into_iter().collect::<String>()
    };
    let list = page("hotseat-incidents-list.1");
    for words in [
        "hotseat incidents list --service payments",
        "EXIT STATUS",
        "INCIDENT_IO_API_KEY",
        "~/.cache/hotseat/",
        "hotseat(1), hotseat-incidents(1)",
        "2026-08-04",
    ] {
        assert!(list.contains(words), "{words}: {list}");
    }
    assert!(
        !list.contains("--ca-cert"),
        "what every command takes stands on the first page"
    );
    assert!(page("hotseat.1").contains("--ca-cert"));
}
