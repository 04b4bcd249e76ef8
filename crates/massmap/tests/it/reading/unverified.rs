//! Verifying that runs out of memory says nothing about the file.

use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use massmap::{FormatVersion, MassMapBuilder, MassMapDefaultHashLoader, MassMapInner, VerifyReport};
use support::files::build;
use support::readers::HookedReader;

const COUNT: u64 = 300;

fn file(format: FormatVersion) -> Vec<u8> {
    let builder = MassMapBuilder::default().with_format(format);
    let builder = match format {
        FormatVersion::V1 => builder.with_bucket_count(20),
        _ => builder.with_page_size(512),
    };
    let entries: Vec<_> = (0..COUNT).map(|n| (n, format!("value {n}"))).collect();
    build(builder, &entries)
}

/// Reports of both ways to verify a file that opens and then has an unreadable range.
fn verify(file: &[u8], place: (u64, u64), error: fn() -> Error) -> [VerifyReport; 2] {
    let open = || {
        let is_open = Arc::new(AtomicBool::new(false));
        let fails = Arc::clone(&is_open);
        let reader = HookedReader::new(file, move |offset, length| {
            let overlaps = offset < place.1 && place.0 < offset + length;
            match fails.load(Ordering::Relaxed) && overlaps {
                true => Err(error()),
                false => Ok(()),
            }
        });
        let inner = MassMapInner::<_, MassMapDefaultHashLoader>::load(reader).unwrap();
        is_open.store(true, Ordering::Relaxed);
        inner
    };
    [open().verify(), open().cast::<u64, String>().verify()]
}

/// The range of a byte of an entry, which in format 1 lies within a bucket.
fn some_entry(file: &[u8]) -> (u64, u64) {
    let found = file.windows(9).position(|bytes| bytes == b"value 123").unwrap() as u64;
    (found, found + 1)
}

const LACKS: [fn() -> Error; 3] = [
    || ErrorKind::OutOfMemory.into(),
    || Error::new(ErrorKind::OutOfMemory, "there is no memory for this"),
    || Error::other(Error::from(ErrorKind::OutOfMemory)),
];

#[test]
fn running_out_of_memory_neither_is_a_problem_of_the_file_nor_proves_that_there_is_none() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let file = file(format);
        let place = some_entry(&file);
        for error in LACKS {
            for report in verify(&file, place, error) {
                assert_eq!(
                    (report.problem_count, report.problems.len()),
                    (0, 0),
                    "{report:?}"
                );
                assert!(!report.is_ok());
                let part = report.unverified.expect("a part was not checked");
                assert!(part.place.is_some());
                assert!(part.message.contains("memory"), "{}", part.message);
                // The rest was checked.
                assert!((1..COUNT).contains(&report.entries), "{}", report.entries);
            }
        }
    }
}

#[test]
fn memory_may_run_out_for_the_parts_around_the_pages() {
    let file = file(FormatVersion::V2);
    for place in [(0, 1), (file.len() as u64 - 1, file.len() as u64)] {
        for report in verify(&file, place, LACKS[0]) {
            assert_eq!((report.problem_count, report.entries), (0, COUNT));
            assert_eq!(report.unverified.expect("a part was not checked").place, None);
        }
    }
}

#[test]
fn damage_is_reported_together_with_parts_that_could_not_be_checked() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let mut file = file(format);
        let place = some_entry(&file);
        // Damages an entry of another bucket or page.
        let other = file.windows(8).rposition(|bytes| bytes == b"value 45").unwrap();
        file[other - 2..other + 8].fill(0xc1);
        for report in verify(&file, place, LACKS[0]) {
            assert!(report.problem_count > 0 && !report.is_ok());
            assert!(report.unverified.is_some());
        }
    }
}

#[test]
fn other_errors_of_the_reader_and_an_early_end_are_problems() {
    let errors: [fn() -> Error; 3] = [
        || Error::other("the disk is broken"),
        || ErrorKind::UnexpectedEof.into(),
        || ErrorKind::PermissionDenied.into(),
    ];
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let file = file(format);
        for error in errors {
            for report in verify(&file, some_entry(&file), error) {
                assert!(report.problem_count > 0, "{report:?}");
                assert_eq!(report.unverified, None);
            }
        }
    }
}
