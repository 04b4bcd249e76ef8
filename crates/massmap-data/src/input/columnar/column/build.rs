//! Making columns of the arrays of Arrow.

use anyhow::anyhow;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use massmap_format::Schema;

use super::map_keys;
use super::scalars::scalars;
use super::values::{BadRow, Column, Ranges, at};
use crate::input::columnar::names::kept;
use crate::input::settings::column_rules::ColumnRules;

/// A column, and the rows that have a value.
#[derive(Debug)]
pub(in crate::input::columnar) struct Built {
    pub(in crate::input::columnar) column: Column,
    /// The rows without nulls, also inside of their values, unless these are optional; `None` if all are.
    pub(in crate::input::columnar) valid: Option<NullBuffer>,
}

/// The values of an array, which are what `schema` says.
///
/// # Errors
///
/// Fails if a value is none of its type.
pub(in crate::input::columnar) fn build(
    array: &ArrayRef,
    schema: &Schema,
    rules: ColumnRules,
) -> Result<Built, BadRow> {
    let valid = array.logical_nulls().filter(|valid| valid.null_count() > 0);
    match schema {
        Schema::Option(inner) => {
            let built = of_array(array, valid.as_ref(), inner, rules)?;
            Ok(Built {
                column: Column::Optional {
                    valid,
                    inner: Box::new(built.column),
                },
                // What is null inside an optional value, but must not be.
                valid: built.valid,
            })
        }
        _ => {
            let built = of_array(array, valid.as_ref(), schema, rules)?;
            Ok(Built {
                column: built.column,
                valid: NullBuffer::union(valid.as_ref(), built.valid.as_ref()),
            })
        }
    }
}

/// The values of an array whose rows `valid` are not null. The rows that the result calls invalid have nulls inside.
fn of_array(
    array: &ArrayRef,
    valid: Option<&NullBuffer>,
    schema: &Schema,
    rules: ColumnRules,
) -> Result<Built, BadRow> {
    match scalars(array, valid, rules)? {
        Some(column) => Ok(Built { column, valid: None }),
        None => compound(array, valid, schema, rules),
    }
}

/// The values of an array that has others inside.
fn compound(
    array: &ArrayRef,
    valid: Option<&NullBuffer>,
    schema: &Schema,
    rules: ColumnRules,
) -> Result<Built, BadRow> {
    let list = |ranges: Ranges, values: &ArrayRef| {
        let Schema::Sequence(element, _) = schema else {
            return Err(no_schema(array.data_type()));
        };
        let built = build(values, element, rules).map_err(|bad| in_list(bad, &ranges, array.len()))?;
        let inside = rows_with(&ranges, array.len(), valid, built.valid.as_ref());
        Ok(Built {
            column: Column::List {
                ranges,
                element: Box::new(built.column),
            },
            valid: inside,
        })
    };
    match array.data_type() {
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let values = dictionary.values();
            let indexes = match values.is_empty() {
                // Of rows that are all null.
                true => vec![0; array.len()],
                false => dictionary.normalized_keys(),
            };
            let built = of_array(values, values.logical_nulls().as_ref(), schema, rules).map_err(|bad| {
                let row = indexes.iter().position(|index| *index == bad.row);
                BadRow {
                    row: row.unwrap_or(0),
                    ..bad
                }
            })?;
            let inside = built.valid.map(|inner| {
                (0..array.len())
                    .map(|row| !Column::is_valid(valid, row) || inner.is_valid(at(&indexes, row)))
                    .collect()
            });
            Ok(Built {
                column: Column::Indexed {
                    indexes,
                    values: Box::new(built.column),
                },
                valid: inside,
            })
        }
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            list(Ranges::Offsets(lists.offsets().inner().clone()), lists.values())
        }
        DataType::LargeList(_) => {
            let lists = array.as_list::<i64>();
            list(
                Ranges::LargeOffsets(lists.offsets().inner().clone()),
                lists.values(),
            )
        }
        DataType::ListView(_) => {
            let lists = array.as_list_view::<i32>();
            let ranges = Ranges::Views(lists.offsets().clone(), lists.sizes().clone());
            list(ranges, lists.values())
        }
        DataType::LargeListView(_) => {
            let lists = array.as_list_view::<i64>();
            let ranges = Ranges::LargeViews(lists.offsets().clone(), lists.sizes().clone());
            list(ranges, lists.values())
        }
        DataType::FixedSizeList(_, length) => {
            let length = usize::try_from(*length).map_err(|_| no_schema(array.data_type()))?;
            list(Ranges::Fixed(length), array.as_fixed_size_list().values())
        }
        DataType::Struct(_) => structure(array, valid, schema, rules),
        DataType::Map(..) => {
            let maps = array.as_map();
            let ranges = Ranges::Offsets(maps.offsets().inner().clone());
            let Schema::Map(key_schema, value_schema) = schema else {
                return Err(no_schema(array.data_type()));
            };
            let in_map = |bad| in_list(bad, &ranges, array.len());
            let key = build(maps.keys(), key_schema, rules).map_err(in_map)?;
            let value = build(maps.values(), value_schema, rules).map_err(in_map)?;
            let inside = NullBuffer::union(key.valid.as_ref(), value.valid.as_ref());
            let inside = rows_with(&ranges, array.len(), valid, inside.as_ref());
            map_keys::check(&key.column, &ranges, array.len(), valid)?;
            Ok(Built {
                column: Column::Map {
                    ranges,
                    key: Box::new(key.column),
                    value: Box::new(value.column),
                },
                valid: inside,
            })
        }
        other => Err(no_schema(other)),
    }
}

