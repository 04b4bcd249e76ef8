//! Values that are lent to Python where they lie in memory.

use std::ffi::c_int;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use massmap::MassMapReader;
use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView};

use super::opened::Opened;
use crate::error::SettingError;

/// A part of a file in memory, which keeps the map open, also when it is closed.
#[pyclass(frozen, module = "massmap")]
#[derive(Debug)]
pub(crate) struct Lent {
    opened: Arc<Opened>,
    /// Where it is in the memory of the file, which has it.
    range: Range<usize>,
}

/// A value of the length of its bytes, or where it is in the memory of a file.
pub(crate) enum Found {
    Lent(Range<usize>),
    Copied(Py<PyBytes>),
}

impl Found {
    /// Where `bytes` are in the memory of the file; a copy of them if they are elsewhere, because they had to be decompressed, for
    /// example.
    pub(crate) fn new(py: Python<'_>, opened: &Opened, bytes: &[u8]) -> Self {
        let memory = opened.map.as_inner().reader.in_memory().unwrap_or_default();
        let start = bytes.as_ptr().addr().checked_sub(memory.as_ptr().addr());
        let range = start.and_then(|start| Some(start..start.checked_add(bytes.len())?));
        match range {
            Some(range) if range.end <= memory.len() => Self::Lent(range),
            _ => Self::Copied(PyBytes::new(py, bytes).unbind()),
        }
    }

    /// A view of it.
    pub(crate) fn view<'py>(
        self,
        py: Python<'py>,
        opened: Arc<Opened>,
    ) -> PyResult<Bound<'py, PyMemoryView>> {
        match self {
            Self::Lent(range) => PyMemoryView::from(Bound::new(py, Lent { opened, range })?.as_any()),
            Self::Copied(bytes) => PyMemoryView::from(bytes.bind(py).as_any()),
        }
    }
}

impl Lent {
    fn bytes(&self) -> &[u8] {
        let memory = self.opened.map.as_inner().reader.in_memory();
        memory
            .and_then(|memory| memory.get(self.range.clone()))
            .unwrap_or_default()
    }
}

#[pymethods]
#[expect(
    unsafe_code,
    reason = "Python asks for memory that is lent by a pointer to it"
)]
impl Lent {
    unsafe fn __getbuffer__(this: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        /// Whoever gets the buffer must not write to it.
        const READ_ONLY: c_int = 1;
        let bytes = this.get().bytes();
        let length = ffi::Py_ssize_t::try_from(bytes.len())?;
        // SAFETY: Python gives a view to fill in. The bytes are in the memory of a reader that does not move them, and that `this` keeps,
        // to which the view holds a reference until it is released. Nobody writes to them: the buffer is read-only, and for the file
        // that is the promise with which it was mapped.
        let status = unsafe {
            ffi::PyBuffer_FillInfo(
                view,
                this.as_ptr(),
                bytes.as_ptr().cast_mut().cast(),
                length,
                READ_ONLY,
                flags,
            )
        };
        match status {
            0 => Ok(()),
            _ => Err(PyErr::fetch(this.py())),
        }
    }
}

/// A buffer of Python's that is to be filled.
pub(crate) struct Target<'py> {
    view: Box<ffi::Py_buffer>,
    /// The GIL, which giving the buffer back takes.
    gil: PhantomData<Python<'py>>,
}

impl<'py> Target<'py> {
    /// # Errors
    ///
    /// `BufferError` or `TypeError` unless it is a writable buffer of single bytes without gaps.
    pub(crate) fn new(buffer: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = buffer.py();
        let mut view = Box::new(ffi::Py_buffer::new());
        #[expect(unsafe_code, reason = "PyO3 asks for shapes, which not all buffers have")]
        // SAFETY: the object lives, and the view is one to be filled in, which stays where it is until it is released.
        let status = unsafe { ffi::PyObject_GetBuffer(buffer.as_ptr(), &raw mut *view, ffi::PyBUF_WRITABLE) };
        let advised = |problem| PyBufferError::new_err(format!("{problem}: give a bytearray, for example"));
        if status != 0 {
            let error = PyErr::fetch(py);
            return Err(match error.is_instance_of::<PyBufferError>(py) {
                true => advised("the buffer is read-only or has gaps"),
                false => error,
            });
        }
        let target = Self {
            view,
            gil: PhantomData,
        };
        match target.view.itemsize {
            1 => Ok(target),
            _ => Err(advised("the elements of the buffer are no single bytes")),
        }
    }

    /// Copies `bytes` to its beginning. Returns how many they are.
    ///
    /// # Errors
    ///
    /// `SettingError` if they have no place in it.
    pub(crate) fn fill(&self, bytes: &[u8]) -> PyResult<usize> {
        let length = usize::try_from(self.view.len)?;
        if bytes.len() > length {
            return Err(SettingError::new_err(format!(
                "the value has {} bytes, and the buffer has place for {length}",
                bytes.len()
            )));
        }
        #[expect(unsafe_code, reason = "buffers are pointers")]
        // SAFETY: the buffer has `length` bytes without gaps, which stay where they are until it is released, and which may be written to.
        // They are none of a map, which lends only read-only buffers. Who else has the buffer, in Python, may see any part of the copy.
        unsafe {
            std::ptr::copy(bytes.as_ptr(), self.view.buf.cast(), bytes.len());
        }
        Ok(bytes.len())
    }
}

impl Drop for Target<'_> {
    fn drop(&mut self) {
        #[expect(unsafe_code, reason = "what was got from Python has to be given back")]
        // SAFETY: the view was filled in by Python and is released once, by a thread that has the GIL.
        unsafe {
            ffi::PyBuffer_Release(&raw mut *self.view);
        }
    }
}
