//! `HashMap`: without files, as a reference for lookups in memory.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use foldhash::fast::FixedState;

use crate::data::Entries;
use crate::data::field::Field;
use crate::stores::interface::{Cache, Open, Shared, SharedStore, Store};

pub(crate) const SETTINGS: &str = "of the standard library, created with capacity for all entries, with foldhash, the hash function of massmap; in memory \
     only: opening fills it with copies of the entries";

pub(crate) struct InMemory;

impl<K: Field, V: Field> Store<K, V> for InMemory {
    fn build(&self, entries: &Entries<K, V>, _: &Path) -> io::Result<()> {
        drop(fill(entries)?);
        Ok(())
    }

    fn prepare(&self, entries: &Entries<K, V>) {
        entries.list();
    }

    fn open(&self, entries: &Entries<K, V>, _: &Path, _: Cache) -> io::Result<Box<dyn Open<K>>> {
        Ok(Box::new(SharedStore(fill(entries)?)))
    }
}

fn fill<K: Field, V: Field>(entries: &Entries<K, V>) -> io::Result<Filled<K, V>> {
    let count = usize::try_from(entries.count()).map_err(io::Error::other)?;
    let mut map = HashMap::with_capacity_and_hasher(count, FixedState::with_seed(0));
    map.extend(entries.list().iter().cloned());
    Ok(Filled(map))
}

struct Filled<K, V>(HashMap<K, V, FixedState>);

impl<K: Field, V: Field> Shared<K> for Filled<K, V> {
    fn look_up(&self, key: &K) -> io::Result<Option<u64>> {
        Ok(self.0.get(key).map(Field::digest))
    }
}
