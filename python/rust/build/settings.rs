//! The settings of builds and merges: keyword arguments with the names of the builder's.

mod compression;
mod like;
mod value;

use std::path::PathBuf;

use massmap::{
    Compression, DuplicateKeys, FormatVersion, KnownHashLoader, MassMapBuilder, MassMapDefaultHashLoader,
    MassMapHashConfig, MassMapHashLoader, MassMapMerger, OBJECT_STORE_PAGE_SIZE, Xxh3HashLoader,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::SettingError;
pub(super) use like::Like;
pub(super) use value::{choice, get};

/// What tells users to allow duplicate keys.
pub(super) const DUPLICATES_ADVICE: &str =
    "give duplicate_keys=\"first\", \"last\" or \"keep_all\" to keep one of them or all";

/// What was set.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) format: Option<FormatVersion>,
    hash: Option<MassMapHashConfig>,
    hash_seed: Option<u64>,
    pub(super) like: Option<PathBuf>,
    shard: Option<(u32, u32)>,
    build_id: Option<[u8; 16]>,
    field_names: Option<bool>,
    target_bucket_bytes: Option<u32>,
    pub(super) bucket_count: Option<u64>,
    page_size: Option<u32>,
    longest_run: Option<u32>,
    pub(super) duplicate_keys: Option<DuplicateKeys>,
    user_metadata: Vec<(String, String)>,
    miss_filter: Option<bool>,
    compression: Option<Compression>,
    type_names: Option<bool>,
    memory_limit: Option<usize>,
    spill_dir: Option<PathBuf>,
    threads: Option<usize>,
}

impl Settings {
    /// Those of the keyword arguments that are not ``None``.
    ///
    /// # Errors
    ///
    /// `TypeError` for an unknown one, as for any function; `SettingError` for a value that it cannot have.
    pub(super) fn new(keywords: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut settings = Self::default();
        let mut for_object_store = false;
        for (name, value) in keywords.iter() {
            let name: String = name.extract()?;
            let name = name.as_str();
            if value.is_none() {
                continue;
            }
            let value = &value;
            match name {
                "format" => {
                    let formats = [("1", FormatVersion::V1), ("2", FormatVersion::V2)];
                    settings.format = Some(choice(name, value, &formats)?);
                }
                "hash" => {
                    let functions = [
                        ("xxh3", Xxh3HashLoader::default_config()),
                        ("foldhash", MassMapDefaultHashLoader::default_config()),
                    ];
                    settings.hash = Some(choice(name, value, &functions)?);
                }
                "hash_seed" => settings.hash_seed = Some(get(name, value, "an integer from 0 to 2**64 - 1")?),
                "like" => settings.like = Some(get(name, value, "a path")?),
                "shard" => {
                    settings.shard = Some(get(name, value, "a pair of an index, from 0, and a count")?)
                }
                "build_id" => settings.build_id = Some(value::build_id(value)?),
                "field_names" => settings.field_names = Some(get(name, value, "a bool")?),
                "target_bucket_bytes" => {
                    settings.target_bucket_bytes = Some(get(name, value, "a number of bytes")?);
                }
                "bucket_count" => settings.bucket_count = Some(get(name, value, "a number of buckets")?),
                "page_size" => settings.page_size = Some(get(name, value, "a number of bytes")?),
                "for_object_store" => for_object_store = get(name, value, "a bool")?,
                "longest_run" => settings.longest_run = Some(get(name, value, "a number of pages")?),
                "duplicate_keys" => settings.duplicate_keys = Some(value::duplicate_keys(value)?),
                "user_metadata" => settings.user_metadata = value::notes(value)?,
                "miss_filter" => settings.miss_filter = Some(get(name, value, "a bool")?),
                "compression" => settings.compression = Some(compression::of_object(value)?),
                "type_names" => settings.type_names = Some(get(name, value, "a bool")?),
                "memory_limit" => settings.memory_limit = Some(get(name, value, "a number of bytes")?),
                "spill_dir" => settings.spill_dir = Some(get(name, value, "a path")?),
                "threads" => settings.threads = Some(get(name, value, "a number of threads")?),
                _ => return Err(value::unknown(name)),
            }
        }
        if for_object_store {
            if settings.page_size.is_some() {
                return Err(SettingError::new_err(
                    "page_size and for_object_store exclude each other: leave one of them out",
                ));
            }
            settings.page_size = Some(OBJECT_STORE_PAGE_SIZE);
        }
        Ok(settings)
    }

