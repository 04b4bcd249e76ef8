//! Answers to the keys of a batch.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use massmap::dynamic::Key;
use massmap::{Error, MassMapReader, UntypedMap};
use massmap_data::keys::{KeyBatch, KeyPlace};

/// Most bytes of values that are kept. If there are more, a batch is answered in parts.
const MOST_BYTES: usize = 32 << 20;

/// The answers to some consecutive keys of a batch.
pub(in crate::commands::query) struct Answers {
    batch: Arc<KeyBatch>,
    /// The keys that are answered.
    range: Range<usize>,
    kept: Kept,
    /// Why the key behind them cannot be looked up.
    failure: Option<Error>,
}

/// A key that cannot be looked up.
pub(in crate::commands::query) struct Failed {
    pub(in crate::commands::query) place: KeyPlace,
    /// Encoded.
    pub(in crate::commands::query) key: Vec<u8>,
    pub(in crate::commands::query) error: Error,
}

/// What was found of some keys.
#[derive(Default)]
struct Kept {
    /// Encoded values, one behind the other.
    bytes: Vec<u8>,
    values: Vec<Option<Value>>,
}

#[derive(Clone)]
enum Value {
    /// In these bytes.
    Kept(Range<usize>),
    /// Too large to be kept.
    Large,
}

/// The answer to a key.
pub(in crate::commands::query) struct Found<'a> {
    pub(in crate::commands::query) place: KeyPlace,
    /// The encoded key; empty if there is none.
    pub(in crate::commands::query) key: &'a [u8],
    /// The row that the key comes from.
    pub(in crate::commands::query) row: &'a [u8],
    value: Option<FoundValue<'a>>,
}

enum FoundValue<'a> {
    Kept(&'a [u8]),
    Large,
}

impl Found<'_> {
    /// Whether the map has no such key.
    pub(in crate::commands::query) fn is_missing(&self) -> bool {
        self.value.is_none()
    }

    /// Calls `f` with the encoded value, `None` for a missing key. Reads a large one from `map`.
    ///
    /// # Errors
    ///
    /// Those of a lookup.
    pub(in crate::commands::query) fn with_value<R: MassMapReader, T>(
        &self,
        map: &UntypedMap<R>,
        mut f: impl FnMut(Option<&[u8]>) -> T,
    ) -> Result<T, Error> {
        match self.value {
            None => Ok(f(None)),
            Some(FoundValue::Kept(value)) => Ok(f(Some(value))),
            Some(FoundValue::Large) => {
                let found = map.get_with(Key::encoded(self.key), |value| f(Some(value)))?;
                found.map_or_else(|| Ok(f(None)), Ok)
            }
        }
    }
}

impl Answers {
    /// The answers, in the order of the keys.
    pub(in crate::commands::query) fn iter(&self) -> impl Iterator<Item = Found<'_>> {
        let values = self.kept.values.iter();
        self.range.clone().zip(values).map(|(index, value)| Found {
            place: self.batch.place(index),
            key: self.batch.key(index),
            row: self.batch.row(index),
            value: value.as_ref().map(|value| match value {
                Value::Kept(range) => {
                    FoundValue::Kept(self.kept.bytes.get(range.clone()).unwrap_or_default())
                }
                Value::Large => FoundValue::Large,
            }),
        })
    }

    /// The key behind them, if it cannot be looked up.
    pub(in crate::commands::query) fn into_failure(self) -> Option<Failed> {
        let index = self.range.end;
        self.failure.map(|error| Failed {
            place: self.batch.place(index),
            key: self.batch.key(index).to_vec(),
            error,
        })
    }
}

/// Looks up the keys of batches.
pub(super) struct Finder<'a, R: MassMapReader> {
    map: &'a UntypedMap<R>,
    /// How many keys are looked up together. Less than a batch if values are large.
    at_once: usize,
}

/// Why keys are not looked up together.
enum Alone {
    /// Their values take too much memory.
    TooLarge,
    /// One of them cannot be looked up.
    Failed,
}

impl<'a, R: MassMapReader> Finder<'a, R> {
    pub(super) fn new(map: &'a UntypedMap<R>) -> Self {
        let at_once = usize::MAX;
        Self { map, at_once }
    }

    /// Looks up all keys of a batch, and passes on answers in the order of the keys. Ends early behind a failure, or once `pass_on`
    /// gives `false`.
    pub(super) fn find(&mut self, batch: &Arc<KeyBatch>, mut pass_on: impl FnMut(Answers) -> bool) {
        let mut start = 0;
        while start < batch.len() {
            let count = self.at_once.min(batch.len() - start);
            let range = start..start + count;
            let (found, failure) = match self.find_together(batch, range.clone()) {
                Ok(found) => {
                    if found.bytes.len() < MOST_BYTES / 4 {
                        self.at_once = self.at_once.saturating_mul(2);
                    }
                    (found, None)
                }
                Err(Alone::TooLarge) => {
                    self.at_once = count.div_ceil(4);
                    continue;
                }
                Err(Alone::Failed) => self.find_one_by_one(batch, range),
            };
            let range = start..start + found.values.len();
            start = range.end;
            let is_end = failure.is_some();
            let answers = Answers {
                batch: Arc::clone(batch),
                range,
                kept: found,
                failure,
            };
            if !pass_on(answers) || is_end {
                return;
            }
        }
    }

    fn find_together(&self, batch: &KeyBatch, range: Range<usize>) -> Result<Kept, Alone> {
        let mut found = Kept {
            bytes: Vec::new(),
            values: vec![None; range.len()],
        };
        let mut is_too_large = false;
        // Null is no key.
        let indexes: Vec<_> = range
            .clone()
            .filter(|index| !batch.key(*index).is_empty())
            .collect();
        let keys = indexes.iter().map(|index| Key::encoded(batch.key(*index)));
        let outcome = self.map.batch_get_with(keys, |number, value| {
            let value = value.map(|value| found.keep(value));
            is_too_large = matches!(value, Some(Value::Large)) && range.len() > 1;
            if is_too_large {
                // Ends the batch.
                return Err(io::Error::from(io::ErrorKind::OutOfMemory).into());
            }
            let index = indexes.get(number).map(|index| index - range.start);
            if let Some(slot) = index.and_then(|index| found.values.get_mut(index)) {
                *slot = value;
            }
            Ok(())
        });
        match outcome {
            Ok(()) => Ok(found),
            Err(_) if is_too_large => Err(Alone::TooLarge),
            Err(_) => Err(Alone::Failed),
        }
    }

    /// Looks up keys in their order, until one cannot be looked up or there are too many bytes of values.
    fn find_one_by_one(&self, batch: &KeyBatch, range: Range<usize>) -> (Kept, Option<Error>) {
        let mut found = Kept::default();
        for index in range {
            let value = match batch.key(index) {
                // Null is no key.
                [] => Ok(None),
                key => self.map.get_with(Key::encoded(key), |value| found.keep(value)),
            };
            match value {
                Ok(Some(Value::Large)) if !found.values.is_empty() => break,
                Ok(value) => found.values.push(value),
                Err(error) => return (found, Some(error)),
            }
        }
        (found, None)
    }
}

impl Kept {
    /// Keeps an encoded value, unless there are too many bytes.
    fn keep(&mut self, value: &[u8]) -> Value {
        let start = self.bytes.len();
        let end = start.saturating_add(value.len());
        if end > MOST_BYTES || self.bytes.try_reserve(value.len()).is_err() {
            return Value::Large;
        }
        self.bytes.extend_from_slice(value);
        Value::Kept(start..end)
    }
}
