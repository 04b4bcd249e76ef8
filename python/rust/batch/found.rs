//! Values that were found, until they are what the caller wants.

use massmap::Result;

use super::keys::Keys;

/// The values of keys in MessagePack, by the numbers of these.
#[derive(Debug)]
pub(super) struct Found {
    bytes: Vec<u8>,
    /// Where the value of each key begins and ends, if it was found.
    places: Vec<Option<(usize, usize)>>,
}

impl Found {
    /// Looks keys up.
    pub(super) fn look_up(keys: &Keys<'_>) -> Result<Self> {
        let mut bytes = Vec::new();
        let mut places = vec![None; keys.len()];
        keys.find(|number, value| {
            let start = bytes.len();
            value.with_messagepack(|value| bytes.extend_from_slice(value))?;
            places[number] = Some((start, bytes.len()));
            Ok(())
        })?;
        Ok(Self { bytes, places })
    }

    /// The value of each key, in their order.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Option<&[u8]>> {
        let places = self.places.iter();
        places.map(|place| place.map(|(start, end)| &self.bytes[start..end]))
    }
}
