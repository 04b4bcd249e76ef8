//! Putting maps together that were built in parts.

use std::any::type_name;
use std::collections::BTreeMap;
use std::hash::Hash;
use std::io;

use massmap_format::{FormatVersion, MassMapInfo};
use massmap_hash::MassMapHashLoader;
use massmap_io::{AtomicFile, IntoAtomicFile, MassMapReader, MassMapWriter};
use massmap_read::{MassMap, MassMapInner};
use serde::Deserialize;

use crate::build::write_collected;
use crate::config::{Buckets, Identity, Names, Settings, hash_probes, shared_setters};
use crate::entry::hash_stored_key;
use crate::error::WriteError;
use crate::resources::Phase;
use crate::sort::Collector;
use crate::v1::{Files, concatenate};
use crate::v2::merge_sorted;

/// Merges maps with the same hash function into one.
///
/// Maps of format 2 are merged in the order of their hashes, whatever entries they have, with about 64 KiB of each in memory, up
/// to 1 MiB where entries share so many pages, and what the memory limit allows, however many entries have one hash. Maps of
/// format 1 are put one behind the other, if their entries lie in separate ranges of buckets. Between the formats, all entries are
/// sorted and written anew, as in a build; a bucket of format 1 is in memory as a whole then. To that comes what open maps have in
/// memory themselves, in format 1 two or three bytes a bucket.
#[derive(Debug, Clone, Default)]
pub struct MassMapMerger {
    settings: Settings,
}

impl MassMapMerger {
    /// Sets how many bytes are collected before they are written, and are copied at a time, at least 4 KiB; no more than 1 MiB
    /// where a path is given.
    pub fn with_writer_buffer_size(mut self, size: usize) -> Self {
        self.settings.writer_buffer_size = size;
        self
    }

    /// Sets the format of the merged file; unless set, format 1 if all maps have it, otherwise format 2.
    pub fn with_format(mut self, format: FormatVersion) -> Self {
        self.settings.format = Some(format);
        self
    }

    /// Sets the number of buckets, from 1 to `u32::MAX`; unless set, that of the first map of format 1, and 1024 where all have
    /// format 2. Format 1 only; an error in format 2.
    ///
    /// Maps of format 1 that have another number are not put one behind the other then: their entries are sorted and written
    /// anew.
    pub fn with_bucket_count(mut self, count: u64) -> Self {
        self.settings.buckets = Some(Buckets::Count(count));
        self
    }

    shared_setters!();

