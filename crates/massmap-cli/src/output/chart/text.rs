//! Bars and tables of text.

use console::Term;

/// Columns of a text that does not go to a terminal, or to one that does not tell.
const DEFAULT_WIDTH: usize = 80;

/// Terminals may be wider and narrower than what is written for them.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=160;

/// Number of columns that the text on stdout may take.
pub(crate) fn width() -> usize {
    let columns = Term::stdout().size_checked().map(|(_, columns)| columns.into());
    columns
        .unwrap_or(DEFAULT_WIDTH)
        .clamp(*WIDTHS.start(), *WIDTHS.end())
}

/// A bar that takes `share` of `width` columns, to an eighth of a column. What is more than nothing is seen.
pub(crate) fn bar(share: f64, width: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let share = share.clamp(0.0, 1.0);
    let least = usize::from(share > 0.0);
    let eighths = eighths(share, width).max(least);
    let part = PARTS.get(eighths % 8).copied().unwrap_or_default();
    "█".repeat(eighths / 8) + part
}

/// `share` of `width`, in eighths, rounded.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a small number"
)]
fn eighths(share: f64, width: usize) -> usize {
    (share * 8.0 * width as f64).round() as usize
}

/// A bar for each of several labelled numbers, with its value behind it. The longest bar fills the width. More than two rows without a
/// bar in between are one.
pub(crate) fn bars(rows: &[(String, f64, String)], width: usize) -> String {
    let of = |column: fn(&(String, f64, String)) -> &String| {
        rows.iter().map(|row| columns(column(row))).max().unwrap_or(0)
    };
    let (labels, values) = (of(|row| &row.0), of(|row| &row.2));
    let room = width.saturating_sub(labels + values + 4).max(1);
    let most = rows.iter().map(|row| row.1).fold(0.0, f64::max);
    let mut text = String::new();
    for rows in rows.chunk_by(|one, other| (one.1 > 0.0) == (other.1 > 0.0)) {
        if let [(_, 0.0, _), _, _, ..] = rows {
            text += &format!("  {}\n", right("…", labels));
            continue;
        }
        for (label, number, value) in rows {
            let bar = if most > 0.0 {
                bar(number / most, room)
            } else {
                String::new()
            };
            let space = if bar.is_empty() { "" } else { " " };
            text += &format!("  {} {bar}{space}{value}\n", right(label, labels));
        }
    }
    text
}

/// Rows of cells: the first column is aligned to the left, the others to the right.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| columns(cell))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (number, (cell, width)) in row.iter().zip(&widths).enumerate() {
            line += &match number {
                0 => format!("  {cell}{}", " ".repeat(width - columns(cell))),
                _ => format!("   {}", right(cell, *width)),
            };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// Names, each with a text behind it that is broken into lines of up to `width` columns.
pub(crate) fn definitions(rows: &[(&str, String)], width: usize) -> String {
    let names = rows.iter().map(|(name, _)| columns(name)).max().unwrap_or(0);
    let indent = names + 5;
    let mut text = String::new();
    for (name, definition) in rows {
        let lines = wrapped(definition, width.saturating_sub(indent));
        let lines = lines.replace('\n', &format!("\n{}", " ".repeat(indent)));
        text += &format!("  {name}{}   {lines}\n", " ".repeat(names - columns(name)));
    }
    text
}

/// A text broken into lines of at most `width` columns, unless a word is longer.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if columns(line) + 1 + columns(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

fn right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(text))))
}

/// Number of columns of a text of figures, units and words.
fn columns(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_share() {
        for (share, shown) in [
            (0.0, ""),
            (0.000_1, "▏"),
            (0.25, "█"),
            (0.3, "█▎"),
            (0.5, "██"),
            (1.0, "████"),
            (7.0, "████"),
            (f64::NAN, ""),
        ] {
            assert_eq!(bar(share, 4), shown);
        }
    }

    #[test]
    fn rows_fill_the_width() {
        let row = |label: &str, number, value: &str| (label.to_owned(), number, value.to_owned());
        let rows = [
            row("1", 1.0, "one"),
            row("2–3", 4.0, "four"),
            row("4", 0.0, "none"),
        ];
        let expected = "    1 ██ one\n  2–3 ████████ four\n    4 none\n";
        assert_eq!(bars(&rows, 19), expected);
        let rows = [1.0, 0.0, 0.0, 0.0, 1.0].map(|number| row("x", number, "y"));
        assert_eq!(bars(&rows, 8), "  x ██ y\n  …\n  x ██ y\n");
        assert_eq!(bars(&[], 10), "");
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [vec!["", "a", "bcd"], vec!["long", "1 µs"], vec!["x", "2", "3"]];
        let rows = rows.map(|row| row.into_iter().map(str::to_owned).collect());
        assert_eq!(
            table(&rows),
            "            a   bcd\n  long   1 µs\n  x         2     3\n"
        );
    }

    #[test]
    fn definitions_stand_beside_their_names() {
        let rows = [("a", "one two three".to_owned()), ("name", "four".to_owned())];
        let expected = "  a      one two\n         three\n  name   four\n";
        assert_eq!(definitions(&rows, 16), expected);
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("one two three", 7), "one two\nthree");
        assert_eq!(wrapped("incomprehensible", 7), "incomprehensible");
        assert_eq!(wrapped("", 7), "");
    }
}