    /// Opens the map that the new one is to be like, if there is one.
    ///
    /// # Errors
    ///
    /// Those of [`Like::open`].
    pub(super) fn open_like(&self, py: Python<'_>) -> PyResult<Option<Like>> {
        self.like.as_deref().map(|path| Like::open(py, path)).transpose()
    }

    /// The builder with these settings; `like` is the opened map that it is to be like.
    ///
    /// # Errors
    ///
    /// `SettingError` for settings that such a map decides.
    pub(super) fn builder(&self, like: Option<&Like>) -> PyResult<MassMapBuilder<KnownHashLoader>> {
        let mut builder = match like {
            Some(like) => {
                let decided = [
                    ("format", self.format.is_some()),
                    ("hash", self.hash.is_some()),
                    ("hash_seed", self.hash_seed.is_some()),
                    ("field_names", self.field_names.is_some()),
                ];
                if let Some((name, _)) = decided.into_iter().find(|(_, is_given)| *is_given) {
                    return Err(SettingError::new_err(format!(
                        "like and {name} exclude each other: leave one of them out"
                    )));
                }
                like.builder()
            }
            None => self.new_builder(),
        };
        if let Some(value) = self.field_names {
            builder = builder.with_field_names(value);
        }
        if let Some((index, count)) = self.shard {
            builder = builder.with_shard(index, count);
        }
        if let Some(id) = self.build_id {
            builder = builder.with_build_id(id);
        }
        if let Some(bytes) = self.target_bucket_bytes {
            builder = builder.with_target_bucket_bytes(bytes);
        }
        Ok(self.shared_with_builder(builder))
    }

    fn new_builder(&self) -> MassMapBuilder<KnownHashLoader> {
        let format = self.format.unwrap_or(FormatVersion::V2);
        let hash = self.hash.clone().unwrap_or_else(|| match format {
            FormatVersion::V1 => MassMapDefaultHashLoader::default_config(),
            _ => Xxh3HashLoader::default_config(),
        });
        <MassMapBuilder<KnownHashLoader> as Default>::default()
            .with_format(format)
            .with_hash_config(hash)
            .with_hash_seed(self.hash_seed.unwrap_or(0))
            .with_duplicate_keys(DuplicateKeys::Error)
    }

    /// The merger with these settings.
    ///
    /// # Errors
    ///
    /// `SettingError` for settings of builds alone.
    pub(super) fn merger(&self) -> PyResult<MassMapMerger> {
        let of_builds = [
            ("hash", self.hash.is_some()),
            ("hash_seed", self.hash_seed.is_some()),
            ("like", self.like.is_some()),
            ("shard", self.shard.is_some()),
            ("build_id", self.build_id.is_some()),
            ("field_names", self.field_names.is_some()),
            ("target_bucket_bytes", self.target_bucket_bytes.is_some()),
        ];
        if let Some((name, _)) = of_builds.into_iter().find(|(_, is_given)| *is_given) {
            return Err(SettingError::new_err(format!(
                "{name} is a setting of builds: merge takes that from the maps, leave it out"
            )));
        }
        let mut merger = MassMapMerger::default();
        if let Some(format) = self.format {
            merger = merger.with_format(format);
        }
        Ok(self.shared_with_merger(merger))
    }
}

/// Methods that set what builders and mergers share.
macro_rules! shared {
    ($method:ident, $target:ty) => {
        impl Settings {
            fn $method(&self, mut target: $target) -> $target {
                if let Some(count) = self.bucket_count {
                    target = target.with_bucket_count(count);
                }
                if let Some(page_size) = self.page_size {
                    target = target.with_page_size(page_size);
                }
                if let Some(pages) = self.longest_run {
                    target = target.with_longest_run(pages);
                }
                if let Some(duplicate_keys) = self.duplicate_keys {
                    target = target.with_duplicate_keys(duplicate_keys);
                }
                for (name, value) in &self.user_metadata {
                    target = target.with_user_metadata(name, value);
                }
                if let Some(value) = self.miss_filter {
                    target = target.with_miss_filter(value);
                }
                if let Some(compression) = &self.compression {
                    target = target.with_compression(compression.clone());
                }
                if let Some(value) = self.type_names {
                    target = target.with_type_names(value);
                }
                if let Some(bytes) = self.memory_limit {
                    target = target.with_memory_limit(bytes);
                }
                if let Some(directory) = &self.spill_dir {
                    target = target.with_spill_dir(directory);
                }
                if let Some(count) = self.threads {
                    target = target.with_threads(count);
                }
                target
            }
        }
    };
}

shared!(shared_with_builder, MassMapBuilder<KnownHashLoader>);
shared!(shared_with_merger, MassMapMerger);
