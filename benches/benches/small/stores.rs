//! The stores, with the same entries.

use std::cell::Cell;
use std::fs::{self, File};
use std::io;
use std::marker::PhantomData;
use std::path::PathBuf;

use cdb64::{Cdb, CdbHash, CdbWriter};
use massmap::{ChecksumPolicy, FormatVersion, LendingReader, MappedFile, MassMap, MassMapBuilder};
use massmap_benches::{Contestant, Dataset, Mapped, SeekingBuffer, data_directory, mix};
use memmap2::Mmap;
use odht::{HashTable, HashTableOwned};

use crate::contender::Small;
use crate::lookups::Keys;
use crate::{CDB64, FLOOR, How, ODHT, OURS, OURS_EVERY_READ};

/// Largest load of the table of odht. It is usually lower, since the number of slots is a power of two.
const LOAD_PERCENT: u8 = 87;

/// Files with the first entries of a data set, which are removed when this is dropped.
pub(crate) struct Files<D> {
    entries: u64,
    directory: PathBuf,
    dataset: PhantomData<D>,
}

type Map<D> = MassMap<<D as Dataset>::Key, <D as Dataset>::Value, MappedFile>;

impl<D: Small> Files<D> {
    /// Builds the files.
    pub(crate) fn new(entries: u64) -> io::Result<Self> {
        let name = format!("small-{}", std::process::id());
        let files = Self {
            entries,
            directory: data_directory()?.join(name),
            dataset: PhantomData,
        };
        fs::create_dir_all(&files.directory)?;
        files.build()?;
        files.build_odht()?;
        files.build_cdb64()?;
        Ok(files)
    }

    pub(crate) fn entries(&self) -> u64 {
        self.entries
    }

    /// Length of our file, divided by the number of entries.
    pub(crate) fn bytes_per_entry(&self) -> io::Result<f64> {
        Ok(fs::metadata(self.path(OURS))?.len() as f64 / self.entries as f64)
    }

    /// All stores that can look keys up in this way.
    pub(crate) fn contestants<'a>(&self, how: How, keys: &'a Keys<D>) -> io::Result<Vec<Contestant<'a>>> {
        let (map, every_read) = (
            self.open()?,
            self.open()?.with_checksum_policy(ChecksumPolicy::EveryRead),
        );
        let table = self.open_odht()?;
        let odht = move |key: &D::Key| {
            let value = table.get(&D::key_bytes(key));
            value.map(|value| D::digest_bytes(value.as_ref()))
        };
        let cdb = Cdb::<File, CdbHash>::open_mmap(self.path(CDB64))?;
        let get = |map: Map<D>| {
            move |key: &D::Key| {
                let value = map.get(key).expect("the file is undamaged");
                value.as_ref().map(D::digest)
            }
        };
        let mut contestants = match how {
            How::Batches => vec![
                keys.batches(OURS, move |keys| {
                    let values = map.batch_get::<D::Key>(keys).expect("the file is undamaged");
                    values.iter().map(|value| value.as_ref().map(D::digest)).collect()
                }),
                keys.batches(ODHT, move |keys| keys.iter().map(&odht).collect()),
            ],
            _ => vec![
                keys.contestant(OURS, get(map)),
                keys.contestant(OURS_EVERY_READ, get(every_read)),
                keys.contestant(ODHT, odht),
                keys.contestant(CDB64, move |key| {
                    let value = cdb
                        .get(D::key_bytes(key).as_ref())
                        .expect("the file is undamaged");
                    value.as_deref().map(D::digest_bytes)
                }),
            ],
        };
        if how == How::Chained {
            contestants.push(self.floor(keys)?);
        }
        Ok(contestants)
    }

    /// Reads one word of our file in each step, whose place depends on the word before it.
    fn floor<'a>(&self, keys: &'a Keys<D>) -> io::Result<Contestant<'a>> {
        let file = self.map()?;
        let words = file.bytes().len() / 8;
        let last = Cell::new(0);
        Ok(keys.limit(FLOOR, move |_| {
            let position = (u128::from(mix(last.get())) * words as u128) >> 64;
            let word = file.bytes()[8 * position as usize..].first_chunk();
            let word = u64::from_le_bytes(*word.expect("the position is in the file"));
            last.set(last.get().wrapping_add(word | 1));
            word
        }))
    }

    fn path(&self, store: &str) -> PathBuf {
        self.directory.join(store)
    }

    fn build(&self) -> io::Result<()> {
        let file = File::create(self.path(OURS))?;
        let entries = (0..self.entries).map(|ordinal| (D::key(ordinal), D::value(ordinal)));
        let builder = MassMapBuilder::default().with_format(FormatVersion::V2);
        builder.with_memory_limit(2 << 30).build(&file, entries)?;
        Ok(())
    }

    fn map(&self) -> io::Result<MappedFile> {
        #[expect(unsafe_code, reason = "it is a map of a file")]
        // SAFETY: nothing writes to the file after the build.
        unsafe {
            MappedFile::open(self.path(OURS))
        }
    }

    /// Our file, each page of which has been checked.
    fn open(&self) -> io::Result<Map<D>> {
        let map = Map::<D>::load(self.map()?)?.with_checksum_policy(ChecksumPolicy::FirstRead);
        map.iter().try_for_each(|entry| entry.map(drop))?;
        Ok(map)
    }

    fn build_odht(&self) -> io::Result<()> {
        let mut table = HashTableOwned::<D::Odht>::with_capacity(self.entries as usize, LOAD_PERCENT);
        for ordinal in 0..self.entries {
            table.insert(
                &D::key_bytes(&D::key(ordinal)),
                &D::value_bytes(&D::value(ordinal)),
            );
        }
        fs::write(self.path(ODHT), table.raw_bytes())
    }

    fn open_odht(&self) -> io::Result<HashTable<D::Odht, Mapped>> {
        let file = File::open(self.path(ODHT))?;
        #[expect(unsafe_code, reason = "it is a map of a file")]
        // SAFETY: nothing writes to the file after the build.
        let file = Mapped(unsafe { Mmap::map(&file) }?);
        HashTable::from_raw_bytes(file).map_err(|error| io::Error::other(error.to_string()))
    }

    fn build_cdb64(&self) -> io::Result<()> {
        let file = File::create(self.path(CDB64))?;
        let mut writer = CdbWriter::<_, CdbHash>::new(SeekingBuffer::new(file)).map_err(io::Error::other)?;
        for ordinal in 0..self.entries {
            let (key, value) = (D::key_bytes(&D::key(ordinal)), D::value_bytes(&D::value(ordinal)));
            writer
                .put(key.as_ref(), value.as_ref())
                .map_err(io::Error::other)?;
        }
        writer.finalize().map_err(io::Error::other)?;
        writer.into_inner().map_err(io::Error::other)?.into_file()?;
        Ok(())
    }
}

impl<D> Drop for Files<D> {
    fn drop(&mut self) {
        // What is left takes space, and is no reason to fail.
        let _ = fs::remove_dir_all(&self.directory);
    }
}
