//! Decompresses pages.
//!
//! Done here and not by the crate `parquet`, so that no more memory is touched than the page really has.

use std::io::{self, Read};

use anyhow::{Context, anyhow, bail, ensure};
use parquet::basic::Compression;

use crate::input::memory::reserve;

/// Decompresses the pages of a column chunk.
pub(super) struct Decompressor {
    codec: Compression,
    zstd: Option<zstd::bulk::Decompressor<'static>>,
}

impl Decompressor {
    pub(super) fn new(codec: Compression) -> Self {
        Self { codec, zstd: None }
    }

    /// Whether pages are compressed.
    pub(super) fn is_needed(&self) -> bool {
        self.codec != Compression::UNCOMPRESSED
    }

    /// Appends the decompressed `page`, which has `length` bytes, to `out`.
    ///
    /// # Errors
    ///
    /// Fails if it is not compressed like that, or has another length.
    pub(super) fn decompress(&mut self, page: &[u8], length: usize, out: &mut Vec<u8>) -> anyhow::Result<()> {
        let start = out.len();
        reserve(out, length)?;
        match self.codec {
            Compression::UNCOMPRESSED => out.extend_from_slice(page),
            Compression::SNAPPY => snappy(page, length, out)?,
            Compression::GZIP(_) => at_most(flate2::bufread::MultiGzDecoder::new(page), length, out)?,
            Compression::BROTLI(_) => {
                let buffer = length.clamp(1, 1 << 16);
                at_most(brotli_decompressor::Decompressor::new(page, buffer), length, out)?;
            }
            Compression::ZSTD(_) => self.zstd(page, length, out)?,
            Compression::LZ4_RAW => lz4_block(page, length, out)?,
            Compression::LZ4 => lz4_hadoop(page, length, out)?,
            other => bail!("pages compressed with {other} are not read"),
        }
        let written = out.len() - start;
        ensure!(
            written == length,
            "a page has {written} bytes where its header says {length}"
        );
        Ok(())
    }

    fn zstd(&mut self, page: &[u8], length: usize, out: &mut Vec<u8>) -> anyhow::Result<()> {
        let decompressor = match &mut self.zstd {
            Some(decompressor) => decompressor,
            None => self.zstd.insert(zstd::bulk::Decompressor::new()?),
        };
        let start = out.len();
        let mut target = io::Cursor::new(std::mem::take(out));
        target.set_position(start as u64);
        let decompressed = decompressor.decompress_to_buffer(page, &mut target);
        *out = target.into_inner();
        decompressed.context("cannot decompress a page with zstd")?;
        // The memory may be larger than the page.
        ensure!(
            out.len() - start <= length,
            "a page has more than the {length} bytes that its header says"
        );
        Ok(())
    }
}

fn snappy(page: &[u8], length: usize, out: &mut Vec<u8>) -> anyhow::Result<()> {
    /// More than a copy of 64 bytes takes, which has three bytes.
    const LARGEST_RATIO: usize = 32;
    let claimed = snap::raw::decompress_len(page).context("cannot decompress a page with snappy")?;
    ensure!(
        claimed == length && length / LARGEST_RATIO <= page.len(),
        "a page compressed with snappy has {claimed} bytes where its header says {length}"
    );
    let start = out.len();
    out.resize(start + length, 0);
    let target = out.get_mut(start..).unwrap_or_default();
    snap::raw::Decoder::new()
        .decompress(page, target)
        .context("cannot decompress a page with snappy")?;
    Ok(())
}

/// Appends what `reader` gives, if it is not longer than `length`.
fn at_most(reader: impl Read, length: usize, out: &mut Vec<u8>) -> anyhow::Result<()> {
    let read = reader.take(length as u64 + 1).read_to_end(out);
    read.context("cannot decompress a page")?;
    Ok(())
}

fn lz4_block(page: &[u8], length: usize, out: &mut Vec<u8>) -> anyhow::Result<()> {
    /// A byte makes at most 255.
    const LARGEST_RATIO: usize = 256;
    ensure!(
        length / LARGEST_RATIO <= page.len(),
        "a page compressed with LZ4 cannot have {length} bytes"
    );
    let start = out.len();
    out.resize(start + length, 0);
    let target = out.get_mut(start..).unwrap_or_default();
    let written = lz4_flex::block::decompress_into(page, target).map_err(io::Error::other);
    out.truncate(start + written.context("cannot decompress a page with LZ4")?);
    Ok(())
}

/// Blocks with their lengths in front, as Hadoop frames them, or without, as other writers did.
fn lz4_hadoop(page: &[u8], length: usize, out: &mut Vec<u8>) -> anyhow::Result<()> {
    let start = out.len();
    if framed(page, length, out).is_ok() {
        return Ok(());
    }
    out.truncate(start);
    lz4_block(page, length, out)
}

fn framed(mut page: &[u8], length: usize, out: &mut Vec<u8>) -> anyhow::Result<()> {
    let start = out.len();
    let number = |page: &mut &[u8]| {
        let (number, rest) = page.split_first_chunk().context("it ends in a length")?;
        *page = rest;
        Ok::<_, anyhow::Error>(u32::from_be_bytes(*number) as usize)
    };
    while !page.is_empty() {
        let uncompressed = number(&mut page)?;
        let compressed = number(&mut page)?;
        let (block, rest) = page
            .split_at_checked(compressed)
            .context("a block is longer than the page")?;
        ensure!(
            out.len() - start + uncompressed <= length,
            "the blocks are too long"
        );
        lz4_block(block, uncompressed, out)?;
        page = rest;
    }
    match out.len() - start == length {
        true => Ok(()),
        false => Err(anyhow!("the blocks are too short")),
    }
}

#[cfg(test)]
mod tests;