/// The structs of an array. Their fields are found by name.
fn structure(
    array: &ArrayRef,
    valid: Option<&NullBuffer>,
    schema: &Schema,
    rules: ColumnRules,
) -> Result<Built, BadRow> {
    let Schema::Struct { fields, .. } = schema else {
        return Err(no_schema(array.data_type()));
    };
    let structs = array.as_struct();
    let mut built_fields = Vec::with_capacity(fields.len());
    let mut inside = None;
    for (name, field) in fields {
        let values = structs
            .column_by_name(name)
            .ok_or_else(|| no_schema(array.data_type()))?;
        // Where the struct is null, its fields count as null as well, not as bad.
        let built = build(values, field, rules).or_else(|bad| match Column::is_valid(valid, bad.row) {
            true => Err(bad),
            false => build(&masked(values, valid)?, field, rules),
        })?;
        inside = NullBuffer::union(inside.as_ref(), built.valid.as_ref());
        built_fields.push((kept(name), built.column));
    }
    let inside = inside.map(|inside| {
        (0..array.len())
            .map(|row| !Column::is_valid(valid, row) || inside.is_valid(row))
            .collect()
    });
    Ok(Built {
        column: Column::Struct(built_fields),
        valid: inside,
    })
}

/// The list that a bad element is in, as a row.
fn in_list(bad: BadRow, ranges: &Ranges, rows: usize) -> BadRow {
    let row = (0..rows).find(|row| ranges.of(*row).contains(&bad.row));
    BadRow {
        row: row.unwrap_or(0),
        ..bad
    }
}

/// An array whose type has no schema, which was to be refused before.
fn no_schema(data_type: &DataType) -> BadRow {
    BadRow {
        row: 0,
        cause: anyhow!("values of the type {data_type} are not read"),
    }
}

/// The array with nulls where `valid` says so.
pub(in crate::input::columnar) fn masked(
    array: &ArrayRef,
    valid: Option<&NullBuffer>,
) -> Result<ArrayRef, BadRow> {
    let nulls = NullBuffer::union(array.nulls(), valid);
    let data = array.to_data().into_builder().nulls(nulls).build();
    match data {
        Ok(data) => Ok(arrow_array::make_array(data)),
        Err(error) => Err(BadRow {
            row: 0,
            cause: error.into(),
        }),
    }
}

/// The rows of lists none of whose elements is null; `None` if no list has a null.
fn rows_with(
    ranges: &Ranges,
    rows: usize,
    valid: Option<&NullBuffer>,
    elements: Option<&NullBuffer>,
) -> Option<NullBuffer> {
    let elements = elements.filter(|elements| elements.null_count() > 0)?;
    let rows = (0..rows)
        .map(|row| !Column::is_valid(valid, row) || ranges.of(row).all(|element| elements.is_valid(element)));
    Some(rows.collect())
}
