//! Every store answers every lookup correctly.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::thread;

use massmap_benches::data_directory;

use super::{ALL, store, unfit};
use crate::data::answers::{answer, weighted};
use crate::data::field::Field;
use crate::data::{DataSet, Entries, Visitor};
use crate::results::Kind;
use crate::stores::interface::{Cache, Open, Store};

struct AllStores;

impl Visitor for AllStores {
    /// The stores that cannot hold the entries.
    type Output = Vec<&'static str>;

    fn visit<K: Field, V: Field>(self, entries: Entries<K, V>) -> io::Result<Self::Output> {
        let mut omitted = Vec::new();
        for contender in ALL {
            let directory = tempfile::tempdir_in(data_directory()?)?;
            if unfit(contender.built_by, &entries).is_some() {
                omitted.push(contender.id);
                continue;
            }
            let builder = store(contender.built_by, &entries).unwrap();
            builder.build(&entries, directory.path()).unwrap();
            let store = store(contender.id, &entries).unwrap();
            check(store.as_ref(), &entries, directory.path());
        }
        Ok(omitted)
    }
}

fn check<K: Field, V: Field>(store: &dyn Store<K, V>, entries: &Entries<K, V>, directory: &Path) {
    for cache in [Cache::Warm, Cache::Cold] {
        let open = store.open(entries, directory, cache).unwrap();
        look_up(open.as_ref(), entries, 0..entries.count());
        let half = entries.count() / 2;
        thread::scope(|threads| {
            threads.spawn(|| look_up(open.as_ref(), entries, half..entries.count()));
            threads.spawn(|| look_up(open.as_ref(), entries, 0..half));
        });
    }
}

/// Looks up the entries with these numbers, and as many absent keys.
fn look_up<K: Field, V: Field>(open: &dyn Open<K>, entries: &Entries<K, V>, numbers: Range<u64>) {
    let mut reader = open.reader().unwrap();
    let (mut keys, mut answers) = (Vec::new(), Vec::new());
    for number in numbers {
        let (key, value) = entries.entry(number);
        let absent = entries.absent(number);
        assert_eq!(reader.get(&key).unwrap(), Some(value.digest()), "{key:?}");
        assert_eq!(reader.get(&absent).unwrap(), None, "{absent:?}");
        answers.extend([answer(Some(value.digest())), answer(None)]);
        keys.extend([key, absent]);
    }
    let sum = |answers: &[u64]| {
        let places = answers.iter().enumerate();
        let weighted = places.map(|(place, answer)| weighted(place, *answer));
        weighted.fold(0, u64::wrapping_add)
    };
    let mut times = hdrhistogram::Histogram::new(3).unwrap();
    assert_eq!(reader.get_all(&keys).unwrap(), sum(&answers));
    assert_eq!(reader.time_all(&keys, &mut times).unwrap(), sum(&answers));
    assert_eq!(times.len(), keys.len() as u64);
    for (batch, answers) in keys.chunks(128).zip(answers.chunks(128)) {
        assert_eq!(reader.get_batch(batch).unwrap(), sum(answers));
    }
}

fn check_all(data: DataSet, omitted: &[&str]) {
    for count in [1, 1000] {
        assert_eq!(data.visit(count, None, AllStores).unwrap(), omitted);
    }
}

#[test]
fn every_store_finds_integers_by_integers() {
    check_all(DataSet::Integers, &[]);
}

#[test]
fn every_store_finds_bytes_by_short_strings() {
    check_all(DataSet::Strings, &[]);
}

#[test]
fn every_store_finds_bytes_of_one_length_by_integers() {
    check_all(DataSet::Records, &["odht"]);
}

#[test]
fn every_store_finds_long_bytes_by_integers() {
    check_all(DataSet::Long, &["odht"]);
}

#[test]
fn every_store_finds_strings_by_strings_of_different_lengths() {
    check_all(DataSet::Names, &["odht"]);
}

#[test]
fn settings_of_other_stores_begin_with_their_version() {
    for contender in ALL {
        let is_known = contender.kind != Kind::Other || contender.title.contains("0.1.5");
        assert_eq!(contender.package.is_none(), is_known, "{}", contender.id);
        let settings = contender.settings();
        let after_name = settings.strip_prefix(contender.package.unwrap_or_default());
        let version = after_name.unwrap().trim_start().split(';').next().unwrap();
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        assert!(
            is_known || version.split('.').take(2).all(is_number),
            "{settings}"
        );
    }
}

#[test]
fn stores_that_do_not_support_key_lengths_are_omitted() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let check = |key: String, omitted: &[&str]| {
        fs::write(file.path(), format!("k\t1\n{key}\t2\n")).unwrap();
        let visited = DataSet::File.visit(u64::MAX, Some(file.path()), AllStores);
        assert_eq!(visited.unwrap(), omitted);
    };
    // Absent keys are one byte longer, which is not a reason to omit a store.
    check("l".repeat(511), &["odht"]);
    check("l".repeat(512), &["lmdb", "odht"]);
    check("l".repeat(0xffff), &["lmdb", "odht"]);
    check("l".repeat(0x10000), &["lmdb", "fjall", "odht"]);
    check(String::new(), &["lmdb", "fjall", "odht"]);
}
