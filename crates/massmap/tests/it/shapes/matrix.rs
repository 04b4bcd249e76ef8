//! The table of round trips in the documentation, generated from actual round trips.

use std::fmt::Write;
use std::path::Path;

use super::rows::{Row, keys, values};
use super::{How, Outcome};

/// If this environment variable is set, the table is written anew.
const UPDATE: &str = "MASSMAP_WRITE_ROUND_TRIPS";

/// Enclose the tables in the file.
const MARKS: [&str; 2] = [
    "<!-- table: begin, written by tests/it/shapes/matrix.rs -->\n",
    "<!-- table: end -->\n",
];

/// The text of a cell.
fn cell(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Equal => "equal",
        Outcome::Refused(_) => "refused",
        Outcome::Wrong(_) => "**another**",
        Outcome::Unreadable(_) => "**unreadable**",
    }
}

fn table(title: &str, rows: &[Row]) -> String {
    let mut table = format!(
        "| {title} | example | arrays, format 1 | arrays, format 2 | names, format 1 | names, format 2 | arrays, read back | \
         names, read back |\n|---|---|---|---|---|---|---|---|\n"
    );
    for row in rows {
        let cells: Vec<_> = row.outcomes.iter().map(|(_, outcome)| cell(outcome)).collect();
        let (plain, read_back) = cells.split_at(4);
        let (arrays, names) = read_back.split_at(2);
        let is_as_named = row.shape == REFUSED_IN_FORMAT_2 && arrays == ["equal", "refused"];
        assert!(
            names[0] == names[1] && (arrays[0] == arrays[1] || is_as_named),
            "{}: with read back, both formats accept the same",
            row.shape
        );
        let arrays = match is_as_named {
            true => "equal; format 2: refused",
            false => arrays[0],
        };
        let cells = [plain, &[arrays], &names[..1]].concat().join(" | ");
        let example = row.example.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(
            table,
            "| {} | `{}` | {cells} |",
            row.shape,
            example.replace('|', "\\|")
        )
        .unwrap();
    }
    table
}

/// The one shape that format 1 accepts with read back and format 2 refuses, which compares names of fields that are not written.
const REFUSED_IN_FORMAT_2: &str = "`rename` to another name for reading";

/// Shapes that serialize like ones that come back, and do not come back: only read back refuses them.
const UNSEEN: [(&str, &str); 12] = [
    (
        "`skip_serializing_if` without `default`, skipped at the end",
        "whether readers have a default does not show",
    ),
    (
        "`skip_serializing`, with the default",
        "a field that is never written does not show",
    ),
    (
        "`skip_serializing_if` in a tuple struct",
        "serde does not tell of skipped elements",
    ),
    (
        "`skip_serializing_if` in a tuple variant",
        "serde does not tell of skipped elements",
    ),
    ("untagged, struct variant", "it is serialized like a struct"),
    (
        "untagged, 128-bit integer",
        "it is serialized like an integer without an enum",
    ),
    (
        "untagged, IP address",
        "it is serialized like an address without an enum",
    ),
    (
        "tagged struct",
        "it is serialized like an enum with a variant of its own name, which is read",
    ),
    (
        "`flatten` of an adjacently tagged struct variant",
        "it is serialized like a variant with the struct of a `serialize_with`, which is read",
    ),
    (
        "`rename` to another name for reading",
        "the name for reading does not show",
    ),
    (
        "`flatten` of a map with a key like a field",
        "which keys readers take for fields does not show",
    ),
    (
        "`skip`, hashed, with something else",
        "what is hashed does not show",
    ),
];

/// Whether a shape loses a distinction in format 1, where massmap 0.1.5 accepts it.
fn is_lost_in_format_1(row: &Row, how: How, outcome: &Outcome) -> bool {
    how.format == massmap::FormatVersion::V1
        && (row.shape.starts_with("option of") || row.shape == "list of options of options")
        && matches!(outcome, Outcome::Wrong(found) if found.contains("None"))
}

#[test]
fn every_shape_comes_back_equal_or_is_refused_by_name() {
    for row in values().iter().chain(&keys()) {
        for (how, outcome) in &row.outcomes {
            let is_unseen = UNSEEN.iter().any(|(shape, _)| *shape == row.shape);
            match outcome {
                Outcome::Equal => {}
                Outcome::Refused(message) => {
                    assert!(
                        message.contains(row.type_name) || message.contains("field `"),
                        "{}, {how:?}: {message}",
                        row.shape
                    );
                }
                Outcome::Wrong(_) | Outcome::Unreadable(_) => assert!(
                    !how.read_back && (is_unseen || is_lost_in_format_1(row, *how, outcome)),
                    "{}, {how:?}: {outcome:?}",
                    row.shape
                ),
            }
        }
    }
}

#[test]
fn the_table_in_the_documentation_says_what_round_trips() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/round_trips.md");
    let [begin, end] = MARKS;
    let committed = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = committed.split_once(begin).expect("the table has a beginning");
    let (_, behind) = rest.split_once(end).expect("the table has an end");
    let (values, keys) = (table("value", &values()), table("key", &keys()));
    let written = format!("{before}{begin}\n{values}\n{keys}\n{end}{behind}");
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, written).unwrap();
        return;
    }
    assert!(
        committed == written,
        "the table in {} is not what this test finds; if that is intended, have it written anew: \
         {UPDATE}=1 cargo test -p massmap --test it the_table_in_the_documentation",
        path.display()
    );
}
