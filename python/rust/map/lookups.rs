//! Lookups of single keys, whose types the map tells.

use std::borrow::Borrow;
use std::hash::Hash;

use massmap::dynamic::{Key, KeyError, Type};
use massmap::{MassMap, TolerantHashLoader, UntypedMap};
use pyo3::prelude::*;
use pyo3::types::PyString;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::opened::Opened;
use super::reader::Reader;
use crate::convert::key::{self, AnyKey, wrong_type};

/// A map with the Rust type of its keys. Of values, only the encoded bytes are used.
pub(crate) type Typed<K> = MassMap<K, IgnoredAny, Reader, TolerantHashLoader>;

/// The map with the type of its keys, if that is one of those that most maps have: these are looked up without being encoded first.
pub(crate) enum Lookups {
    U8(Typed<u8>),
    U16(Typed<u16>),
    U32(Typed<u32>),
    U64(Typed<u64>),
    U128(Typed<u128>),
    I8(Typed<i8>),
    I16(Typed<i16>),
    I32(Typed<i32>),
    I64(Typed<i64>),
    I128(Typed<i128>),
    Text(Typed<String>),
    /// Keys that are byte arrays, which are encoded without a copy of more than their bytes.
    Bytes,
    /// Any other type, or one that cannot be looked up.
    Other,
}

/// Evaluates an expression with the map of integers and the integer that `$key` is, and another with the map of strings.
macro_rules! with_typed {
    ($lookups:expr, $key:expr, $map:ident, $typed:ident => $result:expr, else $other:expr) => {
        with_typed!(@ $lookups, $key, $map, $typed => $result, else $other, U8 U16 U32 U64 U128 I8 I16 I32 I64 I128)
    };
    (@ $lookups:expr, $key:expr, $map:ident, $typed:ident => $result:expr, else $other:expr, $($variant:ident)+) => {
        match $lookups {
            $(Lookups::$variant($map) => match key::integer($key)? {
                Some(ref $typed) => $result,
                None => Ok(None),
            },)+
            Lookups::Text($map) => match key::text($key)? {
                Some($typed) => $result,
                None => Ok(None),
            },
            Lookups::Bytes | Lookups::Other => $other,
        }
    };
}

impl Lookups {
    pub(super) fn new(map: &UntypedMap<Reader>) -> Self {
        if map.check_lookups().is_err() {
            return Self::Other;
        }
        // Clones share what they hold in memory.
        let inner = || map.as_inner().clone();
        let is = |name| *map.key_type() == Type::parse(name);
        match () {
            () if is("u64") => Self::U64(inner().cast()),
            () if is("i64") => Self::I64(inner().cast()),
            () if is("string") => Self::Text(inner().cast()),
            () if is("u32") => Self::U32(inner().cast()),
            () if is("i32") => Self::I32(inner().cast()),
            () if is("u16") => Self::U16(inner().cast()),
            () if is("i16") => Self::I16(inner().cast()),
            () if is("u8") => Self::U8(inner().cast()),
            () if is("i8") => Self::I8(inner().cast()),
            () if is("u128") => Self::U128(inner().cast()),
            () if is("i128") => Self::I128(inner().cast()),
            () if is("bytes") => Self::Bytes,
            () => Self::Other,
        }
    }
}

impl Opened {
    /// Calls `f` with the encoded value of `key`; `None` if the map does not have it.
    ///
    /// The GIL is released while bytes are read or decompressed. In memory it is kept: a lookup there takes less time than releasing it
    /// and waiting for it again, but for long values whose checksum is checked. If a page of a mapped file has to be
    /// fetched from disk, other threads wait for that, unlike with `map=False`.
    #[inline]
    pub(crate) fn look_up<T>(
        &self,
        key: &Bound<'_, PyAny>,
        f: impl FnMut(&[u8]) -> PyResult<T>,
    ) -> PyResult<Option<T>> {
        with_typed!(
            &self.lookups, key,
            map, typed => self.get(key.py(), map, typed, f),
            else self.with_other(key, |other| self.get_other(key, other, f))
        )
    }

    /// Whether the map has `key`.
    pub(crate) fn has(&self, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        let found = with_typed!(
            &self.lookups, key,
            map, typed => self.contains(key.py(), map, typed).map(Some),
            else self.with_other(key, |other| {
                let found = self.reading(key.py(), || self.map.contains_key(other));
                found.map(Some).or_else(|error| self.missing(error, key))
            })
        );
        Ok(found? == Some(true))
    }

    /// `key` as it is encoded; `None` if no map has it.
    pub(crate) fn encoded_key(&self, key: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
        self.with_other(key, |other| match self.map.key_type().key(other) {
            Ok(encoded) => Ok(Some(encoded.as_bytes().to_vec())),
            Err(error) => self.missing(error.into(), key),
        })
    }

