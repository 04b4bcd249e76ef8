//! Readers for synchronous code, in place and on other threads.

use std::fs::File;
use std::io::{ErrorKind, Result, Write};
use std::sync::Arc;
use std::thread::{self, ThreadId};

use futures_executor::block_on;
use massmap_async::conformance::{reader, sample};
use massmap_async::{AsyncReader, Bytes, InPlace, Offloaded};
use massmap_io::{BytesReader, MappedFile, MassMapReader, SourceSize};

fn is_send<T: Send>(future: T) -> T {
    future
}

fn file() -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&sample()).unwrap();
    file
}

#[expect(unsafe_code, reason = "mapping a file is")]
fn mapped() -> MappedFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&sample()).unwrap();
    // SAFETY: nobody else knows the file, which is removed when this returns.
    unsafe { MappedFile::open(file.path()) }.unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

#[test]
fn readers_for_synchronous_code_pass_the_suite_in_place() {
    block_on(is_send(reader(&InPlace::new(file()))));
    block_on(is_send(reader(&InPlace::new(mapped()))));
    block_on(is_send(reader(&InPlace::new(BytesReader::new(sample())))));
    block_on(reader(&InPlace::new(BytesReader::new(
        std::rc::Rc::<[u8]>::from(sample()),
    ))));
}

#[test]
fn readers_for_synchronous_code_pass_the_suite_on_threads_for_blocking_work() {
    for runtime in [runtime(), tokio::runtime::Runtime::new().unwrap()] {
        runtime.block_on(is_send(reader(&Offloaded::new(file()))));
        runtime.block_on(is_send(reader(&Offloaded::new(mapped()))));
        runtime.block_on(is_send(reader(&Offloaded::new(BytesReader::new(sample())))));
    }
}

/// Tells which threads read.
struct Threads {
    bytes: Bytes,
    share: bool,
    read_on: std::sync::Mutex<Vec<ThreadId>>,
}

impl MassMapReader for Arc2<Threads> {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        assert_ne!(offset, 77, "a fault of the reader");
        self.0.read_on.lock().unwrap().push(thread::current().id());
        BytesReader::new(&self.0.bytes).read_exact_at(offset, length, f)
    }

    fn source_size(&self) -> Option<SourceSize> {
        Some(SourceSize::of_bytes(self.0.bytes.len() as u64))
    }

    fn shared_bytes(&self) -> Option<Bytes> {
        self.0.share.then(|| self.0.bytes.clone())
    }
}

/// An `Arc`, for which traits can be implemented here.
struct Arc2<T>(Arc<T>);

fn threads(share: bool) -> Arc<Threads> {
    Arc::new(Threads {
        bytes: sample().into(),
        share,
        read_on: Default::default(),
    })
}

#[test]
fn reads_are_on_another_thread_and_many_ranges_take_one_task() {
    let threads = threads(false);
    let offloaded = Offloaded::new(Arc2(Arc::clone(&threads)));
    runtime().block_on(async {
        let ranges = (0..offloaded.ranges_at_once() as u64).map(|number| number * 10..number * 10 + 5);
        offloaded.read_many(ranges.collect()).await.unwrap();
    });
    let mut read_on = threads.read_on.lock().unwrap().clone();
    assert_eq!(read_on.len(), offloaded.ranges_at_once());
    read_on.dedup();
    assert!(matches!(read_on[..], [thread] if thread != thread::current().id()));
}

#[test]
fn bytes_in_memory_take_no_task() {
    let threads = threads(true);
    let offloaded = Offloaded::new(Arc2(Arc::clone(&threads)));
    // Without a runtime, too.
    block_on(reader(&offloaded));
    assert!(threads.read_on.lock().unwrap().is_empty());
    assert_eq!(offloaded.shared_bytes(), Some(Bytes::from(sample())));
}

#[test]
fn without_a_runtime_a_read_fails_and_says_why() {
    let error = block_on(Offloaded::new(file()).read(0..5)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("no runtime of tokio"), "{error}");
}

#[test]
fn a_panic_of_the_reader_is_that_of_the_read() {
    let offloaded = Offloaded::new(Arc2(threads(false)));
    let runtime = runtime();
    let read = std::panic::AssertUnwindSafe(|| runtime.block_on(offloaded.read(77..80)));
    let panic = std::panic::catch_unwind(read).unwrap_err();
    assert!(
        panic
            .downcast_ref::<String>()
            .is_some_and(|text| text.contains("a fault of the reader"))
    );
    assert!(runtime.block_on(offloaded.read(78..80)).is_ok());
}

#[test]
fn a_file_of_unknown_length_cannot_be_read_from_its_end() {
    struct Endless;
    impl MassMapReader for Endless {
        fn read_exact_at<F, R>(&self, _: u64, length: u64, f: F) -> Result<R>
        where
            F: Fn(&[u8]) -> Result<R>,
        {
            f(&vec![7; usize::try_from(length).unwrap()])
        }
    }
    let in_place = InPlace::new(Endless);
    assert_eq!(block_on(in_place.read(5..8)).unwrap(), [7; 3][..]);
    for error in [
        block_on(in_place.read_suffix(10)).unwrap_err(),
        runtime()
            .block_on(Offloaded::new(Endless).read_suffix(10))
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("does not know the length"), "{error}");
    }
}

#[test]
fn a_file_that_is_replaced_goes_on_being_the_one_that_was_opened() {
    let folder = tempfile::tempdir().unwrap();
    let (path, new) = (folder.path().join("map"), folder.path().join("new"));
    std::fs::write(&path, sample()).unwrap();
    let in_place = InPlace::new(File::open(&path).unwrap()).with_location("map");
    std::fs::write(&new, [1; 1000]).unwrap();
    std::fs::rename(&new, &path).unwrap();
    block_on(reader(&in_place));
    let offloaded = Offloaded::of(in_place);
    runtime().block_on(reader(&offloaded));
    assert_eq!(offloaded.location(), "map");
}

#[test]
fn what_a_file_with_holes_stores_is_told_through_all_readers() {
    let file = file();
    file.set_len(1 << 40).unwrap();
    let length = SourceSize::of(&file).unwrap().length;
    let in_place = InPlace::new(file);
    let stored = in_place.stored_length().unwrap();
    assert!(stored < 1 << 30 && length == 1 << 40, "{stored} of {length}");
    let timer = massmap_async::TokioTimer::new;
    let limited = massmap_async::TimeLimit::new(&in_place, timer(), std::time::Duration::MAX);
    let hedged = massmap_async::Hedged::new(limited, timer(), massmap_async::HedgeDelay::Percentile(95.0));
    let cache = massmap_async::PageCache::new(1 << 20);
    let cached = massmap_async::Cached::new(hedged, &cache);
    assert_eq!(Arc::new(cached).stored_length(), Some(stored));
    assert_eq!(Offloaded::of(in_place).stored_length(), Some(stored));
}
