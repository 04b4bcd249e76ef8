//! Maps that are read synchronously, asynchronously, and in memory answer alike, on every golden file and on damaged ones.

use std::fmt::Debug;
use std::io;

use futures_executor::block_on;
use futures_util::StreamExt;
use massmap_async::dynamic::{Key, Value};
use massmap_async::{AsyncReader, AsyncUntypedMap, Bytes, MemoryReader};
use massmap_io::{AnyReader, MassMapReader, SourceSize};
use massmap_read::UntypedMap;

use super::file::golden_files;
use super::store::Store;

/// What is compared of a result: the value, or the kind of the error and its message, without what names the way it was read.
fn outcome<T: Debug>(result: io::Result<T>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => "the file ends early".to_owned(),
        Err(error) => format!("{:?}: {error}", error.kind()),
    }
}

/// Everything that a map says, one line each.
type Answers = Vec<String>;

/// Bytes that are read as those of a file are.
struct FileReader(Bytes);

impl MassMapReader for FileReader {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> io::Result<R>
    where
        F: Fn(&[u8]) -> io::Result<R>,
    {
        AnyReader::from(self.0.clone()).read_exact_at(offset, length, f)
    }

    fn source_size(&self) -> Option<SourceSize> {
        Some(SourceSize::of_bytes(self.0.len() as u64))
    }
}

/// Keys to look up: some of the file as it was before it was damaged.
fn keys_of(file: &Bytes) -> Vec<Value> {
    let map = UntypedMap::load(AnyReader::from(file.clone())).unwrap();
    if map.check_lookups().is_err() {
        return Vec::new();
    }
    let keys = map.iter().map(|entry| entry.unwrap().0);
    let step = 1 + map.len() as usize / 16;
    keys.step_by(step).collect()
}

fn sync_answers<R: MassMapReader>(reader: R, keys: &[Value]) -> Answers {
    let map = match UntypedMap::load(reader) {
        Ok(map) => map,
        Err(error) => return vec![outcome(Err::<(), _>(error))],
    };
    if let Err(error) = map.check_keys() {
        return vec![outcome(Err::<(), _>(error))];
    }
    let mut answers = vec![map.len().to_string()];
    for key in keys {
        answers.push(format!("{key:?}: {}", outcome(map.get(Key::from(key)))));
    }
    answers.push(outcome(map.batch_get(keys.iter().map(Key::from))));
    answers.extend(map.iter().map(outcome));
    answers.push(format!("{:?}", map.verify()));
    answers
}

async fn async_answers<R: AsyncReader>(reader: R, keys: &[Value]) -> Answers {
    let map = match AsyncUntypedMap::open(reader).await {
        Ok(map) => map,
        Err(error) => return vec![outcome(Err::<(), _>(error))],
    };
    if let Err(error) = map.check_keys().await {
        return vec![outcome(Err::<(), _>(error))];
    }
    let mut answers = vec![map.len().to_string()];
    for key in keys {
        answers.push(format!("{key:?}: {}", outcome(map.get(Key::from(key)).await)));
    }
    answers.push(outcome(map.batch_get(keys.iter().map(Key::from)).await));
    answers.extend(map.iter().map(outcome).collect::<Vec<_>>().await);
    answers.push(format!("{:?}", map.verify().await));
    answers
}

#[track_caller]
fn assert_equal(name: &str, found: &Answers, expected: &Answers) {
    if let ([found], [expected]) = (&found[..], &expected[..]) {
        // It does not open. A file that ends early may be noticed by its length or by its header.
        let kind = |error: &str| error.split(':').next().map(str::to_owned);
        assert_eq!(kind(found), kind(expected), "{name}");
        return;
    }
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected, "{name}");
    }
    assert_eq!(found.len(), expected.len(), "{name}");
}

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

/// Asserts that lookups in a damaged file give the same from a file and from memory, or an error from one of them: in memory, a part is
/// checked when it is first used.
#[track_caller]
fn assert_no_contradiction(name: &str, (from_file, from_memory): &(Answers, Answers), keys: &[Value]) {
    let lookups = |answers: &Answers| match answers.len() > 1 {
        true => answers[1..=keys.len()].to_vec(),
        false => Vec::new(),
    };
    for (one, other) in lookups(from_file).iter().zip(&lookups(from_memory)) {
        let is_error = |answer: &str| !answer.contains(": Some(") && !answer.ends_with(": None");
        assert!(
            one == other || is_error(one) || is_error(other),
            "{name}: {one}, {other}"
        );
    }
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
