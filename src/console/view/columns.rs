//! The columns of the incidents: those there is room for, and how wide each is.

use crate::config::Column;
use crate::console::content::menu;
use crate::console::state::State;

/// Columns that a name needs to tell one incident from another.
const NAME: u16 = 24;

/// In the order in which columns are missed least.
const DISPENSABLE: [Column; 7] = [
    Column::Type,
    Column::Team,
    Column::Service,
    Column::Lead,
    Column::Update,
    Column::Age,
    Column::Status,
];

/// Each column with its width, from the left.
pub(super) struct Columns(pub(super) Vec<(Column, u16)>);

impl Columns {
    /// What fits a place of some width: the name takes what is left.
    pub(super) fn of(state: &State, width: u16) -> Self {
        let (wanted, is_chosen) = menu::columns(state);
        let mut columns = Self(
            wanted
                .iter()
                .filter(|column| is_chosen || is_usual(**column, width))
                .map(|column| (*column, wide(*column, width, state.absolute)))
                .collect(),
        );
        for column in DISPENSABLE {
            if is_chosen && columns.left(width) < NAME {
                columns.0.retain(|(shown, _)| *shown != column);
            }
        }
        let left = columns.left(width);
        for (column, wide) in &mut columns.0 {
            if *column == Column::Name {
                *wide = left;
            }
        }
        columns
    }

    /// What the other columns leave for the name.
    fn left(&self, width: u16) -> u16 {
        let others = self.0.iter().filter(|(column, _)| *column != Column::Name);
        width.saturating_sub(others.map(|(_, wide)| wide + 1).sum::<u16>() + 2)
    }

    /// Columns up to the name, the name among them, with what stands between.
    pub(super) fn named(&self) -> u16 {
        let name = self
            .0
            .iter()
            .position(|(column, _)| *column == Column::Name);
        let first = self.0.iter().take(name.map_or(self.0.len(), |at| at + 1));
        first.map(|(_, wide)| wide + 1).sum()
    }
}

/// Whether one of the usual columns is worth its room.
fn is_usual(column: Column, width: u16) -> bool {
    match column {
        Column::Service => width >= 110,
        Column::Lead | Column::Update => width >= 76,
        _ => true,
    }
}

fn wide(column: Column, width: u16, absolute: bool) -> u16 {
    match column {
        Column::Severity if width < 110 => 4,
        Column::Severity => 10,
        Column::Reference => 8,
        Column::Name => 0,
        Column::Status if width < 76 => 12,
        Column::Status => 13,
        Column::Lead if width < 96 => 9,
        Column::Lead if width < 160 => 14,
        Column::Lead => 22,
        Column::Age | Column::Update if absolute => 13,
        Column::Age | Column::Update => 5,
        Column::Service | Column::Team if width < 160 => 16,
        Column::Service | Column::Team => 28,
        Column::Type => 14,
    }
}

/// A column's heading.
pub(super) fn heading(column: Column, wide: u16) -> &'static str {
    match column {
        Column::Severity if wide == 4 => "sev",
        Column::Severity => "severity",
        Column::Reference => "ref",
        Column::Name => "name",
        Column::Status => "status",
        Column::Lead => "lead",
        Column::Age => "age",
        Column::Update if wide < 6 => "upd",
        Column::Update => "update",
        Column::Service => "service",
        Column::Team => "team",
        Column::Type => "type",
    }
}
