//! Where what stands on the screen leads: references to their incidents, and the address that is shown to itself, over
//! several rows too where it was wrapped.

use super::state::State;
use crate::domain::text::columns;
use crate::domain::{Links, links};
use ratatui::buffer::Cell;

/// Where the cells of a screen lead: 0 nowhere, else one more than the place among the targets.
pub(super) type Led = Vec<u16>;

/// An address, and the id that ties its pieces together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub address: String,
    pub id: String,
}

/// What leads anywhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Leads {
    links: Option<Links>,
    /// Addresses that are shown as they are.
    addresses: Vec<String>,
}

/// Rows that a wrapped address takes at most.
const ROWS: usize = 4;
/// Letters of an address that stand on its first row at least.
const LEAST: usize = 12;

impl Leads {
    /// From all that the console knows.
    pub fn of(state: &State) -> Self {
        let dashboard = &state.org.identity.dashboard;
        let row = state.incidents.rows.first();
        let incident = state.detail.incident.as_ref();
        let address = incident.and_then(|incident| incident.permalink.clone());
        Self {
            links: Links::new(dashboard, row.map(|row| &*row.reference)),
            addresses: address.into_iter().filter(|a| links::is_safe(a)).collect(),
        }
    }

    /// Where each cell of a screen leads, and the targets.
    pub(super) fn cells(&self, screen: &[Cell], width: usize) -> (Led, Vec<Target>) {
        let mut led = vec![0; screen.len()];
        let mut targets = Vec::new();
        let rows: Vec<Row> = screen.chunks(width.max(1)).map(Row::of).collect();
        let mut lead = |at: usize, cells: std::ops::Range<usize>, target: u16| {
            led[at * width + cells.start..at * width + cells.end].fill(target);
        };
        for (at, row) in rows.iter().enumerate() {
            let found = self.links.iter().flat_map(|l| l.references(&row.text));
            for (range, address) in found {
                let id = String::new();
                let target = number(&mut targets, Target { address, id });
                lead(at, row.cells(&range), target);
            }
        }
        for (n, address) in self.addresses.iter().enumerate() {
            for pieces in (0..rows.len()).filter_map(|at| pieces(&rows, at, address)) {
                let (address, id) = (address.clone(), format!("hotseat{n}"));
                let target = number(&mut targets, Target { address, id });
                for (at, cells) in pieces {
                    lead(at, cells, target);
                }
            }
        }
        (led, targets)
    }
}

fn number(targets: &mut Vec<Target>, target: Target) -> u16 {
    let known = targets.iter().position(|t| *t == target);
    let at = known.unwrap_or_else(|| {
        targets.push(target);
        targets.len() - 1
    });
    u16::try_from(at + 1).unwrap_or(0)
}

/// A row as text, with where each cell begins in it.
struct Row {
    text: String,
    begins: Vec<usize>,
}

impl Row {
    fn of(cells: &[Cell]) -> Self {
        let (mut text, mut begins, mut covered) = (String::new(), Vec::new(), 0);
        for cell in cells {
            begins.push(text.len());
            if covered > 0 {
                covered -= 1;
                continue;
            }
            text.push_str(cell.symbol());
            covered = columns(cell.symbol()).max(1) - 1;
        }
        Self { text, begins }
    }

    fn cells(&self, range: &std::ops::Range<usize>) -> std::ops::Range<usize> {
        let at = |byte: usize| self.begins.partition_point(|begin| *begin < byte);
        at(range.start)..at(range.end)
    }

    fn cell(&self, byte: usize) -> usize {
        self.begins.partition_point(|begin| *begin < byte)
    }
}

/// Where the pieces of an address stand that begins on a row; nothing where it is not there to its end.
fn pieces(
    rows: &[Row],
    first: usize,
    address: &str,
) -> Option<Vec<(usize, std::ops::Range<usize>)>> {
    let start = address.get(..LEAST.min(address.len()))?;
    let byte = rows[first].text.find(start)?;
    let column = rows[first].cell(byte);
    let (mut rest, mut found) = (address, Vec::new());
    for (at, row) in rows.iter().enumerate().skip(first).take(ROWS) {
        let here = row.text.get(*row.begins.get(column)?..)?;
        let same = here.bytes().zip(rest.bytes()).take_while(|(a, b)| a == b);
        let same = same.count();
        if same == 0 {
            return None;
        }
        found.push((at, column..column + same));
        rest = &rest[same..];
        if rest.is_empty() {
            return Some(found);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(lines: &[&str], width: usize) -> Vec<Cell> {
        let mut cells = Vec::new();
        for line in lines {
            let mut row = vec![Cell::EMPTY; width];
            for (cell, letter) in row.iter_mut().zip(line.chars()) {
                cell.set_char(letter);
            }
            cells.extend(row);
        }
        cells
    }

    #[test]
    fn references_and_a_wrapped_address_lead_where_they_say() {
        let address = "https://app.incident.io/shop/incidents/312";
        let leads = Leads {
            links: Links::new("https://app.incident.io/shop", Some("INC-1")),
            addresses: vec![address.into()],
        };
        let lines = [
            "│ INC-312 slow │",
            "│ https://app.incident.io/shop │",
            "│ /incidents/312              │",
        ];
        let cells = screen(&lines, 32);
        let (led, targets) = leads.cells(&cells, 32);
        assert_eq!(targets.len(), 2);
        assert!(targets.iter().all(|t| t.address == address));
        let words = |target: u16| -> String {
            let cells = cells.iter().zip(&led).filter(|(_, led)| **led == target);
            cells.map(|(cell, _)| cell.symbol()).collect()
        };
        assert_eq!(words(1), "INC-312");
        assert_eq!(words(2), address, "both rows are one link");
        let cut = screen(&lines[..2], 32);
        assert_eq!(
            leads.cells(&cut, 32).1.len(),
            1,
            "half an address leads nowhere"
        );
    }
}
