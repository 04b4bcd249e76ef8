//! cdb64.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use cdb64::{Cdb, CdbHash, CdbWriter};
use massmap_benches::{SeekingBuffer, digest};

use crate::data::Entries;
use crate::data::field::Field;
use crate::stores::interface::{Cache, Open, Shared, SharedStore, Store};

pub(crate) const SETTINGS: &str = "its own 64-bit hash; written through a buffer of 1 MiB, then one sync; mapped, or read with pread when not \
     cached; its only lookup function copies the value";

pub(crate) struct Cdb64;

impl<K: Field, V: Field> Store<K, V> for Cdb64 {
    fn build(&self, entries: &Entries<K, V>, directory: &Path) -> io::Result<()> {
        let file = SeekingBuffer::new(File::create(file(directory))?);
        let mut writer = CdbWriter::<_, CdbHash>::new(file).map_err(io::Error::other)?;
        for (key, value) in entries.list() {
            writer
                .put(key.bytes().as_ref(), value.bytes().as_ref())
                .map_err(io::Error::other)?;
        }
        writer.finalize().map_err(io::Error::other)?;
        let buffered = writer.into_inner().map_err(io::Error::other)?;
        buffered.into_file()?.sync_all()
    }

    fn open(&self, _: &Entries<K, V>, directory: &Path, cache: Cache) -> io::Result<Box<dyn Open<K>>> {
        Ok(Box::new(SharedStore(OpenCdb64(match cache {
            Cache::Warm => Cdb::open_mmap(file(directory))?,
            Cache::Cold => Cdb::open(file(directory))?,
        }))))
    }
}

fn file(directory: &Path) -> PathBuf {
    directory.join("data.cdb")
}

struct OpenCdb64(Cdb<File, CdbHash>);

impl<K: Field> Shared<K> for OpenCdb64 {
    fn look_up(&self, key: &K) -> io::Result<Option<u64>> {
        let value = self.0.get(key.bytes().as_ref())?;
        Ok(value.map(|value| digest(&value)))
    }
}
