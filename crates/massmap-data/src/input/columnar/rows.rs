//! Rows of a batch as entries.

pub(super) mod encode;
pub(super) mod like;

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use anyhow::anyhow;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_buffer::NullBuffer;
use serde::{Serialize, Serializer};

use super::column::build::{build, masked};
use super::column::convert::convert;
use super::column::serialize::Cell;
use super::column::values::{BadRow, Column};
use super::plan::{Chosen, Part, Plan, Shape};
use crate::input::settings::column_rules::{ColumnRules, Nulls};

/// The keys and values of a batch.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) keys: Column,
    pub(super) values: Column,
    count: usize,
    /// The rows that are not left out; `None` if all are.
    taken: Option<NullBuffer>,
}

/// A value of a batch that cannot be used.
#[derive(Debug)]
pub(crate) struct BadCell {
    /// The row of the batch.
    pub(crate) row: usize,
    /// The column; `None` if it is about the whole row.
    pub(crate) column: Option<String>,
    pub(crate) cause: anyhow::Error,
}

impl Rows {
    /// The entries of a batch.
    ///
    /// # Errors
    ///
    /// Fails at a null that is not allowed, a value that is not of its type, or a row longer than `max_record` bytes.
    pub(super) fn new(batch: &RecordBatch, plan: &Plan, max_record: u64) -> Result<Self, BadCell> {
        let count = batch.num_rows();
        let skips = plan.rules.nulls == Nulls::Skip;
        let mut taken = None;
        // Before anything is converted, so that rows with a null are left out whatever else is in them.
        let mut built = [Vec::new(), Vec::new()];
        for (part, columns) in [&plan.key, &plan.value].into_iter().zip(&mut built) {
            for chosen in &part.columns {
                let (column, valid) = column_of(batch, chosen, plan.rules)?;
                match valid {
                    Some(valid) if skips => taken = NullBuffer::union(taken.as_ref(), Some(&valid)),
                    Some(valid) => {
                        let null = (0..count).find(|row| valid.is_null(*row));
                        if let Some(row) = null {
                            return Err(null_at(row, chosen, plan.rules, std::ptr::eq(part, &plan.key)));
                        }
                    }
                    None => {}
                }
                columns.push((chosen.name, column));
            }
        }
        let [keys, values] = built;
        let part = |part: &Part, columns| part_of(part, columns, count, taken.as_ref());
        let rows = Self {
            keys: part(&plan.key, keys)?.without_dictionary(),
            values: part(&plan.value, values)?,
            count,
            taken,
        };
        if batch.get_array_memory_size() as u64 > max_record {
            rows.check_sizes(max_record)?;
        }
        Ok(rows)
    }

    fn check_sizes(&self, max_record: u64) -> Result<(), BadCell> {
        let size = |row| self.keys.size(row).saturating_add(self.values.size(row)) as u64;
        match self.taken().find(|row| size(*row) > max_record) {
            None => Ok(()),
            Some(row) => Err(BadCell {
                row,
                column: None,
                cause: anyhow!(
                    "the record is longer than {max_record} bytes; --max-record allows longer ones"
                ),
            }),
        }
    }

    /// The rows that are not left out.
    pub(super) fn taken(&self) -> impl Iterator<Item = usize> {
        (0..self.count).filter(|row| self.is_taken(*row))
    }

    fn is_taken(&self, row: usize) -> bool {
        Column::is_valid(self.taken.as_ref(), row)
    }

    /// The next row from `row` on that is not left out.
    #[inline]
    pub(super) fn next(&self, row: usize) -> Option<usize> {
        match &self.taken {
            None => Some(row).filter(|row| *row < self.count),
            Some(taken) => (row..self.count).find(|row| taken.is_valid(*row)),
        }
    }
}

