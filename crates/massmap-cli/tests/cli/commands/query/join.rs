//! `massmap join`: adds a column to a table.

mod lines;
mod tables;

use crate::harness::{Directory, Outcome};

/// Joins the file `name` with the map `a`.
fn join(directory: &Directory, (name, table): (&str, &[u8]), options: &[&str]) -> Outcome {
    directory.write(name, table);
    directory.run(["join"].iter().chain(options).chain(&[name, "a"]))
}

/// What is printed if there is nothing on stderr but the numbers of keys that were found and that are missing.
#[track_caller]
fn printed(outcome: Outcome, [found, missing]: [u64; 2]) -> String {
    let summary = format!("massmap: found {found}, missing {missing}\n");
    assert_eq!(
        (outcome.code, &outcome.stderr),
        (Some(0), &summary),
        "{outcome:?}"
    );
    outcome.stdout
}
