//! The published massmap 0.1.5.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use massmap_0_1_5::{MassMap, MassMapBuilder};

use super::buckets::{Buckets, bucket_count};
use crate::data::Entries;
use crate::data::answers::{answer, weighted};
use crate::data::field::Field;
use crate::stores::interface::{Cache, Open, Shared, SharedStore, Store};

pub(crate) const BY_ENTRIES: &str = "about 16 entries per bucket; built from an iterator, then one sync; read with pread, \
     cached or not";
pub(crate) const BY_BYTES: &str = "the same with about 4 KiB per bucket";
pub(crate) const BY_ONE: &str = "the same with as many buckets as entries";

pub(crate) struct Published(pub(crate) Buckets);

impl<K: Field, V: Field> Store<K, V> for Published {
    fn build(&self, entries: &Entries<K, V>, directory: &Path) -> io::Result<()> {
        let file = File::create(file(directory))?;
        MassMapBuilder::default()
            .with_bucket_count(bucket_count(entries, self.0))
            .build(&file, entries.list().iter())?;
        file.sync_all()
    }

    fn open(&self, _: &Entries<K, V>, directory: &Path, _: Cache) -> io::Result<Box<dyn Open<K>>> {
        Ok(Box::new(SharedStore(OpenMap::<K, V>(MassMap::load(
            File::open(file(directory))?,
        )?))))
    }
}

fn file(directory: &Path) -> PathBuf {
    directory.join("data.massmap")
}

struct OpenMap<K, V>(MassMap<K, V, File>);

impl<K: Field, V: Field> Shared<K> for OpenMap<K, V> {
    fn look_up(&self, key: &K) -> io::Result<Option<u64>> {
        Ok(self.0.get(key)?.as_ref().map(Field::digest))
    }

    fn look_up_batch(&self, keys: &[K]) -> io::Result<u64> {
        let values = self.0.batch_get::<K>(keys)?;
        let answers = values.iter().enumerate();
        let answers =
            answers.map(|(place, value)| weighted(place, answer(value.as_ref().map(Field::digest))));
        Ok(answers.fold(0, u64::wrapping_add))
    }
}
