//! Where a map's entries lie: in the buckets of format 1 or the pages of format 2.

use std::io;

use massmap_format::{
    FormatError, MassMapBucketMeta, Page, PageIndex, PageRun, PagedHeader, bin_of, fingerprint_of, spread,
};

use crate::checksum::Checksums;
use crate::miss_filter::AnyMissFilter;
use crate::scan::Block;
use crate::{ChecksumPolicy, ReadError};

/// Finds the extent in which the entries of a hash lie.
#[derive(Debug, Clone)]
pub(crate) enum Layout {
    /// Format 1: one element a bucket; never empty.
    Buckets(Vec<MassMapBucketMeta>),
    /// Format 2.
    Pages(Box<Pages>),
}

/// What is in memory of a file of format 2 with regard to where its entries lie.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    pub(crate) header: PagedHeader,
    /// `None` without pages.
    pub(crate) index: Option<PageIndex<Vec<u8>>>,
    pub(crate) filter: Option<AnyMissFilter>,
    pub(crate) checksums: Checksums,
}

/// A part of the file that is read at once: a bucket, or a run of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Index of the bucket, or number of the run's first page.
    pub(crate) index: usize,
    /// Where it begins in the file.
    pub(crate) offset: u64,
    /// Its length in bytes; 0 if nothing has to be read.
    pub(crate) length: u64,
    /// Number of entries of a bucket; a run says so itself.
    pub(crate) count: u32,
}

impl Extent {
    /// What needs no read, since it has no entries.
    const fn empty(index: usize) -> Self {
        Self {
            index,
            offset: 0,
            length: 0,
            count: 0,
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

    /// Where the entries with this hash lie, or would: the half of a lookup that goes before the read. No I/O.
    pub(crate) fn locate(&self, hash: u64) -> io::Result<Extent> {
        match self {
            Self::Buckets(buckets) => self.extent(bucket_of(buckets, hash)),
            Self::Pages(pages) => pages.locate(hash),
        }
    }

    /// Like [`locate`](Self::locate), but always the place of the hash, whether it can have entries or not. 0 in a map
    /// that has no places or whose index is damaged.
    pub(crate) fn place(&self, hash: u64) -> usize {
        match self {
            Self::Buckets(buckets) => bucket_of(buckets, hash),
            Self::Pages(pages) => pages
                .run_of_hash(hash)
                .ok()
                .flatten()
                .and_then(|run| usize::try_from(run.first_page).ok())
                .unwrap_or(0),
        }
    }

    /// The extent of the bucket or page `index`. A page that goes on a run counts as empty.
    pub(crate) fn extent(&self, index: usize) -> io::Result<Extent> {
        let out_of_range = || ReadError::BucketOutOfRange {
            bucket: index,
            bucket_count: self.len(),
        };
        match self {
            Self::Buckets(buckets) => {
                let meta = buckets.get(index).ok_or_else(out_of_range)?;
                Ok(Extent {
                    index,
                    offset: meta.offset,
                    length: meta.length.into(),
                    count: meta.count,
                })
            }
            Self::Pages(pages) => {
                let page_index = pages
                    .index
                    .as_ref()
                    .filter(|_| index < self.len())
                    .ok_or_else(out_of_range)?;
                let run = page_index.run_of_page(index as u64)?;
                if run.first_page == index as u64 {
                    pages.extent(run)
                } else {
                    Ok(Extent::empty(index))
                }
            }
        }
    }

    /// All extents that have entries, in order. An error ends them, if it is that of a damaged index.
    pub(crate) fn extents(&self) -> Extents<'_> {
        Extents {
            layout: self,
            next: 0,
            next_bin: 0,
        }
    }

    /// Whether the entry number `index` of `block`, which is `extent`, can have this hash.
    pub(crate) fn belongs(&self, hash: u64, extent: &Extent, block: &Block<'_>, index: usize) -> bool {
        let placed = self.place(hash) == extent.index;
        match self {
            Self::Buckets(_) => placed,
            Self::Pages(pages) => {
                placed && block.fingerprint(index) == Some(fingerprint(hash)) && !pages.denies(hash)
            }
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

    /// Takes `payload`, the bytes of `extent`, apart. Checks its checksum, if it has one, as the policy of the map or
    /// `policy` says.
    pub(crate) fn block<'a>(
        &self,
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
            Self::Buckets(_) => Ok(Block::bucket(extent.index, extent.count, payload)),
            Self::Pages(pages) => {
                let damaged = |source| ReadError::DamagedPage {
                    page: extent.index,
                    source,
                };
                let page = Page::decode(payload).map_err(damaged)?;
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
                Ok(Block::page(extent.index, page))
            }
        }
    }
}

/// Iterator over the extents of a map that have entries.
#[derive(Debug, Clone)]
pub(crate) struct Extents<'a> {
    layout: &'a Layout,
    /// The bucket or page to go on with.
    next: usize,
    /// The first bin of that page.
    next_bin: u64,
}

impl Iterator for Extents<'_> {
    type Item = io::Result<Extent>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.layout {
            Layout::Buckets(buckets) => {
                let ahead = buckets.get(self.next..)?;
                let index = self.next + ahead.iter().position(|meta| meta.count > 0)?;
                self.next = index + 1;
                Some(self.layout.extent(index))
            }
            Layout::Pages(pages) => {
                let index = pages.index.as_ref().filter(|_| self.next < self.layout.len())?;
                let extent = index
                    .run_of_bin(self.next_bin)
                    .map_err(io::Error::from)
                    .and_then(|run| {
                        // A damaged index may lead back.
                        if run.first_page != self.next as u64 {
                            return Err(FormatError::PageIndex { bin: self.next_bin }.into());
                        }
                        self.next_bin = run.end_bin;
                        self.next = usize::try_from(run.first_page + run.pages).unwrap_or(usize::MAX);
                        pages.extent(run)
                    });
                if extent.is_err() {
                    self.next = usize::MAX;
                }
                Some(extent)
            }
        }
    }
}

fn bucket_of(buckets: &[MassMapBucketMeta], hash: u64) -> usize {
    let index = hash % buckets.len() as u64;
    usize::try_from(index).expect("less than the number of buckets")
}

impl Pages {
    fn locate(&self, hash: u64) -> io::Result<Extent> {
        if self.denies(hash) {
            return Ok(Extent::empty(0));
        }
        match self.run_of_hash(hash)? {
            Some(run) => self.extent(run),
            None => Ok(Extent::empty(0)),
        }
    }

    /// Whether the miss filter knows that there is no entry with this hash.
    // It has two callers. As a function of its own it makes misses that it catches take a third longer.
    #[inline(always)]
    fn denies(&self, hash: u64) -> bool {
        match &self.filter {
            Some(filter) => !filter.may_contain(spread(hash)),
            None => false,
        }
    }

    fn run_of_hash(&self, hash: u64) -> Result<Option<PageRun>, FormatError> {
        let bin = bin_of(spread(hash), self.header.bins);
        self.index.as_ref().map(|index| index.run_of_bin(bin)).transpose()
    }

    fn extent(&self, run: PageRun) -> io::Result<Extent> {
        let (offset, length) = self.header.extent_of(&run)?;
        let index = usize::try_from(run.first_page)
            .map_err(|_| FormatError::PageNotIndexed { page: run.first_page })?;
        Ok(Extent {
            index,
            offset,
            length: length.into(),
            count: 0,
        })
    }
}

/// What a page keeps of a loader's hash.
pub(crate) fn fingerprint(hash: u64) -> u8 {
    fingerprint_of(spread(hash))
}
