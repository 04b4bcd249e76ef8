//! MessagePack that takes no memory of its own.

use super::RecordCodec;
use super::error::{Failure, RecordError};
use crate::codec::encode::{Append, Error};

/// The most bytes of a [`ShortMessagePack`].
const MOST: usize = 64;

/// A short MessagePack value.
#[derive(Debug, Clone, Copy)]
pub struct ShortMessagePack {
    bytes: [u8; MOST],
    length: usize,
}

impl ShortMessagePack {
    /// The bytes of the value.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl Append for ShortMessagePack {
    #[inline]
    fn put_all(&mut self, piece: &[u8]) -> Result<(), Error> {
        let room = self.bytes.get_mut(self.length..);
        let place = room.and_then(|room| room.get_mut(..piece.len()));
        place.ok_or_else(Error::out_of_memory)?.copy_from_slice(piece);
        self.length += piece.len();
        Ok(())
    }
}

impl RecordCodec {
    /// The MessagePack that `record` stands for, like [`to_messagepack`](Self::to_messagepack), if it is short: that of any scalar
    /// is. Nothing is allocated.
    ///
    /// # Errors
    ///
    /// Those of [`check`](Self::check).
    #[inline]
    pub fn to_short_messagepack(&self, record: &[u8]) -> Result<Option<ShortMessagePack>, RecordError> {
        self.check_length(record)?;
        if record.len() > MOST {
            return Ok(None);
        }
        let mut short = ShortMessagePack {
            bytes: [0; MOST],
            length: 0,
        };
        match self.layout.write(record, &mut short) {
            Ok(()) => Ok(Some(short)),
            Err(Failure::Damaged(error)) => Err(error),
            Err(Failure::Output) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use massmap_format::{IntegerType, Schema};

    use super::*;

    #[test]
    fn short_messagepack_is_what_is_appended_and_longer_one_is_none() {
        let element = Schema::Integer(IntegerType::U64);
        for length in 0..12 {
            let codec = RecordCodec::new(&Schema::Tuple(vec![element.clone(); length])).unwrap();
            for number in [0, 200, u64::MAX] {
                let record = number.to_le_bytes().repeat(length);
                let mut long = Vec::new();
                codec.to_messagepack(&record, &mut long).unwrap();
                let short = codec.to_short_messagepack(&record).unwrap();
                match short {
                    Some(short) => assert_eq!(short.as_bytes(), long),
                    None => assert!(long.len() > MOST || record.len() > MOST, "{length} of {number}"),
                }
            }
        }
    }

    #[test]
    fn a_damaged_record_is_an_error() {
        let codec = RecordCodec::new(&Schema::Bool).unwrap();
        assert_eq!(
            codec.to_short_messagepack(&[1]).unwrap().unwrap().as_bytes(),
            b"\xc3"
        );
        assert!(matches!(
            codec.to_short_messagepack(&[2]).unwrap_err(),
            RecordError::NoBoolean { byte: 2 }
        ));
        assert!(matches!(
            codec.to_short_messagepack(&[]).unwrap_err(),
            RecordError::Length { .. }
        ));
    }
}
