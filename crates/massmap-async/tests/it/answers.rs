//! Everything that a map says, in text, to compare ways to read it.

use std::fmt::Debug;
use std::io;

use futures_util::StreamExt;
use massmap_async::dynamic::{Key, Value};
use massmap_async::{AsyncReader, AsyncUntypedMap, Bytes};
use massmap_io::{AnyReader, MassMapReader, SourceSize};
use massmap_read::UntypedMap;

/// What is compared of a result: the value, or the kind of the error and its message, without what names the way it was read.
fn outcome<T: Debug>(result: io::Result<T>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => "the file ends early".to_owned(),
        Err(error) => format!("{:?}: {error}", error.kind()),
    }
}

/// Everything that a map says, one line each.
pub(crate) type Answers = Vec<String>;

/// Bytes that are read as those of a file are.
pub(crate) struct FileReader(pub(crate) Bytes);

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
pub(crate) fn keys_of(file: &Bytes) -> Vec<Value> {
    let map = UntypedMap::load(AnyReader::from(file.clone())).unwrap();
    if map.check_lookups().is_err() {
        return Vec::new();
    }
    let keys = map.iter().map(|entry| entry.unwrap().0);
    let step = 1 + map.len() as usize / 16;
    keys.step_by(step).collect()
}

pub(crate) fn sync_answers<R: MassMapReader>(reader: R, keys: &[Value]) -> Answers {
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

pub(crate) async fn async_answers<R: AsyncReader>(reader: R, keys: &[Value]) -> Answers {
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
pub(crate) fn assert_equal(name: &str, found: &Answers, expected: &Answers) {
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

/// Asserts that lookups in a damaged file give the same from a file and from memory, or an error from one of them: in memory, a part is
/// checked when it is first used.
#[track_caller]
pub(crate) fn assert_no_contradiction(
    name: &str,
    (from_file, from_memory): &(Answers, Answers),
    keys: &[Value],
) {
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
