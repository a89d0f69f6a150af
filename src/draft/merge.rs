//! A new draft over an old one: what somebody edited stays, what nobody touched is drafted anew.

use sha2::{Digest, Sha256};

/// How a generated section is marked in a file: its heading, and a digest of what was generated.
const MARK: &str = "<!-- drafted ";

fn digest(text: &str) -> String {
    Sha256::digest(text.trim().as_bytes())
        .iter()
        .take(6)
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// Sections of markdown: what stands before the first heading of the second level, then each heading with its text.
fn sections(markdown: &str) -> Vec<(String, String)> {
    let mut all = vec![(String::new(), String::new())];
    for line in markdown.lines() {
        if line.starts_with("## ") {
            all.push((line.to_owned(), String::new()));
        } else if let Some(last) = all.last_mut() {
            last.1.push_str(line);
            last.1.push('\n');
        }
    }
    all
}

/// The first line of a draft's file: what it is and of which incident.
fn owner(of: &str) -> String {
    format!("{MARK}of {of} -->\n")
}

/// Whether a file is a draft of that very thing.
pub fn is_of(kept: &str, of: &str) -> bool {
    kept.replace("\r\n", "\n").starts_with(&owner(of))
}

/// The draft without its marks, as it is sent elsewhere.
pub fn unmarked(kept: &str) -> String {
    kept.lines()
        .filter(|l| !(l.starts_with(MARK) && l.trim_end().ends_with("-->")))
        .map(|l| format!("{l}\n"))
        .collect()
}

/// The draft with a mark at its head and in each section, so that its owner and its edits are recognised later.
pub fn sectioned(markdown: &str, of: &str) -> String {
    owner(of) + &marked(markdown)
}

fn marked(markdown: &str) -> String {
    let mut out = String::new();
    for (heading, text) in sections(markdown) {
        if !heading.is_empty() {
            out.push_str(&format!("{heading}\n"));
        }
        out.push_str(&format!("{MARK}{} -->\n{text}", digest(&text)));
    }
    out
}

/// A new draft over a file: a section whose text is no longer what was generated was edited, and stays as it is; sections
/// somebody added stay at the end.
pub fn merge(fresh: &str, kept: &str, of: &str) -> String {
    let kept = kept.replace("\r\n", "\n");
    let old = sections(kept.strip_prefix(&owner(of)).unwrap_or(&kept));
    let parsed = |text: &str| -> Option<(String, String)> {
        let (mark, rest) = text.split_once(" -->\n")?;
        Some((
            mark.trim().strip_prefix(MARK.trim_end())?.trim().to_owned(),
            rest.to_owned(),
        ))
    };
    let mut out = owner(of);
    let new = sections(&marked(fresh));
    for (heading, text) in &new {
        let before = old.iter().find(|(h, _)| h == heading);
        let edited =
            before.filter(|(_, t)| parsed(t).is_none_or(|(mark, rest)| digest(&rest) != mark));
        if !heading.is_empty() {
            out.push_str(&format!("{heading}\n"));
        }
        out.push_str(edited.map_or(text, |(_, t)| t));
    }
    for (heading, text) in old
        .iter()
        .filter(|(h, _)| !h.is_empty() && !new.iter().any(|(n, _)| n == h))
    {
        out.push_str(&format!("{heading}\n{text}"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_edited_survives_and_what_was_not_is_drafted_anew() {
        let first = sectioned(
            "# INC-1\n\n## Cause\n\n_Not recorded: the cause._\n\n## Timeline\n\n- 14:30 deployed\n",
            "post-mortem of INC-1",
        );
        let edited = first.replace("_Not recorded: the cause._", "A pool ran dry.")
            + "## Thanks\n\nTo Ana.\n";
        let again = merge(
            "# INC-1\n\n## Cause\n\nSomething generated.\n\n## Timeline\n\n- 14:30 deployed\n- 14:40 resolved\n",
            &edited,
            "post-mortem of INC-1",
        );
        assert!(
            again.contains("A pool ran dry.") && !again.contains("Something generated."),
            "{again}"
        );
        assert!(
            again.contains("14:40 resolved") && again.contains("To Ana."),
            "{again}"
        );
        assert_eq!(
            merge(
                "# INC-1\n\n## Cause\n\nSomething generated.\n\n## Timeline\n\n- 14:30 deployed\n- 14:40 resolved\n",
                &again,
                "post-mortem of INC-1"
            ),
            again
        );
        assert!(is_of(&again, "post-mortem of INC-1") && !is_of(&again, "post-mortem of INC-2"));
        assert!(!unmarked(&again).contains("<!--"), "{again}");
    }
}
