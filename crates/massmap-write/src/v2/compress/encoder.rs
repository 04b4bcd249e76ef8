//! Compressing single values.

use std::fmt;
use std::sync::Arc;

use massmap_core::codec::{reserve, reserve_exact};
use massmap_format::StoredValue;
use zstd_safe::zstd_sys::ZSTD_ErrorCode;
use zstd_safe::{CCtx, CDict, CParameter, ErrorCode, FrameFormat};

use crate::error::WriteError;

/// Shorter values are stored as they are: a frame alone takes some of these bytes.
const SHORTEST: usize = 16;

/// The version of the library.
pub(super) fn version() -> u32 {
    zstd_safe::version_number()
}

/// A dictionary of at most `size` bytes made from samples, which lie one behind the other and have these lengths. `None` if the library
/// cannot make one, as from few samples.
pub(super) fn train(samples: &[u8], lengths: &[usize], size: usize) -> Option<Vec<u8>> {
    let mut dictionary = Vec::with_capacity(size);
    zstd_safe::train_from_buffer(&mut dictionary, samples, lengths).ok()?;
    Some(dictionary)
}

/// The error of the library if the frame would be longer than the room for it.
const TOO_LONG: ErrorCode = (ZSTD_ErrorCode::ZSTD_error_dstSize_tooSmall as ErrorCode).wrapping_neg();

fn failed(code: ErrorCode) -> WriteError {
    WriteError::Compression {
        problem: zstd_safe::get_error_name(code),
    }
}

/// Compresses values with a dictionary, which is prepared once, for all threads.
#[derive(Clone)]
pub(super) struct ValueEncoder {
    dictionary: Option<Arc<CDict<'static>>>,
    level: i32,
}

impl ValueEncoder {
    /// An encoder with this dictionary, which may be empty.
    pub(super) fn new(dictionary: &[u8], level: i32) -> Result<Self, WriteError> {
        let prepare = || CDict::try_create(dictionary, level).ok_or(WriteError::UnusableDictionary);
        Ok(Self {
            dictionary: match dictionary {
                [] => None,
                _ => Some(Arc::new(prepare()?)),
            },
            level,
        })
    }

    /// What a thread needs to compress values.
    pub(super) fn context(&self) -> Result<EncoderContext, WriteError> {
        let mut context = CCtx::try_create().ok_or(WriteError::Compression {
            problem: "not enough memory",
        })?;
        let parameters = [
            CParameter::CompressionLevel(self.level),
            // Neither the magic number nor the dictionary's identifier differs between the values of a file.
            CParameter::Format(FrameFormat::Magicless),
            CParameter::DictIdFlag(false),
        ];
        for parameter in parameters {
            context.set_parameter(parameter).map_err(failed)?;
        }
        if let Some(dictionary) = &self.dictionary {
            context.ref_cdict(dictionary).map_err(failed)?;
        }
        Ok(EncoderContext {
            context,
            frame: Vec::new(),
            _dictionary: self.dictionary.clone(),
        })
    }
}

impl fmt::Debug for ValueEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValueEncoder")
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}

/// A context of the library, with the parameters of an encoder.
pub(super) struct EncoderContext {
    context: CCtx<'static>,
    /// For a frame, at its beginning.
    frame: Vec<u8>,
    /// The context refers to it.
    _dictionary: Option<Arc<CDict<'static>>>,
}

impl EncoderContext {
    /// Appends the stored form of `value` to `out`: compressed if that takes at most 7/8 of the bytes.
    pub(super) fn encode(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<(), WriteError> {
        let out_of_memory = |error| WriteError::out_of_memory(None, error);
        if value.len() >= SHORTEST {
            let room = value.len() / 8 * 7;
            if self.frame.len() < room {
                let more = room - self.frame.len();
                reserve_exact(&mut self.frame, more).map_err(out_of_memory)?;
                self.frame.resize(room, 0);
            }
            // The library gives up on values that do not fit. Its result may depend on the room, which depends on the value alone.
            let frame = self.frame.get_mut(..room).unwrap_or_default();
            let is_possible = u32::try_from(value.len()).is_ok_and(|length| length < u32::MAX);
            match self.context.compress2(frame, value) {
                Ok(length) if is_possible => {
                    let frame = self.frame.get(..length).unwrap_or_default();
                    reserve(out, StoredValue::encoded_length(length, value.len())).map_err(out_of_memory)?;
                    StoredValue::encode_frame(frame, value.len(), out);
                    return Ok(());
                }
                Ok(_) | Err(TOO_LONG) => {}
                // Not taken for a value that does not get shorter: the bytes of the file would depend on the memory there is.
                Err(code) => return Err(failed(code)),
            }
        }
        reserve(out, value.len() + 1).map_err(out_of_memory)?;
        StoredValue::encode_plain(value, out);
        Ok(())
    }
}
