//! The maps to be merged, and whether they can be.

use std::io;

use massmap_format::FormatVersion;
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

pub(super) fn same_types<R: MassMapReader, H: MassMapHashLoader>(
    maps: &[&MassMapInner<R, H>],
) -> Result<TypeNames, WriteError> {
    Ok(TypeNames {
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
