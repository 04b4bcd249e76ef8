//! The merger.

use std::any::type_name;
use std::collections::BTreeMap;
use std::hash::Hash;
use std::io;

use massmap_format::{EntryTypes, FormatVersion, MassMapInfo, PagedHeader};
use massmap_hash::MassMapHashLoader;
use massmap_io::{AtomicFile, IntoAtomicFile, MassMapReader, MassMapWriter};
use massmap_read::{MassMap, MassMapInner};
use serde::Deserialize;

use super::inputs::{all_have, check_hash_configs, check_shards, check_target, entry_count, same_types};
use crate::build::write_collected;
use crate::config::{Buckets, Compression, Description, Settings, TypeNames, hash_probes, shared_setters};
use crate::entry::{StoredTypes, hash_stored_key};
use crate::error::WriteError;
use crate::resources::Phase;
use crate::sort::Collector;
use crate::v1::{KernelCopy, concatenate};
use crate::v2::merge_sorted;

/// Merges maps with the same hash function into one.
///
/// Maps of format 2 are merged in the order of their hashes, whatever their entries. This takes about 64 KiB of memory a map, up to
/// 1 MiB where entries share so many pages, and the memory limit, however many entries have the same hash. Maps of format 1 are
/// concatenated if their entries lie in separate ranges of buckets. Between the formats, all entries are sorted and written anew,
/// as in a build; a bucket of format 1 is then in memory as a whole. Open maps take memory of their own, in format 1 two or three
/// bytes a bucket.
#[derive(Debug, Clone, Default)]
pub struct MassMapMerger {
    settings: Settings,
}

impl MassMapMerger {
    /// Sets the size of the write buffer in bytes; at most 256 KiB is used for a target given by a path. Copies are done in pieces of
    /// this size, but at least 4 KiB.
    pub fn with_writer_buffer_size(mut self, size: usize) -> Self {
        self.settings.writer_buffer_size = size;
        self
    }

    /// Sets the format of the merged file. Unless set, it is format 1 if all maps have it, and otherwise format 2.
    pub fn with_format(mut self, format: FormatVersion) -> Self {
        self.settings.format = Some(format);
        self
    }

    /// Sets the number of buckets, from 1 to `u32::MAX`. Unless set, it is that of the first map of format 1, or 1024 if all have
    /// format 2. Format 1 only; an error in format 2.
    ///
    /// Maps of format 1 with another number of buckets are not concatenated then: their entries are sorted and written anew.
    pub fn with_bucket_count(mut self, count: u64) -> Self {
        self.settings.buckets = Some(Buckets::Count(count));
        self
    }

    shared_setters!();

