//! Keys in arrays of NumPy.

use massmap::dynamic::Value;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::collected::Keys;
use super::integers::Form;
use crate::convert::masked::is_masked;

/// The array that `object` is, or that it gives, if it is none of other libraries that have a better way.
///
/// NumPy is imported only if there is an array, which somebody has imported it for.
pub(super) fn as_array<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if object.hasattr("__array_interface__")? {
        return asarray(object).map(Some);
    }
    // Such as a tensor. Series of pandas and Polars have strings that are objects in NumPy.
    let is_other = object.hasattr("__arrow_c_stream__")? || object.hasattr("__arrow_c_array__")?;
    match !is_other && object.hasattr("__array__")? {
        true => asarray(object).map(Some),
        false => Ok(None),
    }
}

fn asarray<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if is_masked(object)? {
        return Err(PyTypeError::new_err(
            "the array of keys is masked: give keys.compressed(), or keys.filled() with a key that is missing",
        ));
    }
    let array = object.py().import("numpy")?.call_method1("asarray", (object,))?;
    let dimensions: usize = array.getattr("ndim")?.extract()?;
    match dimensions {
        1 => Ok(array),
        _ => Err(PyValueError::new_err(format!(
            "the array of keys has {dimensions} dimensions, and must have one: keys.ravel() has"
        ))),
    }
}

impl Keys<'_> {
    /// Adds the keys in an array of one dimension.
    pub(super) fn add_numpy(&mut self, array: &Bound<'_, PyAny>) -> PyResult<()> {
        let dtype = array.getattr("dtype")?;
        let kind: char = dtype.getattr("kind")?.extract()?;
        let width: usize = dtype.getattr("itemsize")?.extract()?;
        let is_structured = !dtype.getattr("names")?.is_none();
        // `=` is the machine's own order, and `|` none.
        let order: char = dtype.getattr("byteorder")?.extract()?;
        let is_big_endian = order == '>' || (order == '=' && cfg!(target_endian = "big"));
        if matches!(kind, 'O' | 'T') {
            return self.add_objects(&array.call_method0("tolist")?);
        }
        if is_structured || !matches!(kind, 'i' | 'u' | 'b' | 'S' | 'V' | 'U') {
            return Err(PyTypeError::new_err(format!(
                "the array of keys has the type {dtype}, and keys in arrays are integers, booleans, strings or bytes: give others as a list"
            )));
        }
        // A copy without gaps, whose bytes nobody changes.
        let bytes = array.call_method0("tobytes")?;
        let bytes = bytes.cast::<PyBytes>()?.as_bytes();
        let first = self.count;
        let count = array.len()?;
        self.count += count;
        if count == 0 {
            return Ok(());
        }
        array.py().detach(|| match kind {
            'i' | 'u' => {
                let form = Form {
                    width,
                    is_signed: kind == 'i',
                    is_big_endian,
                };
                self.check_integers()?;
                self.integers.push_array(first, form, bytes.to_vec(), None);
                Ok(())
            }
            'b' => {
                let mut numbered = (first..).zip(bytes);
                numbered.try_for_each(|(number, byte)| self.push_value(number, Value::from(*byte != 0)))
            }
            'U' => self.add_code_points(first, count, bytes, is_big_endian),
            _ => (0..count).try_for_each(|place| {
                let element = &bytes[place * width..][..width];
                // NumPy takes zeros at the end of byte strings for padding.
                let padding = match kind {
                    'S' => element.iter().rev().take_while(|byte| **byte == 0).count(),
                    _ => 0,
                };
                self.push_value(first + place, Value::Bytes(element[..width - padding].to_vec()))
            }),
        })
    }

    /// Adds strings of four bytes a character, with zeros behind them as padding.
    fn add_code_points(
        &mut self,
        first: usize,
        count: usize,
        bytes: &[u8],
        is_big_endian: bool,
    ) -> PyResult<()> {
        let width = bytes.len() / count;
        let mut text = String::new();
        for place in 0..count {
            text.clear();
            let element = &bytes[place * width..][..width];
            let (characters, _) = element.as_chunks::<4>();
            // What is no character is in no map.
            let mut is_text = true;
            for character in characters {
                let code = match is_big_endian {
                    true => u32::from_be_bytes(*character),
                    false => u32::from_le_bytes(*character),
                };
                match char::from_u32(code) {
                    Some(character) => text.push(character),
                    None => is_text = false,
                }
            }
            if is_text {
                self.push_text(first + place, text.trim_end_matches('\0'))?;
            }
        }
        Ok(())
    }
}
