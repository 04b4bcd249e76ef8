//! Targets that must be refused: files opened for appending, and inputs of the merge.

#![cfg(unix)]

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

use massmap::{
    FilePool, FormatVersion, IoError, MassMap, MassMapBuilder, MassMapInfo, MassMapMerger, MassMapReader,
    UringFile, WriteError,
};

const FORMATS: [FormatVersion; 2] = [FormatVersion::V1, FormatVersion::V2];

/// Two shards in a directory, both with entries.
fn shards(directory: &Path, format: FormatVersion) -> [PathBuf; 2] {
    [0, 1].map(|index| {
        let path = directory.join(format!("{format:?}-{index}"));
        let builder = MassMapBuilder::default().with_format(format).with_shard(index, 2);
        builder.build_to_path(&path, (0..500u64).map(|n| (n, n))).unwrap();
        path
    })
}

fn merge<R: MassMapReader>(target: &File, readers: Vec<R>) -> Result<MassMapInfo> {
    let maps = readers
        .into_iter()
        .map(|reader| MassMap::<u64, u64, R>::load(reader).unwrap());
    MassMapMerger::default().merge(target, maps.collect())
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_opened_for_appending_is_refused_and_left_unchanged() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("target");
    let entries = || (0..100u64).map(|n| (n, n));
    for content in ["", "what was there before"] {
        fs::write(&path, content).unwrap();
        let append_only = OpenOptions::new().append(true).open(&path).unwrap();
        let readable = OpenOptions::new().append(true).read(true).open(&path).unwrap();
        let clone = readable.try_clone().unwrap();
        for target in [&append_only, &readable, &clone] {
            for format in FORMATS {
                let builder = MassMapBuilder::default().with_format(format);
                let parallel: Vec<(u64, u64)> = entries().collect();
                let open = |path: PathBuf| File::open(path).unwrap();
                let shards = || shards(directory.path(), format).map(open).into();
                for refused in [
                    builder.clone().build(target, entries()),
                    builder.par_build(target, parallel),
                    merge(target, shards()),
                ] {
                    let error = refused.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::InvalidInput);
                    let payload = error.get_ref().unwrap().downcast_ref::<IoError>();
                    assert!(matches!(payload, Some(IoError::AppendOnly)), "{error:?}");
                    assert!(error.to_string().contains("O_APPEND"));
                    assert_eq!(fs::read_to_string(&path).unwrap(), content);
                }
            }
        }
    }
}

/// Merges shards into the file of the second one, under each of its names, and checks that this is refused.
fn refuse<R: MassMapReader>(format: FormatVersion, open: impl Fn(&Path) -> R) {
    let directory = tempfile::tempdir().unwrap();
    let shards = shards(directory.path(), format);
    let before = fs::read(&shards[1]).unwrap();
    let [link, hard_link] = ["link", "hard-link"].map(|name| directory.path().join(name));
    std::os::unix::fs::symlink(&shards[1], &link).unwrap();
    fs::hard_link(&shards[1], &hard_link).unwrap();
    for name in [&shards[1], &link, &hard_link] {
        let target = OpenOptions::new().write(true).open(name).unwrap();
        let readers = shards.iter().map(|path| open(path)).collect();
        let error = merge(&target, readers).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let payload = error.get_ref().unwrap().downcast_ref::<WriteError>();
        assert!(
            matches!(payload, Some(WriteError::TargetIsInput { map: 1 })),
            "{error:?}"
        );
        assert!(fs::read(&shards[1]).unwrap() == before);
    }
    // They can be merged into another file.
    let target = File::create(directory.path().join("merged")).unwrap();
    let readers = shards.iter().map(|path| open(path)).collect();
    assert_eq!(merge(&target, readers).unwrap().meta.entry_count, 500);
}

#[test]
fn a_merge_into_the_file_of_one_of_its_maps_is_refused_whatever_the_backend() {
    for format in FORMATS {
        refuse(format, |path| File::open(path).unwrap());
        refuse(format, |path| FilePool::new(1).open(path).unwrap());
        refuse(format, |path| UringFile::new(File::open(path).unwrap()));
        refuse(format, |path| {
            // SAFETY: the merge, which would write to the file, is refused.
            #[expect(unsafe_code, reason = "it is a map of a file")]
            unsafe {
                massmap::MappedFile::open(path).unwrap()
            }
        });
        #[cfg(target_os = "linux")]
        if massmap::DirectFile::open(shards(tempfile::tempdir().unwrap().path(), format)[0].as_path()).is_ok()
        {
            refuse(format, |path| massmap::DirectFile::open(path).unwrap());
        }
    }
}

#[test]
fn merges_without_types_and_between_formats_refuse_the_file_of_one_of_their_maps_too() {
    let directory = tempfile::tempdir().unwrap();
    for format in FORMATS {
        let shards = shards(directory.path(), format);
        let before = fs::read(&shards[0]).unwrap();
        let open = || -> Vec<_> {
            let files = shards.iter().map(|path| File::open(path).unwrap());
            files
                .map(|file| massmap::MassMapInner::<_>::load(file).unwrap())
                .collect()
        };
        let target = OpenOptions::new()
            .write(true)
            .read(true)
            .open(&shards[0])
            .unwrap();
        let other = match format {
            FormatVersion::V1 => FormatVersion::V2,
            _ => FormatVersion::V1,
        };
        let between = MassMapMerger::default().with_format(other);
        for refused in [
            MassMapMerger::default().merge_inner(&target, open()),
            MassMapMerger::default().merge_keyed::<_, u64, _, _>(&target, open()),
            between.merge_keyed::<_, u64, _, _>(&target, open()),
        ] {
            let error = refused.unwrap_err();
            let payload = error.get_ref().unwrap().downcast_ref::<WriteError>();
            assert!(
                matches!(payload, Some(WriteError::TargetIsInput { map: 0 })),
                "{error:?}"
            );
        }
        assert!(fs::read(&shards[0]).unwrap() == before);
        // A merge to its path is allowed.
        let maps = open();
        let info = MassMapMerger::default()
            .merge_keyed_to_path::<u64, _, _>(&shards[0], maps)
            .unwrap();
        assert_eq!(info.meta.entry_count, 500);
    }
}
