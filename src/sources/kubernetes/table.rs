//! The tables that `kubectl get` prints: a line of headings, then a line an object, cells below their headings.

use crate::domain::text::clean_line;

/// Rows that are read of one table.
const MOST_ROWS: usize = 5_000;

/// One line of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    cells: Vec<(String, String)>,
    /// The line as it was printed.
    pub line: String,
}

impl Row {
    /// The cell below a heading; empty where there is none.
    pub fn cell(&self, heading: &str) -> &str {
        let found = self.cells.iter().find(|(h, _)| h == heading);
        found.map_or("", |(_, value)| match value.as_str() {
            "<none>" | "<unset>" => "",
            value => value,
        })
    }

    /// Whether there is such a column.
    pub fn has(&self, heading: &str) -> bool {
        self.cells.iter().any(|(h, _)| h == heading)
    }
}

/// Reads a table; what is none has no rows.
pub(super) fn rows(text: &str) -> Vec<Row> {
    let mut lines = text.lines().filter(|l| !l.trim().is_empty());
    let Some(head) = lines.find(|l| is_head(l)) else {
        return Vec::new();
    };
    let columns = columns(head);
    lines
        .filter(|line| !is_rule(line))
        .take(MOST_ROWS)
        .map(|line| row(line, &columns))
        .collect()
}

/// Headings are words in capitals, or in `describe`, words with a capital first.
fn is_head(line: &str) -> bool {
    columns(line)
        .iter()
        .all(|(_, h)| h.starts_with(|c: char| c.is_ascii_uppercase()))
        && !line.starts_with("No resources found")
        && !line.starts_with("Warning:")
        && !line.starts_with("Error")
}

/// A line of dashes between headings and rows.
fn is_rule(line: &str) -> bool {
    line.chars().all(|c| c == '-' || c.is_whitespace())
}

/// Headings with the column they begin in, counted in characters. Between two of them are two spaces at least, within one
/// is one at most.
fn columns(head: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut spaces = 2;
    for (at, c) in head.chars().enumerate() {
        match c {
            ' ' => spaces += 1,
            '\t' => spaces += 2,
            _ => {
                match found.last_mut().filter(|_| spaces < 2) {
                    Some((_, heading)) => {
                        heading.extend(std::iter::repeat_n(' ', spaces));
                        heading.push(c);
                    }
                    None => found.push((at, c.to_string())),
                }
                spaces = 0;
            }
        }
    }
    found
}

/// Cells below their headings; where the line does not keep to them, as many pieces as there are headings.
fn row(line: &str, columns: &[(usize, String)]) -> Row {
    let letters: Vec<char> = line.chars().collect();
    let starts: Vec<usize> = columns.iter().map(|(at, _)| *at).collect();
    let is_kept = starts[1..]
        .iter()
        .all(|&at| letters.get(at - 1).is_none_or(|c| c.is_whitespace()));
    let pieces: Vec<String> = if is_kept {
        let end = |n: usize| starts.get(n + 1).copied().unwrap_or(letters.len());
        let within = |n: usize| letters.get(starts[n]..end(n).min(letters.len()));
        (0..starts.len())
            .map(|n| within(n).map_or(String::new(), |c| c.iter().collect()))
            .collect()
    } else {
        pieces(line, starts.len())
    };
    let cells = columns.iter().map(|(_, h)| h.clone()).zip(pieces);
    Row {
        cells: cells.map(|(h, v)| (h, clean_line(v.trim()))).collect(),
        line: clean_line(line.trim_end()),
    }
}

/// A line taken apart where two spaces are, or tabs; the last piece is the rest.
fn pieces(line: &str, count: usize) -> Vec<String> {
    let spread = line.replace('\t', "  ");
    let mut rest = spread.trim_start();
    let mut pieces = Vec::new();
    while pieces.len() + 1 < count {
        let Some((piece, after)) = rest.split_once("  ") else {
            break;
        };
        pieces.push(piece.to_owned());
        rest = after.trim_start();
    }
    pieces.push(rest.to_owned());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_below_their_headings() {
        let text = "\
NAME     READY   STATUS    RESTARTS        AGE   NODE       NOMINATED NODE
cart-1   0/1     Running   5 (2m10s ago)   10m   worker-2   <none>
löwe-2   1/1     Running   0               3d
";
        let all = rows(text);
        let cells = |n: usize, h: &str| all[n].cell(h).to_owned();
        assert_eq!(cells(0, "RESTARTS"), "5 (2m10s ago)");
        assert_eq!(cells(0, "NOMINATED NODE"), "");
        assert_eq!(
            (cells(1, "NAME"), cells(1, "AGE")),
            ("löwe-2".into(), "3d".into())
        );
        assert_eq!(cells(1, "NODE"), "");
        // A cell that is longer than its column pushes the others out of place.
        let pushed = rows("NAME   READY   AGE\na-name-that-is-long   1/1   3d\n");
        assert_eq!(
            (pushed[0].cell("READY"), pushed[0].cell("AGE")),
            ("1/1", "3d")
        );
        for nothing in [
            "",
            "No resources found in shop namespace.",
            "Error from server (Forbidden): pods is",
        ] {
            assert!(rows(nothing).is_empty(), "{nothing}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "(?s).{0,400}") {
            let _ = rows(&text);
        }
    }
}
