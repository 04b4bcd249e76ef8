//! The suite for readers: all readers pass it, and readers with faults do not.

use std::io::{Error, ErrorKind, Result};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use futures_executor::block_on;
use massmap_async::conformance::{reader, replaced, sample};
use massmap_async::{
    AsyncReader, Bytes, Cached, HedgeDelay, Hedged, MemoryReader, PageCache, RemoteError, Suffix, TimeLimit,
    TokioTimer, VersionTag,
};

use crate::readers::fake::{Fake, yields};

fn is_send<T: Send>(future: T) -> T {
    future
}

#[test]
fn bytes_in_memory_are_read_as_any() {
    let memory = MemoryReader::new(sample());
    block_on(is_send(reader(&memory)));
    block_on(reader(&Arc::new(memory.clone())));
    block_on(reader(&Rc::new(memory.clone())));
    block_on(reader(&Box::new(memory)));
}

#[test]
fn a_store_that_answers_later_passes() {
    block_on(is_send(reader(&Fake::of_sample())));
    block_on(reader(&Rc::new(Fake::of_sample())));
}

#[test]
fn cached_readers_pass_whatever_the_sizes_of_pages_and_cache() {
    for (page_size, size) in [
        (512, 1 << 22),
        (4096, 1 << 22),
        (1 << 20, 1 << 24),
        (4096, 40_000),
        (4096, 0),
    ] {
        let cached = Cached::new(Fake::of_sample(), &PageCache::new(size)).with_page_size(page_size);
        block_on(is_send(reader(&cached)));
        // On one thread, and behind a cache already.
        block_on(reader(&Cached::new(Rc::new(cached), &PageCache::new(size))));
    }
    block_on(reader(&Cached::new(
        MemoryReader::new(sample()),
        &PageCache::new(1 << 22),
    )));
}

#[test]
fn hedged_readers_and_those_with_a_time_limit_pass() {
    let runtime = super::paused();
    let hedged = |delay| Hedged::new(Fake::of_sample(), TokioTimer::new(), delay).with_largest_share(1.0);
    runtime.block_on(async {
        for delay in [
            HedgeDelay::Fixed(Duration::ZERO),
            HedgeDelay::Fixed(Duration::from_secs(1)),
            HedgeDelay::default(),
        ] {
            let hedged = hedged(delay);
            is_send(reader(&hedged)).await;
            let made = hedged.stats().hedges > 0;
            assert!(made || delay != HedgeDelay::Fixed(Duration::ZERO));
        }
        let limited = TimeLimit::new(
            Rc::new(Fake::of_sample()),
            TokioTimer::new(),
            Duration::from_secs(1),
        );
        reader(&limited).await;
        let limited = TimeLimit::new(Fake::of_sample(), TokioTimer::new(), Duration::from_secs(1));
        is_send(reader(&limited)).await;
    });
}

/// What a reader does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Nothing,
    BytesOfTheNextRange,
    ShortAtTheEnd,
    PanicBeyondTheEnd,
    OtherErrorBeyondTheEnd,
    ManyStopsAtTheEnd,
    ManyInOrderOfOffsets,
    ManyWithoutDuplicates,
    ManyFailsOfNone,
    SuffixOfOneByteLess,
    SuffixRefusesMoreThanThereIs,
    LengthOfTheSuffix,
    NewVersionEachTime,
    UnusableAfterCancelling,
    OneAtATime,
    OtherSharedBytes,
    NoRangesAtOnce,
}

struct Faulty {
    fault: Fault,
    memory: MemoryReader,
    calls: AtomicU32,
    busy: AtomicBool,
}

fn range_beyond(range: &Range<u64>) -> bool {
    range.end > sample().len() as u64
}

