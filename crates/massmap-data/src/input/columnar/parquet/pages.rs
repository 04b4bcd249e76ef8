//! The pages of a column chunk.
//!
//! What pages claim is checked here, before the crate `parquet` takes memory for it.

use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::schema::types::ColumnDescriptor;

use super::budget::{Budget, TooManyRows};
use super::decompress::Decompressor;
use super::int96::{self, Resolution};
use super::levels;
use super::page::{Parts, encoding_of, page_of, unpack};
use super::thrift::{HeaderError, PageHeader, PageKind};
use crate::input::source::positioned::PositionedFile;

/// The longest header of a page, in bytes. Statistics of long strings may be in it.
const MAX_HEADER: usize = 16 << 20;

/// The most values of a page in an encoding whose lengths are all decoded at once.
const MOST_LENGTHS: u64 = 16 << 20;

/// Reads the pages of a column chunk.
pub(super) struct Pages {
    file: Arc<PositionedFile>,
    budget: Arc<Budget>,
    column: Column,
    decompressor: Decompressor,
    /// What has been read of the file but not used.
    buffer: Vec<u8>,
    /// How much of the buffer has been used.
    used: usize,
    /// Where the buffer ends in the file.
    position: u64,
    /// Where the chunk ends in the file.
    end: u64,
    /// The header that has been read already.
    next: Option<PageHeader>,
    /// The last batch that a page was read for.
    batch: u64,
    /// Number of values of the record that the last page ended in.
    open_record: u64,
    /// Whether a dictionary has been read.
    has_dictionary: bool,
}

/// What is known of a column.
pub(super) struct Column {
    /// Its name, or the names that lead to it, with dots between them.
    path: String,
    physical: Type,
    /// Length of values of a fixed length.
    type_length: u64,
    max_definition: i16,
    max_repetition: i16,
    int96: Resolution,
}

impl Column {
    pub(super) fn new(descriptor: &ColumnDescriptor, int96: Resolution) -> Self {
        Self {
            path: descriptor.path().string(),
            physical: descriptor.physical_type(),
            type_length: descriptor.type_length().try_into().unwrap_or(0),
            max_definition: descriptor.max_def_level(),
            max_repetition: descriptor.max_rep_level(),
            int96,
        }
    }

    /// About how many bytes a value takes in memory, apart from what strings contain.
    pub(super) fn width(&self) -> u64 {
        let levels = if self.max_definition > 0 { 4 } else { 0 };
        levels
            + match self.physical {
                Type::BOOLEAN => 1,
                Type::INT32 | Type::FLOAT => 4,
                Type::INT64 | Type::DOUBLE => 8,
                Type::INT96 | Type::BYTE_ARRAY => 16,
                Type::FIXED_LEN_BYTE_ARRAY => self.type_length.max(1),
            }
    }
}