    fn contains<K, Q>(&self, py: Python<'_>, map: &Typed<K>, key: &Q) -> PyResult<bool>
    where
        K: for<'de> Deserialize<'de> + Eq + Hash + Borrow<Q> + Send + Sync,
        Q: Eq + Hash + Sync + ?Sized,
    {
        let found = self.reading(py, || map.contains_key(key));
        found.map_err(|error| self.exception(error.into()))
    }

    #[inline]
    fn get<K, Q, T>(
        &self,
        py: Python<'_>,
        map: &Typed<K>,
        key: &Q,
        mut f: impl FnMut(&[u8]) -> PyResult<T>,
    ) -> PyResult<Option<T>>
    where
        K: for<'de> Deserialize<'de> + Eq + Hash + Borrow<Q> + Send + Sync,
        Q: Eq + Hash + Sync + ?Sized,
    {
        if self.keeps_gil() {
            return match map.get_with(key, f) {
                Ok(found) => found.transpose(),
                Err(error) => Err(self.exception(error.into())),
            };
        }
        let found = py.detach(|| map.get_with(key, <[u8]>::to_vec));
        let found = found.map_err(|error| self.exception(error.into()))?;
        found.map(|value| f(&value)).transpose()
    }

    fn get_other<T>(
        &self,
        key: &Bound<'_, PyAny>,
        other: Key<'_>,
        mut f: impl FnMut(&[u8]) -> PyResult<T>,
    ) -> PyResult<Option<T>> {
        if self.keeps_gil() {
            return match self.map.get_with(other, f) {
                Ok(found) => found.transpose(),
                Err(error) => self.missing(error, key),
            };
        }
        match key.py().detach(|| self.map.get_with(other, <[u8]>::to_vec)) {
            Ok(found) => found.map(|value| f(&value)).transpose(),
            Err(error) => self.missing(error, key),
        }
    }

    /// Calls `read`, without the GIL if it reads anything that is not in memory.
    fn reading<T: Send>(&self, py: Python<'_>, read: impl FnOnce() -> T + Send) -> T {
        match self.keeps_gil() {
            true => read(),
            false => py.detach(read),
        }
    }

    /// Calls `f` with the key that `key` is, unless no map has it.
    fn with_other<T>(
        &self,
        key: &Bound<'_, PyAny>,
        f: impl FnOnce(Key<'_>) -> PyResult<Option<T>>,
    ) -> PyResult<Option<T>> {
        if let Lookups::Bytes = self.lookups {
            return key::bytes(key, |bytes| match encoded(bytes) {
                Some(encoded) => f(Key::encoded(&encoded)),
                None => Ok(None),
            });
        }
        let any = AnyKey::new(key);
        if !matches!(
            any,
            Ok(AnyKey {
                is_missing: false,
                ..
            })
        ) {
            // Lookups check that, and it is said first.
            self.map.check_lookups().map_err(|error| self.exception(error))?;
        }
        let AnyKey { value, is_missing } = any?;
        match is_missing {
            true => match self.map.key_type().key(&value) {
                Ok(_) => Ok(None),
                Err(error) => self.missing(error.into(), key),
            },
            false => f(Key::from(&value)),
        }
    }

    /// What a lookup of `key` answers that has failed with `error`: nothing if the type of the keys has no such key.
    #[cold]
    pub(crate) fn missing<T>(&self, error: massmap::Error, key: &Bound<'_, PyAny>) -> PyResult<Option<T>> {
        match error {
            massmap::Error::Key(KeyError::OutOfRange { .. } | KeyError::WrongLength { .. }) => Ok(None),
            massmap::Error::Key(KeyError::WrongType { expected, .. }) => {
                // A string of another length than one character.
                if expected == "char" && key.is_instance_of::<PyString>() {
                    return Ok(None);
                }
                Err(wrong_type(key, &format!("of the type {}", self.map.key_type())))
            }
            error => Err(self.exception(error)),
        }
    }
}

/// `bytes` as a byte array of MessagePack; `None` if they are more than it has place for.
fn encoded(bytes: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(bytes.len()).ok()?;
    let mut encoded = Vec::with_capacity(bytes.len() + 5);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length), _) => encoded.extend_from_slice(&[0xc4, length]),
        (_, Ok(length)) => {
            encoded.push(0xc5);
            encoded.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            encoded.push(0xc6);
            encoded.extend_from_slice(&length.to_be_bytes());
        }
    }
    encoded.extend_from_slice(bytes);
    Some(encoded)
}
