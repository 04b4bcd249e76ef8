//! Reading all extents of a map, ahead of their use.

use std::io;
use std::ops::Range;

use bytes::Bytes;
use futures_util::future::FutureExt;
use futures_util::stream::{self, Stream, StreamExt};
use massmap_core::Extent;
use massmap_hash::MassMapHashLoader;

use super::{Remote, range_of};
use crate::options::ReadOptions;
use crate::reader::AsyncReader;

/// What comes of reading.
pub(crate) enum Read {
    /// The bytes of an extent, or the error that prevented reading it.
    Extent(Extent, io::Result<Bytes>),
    /// A request for the extents with these indexes has failed.
    Failed(Range<usize>, io::Error),
    /// The index is damaged; nothing follows.
    Damaged(io::Error),
}

/// Extents that lie side by side and are read at once.
struct Chunk {
    range: Range<u64>,
    extents: Vec<Extent>,
}

/// Iterator over all extents, many at a time.
struct Chunks<'a, I: Iterator> {
    extents: std::iter::Peekable<I>,
    options: &'a ReadOptions,
    /// Length of the next chunk in bytes. Each is twice as long as the one before, so that a walk that ends soon has not read much in vain.
    length: u64,
}

/// Length of the first chunk, in bytes.
const FIRST_READ: u64 = 64 << 10;

impl<E, I: Iterator<Item = Result<Extent, E>>> Iterator for Chunks<'_, I> {
    type Item = Result<Chunk, E>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = match self.extents.next()? {
            Ok(first) => first,
            Err(error) => return Some(Err(error)),
        };
        let longest = self.options.longest_request();
        let most = self.length.min(longest);
        self.length = self.length.saturating_mul(2).min(longest);
        let mut chunk = Chunk {
            range: range_of(&first),
            extents: vec![first],
        };
        while let Some(Ok(next)) = self.extents.next_if(|next| {
            next.as_ref().is_ok_and(|next| {
                let range = range_of(next);
                range.start == chunk.range.end && range.end - chunk.range.start <= most
            })
        }) {
            chunk.range.end = range_of(&next).end;
            chunk.extents.push(next);
        }
        Some(Ok(chunk))
    }
}

impl<'a, R, H, S> Remote<'a, R, H, S>
where
    R: AsyncReader,
    H: MassMapHashLoader,
    S: Copy,
{
    /// Reads all extents of the file in their order, several requests ahead. Goes on behind what cannot be read.
    pub(crate) fn read_all(self) -> impl Stream<Item = Read> + use<'a, R, H, S> {
        let chunks = async move {
            let (complete, extents) = match self.complete_index().await {
                Ok(()) => (None, Some(self.inner.index().extents())),
                Err(error) => (Some(vec![Read::Damaged(error)]), None),
            };
            let chunks = Chunks {
                extents: extents.into_iter().flatten().peekable(),
                options: &self.shared.options,
                length: FIRST_READ,
            };
            let reads = stream::iter(chunks)
                .map(move |chunk| async move {
                    match chunk {
                        Ok(chunk) => read_chunk(&self.inner.reader, chunk).await,
                        Err(error) => vec![Read::Damaged(error.into())],
                    }
                })
                .buffered(self.shared.options.read_ahead);
            stream::iter(complete).chain(reads)
        };
        chunks.flatten_stream().flat_map(stream::iter)
    }
}

/// Reads a chunk. If the file ends early, those of its extents that are there are read one by one.
async fn read_chunk<R: AsyncReader>(reader: &R, Chunk { range, extents }: Chunk) -> Vec<Read> {
    let start = range.start;
    let part = |bytes: &Bytes, extent: &Extent| {
        let part = extent.bytes_in(bytes, start);
        Ok(part.map_or_else(Bytes::new, |part| bytes.slice_ref(part)))
    };
    match reader.read(range).await {
        Ok(bytes) => {
            let parts = extents.into_iter();
            parts
                .map(|extent| Read::Extent(extent, part(&bytes, &extent)))
                .collect()
        }
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && extents.len() > 1 => {
            let mut parts = Vec::with_capacity(extents.len());
            for extent in extents {
                parts.push(Read::Extent(extent, reader.read(range_of(&extent)).await));
            }
            parts
        }
        Err(error) => {
            let index = |extent: Option<&Extent>| extent.map_or(0, Extent::index);
            let failed = index(extents.first())..index(extents.last()).saturating_add(1);
            vec![Read::Failed(failed, error)]
        }
    }
}
