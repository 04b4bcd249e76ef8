//! A map with its key and value types.

mod lookup;
mod open;
mod walk;

use std::fmt;
use std::marker::PhantomData;

use massmap_hash::{KnownHashLoader, MassMapHashLoader};
use massmap_io::AnyReader;
use massmap_read::steps::KeysOf;
use massmap_read::{MassMap, MassMapInner};

use crate::maps::description::description;
use crate::reader::version_tag::VersionTag;
use crate::remote::{Remote, Shared};

/// An opened map from `K` to `V`, read asynchronously through `R`: a map in an object store, say.
///
/// Opening takes one request, or two if the index is longer than 64 KiB; a lookup takes exactly one, of the page that can hold the key,
/// or none if the miss filter rules the key out. The index and the miss filter stay in memory. Nothing else is kept, unless `R` is a
/// cache. The map never changes, so that any number of tasks can share it, and a future that is dropped leaves it usable.
///
/// ```
/// use massmap_async::{AsyncMassMap, MemoryReader};
///
/// # let writer = massmap_io::MemoryWriter::new();
/// # massmap_write::MassMapBuilder::default().build(&writer, [("apple", 1u32), ("banana", 2)].iter())?;
/// # let reader = MemoryReader::new(writer.into_inner());
/// # futures_executor::block_on(async {
/// let map = AsyncMassMap::<String, u32, _>::open(reader).await?;
/// assert_eq!(map.get("apple").await?, Some(1));
/// assert_eq!(map.batch_get::<str>(["banana", "cherry"]).await?, [Some(2), None]);
/// assert!(!map.contains_key("cherry").await?);
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # What is checked
///
/// A hash function or a key type that is not that of the file would make every key seem to be missing. Opening compares both with what
/// the file says, and with the keys at the end of the file if it has read any. No lookup reports a key as missing before stored keys have
/// been found where their hashes say: those of the page in which the key would be. Only if that page is not evidence enough, or if
/// there is no page to read, is another request made, once. [`check_keys`](Self::check_keys) makes it beforehand. What a sample can miss
/// is said at [`MassMap`].
///
/// # In memory
///
/// If the reader has [all bytes in memory](crate::AsyncReader::shared_bytes), lookups are those of [`MassMap`], as fast, and never wait.
pub struct AsyncMassMap<K, V, R, H: MassMapHashLoader = KnownHashLoader> {
    pub(crate) source: Source<K, V, R, H>,
    version: VersionTag,
}

pub(crate) enum Source<K, V, R, H: MassMapHashLoader> {
    /// The bytes are in memory.
    Memory {
        map: MassMap<K, V, AnyReader, H>,
        reader: R,
    },
    Remote {
        inner: MassMapInner<R, H>,
        shared: Shared,
        types: PhantomData<fn() -> (K, V)>,
    },
}

/// Evaluates an expression with the map without its types.
macro_rules! with_inner {
    ($map:expr, $inner:ident => $result:expr) => {
        match &$map.source {
            Source::Memory { map, .. } => {
                let $inner = map.inner();
                $result
            }
            Source::Remote { inner: $inner, .. } => $result,
        }
    };
}

impl<K, V, R, H: MassMapHashLoader> AsyncMassMap<K, V, R, H> {
    description!(with_inner);

    /// The reader of the file.
    pub fn reader(&self) -> &R {
        match &self.source {
            Source::Memory { reader, .. } => reader,
            Source::Remote { inner, .. } => &inner.reader,
        }
    }

    /// The version of the file that is read.
    pub fn version(&self) -> &VersionTag {
        &self.version
    }
}

impl<K, V, R, H: MassMapHashLoader> Source<K, V, R, H> {
    pub(crate) const fn remote<'a>(
        inner: &'a MassMapInner<R, H>,
        shared: &'a Shared,
    ) -> Remote<'a, R, H, KeysOf<K>> {
        Remote {
            inner,
            shared,
            keys: KeysOf::NEW,
        }
    }
}

impl<K, V, R: fmt::Debug, H: MassMapHashLoader> fmt::Debug for AsyncMassMap<K, V, R, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncMassMap")
            .field("reader", self.reader())
            .field("version", &self.version)
            .field("entries", &self.len())
            .finish_non_exhaustive()
    }
}
