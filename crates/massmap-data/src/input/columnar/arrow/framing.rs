//! The messages of Arrow IPC.
//!
//! What they claim is checked here, before the crate `arrow-ipc` takes memory for it.

use std::io::Read;

use anyhow::{Context, anyhow, bail, ensure};
use arrow_ipc::{Block, Message, MessageHeader, RecordBatch, root_as_message};

use crate::input::source::positioned::PositionedFile;

/// Begins a file. Six bytes, and two that align.
pub(super) const MAGIC: [u8; 8] = *b"ARROW1\0\0";

/// In front of the length of a message, in all but old streams.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// A buffer that takes more than `--max-record` allows must not be compressed better than this: what is even shorter looks like an
/// attack on the memory.
const LARGEST_RATIO: u64 = 1024;

/// A message.
pub(super) struct Framed {
    /// Its header with the length in front, and its body.
    pub(super) bytes: Vec<u8>,
    /// Length of the header with the length in front.
    pub(super) header_length: usize,
}

impl Framed {
    /// Reads a message; `None` at the end of the stream.
    ///
    /// # Errors
    ///
    /// Fails if it ends early or is none.
    pub(super) fn read(text: &mut impl Read) -> anyhow::Result<Option<Self>> {
        let mut bytes = Vec::new();
        append(text, 4, &mut bytes)?;
        if bytes.is_empty() {
            // Streams may end without a mark.
            return Ok(None);
        }
        if bytes == CONTINUATION {
            append(text, 4, &mut bytes)?;
        }
        let length = bytes
            .last_chunk()
            .copied()
            .context("it ends in the length of a message")?;
        let length = match u32::from_le_bytes(length) {
            0 => return Ok(None),
            length => u64::from(length),
        };
        let header_length = bytes.len() as u64 + length;
        append(text, length, &mut bytes)?;
        ensure!(
            bytes.len() as u64 == header_length,
            "it ends in a message: it is truncated"
        );
        let mut framed = Self {
            header_length: bytes.len(),
            bytes,
        };
        let body =
            u64::try_from(framed.message()?.bodyLength()).context("the length of a message is negative")?;
        append(text, body, &mut framed.bytes)?;
        ensure!(
            framed.bytes.len() as u64 == header_length.saturating_add(body),
            "it ends in a message: it is truncated"
        );
        Ok(Some(framed))
    }

    /// Reads the message of a block of a file.
    ///
    /// # Errors
    ///
    /// Fails if it is beyond the end of the file, or is none.
    pub(super) fn read_block(file: &PositionedFile, block: &Block) -> anyhow::Result<Self> {
        let lengths = usize::try_from(block.metaDataLength())
            .ok()
            .zip(usize::try_from(block.bodyLength()).ok())
            .and_then(|(header, body)| Some((header, header.checked_add(body)?)));
        let (header_length, length) = lengths.context("the length of a message is damaged")?;
        let offset = u64::try_from(block.offset()).context("the offset of a message is negative")?;
        let mut bytes = Vec::new();
        file.read_into(offset, length, &mut bytes)?;
        Ok(Self { bytes, header_length })
    }

    /// The header.
    pub(super) fn message(&self) -> anyhow::Result<Message<'_>> {
        let start = match self.bytes.starts_with(&CONTINUATION) {
            true => 8,
            false => 4,
        };
        let header = self.bytes.get(start..self.header_length).unwrap_or_default();
        root_as_message(header).map_err(|_| anyhow!("the header of a message is damaged"))
    }

    /// Checks that the buffers of a batch take as much memory as can be meant.
    ///
    /// # Errors
    ///
    /// Fails if they are not within the message, or claim to be much longer once decompressed than they can be.
    pub(super) fn check_buffers(&self, max_record: u64) -> anyhow::Result<()> {
        let message = self.message()?;
        let batch = match message.header_type() {
            MessageHeader::RecordBatch => message.header_as_record_batch(),
            MessageHeader::DictionaryBatch => message
                .header_as_dictionary_batch()
                .and_then(|batch| batch.data()),
            _ => return Ok(()),
        };
        let batch = batch.context("a message is damaged")?;
        let body = self.bytes.get(self.header_length..).unwrap_or_default();
        check(&batch, body, max_record)
    }
}

fn check(batch: &RecordBatch<'_>, body: &[u8], max_record: u64) -> anyhow::Result<()> {
    ensure!(batch.length() >= 0, "the number of rows of a batch is negative");
    let is_compressed = batch.compression().is_some();
    for buffer in batch.buffers().into_iter().flatten() {
        let range = usize::try_from(buffer.offset())
            .ok()
            .zip(usize::try_from(buffer.length()).ok())
            .and_then(|(start, length)| Some(start..start.checked_add(length)?));
        let bytes = range
            .and_then(|range| body.get(range))
            .context("a buffer is beyond its message")?;
        if !is_compressed || bytes.is_empty() {
            continue;
        }
        let (claimed, compressed) = bytes
            .split_first_chunk()
            .context("a compressed buffer has no length")?;
        // -1 stands for a buffer that is not compressed.
        let claimed = u64::try_from(i64::from_le_bytes(*claimed)).unwrap_or(0);
        ensure!(
            claimed <= max_record || claimed / LARGEST_RATIO <= compressed.len() as u64,
            "a buffer of {} bytes claims to have {claimed} once decompressed, as damaged ones do; --max-record allows so many",
            compressed.len()
        );
    }
    Ok(())
}

/// Appends up to `count` bytes. Takes no more memory than there are.
fn append(text: &mut impl Read, count: u64, out: &mut Vec<u8>) -> anyhow::Result<()> {
    if let Err(error) = text.take(count).read_to_end(out) {
        bail!(crate::input::error::unreadable(error));
    }
    Ok(())
}
