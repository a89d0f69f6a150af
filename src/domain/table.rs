//! Text in columns.

use super::text::{columns, fit};

/// Rows under their heads, no wider than `most` as long as the widest column can give way.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>], most: usize) -> String {
    let mut widths: Vec<usize> = head.iter().map(|name| columns(name)).collect();
    for row in rows {
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
    let mut out = line(&mut head.iter().copied());
    for row in rows {
        out.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_column_gives_way_until_the_table_fits() {
        let rows = [vec![
            "INC-1".to_owned(),
            "checkout is slow since noon".to_owned(),
        ]];
        let whole = "ref    name\nINC-1  checkout is slow since noon\n";
        assert_eq!(table(&["ref", "name"], &rows, 60), whole);
        let narrow = table(&["ref", "name"], &rows, 24);
        assert!(narrow.lines().all(|line| columns(line) <= 24), "{narrow}");
        assert!(narrow.contains("INC-1  checkout"), "{narrow}");
    }
}
