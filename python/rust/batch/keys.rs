//! The keys of a batch, which are looked up without the GIL.

mod arrow;
mod integers;
mod numpy;
mod objects;
mod pieces;

use massmap::dynamic::{Key, KeyError, Value};
use massmap::{FoundValue, UntypedMap};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyString};

use crate::error::exception;
use crate::map::reader::Reader;
use integers::Integers;
use pieces::Pieces;

/// Keys of a map, with their numbers. Those that the map cannot have are left out.
#[derive(Debug)]
pub(super) struct Keys<'m> {
    map: &'m UntypedMap<Reader>,
    /// How many there are, with those that are left out.
    count: usize,
    integers: Integers,
    texts: Pieces<String>,
    /// Keys in MessagePack.
    encoded: Pieces<Vec<u8>>,
}

impl<'m> Keys<'m> {
    /// The keys in `object`: an iterable of keys, or an array of NumPy or Arrow.
    pub(super) fn of(object: &Bound<'_, PyAny>, map: &'m UntypedMap<Reader>) -> PyResult<Self> {
        let mut keys = Self {
            map,
            count: 0,
            integers: Integers::default(),
            texts: Pieces::default(),
            encoded: Pieces::default(),
        };
        if let Some(array) = numpy::as_array(object)? {
            keys.add_numpy(&array)?;
        } else if let Some(chunks) = arrow::as_chunks(object)? {
            keys.add_arrow(&chunks)?;
        } else {
            // Their parts are keys too, but hardly those that are meant.
            if object.is_instance_of::<PyString>()
                || object.is_instance_of::<PyBytes>()
                || object.is_instance_of::<PyByteArray>()
                || object.is_instance_of::<PyDict>()
            {
                return Err(PyTypeError::new_err(format!(
                    "keys is a single {}: put it into a list, or give the keys of a dict as a list",
                    object.get_type().name()?
                )));
            }
            keys.add_objects(object)?;
        }
        Ok(keys)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Looks all of them up. Calls `f` with the number of each one that was found, and its value, in no order.
    pub(super) fn find(
        &self,
        mut f: impl FnMut(usize, FoundValue<'_, Reader>) -> massmap::Result<()>,
    ) -> massmap::Result<()> {
        let Self { map, .. } = self;
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

    fn find_encoded(
        &self,
        encoded: &Pieces<Vec<u8>>,
        f: &mut dyn FnMut(usize, Option<FoundValue<'_, Reader>>) -> massmap::Result<()>,
    ) -> massmap::Result<()> {
        if encoded.is_empty() {
            return Ok(());
        }
        let keys = encoded.iter();
        self.map
            .batch_find(keys.map(|(number, key)| (number, Key::encoded(key))), f)
    }

    /// Checks that the keys of the map may be integers.
    fn check_integers(&self) -> PyResult<()> {
        self.encode(0, 0.into(), &mut Pieces::default())
            .map_err(exception)
    }

    /// Adds an integer.
    fn push_integer(&mut self, number: usize, integer: i128) {
        self.integers.push(number, integer);
    }

    /// Adds a string. In maps with other keys than strings, it may be a character.
    fn push_text(&mut self, number: usize, text: &str) -> PyResult<()> {
        match self.map.key_type().is_string() {
            true => {
                self.texts.push(number, text);
                Ok(())
            }
            false => self.push_value(number, text.into()),
        }
    }

    /// Adds any key.
    fn push_value(&mut self, number: usize, value: Value) -> PyResult<()> {
        let mut encoded = std::mem::take(&mut self.encoded);
        let added = self.encode(number, value, &mut encoded);
        self.encoded = encoded;
        added.map_err(exception)
    }

    /// Encodes a key, unless the map cannot have it.
    fn encode(&self, number: usize, value: Value, encoded: &mut Pieces<Vec<u8>>) -> massmap::Result<()> {
        match self.map.key_type().owned_key(value) {
            Ok(key) => {
                encoded.push(number, key.as_bytes());
                Ok(())
            }
            Err(KeyError::OutOfRange { .. } | KeyError::WrongLength { .. }) => Ok(()),
            // An empty file does not tell of which type its keys would be.
            Err(KeyError::UnknownType { .. }) if self.map.is_empty() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
