//! Where a map's entries lie: in the buckets of format 1 or the pages of format 2.

use std::io;
use std::num::NonZeroU64;
use std::ops::Range;

use massmap_format::{
    EntryLayout, FormatError, MassMapBucketMeta, Page, PageIndex, PageRun, PagedHeader, bin_of,
    fingerprint_of, spread,
};

use crate::bucket_index::BucketIndex;
use crate::checksum::Checksums;
use crate::extents::Extents;
use crate::miss_filter::AnyMissFilter;
use crate::open::section::SectionBytes;
use crate::origin::Origin;
use crate::scan::Block;
use crate::search::Fraction;
use crate::{ChecksumPolicy, ReadError};

/// Finds the extent in which the entries of a hash lie.
#[derive(Debug, Clone)]
pub(crate) enum Layout {
    /// Format 1; there is at least one bucket.
    Buckets(BucketIndex),
    /// Format 2.
    Pages(Box<Pages>),
}

/// What is in memory of a file of format 2 with regard to where its entries lie.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    pub(crate) header: PagedHeader,
    /// `None` without pages.
    pub(crate) index: Option<PageIndex<SectionBytes>>,
    pub(crate) filter: Option<AnyMissFilter>,
    pub(crate) checksums: Checksums,
    /// How a run tells where its entries lie.
    pub(crate) entries: EntryLayout,
    /// How many entries a page has, on average.
    pub(crate) mean_count: u32,
    /// How long an entry is, on average, in bytes.
    pub(crate) mean_entry: u32,
}

/// A part of the file that is read at once: a bucket, or a run of pages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// Index of the bucket, or number of the run's first page.
    pub(crate) index: usize,
    /// Where it begins in the file.
    pub(crate) offset: u64,
    /// Its length in bytes; 0 if nothing has to be read.
    pub(crate) length: u64,
    /// Number of entries of a bucket; a run says so itself.
    pub(crate) count: u32,
    /// How far into a run's range of hashes the hash lies that it was located for.
    pub(crate) fraction: Fraction,
}

impl Extent {
    /// Its bytes in `memory`, all bytes of the file; `None` if it has none, or the file ends before it does.
    #[inline(always)]
    pub(crate) fn bytes_in<'a>(&self, memory: &'a [u8]) -> Option<&'a [u8]> {
        let start = usize::try_from(self.offset).ok()?;
        let length = usize::try_from(self.length).ok()?;
        memory
            .get(start..start.checked_add(length)?)
            .filter(|bytes| !bytes.is_empty())
    }

    /// What needs no read, since it has no entries.
    const fn empty(index: usize) -> Self {
        Self {
            index,
            offset: 0,
            length: 0,
            count: 0,
            fraction: Fraction::ZERO,
        }
    }

    /// The bucket `index`.
    pub(crate) fn bucket(index: usize, meta: &MassMapBucketMeta) -> Self {
        Self {
            index,
            offset: meta.offset,
            length: meta.length.into(),
            count: meta.count,
            fraction: Fraction::ZERO,
        }
    }
}

impl Layout {
    /// Number of buckets or pages.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Buckets(buckets) => buckets.len(),
            Self::Pages(pages) => usize::try_from(pages.header.page_count).unwrap_or(usize::MAX),
        }
    }

    /// Where the bucket or page `index` begins in the file; where the last one ends if there is no such one.
    pub(crate) fn offset(&self, index: usize) -> u64 {
        match self {
            Self::Buckets(buckets) => buckets.offset(index),
            Self::Pages(pages) => {
                let page = pages.header.page_count.min(index as u64);
                pages.header.page_offset(page).unwrap_or(u64::MAX)
            }
        }
    }

    /// Number of entries, as the index says or the header.
    pub(crate) fn entry_count(&self) -> u64 {
        match self {
            Self::Buckets(buckets) => buckets.entry_count(),
            Self::Pages(pages) => pages.header.entry_count,
        }
    }

    /// How many bits of evidence it is that an entry lies where its hash says.
    pub(crate) fn evidence_per_key(&self) -> u64 {
        let place = u64::from(self.len().checked_ilog2().unwrap_or(0));
        match self {
            Self::Buckets(_) => place,
            Self::Pages(_) => place + u64::from(u8::BITS),
        }
    }

    /// Takes `payload`, the bytes of `extent`, apart, which come from `origin`. Checks its checksum, if it has one, as the
    /// policy of the map or `policy` says.
    #[inline(always)]
    pub(crate) fn block<'a>(
        &self,
        origin: Origin<'a>,
        extent: &Extent,
        payload: &'a [u8],
        policy: Option<ChecksumPolicy>,
    ) -> io::Result<Block<'a>> {
        if payload.len() as u64 != extent.length {
            return Err(ReadError::WrongLength {
                expected: extent.length,
                found: payload.len(),
            }
            .into());
        }
        match self {
            Self::Buckets(_) => Ok(Block::bucket(origin, extent.count, payload)),
            Self::Pages(pages) => {
                let damaged = |source| ReadError::DamagedPage {
                    page: extent.index,
                    source,
                };
                let page = Page::decode(payload, pages.entries).map_err(damaged)?;
                pages
                    .checksums
                    .check(&page, &pages.header, extent.index as u64, policy)
                    .map_err(damaged)?;
                if page.is_empty() {
                    // Where a map has no entries it has no pages.
                    return Err(damaged(FormatError::PageDirectory {
                        length: payload.len(),
                    })
                    .into());
                }
                Ok(Block::page(origin, page))
            }
        }
    }
}