    /// Merges `maps` and writes the result to `writer`, from offset 0.
    ///
    /// The maps need the same hash function. Where entries with equal keys are allowed, those of earlier maps come first.
    /// Unless buckets are copied as they are, every key is decoded as a `K`, and must lie in its map where its hash leads.
    /// In format 1, unless settings require sorting, the maps need the same number of buckets and ranges of occupied buckets that
    /// do not overlap; they may come in any order, and buckets are copied as they are. The merged map names `K` and `V` as its
    /// types. Unless set, it has all user metadata of the maps, those of the first map where they differ; a miss filter if one of
    /// them has one; the page size of the first map of format 2; the compression of the first map, if all have one; and the handling of duplicate keys of the maps, if all have
    /// format 2 and the same handling. A file of format 1 gets none of these. The merged map is no shard and has no build id; shards
    /// that have build ids must be different shards of one build.
    ///
    /// The target must not be the file of one of the maps, which would be overwritten before it is read;
    /// [`merge_to_path`](Self::merge_to_path) allows that. It is an error where both are files and the system identifies them as
    /// the same one: on Unix, by device and inode. It is not detected on other systems, if one file appears as two (through two
    /// mounts of a server), nor with readers or writers of your own that do not implement
    /// [`source_id`](MassMapReader::source_id) or [`target_id`](MassMapWriter::target_id).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if the target is the file of one of the maps
    /// ([`WriteError::TargetIsInput`]), or was opened for appending. This leaves the target as it was.
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with a [`WriteError`] if the maps cannot be merged. This leaves the target as
    /// it was if it is detected before anything is written (in format 2, duplicate keys are detected while writing).
    /// Any error of the readers and of the writer, after which the target does not open as a map.
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) for settings that the format of the merged file has no place for.
    pub fn merge<W, K, V, R: MassMapReader, H: MassMapHashLoader>(
        self,
        writer: &W,
        maps: Vec<MassMap<K, V, R, H>>,
    ) -> io::Result<MassMapInfo>
    where
        W: MassMapWriter,
        K: for<'de> Deserialize<'de> + Eq + Hash,
        V: for<'de> Deserialize<'de>,
    {
        let types = TypeNames {
            key_type: type_name::<K>().to_owned(),
            value_type: type_name::<V>().to_owned(),
        };
        let maps: Vec<_> = maps.iter().map(MassMap::inner).collect();
        self.merge_with_keys::<K, R, H>(writer, &maps, types, None)
    }

    /// Merges `maps` like [`merge`](Self::merge) and puts the result at `path`, where it appears complete or not at all, as
    /// in [`MassMapBuilder::build_to_path`](crate::MassMapBuilder::build_to_path). An [`AtomicFile`] may be given instead of the
    /// path.
    ///
    /// The file at `path` may be that of one of the maps. If the maps are files of format 1, the kernel copies their buckets, on
    /// Linux with `copy_file_range`.
    ///
    /// # Errors
    ///
    /// Those of [`merge`](Self::merge) and of [`AtomicFile`]. The file at `path` then is as it was, unless only the last step
    /// failed, as the error says.
    pub fn merge_to_path<K, V, R: MassMapReader + 'static, H: MassMapHashLoader>(
        self,
        path: impl IntoAtomicFile,
        maps: Vec<MassMap<K, V, R, H>>,
    ) -> io::Result<MassMapInfo>
    where
        K: for<'de> Deserialize<'de> + Eq + Hash,
        V: for<'de> Deserialize<'de>,
    {
        let types = TypeNames {
            key_type: type_name::<K>().to_owned(),
            value_type: type_name::<V>().to_owned(),
        };
        let maps: Vec<_> = maps.iter().map(MassMap::inner).collect();
        self.publish(path, |merger, file| {
            merger.merge_with_keys::<K, R, H>(file, &maps, types, Some(KernelCopy::new(file)))
        })
    }

    /// Merges maps with keys of type `K` and values of any type; otherwise like [`merge`](Self::merge).
    ///
    /// The merged map names the types of the maps.
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
        let types = same_types(&maps)?;
        self.merge_with_keys::<K, R, H>(writer, &maps, types, None)
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
        let types = same_types(&maps)?;
        self.publish(path, |merger, file| {
            merger.merge_with_keys::<K, R, H>(file, &maps, types, Some(KernelCopy::new(file)))
        })
    }

    /// Merges maps of format 1 with unknown types; otherwise like [`merge`](Self::merge).
    ///
    /// The merged map names the types of the maps.
    ///
    /// # Errors
    ///
    /// Those of [`merge`](Self::merge), [`WriteError::TypesDiffer`] if the maps name different types, and
    /// [`WriteError::KeysNeeded`] if format 2 is involved, which needs [`merge_keyed`](Self::merge_keyed).
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
            merger.merge_without_keys(file, &maps, Some(KernelCopy::new(file)))
        })
    }

    fn publish(
        mut self,
        path: impl IntoAtomicFile,
        merge: impl FnOnce(Self, &AtomicFile) -> io::Result<MassMapInfo>,
    ) -> io::Result<MassMapInfo> {
        let file = path.into_atomic_file()?;
        self.settings.adapt_to(&file)?;
        let info = merge(self, &file)?;
        file.commit()?;
        Ok(info)
    }

    fn merge_without_keys<R: MassMapReader, H: MassMapHashLoader>(
        self,
        writer: &dyn MassMapWriter,
        maps: &[&MassMapInner<R, H>],
        kernel_copy: Option<KernelCopy<'_, R>>,
    ) -> io::Result<MassMapInfo> {
        check_target(writer, maps)?;
        let types = same_types(maps)?;
        check_hash_configs(maps)?;
        if !self.can_concatenate(maps) {
            return Err(WriteError::KeysNeeded.into());
        }
        self.settings.check()?;
        concatenate(writer, &self.settings, maps, types, kernel_copy)
    }

    fn merge_with_keys<K, R: MassMapReader, H: MassMapHashLoader>(
        mut self,
        writer: &dyn MassMapWriter,
        maps: &[&MassMapInner<R, H>],
        types: TypeNames,
        kernel_copy: Option<KernelCopy<'_, R>>,
    ) -> io::Result<MassMapInfo>
    where
        K: for<'de> Deserialize<'de> + Hash,
    {
        let first = maps.first().ok_or(WriteError::NoMaps)?;
        check_target(writer, maps)?;
        check_hash_configs(maps)?;
        check_shards(maps)?;
        if self.can_concatenate(maps) {
            self.settings.check()?;
            return concatenate(writer, &self.settings, maps, types, kernel_copy);
        }
        for (map, inner) in maps.iter().enumerate() {
            // Entries go where their keys hash to. With another key type, they would never be found there. If damage prevents this
            // check, reading the entries reports it.
            inner
                .check_key_type::<K>()
                .map_err(|cause| WriteError::Key { map, cause })?;
        }
        self.inherit(maps);
        self.settings.check()?;
        let description = Description {
            hash_config: first.meta.hash_config.clone(),
            hash_probes: hash_probes(|probe| first.hash(&probe), |probe| first.hash(probe)),
            names: types,
        };
        if all_have(maps, FormatVersion::V2) && self.settings.format() == FormatVersion::V2 {
            return merge_sorted::<K, R, H>(writer, &self.settings, description, maps);
        }
        let resources = self.settings.resources();
        let order = self.settings.sort_order();
        let progress = self.settings.progress.begin(Phase::Read, Some(entry_count(maps)));
        let mut collector = Collector::new(&self.settings, &resources, progress);
        let find_types = self.settings.format() == FormatVersion::V2;
        let mut types = EntryTypes::default();
        let mut ordinal = 0;
        for (number, map) in maps.iter().enumerate() {
            let mut stored_types = find_types.then(|| StoredTypes::new(*map));
            for block in map.raw_blocks() {
                let block = block.map_err(|source| WriteError::Read { map: number, source })?;
                for (index, entry) in block.iter().enumerate() {
                    let hash = hash_stored_key::<K, R, H>(number, map, &block, index)?;
                    let sort_key = order.sort_key(hash);
                    collector.push(|batch| batch.push_raw(ordinal, sort_key, &entry))?;
                    if let Some(types) = &mut stored_types {
                        types.add(&entry, hash)?;
                    }
                    ordinal += 1;
                }
            }
            if let Some(of_map) = stored_types {
                types = types.join(&of_map.finish());
            }
        }
        let mut collected = collector.finish()?;
        collected.totals.join_types(&types);
        write_collected(writer, &self.settings, description, collected, &resources)
    }

    /// Whether to merge as massmap 0.1.5 does: format 1 from format 1, without settings that move entries.
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

    /// Takes settings that are not set from the maps.
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
        let headers = || maps.iter().filter_map(|map| map.paged_header());
        settings.longest_run = settings
            .longest_run
            .or(headers().map(PagedHeader::longest_run).max());
        // Page sizes that nobody chose follow from the totals.
        let chosen = headers().find(|header| header.choices & PagedHeader::CHOSEN_PAGE_SIZE != 0);
        settings.page_size = settings.page_size.or(chosen.map(|header| header.page_size));
        settings.miss_filter = settings
            .miss_filter
            .or(Some(maps.iter().any(|map| map.has_miss_filter())));
        let mut compressions = maps.iter().map(|map| map.compression());
        if let Some(Some(first)) = compressions.next()
            && compressions.all(|other| other.is_some())
        {
            settings
                .compression
                .get_or_insert_with(|| Compression::of_file(first));
        }
        let has_names = !all_have(maps, FormatVersion::V1) && maps.iter().all(|map| map.has_type_names());
        settings.type_names = settings.type_names.or(Some(has_names));
        let mut user_metadata = BTreeMap::new();
        for (name, value) in maps.iter().flat_map(|map| map.user_metadata()) {
            user_metadata.entry(name.clone()).or_insert_with(|| value.clone());
        }
        user_metadata.append(&mut settings.user_metadata);
        settings.user_metadata = user_metadata;
    }
}
