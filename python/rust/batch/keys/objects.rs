//! Keys that are Python objects.

use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString};

use super::Keys;
use crate::convert::key;

impl Keys<'_> {
    /// Adds the keys that `objects` is an iterable of.
    pub(super) fn add_objects(&mut self, objects: &Bound<'_, PyAny>) -> PyResult<()> {
        let key_type = self.map.key_type();
        let (are_integers, are_texts) = (key_type.is_integer(), key_type.is_string());
        for object in objects.try_iter()? {
            let object = object?;
            let number = self.count;
            self.count += 1;
            if are_texts
                && let Ok(text) = object.cast_exact::<PyString>()
                && let Ok(text) = text.to_str()
            {
                self.texts.push(number, text);
            } else if are_integers
                && object.is_exact_instance_of::<PyInt>()
                && let Ok(integer) = object.extract::<i64>()
            {
                self.push_integer(number, integer.into());
            } else {
                self.push_value(number, key::of_object(&object)?)?;
            }
        }
        Ok(())
    }
}
