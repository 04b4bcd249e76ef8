//! Checking a whole file through a reader.

use std::io;
use std::pin::pin;

use futures_util::stream::StreamExt;
use massmap_core::{ChecksumPolicy, ReadError, VerifyReport, with_causes};
use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_read::steps::{StoredKeys, begin_verification};

use super::Remote;
use super::walk::Read;
use crate::reader::AsyncReader;

impl<R, H, S> Remote<'_, R, H, S>
where
    R: AsyncReader,
    H: MassMapHashLoader,
    S: StoredKeys<R, H> + Copy,
{
    /// Checks everything. `types` says whether lookups are refused whatever the entries are; `None` if the keys cannot be hashed, which
    /// are then not checked.
    pub(crate) async fn verify(self, types: Option<Result<(), ReadError>>) -> VerifyReport {
        let (inner, index) = (self.inner, self.inner.index());
        let hashes_keys = types.is_some();
        // What cannot be read of the index is reported as missing from it.
        _ = self.complete_index().await;
        let mut verification = begin_verification(inner, types);
        let mut reads = pin!(self.read_all());
        // Extents that could not be read, and why: an error cannot be copied.
        let mut unread = (0..0, io::ErrorKind::Other, String::new());
        while let Some((extent, placement)) = verification.next_extent() {
            let bytes = loop {
                let (failed, kind, message) = &unread;
                if failed.contains(&extent.index()) {
                    break Err(io::Error::new(*kind, message.clone()));
                }
                match reads.next().await {
                    Some(Read::Extent(read, bytes)) if read.index() == extent.index() => break bytes,
                    Some(Read::Failed(failed, error)) => unread = (failed, error.kind(), with_causes(&error)),
                    // The verification has noted what is wrong with the index.
                    Some(Read::Extent(..) | Read::Damaged(_)) => {}
                    None => break Err(io::ErrorKind::UnexpectedEof.into()),
                }
            };
            let checked =
                bytes.and_then(|bytes| {
                    // Overrides the map's policy.
                    let policy = Some(ChecksumPolicy::EveryRead);
                    let block = index.block_with_policy::<io::Error>(&extent, &bytes, policy)?;
                    verification.check_block(&extent, &placement, &block, |entry: &RawEntry<'_>| {
                        match hashes_keys {
                            true => inner.hash_stored(&self.keys, extent.index(), entry.key).map(Some),
                            false => Ok(None),
                        }
                    })
                });
            verification.add_block(&extent, checked);
        }
        while let Some((offset, length)) = verification.next_range() {
            let bytes = inner.reader.read(offset..offset.saturating_add(length)).await;
            let checked = bytes.and_then(|bytes| verification.check_range(&bytes));
            verification.add_range(checked);
        }
        verification.finish()
    }
}
