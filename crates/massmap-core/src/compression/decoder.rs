//! Decompressing values.

use std::fmt;
use std::io::Cursor;
use std::sync::Arc;

use massmap_format::{FormatError, StoredFrame, StoredValue, Walker};
use zstd_safe::{DCtx, DDict, WriteBuf};

use super::error::ValueError;
use super::thread::{ThreadState, with_state};
use crate::ReadError;
use crate::codec::{reserve, reserve_exact};

/// Decompresses the values of a file. Its dictionary is prepared once, for all threads.
///
/// What comes out is bounded before memory is taken for it: a value is at most [`StoredValue::MAX_EXPANSION`] times as long as its
/// stored bytes, and exactly as long as these say.
#[derive(Clone)]
pub struct ValueDecoder {
    dictionary: Arc<DDict<'static>>,
}

impl ValueDecoder {
    /// The decoder of a file with this dictionary, which may be empty.
    ///
    /// # Errors
    ///
    /// [`FormatError::CompressionDescription`] if it is damaged.
    pub fn new(dictionary: &[u8]) -> Result<Self, ReadError> {
        let dictionary = DDict::try_create(dictionary).ok_or(FormatError::CompressionDescription {
            problem: "has a dictionary that cannot be used",
        })?;
        Ok(Self {
            dictionary: Arc::new(dictionary),
        })
    }

    /// Calls `f` with the MessagePack of a stored value.
    ///
    /// # Errors
    ///
    /// [`ValueError`].
    pub fn with_value<T>(&self, stored: &[u8], f: impl FnOnce(&[u8]) -> T) -> Result<T, ValueError> {
        match StoredValue::decode(stored)? {
            StoredValue::Plain(value) => {
                check_value(value)?;
                Ok(f(value))
            }
            StoredValue::Frame(frame) => with_state(|ThreadState { context, buffer }| {
                buffer.clear();
                // Not twice the capacity: the buffer is the thread's, for values of all lengths.
                reserve_exact(buffer, frame.length)?;
                self.decompress(context, &frame, buffer)?;
                check_value(buffer)?;
                Ok(f(buffer))
            }),
        }
    }

    /// Appends the MessagePack of a stored value to `out`.
    ///
    /// # Errors
    ///
    /// [`ValueError`]. `out` may then end with a part of the value.
    pub fn append(&self, stored: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
        match StoredValue::decode(stored)? {
            StoredValue::Plain(value) => {
                check_value(value)?;
                reserve(out, value.len())?;
                out.extend_from_slice(value);
            }
            StoredValue::Frame(frame) => {
                let start = out.len();
                reserve(out, frame.length)?;
                let mut end = Cursor::new(&mut *out);
                end.set_position(start as u64);
                with_state(|state| self.decompress(&mut state.context, &frame, &mut end))?;
                check_value(out.get(start..).unwrap_or_default())?;
            }
        }
        Ok(())
    }

    /// Checks everything about a stored value that can be checked without its type.
    ///
    /// # Errors
    ///
    /// [`ValueError`].
    pub fn check(&self, stored: &[u8]) -> Result<(), ValueError> {
        self.with_value(stored, |_| ())?;
        match StoredValue::decode(stored)? {
            StoredValue::Frame(frame) if frame.padding.iter().any(|byte| *byte != 0) => Err(
                ValueError::damaged("bytes behind a compressed value are not zero"),
            ),
            _ => Ok(()),
        }
    }

    /// Decompresses a frame into `out`, which has room for it.
    fn decompress(
        &self,
        context: &mut DCtx<'static>,
        frame: &StoredFrame<'_>,
        out: &mut impl WriteBuf,
    ) -> Result<(), ValueError> {
        match context.decompress_using_ddict(out, frame.bytes, &self.dictionary) {
            Ok(length) if length == frame.length => Ok(()),
            Ok(length) => Err(ValueError::damaged(format!(
                "the compressed value has {length} bytes, but says that it has {}",
                frame.length
            ))),
            Err(code) => Err(ValueError::damaged(format!(
                "the value cannot be decompressed: {}",
                zstd_safe::get_error_name(code)
            ))),
        }
    }
}

/// Checks that `bytes` are one MessagePack value within the limits of the format.
fn check_value(bytes: &[u8]) -> Result<(), ValueError> {
    let mut walker = Walker::new(bytes);
    walker.value()?;
    walker.finish()?;
    Ok(())
}