    /// Merges `maps` and writes the result to `writer`, from offset 0 on.
    ///
    /// The maps need the same hash function. Where entries with equal keys are allowed, those of earlier maps come first.
    /// Unless buckets are copied as they are, every key is decoded as a `K`, and has to lie in its map where its hash says.
    /// In format 1, unless more is asked for, the maps need the same number of buckets and ranges of occupied buckets that do not overlap; they may
    /// come in any order, and buckets are copied as they are. The merged map names `K` and `V` as its types. It has all
    /// user metadata of the maps, of the first that has a note where they differ; a miss filter if one of them has; the page
    /// size of the first one of format 2; and does with duplicate keys what all maps did, if these are of format 2 and agree
    /// in that; unless set. A file of format 1 gets none of these, whatever the maps have.
    ///
    /// The target must not be the file of one of the maps, which would be written over before it is read;
    /// [`merge_to_path`](Self::merge_to_path) may. That is found, as an error, where both are files and the system tells that they
    /// are the same one: on Unix, by device and inode. It is not found on other systems, where a file is seen as two (through two
    /// mounts of a server), nor behind a reader or writer of your own that does not pass on
    /// [`source_id`](MassMapReader::source_id) or [`target_id`](MassMapWriter::target_id).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if the target is the file of one of the maps
    /// ([`WriteError::TargetIsInput`]), or was opened for appending, which leaves it as it was.
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with a [`WriteError`] if the maps cannot be merged, which leaves the
    /// target as it was if it is found before anything is written (in format 2, duplicate keys are found while writing);
    /// any error of the readers and of the writer, after which the target does not open as a map.
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) for settings that the format of the merged file has no place for.
    pub fn merge<W, K, V, R: MassMapReader, H: MassMapHashLoader>(
        self,
        writer: &W,
        maps: Vec<MassMap<K, V, R, H>>,
    ) -> io::Result<MassMapInfo>
    where
        W: MassMapWriter,
        K: for<'de> Deserialize<'de> + Eq + Hash,
        V: for<'de> Deserialize<'de> + Clone,
    {
        let names = Names {
            key_type: type_name::<K>().to_owned(),
            value_type: type_name::<V>().to_owned(),
        };
        let maps: Vec<_> = maps.iter().map(MassMap::inner).collect();
        self.merge_with_keys::<K, R, H>(writer, &maps, names, None)
    }

    /// Merges `maps` like [`merge`](Self::merge) and puts the result at `path`, where it appears complete or not at all, as
    /// in [`MassMapBuilder::build_to_path`](crate::MassMapBuilder::build_to_path). An [`AtomicFile`] may be given instead of the
    /// path.
    ///
    /// The file at `path` may be that of one of the maps. Where the maps are files and of format 1, the kernel copies their
    /// buckets, on Linux with `copy_file_range`.
    ///
    /// # Errors
    ///
    /// Those of [`merge`](Self::merge) and of [`AtomicFile`]. The file at `path` is as it was then, unless only the last step
    /// failed, as that error says.
    pub fn merge_to_path<K, V, R: MassMapReader + 'static, H: MassMapHashLoader>(
        self,
        path: impl IntoAtomicFile,
        maps: Vec<MassMap<K, V, R, H>>,
    ) -> io::Result<MassMapInfo>
    where
        K: for<'de> Deserialize<'de> + Eq + Hash,
        V: for<'de> Deserialize<'de> + Clone,
    {
        let names = Names {
            key_type: type_name::<K>().to_owned(),
            value_type: type_name::<V>().to_owned(),
        };
        let maps: Vec<_> = maps.iter().map(MassMap::inner).collect();
        self.publish(path, |merger, file| {
            merger.merge_with_keys::<K, R, H>(file, &maps, names, Some(Files::new(file)))
        })
    }

    /// Merges maps whose keys are of the type `K` and whose values may be of any type; otherwise like
    /// [`merge`](Self::merge).
    ///
    /// The merged map names the types that the maps name.
    ///
    /// # Errors
    ///
    /// Those of [`merge`](Self::merge), and [`WriteError::TypesDiffer`] if the maps name different types.
    pub fn merge_keyed<W, K, R: MassMapReader, H: MassMapHashLoader>(
        self,
        writer: &W,
        maps: Vec<MassMapInner<R, H>>,
    ) -> io::Result<MassMapInfo>
    where
        W: MassMapWriter,
        K: for<'de> Deserialize<'de> + Eq + Hash,
    {
        let maps: Vec<_> = maps.iter().collect();
        let names = same_names(&maps)?;
        self.merge_with_keys::<K, R, H>(writer, &maps, names, None)
    }

    /// Merges maps like [`merge_keyed`](Self::merge_keyed) to a path like [`merge_to_path`](Self::merge_to_path).
    ///
    /// # Errors
    ///
    /// Those of both.
    pub fn merge_keyed_to_path<K, R: MassMapReader + 'static, H: MassMapHashLoader>(
        self,
        path: impl IntoAtomicFile,
        maps: Vec<MassMapInner<R, H>>,
    ) -> io::Result<MassMapInfo>
    where
        K: for<'de> Deserialize<'de> + Eq + Hash,
    {
        let maps: Vec<_> = maps.iter().collect();
        let names = same_names(&maps)?;
        self.publish(path, |merger, file| {
            merger.merge_with_keys::<K, R, H>(file, &maps, names, Some(Files::new(file)))
        })
    }

    /// Merges maps of format 1 whose types this program does not know; otherwise like [`merge`](Self::merge).
    ///
    /// The merged map names the types that the maps name.
    ///
    /// # Errors
    ///
    /// Those of [`merge`](Self::merge), [`WriteError::TypesDiffer`] if the maps name different types, and
    /// [`WriteError::KeysNeeded`] if format 2 is involved, for which [`merge_keyed`](Self::merge_keyed) is there.
    pub fn merge_inner<W, R: MassMapReader, H: MassMapHashLoader>(
        self,
        writer: &W,
        maps: Vec<MassMapInner<R, H>>,
    ) -> io::Result<MassMapInfo>
    where
        W: MassMapWriter,
    {
        self.merge_without_keys(writer, &maps.iter().collect::<Vec<_>>(), None)
    }

    /// Merges maps like [`merge_inner`](Self::merge_inner) to a path like [`merge_to_path`](Self::merge_to_path).
    ///
    /// # Errors
    ///
    /// Those of both.
    pub fn merge_inner_to_path<R: MassMapReader + 'static, H: MassMapHashLoader>(
        self,
        path: impl IntoAtomicFile,
        maps: Vec<MassMapInner<R, H>>,
    ) -> io::Result<MassMapInfo> {
        let maps: Vec<_> = maps.iter().collect();
        self.publish(path, |merger, file| {
            merger.merge_without_keys(file, &maps, Some(Files::new(file)))
        })
    }

    fn publish(
        mut self,
        path: impl IntoAtomicFile,
        merge: impl FnOnce(Self, &AtomicFile) -> io::Result<MassMapInfo>,
    ) -> io::Result<MassMapInfo> {
        let file = path.into_atomic_file()?;
        self.settings.suit(&file)?;
        let info = merge(self, &file)?;
        file.commit()?;
        Ok(info)
    }

    fn merge_without_keys<R: MassMapReader, H: MassMapHashLoader>(
        self,
        writer: &dyn MassMapWriter,
        maps: &[&MassMapInner<R, H>],
        files: Option<Files<'_, R>>,
    ) -> io::Result<MassMapInfo> {
        check_target(writer, maps)?;
        let names = same_names(maps)?;
        check_hash_configs(maps)?;
        if !self.can_concatenate(maps) {
            return Err(WriteError::KeysNeeded.into());
        }
        self.settings.check()?;
        concatenate(writer, &self.settings, maps, names, files)
    }

    fn merge_with_keys<K, R: MassMapReader, H: MassMapHashLoader>(
        mut self,
        writer: &dyn MassMapWriter,
        maps: &[&MassMapInner<R, H>],
        names: Names,
        files: Option<Files<'_, R>>,
    ) -> io::Result<MassMapInfo>
    where
        K: for<'de> Deserialize<'de> + Hash,
    {
        let first = maps.first().ok_or(WriteError::NoMaps)?;
        check_target(writer, maps)?;
        check_hash_configs(maps)?;
        if self.can_concatenate(maps) {
            self.settings.check()?;
            return concatenate(writer, &self.settings, maps, names, files);
        }
        for (map, inner) in maps.iter().enumerate() {
            // Entries are put where their keys hash to: with another key type, where they would never be found. Where damage
            // keeps this from being told, reading the entries will bring it up.
            inner
                .check_key_type::<K>()
                .map_err(|cause| WriteError::Key { map, cause })?;
        }
        self.inherit(maps);
        self.settings.check()?;
        let identity = Identity {
            hash_config: first.meta.hash_config.clone(),
            hash_probes: hash_probes(|probe| first.hash(&probe), |probe| first.hash(probe)),
            key_type: names.key_type,
            value_type: names.value_type,
        };
        if all_have(maps, FormatVersion::V2) && self.settings.format() == FormatVersion::V2 {
            return merge_sorted::<K, R, H>(writer, &self.settings, identity, maps);
        }
        let means = self.settings.means();
        let orders = self.settings.orders();
        let stage = self.settings.observer.begin(Phase::Read, Some(entry_count(maps)));
        let mut collector = Collector::new(&self.settings, &means, stage);
        let mut ordinal = 0;
        for (number, map) in maps.iter().enumerate() {
            for block in map.raw_blocks() {
                let block = block.map_err(|source| WriteError::Read { map: number, source })?;
                for (index, entry) in block.iter().enumerate() {
                    let order = orders.of(hash_stored_key::<K, R, H>(number, map, &block, index)?);
                    collector.push(|batch| batch.push_raw(ordinal, order, &entry))?;
                    ordinal += 1;
                }
            }
        }
        write_collected(writer, &self.settings, identity, collector.finish()?, &means)
    }

    /// Whether the result is what massmap 0.1.5 makes: format 1 from format 1, with nothing asked for that moves entries.
    fn can_concatenate<R: MassMapReader, H: MassMapHashLoader>(&self, maps: &[&MassMapInner<R, H>]) -> bool {
        let Settings {
            format,
            duplicate_keys,
            buckets,
            ..
        } = &self.settings;
        let has_buckets =
            |map: &&MassMapInner<R, H>| Some(Buckets::Count(map.bucket_count() as u64)) == *buckets;
        all_have(maps, FormatVersion::V1)
            && matches!(format, None | Some(FormatVersion::V1))
            && duplicate_keys.is_none()
            && (buckets.is_none() || maps.iter().all(has_buckets))
    }

    /// Takes over from the maps what was not set.
    fn inherit<R: MassMapReader, H: MassMapHashLoader>(&mut self, maps: &[&MassMapInner<R, H>]) {
        let settings = &mut self.settings;
        let format = *settings
            .format
            .get_or_insert(match all_have(maps, FormatVersion::V1) {
                true => FormatVersion::V1,
                false => FormatVersion::V2,
            });
        if format == FormatVersion::V1 {
            let buckets = maps
                .iter()
                .find(|map| map.format() == FormatVersion::V1)
                .map(|map| map.bucket_count() as u64);
            settings.buckets = settings.buckets.or(buckets.map(Buckets::Count));
            return;
        }
        let policy = maps.first().map(|map| map.duplicate_keys());
        if all_have(maps, FormatVersion::V2) && maps.iter().all(|map| Some(map.duplicate_keys()) == policy) {
            settings.duplicate_keys = settings.duplicate_keys.or(policy);
        }
        settings.page_size = settings.page_size.or(maps.iter().find_map(|map| map.page_size()));
        settings.miss_filter = settings
            .miss_filter
            .or(Some(maps.iter().any(|map| map.has_miss_filter())));
        let mut notes = BTreeMap::new();
        for (name, value) in maps.iter().flat_map(|map| map.user_metadata()) {
            notes.entry(name.clone()).or_insert_with(|| value.clone());
        }
        notes.append(&mut settings.user_metadata);
        settings.user_metadata = notes;
    }
}

