//! Keys that are Python objects.

use pyo3::prelude::*;
use pyo3::types::PyInt;

use super::collected::{Keys, Kind};
use crate::convert::key::{self, AnyKey};

impl Keys<'_> {
    /// Adds the keys that `objects` is an iterable of.
    pub(super) fn add_objects(&mut self, objects: &Bound<'_, PyAny>) -> PyResult<()> {
        for object in objects.try_iter()? {
            let number = self.count;
            self.count += 1;
            self.add_object(number, &object?)?;
        }
        Ok(())
    }

    /// Adds a key, as single lookups take it.
    fn add_object(&mut self, number: usize, object: &Bound<'_, PyAny>) -> PyResult<()> {
        match self.kind {
            Kind::Integers => {
                if object.is_exact_instance_of::<PyInt>()
                    && let Ok(integer) = object.extract::<i64>()
                {
                    self.integers.push(number, integer.into());
                } else if let Some(integer) = key::integer::<i128>(object)? {
                    self.integers.push(number, integer);
                } else if let Some(integer) = key::integer::<u128>(object)? {
                    self.push_value(number, integer.into())?;
                }
            }
            Kind::Texts => {
                if let Some(text) = key::text(object)? {
                    self.texts.push(number, text);
                }
            }
            Kind::Characters | Kind::Others | Kind::None => {
                let AnyKey { value, is_missing } = AnyKey::new(object)?;
                if self.kind == Kind::None {
                    return Ok(());
                }
                match self.opened.map.key_type().owned_key(value) {
                    Ok(key) if !is_missing => self.encoded.push(number, key.as_bytes()),
                    Ok(_) => {}
                    Err(error) => _ = self.opened.missing::<()>(error.into(), object)?,
                }
            }
        }
        Ok(())
    }
}
