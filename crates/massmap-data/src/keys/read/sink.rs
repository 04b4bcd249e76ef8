//! Takes the keys that are read, and says where the wrong ones are.

use anyhow::anyhow;

use crate::excerpt;
use crate::input::error::{LocatedError, Place, Stop};
use crate::keys::batch::KeyPlace;
use crate::keys::parser::KeyParser;
use crate::keys::stream::{Keys, NotTaken};

/// The encoding of null.
pub(in crate::keys) const NULL: &[u8] = &[0xc0];

/// Takes keys of the type of a parser.
pub(in crate::keys) struct Sink<'a> {
    pub(in crate::keys) parser: &'a KeyParser,
    pub(in crate::keys) keys: &'a Keys,
    /// Whether rows may have null as their key, which no map has.
    pub(in crate::keys) allows_null: bool,
    /// About how many bytes of each row are kept elsewhere.
    pub(in crate::keys) row_bytes: usize,
}

impl Sink<'_> {
    /// Takes an encoded key, which is at `place` in the field `field`, and the row that it comes from.
    pub(in crate::keys) fn take(
        &self,
        key: &[u8],
        row: &[u8],
        place: &Place,
        field: Option<&str>,
    ) -> Result<(), Stop> {
        if let (NULL, false) = (key, self.parser.has_null()) {
            return self.take_null(row, place, field);
        }
        self.push(key, row, place, field)
    }

    /// Takes a row whose key is null, although none of the map is.
    pub(in crate::keys) fn take_null(
        &self,
        row: &[u8],
        place: &Place,
        field: Option<&str>,
    ) -> Result<(), Stop> {
        match self.allows_null {
            true => self.push(&[], row, place, field),
            false => {
                let cause = anyhow!(
                    "it is null, and keys of type {} are not: --missing skip leaves it out",
                    self.parser.type_name()
                );
                Err(wrong(place, field, cause))
            }
        }
    }

    fn push(&self, key: &[u8], row: &[u8], place: &Place, field: Option<&str>) -> Result<(), Stop> {
        match self.keys.push(key_place(place), row, key, self.row_bytes) {
            Ok(()) => Ok(()),
            Err(NotTaken::Cancelled(_)) => Err(Stop::Cancelled),
            Err(NotTaken::OutOfMemory(cause)) => Err(wrong(place, field, cause.into())),
        }
    }
}

fn key_place(place: &Place) -> KeyPlace {
    match place {
        Place { line: Some(line), .. } => KeyPlace::Line(*line),
        Place { row: Some(row), .. } => KeyPlace::Row(row.before + 1),
        Place { record, .. } => KeyPlace::Record(record.unwrap_or_default()),
    }
}

/// The error that what is at `place` in the field `field` is no key.
pub(in crate::keys) fn wrong(place: &Place, field: Option<&str>, cause: anyhow::Error) -> Stop {
    let place = Place {
        field: field.map(excerpt::beginning),
        ..place.clone()
    };
    Stop::Failed(LocatedError { place, cause })
}
