//! A map of which a program knows no types.

mod batch;
mod batch_keys;
mod check;
mod entries;
mod found;
mod hash_loader;
mod lookup;
pub(crate) mod named_keys;

use std::fmt;
use std::io;

use massmap_core::ChecksumPolicy;
use massmap_core::dynamic::{KeyError, Type, Value};
use massmap_format::RawEntry;
use massmap_hash::{KnownHashLoader, MassMapHashLoader};
use massmap_io::MassMapReader;

use crate::MassMapInner;
use crate::map::key_check::KeyCheckState;

use named_keys::NamedKeys;

pub use batch_keys::BatchKey;
pub use entries::UntypedEntries;
pub use found::FoundValue;
pub use hash_loader::TolerantHashLoader;

/// How much memory a value may take, unless set.
const DEFAULT_VALUE_LIMIT: usize = 64 << 20;

/// An opened map whose types are those that the file names: for tools, and for programs in other languages.
///
/// Keys are given as a [`Key`](massmap_core::dynamic::Key): a dynamic value, or an encoded key. Values come out as a dynamic
/// [`Value`], as a type of the program, or as encoded bytes.
///
/// Every file opens. Keys can be looked up if their type [can be hashed without Rust's type](Type::can_be_key), which holds for
/// integers, strings, byte arrays, booleans, characters, and sequences, tuples and optional values of these, and if the file names a
/// built-in hash function; [`check_lookups`](Self::check_lookups) tells. The first lookup checks a sample of the keys, as
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
pub struct UntypedMap<R> {
    inner: MassMapInner<R, TolerantHashLoader>,
    key_type: Type,
    value_type: Type,
    /// Whether keys are hashed in a way that the file does not tell.
    has_custom_hash: bool,
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
}

impl<R> UntypedMap<R> {
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

    /// Checks that keys can be looked up: that they can be hashed by what the file tells of them, and that the hash function is known.
    /// Reads nothing.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](io::ErrorKind::Unsupported) with a [`KeyError::UnknownType`] or a [`KeyError::CustomHash`];
    /// [`InvalidData`](io::ErrorKind::InvalidData) with a [`HashError`](massmap_hash::HashError).
    pub fn check_lookups(&self) -> io::Result<()> {
        if self.has_no_keys() {
            return Ok(());
        }
        if self.has_custom_hash {
            return Err(KeyError::CustomHash {
                type_name: self.key_type.to_string(),
            }
            .into());
        }
        self.key_type.check_is_known()?;
        KnownHashLoader::load(&self.inner.meta.hash_config)?;
        Ok(())
    }

    /// Whether there are no keys, of which the file then says nothing: any key is missing.
    pub fn has_no_keys(&self) -> bool {
        self.is_empty() && self.inner.entry_types().is_some()
    }

    /// The keys of the file, as the file names them.
    pub fn stored_keys(&self) -> NamedKeys<'_> {
        NamedKeys(&self.key_type)
    }

    /// Decodes a value in the bucket, or the run of pages, with this index, in limited memory.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with a [`ValueError`](massmap_core::dynamic::ValueError) or a
    /// [`ReadError`](crate::ReadError).
    pub fn decode_value(&self, index: usize, entry: &RawEntry<'_>) -> io::Result<Value> {
        let decoded = self.inner.with_encoded_value(index, entry, |encoded| {
            self.value_type.decode(encoded, self.value_limit)
        })?;
        Ok(decoded?)
    }
}

impl<R> From<MassMapInner<R, TolerantHashLoader>> for UntypedMap<R> {
    fn from(inner: MassMapInner<R, TolerantHashLoader>) -> Self {
        let named = |name: &String| Type::parse(name);
        let (key_name, value_name) = (named(&inner.meta.key_type), named(&inner.meta.value_type));
        let (key_type, value_type, has_custom_hash) = match inner.entry_types() {
            None => (key_name, value_name, false),
            Some(types) => {
                let value_type = Type::of_schema(&types.value);
                match types.canonical_keys {
                    true => (Type::of_schema(&types.key), value_type, false),
                    // A name may tell more: sequences of wrapped integers are hashed in another way than others by some functions.
                    false => (
                        key_name.clone(),
                        value_type,
                        !(inner.has_type_names() && key_name.can_be_key()),
                    ),
                }
            }
        };
        Self {
            key_type,
            value_type,
            has_custom_hash,
            inner,
            key_check: KeyCheckState::default(),
            value_limit: DEFAULT_VALUE_LIMIT,
        }
    }
}

impl<R: Clone> Clone for UntypedMap<R> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            key_type: self.key_type.clone(),
            value_type: self.value_type.clone(),
            has_custom_hash: self.has_custom_hash,
            key_check: self.key_check.clone(),
            value_limit: self.value_limit,
        }
    }
}

impl<R: fmt::Debug> fmt::Debug for UntypedMap<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UntypedMap")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
