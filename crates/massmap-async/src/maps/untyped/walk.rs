//! Walks over the whole file: iteration and verification.

use std::io;

use futures_util::stream::{Stream, StreamExt, iter};
use massmap_core::VerifyReport;
use massmap_core::dynamic::Value;
use massmap_read::steps::check_types;
use massmap_read::{RawBlock, UntypedMap};

use super::{AsyncUntypedMap, Source, remote};
use crate::reader::AsyncReader;
use crate::remote::walk::Read;

impl<R: AsyncReader> AsyncUntypedMap<R> {
    /// Gives all entries, in the order of the file, whatever the types and the hash function, and reads
    /// [ahead](crate::AsyncOpenOptions::read_ahead).
    ///
    /// An entry that cannot be decoded is an error in its place. Damage in a bucket or page is one error in place of its entries, and a
    /// request that fails is one in place of all that it was for. The stream goes on behind any of them.
    pub fn iter(&self) -> impl Stream<Item = io::Result<(Value, Value)>> {
        match &self.source {
            Source::Memory { map, .. } => iter(map.iter()).left_stream(),
            Source::Remote { map, shared } => remote(map, shared)
                .read_all()
                .flat_map(|read| iter(entries(map, read)))
                .right_stream(),
        }
    }

    /// Reads the whole file and checks everything about it that can be checked, as [`UntypedMap::verify`] does.
    ///
    /// Errors of the reader are problems of the report.
    pub async fn verify(&self) -> VerifyReport {
        match &self.source {
            Source::Memory { map, .. } => map.verify(),
            Source::Remote { map, shared } => {
                let can_hash = map.check_lookups().is_ok();
                let types = can_hash.then(|| check_types(map.inner(), &map.stored_keys(), || Ok(())));
                remote(map, shared).verify(types).await
            }
        }
    }
}

/// The entries of what was read.
fn entries<R>(map: &UntypedMap<R>, read: Read) -> impl Iterator<Item = io::Result<(Value, Value)>> {
    let inner = map.inner();
    let block = match read {
        Read::Extent(extent, Ok(bytes)) => inner
            .index()
            .block::<io::Error>(&extent, &bytes)
            .and_then(|block| RawBlock::encoded(inner, &extent, &block)),
        Read::Extent(_, Err(error)) | Read::Failed(_, error) | Read::Damaged(error) => Err(error),
    };
    let (block, error) = match block {
        Ok(block) => (block, None),
        Err(error) => (RawBlock::default(), Some(Err(error))),
    };
    let entries = (0..block.len()).filter_map(move |number| Some(map.decode_entry(block.get(number)?)));
    error.into_iter().chain(entries)
}