/// A layout together with the bytes of the file, where those lie in memory and parts of the layout are used in place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) memory: Option<&'a [u8]>,
}

impl<'a> Places<'a> {
    /// Where the entries with this hash lie, or would: the half of a lookup that goes before the read. No I/O.
    #[inline(always)]
    pub(crate) fn locate(&self, hash: u64) -> io::Result<Extent> {
        match self.layout {
            Layout::Buckets(buckets) => self.extent(bucket_of(buckets, hash)),
            Layout::Pages(pages) => pages.locate(hash, self.memory),
        }
    }

    /// Like [`locate`](Self::locate), but always the place of the hash, whether it can have entries or not. `None` in a map
    /// that has no places, or whose index is damaged.
    pub(crate) fn place(&self, hash: u64) -> Option<usize> {
        match self.layout {
            Layout::Buckets(buckets) => Some(bucket_of(buckets, hash)),
            Layout::Pages(pages) => {
                let index = pages.index(self.memory)?;
                let run = index.run_of_bin(pages.bin_of_hash(hash)).ok()?;
                usize::try_from(run.first_page).ok()
            }
        }
    }

    /// The extent of the bucket or page `index`. A page that goes on a run counts as empty.
    pub(crate) fn extent(&self, index: usize) -> io::Result<Extent> {
        match self.layout {
            Layout::Buckets(buckets) => {
                let meta = buckets.get(index).ok_or(ReadError::BucketOutOfRange {
                    bucket: index,
                    bucket_count: buckets.len(),
                })?;
                Ok(Extent::bucket(index, &meta))
            }
            Layout::Pages(pages) => {
                let page_index = pages
                    .index(self.memory)
                    .filter(|_| index < self.layout.len())
                    .ok_or(ReadError::PageOutOfRange {
                        page: index,
                        page_count: self.layout.len(),
                    })?;
                let run = page_index.run_of_page(index as u64)?;
                if run.first_page == index as u64 {
                    pages.extent(run, Fraction::ZERO)
                } else {
                    Ok(Extent::empty(index))
                }
            }
        }
    }

    /// Checks the index as a whole: that every search in it succeeds, and that nothing in it but what they look at is set.
    pub(crate) fn verify_index(&self) -> Result<(), FormatError> {
        match self.layout {
            Layout::Buckets(_) => Ok(()),
            Layout::Pages(pages) => pages.index(self.memory).map_or(Ok(()), |index| index.verify()),
        }
    }

    /// All extents that have entries, in order. An error ends them, if it is that of a damaged index.
    pub(crate) fn extents(&self) -> Extents<'a> {
        self.extents_within(0..self.layout.len())
    }

    /// The extents that have entries and begin within `range`, in order. An error ends them, as above.
    pub(crate) fn extents_within(&self, range: Range<usize>) -> Extents<'a> {
        let end = range.end.min(self.layout.len());
        match self.layout {
            Layout::Buckets(buckets) => Extents::Buckets {
                buckets,
                next: range.start,
                end,
            },
            Layout::Pages(pages) => {
                let index = pages.index(self.memory).filter(|_| range.start < end);
                let range = range.start as u64..end as u64;
                let page = range.start;
                match index.map(|index| index.runs_within(range)).transpose() {
                    Ok(runs) => Extents::Pages { pages, runs },
                    Err(_) => Extents::Damaged(Some(page)),
                }
            }
        }
    }

    /// Which hashes entries of `extent` can have.
    pub(crate) fn home(&self, extent: &Extent) -> Home<'a> {
        match self.layout {
            Layout::Buckets(buckets) => Home::Bucket(buckets, extent.index),
            Layout::Pages(pages) => {
                let run = pages
                    .index(self.memory)
                    .and_then(|index| index.run_of_page(extent.index as u64).ok());
                // Nothing lies where a damaged index says nothing.
                Home::Bins(pages, run.map_or(0..0, |run| run.first_bin..run.end_bin))
            }
        }
    }
}

