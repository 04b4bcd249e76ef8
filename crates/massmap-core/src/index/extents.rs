//! Walking over the extents of a file.

use std::ops::Range;

use massmap_format::{FormatError, PageRuns};

use super::buckets::BucketIndex;
use super::extent::Extent;
use super::pages::PagedIndex;
use super::placement_range::PlacementRange;

/// Iterator over the extents that have entries, made by [`Index::extents`](crate::Index::extents).
#[derive(Debug)]
pub struct Extents<'a>(Walk<'a>);

#[derive(Debug)]
enum Walk<'a> {
    /// The buckets that are left.
    Buckets(&'a BucketIndex, Range<usize>),
    /// The runs that are left; `None` without pages, and after an error.
    Pages(&'a PagedIndex, Option<PageRuns<&'a [u8]>>),
    /// The first page of the walk, which a damaged index does not lead to. The error itself could not cross threads and
    /// unwinding.
    Damaged(Option<u64>),
}

impl<'a> Extents<'a> {
    pub(super) const fn of_buckets(buckets: &'a BucketIndex, range: Range<usize>) -> Self {
        Self(Walk::Buckets(buckets, range))
    }

    pub(super) fn of_pages(pages: &'a PagedIndex, range: Range<usize>) -> Self {
        let page = range.start as u64;
        Self(match pages.runs_within(range) {
            Ok(runs) => Walk::Pages(pages, runs),
            Err(_) => Walk::Damaged(Some(page)),
        })
    }

    /// The next extent and the hashes that its entries may have.
    pub fn next_with_range(&mut self) -> Option<Result<(Extent, PlacementRange<'a>), FormatError>> {
        match &mut self.0 {
            Walk::Buckets(buckets, range) => {
                let (index, meta) = buckets.next_occupied(range.clone())?;
                range.start = index + 1;
                let hashes = PlacementRange::of_bucket(buckets, index);
                Some(Ok((Extent::bucket(index, &meta), hashes)))
            }
            Walk::Pages(pages, runs) => {
                let run = runs.as_mut()?.next()?;
                let found = run.and_then(|run| {
                    let hashes = PlacementRange::of_bins(pages, run.first_bin..run.end_bin);
                    Ok((pages.extent(&run)?, hashes))
                });
                if found.is_err() {
                    *runs = None;
                }
                Some(found)
            }
            Walk::Damaged(page) => {
                let page = page.take()?;
                Some(Err(FormatError::PageNotIndexed { page }))
            }
        }
    }
}

impl Iterator for Extents<'_> {
    type Item = Result<Extent, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_with_range()?.map(|(extent, _)| extent))
    }
}
