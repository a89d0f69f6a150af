//! README and every page of docs/: each command is taken as it stands, each link leads somewhere, each page is linked.

use crate::clock;
use hotseat::sim::faults::Faults;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How a command ends that was understood on a machine without a key, a journal, a bridge or a relay, where it needs one.
const UNDERSTOOD: [&str; 6] = [
    "missing_api_key",
    "There is no write 3f2a",
    "there is nothing to rescue",
    "No issue 4f1c was heard of",
    "The bridge keeps no incident INC-123",
    "No relay is configured",
];

/// A page with where it lies.
struct Page {
    path: PathBuf,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Everything that is written for people, README first.
fn pages() -> Vec<Page> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(root().join("docs"))
        .expect("pages")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    paths.sort();
    let tops = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(|name| root().join(name));
    let all = tops.into_iter().filter(|path| path.exists()).chain(paths);
    all.map(|path| Page {
        text: std::fs::read_to_string(&path).expect("a page"),
        path,
    })
    .collect()
}

impl Page {
    fn name(&self) -> String {
        let inside = self.path.strip_prefix(root()).expect("it is of the folder");
        inside.display().to_string()
    }

    /// Lines of its blocks of code, without what indents them.
    fn code(&self) -> Vec<&str> {
        let mut fenced = false;
        let mut lines = Vec::new();
        for line in self.text.lines() {
            if line.starts_with("```") {
                fenced = !fenced;
            } else if fenced {
                lines.push(line);
            } else if let Some(code) = line.strip_prefix("    ") {
                lines.push(code);
            }
        }
        lines
    }

    /// Lines of code that are commands of the shell, with the program in them.
    fn commands(&self) -> Vec<&str> {
        let starts = ["hotseat ", "(umask 077; hotseat ", "mkdir -p ~/"];
        let mut code = self.code();
        code.retain(|line| starts.iter().any(|start| line.starts_with(start)));
        code
    }

    /// What its links lead to: a path from it, an anchor.
    fn links(&self) -> Vec<(&str, &str)> {
        let opened = self.text.split("](").skip(1);
        let targets = opened.filter_map(|rest| rest.split([')', ' ']).next());
        targets
            .filter(|target| !target.contains("://"))
            .map(|target| target.split_once('#').unwrap_or((target, "")))
            .collect()
    }

    /// Its headings as a page on the web names them.
    fn anchors(&self) -> BTreeSet<String> {
        let headings = self.text.lines().filter(|line| line.starts_with('#'));
        headings
            .map(|heading| {
                let words = heading.trim_start_matches('#').trim().to_lowercase();
                let kept = words
                    .chars()
                    .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
                kept.map(|c| if c == ' ' { '-' } else { c }).collect()
            })
            .collect()
    }
}

/// A home that a user could have, and the program where the shell finds it.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    for folder in ["bin", ".config/hotseat"] {
        std::fs::create_dir_all(home.path().join(folder)).expect("a folder");
    }
    let program = home.path().join("bin/hotseat");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_hotseat"), program).expect("a link");
    home
}

#[test]
fn every_command_is_taken_as_it_stands() {
    let home = home();
    let bin = home.path().join("bin");
    let mut count = 0;
    for page in pages() {
        for command in page.commands() {
            let output = Command::new("sh")
                .args(["-c", command])
                .env_clear()
                .envs(clock::moved_date())
                .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
                .env("HOME", home.path())
                .current_dir(home.path())
                .output()
                .expect("it runs");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let ended = UNDERSTOOD.iter().any(|end| said.contains(end));
            let understood = output.status.success() || ended;
            assert!(understood, "{}: {command}: {said}", page.name());
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}

#[test]
fn every_link_leads_to_a_file_and_its_heading() {
    for page in pages() {
        let folder = page.path.parent().expect("a folder");
        for (path, anchor) in page.links() {
            let target = match path {
                "" => page.path.clone(),
                path => folder.join(path),
            };
            assert!(target.exists(), "{}: {path}", page.name());
            if !anchor.is_empty() {
                let text = std::fs::read_to_string(&target).expect("a page");
                let there = Page { path: target, text };
                assert!(
                    there.anchors().contains(anchor),
                    "{}: {path}#{anchor}",
                    page.name()
                );
            }
        }
    }
}

#[test]
fn readme_leads_to_every_page() {
    let all = pages();
    let mut reached = BTreeSet::new();
    let mut next = vec![root().join("README.md")];
    while let Some(path) = next.pop() {
        let path = path.canonicalize().expect("a page");
        if let Some(page) = all.iter().find(|p| p.path == path)
            && reached.insert(page.name())
        {
            let folder = page.path.parent().expect("a folder");
            let links = page
                .links()
                .into_iter()
                .filter(|(path, _)| !path.is_empty());
            next.extend(links.map(|(path, _)| folder.join(path)));
        }
    }
    let names: BTreeSet<String> = all.iter().map(Page::name).collect();
    assert_eq!(reached, names);
}

#[test]
fn tests_and_benchmarks_that_are_named_are_there() {
    let manifest: toml::Table = std::fs::read_to_string(root().join("Cargo.toml"))
        .expect("a manifest")
        .parse()
        .expect("TOML");
    let benches: BTreeSet<&str> = manifest["bench"]
        .as_array()
        .expect("benchmarks")
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    let all = pages();
    for page in &all {
        for (flag, name) in flags(&page.text) {
            *named.entry(flag).or_default() += 1;
            let tests = root().join("tests");
            let there = match flag {
                "--bench" => benches.contains(name),
                _ => tests.join(format!("{name}.rs")).exists() || tests.join(name).exists(),
            };
            assert!(there, "{}: {flag} {name}", page.name());
        }
        for piece in page.text.split('`').skip(1).step_by(2) {
            let is_path = piece.starts_with("tests/") || piece.starts_with("src/");
            let path = piece.split([' ', ':']).next().unwrap_or_default();
            assert!(
                !is_path || root().join(path).exists(),
                "{}: {piece}",
                page.name()
            );
        }
    }
    assert!(named.len() == 2, "{named:?}");
}

/// Names of tests and benchmarks after their flags.
fn flags(text: &str) -> Vec<(&str, &str)> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c == '`')
        .collect();
    let pairs = words.windows(2).map(|pair| (pair[0], pair[1]));
    pairs
        .filter(|(flag, _)| ["--bench", "--test"].contains(flag))
        .collect()
}

#[test]
fn the_faults_of_the_simulated_organisation_are_taken_as_they_stand() {
    let text = include_str!("../../docs/simulated-organisation.md");
    let page = Page {
        path: PathBuf::new(),
        text: text.into(),
    };
    let faults = page.code().join("\n");
    assert!(faults.contains("[[fault]]") && faults.contains("[[webhook]]"));
    let read: Result<Faults, _> = toml::from_str(&faults);
    assert!(read.is_ok(), "{faults}: {:?}", read.err());
}
