//! Targets that are missing or symbolic links, and leftovers of killed builds.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};

use massmap::{AtomicFile, FormatVersion, MassMapInfo};

use crate::building::{builder, entry, old};
use crate::exhaust::Place;
use crate::system::watch::{Call, Fault, Kind, Plan, Watch};

fn build(target: &Path) -> io::Result<MassMapInfo> {
    let builder = builder(FormatVersion::V2).with_threads(1);
    builder.build_to_path(target, (0..40).map(entry))
}

/// Builds a map at `target` with each call failing in turn, and at last without a fault. `check` is told whether the build
/// succeeded.
fn for_each_failure(place: &Place, target: &Path, check: impl Fn(bool, &str)) {
    let watch = Watch::begin(&place.directory, Plan::None);
    build(target).unwrap();
    let calls = watch.end().calls;
    let kinds: BTreeSet<_> = calls.iter().map(|call| call.kind).collect();
    check(true, "no failure");
    for (fault, kind) in kinds
        .iter()
        .flat_map(|&kind| [(Fault::NoSpace, kind), (Fault::Io, kind)])
    {
        for at in 0.. {
            let watch = Watch::begin(&place.directory, Plan::One(fault, kind, at));
            let result = build(target);
            let record = watch.end();
            check(
                result.is_ok(),
                &format!("{fault:?} {:?}: {result:?}", record.hits),
            );
            if record.hits.is_empty() {
                result.unwrap();
                break;
            }
        }
    }
    assert!(kinds.len() >= 7, "{kinds:?}");
}

#[test]
fn where_there_was_no_file_a_failed_build_leaves_none() {
    let place = Place::new(b"other");
    let target = place.directory.join("new");
    build(&target).unwrap();
    let complete = fs::read(&target).unwrap();
    fs::remove_file(&target).unwrap();
    for_each_failure(&place, &target, |succeeded, context| {
        match fs::read(&target) {
            Ok(bytes) => assert!(bytes == complete, "{context}"),
            Err(_) => assert!(!succeeded, "{context}"),
        }
        _ = fs::remove_file(&target);
        assert_eq!(place.names().len(), 1, "{context}");
    });
}

#[test]
fn a_symbolic_link_is_followed_or_the_build_fails() {
    let place = Place::new(&old());
    let link = place.directory.join("link");
    symlink("target.massmap", &link).unwrap();
    for_each_failure(&place, &link, |_, context| {
        assert!(
            fs::symlink_metadata(&link).unwrap().is_symlink(),
            "the link was replaced: {context}"
        );
        assert_eq!(place.names().len(), 2, "{context}");
    });
}

/// Writes the file that a build left which was killed two days ago.
fn leave(path: &Path) {
    fs::write(path, "half a file").unwrap();
    let two_days_ago = SystemTime::now() - Duration::from_secs(2 * 24 * 60 * 60);
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(two_days_ago).unwrap();
}

#[test]
fn leftovers_that_cannot_be_removed_do_no_harm() {
    let place = Place::new(&old());
    let stale = place.directory.join(".massmap-Stale0.tmp");
    for_each_failure(&place, &place.target, |_, context| {
        let names = place.names();
        assert!(
            names.len() == 1 || names.len() == 2 && stale.exists(),
            "{names:?}: {context}"
        );
        leave(&stale);
    });
    build(&place.target).unwrap();
    assert_eq!(place.names().len(), 1);
}

#[test]
fn leftovers_are_removed_before_the_next_build_creates_its_file() {
    for target in ["target.massmap", "new"] {
        let place = Place::new(&old());
        let target = place.directory.join(target);
        let name = name_of_killed(&place.directory, &target);
        let watch = Watch::begin(&place.directory, Plan::None);
        build(&target).unwrap();
        let calls = watch.end().calls;
        let removed = calls.iter().position(|call| {
            call.kind == Kind::Remove && call.path.file_name().is_some_and(|left| left == name.as_str())
        });
        let created = calls.iter().position(Call::creates);
        assert!(removed.is_some() && removed < created, "{calls:#?}");

        // A full disk does not keep them either.
        let name = name_of_killed(&place.directory, &target);
        let watch = Watch::begin(&place.directory, Plan::One(Fault::NoSpace, Kind::Open, 0));
        let error = build(&target).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(watch.end().hits.len(), 1);
        assert!(!place.directory.join(name).exists());
    }
}

/// The name of the file that a build of `target` would leave if it was killed now.
fn name_of_killed(directory: &Path, target: &Path) -> String {
    let names = |directory: &Path| -> BTreeSet<String> {
        let entries = fs::read_dir(directory).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    let before = names(directory);
    let file = AtomicFile::create(target).unwrap();
    let name = names(directory).difference(&before).next().unwrap().clone();
    drop(file);
    // As if an earlier process had had the same id.
    let mut parts: Vec<_> = name.split('-').map(str::to_owned).collect();
    let started = parts.len() - 2;
    parts[started] = "1".to_owned();
    let name = parts.join("-");
    fs::write(directory.join(&name), "half a file").unwrap();
    name
}
