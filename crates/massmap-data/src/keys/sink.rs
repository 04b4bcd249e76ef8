//! Takes the keys that are read, and says where the wrong ones are.

use massmap::dynamic::Value;

use super::batch::KeyPlace;
use super::parser::KeyParser;
use super::stream::{Keys, NotTaken};
use crate::excerpt;
use crate::input::error::{LocatedError, Place, Stop};

/// Takes keys of the type of a parser.
pub(super) struct Sink<'a> {
    pub(super) parser: &'a KeyParser,
    pub(super) keys: &'a Keys,
}

impl Sink<'_> {
    /// Takes a key, which is at `place` in the field `field`, and the row that it comes from.
    pub(super) fn take(
        &self,
        key: &Value,
        row: &[u8],
        place: &Place,
        field: Option<&str>,
    ) -> Result<(), Stop> {
        let key_place = match (place.line, place.record) {
            (Some(line), _) => KeyPlace::Line(line),
            (None, record) => KeyPlace::Record(record.unwrap_or_default()),
        };
        let encode = |out: &mut Vec<u8>| self.parser.encode(key, out);
        match self.keys.push(key_place, row, encode) {
            Ok(()) => Ok(()),
            Err(NotTaken::Cancelled(_)) => Err(Stop::Cancelled),
            Err(NotTaken::Wrong(cause)) => Err(wrong(place, field, cause)),
        }
    }
}

/// The error that what is at `place` in the field `field` is no key.
pub(super) fn wrong(place: &Place, field: Option<&str>, cause: anyhow::Error) -> Stop {
    let place = Place {
        field: field.map(excerpt::beginning),
        ..place.clone()
    };
    Stop::Failed(LocatedError { place, cause })
}
