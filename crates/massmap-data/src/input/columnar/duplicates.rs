//! Finds the rows that have a key.

use super::files::ColumnarInput;
use super::rows::encoded_key;
use crate::input::error::Place;
use crate::input::settings::InputSettings;
use crate::input::source::origin::Origin;

/// Finds a row whose key is encoded as `key`, after skipping `skip` of them. `None` if the inputs cannot be read again up to there.
pub(in crate::input) fn find_key<'a>(
    settings: &'a InputSettings,
    key: &[u8],
    mut skip: u64,
) -> Option<(&'a Origin, Place)> {
    let rereadable = settings.sources.iter();
    let rereadable = rereadable.filter(|source| source.origin.is_rereadable());
    let mut again = settings.clone();
    again.sources = rereadable.clone().cloned().collect();
    let input = ColumnarInput::open(&again, &std::sync::Arc::default()).ok()?;
    for source in rereadable {
        let mut found = None;
        let read = input.each_key(source, |rows, row, place| {
            if encoded_key(rows, row).as_deref() != Some(key) {
                return true;
            }
            match skip.checked_sub(1) {
                Some(left) => {
                    skip = left;
                    true
                }
                None => {
                    found = Some(place);
                    false
                }
            }
        });
        match (found, read) {
            (Some(place), _) => return Some((&source.origin, place)),
            (None, Ok(())) => {}
            (None, Err(_)) => return None,
        }
    }
    None
}
