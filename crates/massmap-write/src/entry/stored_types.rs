//! What the entries of a map to be merged are.

use massmap_core::codec::describes;
use massmap_core::dynamic::{Key, Type};
use massmap_format::{EntryTypes, FormatError, RawEntry, Schema};
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use massmap_read::MassMapInner;

/// Finds out what the entries of a map are. A file of format 2 says it; that of format 1 has names that tell it of many types, if the
/// entries are found to be like that.
pub(crate) struct StoredTypes<'a, R: MassMapReader, H: MassMapHashLoader> {
    map: &'a MassMapInner<R, H>,
    types: EntryTypes,
    /// The type of the keys of a file of format 1.
    key_type: Option<Type>,
}

impl<'a, R: MassMapReader, H: MassMapHashLoader> StoredTypes<'a, R, H> {
    pub(crate) fn new(map: &'a MassMapInner<R, H>) -> Self {
        if let Some(types) = map.entry_types() {
            return Self {
                map,
                types: types.clone(),
                key_type: None,
            };
        }
        let key_type = Type::parse(&map.meta.key_type);
        let named = |named: &Type| match map.is_empty() {
            true => Schema::Never,
            false => named.schema().unwrap_or(Schema::Any).bounded(),
        };
        Self {
            map,
            types: EntryTypes {
                key: named(&key_type),
                value: named(&Type::parse(&map.meta.value_type)),
                canonical_keys: true,
            },
            key_type: Some(key_type),
        }
    }

    /// Looks at an entry whose key has the hash `hash`.
    pub(crate) fn add(&mut self, entry: &RawEntry<'_>, hash: u64) -> Result<(), FormatError> {
        let Some(key_type) = &self.key_type else {
            return Ok(());
        };
        for (schema, encoded) in [
            (&mut self.types.key, entry.key),
            (&mut self.types.value, entry.value),
        ] {
            if !describes(schema, encoded)? {
                *schema = Schema::Any;
            }
        }
        if self.types.canonical_keys {
            let key = key_type.key(Key::encoded(entry.key));
            self.types.canonical_keys = key.is_ok_and(|key| self.map.hash(&key) == hash);
        }
        Ok(())
    }

    /// What all entries of the map are.
    pub(crate) fn finish(self) -> EntryTypes {
        self.types
    }
}
