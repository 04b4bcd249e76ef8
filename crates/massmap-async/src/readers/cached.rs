//! Readers that keep what they read.

mod failure;
mod flight;
mod key;
pub(crate) mod page_cache;

use std::collections::BTreeMap;
use std::io::Result;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use massmap_io::IoError;

use crate::error::RemoteError;
use crate::reader::version_tag::VersionTag;
use crate::reader::{AsyncReader, Suffix};
use failure::Failure;
use flight::{Landed, Landing};
use key::FileKey;
use page_cache::{Fetched, PageCache, Request};

/// A reader that keeps the pages that it reads in a [`PageCache`], and reads none that is there.
///
/// **Which pages.** The file is divided into pages of one size, see [`with_page_size`](Self::with_page_size). Of a range, the pages that
/// are not there are read whole, each gap in one request. Not kept is what is read before the first
/// [`read_suffix`](AsyncReader::read_suffix), which tells the version of the file, nor suffixes, nor reads of more than an eighth of the
/// cache, nor anything of a reader whose bytes are in memory.
///
/// **Versions.** Readers of the same location and version find each other's pages. If the version is not known for sure (its
/// [`VersionTag`] is not strong, or is empty) or there is no location, only the reader that read a page finds it. What is in the cache is
/// given without asking whether the file was replaced: that is noticed at the next request. The bytes are always of one version, as far
/// as the reader tells versions apart.
///
/// **One request for all.** Of any number of futures that need a page at the same time, one requests it. If that one is dropped, or is
/// not polled, another requests the page. An error is not kept: those who waited for the request get a copy of it if they use the same
/// reader, and try themselves if they use another one of the same file.
#[derive(Debug)]
pub struct Cached<R> {
    inner: R,
    cache: PageCache,
    /// Its number among the readers of the cache.
    number: u64,
    page_size: u64,
    /// Known once the suffix was read.
    file: OnceLock<OpenFile>,
}

#[derive(Debug)]
struct OpenFile {
    version: VersionTag,
    length: u64,
    /// `None` if its bytes are in memory.
    key: Option<Arc<FileKey>>,
}

/// Page numbers and bytes.
type Pages = BTreeMap<u64, Bytes>;

impl<R: AsyncReader> Cached<R> {
    /// Reads from `inner`, and keeps the pages in `cache`.
    #[must_use]
    pub fn new(inner: R, cache: &PageCache) -> Self {
        Self {
            inner,
            cache: cache.clone(),
            number: cache.number_reader(),
            page_size: 4096,
            file: OnceLock::new(),
        }
    }

    /// Sets the size of the pages that are kept, in bytes: a power of two from 512 to 1 MiB. Others are rounded up to one, or to the
    /// nearest of these limits. 4096 unless set.
    ///
    /// Best is the page size of the map. If it is smaller, a page of the map is put together from several; if it is larger, more is
    /// read than needed. To be set before the first read.
    #[must_use]
    pub fn with_page_size(mut self, bytes: u64) -> Self {
        self.page_size = bytes.clamp(512, 1 << 20).next_power_of_two();
        self.file = OnceLock::new();
        self
    }

    /// The reader that was given.
    #[must_use]
    pub fn into_inner(self) -> R {
        self.inner
    }

    /// The file, if what is read at `ranges` is to be kept.
    fn to_keep(&self, ranges: &[Range<u64>]) -> Result<Option<(&OpenFile, &Arc<FileKey>)>> {
        let Some(file) = self.file.get() else {
            return Ok(None);
        };
        for range in ranges {
            if range.start > range.end || range.end > file.length {
                return Err(IoError::UnexpectedEnd {
                    offset: range.start,
                    length: range.end.saturating_sub(range.start),
                    available: file.length.saturating_sub(range.start),
                }
                .into());
            }
        }
        let pages = ranges.iter().map(|range| {
            let numbers = self.numbers(range);
            numbers.end - numbers.start
        });
        let bytes = pages.fold(0, u64::saturating_add).saturating_mul(self.page_size);
        let keep = bytes <= self.cache.largest_read();
        Ok(file.key.as_ref().filter(|_| keep).map(|key| (file, key)))
    }

    /// The numbers of the pages in which a range lies.
    fn numbers(&self, range: &Range<u64>) -> Range<u64> {
        range.start / self.page_size..range.end.div_ceil(self.page_size)
    }