impl AsyncReader for Faulty {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        let Range { start, end } = range;
        match self.fault {
            Fault::BytesOfTheNextRange if start > 50 && end < 99_000 => {
                return self.memory.read(start + 1..end + 1).await;
            }
            Fault::ShortAtTheEnd if range_beyond(&range) && start < 100_000 => {
                return self.memory.read(start..100_000).await;
            }
            Fault::PanicBeyondTheEnd if start + 1 == u64::MAX => panic!("attempt to add with overflow"),
            Fault::OtherErrorBeyondTheEnd if range_beyond(&range) => return Err(Error::other("416")),
            Fault::UnusableAfterCancelling => {
                if self.busy.swap(true, Ordering::Relaxed) {
                    return Err(Error::other("a read is going on"));
                }
                // What is dropped here leaves it busy.
                yields(if start == 1 { 1 } else { 0 }).await;
                self.busy.store(false, Ordering::Relaxed);
            }
            Fault::OneAtATime => {
                if self.calls.fetch_add(1, Ordering::Relaxed) > 100 {
                    self.calls.fetch_sub(1, Ordering::Relaxed);
                    return Err(Error::new(ErrorKind::WouldBlock, "too many requests"));
                }
                // Those of the suite that are dropped.
                let count = Decrement(&self.calls);
                yields(1).await;
                drop(count);
            }
            _ => {}
        }
        self.memory.read(range).await
    }

    async fn read_many(&self, mut ranges: Vec<Range<u64>>) -> Result<Vec<Bytes>> {
        match self.fault {
            Fault::ManyStopsAtTheEnd => ranges.retain(|range| !range_beyond(range)),
            Fault::ManyInOrderOfOffsets => ranges.sort_by_key(|range| range.start),
            Fault::ManyWithoutDuplicates => ranges.dedup(),
            Fault::ManyFailsOfNone if ranges.is_empty() => return Err(ErrorKind::InvalidInput.into()),
            _ => {}
        }
        self.memory.read_many(ranges).await
    }

    async fn read_suffix(&self, length: u64) -> Result<Suffix> {
        let mut suffix = self.memory.read_suffix(length).await?;
        match self.fault {
            Fault::SuffixOfOneByteLess => suffix.bytes.truncate(suffix.bytes.len() - 1),
            Fault::SuffixRefusesMoreThanThereIs if length > suffix.file_length => {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            Fault::LengthOfTheSuffix => suffix.file_length = suffix.bytes.len() as u64,
            Fault::NewVersionEachTime => {
                let number = self.calls.fetch_add(1, Ordering::Relaxed);
                suffix.version = VersionTag::strong(number.to_string());
            }
            _ => {}
        }
        Ok(suffix)
    }

    fn shared_bytes(&self) -> Option<Bytes> {
        (self.fault == Fault::OtherSharedBytes).then(|| Bytes::from_static(b"other bytes"))
    }

    fn ranges_at_once(&self) -> usize {
        usize::from(self.fault != Fault::NoRangesAtOnce)
    }
}

struct Decrement<'a>(&'a AtomicU32);

impl Drop for Decrement<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a check says when it fails.
fn panic_of(check: impl FnOnce()) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(check)).err()?;
    let literal = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    literal.or_else(|| panic.downcast_ref::<String>().cloned())
}

