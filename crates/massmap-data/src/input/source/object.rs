//! Objects in stores, read from their beginning to their end.

use std::io::{Read, Result};
use std::vec;

use massmap::MassMapReader;
use massmap_async::{BlockingOptions, BlockingReader, ObjectReader};

/// Length of the ranges that are asked for, in bytes: long enough that the time of a request does not matter much.
const RANGE: u64 = 4 << 20;

/// How many of them are asked for at once.
const RANGES: u64 = 4;

/// An object.
pub(super) struct Object {
    reader: BlockingReader<ObjectReader>,
    length: u64,
}

impl Object {
    /// Asks for the end of the object, which tells how long it is.
    pub(super) fn open(url: &str) -> Result<Self> {
        // Where a store gives no version, time and length tell a replaced object.
        let options = BlockingOptions::new().allow_unknown_version(true);
        let reader = options.open(ObjectReader::from_url(url)?)?;
        let length = reader.source_size().map_or(0, |size| size.length);
        Ok(Self { reader, length })
    }

    /// In bytes.
    #[cfg(feature = "parquet")]
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Appends the `count` bytes from `offset` on to `out`.
    #[cfg(feature = "parquet")]
    pub(super) fn read_into(&self, offset: u64, count: u64, out: &mut Vec<u8>) -> Result<()> {
        if count > 0 {
            let bytes = self
                .reader
                .read_exact_at(offset, count, |bytes| Ok(bytes.to_vec()))?;
            out.extend_from_slice(&bytes);
        }
        Ok(())
    }
}

/// The text of an object.
pub(super) struct ObjectText {
    object: Object,
    /// Where the bytes begin that have not been asked for.
    next: u64,
    /// Bytes that have been read ahead.
    ranges: vec::IntoIter<Vec<u8>>,
    current: Vec<u8>,
    /// Number of bytes of `current` that have been passed on.
    taken: usize,
}

impl ObjectText {
    /// Opens an object.
    pub(super) fn open(url: &str) -> Result<Self> {
        Ok(Self {
            object: Object::open(url)?,
            next: 0,
            ranges: Vec::new().into_iter(),
            current: Vec::new(),
            taken: 0,
        })
    }

    /// In bytes.
    pub(super) fn length(&self) -> u64 {
        self.object.length
    }

    /// Asks for the next ranges, all at once.
    fn read_ahead(&mut self) -> Result<()> {
        let end = self.object.length.min(self.next.saturating_add(RANGE * RANGES));
        let starts = (0..RANGES).map(|number| self.next + number * RANGE);
        let ranges = starts
            .take_while(|start| *start < end)
            .map(|start| ((), start, RANGE.min(end - start)));
        let read = self
            .object
            .reader
            .batch_read_at::<(), _, _>(ranges, |(), bytes| Ok(bytes.to_vec()))?;
        self.ranges = read.into_iter();
        self.next = end;
        Ok(())
    }
}

impl Read for ObjectText {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let mut rest = self.current.get(self.taken..).unwrap_or_default();
            if !rest.is_empty() {
                let count = rest.read(buffer)?;
                self.taken += count;
                return Ok(count);
            }
            self.taken = 0;
            match self.ranges.next() {
                Some(range) => self.current = range,
                None if self.next < self.object.length => {
                    self.current = Vec::new();
                    self.read_ahead()?;
                }
                None => {
                    self.current = Vec::new();
                    return Ok(0);
                }
            }
        }
    }
}
