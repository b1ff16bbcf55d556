//! Columns that line up.

use std::fmt::Write as _;

/// Between two columns.
const GAP: &str = "  ";

/// One line for each row, indented, every column but the last as wide as its widest cell. A cell of numbers is moved to
/// the right.
#[must_use]
pub fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(GAP);
            let is_number = !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
            // Writing to a string cannot fail.
            let _ = if is_number { write!(line, "{cell:>width$}") } else { write!(line, "{cell:<width$}") };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_start_and_numbers_end_in_line() {
        let rows = [["7", "été", "x"], ["20", "winter", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(columns(&rows), "   7  été     x\n  20  winter\n");
        assert_eq!(columns::<2>(&[]), "");
    }
}
