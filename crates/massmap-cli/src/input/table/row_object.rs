//! Objects made of the cells of a table's rows.

use crate::input::json::error::Problem;
use crate::input::json::value::encode_text;
use crate::input::memory::{OutOfMemory, append};
use crate::types::encoded_json::Encoded;

/// Makes an object of each row, whose members are named like the columns.
///
/// The names are encoded once, in the order in which objects are stored: they can be longer than all cells together.
#[derive(Debug)]
pub(in crate::input) struct RowObject {
    /// The header of the map.
    header: Vec<u8>,
    /// Indexes of columns with their encoded names, sorted by name.
    members: Vec<(usize, Vec<u8>)>,
}

impl RowObject {
    /// Of all `columns` but the one with the index `key`; no two have the same name.
    ///
    /// # Errors
    ///
    /// Fails if there are too many columns, or a name is too long, for what an object can have.
    pub(in crate::input) fn new(columns: &[String], key: usize) -> Result<Self, Problem> {
        let mut columns: Vec<_> = (0..).zip(columns).filter(|(index, _)| *index != key).collect();
        columns.sort_unstable_by_key(|(_, name)| *name);
        let mut header = Vec::new();
        let count = u32::try_from(columns.len()).map_err(|_| Problem::TooLarge)?;
        rmp::encode::write_map_len(&mut header, count).expect("a vector takes every byte");
        let members = columns.into_iter().map(|(index, name)| {
            let mut encoded = Vec::new();
            encode_text(name, &mut encoded)?;
            Ok::<_, Problem>((index, encoded))
        });
        Ok(Self {
            header,
            members: members.collect::<Result<_, _>>()?,
        })
    }

    /// The object of a row, of which `cell` puts the value in the column with an index, encoded, at the end of a buffer.
    ///
    /// # Errors
    ///
    /// Those of `cell`, and one of `no_room` if memory has none for a name, which is told with the index of its column.
    pub(in crate::input) fn of_row<E>(
        &self,
        mut cell: impl FnMut(usize, &mut Vec<u8>) -> Result<(), E>,
        no_room: impl Fn(usize, OutOfMemory) -> E,
    ) -> Result<Encoded, E> {
        let mut out = self.header.clone();
        for (index, name) in &self.members {
            append(&mut out, name).map_err(|error| no_room(*index, error))?;
            cell(*index, &mut out)?;
        }
        Ok(Encoded::new(out.into()))
    }
}
