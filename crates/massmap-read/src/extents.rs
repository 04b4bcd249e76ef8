//! Walking over the extents of a map.

use std::io;

use massmap_format::{FormatError, PageRuns};

use crate::bucket_index::BucketIndex;
use crate::layout::{Extent, Home, Pages};
use crate::search::Fraction;

/// Iterator over the extents of a map that have entries.
#[derive(Debug)]
pub(crate) enum Extents<'a> {
    Buckets {
        buckets: &'a BucketIndex,
        /// The bucket to go on with.
        next: usize,
        /// The bucket to end before.
        end: usize,
    },
    Pages {
        pages: &'a Pages,
        /// `None` without pages, and behind an error.
        runs: Option<PageRuns<&'a [u8]>>,
    },
    /// The index does not lead to this page, the first one. Not the error itself, so that it can cross threads and unwinding.
    Damaged(Option<u64>),
}

impl<'a> Extents<'a> {
    /// The next extent, and which hashes its entries can have.
    pub(crate) fn next_with_home(&mut self) -> Option<io::Result<(Extent, Home<'a>)>> {
        match self {
            Self::Buckets { buckets, next, end } => {
                let (index, meta) = buckets.next_occupied(*next..*end)?;
                *next = index + 1;
                Some(Ok((Extent::bucket(index, &meta), Home::Bucket(buckets, index))))
            }
            Self::Pages { pages, runs } => {
                let run = runs.as_mut()?.next()?;
                let found = run.map_err(io::Error::from).and_then(|run| {
                    let home = Home::Bins(pages, run.first_bin..run.end_bin);
                    Ok((pages.extent(run, Fraction::ZERO)?, home))
                });
                if found.is_err() {
                    *runs = None;
                }
                Some(found)
            }
            Self::Damaged(page) => {
                let page = page.take()?;
                Some(Err(FormatError::PageNotIndexed { page }.into()))
            }
        }
    }
}

impl Iterator for Extents<'_> {
    type Item = io::Result<Extent>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_with_home()?.map(|(extent, _)| extent))
    }
}
