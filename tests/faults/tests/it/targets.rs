//! Targets that are no plain old file, and what killed builds left beside them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use massmap::{FormatVersion, MassMapInfo};

use crate::building::{builder, entry, old};
use crate::exhaust::Place;
use crate::watch::{Fault, Plan, Watch};

fn build(target: &Path) -> io::Result<MassMapInfo> {
    let builder = builder(FormatVersion::V2).with_threads(1);
    builder.build_to_path(target, (0..40).map(entry))
}

/// Builds a map at `target` with each call failing in turn; `check` gets to know whether that succeeded, at last that it
/// does so without a failure.
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

#[test]
fn what_a_killed_build_left_does_not_matter_if_it_cannot_be_removed() {
    let place = Place::new(&old());
    let stale = place.directory.join(".massmap-Stale0.tmp");
    for_each_failure(&place, &place.target, |_, context| {
        let names = place.names();
        assert!(
            names.len() == 1 || names.len() == 2 && stale.exists(),
            "{names:?}: {context}"
        );
        fs::write(&stale, "half a file").unwrap();
    });
    build(&place.target).unwrap();
    assert_eq!(place.names().len(), 1);
}
