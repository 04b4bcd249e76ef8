//! Reads bytes as a massmap file in every possible way, and checks that the answers agree.
//!
//! The body of the fuzz targets `read_file` and, with corrected checksums, `read_paged`.

use std::any::type_name;
use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::io;

use massmap::{
    BytesReader, ChecksumPolicy, DuplicateKeys, FormatVersion, KnownHashLoader, MassMap, MassMapBuilder,
    MassMapDefaultHashLoader, MassMapHashLoader, MassMapHeader, MassMapInner, MassMapMerger, MassMapReader,
    MemoryWriter, ReadError,
};
use massmap_format::{BucketEntries, Metadata, PagedHeader};
use serde::Serialize;
use serde::de::DeserializeOwned;
use support::cause;

mod asynchronous;
mod format_2;

/// Number of keys that are looked up. The time of a lookup is proportional to the size of the bucket.
const LOOKUPS: usize = 64;

/// Reads `data` as a massmap file.
///
/// # Panics
///
/// If two ways of reading the same disagree, or anything else panics.
pub fn read_file(data: &[u8]) {
    let inner = MassMapInner::<_>::load(Strict(BytesReader::new(data)));
    if PagedHeader::is_magic(data) {
        let metadata = format_2::decode(data);
        let opens = metadata.as_ref().is_some_and(format_2::loads);
        assert_eq!(inner.is_ok(), opens, "what can be decoded opens");
        let map = MassMap::<String, serde_json::Value, _>::load(BytesReader::new(data));
        let metadata = format_2::decode_by_either_header(data);
        assert!(
            map.is_err() || metadata.as_ref().is_some_and(format_2::has_default_hash),
            "a map opened although its hash function is another one"
        );
    } else {
        check_open_buckets(data, &inner);
    }
    check_positional(data, inner.is_ok());
    asynchronous::check(data);
    if let Ok(inner) = inner {
        check_merge_inner(inner, data);
    }

    check_as::<String, serde_json::Value, MassMapDefaultHashLoader>(data);
    check_as::<u64, u64, KnownHashLoader>(data);
    if let Ok(inner) = MassMapInner::<_, KnownHashLoader>::load(BytesReader::new(data)) {
        // Only the first lookup of a cast map checks its types.
        check(&inner.cast::<u64, String>(), false);
    }
}

/// Corrects the checksums of `data` and reads it as a file of format 2, so that damage gets past them.
///
/// # Panics
///
/// Like [`read_file`].
pub fn read_sealed(data: &[u8]) {
    let mut data = data.to_vec();
    crate::seal(&mut data);
    read_file(&data);
}

/// A reader that checks the promises of its callers.
struct Strict<R>(R);

impl<R: MassMapReader> MassMapReader for Strict<R> {
    fn read_exact_at<F, T>(&self, offset: u64, length: u64, f: F) -> io::Result<T>
    where
        F: Fn(&[u8]) -> io::Result<T>,
    {
        assert!(length > 0, "a read of nothing");
        self.0.read_exact_at(offset, length, f)
    }
}

fn check_open_buckets<R: MassMapReader>(data: &[u8], inner: &io::Result<MassMapInner<R>>) {
    let decoded = decode(data);
    match (&decoded, inner) {
        (Some(metadata), Ok(inner)) => {
            assert_eq!(inner.meta, metadata.meta);
            assert_eq!(inner.bucket_metas(), metadata.buckets);
        }
        (Some(metadata), Err(_)) => assert!(
            MassMapDefaultHashLoader::load(&metadata.meta.hash_config).is_err(),
            "only the hash function can be at fault where the metadata is sound"
        ),
        (None, Ok(_)) => panic!("a file was opened whose metadata cannot be decoded"),
        (None, Err(_)) => {}
    }
}

/// Decodes header, metadata and buckets with the format crate alone. `None` if the header or the metadata is damaged.
fn decode(data: &[u8]) -> Option<Metadata> {
    let header = MassMapHeader::deserialize(data.get(..MassMapHeader::SIZE)?).ok()?;
    header.validate().ok()?;
    let metadata = Metadata::decode(&header, part(data, header.meta_offset, header.meta_length)?).ok()?;
    for bucket in metadata.buckets.iter().filter(|bucket| bucket.count > 0) {
        let payload = part(data, bucket.offset, bucket.length.into())
            .expect("the bucket lies before the metadata, which is there");
        let Ok(entries) = BucketEntries::decode(payload, bucket.count) else {
            continue;
        };
        let entries: Vec<_> = entries.collect();
        let sound = entries.iter().flatten().count();
        assert!(sound <= bucket.count as usize && entries.len() <= sound + 1);
        if sound == entries.len() {
            assert_eq!(sound, bucket.count as usize);
            let length: usize = entries
                .iter()
                .flatten()
                .map(|entry| entry.key.len() + entry.value.len())
                .sum();
            // Apart from keys and values there are only array headers, which take one, three or five bytes each.
            let headers = payload.len() - length;
            assert!((1 + sound..=5 + 5 * sound).contains(&headers));
        }
    }
    Some(metadata)
}

