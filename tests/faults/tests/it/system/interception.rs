//! The calls of the standard library are really intercepted. Otherwise the other tests would test nothing.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;

use super::watch::{Call, Fault, Kind, Plan, Watch};
use crate::exhaust::Place;

fn kinds(calls: &[Call]) -> Vec<Kind> {
    calls.iter().map(|call| call.kind).collect()
}

/// The kinds of the calls that `work` makes, all on `path`.
#[track_caller]
fn calls_of(place: &Place, path: &Path, work: impl FnOnce() -> io::Result<()>) -> Vec<Kind> {
    let watch = Watch::begin(&place.directory, Plan::None);
    let result = work();
    let record = watch.end();
    result.unwrap();
    for call in &record.calls {
        assert_eq!(call.path, path);
    }
    kinds(&record.calls)
}

#[test]
fn each_kind_of_call_is_seen() {
    let place = Place::new(b"twelve bytes");
    let target = place.target.as_path();
    let mut open = None;
    let seen = calls_of(&place, target, || {
        open = Some(OpenOptions::new().read(true).write(true).open(target)?);
        Ok(())
    });
    assert_eq!(seen, [Kind::Open]);
    let mut file = open.unwrap();

    let mut buffer = [0; 4];
    let expect = |kind: Kind, work: &mut dyn FnMut() -> io::Result<()>| {
        assert_eq!(calls_of(&place, target, work), [kind]);
    };
    expect(Kind::Read, &mut || file.read_exact_at(&mut buffer, 1));
    expect(Kind::Read, &mut || file.read_exact(&mut buffer));
    expect(Kind::Write, &mut || file.write_all_at(b"x", 3));
    expect(Kind::Write, &mut || file.write_all(b"x"));
    expect(Kind::Sync, &mut || file.sync_all());
    expect(Kind::Sync, &mut || file.sync_data());
    expect(Kind::Truncate, &mut || file.set_len(10));
    expect(Kind::Permit, &mut || {
        file.set_permissions(Permissions::from_mode(0o640))
    });
    expect(Kind::Own, &mut || std::os::unix::fs::fchown(&file, None, None));
    expect(Kind::Lock, &mut || Ok(file.try_lock()?));
    expect(Kind::Unlock, &mut || file.unlock());
    expect(Kind::Look, &mut || file.metadata().map(drop));
    expect(Kind::Look, &mut || fs::symlink_metadata(target).map(drop));
    let listed = calls_of(&place, &place.directory, || {
        assert_eq!(fs::read_dir(&place.directory)?.count(), 1);
        Ok(())
    });
    assert_eq!(listed, [Kind::List]);
    let other = place.directory.join("other");
    expect(Kind::Rename, &mut || fs::rename(target, &other));
    assert_eq!(
        calls_of(&place, &other, || fs::remove_file(&other)),
        [Kind::Remove]
    );

    let watch = Watch::begin(&place.directory, Plan::None);
    let spill = tempfile::tempfile_in(&place.directory).unwrap();
    spill.write_all_at(b"spilled", 0).unwrap();
    let record = watch.end();
    assert!(record.calls.first().is_some_and(Call::creates));
    let last = record.calls.last().unwrap();
    assert_eq!(last.kind, Kind::Write);
    assert!(last.path.starts_with(&place.directory) && last.path.to_string_lossy().ends_with(" (deleted)"));
}

#[test]
fn copying_from_file_to_file_is_seen_as_copying() {
    let place = Place::new(&[7; 10_000]);
    let other = place.directory.join("other");
    let (mut from, mut to) = (File::open(&place.target).unwrap(), File::create(&other).unwrap());
    let watch = Watch::begin(&place.directory, Plan::One(Fault::Short, Kind::Copy, 0));
    io::copy(&mut Read::by_ref(&mut from).take(10_000), &mut to).unwrap();
    let record = watch.end();
    let copies = record.calls.iter().filter(|call| call.kind == Kind::Copy);
    // Half of the file, and the rest.
    assert!(copies.count() >= 2, "{record:?}");
    assert_eq!(record.hits.len(), 1);
    assert_eq!(fs::read(&other).unwrap(), [7; 10_000]);
}

#[test]
fn faults_reach_the_caller() {
    let place = Place::new(b"twelve bytes");
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&place.target)
        .unwrap();
    let write = |plan| {
        let watch = Watch::begin(&place.directory, plan);
        let results = [0, 1].map(|_| file.write_at(b"ABCDE", 0));
        assert_eq!(watch.end().calls.len(), 2);
        results.map(|result| result.map_err(|error| error.kind()))
    };
    assert_eq!(write(Plan::None), [Ok(5), Ok(5)]);
    assert_eq!(write(Plan::One(Fault::Short, Kind::Write, 0)), [Ok(3), Ok(5)]);
    assert_eq!(
        write(Plan::One(Fault::NoSpace, Kind::Write, 1)),
        [Ok(5), Err(ErrorKind::StorageFull)]
    );
    assert_eq!(
        write(Plan::One(Fault::Interrupted, Kind::Write, 0)),
        [Err(ErrorKind::Interrupted), Ok(5)]
    );
    assert_eq!(
        write(Plan::All(Fault::NoSpace, 0)),
        [Err(ErrorKind::StorageFull); 2]
    );
    assert_eq!(write(Plan::One(Fault::Io, Kind::Write, 2)), [Ok(5), Ok(5)]);
    // A failed call has no effect.
    fs::write(&place.target, "untouched").unwrap();
    assert!(write(Plan::All(Fault::Io, 0)).iter().all(Result::is_err));
    assert_eq!(fs::read(&place.target).unwrap(), b"untouched");
}

#[test]
fn calls_in_other_directories_and_after_the_watch_are_unaffected() {
    let (place, other) = (Place::new(b"here"), Place::new(b"there"));
    let watch = Watch::begin(&place.directory, Plan::All(Fault::Io, 0));
    fs::read(&place.target).unwrap_err();
    assert_eq!(fs::read(&other.target).unwrap(), b"there");
    assert!(!watch.end().hits.is_empty());
    assert_eq!(fs::read(&place.target).unwrap(), b"here");
}
