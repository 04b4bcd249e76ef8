//! Keys in arrays of Arrow.

use std::ffi::CStr;
use std::ptr::NonNull;

use arrow_array::cast::AsArray;
use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use arrow_array::types::{
    ArrowPrimitiveType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, make_array};
use arrow_schema::{ArrowError, DataType};
use arrow_select::take::take;
use massmap::dynamic::Value;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

use super::collected::Keys;
use super::integers::Form;

/// The arrays that `object` consists of, if it has those of Arrow.
pub(super) fn as_chunks<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Vec<Bound<'py, PyAny>>>> {
    let py = object.py();
    let is_array = object.hasattr("__arrow_c_array__")?;
    if !is_array && !object.hasattr("__arrow_c_stream__")? {
        return Ok(None);
    }
    let pyarrow = py.import("pyarrow")?;
    let chunked_type = pyarrow.getattr("ChunkedArray")?;
    let keys = if object.is_instance(&pyarrow.getattr("Array")?)? || object.is_instance(&chunked_type)? {
        object.clone()
    } else if is_array {
        pyarrow.call_method1("array", (object,))?
    } else {
        pyarrow.call_method1("chunked_array", (object,))?
    };
    match keys.is_instance(&chunked_type)? {
        true => keys
            .getattr("chunks")?
            .try_iter()?
            .collect::<PyResult<_>>()
            .map(Some),
        false => Ok(Some(vec![keys])),
    }
}

/// The array that an object of Python has.
fn import(object: &Bound<'_, PyAny>) -> PyResult<ArrayRef> {
    let capsules = object.call_method0("__arrow_c_array__")?;
    let capsules = capsules.cast::<PyTuple>()?;
    let (schema, array) = (capsules.get_item(0)?, capsules.get_item(1)?);
    let schema: NonNull<FFI_ArrowSchema> = content(&schema, c"arrow_schema")?;
    let array: NonNull<FFI_ArrowArray> = content(&array, c"arrow_array")?;
    #[expect(
        unsafe_code,
        reason = "the C data interface consists of pointers that both sides trust"
    )]
    // SAFETY: capsules with these names hold such structs, which live as long as the capsules, and which nobody else uses while
    // the GIL is held. The array is moved out, as the interface asks for. It describes memory as the schema says.
    let data = unsafe { from_ffi(FFI_ArrowArray::from_raw(array.as_ptr()), schema.as_ref()) };
    Ok(make_array(data.map_err(refused)?))
}

#[cold]
fn refused(error: ArrowError) -> PyErr {
    PyValueError::new_err(format!("the column of keys cannot be read: {error}"))
}

/// What a capsule of this name points to.
fn content<T>(capsule: &Bound<'_, PyAny>, name: &CStr) -> PyResult<NonNull<T>> {
    Ok(capsule.cast::<PyCapsule>()?.pointer_checked(Some(name))?.cast())
}

impl Keys<'_> {
    /// Adds the keys in arrays.
    pub(super) fn add_arrow(&mut self, chunks: &[Bound<'_, PyAny>]) -> PyResult<()> {
        for chunk in chunks {
            let array = import(chunk)?;
            let first = self.count;
            self.count += array.len();
            chunk.py().detach(|| self.add_array(first, &array))?;
        }
        Ok(())
    }

    fn add_array(&mut self, first: usize, array: &ArrayRef) -> PyResult<()> {
        // Keys that are null are missing.
        if array.null_count() == array.len() {
            return Ok(());
        }
        match array.data_type() {
            DataType::Int8 => self.add_primitive::<Int8Type>(first, array, true),
            DataType::Int16 => self.add_primitive::<Int16Type>(first, array, true),
            DataType::Int32 => self.add_primitive::<Int32Type>(first, array, true),
            DataType::Int64 => self.add_primitive::<Int64Type>(first, array, true),
            DataType::UInt8 => self.add_primitive::<UInt8Type>(first, array, false),
            DataType::UInt16 => self.add_primitive::<UInt16Type>(first, array, false),
            DataType::UInt32 => self.add_primitive::<UInt32Type>(first, array, false),
            DataType::UInt64 => self.add_primitive::<UInt64Type>(first, array, false),
            DataType::Boolean => self.add_values(first, array.as_boolean(), Value::from),
            DataType::Utf8 => self.add_texts(first, array.as_string::<i32>()),
            DataType::LargeUtf8 => self.add_texts(first, array.as_string::<i64>()),
            DataType::Utf8View => self.add_texts(first, array.as_string_view()),
            DataType::Binary => self.add_values(first, array.as_binary::<i32>(), bytes),
            DataType::LargeBinary => self.add_values(first, array.as_binary::<i64>(), bytes),
            DataType::BinaryView => self.add_values(first, array.as_binary_view(), bytes),
            DataType::FixedSizeBinary(_) => self.add_values(first, array.as_fixed_size_binary(), bytes),
            DataType::Null => Ok(()),
            DataType::Dictionary(..) => {
                let dictionary = array.as_any_dictionary();
                let plain = take(dictionary.values(), dictionary.keys(), None);
                self.add_array(first, &plain.map_err(refused)?)
            }
            other => Err(PyTypeError::new_err(format!(
                "the column of keys has the type {other}, and keys in columns are integers, booleans, strings or bytes: give others as a list"
            ))),
        }
    }

    fn add_primitive<T: ArrowPrimitiveType>(
        &mut self,
        first: usize,
        array: &ArrayRef,
        is_signed: bool,
    ) -> PyResult<()> {
        let array = array.as_primitive::<T>();
        let form = Form {
            width: size_of::<T::Native>(),
            is_signed,
            is_big_endian: cfg!(target_endian = "big"),
        };
        let bytes = array.values().inner().as_slice().to_vec();
        let are_there = array.nulls().map(|nulls| nulls.iter().collect());
        self.check_integers()?;
        self.integers.push_array(first, form, bytes, are_there);
        Ok(())
    }

    fn add_texts<'a>(
        &mut self,
        first: usize,
        texts: impl IntoIterator<Item = Option<&'a str>>,
    ) -> PyResult<()> {
        for (number, text) in (first..).zip(texts) {
            if let Some(text) = text {
                self.push_text(number, text)?;
            }
        }
        Ok(())
    }

    fn add_values<T>(
        &mut self,
        first: usize,
        elements: impl IntoIterator<Item = Option<T>>,
        value: impl Fn(T) -> Value,
    ) -> PyResult<()> {
        for (number, element) in (first..).zip(elements) {
            if let Some(element) = element {
                self.push_value(number, value(element))?;
            }
        }
        Ok(())
    }
}

fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}
