//! File systems that refuse to change permissions, or silently do not change them.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use massmap::{AtomicFile, FormatVersion, NotKept};

use crate::building::{builder, entry, old};
use crate::exhaust::Place;
use crate::system::watch::{Fault, Kind, Plan, Record, Watch};

/// The result of a build over an old file.
struct Outcome {
    old: u32,
    new: u32,
    owner: u32,
    not_kept: Vec<NotKept>,
    record: Record,
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

/// The permissions that the umask leaves of a new file's.
fn umask() -> u32 {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    0o666 & !mode(&file)
}

/// Builds a map over an old file with permissions `old_mode`. The build must succeed in spite of the fault.
fn build(old_mode: u32, plan: Plan) -> Outcome {
    build_over(&Place::new(&old()), old_mode, plan)
}

fn build_over(place: &Place, old_mode: u32, plan: Plan) -> Outcome {
    fs::set_permissions(&place.target, Permissions::from_mode(old_mode)).unwrap();
    let watch = Watch::begin(&place.directory, plan);
    let file = AtomicFile::create(&place.target).unwrap();
    let not_kept = file.not_kept().to_vec();
    let builder = builder(FormatVersion::V2).with_threads(1);
    builder.build_to_path(file, (0..40).map(entry)).unwrap();
    let record = watch.end();
    assert!(fs::read(&place.target).unwrap() != place.old);
    assert_eq!(place.names().len(), 1);
    Outcome {
        old: old_mode,
        new: mode(&place.target),
        owner: fs::metadata(&place.target).unwrap().uid(),
        not_kept,
        record,
    }
}

impl Outcome {
    /// Checks that the mode is what a new file can have of the old one, and that missing permissions were reported.
    fn assert_as_created(&self, context: &str) {
        let Self {
            old, new, not_kept, ..
        } = self;
        assert_eq!(*new, old & !umask(), "{context}: {old:o}");
        let (old, new) = (*old, *new);
        let expected = (old != new).then_some(NotKept::Mode { old, new });
        assert_eq!(*not_kept, Vec::from_iter(expected), "{context}");
    }
}

#[test]
fn a_file_whose_permissions_cannot_be_changed_is_created_with_them() {
    for fault in [Fault::Refused, Fault::Ignored] {
        for old in [0o644, 0o640, 0o664, 0o666, 0o604, 0o755] {
            let outcome = build(old, Plan::All(fault, 0));
            assert!(!outcome.record.hits.is_empty());
            outcome.assert_as_created(&format!("{fault:?}"));
        }
    }
}

#[test]
fn permissions_that_are_already_equal_are_not_changed() {
    let outcome = build(0o600, Plan::All(Fault::Refused, 0));
    assert_eq!((outcome.new, outcome.not_kept.len()), (0o600, 0));
    let changes = |kind| outcome.record.calls.iter().any(|call| call.kind == kind);
    assert!(!changes(Kind::Permit) && !changes(Kind::Own));
}

#[test]
fn permissions_are_tried_before_the_work() {
    let outcome = build(0o640, Plan::None);
    assert_eq!((outcome.new, outcome.not_kept.len()), (0o640, 0));
    let calls = &outcome.record.calls;
    let positions = |kind| (0..calls.len()).filter(move |index| calls[*index].kind == kind);
    let first_write = positions(Kind::Write).next().unwrap();
    let last_write = positions(Kind::Write).next_back().unwrap();
    let permits: Vec<_> = positions(Kind::Permit).collect();
    // Tried, reverted, and set for good.
    assert!(permits.len() == 3 && permits[1] < first_write && permits[2] > last_write);
}

#[test]
fn one_refusal_before_the_work_does_no_harm() {
    for at in 0..2 {
        let outcome = build(0o640, Plan::One(Fault::Refused, Kind::Permit, at));
        assert_eq!(outcome.record.hits.len(), 1);
        assert_eq!(outcome.new, 0o640, "{at}");
        assert_eq!(outcome.not_kept, []);
    }
}

#[test]
fn an_owner_refused_before_or_after_the_work_does_no_harm() {
    let place = || {
        let place = Place::new(&old());
        chown(&place.target, Some(4321), None).map(|()| place)
    };
    if place().is_err() {
        eprintln!("skipped: only root can give a file away");
        return;
    }
    // Tried, reverted, and set for good.
    for (at, owner, not_kept) in [
        (0, 0, vec![NotKept::Owner { uid: 4321 }]),
        (2, 0, vec![]),
        (3, 4321, vec![]),
    ] {
        let plan = Plan::One(Fault::Refused, Kind::Own, at);
        let outcome = build_over(&place().unwrap(), 0o640, plan);
        assert_eq!((outcome.new, outcome.owner), (0o640, owner), "{at}");
        assert_eq!(outcome.not_kept, not_kept);
    }
}