    /// All pages in which the ranges lie, and what was read for them: the bytes of each gap.
    async fn pages(
        &self,
        file: &OpenFile,
        key: &Arc<FileKey>,
        ranges: &[Range<u64>],
    ) -> Result<(Pages, Vec<(Range<u64>, Bytes)>)> {
        let mut pages = Pages::new();
        let mut missing: Vec<u64> = ranges.iter().flat_map(|range| self.numbers(range)).collect();
        missing.sort_unstable();
        missing.dedup();
        for number in &missing {
            pages.extend(self.cache.get(key, *number).map(|page| (*number, page)));
        }
        missing.retain(|number| !pages.contains_key(number));
        let mut pieces = Vec::new();
        while !missing.is_empty() {
            let begun = self.cache.begin(key, missing.iter().copied());
            pages.extend(begun.found);
            if !begun.request.numbers.is_empty() {
                // Before waiting for others: nobody waits for two requests, one of which waits for the other.
                pages.extend(self.request(file, begun.request, ranges, &mut pieces).await?);
            } else if let Some((number, flight)) = begun.requested {
                match Landed::new(flight).await {
                    Landing::Done(Fetched::Pages(fetched)) => {
                        if let Some(page) = fetched.get(&number) {
                            self.cache.hit();
                            pages.insert(number, page.clone());
                        }
                    }
                    Landing::Done(Fetched::Failed(reader, failure)) if reader == self.number => {
                        return Err(failure.to_error());
                    }
                    Landing::Done(Fetched::Failed(..)) | Landing::Abandoned => {}
                }
            }
            missing.retain(|number| !pages.contains_key(number));
        }
        Ok((pages, pieces))
    }

    /// Reads the pages of a request.
    async fn request(
        &self,
        file: &OpenFile,
        request: Request,
        ranges: &[Range<u64>],
        pieces: &mut Vec<(Range<u64>, Bytes)>,
    ) -> Result<Pages> {
        let gaps = self.gaps(file, &request.numbers, ranges);
        let flight = Arc::clone(&request.flight);
        let read = flight.fly(self.read_gaps(&gaps)).await;
        let fetched = match read {
            Ok(fetched) => fetched,
            // Which of several gaps failed is not known: those who wait for any of them try themselves.
            Err(error) if gaps.len() > 1 => return Err(error),
            Err(error) => {
                let failure = Failure::new(error);
                request.fail(self.number, failure.clone());
                return Err(failure.to_error());
            }
        };
        let mut pages = Pages::new();
        for (gap, bytes) in gaps.into_iter().zip(fetched) {
            let mut rest = bytes.clone();
            for number in self.numbers(&gap) {
                let length = usize::try_from(self.page_size).unwrap_or(usize::MAX);
                let page = rest.split_to(length.min(rest.len()));
                // A copy, since a part of what was read keeps all of it in memory.
                pages.insert(number, Bytes::copy_from_slice(&page));
            }
            pieces.push((gap, bytes));
        }
        Ok(request.succeed(pages).as_ref().clone())
    }

    /// The ranges to read for pages with these numbers, which ascend: neighbours are read together, but none that are needed for
    /// different ranges, since whoever asked decided how large a request may be.
    fn gaps(&self, file: &OpenFile, numbers: &[u64], ranges: &[Range<u64>]) -> Vec<Range<u64>> {
        let mut gaps: Vec<Range<u64>> = Vec::new();
        for number in numbers {
            let start = number * self.page_size;
            let end = start.saturating_add(self.page_size).min(file.length);
            let together = |gap: &Range<u64>| {
                let first = gap.start / self.page_size;
                let needed =
                    |range| self.numbers(range).contains(&first) && self.numbers(range).contains(number);
                gap.end == start && ranges.iter().any(needed)
            };
            match gaps.last_mut() {
                Some(gap) if together(gap) => gap.end = end,
                _ => gaps.push(start..end),
            }
        }
        gaps
    }

