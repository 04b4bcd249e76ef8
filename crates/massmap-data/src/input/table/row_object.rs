//! Makes objects from the rows of a table.

use crate::input::json::error::Problem;
use crate::input::json::value::encode_text;
use crate::input::memory::{OutOfMemory, append};
use crate::types::encoded_json::EncodedJson;

/// Makes an object from each row. Its members have the names of the columns.
///
/// The names are encoded once, in the order of stored objects: they may be longer than all cells together.
#[derive(Debug)]
pub(in crate::input) struct RowObject {
    /// The header of the MessagePack map.
    header: Vec<u8>,
    /// Indices of columns with their encoded names, sorted by name.
    members: Vec<(usize, Vec<u8>)>,
}

impl RowObject {
    /// Objects of all `columns` but those with the indices `key`. Their names must be distinct.
    ///
    /// # Errors
    ///
    /// Fails if there are too many columns for an object, or a name is too long.
    pub(in crate::input) fn new(columns: &[String], key: &[usize]) -> Result<Self, Problem> {
        let mut columns: Vec<_> = (0..)
            .zip(columns)
            .filter(|(index, _)| !key.contains(index))
            .collect();
        columns.sort_unstable_by_key(|(_, name)| *name);
        let mut header = Vec::new();
        let count = u32::try_from(columns.len()).map_err(|_| Problem::TooLarge)?;
        rmp::encode::write_map_len(&mut header, count).expect("writing to a vector cannot fail");
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

    /// Makes the object of a row. `cell` appends the encoded value of the column with the given index to a buffer.
    ///
    /// # Errors
    ///
    /// Those of `cell`, and that of `out_of_memory` if memory is too small for the name of the column with the given index.
    pub(in crate::input) fn of_row<E>(
        &self,
        mut cell: impl FnMut(usize, &mut Vec<u8>) -> Result<(), E>,
        out_of_memory: impl Fn(usize, OutOfMemory) -> E,
    ) -> Result<EncodedJson, E> {
        let mut out = self.header.clone();
        for (index, name) in &self.members {
            append(&mut out, name).map_err(|error| out_of_memory(*index, error))?;
            cell(*index, &mut out)?;
        }
        Ok(EncodedJson::new(out.into()))
    }
}
