//! odht: a Swiss table in a memory map.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use massmap_benches::{Mapped, digest};
use memmap2::{Advice, Mmap};
use odht::{Config, FxHashFn, HashTable, HashTableOwned};

use crate::data::Entries;
use crate::data::field::Field;
use crate::stores::interface::{Cache, Open, Shared, SharedStore, Store};

pub(crate) const SETTINGS: &str = "keys and values of fixed lengths up to 255 bytes only; Fx hash, up to 87 % full (half of that on average, since sizes \
     are powers of two); built in memory, then one fsync; memory-mapped, with random-access advice when not cached; opening checks \
     the header and ten hashes";

/// Why it cannot hold other entries.
pub(crate) const UNFIT: &str = "keys and values must have fixed lengths of at most 255 bytes";

/// Largest load. It is usually lower, since the number of slots is a power of two.
const LOAD_PERCENT: u8 = 87;

/// The store for keys and values of these lengths, if it supports them.
pub(crate) fn store<K: Field, V: Field>(fixed: Option<(usize, usize)>) -> Option<Box<dyn Store<K, V>>> {
    // Lengths are part of the type, and odht stores them in a byte: 256 is too long.
    match fixed? {
        (8, 8) => Some(Box::new(Odht::<8, 8>)),
        (21, 100) => Some(Box::new(Odht::<21, 100>)),
        _ => None,
    }
}

/// The configuration for writing.
enum Written<const KEY: usize, const VALUE: usize> {}

impl<const KEY: usize, const VALUE: usize> Config for Written<KEY, VALUE> {
    type Key = [u8; KEY];
    type Value = [u8; VALUE];
    type EncodedKey = [u8; KEY];
    type EncodedValue = [u8; VALUE];
    type H = FxHashFn;

    fn encode_key(key: &[u8; KEY]) -> [u8; KEY] {
        *key
    }

    fn encode_value(value: &[u8; VALUE]) -> [u8; VALUE] {
        *value
    }

    fn decode_key(key: &[u8; KEY]) -> [u8; KEY] {
        *key
    }

    fn decode_value(value: &[u8; VALUE]) -> [u8; VALUE] {
        *value
    }
}

/// The configuration for reading the same table: decodes digests instead of copying values.
enum Read<const KEY: usize, const VALUE: usize> {}

impl<const KEY: usize, const VALUE: usize> Config for Read<KEY, VALUE> {
    type Key = [u8; KEY];
    type Value = u64;
    type EncodedKey = [u8; KEY];
    type EncodedValue = [u8; VALUE];
    type H = FxHashFn;

    #[inline]
    fn encode_key(key: &[u8; KEY]) -> [u8; KEY] {
        *key
    }

    fn encode_value(_: &u64) -> [u8; VALUE] {
        unreachable!("this configuration is only for reading")
    }

    fn decode_key(key: &[u8; KEY]) -> [u8; KEY] {
        *key
    }

    #[inline]
    fn decode_value(value: &[u8; VALUE]) -> u64 {
        digest(value)
    }
}

struct Odht<const KEY: usize, const VALUE: usize>;

impl<const KEY: usize, const VALUE: usize, K: Field, V: Field> Store<K, V> for Odht<KEY, VALUE> {
    fn build(&self, entries: &Entries<K, V>, directory: &Path) -> io::Result<()> {
        // Hashes have 32 bits.
        let most = (1 << 32) / 100 * u64::from(LOAD_PERCENT);
        if entries.count() > most {
            return Err(io::Error::other(format!("odht supports at most {most} entries")));
        }
        let mut table =
            HashTableOwned::<Written<KEY, VALUE>>::with_capacity(entries.count() as usize, LOAD_PERCENT);
        for (key, value) in entries.list() {
            table.insert(&array(key)?, &array(value)?);
        }
        let mut file = File::create(path(directory))?;
        file.write_all(table.raw_bytes())?;
        file.sync_all()
    }

    fn open(&self, _: &Entries<K, V>, directory: &Path, cache: Cache) -> io::Result<Box<dyn Open<K>>> {
        let file = File::open(path(directory))?;
        #[expect(unsafe_code, reason = "maps a file")]
        // SAFETY: the file is not written to after the build.
        let map = unsafe { Mmap::map(&file) }?;
        if cache == Cache::Cold {
            map.advise(Advice::Random)?;
        }
        let table =
            HashTable::from_raw_bytes(Mapped(map)).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Box::new(SharedStore(OpenOdht::<KEY, VALUE> { table })))
    }
}

fn path(directory: &Path) -> PathBuf {
    directory.join("entries.odht")
}

fn array<const LENGTH: usize>(field: &impl Field) -> io::Result<[u8; LENGTH]> {
    field.bytes().as_ref().try_into().map_err(io::Error::other)
}

struct OpenOdht<const KEY: usize, const VALUE: usize> {
    table: HashTable<Read<KEY, VALUE>, Mapped>,
}

impl<const KEY: usize, const VALUE: usize, K: Field> Shared<K> for OpenOdht<KEY, VALUE> {
    fn look_up(&self, key: &K) -> io::Result<Option<u64>> {
        // A key of another length is absent.
        let key = key.bytes().as_ref().try_into();
        Ok(key.ok().and_then(|key| self.table.get(&key)))
    }
}
