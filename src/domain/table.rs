//! Text in columns.

use super::text::{columns, fit};

/// Where a head names the zone that its times are in.
const ZONE: &str = "{zone}";

/// One column: its head, and what stands in it of a thing, seen by what the whole table is read by.
pub(crate) type Column<T, C> = (&'static str, fn(&T, &C) -> String);

/// Things in columns, no wider than `most` as long as the widest column can give way; heads of times name their zone.
pub(crate) fn table<T, C>(
    all: &[T],
    (by, zone): (&C, &str),
    shown: &[Column<T, C>],
    most: usize,
) -> String {
    let head: Vec<String> = shown
        .iter()
        .map(|(head, _)| head.replace(ZONE, zone))
        .collect();
    let cells = |thing| shown.iter().map(|(_, cell)| cell(thing, by)).collect();
    let rows: Vec<Vec<String>> = all.iter().map(cells).collect();
    let mut widths: Vec<usize> = head.iter().map(|name| columns(name)).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(columns(cell));
        }
    }
    // The widest column gives way until all fit.
    while widths.iter().sum::<usize>() + 2 * widths.len() > most {
        let Some(widest) = widths.iter_mut().max() else {
            break;
        };
        if *widest <= 10 {
            break;
        }
        *widest -= 1;
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells
            .zip(&widths)
            .map(|(cell, width)| {
                let cell = fit(cell, *width);
                let gap = width - columns(&cell);
                cell + &" ".repeat(gap)
            })
            .collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    let mut out = line(&mut head.iter().map(String::as_str));
    for row in &rows {
        out.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_column_gives_way_until_the_table_fits() {
        let rows = [(1, "checkout is slow since noon")];
        let shown: [Column<(u8, &str), &str>; 2] = [
            ("ref", |(number, _), prefix| format!("{prefix}{number}")),
            ("name", |(_, name), _| (*name).to_owned()),
        ];
        let whole = "ref    name\nINC-1  checkout is slow since noon\n";
        assert_eq!(table(&rows, (&"INC-", ""), &shown, 60), whole);
        let narrow = table(&rows, (&"INC-", ""), &shown, 24);
        assert!(narrow.lines().all(|line| columns(line) <= 24), "{narrow}");
        assert!(narrow.contains("INC-1  checkout"), "{narrow}");
    }
}
