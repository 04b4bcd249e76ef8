//! Maps of which a program knows no types.

use std::fmt;
use std::iter::FusedIterator;

use massmap_core::dynamic::{Key, Type, Value};
use massmap_io::{AnyReader, MassMapReader};
use massmap_read::{BatchKey, FoundValue, MassMapInner, TolerantHashLoader, VerifyReport};
use serde::de::DeserializeOwned;

use crate::Result;

/// An opened map whose types are those that the file names: for tools, and for programs in other languages.
///
/// Made by [`OpenOptions::open_untyped`](crate::OpenOptions::open_untyped). A key is anything that a [`Key`] can be made of: an
/// integer, a string, a boolean, a character, any other [`Value`], or an encoded key. Values come out as a [`Value`], which holds
/// anything, as a type of the program, or as encoded bytes.
///
/// Every file opens. Keys can be looked up if their type can be hashed by its name, which holds for integers, strings, booleans,
/// characters, and sequences, tuples and optional values of these, and if the file names a built-in hash function:
/// [`check_lookups`](Self::check_lookups) tells. The first lookup checks a sample of the keys against type and hash function.
///
/// ```
/// use massmap::{Builder, OpenOptions};
///
/// # fn main() -> massmap::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("fruits.massmap");
/// Builder::new().build(&path, [("apple", (1u32, true)), ("banana", (2, false))])?;
///
/// let map = OpenOptions::new().open_untyped(&path)?;
/// assert_eq!(map.key_type().to_string(), "string");
/// assert_eq!(map.get("apple")?, Some((1, true).into()));
/// assert_eq!(map.get_as::<(u32, bool)>("banana")?, Some((2, false)));
/// assert_eq!(map.get("cherry")?, None);
/// assert!(map.get(7).is_err(), "the keys are strings");
/// # Ok(())
/// # }
/// ```
pub struct UntypedMap<R: MassMapReader = AnyReader>(massmap_read::UntypedMap<R>);

