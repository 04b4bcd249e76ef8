//! Opening maps with their types.

use std::hash::Hash;
use std::io;
use std::marker::PhantomData;

use massmap_core::codec::Role;
use massmap_hash::MassMapHashLoader;
use massmap_io::AnyReader;
use massmap_read::{MassMap, MassMapInner};
use serde::Deserialize;

use super::{AsyncMassMap, Source};
use crate::options::AsyncOpenOptions;
use crate::reader::AsyncReader;
use crate::reader::version_tag::VersionTag;
use crate::remote::Shared;
use crate::remote::opening::open;

impl<K, V, R, H> AsyncMassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de>,
    R: AsyncReader,
    H: MassMapHashLoader,
{
    /// Opens a map of either format with the default options: reads its last 64 KiB, and the rest of its metadata and index if they are
    /// longer; loads its hash function; checks hash function and types against what the file says.
    ///
    /// Two requests at most in format 2, and three in format 1, whose header is at the beginning. The index takes about one byte of
    /// memory a page, and the miss filter its size.
    ///
    /// # Errors
    ///
    /// - [`InvalidData`](io::ErrorKind::InvalidData) with a [`FormatError`](massmap_format::FormatError) if the file is no massmap file or
    ///   contradicts itself, with a [`ReadError`](massmap_core::ReadError) if its keys or values are of other types or its hash function
    ///   is another;
    /// - [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the file ends early;
    /// - [`Unsupported`](io::ErrorKind::Unsupported) with [`RemoteError::UnknownVersion`](crate::RemoteError::UnknownVersion) for a file of
    ///   format 1 whose version is not known for sure;
    /// - the error of `H` if it cannot load the hash function that the file names;
    /// - any error of the reader.
    pub async fn open(reader: R) -> io::Result<Self> {
        Self::open_with(reader, &AsyncOpenOptions::new()).await
    }

    /// Opens a map like [`open`](Self::open), with options.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open).
    pub async fn open_with(reader: R, options: &AsyncOpenOptions) -> io::Result<Self> {
        if let Some(bytes) = reader.shared_bytes() {
            let map = MassMapInner::load(AnyReader::from(bytes))?.with_checksum_policy(options.policy);
            let map: MassMap<K, V, _, H> = map.cast();
            map.check_key_type()?;
            return Ok(Self {
                source: Source::Memory { map, reader },
                version: VersionTag::strong(""),
            });
        }
        let file = open(&reader, options).await?;
        let inner = MassMapInner::<R, H>::from_opened(file.opened, reader)?;
        inner.check_type::<V>(Role::Value)?;
        let shared = Shared::new(options.reads);
        Source::<K, V, R, H>::remote(&inner, &shared).check_at_opening(&file.suffix)?;
        Ok(Self {
            source: Source::Remote {
                inner,
                shared,
                types: PhantomData,
            },
            version: file.version,
        })
    }

    /// Reads and examines a sample of the keys, to check that the file was built with the key type `K` and this hash function, unless
    /// that has been done. Otherwise the first lookup of a missing key does this if it has to. Usually one request. Returns `false` if
    /// damage prevents the check.
    ///
    /// # Errors
    ///
    /// Those of [`MassMap::load`], and any error of the reader.
    pub async fn check_keys(&self) -> io::Result<bool> {
        match &self.source {
            Source::Memory { map, .. } => map.check_key_type(),
            Source::Remote { inner, shared, .. } => {
                Source::<K, V, R, H>::remote(inner, shared).check_keys().await
            }
        }
    }
}
