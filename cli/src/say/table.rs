//! A table with aligned columns, whatever script the cells are in.

use unicode_width::UnicodeWidthStr;

/// Rows of cells. A cell is its plain text and its coloured text.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<(String, String)>>,
}

impl Table {
    /// Adds a row. A cell is measured by its plain text, and printed as its coloured text.
    pub fn row(&mut self, cells: Vec<(String, String)>) {
        self.rows.push(cells);
    }

    /// Returns the table, with two spaces between columns and none after the last.
    #[must_use]
    pub fn print(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(|column| self.width(column)).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for ((plain, painted), width) in row.iter().zip(&widths) {
                line.push_str(painted);
                let rest = width.saturating_sub(plain.width()) + 2;
                line.push_str(&" ".repeat(rest));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.map(|(plain, _)| plain.width()).max().unwrap_or(0)
    }
}

/// Returns a cell that is printed as it is.
#[must_use]
pub fn plain(text: impl Into<String>) -> (String, String) {
    let text = text.into();
    (text.clone(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_and_colours_keep_the_columns() {
        let mut table = Table::default();
        table.row(vec![plain("写真"), plain("b")]);
        table.row(vec![("abc".to_owned(), "<abc>".to_owned()), plain("d")]);
        table.row(vec![plain("e")]);
        assert_eq!(table.print(), "写真  b\n<abc>   d\ne\n");
    }
}
