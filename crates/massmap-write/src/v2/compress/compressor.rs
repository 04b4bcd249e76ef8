//! Compressing the values of many entries on several threads.

use std::collections::VecDeque;
use std::io;

use massmap_format::CompressionDescription;

use super::ValueEncoder;
use super::stored_entries::StoredEntries;
use crate::entry::Batch;
use crate::error::WriteError;
use crate::resources::{Resources, Task};
use crate::sort::Chunk;

/// Compresses the values of sorted entries, each once.
#[derive(Debug)]
pub(in crate::v2) struct Compressor {
    encoder: ValueEncoder,
    resources: Resources,
    /// Chunks whose values are being compressed, in order, with the memory in bytes that each takes.
    tasks: VecDeque<(Task<Result<Batch, WriteError>>, u64)>,
    in_flight: u64,
    stored: StoredEntries,
}

impl Compressor {
    /// A compressor with the dictionary and level of `description`.
    pub(in crate::v2) fn new(
        description: &CompressionDescription,
        resources: &Resources,
    ) -> Result<Self, WriteError> {
        Ok(Self {
            encoder: ValueEncoder::new(&description.dictionary, description.level)?,
            resources: resources.clone(),
            tasks: VecDeque::new(),
            in_flight: 0,
            stored: StoredEntries::new(resources),
        })
    }

    /// Adds sorted entries that follow all others.
    pub(in crate::v2) fn push(&mut self, chunk: Chunk) -> io::Result<()> {
        // The entries, and at most as much once their values are compressed.
        let (_, length) = chunk.size();
        let size = chunk.memory() + length;
        while !self.tasks.is_empty() && self.in_flight + size > self.resources.encoding() {
            self.wait()?;
        }
        let encoder = self.encoder.clone();
        let task = self.resources.threads.spawn(move || compress(&encoder, &chunk))?;
        self.tasks.push_back((task, size));
        self.in_flight += size;
        Ok(())
    }

    fn wait(&mut self) -> io::Result<()> {
        if let Some((task, size)) = self.tasks.pop_front() {
            self.in_flight -= size;
            self.stored.push(&task.wait()?)?;
        }
        Ok(())
    }

    /// All entries, in order.
    pub(in crate::v2) fn finish(mut self) -> io::Result<StoredEntries> {
        while !self.tasks.is_empty() {
            self.wait()?;
        }
        Ok(self.stored)
    }
}

/// The entries of `chunk` with their values as they are stored.
fn compress(encoder: &ValueEncoder, chunk: &Chunk) -> Result<Batch, WriteError> {
    let mut context = encoder.context()?;
    let mut batch = Batch::default();
    for (ordinal, entry) in (0..).zip(chunk.entries()) {
        let raw = chunk.raw(entry);
        batch.push_encoded(ordinal, entry.sort_key, raw.key, |bytes| {
            context.encode(raw.value, bytes)
        })?;
    }
    Ok(batch)
}