fn part(data: &[u8], offset: u64, length: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    data.get(start..)?.get(..usize::try_from(length).ok()?)
}

/// Bytes in memory that are read through the reader for files.
#[cfg(unix)]
struct Positional<'a>(&'a [u8]);

#[cfg(unix)]
impl std::os::unix::fs::FileExt for Positional<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = part(self.0, offset, 0).map_or(&[][..], |_| &self.0[offset as usize..]);
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn write_at(&self, _: &[u8], _: u64) -> io::Result<usize> {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

#[cfg(unix)]
fn check_positional(data: &[u8], opens: bool) {
    let inner = MassMapInner::<_>::load(Positional(data));
    assert_eq!(inner.is_ok(), opens, "files and memory open alike");
    if let Ok(inner) = inner {
        let map = inner.with_checksum_policy(ChecksumPolicy::FirstRead);
        check(&map.cast::<String, serde_json::Value>(), false);
    }
}

#[cfg(not(unix))]
fn check_positional(_: &[u8], _: bool) {}

/// A key type, with keys that files probably have and probably do not have.
trait Key: Serialize + DeserializeOwned + Eq + Hash + Debug + Sized {
    fn samples() -> Vec<Self>;
}

impl Key for u64 {
    fn samples() -> Vec<Self> {
        vec![0, 1, 127, 128, u64::MAX]
    }
}

impl Key for String {
    fn samples() -> Vec<Self> {
        ["", "a", "apple", "no such key"].map(str::to_owned).to_vec()
    }
}

/// A value type.
trait Value: Serialize + DeserializeOwned + PartialEq + Clone + Debug {}

impl<T: Serialize + DeserializeOwned + PartialEq + Clone + Debug> Value for T {}

/// Opens `data` as a map from `K` to `V`, reads it, merges it alone, and rebuilds it.
fn check_as<K: Key, V: Value, H: MassMapHashLoader>(data: &[u8]) {
    let open = || MassMap::<K, V, _, H>::load(BytesReader::new(data));
    let (Ok(map), Ok(again)) = (open(), open()) else {
        assert!(open().is_err(), "a file opens each time or never");
        return;
    };
    let entries = check(&map, true);
    let sound = map.verify().is_ok();
    if map.format() == FormatVersion::V2 {
        let unchecked = open()
            .expect("a file opens each time or never")
            .with_checksum_policy(ChecksumPolicy::Never);
        let unchecked_entries = check(&unchecked, true);
        assert!(
            !sound || unchecked_entries == entries,
            "checksums change nothing that is sound"
        );
        check_merge_pages(&map, again, sound);
    } else {
        check_merge_buckets(&map, again);
    }
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let map = open().expect("a file opens each time or never");
        check_conversion(map, format, entries.is_some(), sound);
    }

    if let Some(entries) = entries {
        check_rebuilt::<K, V, H>(&map, &entries);
    }
}

/// Merges a map of format 1 alone.
fn check_merge_buckets<K: Key, V: Value, R: MassMapReader, H: MassMapHashLoader>(
    map: &MassMap<K, V, R, H>,
    again: MassMap<K, V, R, H>,
) {
    let merged = MemoryWriter::new();
    let info = MassMapMerger::default()
        .merge(&merged, vec![again])
        .expect("a map that opens can be merged");
    let merged = MassMap::<K, V, _, H>::load(merged.into_reader()).expect("a merged map opens");
    assert_eq!(merged.info(), info);
    assert_eq!(merged.len(), map.len());
    for index in 0..map.bucket_count() {
        assert_eq!(
            map.get_bucket(index).ok(),
            merged.get_bucket(index).ok(),
            "merging keeps each bucket"
        );
    }
}

/// Merges a map of format 2 alone.
fn check_merge_pages<K: Key, V: Value, R: MassMapReader, H: MassMapHashLoader>(
    map: &MassMap<K, V, R, H>,
    again: MassMap<K, V, R, H>,
    sound: bool,
) {
    let merged = MemoryWriter::new();
    let info = MassMapMerger::default()
        .with_duplicate_keys(DuplicateKeys::KeepAll)
        .merge(&merged, vec![again]);
    assert!(info.is_ok() || !sound, "a sound map can be merged: {info:?}");
    let Ok(info) = info else {
        return;
    };
    let merged = MassMap::<K, V, _, H>::load(merged.into_reader()).expect("a merged map opens");
    assert_eq!(merged.info(), info);
    assert_eq!(merged.user_metadata(), map.user_metadata());
    let report = merged.verify();
    assert!(report.is_ok(), "{report:?}");
    if sound {
        assert_eq!(merged.len(), map.len());
        assert!(merged.iter().map(Result::ok).eq(map.iter().map(Result::ok)));
    }
}

