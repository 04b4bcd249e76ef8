//! The section of the README: a compact table for each main data set.

use std::io;

use super::{page, tables};
use crate::report::quantities::column::{
    BATCH, BUILD, COLD_HIT, Column, HIT, MISS, OPEN, OVERHEAD, RESIDENT, STREAM,
};
use crate::report::text::markdown::Table;
use crate::results::{DataResults, Results};

const BEGIN: &str = "<!-- comparison: begin, written by benches/src/bin/compare -->\n";
const END: &str = "<!-- comparison: end -->";

/// The data sets in the README.
const MAIN: [&str; 2] = ["integers", "strings"];

const COLUMNS: [(&str, &Column); 9] = [
    ("file overhead per entry", &OVERHEAD),
    ("open", &OPEN),
    ("memory", &RESIDENT),
    ("hit", &HIT),
    ("hits in a row", &STREAM),
    ("batched hit", &BATCH),
    ("miss", &MISS),
    ("uncached hit", &COLD_HIT),
    ("build", &BUILD),
];

/// Replaces the text between the markers in the README.
pub(crate) fn update_readme(text: &str, results: &Results) -> io::Result<String> {
    let (before, _, after) = parts(text)?;
    Ok(format!("{before}{BEGIN}{}{END}{after}", section(results)))
}

/// The text before, between and after the markers.
pub(crate) fn parts(text: &str) -> io::Result<(&str, &str, &str)> {
    let missing = |marker: &str| {
        let message = format!(
            "README.md has no line `{}`, which marks the comparison",
            marker.trim_end()
        );
        io::Error::new(io::ErrorKind::InvalidData, message)
    };
    let (before, rest) = text.split_once(BEGIN).ok_or_else(|| missing(BEGIN))?;
    let (between, after) = rest.split_once(END).ok_or_else(|| missing(END))?;
    Ok((before, between, after))
}

fn section(results: &Results) -> String {
    let mut text = String::new();
    for data in results
        .data
        .iter()
        .filter(|data| MAIN.contains(&data.name.as_str()))
    {
        text += &format!("\n{}:\n\n{}", tables::title(data), table(data));
    }
    text + &format!(
        "\nMedians on {}, by `{}`; the best store on disk is bold. Memory is resident memory after opening. Hits and misses are \
         lookups of present and absent keys, each timed, except for hits in a row and in batches. \
         [`benches/RESULTS.md`](benches/RESULTS.md) has all figures, the method, and the quantities in which massmap is not \
         first.\n",
        page::machine(&results.machine),
        results.command,
    )
}

fn table(data: &DataResults) -> Table {
    let headers = COLUMNS.map(|(header, _)| header);
    let mut table = Table::new(1, ["store"].into_iter().chain(headers));
    for store in &data.stores {
        let builder = data
            .stores
            .iter()
            .find(|other| other.id == store.built_by)
            .unwrap_or(store);
        let cell = |(_, column): (_, &Column)| {
            let has_own = column.summary(data, store).is_some();
            tables::value(
                column,
                data,
                if has_own || !is_of_build(column) {
                    store
                } else {
                    builder
                },
            )
        };
        table.add(std::iter::once(store.title.clone()).chain(COLUMNS.map(cell)));
    }
    table
}

/// Whether it is a quantity of the file, which several stores may read.
fn is_of_build(column: &Column) -> bool {
    [&OVERHEAD, &BUILD].iter().any(|other| other.name == column.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn only_the_text_between_the_markers_changes() {
        let results = sample::results();
        let text = format!("# massmap\n\n{BEGIN}former figures\n{END}\n\n## More\n");
        let updated = update_readme(&text, &results).unwrap();
        assert!(updated.starts_with(&format!(
            "# massmap\n\n{BEGIN}\nu64 → u64, 10,000,000 entries:\n\n| store "
        )));
        assert!(updated.ends_with(&format!("not first.\n{END}\n\n## More\n")));
        assert!(!updated.contains("former figures"));
        assert_eq!(update_readme(&updated, &results).unwrap(), updated);
    }

    #[test]
    fn missing_markers_are_an_error_that_names_them() {
        let error = |text: &str| update_readme(text, &sample::results()).unwrap_err().to_string();
        assert!(error("# massmap\n").contains("<!-- comparison: begin"));
        assert!(error(&format!("{BEGIN}old\n")).contains("<!-- comparison: end -->"));
        assert!(error(&format!("{END}\n{BEGIN}")).contains("<!-- comparison: end -->"));
    }

    #[test]
    fn stores_that_read_the_file_of_another_show_its_size() {
        let results = sample::results();
        let section = section(&results);
        let row = |title: &str| {
            let mut rows = section
                .lines()
                .filter(|line| line.starts_with(&format!("| {title} ")));
            let cells = rows.next().unwrap().split('|').map(|cell| cell.trim().to_owned());
            cells.collect::<Vec<_>>()
        };
        let (mapped, read) = (row("massmap v2, mapped"), row("massmap v2, read"));
        assert_eq!((&mapped[2], &mapped[10]), (&read[2], &read[10]));
        assert_ne!(mapped[2], "");
        assert_eq!(row("HashMap")[2], "");
    }
}
