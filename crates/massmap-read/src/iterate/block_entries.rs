//! The decoded entries of one bucket or run of pages.

use std::collections::VecDeque;
use std::io;

use massmap_core::{Block, Extent};
use massmap_format::RawEntry;

use super::raw::block::RawBlock;

/// Most entries for which memory is kept between blocks.
const LARGEST_KEPT_QUEUE: usize = 4096;

/// The entries of one bucket or run of pages, each decoded as a `T`, one after the other.
#[derive(Debug)]
pub struct BlockEntries<T> {
    decoded: VecDeque<T>,
    /// The block, if one of its entries cannot be decoded.
    encoded: Option<Encoded>,
}

/// A block whose entries are decoded one by one. Entries that cannot be decoded become errors, which take far more memory than
/// entries, and a file may have any number of them.
#[derive(Debug)]
struct Encoded {
    /// Index of the bucket, or number of the run's first page.
    index: usize,
    entries: RawBlock,
    /// The next entry.
    next: usize,
}

impl<T> Default for BlockEntries<T> {
    fn default() -> Self {
        Self {
            decoded: VecDeque::new(),
            encoded: None,
        }
    }
}

impl<T> BlockEntries<T> {
    /// Replaces the entries by those of `block`, which is `extent`. `decode` gets the index of the bucket, or the number of the run's
    /// first page, and an entry. If one cannot be decoded, leaves all of them to be decoded one by one.
    ///
    /// # Errors
    ///
    /// One error in place of all entries if the block is damaged; there are none then.
    pub fn fill(
        &mut self,
        extent: &Extent,
        block: &Block<'_>,
        decode: impl Fn(usize, &RawEntry<'_>) -> io::Result<T>,
    ) -> io::Result<()> {
        self.encoded = None;
        self.decoded.clear();
        // Memory for a long block is not kept for short ones.
        self.decoded.shrink_to(LARGEST_KEPT_QUEUE);
        let mut undecodable = false;
        let walked = block.for_each(|entry| {
            let item = decode(extent.index(), &entry);
            self.decoded.push_back(item.inspect_err(|_| undecodable = true)?);
            Ok::<_, io::Error>(())
        });
        if walked.is_ok() {
            return Ok(());
        }
        self.decoded.clear();
        if !undecodable {
            return walked;
        }
        self.encoded = Some(Encoded {
            index: extent.index(),
            entries: RawBlock::stored(extent, block)?,
            next: 0,
        });
        Ok(())
    }

    /// The next entry; `None` at the end. `decode` is the same as that of [`fill`](Self::fill).
    #[inline]
    pub fn next(&mut self, decode: impl Fn(usize, &RawEntry<'_>) -> io::Result<T>) -> Option<io::Result<T>> {
        match self.decoded.pop_front() {
            Some(item) => Some(Ok(item)),
            None => self.next_encoded(decode),
        }
    }

    /// Decodes the next entry of a block whose entries are decoded one by one.
    fn next_encoded(
        &mut self,
        decode: impl Fn(usize, &RawEntry<'_>) -> io::Result<T>,
    ) -> Option<io::Result<T>> {
        let encoded = self.encoded.as_mut()?;
        let Some(entry) = encoded.entries.get(encoded.next) else {
            self.encoded = None;
            return None;
        };
        encoded.next += 1;
        Some(decode(encoded.index, &entry))
    }

    /// Number of entries that are left.
    #[must_use]
    pub fn len(&self) -> usize {
        let encoded = self.encoded.as_ref();
        self.decoded.len() + encoded.map_or(0, |encoded| encoded.entries.len() - encoded.next)
    }

    /// Whether no entries are left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
