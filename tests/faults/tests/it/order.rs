//! The order in which a file is written and published.

use std::fs::{self, File};
use std::path::Path;

use massmap::{FormatVersion, MassMap, MassMapMerger};

use crate::building::{COUNT, builder, entry, old};
use crate::exhaust::{Job, Place};
use crate::system::watch::{Call, Kind, Plan};

/// Runs `job` and checks the order of its calls.
fn assert_order(place: &Place, job: &Job<'_>) {
    let (result, record) = place.run(job, Plan::None);
    result.unwrap();
    let calls = &record.calls;
    let position = |what: &str, is: &dyn Fn(&Call) -> bool| {
        let mut positions = (0..calls.len()).filter(|&index| is(&calls[index]));
        let first = positions
            .next()
            .unwrap_or_else(|| panic!("no {what}: {calls:#?}"));
        assert_eq!(positions.next(), None, "a second {what}: {calls:#?}");
        first
    };
    let create = position("file beside the target", &|call| {
        let name = call.path.file_name().unwrap_or_default();
        call.creates() && name.to_string_lossy().starts_with(".massmap-")
    });
    let temporary = calls[create].path.clone();
    let sync = position("sync of the file", &|call| {
        call.kind == Kind::Sync && call.path == temporary
    });
    let rename = position("rename", &|call| call.kind == Kind::Rename);
    let sync_directory = position("sync of the directory", &|call| {
        call.kind == Kind::Sync && call.path == place.directory
    });
    assert_eq!(calls[rename].path, temporary);
    assert_eq!(calls[rename].to.as_ref(), Some(&place.target));
    assert!(
        create < sync && sync < rename && rename < sync_directory,
        "{calls:#?}"
    );

    // The directory is listed once, for leftovers of killed builds.
    let list = position("list of names", &|call| call.kind == Kind::List);
    assert!(calls[list].path == place.directory && list < create);

    // The file is private until it is complete, and locked as soon as it exists.
    assert_eq!(calls[create].flags & libc::O_EXCL, libc::O_EXCL);
    assert_eq!(
        (calls[create + 1].kind, &calls[create + 1].path),
        (Kind::Lock, &temporary)
    );
    let writes: Vec<_> = (0..calls.len())
        .filter(|&index| {
            matches!(calls[index].kind, Kind::Write | Kind::Copy | Kind::Truncate)
                && calls[index].changed() == Some(&temporary)
        })
        .collect();
    assert!(writes.len() > 3, "{calls:#?}");
    assert!(
        writes.iter().all(|&write| create < write && write < sync),
        "{calls:#?}"
    );
    for (index, call) in calls.iter().enumerate() {
        let changed = call.changed();
        // From the rename on, the new file has the name of the target.
        assert!(
            changed != Some(&place.target) || index == rename,
            "{call:?} changes the target: {calls:#?}"
        );
        assert!(
            changed != Some(&temporary) || index <= sync,
            "{call:?} comes behind the sync: {calls:#?}"
        );
    }
    let behind: Vec<_> = calls[sync_directory + 1..].iter().map(|call| call.kind).collect();
    assert!(behind.is_empty(), "{behind:?} comes behind all: {calls:#?}");
}

#[test]
fn a_built_file_is_written_synced_renamed_and_its_directory_synced() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        for (limit, threads) in [(1 << 30, 1), (1 << 30, 2), (0, 1), (0, 2)] {
            let builder = builder(format).with_threads(threads).with_memory_limit(limit);
            assert_order(&Place::new(&old()), &|target: &Path| {
                let (builder, target) = (builder.clone(), target.to_owned());
                Box::new(move || builder.build_to_path(target, (0..COUNT).map(entry)).map(drop))
            });
        }
    }
}

#[test]
fn a_merged_file_is_written_synced_renamed_and_its_directory_synced() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let place = Place::new(&old());
        let inputs = place.directory.join("inputs");
        fs::create_dir(&inputs).unwrap();
        for index in 0..2 {
            let builder = builder(format).with_shard(index, 2);
            builder
                .build_to_path(inputs.join(index.to_string()), (0..COUNT).map(entry))
                .unwrap();
        }
        assert_order(&place, &|target: &Path| {
            let maps = (0..2).map(|index| {
                let file = File::open(inputs.join(index.to_string())).unwrap();
                MassMap::<u64, String, _>::load(file).unwrap()
            });
            let (maps, target) = (maps.collect(), target.to_owned());
            let merger = MassMapMerger::default().with_writer_buffer_size(4096);
            Box::new(move || merger.merge_to_path(target, maps).map(drop))
        });
    }
}