impl fmt::Debug for ValueDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValueDecoder").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use zstd_safe::{CCtx, CParameter, FrameFormat};

    use super::*;

    /// A string, as MessagePack.
    fn text(length: usize) -> Vec<u8> {
        rmp_serde::to_vec(&"a value that repeats itself, ".repeat(length / 29 + 1)[..length]).unwrap()
    }

    fn frame(value: &[u8], dictionary: &[u8]) -> Vec<u8> {
        let mut context = CCtx::create();
        for parameter in [
            CParameter::Format(FrameFormat::Magicless),
            CParameter::DictIdFlag(false),
        ] {
            context.set_parameter(parameter).unwrap();
        }
        context.load_dictionary(dictionary).unwrap();
        let mut frame = Vec::with_capacity(zstd_safe::compress_bound(value.len()));
        context.compress2(&mut frame, value).unwrap();
        frame
    }

    fn stored(value: &[u8], dictionary: &[u8]) -> Vec<u8> {
        let mut stored = Vec::new();
        StoredValue::encode_frame(&frame(value, dictionary), value.len(), &mut stored);
        stored
    }

    #[test]
    fn values_come_back_whatever_their_length() {
        let dictionary = b"a value that repeats itself, a value".repeat(3);
        for dictionary in [&b""[..], &dictionary] {
            let decoder = ValueDecoder::new(dictionary).unwrap();
            let mut all = b"before".to_vec();
            let mut expected = all.clone();
            for length in [0, 1, 40, 200, 300, 5_000, 70_000, 3_000_000] {
                let value = text(length);
                let mut plain = Vec::new();
                StoredValue::encode_plain(&value, &mut plain);
                for stored in [stored(&value, dictionary), plain] {
                    assert!(decoder.with_value(&stored, |found| found == value).unwrap());
                    decoder.append(&stored, &mut all).unwrap();
                    decoder.check(&stored).unwrap();
                    expected.extend_from_slice(&value);
                }
            }
            assert!(all == expected);
        }
    }

    #[test]
    fn lookups_within_lookups_have_contexts_of_their_own() {
        let decoder = ValueDecoder::new(b"").unwrap();
        let (outer, inner) = (stored(&text(1000), b""), stored(&text(2000), b""));
        let lengths = decoder.with_value(&outer, |outer| {
            let inner = decoder.with_value(&inner, <[u8]>::len).unwrap();
            (outer.len(), inner, outer == text(1000))
        });
        assert_eq!(lengths.unwrap(), (1003, 2003, true));
    }

    #[test]
    fn damaged_frames_are_errors_and_never_other_lengths() {
        let decoder = ValueDecoder::new(b"").unwrap();
        let value: Vec<u8> = (0..500u32)
            .flat_map(|i| [0xcd, (i * i % 251) as u8, (i % 7) as u8])
            .collect();
        let value = [&[0xdc, 1, 0xf4][..], &value].concat();
        let stored = stored(&value, b"");
        let mut errors = 0;
        for bit in 0..8 * stored.len() {
            let mut damaged = stored.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let mut out = Vec::new();
            match decoder.append(&damaged, &mut out) {
                Ok(()) => assert_eq!(out.len(), value.len()),
                Err(ValueError::Damaged { .. }) => errors += 1,
                Err(error) => panic!("{error}"),
            }
            assert!(out.capacity() <= 64 * stored.len());
        }
        assert!(errors > 100, "{errors}");
        for end in 0..stored.len() {
            decoder.check(&stored[..end]).unwrap_err();
        }
        decoder.check(&[&stored[..], b"\0"].concat()).unwrap();
        let error = decoder.check(&[&stored[..], b"\0\x01"].concat()).unwrap_err();
        assert!(error.to_string().contains("not zero"), "{error}");
        // A second frame is not decoded.
        let twice = [&stored[..], &stored].concat();
        assert!(decoder.with_value(&twice, |found| found == value).unwrap());
        decoder.check(&twice).unwrap_err();
    }

    #[test]
    fn what_is_decompressed_must_be_one_value() {
        let decoder = ValueDecoder::new(b"").unwrap();
        let nested = vec![0x91; 200];
        for value in [&b"\x01\x01"[..], b"\xa5abc", b"\xc1", &nested] {
            let mut plain = Vec::new();
            StoredValue::encode_plain(value, &mut plain);
            for stored in [stored(value, b""), plain] {
                let error = decoder.with_value(&stored, |_| ()).unwrap_err();
                assert!(matches!(error, ValueError::Damaged { .. }), "{error}");
                decoder.append(&stored, &mut Vec::new()).unwrap_err();
            }
        }
    }

    #[test]
    fn with_another_dictionary_nothing_is_taken_for_the_value() {
        let value = text(300);
        let dictionary = b"a value that repeats itself, a value".repeat(3);
        let stored = stored(&value, &dictionary);
        let other = ValueDecoder::new(&vec![b'x'; dictionary.len()]).unwrap();
        // The frame does not tell: the section of the dictionary has a checksum.
        assert!(!other.with_value(&stored, |found| found == value).unwrap_or(false));
        // A dictionary with tables that are damaged.
        let error =
            ValueDecoder::new(b"\x37\xa4\x30\xec\x01\0\0\0damaged, since no tables follow").unwrap_err();
        assert!(error.to_string().contains("dictionary"), "{error}");
    }
}