/// Where a column chunk is in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Pages {
    pub(super) fn new(
        file: Arc<PositionedFile>,
        budget: Arc<Budget>,
        column: Column,
        decompressor: Decompressor,
        place: Place,
    ) -> Self {
        Self {
            file,
            budget,
            column,
            decompressor,
            buffer: Vec::new(),
            used: 0,
            position: place.start,
            end: place.end,
            next: None,
            batch: 0,
            open_record: 0,
            has_dictionary: false,
        }
    }

    /// What has been read but not used.
    fn ahead(&self) -> &[u8] {
        self.buffer.get(self.used..).unwrap_or_default()
    }

    /// Reads so much that `count` bytes are ahead, or the chunk ends.
    fn fill(&mut self, count: usize) -> anyhow::Result<()> {
        let ahead = self.ahead().len();
        if ahead >= count || self.position >= self.end {
            return Ok(());
        }
        self.buffer.drain(..self.used);
        self.used = 0;
        let left = usize::try_from(self.end - self.position).unwrap_or(usize::MAX);
        let wanted = (count - ahead).max(self.file.worth_a_read()).min(left);
        self.file.read_into(self.position, wanted, &mut self.buffer)?;
        self.position += wanted as u64;
        Ok(())
    }

    /// The header of the next page; `None` at the end.
    fn header(&mut self) -> anyhow::Result<Option<PageHeader>> {
        while self.next.is_none() {
            let mut wanted = 1;
            let header = loop {
                self.fill(wanted)?;
                let ahead = self.ahead();
                if ahead.is_empty() {
                    return Ok(None);
                }
                match PageHeader::decode(ahead) {
                    Ok((header, length)) => {
                        self.used += length;
                        break header;
                    }
                    Err(HeaderError::Short) if ahead.len() >= wanted && ahead.len() < MAX_HEADER => {
                        wanted = ahead.len() + 1;
                        if self.position >= self.end {
                            bail!("the header of a page is damaged");
                        }
                    }
                    Err(_) => bail!("the header of a page is damaged"),
                }
            };
            match header.kind {
                PageKind::Other => self.skip(header.compressed)?,
                _ => self.next = Some(header),
            }
        }
        Ok(self.next)
    }

    /// Moves over some bytes of the chunk.
    fn skip(&mut self, count: usize) -> anyhow::Result<()> {
        let ahead = self.ahead().len();
        if count <= ahead {
            self.used += count;
            return Ok(());
        }
        let beyond = (count - ahead) as u64;
        ensure!(
            self.position
                .checked_add(beyond)
                .is_some_and(|end| end <= self.end),
            "a page is longer than its column chunk"
        );
        self.position += beyond;
        self.file.count(beyond);
        self.buffer.clear();
        self.used = 0;
        Ok(())
    }

    /// The bytes of the next page as they are stored.
    fn stored(&mut self, header: &PageHeader) -> anyhow::Result<usize> {
        let count = header.compressed;
        let left = self.ahead().len() as u64 + (self.end - self.position);
        ensure!(count as u64 <= left, "a page is longer than its column chunk");
        self.fill(count)?;
        let stored = self.ahead().get(..count).context("a page ends early")?;
        if let Some(expected) = header.crc {
            ensure!(
                crc32fast::hash(stored) == expected,
                "a page does not have its checksum: the file is damaged"
            );
        }
        Ok(count)
    }

    fn page(&mut self) -> anyhow::Result<Option<Page>> {
        let Some(header) = self.header()? else {
            return Ok(None);
        };
        let count = self.stored(&header)?;
        self.next = None;
        let start = self.used;
        self.used += count;
        let stored = self.buffer.get(start..self.used).unwrap_or_default();
        let bytes = unpack(stored, &header, &mut self.decompressor, self.budget.max_record)?;
        self.check(&header, &bytes)?;
        let usual = self.file.worth_a_read();
        if self.buffer.capacity() > 4 * usual && self.ahead().len() <= usual {
            self.buffer = self.ahead().to_vec();
            self.used = 0;
        }
        Ok(Some(page_of(&header, bytes.into())?))
    }

    /// Checks what a page claims, and that the rows of a batch do not get too large with it.
    fn check(&mut self, header: &PageHeader, bytes: &[u8]) -> anyhow::Result<()> {
        let (values, encoding) = match header.kind {
            PageKind::Dictionary { values, .. } => {
                let width = match self.column.physical {
                    Type::BYTE_ARRAY => 4,
                    Type::INT96 => 12,
                    Type::FIXED_LEN_BYTE_ARRAY => self.column.type_length,
                    Type::INT64 | Type::DOUBLE => 8,
                    Type::INT32 | Type::FLOAT => 4,
                    Type::BOOLEAN => bail!("there is a dictionary of booleans"),
                };
                let least = u64::from(values).checked_mul(width);
                ensure!(
                    least.is_some_and(|least| least <= bytes.len() as u64),
                    "a dictionary has fewer values than its header says"
                );
                ensure!(
                    !self.has_dictionary,
                    "a column has two dictionaries: it is damaged"
                );
                self.has_dictionary = true;
                return self.check_int96(bytes);
            }
            PageKind::Data { values, encoding, .. } | PageKind::DataV2 { values, encoding, .. } => {
                (u64::from(values), encoding_of(encoding)?)
            }
            PageKind::Other => return Ok(()),
        };
        let needs_dictionary = matches!(encoding, Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY);
        ensure!(
            self.has_dictionary || !needs_dictionary,
            "a page needs a dictionary, which is not there: it is damaged"
        );
        let is_first = self.budget.batch() != self.batch;
        self.batch = self.budget.batch();
        let parts = Parts::of(
            header,
            bytes,
            [self.column.max_repetition, self.column.max_definition],
        )?;
        for (levels, max_level) in [
            (parts.repetitions, self.column.max_repetition),
            (parts.definitions, self.column.max_definition),
        ] {
            if let (Some(levels), 1..) = (levels, max_level) {
                levels::check(levels, max_level, values)?;
            }
        }
        let width = self.column.width();
        if encoding == Encoding::PLAIN {
            self.check_int96(parts.values)?;
        }
        // The bytes of strings, which are kept as long as one of them is.
        let mut content = match self.column.physical {
            Type::BYTE_ARRAY => bytes.len() as u64,
            _ => 0,
        };
        if matches!(
            encoding,
            Encoding::DELTA_BYTE_ARRAY | Encoding::DELTA_LENGTH_BYTE_ARRAY
        ) {
            let lengths = levels::delta_count(parts.values)?;
            ensure!(
                lengths <= values && values <= MOST_LENGTHS,
                "a page of {values} values has {lengths} lengths"
            );
        }
        if encoding == Encoding::DELTA_BYTE_ARRAY {
            let lengths = levels::prefixed_lengths(parts.values, values)?;
            if lengths.total > self.budget.limit {
                self.budget.check_row(lengths.longest)?;
            }
            content = content.max(lengths.longest.max(lengths.total.min(self.budget.limit)));
        }
        let mut taken = content;
        if self.column.max_repetition > 0 {
            taken = taken.max(values.saturating_mul(width));
            let longest = self.longest_record(header, &parts, values)?.saturating_mul(width);
            let limit = self.budget.max_record;
            ensure!(
                longest <= limit.max(self.budget.limit),
                "a record is longer than {limit} bytes; --max-record allows longer ones"
            );
            if taken > self.budget.limit {
                self.budget.check_row(longest)?;
                // A batch may take a part of the page only.
                let rows = self.budget.rows() as u64;
                taken = taken.min(content.max(longest.saturating_mul(rows)));
            }
        }
        Ok(self.budget.add(taken, is_first)?)
    }

    /// The number of values of the longest record that ends or goes on in a page of nested values, if it may be a long one.
    fn longest_record(&mut self, header: &PageHeader, parts: &Parts<'_>, values: u64) -> anyhow::Result<u64> {
        if matches!(header.kind, PageKind::DataV2 { .. }) {
            // Such a page begins with a record.
            self.open_record = 0;
            if values.saturating_mul(self.column.width()) <= self.budget.limit {
                return Ok(0);
            }
        }
        let repetitions = parts
            .repetitions
            .context("levels of repetition in the encoding BIT_PACKED are not read")?;
        levels::longest_record(
            repetitions,
            self.column.max_repetition,
            values,
            &mut self.open_record,
        )
    }

    /// Notes why a page could not be read, for whoever reads the batch.
    fn failed(&self, error: anyhow::Error) -> ParquetError {
        if !error.is::<TooManyRows>() {
            self.budget.fail(self.column.path.clone(), error);
        }
        ParquetError::General("a page cannot be read".to_owned())
    }

    fn check_int96(&self, values: &[u8]) -> anyhow::Result<()> {
        match self.column.physical {
            Type::INT96 => int96::check(values, self.column.int96),
            _ => Ok(()),
        }
    }
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        self.page().map_err(|error| self.failed(error))
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        let header = self.header().map_err(|error| self.failed(error))?;
        Ok(header.map(|header| match header.kind {
            PageKind::DataV2 { values, rows, .. } => PageMetadata {
                num_rows: Some(rows as usize),
                num_levels: Some(values as usize),
                is_dict: false,
            },
            PageKind::Data { values, .. } => PageMetadata {
                num_rows: None,
                num_levels: Some(values as usize),
                is_dict: false,
            },
            PageKind::Dictionary { .. } | PageKind::Other => PageMetadata {
                num_rows: None,
                num_levels: None,
                is_dict: true,
            },
        }))
    }

    fn skip_next_page(&mut self) -> Result<()> {
        if let Some(header) = self.header().map_err(|error| self.failed(error))? {
            self.next = None;
            self.skip(header.compressed).map_err(|error| self.failed(error))?;
        }
        Ok(())
    }
}
