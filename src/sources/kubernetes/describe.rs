//! What `kubectl describe` prints: `Key: value` by indentation, and at the end a table of events.

use super::age::Times;
use super::table;
use crate::domain::text::clean_line;

/// Lines that are read of one description.
const MOST_LINES: usize = 4_000;
/// Letters of a line that are read.
const LONGEST: usize = 2_000;

/// A line of a description, with what is indented below it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Entry {
    /// What stands before the colon; empty where the line has none.
    pub key: String,
    /// What stands behind it.
    pub value: String,
    /// What is indented below.
    pub below: Vec<Entry>,
    /// The line as it was printed.
    pub line: String,
}

impl Entry {
    /// The first entry below with this key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.below.iter().find(|e| e.key == key)
    }

    /// Its value; empty where there is none.
    pub fn text(&self, key: &str) -> &str {
        match self.get(key).map_or("", |e| e.value.as_str()) {
            "<none>" | "<unset>" => "",
            value => value,
        }
    }

    /// Its own value and the lines below it: labels, annotations, arguments.
    pub fn list(&self, key: &str) -> Vec<String> {
        let Some(entry) = self.get(key) else {
            return Vec::new();
        };
        let below = entry.below.iter().map(|e| match e.key.as_str() {
            "" => e.value.clone(),
            key => format!("{key}: {}", e.value),
        });
        let all = std::iter::once(entry.value.clone()).chain(below);
        all.filter(|v| !v.is_empty() && v != "<none>").collect()
    }

    /// Labels as pairs.
    pub fn labels(&self, key: &str) -> Vec<(String, String)> {
        pairs(&self.list(key).join(","))
    }

    /// Its own value followed by all below it, words only.
    pub fn words(&self) -> String {
        let below = self.below.iter().map(Entry::words);
        let own = [self.key.clone(), self.value.clone()];
        own.into_iter().chain(below).collect::<Vec<_>>().join(" ")
    }
}

/// Reads `app=cart,tier=web`; what has no equals sign is left out.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    let each = text
        .split(',')
        .filter_map(|pair| pair.trim().split_once('='));
    each.map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

/// What happened to an object, as its description tells it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    /// Whether it is a warning.
    pub warning: bool,
    /// One word.
    pub reason: String,
    /// When.
    pub times: Times,
    /// In words.
    pub message: String,
    /// The line as it was printed.
    pub line: String,
}

/// One object's description.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Description {
    /// Everything but the events.
    pub root: Entry,
    /// The events at its end.
    pub events: Vec<Told>,
}

impl Description {
    /// Its name.
    pub fn name(&self) -> &str {
        self.root.text("Name")
    }

    /// A table within it, such as that of its conditions.
    pub fn table(&self, key: &str) -> Vec<table::Row> {
        let lines = self
            .root
            .get(key)
            .map(|e| e.below.iter().map(|b| b.line.as_str()));
        table::rows(&lines.into_iter().flatten().collect::<Vec<_>>().join("\n"))
    }
}

/// Every description in a text.
pub(super) fn descriptions(text: &str) -> Vec<Description> {
    let mut parts: Vec<Vec<&str>> = Vec::new();
    for line in text.lines().take(MOST_LINES * 20) {
        if line.starts_with("Name:") {
            parts.push(Vec::new());
        }
        if let Some(part) = parts.last_mut().filter(|p| p.len() < MOST_LINES) {
            part.push(line);
        }
    }
    parts.iter().map(|lines| description(lines)).collect()
}

fn description(lines: &[&str]) -> Description {
    let at = lines.iter().position(|l| l.starts_with("Events:"));
    let (body, tail) = lines.split_at(at.unwrap_or(lines.len()));
    let body = without_spills(body);
    let kept = body.iter().filter(|l| !l.trim().is_empty());
    let lines: Vec<(usize, String)> = kept.map(|l| (indent(l), cut(l))).collect();
    Description {
        root: Entry {
            below: tree(&lines),
            ..Entry::default()
        },
        events: events(tail.get(1..).unwrap_or_default()),
    }
}

/// What follows the message that a container left: where it goes on over several lines, they keep to no indentation.
const AFTER_MESSAGE: [&str; 5] = ["Exit Code:", "Signal:", "Started:", "Last State:", "Ready:"];

