//! Takes files of format 1 apart and assembles files that no builder would write.

use massmap::{MassMapBucketMeta, MassMapBuilder, MassMapHeader, MassMapMeta};
use massmap_format::Metadata;
use serde::Serialize;
use std::hash::Hash;

/// Builds a file in memory with `buckets` buckets and otherwise default settings.
pub fn build<K, V>(buckets: u64, entries: &[(K, V)]) -> Vec<u8>
where
    K: Serialize + Hash + Eq,
    V: Serialize,
{
    super::build(MassMapBuilder::default().with_bucket_count(buckets), entries)
}

/// The parts of a file.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The bytes from the header to the metadata.
    pub buckets: Vec<u8>,
    /// The metadata without the index of buckets.
    pub meta: MassMapMeta,
    /// The index of buckets.
    pub index: Vec<MassMapBucketMeta>,
}

impl Parts {
    /// Takes an intact file apart.
    pub fn of(file: &[u8]) -> Self {
        let header = MassMapHeader::deserialize(&file[..MassMapHeader::SIZE]).expect("the file is intact");
        let meta_offset = usize::try_from(header.meta_offset).expect("the file is small");
        let Metadata { meta, buckets: index } =
            Metadata::decode(&header, &file[meta_offset..]).expect("the file is intact");
        Self {
            buckets: file[MassMapHeader::SIZE..meta_offset].to_vec(),
            meta,
            index,
        }
    }

    /// Assembles the parts, whether they fit or not.
    pub fn to_file(&self) -> Vec<u8> {
        let metadata = rmp_serde::to_vec(&(&self.meta, &self.index)).expect("the metadata is plain data");
        assemble(&self.buckets, &metadata)
    }

    /// Index of the first bucket that has entries.
    pub fn first_occupied(&self) -> usize {
        self.index
            .iter()
            .position(|bucket| bucket.count > 0)
            .expect("the map has entries")
    }

    /// Overwrites the first byte of bucket `index` with one that is invalid in MessagePack.
    pub fn damage_bucket(&mut self, index: usize) {
        let offset = usize::try_from(self.index[index].offset).expect("the file is small");
        self.buckets[offset - MassMapHeader::SIZE] = 0xc1;
    }
}

/// A file of these buckets and this metadata, with a matching header.
pub fn assemble(buckets: &[u8], metadata: &[u8]) -> Vec<u8> {
    let header = MassMapHeader {
        meta_offset: (MassMapHeader::SIZE + buckets.len()) as u64,
        meta_length: metadata.len() as u64,
    };
    [&header.serialize()[..], buckets, metadata].concat()
}

/// A file of one bucket with one entry, whose key and value are encoded already.
pub fn single_entry_file(key: &[u8], value: &[u8]) -> Vec<u8> {
    single_bucket_file(&[b"\x91\x92", key, value].concat(), 1)
}

/// A file of one bucket with these bytes, which has `count` entries according to the index.
pub fn single_bucket_file(bucket: &[u8], count: u32) -> Vec<u8> {
    let index = MassMapBucketMeta {
        offset: MassMapHeader::SIZE as u64,
        length: u32::try_from(bucket.len()).expect("the bucket is small"),
        count,
    };
    let meta = MassMapMeta {
        entry_count: count.into(),
        bucket_count: 1,
        occupied_bucket_count: 1,
        occupied_bucket_range: 0..1,
        ..MassMapMeta::default()
    };
    Parts {
        buckets: bucket.to_vec(),
        meta,
        index: vec![index],
    }
    .to_file()
}
