//! Entries of iterables of Python.

mod infer;

use std::collections::VecDeque;
use std::process;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::{Duration, Instant};

use massmap::dynamic::{EncodedError, KeySchema, StaticSchema, TypedKey, TypedValue};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyList, PyTuple};

use super::encode::{Unfit, encode};
use super::progress::Reporter;
use crate::error::{Error, KeyTypeError, ValueTypeError};
use infer::infer;

/// Most entries of a chunk.
const CHUNK_ENTRIES: usize = 2048;

/// A chunk is also full when it has this many bytes.
const CHUNK_BYTES: usize = 1 << 18;

/// A chunk is also passed on after this time, so that slow iterables show progress.
const CHUNK_TIME: Duration = Duration::from_millis(100);

/// How many characters of a key a message shows.
const MAX_SHOWN: usize = 60;

/// Encoded entries.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    bytes: Vec<u8>,
    /// Where each key and each value ends.
    ends: VecDeque<[usize; 2]>,
    begin: usize,
}

/// What goes from the thread of Python to the one that builds.
#[derive(Debug)]
pub(super) enum Message {
    Entries(Chunk),
    /// There are no more. Without this, something has failed, and the build fails, too.
    End,
}

/// What keys and values are.
#[derive(Debug, Clone)]
pub(super) struct EntryTypes {
    pub(super) key: KeySchema,
    pub(super) value: StaticSchema,
}

/// The items of an iterable.
pub(super) struct Items<'py> {
    iterator: Bound<'py, PyIterator>,
    /// The first one, while it has not been encoded.
    first: Option<[Bound<'py, PyAny>; 2]>,
    /// Number of those before.
    number: u64,
}

impl<'py> Items<'py> {
    /// Those of a mapping or of an iterable of pairs. Takes the first one.
    ///
    /// # Errors
    ///
    /// `TypeError` if it is none, and what the iterable raises.
    pub(super) fn new(items: &Bound<'py, PyAny>) -> PyResult<Self> {
        let of_mapping = match items.getattr_opt("items")? {
            Some(method) if method.is_callable() => Some(method.call0()?),
            _ => None,
        };
        let mut iterator = of_mapping.as_ref().unwrap_or(items).try_iter()?;
        let first = match iterator.next() {
            Some(item) => Some(pair(&item?, 0)?),
            None => None,
        };
        Ok(Self {
            iterator,
            first,
            number: 0,
        })
    }

    /// What the first key and the first value are; `None` if there are none.
    pub(super) fn inferred(&self) -> PyResult<Option<[massmap::Schema; 2]>> {
        match &self.first {
            Some([key, value]) => Ok(Some([infer(key)?, infer(value)?])),
            None => Ok(None),
        }
    }

    /// Encodes all items, and sends them to the thread that builds. Ends early if that takes no more.
    ///
    /// # Errors
    ///
    /// What the iterable, a signal or the reporter raises; `Error` in a child that the iterable has forked; `KeyTypeError` and
    /// `ValueTypeError` for an item that is not of its types.
    pub(super) fn send(
        mut self,
        py: Python<'py>,
        types: &EntryTypes,
        sender: &SyncSender<Message>,
        reporter: &mut Reporter<'_>,
    ) -> PyResult<()> {
        let process = process::id();
        loop {
            let chunk = self.chunk(types)?;
            if process::id() != process {
                return Err(Error::new_err(
                    "the process was forked by the iterable, and only the one that has begun the build can go on with it",
                ));
            }
            py.check_signals()?;
            reporter.report_read(self.number)?;
            let message = match chunk.ends.is_empty() {
                true => Message::End,
                false => Message::Entries(chunk),
            };
            let is_last = matches!(message, Message::End);
            if py.detach(|| sender.send(message)).is_err() || is_last {
                return Ok(());
            }
        }
    }

    fn chunk(&mut self, types: &EntryTypes) -> PyResult<Chunk> {
        let begun = Instant::now();
        let mut chunk = Chunk::default();
        while chunk.ends.len() < CHUNK_ENTRIES && chunk.bytes.len() < CHUNK_BYTES {
            let Some([key, value]) = self.next()? else {
                break;
            };
            let bytes = &mut chunk.bytes;
            if let Err(unfit) = encode(types.key.schema().as_schema(), &key, bytes) {
                return Err(self.unfit(unfit, &key, "key"));
            }
            let end = bytes.len();
            if let Err(unfit) = encode(types.value.as_schema(), &value, bytes) {
                return Err(self.unfit(unfit, &key, "value"));
            }
            chunk.ends.push_back([end, bytes.len()]);
            self.number += 1;
            if self.number.is_multiple_of(16) && begun.elapsed() > CHUNK_TIME {
                break;
            }
        }
        Ok(chunk)
    }