/// Merges a map alone into another format, or into the same with other settings.
fn check_conversion<K: Key, V: Value, R: MassMapReader, H: MassMapHashLoader>(
    map: MassMap<K, V, R, H>,
    format: FormatVersion,
    readable: bool,
    sound: bool,
) {
    let length = map.len();
    // A file of format 1 that names other types may be read all the same: integers of 32 and 64 bits may have the same hash.
    let named = [&map.meta().key_type, &map.meta().value_type] == [type_name::<K>(), type_name::<V>()];
    let mut merger = MassMapMerger::default()
        .with_format(format)
        .with_duplicate_keys(DuplicateKeys::KeepAll);
    merger = match format {
        FormatVersion::V1 => merger.with_bucket_count(3),
        _ => merger.with_page_size(1024).with_miss_filter(true),
    };
    // Format 1 has no user metadata.
    let convertible = format == FormatVersion::V2 || map.user_metadata().is_empty();
    let writer = MemoryWriter::new();
    let merged = merger.merge(&writer, vec![map]);
    assert!(
        merged.is_ok() || !(readable && sound && convertible),
        "a sound map can be converted: {merged:?}"
    );
    if merged.is_ok() {
        let converted = match MassMap::<K, V, _, H>::load(writer.into_reader()) {
            Ok(converted) => converted,
            Err(error) => {
                // A file of format 2 says what its entries are, if they are not what they were taken for.
                assert!(
                    !(readable && named)
                        && matches!(
                            cause(&error),
                            ReadError::TypeDiffers { .. } | ReadError::KeyType { .. }
                        ),
                    "a converted map opens: {error}"
                );
                return;
            }
        };
        let report = converted.verify();
        assert!(report.is_ok(), "{report:?}");
        assert!(!sound || converted.len() == length);
    }
}

/// Builds a new map of the entries of `map`.
fn check_rebuilt<K: Key, V: Value, H: MassMapHashLoader>(
    map: &MassMap<K, V, impl MassMapReader, H>,
    entries: &[(K, V)],
) {
    let writer = MemoryWriter::new();
    let builder = MassMapBuilder::<H>::default()
        .with_hash_config(map.meta().hash_config.clone())
        .with_format(map.format())
        .with_duplicate_keys(DuplicateKeys::KeepAll);
    match map.inner().page_size() {
        None => builder.with_bucket_count(map.meta().bucket_count),
        Some(size) => builder
            .with_page_size(size)
            .with_miss_filter(map.inner().has_miss_filter()),
    }
    .build(&writer, entries.iter())
    .expect("what has been read can be written");
    let rebuilt = MassMap::<K, V, _, H>::load(writer.into_reader()).expect("what has been built opens");
    assert_eq!(rebuilt.len(), entries.len() as u64);
    let report = rebuilt.verify();
    assert!(report.is_ok(), "{report:?}");

    let mut first = HashMap::new();
    for (key, value) in entries {
        first.entry(key).or_insert(value);
    }
    for (key, value) in first.into_iter().take(LOOKUPS) {
        assert_eq!(rebuilt.get(key).expect("the map is sound").as_ref(), Some(value));
    }
}

