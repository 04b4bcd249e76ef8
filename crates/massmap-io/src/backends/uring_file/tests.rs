use std::cell::{Cell, RefCell};
use std::fs::{self, File};
use std::io::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use crate::conformance;
use crate::{IoError, MassMapReader, RingFile, UringFile};

#[cfg(target_os = "linux")]
mod linux;

/// Made only once, as that takes longer than reading it.
static SAMPLE: LazyLock<Vec<u8>> = LazyLock::new(conformance::sample);

const DEPTHS: [usize; 4] = [1, 2, 7, 128];

/// A test of a file that holds the sample.
trait Test {
    fn run(&self, file: &UringFile<impl RingFile>);

    /// Runs the test at several depths, and on Linux with direct reads too, which really are in flight.
    fn run_everywhere(&self) {
        let directory = tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap();
        let path = directory.path().join("sample");
        fs::write(&path, &*SAMPLE).unwrap();
        for depth in DEPTHS {
            self.run(&UringFile::new(File::open(&path).unwrap()).with_depth(depth));
            #[cfg(target_os = "linux")]
            match crate::DirectFile::open(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::Unsupported => {
                    eprintln!("not tested: {error}")
                }
                file => self.run(&UringFile::new(file.unwrap()).with_depth(depth)),
            }
        }
    }
}

struct Conforms;

impl Test for Conforms {
    fn run(&self, file: &UringFile<impl RingFile>) {
        conformance::reader(file);
    }
}

#[test]
fn files_with_many_reads_in_flight_conform() {
    Conforms.run_everywhere();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| Conforms.run_everywhere());
        }
    });
}

/// Random ranges of lengths below 2000, some longer ones, and some of length 0.
fn random_ranges(count: usize, seed: u64) -> impl Iterator<Item = (usize, u64, u64)> {
    let end = SAMPLE.len() as u64;
    let mut state = seed;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..count).map(move |number| {
        let length = match next() % 10 {
            0 => next() % end,
            1 => 0,
            _ => next() % 2000,
        };
        (number, next() % (end - length), length)
    })
}

fn expected(offset: u64, length: u64) -> Vec<u8> {
    SAMPLE[offset as usize..(offset + length) as usize].to_vec()
}

struct ReadsRandomRanges;

impl Test for ReadsRandomRanges {
    fn run(&self, file: &UringFile<impl RingFile>) {
        for seed in 1..4 {
            let read = file.batch_read_at::<usize, _, _>(random_ranges(300, seed), |&number, bytes| {
                Ok((number, bytes.to_vec()))
            });
            let expected = random_ranges(300, seed)
                .map(|(number, offset, length)| (number, expected(offset, length)))
                .collect::<Vec<_>>();
            assert!(read.unwrap() == expected, "seed {seed}, depth {}", file.depth());
        }
    }
}

#[test]
fn random_ranges_give_the_bytes_of_the_file_in_order() {
    ReadsRandomRanges.run_everywhere();
}

struct FailsBeyondTheEnd;

impl Test for FailsBeyondTheEnd {
    fn run(&self, file: &UringFile<impl RingFile>) {
        let end = SAMPLE.len() as u64;
        for missing in [
            (end, 1),
            (end - 10, 11),
            (end - 10, 200_000),
            (end - 10, 1 << 40),
            (1 << 50, 4096),
            (u64::MAX, 1),
            (i64::MAX as u64, 1),
        ] {
            for index in [0, 1, 20, 39] {
                // Of two missing ranges, the earlier one is reported, although the other may be read first.
                let mut ranges = random_ranges(40, 7).collect::<Vec<_>>();
                ranges[39] = (39, end, 77);
                ranges[index] = (index, missing.0, missing.1);
                let error = file
                    .batch_read_at::<usize, _, _>(ranges, |_, _| Ok(()))
                    .unwrap_err();
                let payload = error.get_ref().unwrap().downcast_ref::<IoError>().unwrap();
                let available = end.saturating_sub(missing.0);
                assert!(
                    matches!(payload, IoError::UnexpectedEnd { offset, length, available: there }
                        if (*offset, *length, *there) == (missing.0, missing.1, available)),
                    "{missing:?} at {index}: {error}"
                );
            }
        }
        ReadsRandomRanges.run(file);
    }
}

#[test]
fn the_error_is_that_of_the_earliest_missing_range_and_says_how_much_is_there() {
    FailsBeyondTheEnd.run_everywhere();
}

struct SurvivesFailures;

