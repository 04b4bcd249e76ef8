//! Maps that are read synchronously, asynchronously, and in memory answer alike, on every golden file and on damaged ones.

use futures_executor::block_on;
use massmap_async::dynamic::Value;
use massmap_async::{Bytes, MemoryReader};
use massmap_io::AnyReader;

use super::file::golden_files;
use super::store::Store;
use crate::answers::{
    Answers, FileReader, assert_equal, assert_no_contradiction, async_answers, keys_of, sync_answers,
};

/// Asserts that waiting for bytes makes no difference, and returns the answers from a file and those from memory.
#[track_caller]
fn assert_alike(name: &str, file: &Bytes, keys: &[Value]) -> (Answers, Answers) {
    let from_file = sync_answers(FileReader(file.clone()), keys);
    let from_memory = sync_answers(AnyReader::from(file.clone()), keys);
    block_on(async {
        let remote = async_answers(Store::new(file.clone()).reader(), keys).await;
        assert_equal(&format!("{name}, from a store"), &remote, &from_file);
        let memory = async_answers(MemoryReader::new(file.clone()), keys).await;
        assert_equal(&format!("{name}, in memory"), &memory, &from_memory);
    });
    (from_file, from_memory)
}

#[test]
fn every_golden_file_gives_the_same_answers() {
    for (name, file) in golden_files() {
        let keys = keys_of(&file);
        let (from_file, from_memory) = assert_alike(&name, &file, &keys);
        assert_equal(&name, &from_memory, &from_file);
    }
}

#[test]
fn golden_files_with_changed_bits_give_the_same_answers() {
    for (name, file) in golden_files() {
        let keys = keys_of(&file);
        let step = 1 + file.len() / 40;
        for (number, place) in (0..file.len()).step_by(step).enumerate() {
            let mut damaged = file.to_vec();
            damaged[place] ^= 1 << (number % 8);
            let name = format!("{name} with bit {} of byte {place} flipped", number % 8);
            let answers = assert_alike(&name, &damaged.into(), &keys);
            assert_no_contradiction(&name, &answers, &keys);
        }
    }
}

#[test]
fn golden_files_that_are_cut_off_give_the_same_answers() {
    for (name, file) in golden_files() {
        let keys = keys_of(&file);
        let step = 1 + file.len() / 12;
        for length in (0..file.len()).step_by(step) {
            let name = format!("{name}, its first {length} bytes");
            let answers = assert_alike(&name, &file.slice(..length), &keys);
            assert_no_contradiction(&name, &answers, &keys);
        }
    }
}