/// Refuses targets that would not hold what is written, and those that what is written comes from.
fn check_target<R: MassMapReader, H: MassMapHashLoader>(
    writer: &dyn MassMapWriter,
    maps: &[&MassMapInner<R, H>],
) -> io::Result<()> {
    writer.check_target()?;
    let Some(target) = writer.target_id() else {
        return Ok(());
    };
    match maps.iter().position(|map| map.reader.source_id() == Some(target)) {
        Some(map) => Err(WriteError::TargetIsInput { map }.into()),
        None => Ok(()),
    }
}

/// Number of entries of all maps.
fn entry_count<R: MassMapReader, H: MassMapHashLoader>(maps: &[&MassMapInner<R, H>]) -> u64 {
    maps.iter()
        .map(|map| map.meta.entry_count)
        .fold(0, u64::saturating_add)
}

fn all_have<R: MassMapReader, H: MassMapHashLoader>(
    maps: &[&MassMapInner<R, H>],
    format: FormatVersion,
) -> bool {
    maps.iter().all(|map| map.format() == format)
}

fn check_hash_configs<R: MassMapReader, H: MassMapHashLoader>(
    maps: &[&MassMapInner<R, H>],
) -> Result<(), WriteError> {
    for (number, (first, other)) in maps.iter().zip(maps.iter().skip(1)).enumerate() {
        if first.meta.hash_config != other.meta.hash_config {
            return Err(WriteError::HashConfigsDiffer {
                maps: [number, number + 1],
                first: Box::new(first.meta.hash_config.clone()),
                other: Box::new(other.meta.hash_config.clone()),
            });
        }
    }
    Ok(())
}

fn same_names<R: MassMapReader, H: MassMapHashLoader>(
    maps: &[&MassMapInner<R, H>],
) -> Result<Names, WriteError> {
    Ok(Names {
        key_type: same_type("key", maps.iter().map(|map| &map.meta.key_type))?,
        value_type: same_type("value", maps.iter().map(|map| &map.meta.value_type))?,
    })
}

fn same_type<'a>(field: &'static str, types: impl Iterator<Item = &'a String>) -> Result<String, WriteError> {
    let mut types = types.enumerate();
    let (_, first) = types.next().ok_or(WriteError::NoMaps)?;
    match types.find(|(_, other)| *other != first) {
        Some((number, other)) => Err(WriteError::TypesDiffer {
            maps: [0, number],
            field,
            first: first.clone(),
            other: other.clone(),
        }),
        None => Ok(first.clone()),
    }
}