    /// Reads gaps, and checks that their bytes are all there.
    async fn read_gaps(&self, gaps: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let fetched = match gaps {
            [gap] => vec![self.inner.read(gap.clone()).await?],
            _ => self.inner.read_many(gaps.to_vec()).await?,
        };
        let lengths = fetched.iter().map(|bytes| bytes.len() as u64);
        if lengths.eq(gaps.iter().map(|gap| gap.end - gap.start)) {
            return Ok(fetched);
        }
        let lengths: Vec<_> = fetched.iter().map(Bytes::len).collect();
        Err(RemoteError::WrongAnswer {
            location: self.inner.location().to_owned(),
            asked: format!("bytes {gaps:?}"),
            found: format!("{lengths:?} bytes"),
            advice: "the reader behind the cache is faulty",
        }
        .into())
    }

    /// The bytes of a range, all pages of which are there: without copying if they are in one page or were read together.
    fn assemble(&self, range: &Range<u64>, pages: &Pages, pieces: &[(Range<u64>, Bytes)]) -> Bytes {
        let numbers = self.numbers(range);
        if let Some(page) = pages
            .get(&numbers.start)
            .filter(|_| numbers.end - numbers.start == 1)
        {
            return self.part(page, numbers.start, range);
        }
        let whole = pieces
            .iter()
            .find(|(gap, _)| gap.start <= range.start && range.end <= gap.end);
        if let Some((gap, bytes)) = whole {
            return slice(bytes, gap.start, range);
        }
        let length = usize::try_from(range.end - range.start).unwrap_or_default();
        let mut bytes = BytesMut::with_capacity(length);
        for (number, page) in pages.range(numbers) {
            bytes.extend_from_slice(&self.part(page, *number, range));
        }
        bytes.freeze()
    }

    /// The part of a page that lies in a range.
    fn part(&self, page: &Bytes, number: u64, range: &Range<u64>) -> Bytes {
        slice(page, number * self.page_size, range)
    }
}

/// The part of `bytes`, which are at `offset`, that lies in a range.
fn slice(bytes: &Bytes, offset: u64, range: &Range<u64>) -> Bytes {
    let inside = |position: u64| {
        let position = usize::try_from(position.saturating_sub(offset)).unwrap_or(usize::MAX);
        position.min(bytes.len())
    };
    bytes.slice(inside(range.start)..inside(range.end))
}

impl<R: AsyncReader> AsyncReader for Cached<R> {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        let ranges = [range.clone()];
        let Some((file, key)) = self.to_keep(&ranges)? else {
            return self.inner.read(range).await;
        };
        let number = range.start / self.page_size;
        if range.end <= (number + 1).saturating_mul(self.page_size)
            && let Some(page) = self.cache.get(key, number)
        {
            return Ok(self.part(&page, number, &range));
        }
        let (pages, pieces) = self.pages(file, key, &ranges).await?;
        Ok(self.assemble(&range, &pages, &pieces))
    }

    async fn read_many(&self, ranges: Vec<Range<u64>>) -> Result<Vec<Bytes>> {
        let Some((file, key)) = self.to_keep(&ranges)? else {
            return self.inner.read_many(ranges).await;
        };
        let (pages, pieces) = self.pages(file, key, &ranges).await?;
        let assembled = ranges.iter().map(|range| self.assemble(range, &pages, &pieces));
        Ok(assembled.collect())
    }

    async fn read_suffix(&self, length: u64) -> Result<Suffix> {
        let suffix = self.inner.read_suffix(length).await?;
        let file = self.file.get_or_init(|| {
            let location = self.inner.location();
            let in_memory = self.inner.shared_bytes().is_some();
            let key = || FileKey::new(location, &suffix.version, self.page_size, self.number);
            OpenFile {
                version: suffix.version.clone(),
                length: suffix.file_length,
                key: (!in_memory).then(|| Arc::new(key())),
            }
        });
        if file.version == suffix.version && file.length == suffix.file_length {
            return Ok(suffix);
        }
        // The reader did not notice, but pages of the older version are in the cache.
        let version = |tag: &VersionTag, length| format!("version {tag:?} of {length} bytes");
        Err(RemoteError::Changed {
            location: self.inner.location().to_owned(),
            opened: version(&file.version, file.length),
            found: version(&suffix.version, suffix.file_length),
        }
        .into())
    }

    fn ranges_at_once(&self) -> usize {
        self.inner.ranges_at_once()
    }

    fn shared_bytes(&self) -> Option<Bytes> {
        self.inner.shared_bytes()
    }

    fn stored_length(&self) -> Option<u64> {
        self.inner.stored_length()
    }

    fn location(&self) -> &str {
        self.inner.location()
    }
}
