//! Finds the rows that have a key.

use std::sync::Arc;

use massmap::dynamic::StaticSchema;

use super::batches::Flow;
use super::files::{ColumnarInput, LikeInput};
use super::rows::encoded_key;
use crate::input::error::{LocatedError, Place};
use crate::input::settings::{InputSettings, Source};
use crate::input::source::origin::Origin;
use crate::schemas::EntrySchemas;

/// What the keys are; `None` if the inputs cannot be read again.
pub(in crate::input) fn key_schema(settings: &InputSettings) -> Option<StaticSchema> {
    let input = ColumnarInput::open(&again(settings), &Arc::default(), None).ok()?;
    Some(StaticSchema::new(input.key_schema()))
}

/// Finds a row whose key is encoded as `key`, after skipping `skip` of them. `None` if the inputs cannot be read again up to there.
pub(in crate::input) fn find_key<'a>(
    settings: &'a InputSettings,
    key: &[u8],
    skip: u64,
) -> Option<(&'a Origin, Place)> {
    let input = ColumnarInput::open(&again(settings), &Arc::default(), None).ok()?;
    let mut search = Search { skip, found: None };
    search.in_files(settings, |source, search| {
        input.each_key(source, |rows, row, place| {
            encoded_key(rows, row).as_deref() != Some(key) || search.goes_on(place)
        })
    })
}

/// The same for entries like those of a map.
pub(in crate::input) fn find_key_like<'a>(
    settings: &'a InputSettings,
    schemas: &EntrySchemas,
    key: &[u8],
    skip: u64,
) -> Option<(&'a Origin, Place)> {
    let input = LikeInput::open(&again(settings), schemas, &Arc::default(), None).ok()?;
    let mut search = Search { skip, found: None };
    search.in_files(settings, |source, search| {
        let read = input.each_key(source, |(found, _), place| {
            match found.as_bytes() != key || search.goes_on(place) {
                true => Flow::Continue,
                false => Flow::Stop,
            }
        });
        read.map(|_| ())
    })
}

/// The settings with those inputs that can be read again.
fn again(settings: &InputSettings) -> InputSettings {
    let mut again = settings.clone();
    again.sources.retain(|source| source.origin.is_rereadable());
    again
}

struct Search {
    /// How many more rows with the key are skipped.
    skip: u64,
    found: Option<Place>,
}

impl Search {
    /// Takes note of a row with the key. Returns whether the search goes on.
    fn goes_on(&mut self, place: Place) -> bool {
        match self.skip.checked_sub(1) {
            Some(left) => {
                self.skip = left;
                true
            }
            None => {
                self.found = Some(place);
                false
            }
        }
    }

    /// Has `read` read the inputs until it finds the key.
    fn in_files<'a>(
        &mut self,
        settings: &'a InputSettings,
        mut read: impl FnMut(&Source, &mut Self) -> Result<(), LocatedError>,
    ) -> Option<(&'a Origin, Place)> {
        let sources = settings.sources.iter();
        for source in sources.filter(|source| source.origin.is_rereadable()) {
            let read = read(source, self);
            match (self.found.take(), read) {
                (Some(place), _) => return Some((&source.origin, place)),
                (None, Ok(())) => {}
                (None, Err(_)) => return None,
            }
        }
        None
    }
}
