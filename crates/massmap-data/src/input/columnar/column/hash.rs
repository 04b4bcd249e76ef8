//! Hashing the value of a row as the Rust type of its column is hashed.

use std::hash::{Hash, Hasher};
use std::ops::Range;

use super::serialize::Cell;
use super::values::{Column, at};

/// Feeds the hasher call by call as the implementations of the standard library do: some hash functions make a difference between
/// a number and its bytes.
impl Hash for Cell<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { column, row } = *self;
        match column {
            Column::Bool(values) => values.value(row).hash(state),
            Column::I8(values) => at(values, row).hash(state),
            Column::I16(values) => at(values, row).hash(state),
            Column::I32(values) => at(values, row).hash(state),
            Column::I64(values) => at(values, row).hash(state),
            Column::I128(values) => at(values, row).hash(state),
            Column::U8(values) => at(values, row).hash(state),
            Column::U16(values) => at(values, row).hash(state),
            Column::U32(values) => at(values, row).hash(state),
            Column::U64(values) => at(values, row).hash(state),
            Column::U128(values) => at(values, row).hash(state),
            Column::Text(values) => values.value(row).hash(state),
            Column::LargeText(values) => values.value(row).hash(state),
            Column::TextView(values) => values.value(row).hash(state),
            Column::Bytes(values) => values.value(row).hash(state),
            Column::LargeBytes(values) => values.value(row).hash(state),
            Column::BytesView(values) => values.value(row).hash(state),
            Column::FixedBytes(values) => values.value(row).hash(state),
            Column::Indexed { indexes, values } => Cell {
                column: values,
                row: at(indexes, row),
            }
            .hash(state),
            Column::List { ranges, element } => hash_list(element, ranges.of(row), state),
            Column::Struct(fields) => fields
                .iter()
                .for_each(|(_, column)| Cell { column, row }.hash(state)),
            Column::Tuple(elements) => elements
                .iter()
                .for_each(|column| Cell { column, row }.hash(state)),
            Column::Optional { valid, inner } => match Column::is_valid(valid.as_ref(), row) {
                true => {
                    // The discriminant, and nothing of the unit.
                    Some(()).hash(state);
                    Cell { column: inner, row }.hash(state);
                }
                false => None::<()>.hash(state),
            },
            // Columns of these are refused as keys.
            Column::Null | Column::F32(_) | Column::F64(_) | Column::Json(_) | Column::Map { .. } => {}
        }
    }
}

/// Hashes the elements of a list as a slice.
fn hash_list<H: Hasher>(element: &Column, rows: Range<usize>, state: &mut H) {
    // Those of numbers are hashed as one piece of memory.
    fn of_numbers<T: Hash, H: Hasher>(values: &[T], rows: Range<usize>, state: &mut H) {
        values.get(rows).unwrap_or_default().hash(state);
    }
    match element {
        Column::I8(values) => of_numbers(values, rows, state),
        Column::I16(values) => of_numbers(values, rows, state),
        Column::I32(values) => of_numbers(values, rows, state),
        Column::I64(values) => of_numbers(values, rows, state),
        Column::I128(values) => of_numbers(values, rows, state),
        Column::U8(values) => of_numbers(values, rows, state),
        Column::U16(values) => of_numbers(values, rows, state),
        Column::U32(values) => of_numbers(values, rows, state),
        Column::U64(values) => of_numbers(values, rows, state),
        Column::U128(values) => of_numbers(values, rows, state),
        // A dictionary of numbers is a slice of numbers all the same.
        Column::Indexed { indexes, values } => {
            let indexes = indexes.get(rows).unwrap_or_default();
            let picked = values.integers_of(indexes);
            match picked {
                Some(picked) => hash_list(&picked, 0..indexes.len(), state),
                None => {
                    state.write_usize(indexes.len());
                    indexes.iter().for_each(|row| {
                        Cell {
                            column: values,
                            row: *row,
                        }
                        .hash(state)
                    });
                }
            }
        }
        _ => {
            state.write_usize(rows.len());
            rows.for_each(|row| Cell { column: element, row }.hash(state));
        }
    }
}
