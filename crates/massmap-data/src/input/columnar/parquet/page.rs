//! What is in a page.

use anyhow::{Context, anyhow, bail, ensure};
use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::Page;

use super::decompress::Decompressor;
use super::thrift::{PageHeader, PageKind};

/// A page that takes more than `--max-record` allows must not be compressed better than this: what is even shorter looks like an
/// attack on the memory.
const LARGEST_RATIO: usize = 1024;

/// Decompresses a page.
pub(super) fn unpack(
    stored: &[u8],
    header: &PageHeader,
    decompressor: &mut Decompressor,
    max_record: u64,
) -> anyhow::Result<Vec<u8>> {
    let (levels, is_compressed) = match header.kind {
        PageKind::DataV2 {
            definition_length,
            repetition_length,
            is_compressed,
            ..
        } => {
            let levels = definition_length as usize + repetition_length as usize;
            ensure!(
                levels <= stored.len() && levels <= header.uncompressed,
                "the levels of a page are longer than it"
            );
            (levels, is_compressed)
        }
        _ => (0, true),
    };
    let (levels, values) = stored.split_at_checked(levels).unwrap_or_default();
    let length = header.uncompressed - levels.len();
    if !is_compressed || !decompressor.is_needed() {
        ensure!(
            stored.len() == header.uncompressed,
            "a page has {} bytes where its header says {}",
            stored.len(),
            header.uncompressed
        );
        return Ok(stored.to_vec());
    }
    ensure!(
        header.uncompressed as u64 <= max_record || length / LARGEST_RATIO <= values.len(),
        "a page of {} bytes claims to have {} once decompressed, as damaged ones do; --max-record allows so many",
        stored.len(),
        header.uncompressed
    );
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(header.uncompressed)?;
    bytes.extend_from_slice(levels);
    // A page of nulls has no values, not even compressed ones.
    if length > 0 {
        decompressor.decompress(values, length, &mut bytes)?;
    }
    Ok(bytes)
}

/// The parts of a data page.
pub(super) struct Parts<'a> {
    /// `None` in an old encoding.
    pub(super) repetitions: Option<&'a [u8]>,
    /// `None` in an old encoding.
    pub(super) definitions: Option<&'a [u8]>,
    pub(super) values: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Splits a page of a column with these highest levels of repetition and definition.
    pub(super) fn of(header: &PageHeader, bytes: &'a [u8], max_levels: [i16; 2]) -> anyhow::Result<Self> {
        let [max_repetition, max_definition] = max_levels;
        match header.kind {
            PageKind::DataV2 {
                definition_length,
                repetition_length,
                ..
            } => {
                let (repetitions, rest) = bytes
                    .split_at_checked(repetition_length as usize)
                    .context("the levels of a page are longer than it")?;
                let (definitions, values) = rest
                    .split_at_checked(definition_length as usize)
                    .context("the levels of a page are longer than it")?;
                Ok(Self {
                    repetitions: Some(repetitions),
                    definitions: Some(definitions),
                    values,
                })
            }
            PageKind::Data {
                values,
                definition_encoding,
                repetition_encoding,
                ..
            } => {
                let mut rest = bytes;
                let repetitions = levels_v1(&mut rest, max_repetition, repetition_encoding, values)?;
                let definitions = levels_v1(&mut rest, max_definition, definition_encoding, values)?;
                Ok(Self {
                    repetitions,
                    definitions,
                    values: rest,
                })
            }
            PageKind::Dictionary { .. } | PageKind::Other => Ok(Self {
                repetitions: None,
                definitions: None,
                values: bytes,
            }),
        }
    }
}

/// Takes the levels of a page of the first version off `rest`. `None` if they are in an old encoding.
fn levels_v1<'a>(
    rest: &mut &'a [u8],
    max_level: i16,
    encoding: i32,
    values: u32,
) -> anyhow::Result<Option<&'a [u8]>> {
    if max_level == 0 {
        return Ok(Some(&[]));
    }
    let (length, is_old) = match encoding_of(encoding)? {
        Encoding::RLE => {
            let (length, behind) = rest.split_first_chunk().context("a page ends in its levels")?;
            *rest = behind;
            (u32::from_le_bytes(*length) as usize, false)
        }
        #[expect(deprecated, reason = "old files have it")]
        Encoding::BIT_PACKED => {
            let bits = u64::from(values) * u64::from(i16::BITS - max_level.leading_zeros());
            (usize::try_from(bits.div_ceil(8))?, true)
        }
        other => bail!("levels in the encoding {other} are not read"),
    };
    let (levels, behind) = rest
        .split_at_checked(length)
        .context("the levels of a page are longer than it")?;
    *rest = behind;
    Ok(Some(levels).filter(|_| !is_old))
}

/// The page as the crate `parquet` takes it.
pub(super) fn page_of(header: &PageHeader, buf: Bytes) -> anyhow::Result<Page> {
    Ok(match header.kind {
        PageKind::Dictionary {
            values,
            encoding,
            is_sorted,
        } => Page::DictionaryPage {
            buf,
            num_values: values,
            encoding: encoding_of(encoding)?,
            is_sorted,
        },
        PageKind::Data {
            values,
            encoding,
            definition_encoding,
            repetition_encoding,
        } => Page::DataPage {
            buf,
            num_values: values,
            encoding: encoding_of(encoding)?,
            def_level_encoding: encoding_of(definition_encoding)?,
            rep_level_encoding: encoding_of(repetition_encoding)?,
            statistics: None,
        },
        PageKind::DataV2 {
            values,
            nulls,
            rows,
            encoding,
            definition_length,
            repetition_length,
            is_compressed,
        } => Page::DataPageV2 {
            buf,
            num_values: values,
            encoding: encoding_of(encoding)?,
            num_nulls: nulls,
            num_rows: rows,
            def_levels_byte_len: definition_length,
            rep_levels_byte_len: repetition_length,
            is_compressed,
            statistics: None,
        },
        PageKind::Other => bail!("there is no such page"),
    })
}

/// The encoding of a number in headers.
pub(super) fn encoding_of(number: i32) -> anyhow::Result<Encoding> {
    #[expect(deprecated, reason = "old files have it")]
    Ok(match number {
        0 => Encoding::PLAIN,
        2 => Encoding::PLAIN_DICTIONARY,
        3 => Encoding::RLE,
        4 => Encoding::BIT_PACKED,
        5 => Encoding::DELTA_BINARY_PACKED,
        6 => Encoding::DELTA_LENGTH_BYTE_ARRAY,
        7 => Encoding::DELTA_BYTE_ARRAY,
        8 => Encoding::RLE_DICTIONARY,
        9 => Encoding::BYTE_STREAM_SPLIT,
        _ => return Err(anyhow!("pages in the encoding {number} are not read")),
    })
}
