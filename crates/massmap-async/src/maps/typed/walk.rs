//! Walks over the whole file: iteration and verification.

use std::hash::Hash;
use std::io;

use futures_util::stream::{Stream, StreamExt, iter};
use massmap_core::VerifyReport;
use massmap_core::codec::Role;
use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_read::MassMapInner;
use massmap_read::steps::{BlockEntries, KeysOf, check_types};
use serde::Deserialize;

use super::{AsyncMassMap, Source};
use crate::reader::AsyncReader;
use crate::remote::walk::Read;

impl<K, V, R, H> AsyncMassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de>,
    R: AsyncReader,
    H: MassMapHashLoader,
{
    /// Gives all entries, in the order of the file, and reads [ahead](crate::AsyncOpenOptions::read_ahead).
    ///
    /// An entry that cannot be decoded is an error in its place. Damage in a bucket or page is one error in place of its entries, and a
    /// request that fails is one in place of all that it was for. The stream goes on behind any of them.
    pub fn iter(&self) -> impl Stream<Item = io::Result<(K, V)>> {
        match &self.source {
            Source::Memory { map, .. } => iter(map.iter()).left_stream(),
            Source::Remote { inner, shared, .. } => Source::<K, V, R, H>::remote(inner, shared)
                .read_all()
                .flat_map(|read| iter(entries(inner, read)))
                .right_stream(),
        }
    }

    /// Reads the whole file and checks everything that can be checked, as [`MassMap::verify`](massmap_read::MassMap::verify) does. If
    /// nothing is wrong, every lookup succeeds.
    ///
    /// Errors of the reader are problems of the report.
    pub async fn verify(&self) -> VerifyReport {
        match &self.source {
            Source::Memory { map, .. } => map.verify(),
            Source::Remote { inner, shared, .. } => {
                let types = check_types(inner, &KeysOf::<K>::NEW, || inner.check_type::<V>(Role::Value));
                Source::<K, V, R, H>::remote(inner, shared)
                    .verify(Some(types))
                    .await
            }
        }
    }
}

/// The entries of what was read.
fn entries<K, V, R, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
    read: Read,
) -> impl Iterator<Item = io::Result<(K, V)>>
where
    K: for<'de> Deserialize<'de>,
    V: for<'de> Deserialize<'de>,
{
    let decode = |index: usize, entry: &RawEntry<'_>| {
        Ok((inner.decode_key(index, entry)?, inner.decode_value(index, entry)?))
    };
    let mut entries = BlockEntries::default();
    let filled = match read {
        Read::Extent(extent, Ok(bytes)) => inner
            .index()
            .block::<io::Error>(&extent, &bytes)
            .and_then(|block| entries.fill(&extent, &block, decode)),
        Read::Extent(_, Err(error)) | Read::Failed(_, error) | Read::Damaged(error) => Err(error),
    };
    let error = filled.err().map(Err);
    error
        .into_iter()
        .chain(std::iter::from_fn(move || entries.next(decode)))
}