/// Reads all of a map in every way. Returns its entries if all buckets can be read.
///
/// `loaded` says whether hash function and key type have been checked.
fn check<K: Key, V: Value, H: MassMapHashLoader>(
    map: &MassMap<K, V, impl MassMapReader, H>,
    loaded: bool,
) -> Option<Vec<(K, V)>> {
    let sound = map.verify().is_ok();
    // Unsorted pages with right checksums may be readable in one way and not in another.
    let consistent = sound || map.format() == FormatVersion::V1;
    let mut entries = Vec::new();
    let mut unreadable = 0;
    let mut lookups = 0;
    for index in 0..map.bucket_count() {
        let Ok(bucket) = map.get_bucket(index) else {
            unreadable += 1;
            continue;
        };
        if let Some(meta) = map.bucket_metas().get(index) {
            assert_eq!(bucket.len(), meta.count as usize);
        }
        for (key, _) in &bucket {
            // A file may hold keys in wrong buckets, where lookups do not find them.
            if map.bucket_index(key) != index || lookups == LOOKUPS {
                assert!(!sound || lookups == LOOKUPS);
                continue;
            }
            lookups += 1;
            let first = bucket.iter().find(|(other, _)| other == key);
            match (map.get(key), map.contains_key(key)) {
                (Ok(value), Ok(contained)) if consistent => {
                    assert_eq!(value.as_ref(), first.map(|(_, value)| value));
                    assert!(contained);
                }
                (Ok(value), Ok(contained)) => assert_eq!(value.is_some(), contained),
                (Err(_), Err(_)) => assert!(
                    !loaded || !consistent,
                    "a bucket was read in which a key cannot be looked up"
                ),
                (value, contained) => {
                    assert!(!consistent, "{value:?} got, {contained:?} contained");
                }
            }
        }
        entries.extend(bucket);
    }
    map.get_bucket(map.bucket_count())
        .expect_err("there is no bucket behind the last one");

    let (least, most) = map.iter().size_hint();
    let items: Vec<_> = map.iter().collect();
    // The number of entries of a file of format 2 is not checked.
    assert!(!consistent || (least <= items.len() && most.is_none_or(|most| items.len() <= most)));
    let (keys, values): (Vec<_>, Vec<_>) = (map.keys().collect(), map.values().collect());
    let blocks: Vec<_> = map.inner().raw_blocks().collect();
    if consistent {
        // A damaged bucket is one error, and so is an undecodable entry.
        let expected: usize = blocks
            .iter()
            .map(|block| block.as_ref().map_or(1, |block| block.len()))
            .sum();
        assert_eq!([items.len(), keys.len(), values.len()], [expected; 3]);
        let mut shown = items.iter().flatten();
        assert!(
            entries.iter().all(|entry| shown.any(|item| item == entry)),
            "iterating gives what the buckets hold, in their order"
        );
        if unreadable == 0 {
            assert!(items.iter().flatten().eq(&entries));
            assert!(items.iter().all(Result::is_ok));
            assert!(keys.iter().flatten().eq(entries.iter().map(|(key, _)| key)));
            assert!(values.iter().flatten().eq(entries.iter().map(|(_, value)| value)));
            assert_eq!((keys.len(), values.len()), (entries.len(), entries.len()));
            assert_eq!(map.len(), entries.len() as u64);
        }
    }
    if sound {
        check_sound(map, &keys);
        let raw: usize = blocks.iter().flatten().map(|block| block.iter().count()).sum();
        assert!(blocks.iter().all(Result::is_ok) && raw == keys.len());
    }

    let samples = K::samples();
    let keys: Vec<_> = samples
        .iter()
        .chain(entries.iter().map(|(key, _)| key))
        .take(LOOKUPS)
        .collect();
    let one_by_one: io::Result<Vec<_>> = keys.iter().map(|key| map.get(key)).collect();
    match (one_by_one, map.batch_get::<K>(keys)) {
        (Ok(values), Ok(batch)) => assert_eq!(values, batch),
        (Err(_), Err(_)) => {}
        (values, batch) => panic!("{values:?} one by one, {batch:?} in a batch"),
    }

    (unreadable == 0).then_some(entries)
}

/// If verification finds no problem, every key is found.
fn check_sound<K: Key, V: Value, H: MassMapHashLoader>(
    map: &MassMap<K, V, impl MassMapReader, H>,
    keys: &[io::Result<K>],
) {
    assert_eq!(keys.len() as u64, map.len());
    for key in keys.iter().take(LOOKUPS) {
        let key = key.as_ref().expect("verifying decodes every key");
        let contained = map.contains_key(key);
        assert!(matches!(contained, Ok(true)), "{key:?}: {contained:?}");
    }
}

/// Merges a map alone, without its types. In format 1 this keeps everything; format 2 needs the key type.
fn check_merge_inner<R: MassMapReader>(inner: MassMapInner<R>, data: &[u8]) {
    let _ = inner.verify();
    let (info, format) = (inner.info(), inner.format());
    let writer = MemoryWriter::new();
    let merged = MassMapMerger::default().merge_inner(&writer, vec![inner]);
    if format == FormatVersion::V2 {
        assert!(merged.is_err() && writer.into_inner().is_empty());
        return;
    }
    let merged = merged.expect("a map that opens can be merged");
    assert_eq!(merged.meta, info.meta);
    assert_eq!(merged.header.meta_offset, info.header.meta_offset);
    let buckets = |file: &[u8]| part(file, 24, info.header.meta_offset - 24).map(<[u8]>::to_vec);
    let merged = writer.into_inner();
    assert!(buckets(&merged).is_some() && buckets(&merged) == buckets(data));
    decode(&merged).expect("what has been merged can be decoded");
}