    fn next(&mut self) -> PyResult<Option<[Bound<'py, PyAny>; 2]>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        match self.iterator.next() {
            Some(item) => Ok(Some(pair(&item?, self.number)?)),
            None => Ok(None),
        }
    }

    /// The exception for an item that cannot be encoded.
    #[cold]
    fn unfit(&self, unfit: Unfit, key: &Bound<'py, PyAny>, part: &str) -> PyErr {
        let mismatch = match unfit {
            Unfit::Mismatch(mismatch) => mismatch,
            Unfit::Raised(error) => return error,
        };
        let shown = match key.repr() {
            Ok(shown) => shown.to_string(),
            Err(error) => return error,
        };
        let shown = match shown.char_indices().nth(MAX_SHOWN) {
            Some((end, _)) => format!("{}…", shown.split_at(end).0),
            None => shown,
        };
        let number = self.number;
        match part {
            "key" => KeyTypeError::new_err(format!(
                "item {number}: the key {shown} does not fit: {mismatch}; key_type chooses the type"
            )),
            _ => ValueTypeError::new_err(format!(
                "item {number}: the value of the key {shown} does not fit: {mismatch}; value_type chooses the type"
            )),
        }
    }
}

/// The key and the value of an item.
fn pair<'py>(item: &Bound<'py, PyAny>, number: u64) -> PyResult<[Bound<'py, PyAny>; 2]> {
    if let Ok(tuple) = item.cast::<PyTuple>()
        && tuple.len() == 2
    {
        return Ok([tuple.get_item(0)?, tuple.get_item(1)?]);
    }
    if let Ok(list) = item.cast::<PyList>()
        && list.len() == 2
    {
        return Ok([list.get_item(0)?, list.get_item(1)?]);
    }
    let name = item.get_type().name()?;
    let found = match item.len() {
        Ok(length) => format!("a {name} of the length {length}"),
        Err(_) => format!("of the type {name}"),
    };
    Err(PyTypeError::new_err(format!(
        "item {number} is {found}, and must be a pair of a key and a value"
    )))
}

/// The entries that come from the thread of Python.
pub(super) struct Received {
    messages: Receiver<Message>,
    chunk: Chunk,
    types: EntryTypes,
    has_ended: bool,
}

/// Why there is no entry.
#[derive(Debug, thiserror::Error)]
pub(super) enum Interrupted {
    /// The thread of Python has failed.
    #[error("no more entries come")]
    NoMore,
    /// The type of the keys has fewer values than are stored of it.
    #[error("the key does not fit")]
    Key(#[source] EncodedError),
    /// The same of values.
    #[error("the value does not fit")]
    Value(#[source] EncodedError),
}

impl Received {
    pub(super) fn new(messages: Receiver<Message>, types: EntryTypes) -> Self {
        Self {
            messages,
            chunk: Chunk::default(),
            types,
            has_ended: false,
        }
    }

    fn take(&mut self) -> Option<Result<(TypedKey, TypedValue), Interrupted>> {
        let [key_end, end] = self.chunk.ends.pop_front()?;
        let entry = self.chunk.bytes.get(self.chunk.begin..end)?;
        let (key, value) = entry.split_at_checked(key_end - self.chunk.begin)?;
        self.chunk.begin = end;
        let key = TypedKey::encoded(&self.types.key, key.into()).map_err(Interrupted::Key);
        let value = TypedValue::encoded(&self.types.value, value.into()).map_err(Interrupted::Value);
        Some(key.and_then(|key| Ok((key, value?))))
    }
}

impl Iterator for Received {
    type Item = Result<(TypedKey, TypedValue), Interrupted>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.take() {
                return Some(entry);
            }
            if self.has_ended {
                return None;
            }
            match self.messages.recv() {
                Ok(Message::Entries(chunk)) => self.chunk = chunk,
                Ok(Message::End) => self.has_ended = true,
                Err(_) => {
                    self.has_ended = true;
                    return Some(Err(Interrupted::NoMore));
                }
            }
        }
    }
}