/// Hashes that the entries of an extent can have.
#[derive(Debug)]
pub(crate) enum Home<'a> {
    /// To a bucket.
    Bucket(&'a BucketIndex, usize),
    /// To the bins of a run of pages.
    Bins(&'a Pages, Range<u64>),
}

impl Home<'_> {
    /// Whether the entry number `index` of `block`, which lies here, can have this hash.
    pub(crate) fn belongs(&self, hash: u64, block: &Block<'_>, index: usize) -> bool {
        match self {
            Self::Bucket(buckets, bucket) => bucket_of(buckets, hash) == *bucket,
            Self::Bins(pages, bins) => {
                bins.contains(&pages.bin_of_hash(hash))
                    && block.fingerprint(index) == Some(fingerprint(hash))
                    && !pages.denies(hash)
            }
        }
    }

    /// The bins of a run of pages.
    pub(crate) fn bins(self) -> Range<u64> {
        match self {
            Self::Bucket(..) => 0..0,
            Self::Bins(_, bins) => bins,
        }
    }
}

pub(crate) fn bucket_of(buckets: &BucketIndex, hash: u64) -> usize {
    let count = NonZeroU64::new(buckets.len() as u64).expect("there is at least one bucket");
    usize::try_from(massmap_format::bucket_of(hash, count)).expect("less than the number of buckets")
}

impl Pages {
    pub(crate) fn new(
        header: PagedHeader,
        index: Option<PageIndex<SectionBytes>>,
        filter: Option<AnyMissFilter>,
        checksums: Checksums,
    ) -> Result<Self, FormatError> {
        Ok(Self {
            entries: header.entry_layout()?,
            mean_count: mean(header.entry_count, header.page_count),
            mean_entry: mean(header.entries_length, header.entry_count),
            header,
            index,
            filter,
            checksums,
        })
    }

    /// The index, and where it is used in place the bytes of the file that hold it.
    #[inline(always)]
    pub(crate) fn index<'a>(&'a self, memory: Option<&'a [u8]>) -> Option<PageIndex<&'a [u8]>> {
        let index = self.index.as_ref()?;
        Some(index.with_bytes(index.bytes().get(memory)))
    }

    #[inline(always)]
    fn locate(&self, hash: u64, memory: Option<&[u8]>) -> io::Result<Extent> {
        if self.denies(hash) {
            return Ok(Extent::empty(0));
        }
        let Some(index) = self.index(memory) else {
            return Ok(Extent::empty(0));
        };
        let spread = spread(hash);
        let run = index.run_of_bin(bin_of(spread, self.header.bins))?;
        self.extent(run, self.fraction(spread, &run))
    }

    /// See [`Extent::fraction`].
    #[inline(always)]
    pub(crate) fn fraction(&self, spread: u64, run: &PageRun) -> Fraction {
        let place = u128::from(spread) * u128::from(self.header.bins) - (u128::from(run.first_bin) << 64);
        Fraction::new(place, run.end_bin - run.first_bin)
    }

    /// Whether the miss filter knows that there is no entry with this hash.
    // It has several callers. As a function of its own it makes misses that it catches take a third longer.
    #[inline(always)]
    pub(crate) fn denies(&self, hash: u64) -> bool {
        match &self.filter {
            Some(filter) => !filter.may_contain(spread(hash)),
            None => false,
        }
    }

    pub(crate) fn bin_of_hash(&self, hash: u64) -> u64 {
        bin_of(spread(hash), self.header.bins)
    }

    #[inline(always)]
    pub(crate) fn extent(&self, run: PageRun, fraction: Fraction) -> io::Result<Extent> {
        let (offset, length) = self.header.extent_of(&run)?;
        let index = usize::try_from(run.first_page)
            .map_err(|_| FormatError::PageNotIndexed { page: run.first_page })?;
        Ok(Extent {
            index,
            offset,
            length: length.into(),
            count: 0,
            fraction,
        })
    }
}

/// `sum` by `count`, rounded; for estimates, which may be wrong where that is too large.
fn mean(sum: u64, count: u64) -> u32 {
    let mean = sum.saturating_add(count / 2).checked_div(count);
    u32::try_from(mean.unwrap_or(0)).unwrap_or(u32::MAX)
}

/// What a page keeps of a loader's hash.
pub(crate) fn fingerprint(hash: u64) -> u8 {
    fingerprint_of(spread(hash))
}