#[test]
fn each_fault_of_a_reader_is_found() {
    let check = |fault| {
        let faulty = Faulty {
            fault,
            memory: MemoryReader::new(sample()),
            calls: AtomicU32::new(0),
            busy: AtomicBool::new(false),
        };
        panic_of(|| block_on(reader(&faulty)))
    };
    assert_eq!(check(Fault::Nothing), None);
    for (fault, said) in [
        (Fault::BytesOfTheNextRange, "wrong bytes at 4096..8192"),
        (Fault::ShortAtTheEnd, "the range is not there"),
        (Fault::PanicBeyondTheEnd, "attempt to add with overflow"),
        (
            Fault::OtherErrorBeyondTheEnd,
            "is refused for another reason: 416",
        ),
        (Fault::ManyStopsAtTheEnd, "one range is not there"),
        (Fault::ManyInOrderOfOffsets, "wrong bytes at 99996..100000"),
        (Fault::ManyWithoutDuplicates, "not one result for each range"),
        (Fault::ManyFailsOfNone, "all ranges are there"),
        (Fault::SuffixOfOneByteLess, "wrong suffix of 65536 bytes"),
        (Fault::SuffixRefusesMoreThanThereIs, "the file is there"),
        (
            Fault::LengthOfTheSuffix,
            "a wrong length of the file, with a suffix of 65536 bytes",
        ),
        (
            Fault::NewVersionEachTime,
            "another version, although nothing changed",
        ),
        (Fault::UnusableAfterCancelling, "a read is going on"),
        (Fault::OneAtATime, "too many requests"),
        (
            Fault::OtherSharedBytes,
            "shared bytes are other than those that are read",
        ),
        (Fault::NoRangesAtOnce, "a batch has to pass at least one range"),
    ] {
        let found = check(fault).unwrap_or_else(|| panic!("{fault:?} was not found"));
        assert!(found.contains(said), "{fault:?}: {found}");
    }
}

/// How a reader deals with a file that is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notices {
    Always,
    Never,
    Once,
    InReadsAlone,
    NotInMany,
    WithAnotherError,
    WithoutStrongTag,
}

struct Replaceable {
    notices: Notices,
    memory: MemoryReader,
    is_replaced: AtomicBool,
    noticed: AtomicBool,
}

impl Replaceable {
    fn check(&self) -> Result<()> {
        if !self.is_replaced.load(Ordering::Relaxed) || self.notices == Notices::Never {
            return Ok(());
        }
        if self.noticed.swap(true, Ordering::Relaxed) && self.notices == Notices::Once {
            return Ok(());
        }
        if self.notices == Notices::WithAnotherError {
            return Err(Error::other("412"));
        }
        Err(RemoteError::Changed {
            location: "fake".to_owned(),
            opened: "1".to_owned(),
            found: "2".to_owned(),
        }
        .into())
    }
}

impl AsyncReader for Replaceable {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        self.check()?;
        self.memory.read(range).await
    }

    async fn read_many(&self, ranges: Vec<Range<u64>>) -> Result<Vec<Bytes>> {
        if self.notices != Notices::NotInMany {
            self.check()?;
        }
        self.memory.read_many(ranges).await
    }

    async fn read_suffix(&self, length: u64) -> Result<Suffix> {
        if self.notices != Notices::InReadsAlone {
            self.check()?;
        }
        let mut suffix = self.memory.read_suffix(length).await?;
        if self.notices == Notices::WithoutStrongTag {
            suffix.version = VersionTag::weak("");
        }
        Ok(suffix)
    }
}

#[test]
fn each_way_not_to_notice_that_a_file_was_replaced_is_found() {
    let check = |notices| {
        let reader = Replaceable {
            notices,
            memory: MemoryReader::new(sample()),
            is_replaced: AtomicBool::new(false),
            noticed: AtomicBool::new(false),
        };
        let replace = async { reader.is_replaced.store(true, Ordering::Relaxed) };
        panic_of(|| block_on(is_send(replaced(&reader, replace))))
    };
    assert_eq!(check(Notices::Always), None);
    for (notices, said) in [
        (Notices::Never, "a read of 0..50 succeeded"),
        (Notices::Once, "a read of 10..20 succeeded"),
        (Notices::InReadsAlone, "a read of the suffix succeeded"),
        (Notices::NotInMany, "a read of ranges succeeded"),
        (
            Notices::WithAnotherError,
            "does not tell that the file was replaced: 412",
        ),
        (Notices::WithoutStrongTag, "the version is not known for sure"),
    ] {
        let found = check(notices).unwrap_or_else(|| panic!("{notices:?} was not found"));
        assert!(found.contains(said), "{notices:?}: {found}");
    }
}
