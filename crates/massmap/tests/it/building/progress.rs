//! The progress callback.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use massmap::{DuplicateKeys, FormatVersion, MassMapBuilder, MemoryWriter, Phase, Progress, WriteError};

/// Builds a map of 20,000 entries and returns all reports of progress.
fn observe(builder: MassMapBuilder) -> Vec<Progress> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&told);
    builder
        .with_progress(move |progress| all.lock().unwrap().push(*progress))
        .build(&MemoryWriter::new(), (0..20_000u64).map(|n| (n, n)))
        .unwrap();
    let told = told.lock().unwrap();
    told.clone()
}

#[test]
fn phases_come_in_order_and_end_with_all_entries() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        for limit in [0, 1 << 20, 1 << 30] {
            for duplicates in [DuplicateKeys::Error, DuplicateKeys::Last] {
                let builder = MassMapBuilder::default()
                    .with_format(format)
                    .with_memory_limit(limit)
                    .with_duplicate_keys(duplicates);
                let told = observe(builder);
                let mut phases: Vec<Phase> = told.iter().map(|progress| progress.phase).collect();
                phases.dedup();
                let arranges = format == FormatVersion::V2 && duplicates == DuplicateKeys::Last;
                match arranges {
                    true => assert_eq!(phases, [Phase::Read, Phase::Arrange, Phase::Write]),
                    false => assert_eq!(phases, [Phase::Read, Phase::Write]),
                }
                for phase in phases {
                    let of_phase: Vec<_> = told.iter().filter(|progress| progress.phase == phase).collect();
                    assert!(of_phase.is_sorted_by_key(|progress| (progress.entries, progress.bytes)));
                    assert_eq!(of_phase[0].entries, 0);
                    let last = of_phase[of_phase.len() - 1];
                    assert_eq!(last.entries, 20_000);
                    assert!(last.bytes >= 40_000);
                    let total = (phase != Phase::Read).then_some(20_000);
                    assert!(of_phase.iter().all(|progress| progress.total == total));
                }
                assert!(limit > 0 || told.len() > 50, "told {} times", told.len());
            }
        }
    }
}

#[test]
fn a_build_that_is_cancelled_in_any_phase_ends_and_leaves_the_old_file_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("map");
    for format in [FormatVersion::V1, FormatVersion::V2] {
        for phase in [Phase::Read, Phase::Arrange, Phase::Write] {
            for limit in [0, 1 << 30] {
                if format == FormatVersion::V1 && phase == Phase::Arrange {
                    continue;
                }
                std::fs::write(&path, "old").unwrap();
                let cancelled = Arc::new(AtomicBool::new(false));
                let flag = Arc::clone(&cancelled);
                let built = MassMapBuilder::default()
                    .with_format(format)
                    .with_memory_limit(limit)
                    .with_duplicate_keys(DuplicateKeys::Last)
                    .with_progress(move |progress| {
                        flag.fetch_or(progress.phase == phase, Ordering::Relaxed);
                    })
                    .with_cancellation(cancelled)
                    .build_to_path(&path, (0..20_000u64).map(|n| (n, n)));
                let error = built.unwrap_err();
                let error = error
                    .get_ref()
                    .and_then(|error| error.downcast_ref::<WriteError>());
                assert!(
                    matches!(error, Some(WriteError::Cancelled)),
                    "{phase:?}: {error:?}"
                );
                assert_eq!(std::fs::read(&path).unwrap(), b"old");
                assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
            }
        }
    }
}
