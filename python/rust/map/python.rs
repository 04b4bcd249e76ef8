//! What Python sees of a map.

use std::sync::PoisonError;

use massmap_data::Location;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMemoryView};

use super::Map;
use super::buffer::{Found, Target};
use super::info;
use super::iterate::{Entries, Part};

#[pymethods]
impl Map {
    fn __getitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let opened = self.opened()?;
        match opened.look_up(key, |value| opened.value(py, value))? {
            Some(value) => Ok(value),
            None => Err(PyKeyError::new_err((key.clone().unbind(),))),
        }
    }

    fn __contains__(&self, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.opened()?.has(key)
    }

    fn __len__(&self) -> PyResult<usize> {
        Ok(usize::try_from(self.opened()?.map.len())?)
    }

    /// The value of `key`, or `default` if the map does not have it.
    ///
    /// >>> _ = massmap.build("fruits.massmap", {"apple": 1})
    /// >>> massmap.open("fruits.massmap").get("cherry", 0)
    /// 0
    #[pyo3(signature = (key, default = None, /))]
    fn get(&self, py: Python<'_>, key: &Bound<'_, PyAny>, default: Option<Py<PyAny>>) -> PyResult<Py<PyAny>> {
        let opened = self.opened()?;
        let found = opened.look_up(key, |value| opened.value(py, value))?;
        Ok(found.or(default).unwrap_or_else(|| py.None()))
    }

    /// The bytes of the value of `key`, which is a string or a byte array; ``None`` if the map does not have the key.
    ///
    /// Where the file is mapped and its values are not compressed, nothing is copied: the view is of the file itself, and keeps it
    /// open, also when the map is closed.
    ///
    /// >>> _ = massmap.build("colors.massmap", {"apple": b"red"})
    /// >>> massmap.open("colors.massmap").get_bytes("apple").tobytes()
    /// b'red'
    fn get_bytes<'py>(
        &self,
        py: Python<'py>,
        key: &Bound<'_, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyMemoryView>>> {
        let opened = self.opened()?;
        let found = opened.look_up(key, |value| Ok(Found::new(py, &opened, &opened.content(value)?)))?;
        found.map(|found| found.view(py, opened)).transpose()
    }

    /// The value of `key` as MessagePack, for any decoder; ``None`` if the map does not have the key. Copied or not like the bytes of
    /// :meth:`get_bytes`.
    ///
    /// >>> _ = massmap.build("fruits.massmap", {"apple": 1})
    /// >>> massmap.open("fruits.massmap").get_encoded("apple").tobytes()
    /// b'\x01'
    fn get_encoded<'py>(
        &self,
        py: Python<'py>,
        key: &Bound<'_, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyMemoryView>>> {
        let opened = self.opened()?;
        let found = opened.look_up(key, |value| Ok(Found::new(py, &opened, value)))?;
        found.map(|found| found.view(py, opened)).transpose()
    }

    /// Copies the bytes of the value of `key`, which is a string or a byte array, to the beginning of `buffer`, a writable buffer of
    /// bytes, and returns how many they are; ``None`` if the map does not have the key.
    ///
    /// >>> _ = massmap.build("colors.massmap", {"apple": b"red"})
    /// >>> buffer = bytearray(5)
    /// >>> massmap.open("colors.massmap").get_into("apple", buffer), buffer
    /// (3, bytearray(b'red\x00\x00'))
    fn get_into(&self, key: &Bound<'_, PyAny>, buffer: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
        let target = Target::new(buffer)?;
        let opened = self.opened()?;
        opened.look_up(key, |value| target.fill(&opened.content(value)?))
    }

    fn __iter__(&self) -> PyResult<Entries> {
        self.entries(Part::Keys)
    }

    /// Iterates over keys, values or items, for the views.
    fn _iterate(&self, part: &str) -> PyResult<Entries> {
        self.entries(match part {
            "keys" => Part::Keys,
            "values" => Part::Values,
            _ => Part::Items,
        })
    }

    /// A view of the keys. Iterating over it reads the file in blocks.
    fn keys<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        view(this, "MapKeys")
    }

    /// A view of the values. Iterating over it reads the file in blocks.
    fn values<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        view(this, "MapValues")
    }

    /// A view of the entries, as tuples of key and value. Iterating over it reads the file in blocks.
    fn items<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        view(this, "MapItems")
    }

    fn __eq__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let views = this.py().import("massmap._views")?;
        views.call_method1("equal", (this, other))
    }

    fn __repr__(&self) -> String {
        match self.opened() {
            Ok(opened) => format!(
                "<massmap.Map {}: {} entries, {} to {}>",
                self.location,
                opened.map.len(),
                opened.key_type(),
                opened.value_type()
            ),
            Err(_) => format!("<massmap.Map {}: closed>", self.location),
        }
    }

    fn __enter__(this: PyRef<'_, Self>) -> PyResult<PyRef<'_, Self>> {
        this.opened()?;
        Ok(this)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyAny>) {
        self.close();
    }

    /// Closes the map. Iterators and buffers that were made before keep the file open until they are gone. Closing it again does
    /// nothing.
    fn close(&self) {
        let closed = self.opened.write().unwrap_or_else(PoisonError::into_inner).take();
        // Not while the lock is held: it may unmap a file.
        drop(closed);
    }

    /// Whether the map is closed.
    #[getter]
    fn closed(&self) -> bool {
        self.opened().is_err()
    }

    /// Where the map is: a path, or a URL, as it was opened.
    #[getter]
    fn path<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        object_of(&self.location, py)
    }

    /// What tells the file from another one: files of format 2 with the same id have the same content. Format 1 has no ids; there it is
    /// made of the header, the length and the time of the last change.
    #[getter]
    fn file_id(&self) -> PyResult<String> {
        Ok(self.opened()?.file_id.clone())
    }

    /// The type of the keys.
    #[getter]
    fn key_type(&self) -> PyResult<String> {
        Ok(self.opened()?.key_type())
    }

    /// The type of the values.
    #[getter]
    fn value_type(&self) -> PyResult<String> {
        Ok(self.opened()?.value_type())
    }

    /// What the file says about itself, an :class:`Info`.
    #[getter]
    fn info<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        info::info(py, &*self.opened()?)
    }

    /// What was noted about the map when it was built, by name.
    #[getter]
    fn user_metadata<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        info::user_metadata(py, &*self.opened()?)
    }

    /// Reads the whole file and checks everything about it that can be checked. Gives a :class:`VerifyReport`.
    ///
    /// >>> _ = massmap.build("fruits.massmap", {"apple": 1})
    /// >>> massmap.open("fruits.massmap").verify().ok
    /// True
    fn verify<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        info::verify(py, &*self.opened()?)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let opened = self.opened()?;
        // Whoever opens it again may be in another directory.
        let path = object_of(&self.absolute, py)?;
        let reopen = py.import("massmap._views")?.getattr("reopen")?;
        let arguments = (path, opened.settings.keywords(py)?, &opened.file_id);
        Ok((reopen, arguments).into_pyobject(py)?.into_any())
    }
}

impl Map {
    fn entries(&self, part: Part) -> PyResult<Entries> {
        Ok(Entries::new(self.opened()?, part))
    }
}

/// A string: a path or a URL.
fn object_of<'py>(location: &Location, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
    Ok(match location {
        Location::Path(path) => path.as_os_str().into_pyobject(py)?.into_any(),
        Location::Url(url) => url.into_pyobject(py)?.into_any(),
    })
}

/// A view of `map`, of the class with this name.
fn view<'py>(map: &Bound<'py, Map>, class: &str) -> PyResult<Bound<'py, PyAny>> {
    // As for a closed file, an error now rather than later.
    map.get().opened()?;
    map.py().import("massmap._views")?.call_method1(class, (map,))
}
