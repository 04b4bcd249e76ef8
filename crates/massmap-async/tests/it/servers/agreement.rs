//! Maps behind servers say what maps on this machine say, on every golden file and on damaged ones.

use std::future::Future;
use std::io::Write;
use std::sync::LazyLock;

use massmap_async::dynamic::Value;
use massmap_async::{
    AsyncReader, BlockingOptions, BlockingReader, Bytes, Cached, InPlace, MemoryReader, PageCache,
};
use massmap_io::{AnyReader, MappedFile};
use tokio::runtime::Runtime;

use super::served::Served;
use crate::answers::{
    Answers, FileReader, assert_equal, assert_no_contradiction, async_answers, keys_of, sync_answers,
};
use crate::maps::file::golden_files;

#[expect(unsafe_code, reason = "mapping a file is")]
fn mapped(file: &[u8]) -> MappedFile {
    let mut named = tempfile::NamedTempFile::new().unwrap();
    named.write_all(file).unwrap();
    // SAFETY: nobody else knows the file, which is removed when this returns.
    unsafe { MappedFile::open(named.path()) }.unwrap()
}

/// Waits in a runtime that serves its connections while others wait, too: clients of one store share them.
fn wait<T>(future: impl Future<Output = T>) -> T {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).enable_all().build().unwrap()
    });
    RUNTIME.block_on(future)
}

/// What maps on this machine say: from a file, and from memory.
fn local(name: &str, file: &Bytes, keys: &[Value]) -> (Answers, Answers) {
    let from_file = sync_answers(FileReader(file.clone()), keys);
    let from_memory = sync_answers(AnyReader::from(file.clone()), keys);
    if !file.is_empty() {
        let mapped = mapped(file);
        let found = sync_answers(mapped.clone(), keys);
        assert_equal(&format!("{name}, mapped"), &found, &from_memory);
        let found = wait(async_answers(InPlace::new(mapped), keys));
        assert_equal(&format!("{name}, mapped and async"), &found, &from_memory);
    }
    let found = wait(async_answers(MemoryReader::new(file.clone()), keys));
    assert_equal(&format!("{name}, in memory and async"), &found, &from_memory);
    (from_file, from_memory)
}

/// A reader for programs without a runtime, which does not have most of the file at once.
fn blocking<R: AsyncReader>(reader: R) -> std::io::Result<BlockingReader<R>> {
    BlockingOptions::new().first_read(512).open(reader)
}

#[test]
fn every_golden_file_gives_the_same_answers_over_http() {
    let mut all = Served::in_process();
    all.extend(Served::nginx());
    for (name, file) in golden_files() {
        let keys: Vec<Value> = keys_of(&file).into_iter().step_by(2).collect();
        let (expected, from_memory) = local(&name, &file, &keys);
        assert_equal(&name, &from_memory, &expected);
        for served in &all {
            let name = format!("{name} over {}", served.name());
            served.put(&file);
            let found = wait(async_answers(served.reader(), &keys));
            assert_equal(&name, &found, &expected);
            let found = sync_answers(blocking(served.reader()).unwrap(), &keys);
            assert_equal(&format!("{name}, blocking"), &found, &expected);
        }
    }
    for served in &all {
        assert!(served.is_asked_by_get_alone(), "over {}", served.name());
    }
}

#[test]
fn every_golden_file_gives_the_same_answers_over_s3() {
    let Some(served) = Served::moto() else {
        return;
    };
    for (name, file) in golden_files() {
        // A request takes moto some milliseconds.
        let keys: Vec<Value> = keys_of(&file).into_iter().step_by(6).collect();
        let expected = sync_answers(FileReader(file.clone()), &keys);
        served.put(&file);
        let found = wait(async_answers(served.reader(), &keys));
        assert_equal(&name, &found, &expected);
        let found = sync_answers(BlockingReader::open(served.reader()).unwrap(), &keys);
        assert_equal(&format!("{name}, blocking"), &found, &expected);
    }
    assert!(served.is_asked_by_get_alone());
}

/// Asserts that a damaged file says the same over the server as on this machine.
fn assert_alike(served: &Served, name: &str, file: &Bytes, keys: &[Value]) {
    let answers = local(name, file, keys);
    assert_no_contradiction(name, &answers, keys);
    let (expected, _) = answers;
    let name = format!("{name} over {}", served.name());
    served.put(file);
    let found = wait(async_answers(served.reader(), keys));
    assert_equal(&name, &found, &expected);
    let found = wait(async_answers(
        Cached::new(served.reader(), &PageCache::new(1 << 20)),
        keys,
    ));
    assert_equal(&format!("{name}, cached"), &found, &expected);
    let found = sync_answers(blocking(served.reader()).unwrap(), keys);
    assert_equal(&format!("{name}, blocking"), &found, &expected);
}

#[test]
fn damaged_golden_files_give_the_same_answers_over_http_and_s3() {
    let all = Served::in_process();
    for (number, (name, file)) in golden_files().into_iter().enumerate() {
        let keys: Vec<Value> = keys_of(&file).into_iter().step_by(5).collect();
        let served = &all[number % all.len()];
        // Other places in each file, so that all parts of one are damaged in some.
        for flip in 0..2 {
            let place = (number * 7919 + flip * file.len() / 2) % file.len();
            let bit = (number + flip) % 8;
            let mut damaged = file.to_vec();
            damaged[place] ^= 1 << bit;
            let name = format!("{name} with bit {bit} of byte {place} flipped");
            assert_alike(served, &name, &damaged.into(), &keys);
        }
        for length in [number * 7919 % file.len(), file.len() - 1 - number % 24] {
            let name = format!("{name}, its first {length} bytes");
            assert_alike(served, &name, &file.slice(..length), &keys);
        }
    }
    for served in &all {
        assert!(served.is_asked_by_get_alone(), "over {}", served.name());
    }
}
