//! Records: keys and values that all take the same number of bytes, `FORMAT.md` section 2.4.

mod deserialize;
mod error;
mod input;
mod layout;
mod place;
mod scalar;
mod short;
mod transcode;

#[cfg(test)]
mod tests;

pub(crate) use deserialize::{ShortKey, ShortKeys, is_short};
pub use error::RecordError;
pub use short::ShortMessagePack;

use massmap_format::{EntryTypes, RawEntry, Schema};
use rmp_serde::decode::Error as DecodeError;
use serde::Deserialize;

use super::memory::reserve;
use deserialize::Record;
use input::Input;
use layout::Layout;
use place::Place;

/// Reads and writes the entries of a file in which all keys take the same number of bytes, and all values.
#[derive(Debug, Clone)]
pub struct EntryCodec {
    /// The codec of the keys.
    pub key: RecordCodec,
    /// The codec of the values.
    pub value: RecordCodec,
}

impl EntryCodec {
    /// The codec of entries of these types; `None` unless all have the [same widths](EntryTypes::widths).
    #[must_use]
    pub fn new(types: &EntryTypes) -> Option<Self> {
        types.widths()?;
        Some(Self {
            key: RecordCodec::new(&types.key)?,
            value: RecordCodec::new(&types.value)?,
        })
    }

    /// Appends the records of an entry that is encoded as MessagePack.
    ///
    /// # Errors
    ///
    /// Those of [`RecordCodec::to_record`].
    #[inline]
    pub fn to_record(&self, entry: &RawEntry<'_>, out: &mut Vec<u8>) -> Result<(), RecordError> {
        self.key.to_record(entry.key, out)?;
        self.value.to_record(entry.value, out)
    }

    /// Writes the records of an entry that is encoded as MessagePack to `place`, which has their length.
    ///
    /// # Errors
    ///
    /// Those of [`RecordCodec::write_record`].
    #[inline]
    pub fn write_record(&self, entry: &RawEntry<'_>, place: &mut [u8]) -> Result<(), RecordError> {
        let (key, value) = place.split_at_mut_checked(self.key.width).unwrap_or_default();
        self.key.write_record(entry.key, key)?;
        self.value.write_record(entry.value, value)
    }
}

/// Reads and writes the records of a schema.
///
/// ```
/// use massmap_core::codec::RecordCodec;
/// use massmap_format::{IntegerType, Schema};
///
/// let schema = Schema::Tuple(vec![Schema::Integer(IntegerType::U32), Schema::Bool]);
/// let codec = RecordCodec::new(&schema).expect("these have one width");
/// let mut record = Vec::new();
/// codec.to_record(b"\x92\x07\xc3", &mut record)?;
/// assert_eq!(record, [7, 0, 0, 0, 1]);
/// assert_eq!(codec.decode::<(u32, bool)>(&record)?, (7, true));
///
/// let mut encoded = Vec::new();
/// codec.to_messagepack(&record, &mut encoded)?;
/// assert_eq!(encoded, b"\x92\x07\xc3");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct RecordCodec {
    layout: Layout,
    width: usize,
    /// Whether some bytes of this length are no record.
    can_be_damaged: bool,
}

impl RecordCodec {
    /// The codec of the values of `schema`; `None` unless all take the same number of bytes.
    #[must_use]
    pub fn new(schema: &Schema) -> Option<Self> {
        schema.fixed_width()?;
        let layout = Layout::new(schema)?;
        Some(Self {
            width: usize::try_from(layout.width()).ok()?,
            can_be_damaged: layout.can_be_damaged(),
            layout,
        })
    }

    /// Number of bytes of a record.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Appends the record of `encoded`, a MessagePack value, to `out`.
    ///
    /// # Errors
    ///
    /// [`RecordError::Mismatch`] if it does not have the type of the records, [`RecordError::OutOfMemory`]. `out` may then end with a
    /// part of the record.
    pub fn to_record(&self, encoded: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
        reserve(out, self.width)?;
        let start = out.len();
        out.resize(start + self.width, 0);
        self.write_record(encoded, out.get_mut(start..).unwrap_or_default())
    }

    /// Writes the record of `encoded`, a MessagePack value, to `place`, which has its length.
    ///
    /// # Errors
    ///
    /// [`RecordError::Mismatch`] if it does not have the type of the records, [`RecordError::Length`] if `place` has another length.
    /// `place` may then hold a part of the record.
    #[inline]
    pub fn write_record(&self, encoded: &[u8], place: &mut [u8]) -> Result<(), RecordError> {
        match self.layout {
            Layout::Scalar(scalar) if scalar.write_large(encoded, place).is_some() => Ok(()),
            _ => self.write_parts(encoded, place),
        }
    }

    fn write_parts(&self, encoded: &[u8], place: &mut [u8]) -> Result<(), RecordError> {
        self.check_length(place)?;
        let mut input = Input::new(encoded);
        self.layout.read(&mut input, &mut Place::new(place))?;
        match input.is_empty() {
            true => Ok(()),
            false => Err(input.mismatch("the end")),
        }
    }

    /// Copies `record` to `place`, which has its length.
    ///
    /// # Errors
    ///
    /// Those of [`check`](Self::check); [`RecordError::Length`] if `place` has another length.
    #[inline]
    pub fn copy_record(&self, record: &[u8], place: &mut [u8]) -> Result<(), RecordError> {
        self.check(record)?;
        self.check_length(place)?;
        place.copy_from_slice(record);
        Ok(())
    }

    /// Appends the MessagePack that `record` stands for to `out`: what builders encode such a value as.
    ///
    /// # Errors
    ///
    /// Those of [`check`](Self::check), [`RecordError::OutOfMemory`]. `out` may then end with a part of the value.
    pub fn to_messagepack(&self, record: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
        self.check_length(record)?;
        self.layout.encode(record, out)
    }

    /// Decodes a record into a value, which may borrow from it.
    ///
    /// The value is what decoding the MessagePack would give, but that structs are decoded by the names of their fields, in any
    /// order.
    ///
    /// # Errors
    ///
    /// The error of the decoder.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn decode<'de, T: Deserialize<'de>>(&self, record: &'de [u8]) -> Result<T, DecodeError> {
        if let Some(number) = self.layout.number(record) {
            return Ok(number);
        }
        self.check_length(record)?;
        T::deserialize(Record {
            layout: &self.layout,
            bytes: record,
        })
    }

    /// Checks that `record` is a record of the schema.
    ///
    /// # Errors
    ///
    /// [`RecordError::Length`], [`RecordError::NoBoolean`] or [`RecordError::NoCharacter`].
    #[inline]
    pub fn check(&self, record: &[u8]) -> Result<(), RecordError> {
        self.check_length(record)?;
        match self.can_be_damaged {
            true => self.layout.check(record),
            false => Ok(()),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn check_length(&self, record: &[u8]) -> Result<(), RecordError> {
        match record.len() == self.width {
            true => Ok(()),
            false => Err(self.wrong_length(record)),
        }
    }

    #[cold]
    fn wrong_length(&self, record: &[u8]) -> RecordError {
        RecordError::Length {
            found: record.len(),
            expected: self.width,
        }
    }
}
