//! Encoding entries.

use std::hash::{BuildHasher, Hash};

use massmap_core::codec::{PlainParts, is_canonical, widen_schema};
use massmap_format::{EntryTypes, Schema};
use serde::Serialize;

use crate::config::{Shard, SortOrder};
use crate::entry::batch::Batch;
use crate::entry::encoding::Encoding;
use crate::entry::read_back::{EncodedEntry, ReadBack};
use crate::error::WriteError;

/// Hashes and encodes entries.
#[derive(Debug)]
pub(crate) struct EntryEncoder<S> {
    build_hasher: S,
    order: SortOrder,
    shard: Option<Shard>,
    encoding: Encoding,
    read_back: Option<ReadBack<S>>,
    plain: PlainParts,
    /// Whether to find out what keys and values are.
    find_types: bool,
}

impl<S: BuildHasher> EntryEncoder<S> {
    pub(crate) fn new(
        build_hasher: S,
        order: SortOrder,
        shard: Option<Shard>,
        encoding: Encoding,
        read_back: Option<ReadBack<S>>,
        plain: PlainParts,
    ) -> Self {
        Self {
            find_types: matches!(order, SortOrder::SpreadHash),
            build_hasher,
            order,
            shard,
            encoding,
            read_back,
            plain,
        }
    }

    /// Appends an entry to `batch`, unless it belongs to another shard.
    #[inline]
    pub(crate) fn push<K, V>(
        &self,
        ordinal: u64,
        key: &K,
        value: &V,
        batch: &mut Batch,
    ) -> Result<(), WriteError>
    where
        K: Serialize + Hash,
        V: Serialize,
    {
        let hash = self.build_hasher.hash_one(key);
        let sort_key = self.order.sort_key(hash);
        if self
            .shard
            .is_some_and(|shard| !shard.contains(self.order, sort_key))
        {
            return Ok(());
        }
        batch.push(ordinal, sort_key, |bytes| {
            let encoded = self.encoding.encode_entry(key, value, self.plain, bytes);
            encoded.map_err(|error| WriteError::entry::<K, V>(ordinal, error))
        })?;
        // One entry of a batch shows what all plain ones are.
        if self.find_types && !(self.plain.key && self.plain.value && batch.headers.len() > 1) {
            self.add_types(key, hash, value, &mut batch.types);
        }
        match &self.read_back {
            Some(read_back) => self.read_back(read_back, ordinal, (key, hash), value, batch),
            None => Ok(()),
        }
    }

    /// Checks, in a build with read back, that a file of these types opens with those that are read back.
    pub(crate) fn check_types(&self, types: &EntryTypes) -> Result<(), WriteError> {
        self.read_back
            .as_ref()
            .map_or(Ok(()), |read_back| read_back.check_types(types))
    }

    /// Widens `types` so that they describe an entry as well.
    #[inline]
    fn add_types<K, V>(&self, key: &K, hash: u64, value: &V, types: &mut EntryTypes)
    where
        K: Serialize,
        V: Serialize,
    {
        let rules = self.encoding.rules;
        if !self.plain.key || matches!(types.key, Schema::Never) {
            widen_schema(&mut types.key, key, rules);
            types.canonical_keys = types.canonical_keys && is_canonical(&self.build_hasher, key, hash);
        }
        if !self.plain.value || matches!(types.value, Schema::Never) {
            widen_schema(&mut types.value, value, rules);
        }
    }

    #[cold]
    fn read_back<K, V>(
        &self,
        read_back: &ReadBack<S>,
        ordinal: u64,
        (key, hash): (&K, u64),
        value: &V,
        batch: &mut Batch,
    ) -> Result<(), WriteError>
    where
        K: Serialize,
        V: Serialize,
    {
        let header = batch.headers.last().copied().unwrap_or_default();
        let entry = EncodedEntry {
            ordinal,
            key,
            value,
            hash,
            key_length: header.key_length as usize,
            value_length: header.value_length as usize,
        };
        read_back.check(&mut batch.bytes, &entry, self.encoding, &self.build_hasher)
    }
}
