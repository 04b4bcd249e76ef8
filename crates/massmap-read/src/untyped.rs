//! A map of which a program knows no types.

mod batch;
mod check;
mod entries;
mod hash_loader;
mod lookup;

use std::fmt;
use std::io;

use massmap_core::ChecksumPolicy;
use massmap_core::dynamic::{Type, Value};
use massmap_hash::{KnownHashLoader, MassMapHashLoader};
use massmap_io::MassMapReader;

use crate::MassMapInner;
use crate::map::key_check::KeyCheckState;

pub use entries::UntypedEntries;
pub use hash_loader::TolerantHashLoader;

/// How much memory a value may take, unless set.
const DEFAULT_VALUE_LIMIT: usize = 64 << 20;

/// An opened map whose types are those that the file names: for tools, and for programs in other languages.
///
/// Keys are given as a [`Key`](massmap_core::dynamic::Key): a dynamic value, or an encoded key. Values come out as a dynamic
/// [`Value`], as a type of the program, or as encoded bytes.
///
/// Every file opens. Keys can be looked up if their type [can be hashed by its name](Type::can_be_key), which holds for integers,
/// strings, booleans, characters, and sequences, tuples and optional values of these, and if the file names a built-in hash
/// function; [`check_lookups`](Self::check_lookups) tells. The first lookup checks a sample of the keys, as
/// [`MassMap::load`](crate::MassMap::load) does.
///
/// ```
/// use massmap_read::UntypedMap;
/// # let writer = massmap_io::MemoryWriter::new();
/// # massmap_write::MassMapBuilder::default().build(&writer, [("apple", (1u32, true)), ("fig", (2, false))].iter())?;
/// # let reader = writer.into_reader();
///
/// let map = UntypedMap::load(reader)?;
/// assert_eq!(map.get("apple")?, Some((1, true).into()));
/// assert_eq!(map.get_as::<(u32, bool)>("fig")?, Some((2, false)));
/// assert_eq!(map.get("grape")?, None);
/// assert!(map.get(7).is_err(), "keys are strings");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct UntypedMap<R: MassMapReader> {
    inner: MassMapInner<R, TolerantHashLoader>,
    key_type: Type,
    value_type: Type,
    key_check: KeyCheckState,
    value_limit: usize,
}

impl<R: MassMapReader> UntypedMap<R> {
    /// Opens a map of either format, as [`MassMapInner::load`] does.
    ///
    /// # Errors
    ///
    /// Those of [`MassMapInner::load`], but for the hash function.
    pub fn load(reader: R) -> io::Result<Self> {
        Ok(MassMapInner::load(reader)?.into())
    }

    /// Sets when checksums of pages are checked; [`ChecksumPolicy::EveryRead`] unless set. No effect in format 1.
    #[must_use]
    pub fn with_checksum_policy(mut self, policy: ChecksumPolicy) -> Self {
        self.inner = self.inner.with_checksum_policy(policy);
        self
    }

    /// Sets how many bytes of memory a dynamic [`Value`] may take; 64 MiB unless set. A larger one is an error; its encoded bytes can
    /// be had.
    #[must_use]
    pub fn with_value_limit(mut self, bytes: usize) -> Self {
        self.value_limit = bytes;
        self
    }

    /// The type of the keys.
    pub fn key_type(&self) -> &Type {
        &self.key_type
    }

    /// The type of the values.
    pub fn value_type(&self) -> &Type {
        &self.value_type
    }

    /// The map below, which shows header, metadata and encoded entries.
    ///
    /// Its hash function is not that of the file if the file names an unknown one.
    pub fn inner(&self) -> &MassMapInner<R, TolerantHashLoader> {
        &self.inner
    }

    /// Gives the map below back.
    pub fn into_inner(self) -> MassMapInner<R, TolerantHashLoader> {
        self.inner
    }

    /// Number of entries in the map, duplicates included.
    pub fn len(&self) -> u64 {
        self.inner.len()
    }

    /// Whether the map has no entries.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// Checks that keys can be looked up: that their type can be hashed by its name, and that the hash function is known. Reads
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](io::ErrorKind::Unsupported) with a [`KeyError::UnknownType`](massmap_core::dynamic::KeyError::UnknownType);
    /// [`InvalidData`](io::ErrorKind::InvalidData) with a [`HashError`](massmap_hash::HashError).
    pub fn check_lookups(&self) -> io::Result<()> {
        self.key_type.check_is_known()?;
        KnownHashLoader::load(&self.inner.meta.hash_config)?;
        Ok(())
    }

    /// Decodes a value of the map, in limited memory.
    fn decode_value(&self, encoded: &[u8]) -> io::Result<Value> {
        Ok(self.value_type.decode(encoded, self.value_limit)?)
    }
}

impl<R: MassMapReader> From<MassMapInner<R, TolerantHashLoader>> for UntypedMap<R> {
    fn from(inner: MassMapInner<R, TolerantHashLoader>) -> Self {
        Self {
            key_type: Type::parse(&inner.meta.key_type),
            value_type: Type::parse(&inner.meta.value_type),
            inner,
            key_check: KeyCheckState::default(),
            value_limit: DEFAULT_VALUE_LIMIT,
        }
    }
}

impl<R: MassMapReader + Clone> Clone for UntypedMap<R> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            key_type: self.key_type.clone(),
            value_type: self.value_type.clone(),
            key_check: self.key_check.clone(),
            value_limit: self.value_limit,
        }
    }
}

impl<R: MassMapReader + fmt::Debug> fmt::Debug for UntypedMap<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UntypedMap")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
