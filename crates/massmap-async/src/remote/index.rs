//! Probes of an index that may be read in parts.

use std::collections::BTreeSet;
use std::io;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use massmap_core::{Probe, ReadError};
use massmap_format::FormatError;
use massmap_hash::MassMapHashLoader;

use super::Remote;
use crate::reader::AsyncReader;

/// Offset and length of the part of the index that something needs first, in place of its result.
fn missing_part<T>(result: Result<T, ReadError>) -> Result<Result<T, (u64, u64)>, ReadError> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(ReadError::Format(FormatError::SectionPartMissing { offset, length, .. })) => {
            Ok(Err((offset, length)))
        }
        Err(error) => Err(error),
    }
}

impl<R, H, S> Remote<'_, R, H, S>
where
    R: AsyncReader,
    H: MassMapHashLoader,
    S: Copy,
{
    /// Finds the extent in which entries with this hash belong.
    pub(super) async fn probe(self, hash: u64) -> io::Result<Probe> {
        loop {
            match missing_part(self.inner.index().probe::<ReadError>(hash))? {
                Ok(probe) => return Ok(probe),
                Err(part) => self.supply(part).await?,
            }
        }
    }

    /// The same, whatever the miss filter says.
    pub(super) async fn probe_unfiltered(self, hash: u64) -> io::Result<Probe> {
        loop {
            let probe = self.inner.index().probe_unfiltered(hash);
            match missing_part(probe.map_err(ReadError::from))? {
                Ok(probe) => return Ok(probe),
                Err(part) => self.supply(part).await?,
            }
        }
    }

    /// Makes sure that probes of these hashes find what they need in the index. Each part is read once, and those that are needed at the
    /// same time together.
    pub(super) async fn prepare(self, hashes: &[u64]) -> io::Result<()> {
        let index = self.inner.index();
        loop {
            let mut parts = BTreeSet::new();
            for hash in hashes {
                if index.next_missing().is_none() {
                    return Ok(());
                }
                // Other errors come up again when the key is looked up.
                if let Ok(Err(part)) = missing_part(index.probe::<ReadError>(*hash)) {
                    parts.insert(part);
                }
            }
            if parts.is_empty() {
                return Ok(());
            }
            stream::iter(parts)
                .map(|part| self.supply(part))
                .buffer_unordered(self.shared.options.requests_in_flight)
                .try_collect::<()>()
                .await?;
        }
    }

    /// Reads what is missing of the index.
    pub(crate) async fn complete_index(self) -> io::Result<()> {
        while let Some(part) = self.inner.index().next_missing() {
            self.supply(part).await?;
        }
        Ok(())
    }

    async fn supply(self, (offset, length): (u64, u64)) -> io::Result<()> {
        let bytes = self
            .inner
            .reader
            .read(offset..offset.saturating_add(length))
            .await?;
        Ok(self.inner.index().supply(offset, &bytes)?)
    }
}
