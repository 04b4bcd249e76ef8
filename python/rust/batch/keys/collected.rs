//! Keys of any kind, with their numbers.

use massmap::FoundValue;
use massmap::dynamic::{Key, KeyError, Value};
use pyo3::prelude::*;

use super::integers::Integers;
use super::pieces::Pieces;
use crate::map::opened::Opened;
use crate::map::reader::Reader;

/// What keys of a map are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integers,
    Texts,
    Characters,
    Others,
    /// There are none, and the file does not say what they would be.
    None,
}

/// Keys of a map, with their numbers. Those that the map cannot have are left out.
#[derive(Debug)]
pub(in crate::batch) struct Keys<'m> {
    pub(super) opened: &'m Opened,
    pub(super) kind: Kind,
    /// How many there are, with those that are left out.
    pub(super) count: usize,
    pub(super) integers: Integers,
    pub(super) texts: Pieces<String>,
    /// Keys in MessagePack.
    pub(super) encoded: Pieces<Vec<u8>>,
}

impl<'m> Keys<'m> {
    /// None yet.
    pub(super) fn new(opened: &'m Opened) -> PyResult<Self> {
        let map = &opened.map;
        map.check_lookups().map_err(|error| opened.exception(error))?;
        let key_type = map.key_type();
        Ok(Self {
            opened,
            kind: match () {
                () if map.is_empty() && map.as_inner().entry_types().is_some() => Kind::None,
                () if key_type.is_integer() => Kind::Integers,
                () if key_type.is_string() => Kind::Texts,
                () if key_type.to_string() == "char" => Kind::Characters,
                () => Kind::Others,
            },
            count: 0,
            integers: Integers::default(),
            texts: Pieces::default(),
            encoded: Pieces::default(),
        })
    }

    /// How many there are.
    pub(in crate::batch) fn len(&self) -> usize {
        self.count
    }

    /// Looks all of them up. Calls `f` with the number of each one that was found, and its value, in no order.
    pub(in crate::batch) fn find(
        &self,
        mut f: impl FnMut(usize, FoundValue<'_, Reader>) -> massmap::Result<()>,
    ) -> massmap::Result<()> {
        let map = &self.opened.map;
        let mut f = |number, found: Option<FoundValue<'_, Reader>>| match found {
            Some(value) => f(number, value),
            None => Ok(()),
        };
        if !self.integers.is_empty() {
            // In maps with other keys, integers are encoded.
            macro_rules! find_integers {
                ($integer:ty) => {{
                    let all = self.integers.iter();
                    let keys =
                        all.filter_map(|(number, key)| Some((number, <$integer>::try_from(key).ok()?)));
                    map.batch_find(keys, &mut f)?;
                }};
            }
            match &*map.key_type().to_string() {
                "u64" => find_integers!(u64),
                "i64" => find_integers!(i64),
                "u32" => find_integers!(u32),
                "i32" => find_integers!(i32),
                _ => {
                    let mut encoded = Pieces::default();
                    for (number, key) in self.integers.iter() {
                        self.encode(number, key.into(), &mut encoded)?;
                    }
                    self.find_encoded(&encoded, &mut f)?;
                }
            }
        }
        if !self.texts.is_empty() {
            map.batch_find(self.texts.iter(), &mut f)?;
        }
        self.find_encoded(&self.encoded, &mut f)
    }

    /// All of them in MessagePack; `None` for those that are left out.
    pub(super) fn encoded(&self) -> massmap::Result<Vec<Option<Vec<u8>>>> {
        let mut encoded = Pieces::default();
        for (number, integer) in self.integers.iter() {
            self.encode(number, integer.into(), &mut encoded)?;
        }
        for (number, text) in self.texts.iter() {
            self.encode(number, text.into(), &mut encoded)?;
        }
        let mut all = vec![None; self.count];
        for (number, key) in encoded.iter().chain(self.encoded.iter()) {
            all[number] = Some(key.to_vec());
        }
        Ok(all)
    }

    fn find_encoded(
        &self,
        encoded: &Pieces<Vec<u8>>,
        f: impl FnMut(usize, Option<FoundValue<'_, Reader>>) -> massmap::Result<()>,
    ) -> massmap::Result<()> {
        if encoded.is_empty() {
            return Ok(());
        }
        let keys = encoded.iter();
        self.opened
            .map
            .batch_find(keys.map(|(number, key)| (number, Key::encoded(key))), f)
    }

    /// Checks that the keys of the map may be integers.
    pub(super) fn check_integers(&self) -> PyResult<()> {
        let checked = self.encode(0, 0.into(), &mut Pieces::default());
        checked.map_err(|error| self.opened.exception(error))
    }

    /// Adds a string.
    pub(super) fn push_text(&mut self, number: usize, text: &str) -> PyResult<()> {
        match self.kind {
            Kind::Texts => {
                self.texts.push(number, text);
                Ok(())
            }
            // A string of another length is no key.
            Kind::Characters if text.chars().count() != 1 => Ok(()),
            _ => self.push_value(number, text.into()),
        }
    }

    /// Adds any key.
    pub(super) fn push_value(&mut self, number: usize, value: Value) -> PyResult<()> {
        let mut encoded = std::mem::take(&mut self.encoded);
        let added = self.encode(number, value, &mut encoded);
        self.encoded = encoded;
        added.map_err(|error| self.opened.exception(error))
    }

    /// Encodes a key, unless the map cannot have it.
    fn encode(&self, number: usize, value: Value, encoded: &mut Pieces<Vec<u8>>) -> massmap::Result<()> {
        if self.kind == Kind::None {
            return Ok(());
        }
        match self.opened.map.key_type().owned_key(value) {
            Ok(key) => {
                encoded.push(number, key.as_bytes());
                Ok(())
            }
            Err(KeyError::OutOfRange { .. } | KeyError::WrongLength { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
