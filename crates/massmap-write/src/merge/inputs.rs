//! The maps to be merged, and whether they can be.

use std::collections::HashMap;
use std::io;

use massmap_format::{EntryTypes, FormatVersion, MassMapMeta};
use massmap_hash::MassMapHashLoader;
use massmap_io::{MassMapReader, MassMapWriter};
use massmap_read::MassMapInner;

use crate::config::TypeNames;
use crate::error::WriteError;

/// Refuses targets that cannot hold the merged map, and those that are one of the inputs.
pub(super) fn check_target<R: MassMapReader, H: MassMapHashLoader>(
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

/// Total number of entries.
pub(super) fn entry_count<R: MassMapReader, H: MassMapHashLoader>(maps: &[&MassMapInner<R, H>]) -> u64 {
    maps.iter()
        .map(|map| map.meta.entry_count)
        .fold(0, u64::saturating_add)
}

pub(super) fn all_have<R: MassMapReader, H: MassMapHashLoader>(
    maps: &[&MassMapInner<R, H>],
    format: FormatVersion,
) -> bool {
    maps.iter().all(|map| map.format() == format)
}

pub(super) fn check_hash_configs<R: MassMapReader, H: MassMapHashLoader>(
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

/// Refuses maps that say that they are shards of different builds, or the same shard of one build.
///
/// Maps without a build id cannot tell. Shards that are missing are not missed, as those that are there may be merged in several
/// steps. Shards of two builds that are both wanted are to be merged build by build: what was merged is no shard.
pub(super) fn check_shards<R: MassMapReader, H: MassMapHashLoader>(
    maps: &[&MassMapInner<R, H>],
) -> Result<(), WriteError> {
    // By the number of shards, and by that and the index.
    let (mut builds, mut shards) = (HashMap::new(), HashMap::new());
    for (number, map) in maps.iter().enumerate() {
        let (Some(shard), Some(build_id)) = (map.shard(), map.build_id()) else {
            continue;
        };
        let (first, first_id) = *builds.entry(shard.count).or_insert((number, build_id));
        if first_id != build_id {
            return Err(WriteError::BuildsDiffer {
                maps: [first, number],
            });
        }
        let first = *shards.entry((shard.count, shard.index)).or_insert(number);
        if first != number {
            return Err(WriteError::SameShard {
                maps: [first, number],
                index: shard.index,
                count: shard.count,
            });
        }
    }
    Ok(())
}

pub(super) fn same_types<R: MassMapReader, H: MassMapHashLoader>(
    maps: &[&MassMapInner<R, H>],
) -> Result<TypeNames, WriteError> {
    if maps.is_empty() {
        return Err(WriteError::NoMaps);
    }
    let named = |field, name: fn(&MassMapMeta) -> &String| {
        let named = maps.iter().enumerate().filter(|(_, map)| map.has_type_names());
        same_type(field, named.map(|(number, map)| (number, name(&map.meta))))
    };
    let key_type = named("key", |meta| &meta.key_type)?;
    let value_type = named("value", |meta| &meta.value_type)?;
    // Files without names say what their keys and values are, which only names contradict: what differs is joined.
    let types = maps.iter().filter_map(|map| map.entry_types());
    let types = types.fold(EntryTypes::default(), |joined, types| joined.join(types));
    Ok(TypeNames {
        key_type: key_type.unwrap_or_else(|| types.key.to_string()),
        value_type: value_type.unwrap_or_else(|| types.value.to_string()),
    })
}

/// The name that all of these maps have, given with their numbers; `None` if there are no maps.
fn same_type<'a>(
    field: &'static str,
    mut names: impl Iterator<Item = (usize, &'a String)>,
) -> Result<Option<String>, WriteError> {
    let Some((first_number, first)) = names.next() else {
        return Ok(None);
    };
    match names.find(|(_, other)| *other != first) {
        Some((number, other)) => Err(WriteError::TypesDiffer {
            maps: [first_number, number],
            field,
            first: first.clone(),
            other: other.clone(),
        }),
        None => Ok(Some(first.clone())),
    }
}