impl Test for SurvivesFailures {
    fn run(&self, file: &UringFile<impl RingFile>) {
        for index in [0, 100, 299] {
            let result =
                file.batch_read_at::<usize, _, _>(random_ranges(300, 3), |&number, _| match number {
                    number if number >= index => Err(Error::other(number.to_string())),
                    _ => Ok(()),
                });
            assert_eq!(result.unwrap_err().to_string(), index.to_string());

            let panicked = catch_unwind(AssertUnwindSafe(|| {
                file.batch_read_at::<usize, _, _>(random_ranges(300, 4), |&number, _| {
                    assert_ne!(number, index, "as it should");
                    Ok(())
                })
            }));
            assert!(panicked.is_err());

            let ranges =
                random_ranges(300, 5).inspect(|&(number, ..)| assert_ne!(number, index, "as it should"));
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                file.batch_read_at::<usize, _, _>(ranges, |_, _| Ok(()))
            }));
            assert!(panicked.is_err());
        }
        ReadsRandomRanges.run(file);
    }
}

#[test]
fn after_errors_and_panics_of_callers_reads_in_flight_still_complete() {
    SurvivesFailures.run_everywhere();
}

struct Nests;

impl Test for Nests {
    fn run(&self, file: &UringFile<impl RingFile>) {
        let inner =
            |seed| file.batch_read_at::<usize, _, _>(random_ranges(20, seed), |_, bytes| Ok(bytes.to_vec()));
        let ranges = random_ranges(50, 9).inspect(|&(number, ..)| {
            if number % 10 == 0 {
                inner(11).unwrap();
            }
        });
        let read = file.batch_read_at::<usize, _, _>(ranges, |&number, bytes| {
            let copy = bytes.to_vec();
            let inner = inner(number as u64 + 1)?;
            assert!(bytes == copy);
            Ok((copy, inner))
        });
        for (number, (bytes, inner)) in read.unwrap().into_iter().enumerate() {
            let (_, offset, length) = random_ranges(50, 9).nth(number).unwrap();
            assert!(bytes == expected(offset, length));
            let ranges = random_ranges(20, number as u64 + 1);
            let expected = ranges.map(|(_, offset, length)| expected(offset, length));
            assert!(inner == expected.collect::<Vec<_>>());
        }
    }
}

#[test]
fn batches_may_nest() {
    Nests.run_everywhere();
}

struct PullsAsReadsComplete;

impl Test for PullsAsReadsComplete {
    fn run(&self, file: &UringFile<impl RingFile>) {
        if !file.has_ring() {
            eprintln!("not tested: there is no io_uring");
            return;
        }
        let pulled = Cell::new(0);
        let handed_on = RefCell::new(Vec::new());
        let ranges = (0..300u64).map(|number| {
            pulled.set(pulled.get() + 1);
            (number, number * 300, 300)
        });
        let read = file.batch_read_at::<u64, _, _>(ranges, |_, _| {
            handed_on.borrow_mut().push(pulled.get());
            Ok(())
        });
        assert_eq!(read.unwrap().len(), 300);
        // Each completed read makes room for one more, at once.
        let depth = file.depth();
        let expected = (0..300)
            .map(|number| (number + depth).min(300))
            .collect::<Vec<_>>();
        assert_eq!(handed_on.into_inner(), expected);
    }
}

#[test]
fn ranges_are_pulled_one_by_one_as_reads_complete() {
    PullsAsReadsComplete.run_everywhere();
}

#[test]
fn depths_are_clamped_to_their_limits() {
    let depth_of = |depth| UringFile::new(sample_file()).with_depth(depth).depth();
    assert_eq!([0, 1, 5000].map(depth_of), [1, 1, 4096]);
    assert_eq!(UringFile::new(sample_file()).depth(), 128);
}

#[test]
fn a_thread_that_ends_can_still_read_batches() {
    struct ReadsWhenDropped(UringFile<File>);
    impl Drop for ReadsWhenDropped {
        fn drop(&mut self) {
            ReadsRandomRanges.run(&self.0);
        }
    }
    thread_local! {
        static LAST: std::cell::OnceCell<ReadsWhenDropped> = const { std::cell::OnceCell::new() };
    }
    let file = UringFile::new(sample_file());
    let thread = std::thread::spawn(move || {
        LAST.with(|last| {
            assert!(last.set(ReadsWhenDropped(file)).is_ok());
            // The ring is created after the file, and dropped before it.
            ReadsRandomRanges.run(&last.get().unwrap().0);
        });
    });
    thread.join().unwrap();
}

fn sample_file() -> File {
    let file = tempfile::tempfile().unwrap();
    crate::MassMapWriter::write_all_at(&file, &SAMPLE, 0).unwrap();
    file
}