/// The values of a chosen column, and the rows without nulls.
///
/// # Errors
///
/// Fails if the column is missing, or a value has no place in maps.
pub(crate) fn column_of(
    batch: &RecordBatch,
    chosen: &Chosen,
    rules: ColumnRules,
) -> Result<(Column, Option<NullBuffer>), BadCell> {
    let bad = |bad: BadRow| BadCell {
        row: bad.row,
        column: Some(chosen.path.join(".")),
        cause: bad.cause,
    };
    let missing = || {
        bad(BadRow {
            row: 0,
            cause: anyhow!("the column is missing"),
        })
    };
    let mut steps = chosen.path.iter();
    let first = steps.next().and_then(|name| batch.column_by_name(name));
    let mut array: ArrayRef = first.cloned().ok_or_else(missing)?;
    for step in steps {
        let outer = array.as_struct_opt().ok_or_else(missing)?;
        let inner = outer.column_by_name(step).ok_or_else(missing)?;
        array = match outer.nulls() {
            Some(nulls) => masked(inner, Some(nulls)).map_err(bad)?,
            None => inner.clone(),
        };
    }
    let built = build(&array, &chosen.schema, rules).map_err(bad)?;
    let valid = built.valid.filter(|valid| valid.null_count() > 0);
    Ok((built.column, valid))
}

fn null_at(row: usize, chosen: &Chosen, rules: ColumnRules, is_key: bool) -> BadCell {
    let cause = match (is_key, rules.nulls) {
        (true, _) => anyhow!("the key is null or has a null in it; --nulls skip leaves out such rows"),
        (false, Nulls::Keep) => {
            anyhow!("it has a null where its column says that there are none: the file is damaged")
        }
        (false, _) => anyhow!(
            "it is null or has a null in it; --nulls skip leaves out such rows, and --nulls keep makes values optional"
        ),
    };
    BadCell {
        row,
        column: Some(chosen.path.join(".")),
        cause,
    }
}

/// Puts the columns of a key or value together.
fn part_of(
    part: &Part,
    columns: Vec<(&'static str, Column)>,
    count: usize,
    taken: Option<&NullBuffer>,
) -> Result<Column, BadCell> {
    let column = match part.shape {
        Shape::Single => columns
            .into_iter()
            .next()
            .map_or(Column::Null, |(_, column)| column),
        Shape::Struct => Column::Struct(columns),
        Shape::Tuple => Column::Tuple(columns.into_iter().map(|(_, column)| column).collect()),
    };
    match part.target {
        None => Ok(column),
        Some(target) => convert(column, count, taken, target).map_err(|bad| BadCell {
            row: bad.row,
            column: match &*part.columns {
                [only] => Some(only.path.join(".")),
                _ => None,
            },
            cause: bad.cause,
        }),
    }
}

/// The key of a row.
#[derive(Debug, Clone)]
pub(super) struct RowKey(pub(super) Rc<Rows>, pub(super) usize);

/// The value of a row.
#[derive(Debug, Clone)]
pub(super) struct RowValue(pub(super) Rc<Rows>, pub(super) usize);

impl RowKey {
    fn cell(&self) -> Cell<'_> {
        Cell {
            column: &self.0.keys,
            row: self.1,
        }
    }
}

impl Serialize for RowKey {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.cell().serialize(serializer)
    }
}

impl Hash for RowKey {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.cell().hash(state);
    }
}

/// Keys are equal if their encodings are.
impl PartialEq for RowKey {
    fn eq(&self, other: &Self) -> bool {
        encoded_key(&self.0, self.1) == encoded_key(&other.0, other.1)
    }
}

impl Eq for RowKey {}

impl Serialize for RowValue {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Cell {
            column: &self.0.values,
            row: self.1,
        }
        .serialize(serializer)
    }
}

/// The key of a row as in a file.
pub(super) fn encoded_key(rows: &Rows, row: usize) -> Option<Vec<u8>> {
    let key = Cell {
        column: &rows.keys,
        row,
    };
    rmp_serde::to_vec(&key).ok()
}
