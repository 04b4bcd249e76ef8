//! Maps that have a key twice.

use anyhow::anyhow;
use arrow_buffer::NullBuffer;

use super::serialize::Cell;
use super::values::{BadRow, Column, Ranges};

/// Checks that no map has two equal keys: whoever reads it into a map of their language would lose one.
pub(super) fn check(
    keys: &Column,
    ranges: &Ranges,
    rows: usize,
    valid: Option<&NullBuffer>,
) -> Result<(), BadRow> {
    let mut encoded = Vec::new();
    let mut ends = Vec::new();
    for row in (0..rows).filter(|row| Column::is_valid(valid, *row)) {
        let entries = ranges.of(row);
        if entries.len() < 2 {
            continue;
        }
        encoded.clear();
        ends.clear();
        for entry in entries {
            let start = encoded.len();
            let key = Cell {
                column: keys,
                row: entry,
            };
            rmp_serde::encode::write(&mut encoded, &key).map_err(|error| BadRow {
                row,
                cause: error.into(),
            })?;
            ends.push(start..encoded.len());
        }
        ends.sort_unstable_by_key(|range| encoded.get(range.clone()));
        let is_twice = |pair: &[std::ops::Range<usize>]| match pair {
            [one, other] => encoded.get(one.clone()) == encoded.get(other.clone()),
            _ => false,
        };
        if ends.windows(2).any(is_twice) {
            let cause = anyhow!("a map has a key twice; whoever reads it would lose one of its values");
            return Err(BadRow { row, cause });
        }
    }
    Ok(())
}
