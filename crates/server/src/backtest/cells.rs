//! Cells of a table in plain text.

use std::io::{self, Write};

/// The width of each column in letters.
pub(super) fn widths<const N: usize>(rows: &[[String; N]]) -> [usize; N] {
    std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
}

/// Writes one row. Words are set left; from column `figures_from` on figures are set right, save in the last column.
pub(super) fn write_cells<const N: usize>(
    out: &mut impl Write,
    cells: &[String; N],
    widths: &[usize; N],
    figures_from: usize,
) -> io::Result<()> {
    let mut line = String::new();
    for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let gap = if column == 0 { "" } else { "  " };
        line.push_str(gap);
        if column >= figures_from && column + 1 < N {
            line.push_str(&format!("{cell:>width$}"));
        } else {
            line.push_str(&format!("{cell:<width$}"));
        }
    }
    writeln!(out, "{}", line.trim_end())
}