impl<R: MassMapReader> UntypedMap<R> {
    /// Returns the value of `key`, or `None` if the map does not have that key.
    ///
    /// # Errors
    ///
    /// Those of [`check_lookups`](Self::check_lookups); [`Error::Key`](crate::Error::Key) if `key` is of another type than the keys of
    /// the map; those of [`Map::get`](crate::Map::get); [`Error::Value`](crate::Error::Value) if the value cannot be decoded, or takes
    /// [too much memory](Self::with_value_limit).
    pub fn get<'k>(&self, key: impl Into<Key<'k>>) -> Result<Option<Value>> {
        Ok(self.0.get(key)?)
    }

    /// Returns the value of `key`, decoded as a `T`; `None` if the map does not have that key.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), but for [`Error::Value`](crate::Error::Value).
    pub fn get_as<'k, T: DeserializeOwned>(&self, key: impl Into<Key<'k>>) -> Result<Option<T>> {
        Ok(self.0.get_as(key)?)
    }

    /// Calls `f` with the encoded value of `key`, and returns what it returns; `None` if the map does not have that key.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), but for values.
    pub fn get_with<'k, T>(&self, key: impl Into<Key<'k>>, f: impl FnMut(&[u8]) -> T) -> Result<Option<T>> {
        Ok(self.0.get_with(key, f)?)
    }

    /// Whether the map has `key`.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), but for values.
    pub fn contains_key<'k>(&self, key: impl Into<Key<'k>>) -> Result<bool> {
        Ok(self.0.contains_key(key)?)
    }

    /// Returns the value of each of `keys`, in their order; `None` for keys that the map does not have.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get). The first one ends the batch, whichever key it is of.
    pub fn batch_get<'k>(
        &self,
        keys: impl IntoIterator<Item = impl Into<Key<'k>>>,
    ) -> Result<Vec<Option<Value>>> {
        Ok(self.0.batch_get(keys)?)
    }

    /// Calls `f` with the number of each of `keys`, from 0, and its encoded value; `None` for keys that the map does not have.
    /// The calls come about in the order of the file.
    ///
    /// # Errors
    ///
    /// Those of [`get_with`](Self::get_with) and those of `f`. The first one ends the batch.
    pub fn batch_get_with<'k>(
        &self,
        keys: impl IntoIterator<Item = impl Into<Key<'k>>>,
        mut f: impl FnMut(usize, Option<&[u8]>) -> Result<()>,
    ) -> Result<()> {
        Ok(self
            .0
            .batch_get_with(keys, |number, value| Ok(f(number, value)?))?)
    }

    /// Calls `f` with the number that is given with each of `keys`, and its value as it is stored; `None` for keys that the map does
    /// not have. The calls come about in the order of the file.
    ///
    /// For keys of one type, and for values that are wanted in any encoding: as MessagePack, or as the bytes of numbers, from which
    /// columns are made.
    ///
    /// ```
    /// use massmap::{Builder, OpenOptions, RecordCodec};
    ///
    /// # fn main() -> massmap::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("squares.massmap");
    /// Builder::new().build(&path, (0..100u64).map(|n| (n, n * n)))?;
    ///
    /// let map = OpenOptions::new().open_untyped(&path)?;
    /// let schema = &map.as_inner().entry_types().expect("files of format 2 tell").value;
    /// let codec = RecordCodec::new(schema).expect("numbers have a fixed width");
    /// let mut squares = [[0; 8]; 3];
    /// map.batch_find([(0, 8u64), (1, 100), (2, 20)], |number, value| match value {
    ///     Some(value) => Ok(value.write_record(&codec, &mut squares[number])?),
    ///     None => Ok(()),
    /// })?;
    /// assert_eq!(squares.map(u64::from_le_bytes), [64, 0, 400]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`get_with`](Self::get_with) and those of `f`. The first one ends the batch.
    pub fn batch_find<'k, K: BatchKey<'k>>(
        &self,
        keys: impl IntoIterator<Item = (usize, K)>,
        mut f: impl FnMut(usize, Option<FoundValue<'_, R>>) -> Result<()>,
    ) -> Result<()> {
        Ok(self.0.batch_find(keys, |number, value| Ok(f(number, value)?))?)
    }

    /// Iterates over all entries, in the order of the file, whatever their types.
    ///
    /// An entry that cannot be decoded, and a page that is damaged, is an error in its place; the iteration goes on behind it.
    pub fn iter(&self) -> UntypedEntries<'_, R> {
        UntypedEntries(self.0.iter())
    }

    /// Sets how many bytes of memory a [`Value`] may take; 64 MiB unless set. A larger one is an error; its encoded bytes can be had.
    #[must_use]
    pub fn with_value_limit(self, bytes: usize) -> Self {
        Self(self.0.with_value_limit(bytes))
    }

    /// Checks that keys can be looked up: that their type can be hashed by its name, and that the hash function is known. Reads
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`KeyError::UnknownType`](crate::dynamic::KeyError::UnknownType) or [`Error::Hash`](crate::Error::Hash).
    pub fn check_lookups(&self) -> Result<()> {
        Ok(self.0.check_lookups()?)
    }

    /// The type of the keys.
    pub fn key_type(&self) -> &Type {
        self.0.key_type()
    }

    /// The type of the values.
    pub fn value_type(&self) -> &Type {
        self.0.value_type()
    }

    /// How many entries the map has.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether the map has no entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads the whole file and checks everything about it that can be checked. Keys are checked if they can be looked up.
    pub fn verify(&self) -> VerifyReport {
        self.0.verify()
    }

    /// The map below, with header, metadata and encoded entries.
    ///
    /// Its hash function is not that of the file if the file names an unknown one.
    pub fn as_inner(&self) -> &MassMapInner<R, TolerantHashLoader> {
        self.0.inner()
    }

    /// Turns the map into the one below.
    pub fn into_inner(self) -> MassMapInner<R, TolerantHashLoader> {
        self.0.into_inner()
    }
}

impl<R: MassMapReader> From<massmap_read::UntypedMap<R>> for UntypedMap<R> {
    fn from(map: massmap_read::UntypedMap<R>) -> Self {
        Self(map)
    }
}

impl<'a, R: MassMapReader> IntoIterator for &'a UntypedMap<R> {
    type Item = Result<(Value, Value)>;
    type IntoIter = UntypedEntries<'a, R>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<R: MassMapReader + Clone> Clone for UntypedMap<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<R: MassMapReader + fmt::Debug> fmt::Debug for UntypedMap<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Iterator over all entries of an untyped map, made by [`UntypedMap::iter`].
pub struct UntypedEntries<'a, R: MassMapReader>(massmap_read::UntypedEntries<'a, R>);

impl<R: MassMapReader> Iterator for UntypedEntries<'_, R> {
    type Item = Result<(Value, Value)>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map_err(Into::into))
    }
}

impl<R: MassMapReader> FusedIterator for UntypedEntries<'_, R> {}

impl<R: MassMapReader> fmt::Debug for UntypedEntries<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
