//! Entries: records whose keys and values have their types.

pub(in crate::input) mod convert;
pub(in crate::input) mod duplicate_key;
pub(in crate::input) mod like;
pub(in crate::input) mod stream;
pub(in crate::input) mod typed;
pub(in crate::input) mod types;

use std::any::type_name;
use std::hash::Hash;

use serde::Serialize;

use super::error::InputError;
use crate::types::dynamic::{DynamicValue, FromDynamic};
use crate::types::encoded_json::EncodedJson;
use crate::types::key::{Key, KeyTask, KeyType};
use crate::types::value::ValueType;
use massmap::dynamic::{TypedKey, TypedValue};
use stream::Stream;
use types::EntryNames;

/// An operation on entries that is generic over their types.
pub trait EntryTask {
    /// What it gives.
    type Output;

    /// Runs it with keys of the type `K` and values of the type `V`, which files of format 1 call by these names.
    fn run<K: Serialize + Hash + Eq, V: Serialize>(
        self,
        names: &EntryNames,
        entries: impl Iterator<Item = Result<(K, V), InputError>>,
    ) -> Self::Output;
}

/// A key and a value like those of a map.
pub(super) type TypedEntry = (TypedKey, TypedValue);

/// A key and a value of the requested types.
pub(super) type Entry = (DynamicValue, DynamicValue);

/// Runs `task` with `entries`, whose keys and values have these types.
pub(super) fn run<T: EntryTask>(
    task: T,
    key_type: KeyType,
    value_type: ValueType,
    entries: Stream<Entry>,
) -> T::Output {
    key_type.run(WithKey {
        entries,
        value_type,
        task,
    })
}

struct WithKey<T> {
    entries: Stream<Entry>,
    value_type: ValueType,
    task: T,
}

impl<T: EntryTask> KeyTask for WithKey<T> {
    type Output = T::Output;

    fn run<K: Key>(self) -> T::Output {
        match self.value_type {
            ValueType::Json => self.run_with::<K, EncodedJson>(),
            ValueType::String => self.run_with::<K, String>(),
            ValueType::Bool => self.run_with::<K, bool>(),
            ValueType::U64 => self.run_with::<K, u64>(),
            ValueType::U128 => self.run_with::<K, u128>(),
            ValueType::I64 => self.run_with::<K, i64>(),
            ValueType::I128 => self.run_with::<K, i128>(),
            ValueType::F64 => self.run_with::<K, f64>(),
        }
    }
}

impl<T: EntryTask> WithKey<T> {
    fn run_with<K: Key, V: Serialize + FromDynamic>(self) -> T::Output {
        const TYPED: &str = "entries were converted to the requested types";
        let names = EntryNames {
            key: type_name::<K>().to_owned(),
            value: V::stored_type_name().to_owned(),
        };
        let entries = self.entries.map(|entry| {
            entry.map(|(key, value)| {
                (
                    K::from_dynamic(key).expect(TYPED),
                    V::from_dynamic(value).expect(TYPED),
                )
            })
        });
        self.task.run(&names, entries)
    }
}
