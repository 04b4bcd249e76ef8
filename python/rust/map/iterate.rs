//! Iteration over all entries of a map.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use massmap::{RawBlock, RawBlocks, TolerantHashLoader};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use self_cell::self_cell;

use super::opened::Opened;
use super::reader::Reader;

/// How many bytes of entries are read at once without the GIL, from the second time on.
const READ_AHEAD: usize = 256 << 10;

/// What is iterated over.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    Keys,
    Values,
    Items,
}

type Blocks<'a> = RawBlocks<'a, Reader, TolerantHashLoader>;

self_cell!(
    /// The blocks of a map that are still to be read.
    struct Ahead {
        owner: Arc<Opened>,
        #[not_covariant]
        dependent: Blocks,
    }
);

/// An iterator over keys, values or entries, in the order of the file. It reads blocks without the GIL, and goes on when the map is
/// closed.
#[pyclass(frozen, module = "massmap")]
#[derive(Debug)]
pub(crate) struct Entries {
    opened: Arc<Opened>,
    part: Part,
    /// `None` while a thread uses it.
    position: Mutex<Option<Position>>,
}

/// How far an iterator has come.
struct Position {
    ahead: Ahead,
    /// Whether there are no more blocks ahead.
    is_end: bool,
    /// Blocks that have been read, or errors in their places.
    read: VecDeque<io::Result<RawBlock>>,
    /// The next entry of the first of them.
    next: usize,
    /// How many entries have been given.
    given: u64,
    /// How many bytes are read next time.
    read_ahead: usize,
}

impl Entries {
    pub(crate) fn new(opened: Arc<Opened>, part: Part) -> Self {
        let position = Position {
            ahead: Ahead::new(Arc::clone(&opened), |opened| opened.map.as_inner().raw_blocks()),
            is_end: false,
            read: VecDeque::new(),
            next: 0,
            given: 0,
            read_ahead: 1,
        };
        Self {
            opened,
            part,
            position: Mutex::new(Some(position)),
        }
    }

    fn next(&self, py: Python<'_>, position: &mut Position) -> PyResult<Option<Py<PyAny>>> {
        loop {
            match position.read.front() {
                Some(Ok(block)) => {
                    if let Some(entry) = block.get(position.next) {
                        position.next += 1;
                        position.given += 1;
                        return self.object(py, entry.key, entry.value).map(Some);
                    }
                    position.read.pop_front();
                }
                Some(Err(_)) => {
                    if let Some(Err(error)) = position.read.pop_front() {
                        return Err(self.opened.exception(error.into()));
                    }
                }
                None if position.is_end => return Ok(None),
                None => py.detach(|| position.read()),
            }
            position.next = 0;
        }
    }

    fn object(&self, py: Python<'_>, key: &[u8], value: &[u8]) -> PyResult<Py<PyAny>> {
        match self.part {
            Part::Keys => self.opened.key(py, key),
            Part::Values => self.opened.value(py, value),
            Part::Items => {
                let entry = [self.opened.key(py, key)?, self.opened.value(py, value)?];
                Ok(PyTuple::new(py, entry)?.into_any().unbind())
            }
        }
    }

    fn position(&self) -> std::sync::MutexGuard<'_, Option<Position>> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Position {
    /// Reads some blocks. The first time it is only one, for those who want the first entry.
    fn read(&mut self) {
        let mut length = 0;
        while length < self.read_ahead {
            match self.ahead.with_dependent_mut(|_, blocks| blocks.next()) {
                Some(block) => {
                    length += block.as_ref().map_or(1, |block| block.byte_length().max(1));
                    self.read.push_back(block);
                }
                None => {
                    self.is_end = true;
                    return;
                }
            }
        }
        self.read_ahead = READ_AHEAD;
    }
}

#[pymethods]
impl Entries {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        // Taken, since no lock may be held while the GIL is waited for.
        let taken = self.position().take();
        let Some(mut position) = taken else {
            return Err(PyValueError::new_err("the iterator is in use by another thread"));
        };
        let next = self.next(py, &mut position);
        *self.position() = Some(position);
        next
    }

    /// How many entries are still to come, for `list` and the like.
    fn __length_hint__(&self) -> usize {
        let given = self.position().as_ref().map_or(0, |position| position.given);
        let left = self.opened.map.len().saturating_sub(given);
        // The file may say that there are more than it has place for.
        usize::try_from(left).unwrap_or(usize::MAX).min(1 << 20)
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Position").finish_non_exhaustive()
    }
}