/// Lines without what spills out of the message of a container.
fn without_spills<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let (mut in_containers, mut spills) = (false, false);
    let mut kept = Vec::new();
    for line in lines {
        let bare = line.trim_start();
        if ["Init Containers:", "Containers:"]
            .iter()
            .any(|h| line.starts_with(h))
        {
            in_containers = true;
        } else if line.starts_with("Conditions:") {
            in_containers = false;
        }
        spills &= in_containers && !AFTER_MESSAGE.iter().any(|a| bare.starts_with(a));
        if !spills {
            kept.push(*line);
            spills = in_containers && bare.starts_with("Message:");
        }
    }
    kept
}

/// How far a line is indented. A tab leads to a column of its own, far to the right.
fn indent(line: &str) -> usize {
    let space = line.chars().take_while(|c| c.is_whitespace());
    space.map(|c| if c == '\t' { 24 } else { 1 }).sum()
}

fn cut(line: &str) -> String {
    let short: String = line.chars().take(LONGEST).collect();
    // Tabs and spaces hold the columns of tables within.
    short.replace('\t', "  ").trim_end().to_owned()
}

/// Lines as entries: what is indented further belongs to the line above it.
fn tree(lines: &[(usize, String)]) -> Vec<Entry> {
    let mut all = Vec::new();
    let mut rest = lines;
    while let Some(((depth, line), after)) = rest.split_first() {
        let end = after.iter().position(|(d, _)| d <= depth);
        let (below, next) = after.split_at(end.unwrap_or(after.len()));
        let mut entry = entry(line);
        entry.below = if *depth > 40 {
            flat(below)
        } else {
            tree(below)
        };
        all.push(entry);
        rest = next;
    }
    all
}

/// Deeper than any description goes, lines are no tree.
fn flat(lines: &[(usize, String)]) -> Vec<Entry> {
    lines.iter().map(|(_, line)| entry(line)).collect()
}

fn entry(line: &str) -> Entry {
    let bare = line.trim();
    let (key, value) = match bare.split_once(": ") {
        Some((key, value)) => (key, value.trim()),
        None => match bare.strip_suffix(':') {
            Some(key) => (key, ""),
            None => ("", bare),
        },
    };
    Entry {
        key: clean_line(key),
        value: clean_line(value),
        below: Vec::new(),
        line: line.to_owned(),
    }
}

/// The table of events; a line that is no row goes on with the message above it.
fn events(lines: &[&str]) -> Vec<Told> {
    let mut all: Vec<Told> = Vec::new();
    for row in table::rows(&lines.join("\n")) {
        let kind = row.cell("Type");
        if !["Normal", "Warning"].contains(&kind) {
            if let Some(last) = all.last_mut() {
                last.message = format!("{} {}", last.message, row.line.trim());
            }
            continue;
        }
        all.push(Told {
            warning: kind == "Warning",
            reason: row.cell("Reason").to_owned(),
            times: Times::read(row.cell("Age")),
            message: row.cell("Message").to_owned(),
            line: row.line.trim().to_owned(),
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_a_tree_with_events() {
        let text = "\
Name:             cart-7d-x
Labels:           app=cart
                  tier=web
Containers:
  cart:
    Image:          shop/cart:1.3
    Last State:     Terminated
      Reason:       OOMKilled
      Message:      first
second: line
      Exit Code:    137
Conditions:
  Type              Status
  Ready             False
Events:
  Type     Reason   Age                 From     Message
  ----     ------   ----                ----     -------
  Warning  BackOff  2m (x12 over 40m)   kubelet  Back-off restarting failed container


Name:  other
Events:  <none>
";
        let all = descriptions(text);
        assert_eq!((all.len(), all[1].name()), (2, "other"));
        let root = &all[0].root;
        assert_eq!(root.labels("Labels").len(), 2);
        let cart = root.get("Containers").and_then(|c| c.get("cart"));
        let last = cart.and_then(|c| c.get("Last State")).expect("a state");
        assert_eq!(
            (last.value.as_str(), last.text("Exit Code")),
            ("Terminated", "137")
        );
        assert_eq!(all[0].table("Conditions")[0].cell("Status"), "False");
        let event = &all[0].events[0];
        assert_eq!((event.times.count, event.times.first), (12, Some(2_400)));
        assert!(event.warning && event.message.ends_with("failed container"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "(?s)(Name: .{0,200}\n( *[A-Z:a-z]*\n){0,40}){0,4}") {
            let _ = descriptions(&text);
        }
    }
}
