//! Lookups of many keys at once.

use std::io;

use massmap_core::dynamic::{EncodedKey, Key, Value};
use massmap_core::{BatchPlan, Probe};
use massmap_io::MassMapReader;

use super::UntypedMap;
use crate::lookup::batch::{COALESCING, KEYS_AT_ONCE};

impl<R: MassMapReader> UntypedMap<R> {
    /// Returns the value of each of `keys`, in their order; `None` for keys that the map does not have.
    ///
    /// Reads each bucket or page once, in the order in which they lie in the file, and those that lie side by side at once.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get); the first one that comes up ends the batch, whichever key it is of.
    pub fn batch_get<'k>(
        &self,
        keys: impl IntoIterator<Item = impl Into<Key<'k>>>,
    ) -> io::Result<Vec<Option<Value>>> {
        let keys = keys.into_iter();
        let mut values = Vec::with_capacity(keys.size_hint().0);
        self.batch_get_with(keys, |number, value| {
            let decode = |value| self.value_type.decode(value, self.value_limit);
            let value = value.map(decode).transpose()?;
            if values.len() <= number {
                values.resize_with(number + 1, || None);
            }
            if let Some(slot) = values.get_mut(number) {
                *slot = value;
            }
            Ok(())
        })?;
        Ok(values)
    }

    /// Calls `f` with the number of each of `keys`, from 0, and its encoded value; `None` for keys that the map does not have.
    ///
    /// Like [`batch_get`](Self::batch_get), but nothing is collected: however many the keys, no more than 16,384 are in memory.
    /// The calls come in about the order in which the entries lie in the file, not in that of the keys.
    ///
    /// # Errors
    ///
    /// Those of [`get_with`](Self::get_with) and those of `f`; the first one that comes up ends the batch.
    pub fn batch_get_with<'k>(
        &self,
        keys: impl IntoIterator<Item = impl Into<Key<'k>>>,
        mut f: impl FnMut(usize, Option<&[u8]>) -> io::Result<()>,
    ) -> io::Result<()> {
        let has_passed = self.check_keys()?;
        if self.has_no_keys() {
            return keys
                .into_iter()
                .enumerate()
                .try_for_each(|(number, _)| f(number, None));
        }
        let mut keys = keys.into_iter().map(Into::into).fuse().enumerate();
        if !has_passed || self.inner.reader.in_memory().is_some() {
            return keys.try_for_each(|(number, key)| {
                let key = self.key_type.key(key)?;
                let found = self.find(&key, |index, entry| {
                    self.inner
                        .with_encoded_value(index, entry, |value| f(number, Some(value)))?
                })?;
                found.map_or_else(|| f(number, None), Ok)
            });
        }
        let mut pending: Vec<(usize, EncodedKey<'_>)> = Vec::new();
        let mut plan = BatchPlan::new(COALESCING);
        loop {
            let mut is_end = true;
            for (number, key) in keys.by_ref().take(KEYS_AT_ONCE) {
                is_end = false;
                let key = self.key_type.key(key)?;
                match self.inner.index().probe::<io::Error>(self.inner.hash(&key))? {
                    Probe::Miss => f(number, None)?,
                    Probe::Read(extent) => {
                        plan.push(u32::try_from(pending.len()).unwrap_or(u32::MAX), extent);
                        // What was given goes before the batch ends.
                        pending.push((number, key.into_owned()));
                    }
                }
            }
            if is_end {
                return Ok(());
            }
            self.inner.find_planned(
                &mut plan,
                &pending,
                |(_, key), index, stored| self.is_same(key, index, stored),
                |(number, _), found| match found {
                    Some((index, entry)) => self
                        .inner
                        .with_encoded_value(index, &entry, |value| f(*number, Some(value)))?,
                    None => f(*number, None),
                },
            )?;
            pending.clear();
            plan.clear();
        }
    }
}
