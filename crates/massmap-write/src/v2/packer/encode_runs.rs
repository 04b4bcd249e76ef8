//! Encoding runs of pages, on any thread.

use std::sync::Arc;

use massmap_core::codec::{EntryCodec, RecordError};
use massmap_format::{EntryLayout, PageEncoder, PageLayout};

use crate::error::WriteError;
use crate::sort::Chunk;
use crate::v2::page_file::PlacedRun;

/// A run of pages.
pub(super) struct Run {
    /// Number of entries of the chunk before its end.
    pub(super) end: usize,
    pub(super) placed: PlacedRun,
}

/// What the runs of a file have in common.
#[derive(Clone)]
pub(super) struct RunSettings {
    pub(super) layout: PageLayout,
    pub(super) bins: u64,
    pub(super) file_id: u64,
    /// Makes the records of entries, unless they stay MessagePack.
    pub(super) codec: Option<Arc<EntryCodec>>,
}

const IN_MEMORY: &str = "runs of entries in memory are in memory, one after the other";

/// Length of the runs that are encoded at a time, in bytes, unless a single one is longer: so short that threads share the work on
/// a chunk, and that the bytes are written before they have left the caches.
const PIECE: u64 = 1 << 20;

impl RunSettings {
    /// Divides the runs of a chunk into pieces, each to be encoded at a time.
    pub(super) fn pieces(&self, runs: Vec<Run>) -> Vec<Vec<Run>> {
        let most = PIECE / u64::from(self.layout.page_size());
        let mut pieces: Vec<Vec<Run>> = Vec::new();
        let mut room = 0;
        for run in runs {
            let pages = run.placed.pages;
            match pieces.last_mut().filter(|_| pages <= room) {
                Some(piece) => piece.push(run),
                None => {
                    room = most.max(pages);
                    pieces.push(vec![run]);
                }
            }
            room -= pages;
        }
        pieces
    }

    /// Total length of `runs`, in bytes.
    pub(super) fn length(&self, runs: &[Run]) -> usize {
        let pages: u64 = runs.iter().map(|run| run.placed.pages).sum();
        let length = pages.checked_mul(self.layout.page_size().into());
        length
            .and_then(|length| usize::try_from(length).ok())
            .expect(IN_MEMORY)
    }

    /// The bytes of `runs`, which consist of the entries of `chunk` from number `start` on, in the memory of `out`.
    pub(super) fn encode(
        &self,
        chunk: &Chunk,
        mut start: usize,
        runs: &[Run],
        mut out: Vec<u8>,
    ) -> Result<Vec<u8>, WriteError> {
        let layout = self.layout;
        let length = self.length(runs);
        if out.capacity() < length {
            // Without a copy of the old content.
            out = Vec::with_capacity(length);
        }
        // What there is of the old content is overwritten.
        out.resize(length, 0);
        let mut rest = out.as_mut_slice();
        for Run { end, placed } in runs {
            let entries = chunk.entries().get(start..*end).unwrap_or_default();
            start = *end;
            let encoder = PageEncoder {
                layout,
                pages: placed.pages,
                file_id: self.file_id,
                first_page: placed.first_page,
            };
            let marked = entries.iter().map(|entry| {
                let length = match layout.entries() {
                    EntryLayout::Fixed(widths) => widths.entry() as usize,
                    EntryLayout::Variable | EntryLayout::Compressed => entry.length(),
                };
                (placed.fraction_of(entry.sort_key, self.bins), length, entry)
            });
            let count = entries.len();
            let run;
            (run, rest) = rest.split_at_mut_checked(encoder.length()).expect(IN_MEMORY);
            match &self.codec {
                Some(codec) => encoder.encode(count, marked, run, |entry, place| {
                    codec.write_record(&chunk.raw(entry), place)
                })?,
                None => encoder.encode(count, marked, run, |entry, place| {
                    place.copy_from_slice(chunk.bytes(entry));
                    Ok::<_, RecordError>(())
                })?,
            }
        }
        Ok(out)
    }
}
