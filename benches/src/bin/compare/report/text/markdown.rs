//! Markdown tables, aligned for reading in a terminal.

use std::fmt;

/// A table with columns of text followed by columns of numbers.
#[derive(Debug)]
pub(crate) struct Table {
    texts: usize,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// The first `texts` columns are left-aligned.
    pub(crate) fn new(texts: usize, headers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut table = Self {
            texts,
            rows: Vec::new(),
        };
        table.add(headers);
        table
    }

    pub(crate) fn add(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        let cells = cells.into_iter().map(|cell| cell.into().replace('|', "\\|"));
        self.rows.push(cells.collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(3)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (index, row) in self.rows.iter().enumerate() {
            for (column, &width) in widths.iter().enumerate() {
                let cell = row.get(column).map_or("", String::as_str);
                if column < self.texts {
                    write!(f, "| {cell:<width$} ")?;
                } else {
                    write!(f, "| {cell:>width$} ")?;
                }
            }
            writeln!(f, "|")?;
            if index == 0 {
                for (column, &width) in widths.iter().enumerate() {
                    let end = if column < self.texts { '-' } else { ':' };
                    write!(f, "|{:-<1$}{end}", "", width + 1)?;
                }
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}

pub(crate) fn bold(text: &str) -> String {
    format!("**{text}**")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_aligned() {
        let mut table = Table::new(1, ["store", "hit"]);
        table.add(["massmap", "104 ns"]);
        table.add(["a|b", "9 µs"]);
        assert_eq!(
            table.to_string(),
            "| store   |    hit |\n|---------|-------:|\n| massmap | 104 ns |\n| a\\|b    |   9 µs |\n"
        );
    }
}
