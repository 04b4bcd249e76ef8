//! Maps of every type that are dumped and built again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use massmap::{
    Compression, DuplicateKeys, FormatVersion, KnownHashLoader, MassMapBuilder, MassMapDefaultHashLoader,
    MassMapHashLoader, MemoryWriter, Xxh3HashLoader,
};
use serde::Serialize;

use crate::harness::Directory;
use crate::harness::round_trip::built_again;

type Builder = MassMapBuilder<KnownHashLoader>;

/// The formats of text.
const FORMATS: [&str; 4] = ["ndjson", "json", "csv", "tsv"];

/// Those with typed columns.
const COLUMNAR: &[&str] = match cfg!(feature = "parquet") {
    true => &["parquet", "arrow"],
    false => &[],
};

fn format_1() -> Builder {
    Builder::default()
}

fn format_2() -> Builder {
    Builder::default()
        .with_hash_config(Xxh3HashLoader::default_config())
        .with_format(FormatVersion::V2)
}

/// Builds a file, and checks that each format gives the same file again, or refuses it.
#[track_caller]
fn check_built<K: Serialize + Hash + Eq, V: Serialize>(
    builder: Builder,
    entries: &[(K, V)],
    refused: &[(&str, &str)],
) {
    let writer = MemoryWriter::new();
    builder.build(&writer, entries.iter()).unwrap();
    let file = writer.into_inner();
    let directory = Directory::with("a", &file);
    for format in FORMATS.iter().chain(COLUMNAR) {
        let again = built_again(&directory.path("a"), format);
        match (again, refused.iter().find(|(refusing, _)| refusing == format)) {
            (Ok(again), None) => assert!(again == file, "{format}"),
            (Err(message), Some((_, expected))) => assert!(message.contains(expected), "{message}"),
            (again, _) => panic!("{format}: {:?}", again.map(|_| "built")),
        }
    }
}

/// Entries in every way that may change how they are stored.
#[track_caller]
fn check<K: Serialize + Hash + Eq, V: Serialize>(entries: &[(K, V)], refused: &[(&str, &str)]) {
    check_built(format_2(), entries, refused);
    check_built(
        format_2().with_field_names(true).with_type_names(true),
        entries,
        refused,
    );
}

#[derive(Serialize, Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Event {
    Start,
    Move(i8),
    Line(u8, Option<char>),
    Stop { code: u64, why: String },
}

fn event(number: u64) -> Event {
    match number % 4 {
        0 => Event::Start,
        1 => Event::Move(number as i8),
        2 => Event::Line(number as u8, number.is_multiple_of(3).then_some('é')),
        _ => Event::Stop {
            code: number << 50,
            why: "\"reason\",".repeat(number as usize % 5),
        },
    }
}

#[derive(Serialize, Debug, Clone, PartialEq, Eq, Hash)]
struct Record {
    id: u32,
    tags: Vec<String>,
    event: Option<Event>,
}

fn record(number: u64) -> Record {
    Record {
        id: number as u32,
        tags: (0..number % 4).map(|tag| format!("tag {tag}")).collect(),
        event: (!number.is_multiple_of(5)).then(|| event(number)),
    }
}

/// Bytes, which serde has as a type of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

/// A message of all formats.
fn by_all(message: &str) -> Vec<(&'static str, &str)> {
    let formats = FORMATS.iter().chain(COLUMNAR);
    formats.map(|format| (*format, message)).collect()
}

#[track_caller]
fn check_values<V: Serialize>(value: impl Fn(u64) -> V) {
    check_values_but(value, &[]);
}

#[track_caller]
fn check_values_but<V: Serialize>(value: impl Fn(u64) -> V, refused: &[(&str, &str)]) {
    let entries: Vec<_> = (0..60)
        .map(|number| (format!("key {number}"), value(number)))
        .collect();
    check(&entries, refused);
}

#[track_caller]
fn check_keys<K: Serialize + Hash + Eq>(key: impl Fn(u64) -> K) {
    check_keys_but(key, &[]);
}

#[track_caller]
fn check_keys_but<K: Serialize + Hash + Eq>(key: impl Fn(u64) -> K, refused: &[(&str, &str)]) {
    let entries: Vec<_> = (0..60).map(|number| (key(number), number)).collect();
    check(&entries, refused);
}

const TAB: (&str, &str) = ("tsv", "a text with a tab, not what TSV can hold");
const BREAK: (&str, &str) = ("tsv", "a text with a line break, not what TSV can hold");
const EMPTY: &str = "is empty, not a text that a cell tells from a missing value";

#[test]
fn numbers_come_back() {
    check_values(|number| number as u8);
    check_values(|number| number as u16 * 1000);
    check_values(|number| u32::MAX - number as u32);
    check_values(|number| u64::MAX - number);
    check_values(|number| u128::MAX - u128::from(number));
    check_values(|number| -(number as i64) as i8);
    check_values(|number| -(number as i64) as i16 * 500);
    check_values(|number| i32::MIN + number as i32);
    check_values(|number| i64::MIN + number as i64);
    check_values(|number| i128::MIN + i128::from(number));
    check_values(|number| number as f32 / 7.0);
    check_values(|number| f64::from_bits(number.wrapping_mul(0x0123_4567_89ab_cdef) & !(1 << 62)));
    check_values(|number| {
        [0.0, -0.0, f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY][number as usize % 6]
    });
    check_values(|number| [f32::MAX, -0.0, f32::NAN, -f32::NAN, f32::INFINITY][number as usize % 5]);
    check_values(|number| number % 2 == 0);
    let nan =
        "is a NaN with a payload, not a float that has a text: only NaN and -NaN without a payload have";
    check_values_but(
        |number| f64::from_bits(f64::NAN.to_bits() + number % 2),
        &FORMATS.map(|format| (format, nan)),
    );
    check_values_but(
        |number| f32::from_bits(f32::NAN.to_bits() + number as u32 % 2),
        &FORMATS.map(|format| (format, nan)),
    );
}

#[test]
fn texts_and_bytes_come_back() {
    check_values(|number| char::from_u32(0x1f980 + number as u32));
    check_values(|number| "x\"',;\\ \u{feff}\u{2028}\u{1b}\u{7f}\u{9b}".repeat(number as usize % 3));
    check_values_but(|number| "a\tb".repeat(number as usize), &[TAB]);
    check_values_but(|number| "a\r\nb\n".repeat(number as usize), &[BREAK]);
    check_values_but(|number| ['\t', '\0', '"'][number as usize % 3], &[TAB]);
    check_values_but(
        |number| (number % 3 > 0).then(|| "x".repeat(number as usize % 2)),
        &[("csv", EMPTY), ("tsv", EMPTY)],
    );
    check_values(|number| (number % 3 > 0).then(|| vec!["x".repeat(number as usize % 2)]));
    check_values(|number| Bytes(vec![number as u8; number as usize]));
    check_values(|number| Bytes(vec![number as u8; 4]));
}

#[test]
fn compounds_come_back() {
    check_values(|_| ());
    check_values(|number| (number % 2 == 0).then_some(number));
    check_values(|_| None::<u8>);
    check_values(|number| vec![number as u8; number as usize % 20]);
    check_values(|_| Vec::<u8>::new());
    check_values(|number| vec![vec![Some(number)], vec![None], vec![]]);
    check_values(|number| [number as f32; 8]);
    check_values(|number| [[number as u16; 2]; 20]);
    check_values(|number| (number as u8, number.to_string(), (number % 2 == 0, -1.5f32)));
    check_values(|number| BTreeMap::from([(number.to_string(), number), ("all".to_owned(), 1)]));
    check_values(|number| HashMap::from([(number as i16, Some(number)), (-7, None)]));
    check_values(|number| BTreeMap::from([((number, 'a'), event(number)), ((1, 'b'), event(0))]));
    check_values(|_| BTreeMap::<u8, u8>::new());
    check_values(|number| BTreeSet::from([number, 7]));
    check_values(event);
    check_values(record);
    check_values(|number| (number % 4 > 0).then(|| record(number)));
    check_values(|number| (number % 3 > 0).then_some(number).ok_or(()));
    check_values(std::time::Duration::from_millis);
    check_values(|number| serde_json::json!({"n": number, "list": [1.5, null, -1], "deep": {"b": "a"}}));
    check_values(|number| match number % 5 {
        0 => serde_json::json!(null),
        1 => serde_json::json!(number),
        2 => serde_json::json!([number, "text", 0.5, {}]),
        3 => serde_json::json!({"b": number, "a": -1.0}),
        _ => serde_json::json!("text"),
    });
}

#[test]
fn what_only_the_program_that_wrote_a_file_can_read_is_refused() {
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Anything {
        Float(f32),
        Text(String),
    }
    let expected = "a float of 32 bits, not anything that JSON has, and the file does not say what is there: only a program that has the type can read it";
    check_values_but(
        |number| match number % 2 {
            0 => Anything::Float(0.5),
            _ => Anything::Text(String::new()),
        },
        &by_all(expected),
    );
}

#[test]
fn keys_come_back() {
    check_keys(|number| number as u16);
    check_keys(|number| number << 40);
    check_keys(|number| u128::MAX - u128::from(number));
    check_keys(|number| -(number as i64) as i16);
    check_keys(|number| i64::MIN + number as i64);
    check_keys(|number| i128::MIN + i128::from(number));
    check_keys(|number| char::from_u32(0x400 + number as u32).unwrap());
    check_keys(|number| "\0x".repeat(number as usize));
    check_keys_but(|number| format!("{number}\n"), &[BREAK]);
    check_keys(|number| (number > 0).then_some(number));
    check_keys(|number| {
        vec![number as u16; number as usize % 20 + 1]
            .into_iter()
            .chain([number as u16])
            .collect::<Vec<_>>()
    });
    check_keys(|number| vec![number.to_string(); number as usize]);
    check_keys(|number| number.to_be_bytes());
    check_keys(|number| Bytes(number.to_be_bytes().to_vec()));
    check_keys(|number| (number as u8 % 3, number.to_string(), Some((number, 'a'))));
    check_keys(|number| (event(number), number));
    check_keys(record);
    check_keys(|number| BTreeMap::from([(number.to_string(), number)]));
}

#[test]
fn entries_of_format_1_come_back() {
    let check = |entries: &[(u64, Record)], builder: Builder| check_built(builder, entries, &[]);
    let records: Vec<_> = (0..60).map(|number| (number, record(number))).collect();
    check(&records, format_1());
    check(
        &records,
        format_1()
            .with_field_names(true)
            .with_bucket_count(7)
            .with_hash_seed(3),
    );
    check(
        &records,
        format_1()
            .with_hash_config(Xxh3HashLoader::default_config())
            .with_hash_seed(9),
    );
    check(&records[..0], format_1());
    fn check_keys<K: Serialize + Hash + Eq>(key: impl Fn(u64) -> K) {
        let entries: Vec<_> = (0..60).map(|number| (key(number), number.to_string())).collect();
        check_built(format_1(), &entries, &[]);
    }
    check_keys(|number| number as u8);
    check_keys(|number| number.to_string());
    check_keys(|number| number as usize);
    check_keys(|number| i128::from(number) - 7);
    check_keys(|number| std::num::NonZero::new(number + 1).unwrap());
    check_keys(|number| (number as u8, Some(number.to_string())));
    check_keys(|number| {
        vec![number as i128; number as usize % 3]
            .into_iter()
            .chain([number.into()])
            .collect::<Vec<_>>()
    });
    check_keys(|number| char::from_u32(0x61 + number as u32).unwrap());
    // The name of this type does not tell what lies in the file.
    #[derive(Serialize)]
    struct Half(f32, u8);
    let halves: Vec<_> = (0..60u64).map(|number| (number, Half(0.5, 1))).collect();
    check_built(format_1(), &halves, &by_all("`[0]` is a float of 32 bits"));
    // But this does.
    let floats: Vec<_> = (0..60u64).map(|number| (number, 0.5f32)).collect();
    check_built(format_1(), &floats, &[]);
}

#[test]
fn settings_come_back() {
    let entries: Vec<_> = (0..500u64)
        .map(|number| {
            (
                number,
                format!(
                    "{{\"number\": {number}, \"text\": \"{}\"}}",
                    "text ".repeat(number as usize % 60)
                ),
            )
        })
        .collect();
    let zstd = Compression::zstd();
    let foldhash = MassMapDefaultHashLoader::default_config;
    for builder in [
        format_2(),
        format_2().with_hash_seed(u64::MAX),
        format_2().with_hash_config(foldhash()).with_hash_seed(7),
        format_2().with_page_size(512),
        format_2().with_page_size(16_384).with_miss_filter(true),
        format_2().with_longest_run(8),
        format_2().with_duplicate_keys(DuplicateKeys::KeepAll),
        format_2().with_duplicate_keys(DuplicateKeys::Last),
        format_2()
            .with_user_metadata("source", "here")
            .with_user_metadata("", "\0"),
        format_2().with_compression(zstd.clone()),
        format_2().with_compression(zstd.clone().with_level(1).with_dictionary_size(1000)),
        format_2().with_compression(zstd.clone().with_dictionary_size(0)),
        format_2().with_compression(zstd.with_dictionary(b"{\"number\": \"text\": \"text text".as_slice())),
        format_2().with_shard(2, 7),
        format_2().with_shard(0, 7).with_build_id([7; 16]),
        format_2()
            .with_type_names(true)
            .with_key_type_name("one")
            .with_value_type_name("another"),
        format_1().with_bucket_count(1),
        format_1().with_target_bucket_bytes(1000),
        format_1().with_shard(1, 2),
    ] {
        check_built(builder, &entries, &[]);
    }
    for builder in [
        format_2(),
        format_2().with_miss_filter(true).with_type_names(true),
        format_1(),
    ] {
        check_built(builder, &entries[..0], &[]);
    }
}

#[test]
fn entries_of_the_same_key_come_back_in_their_order() {
    let repeated: Vec<_> = (0..300u64).map(|number| (number % 7, event(number))).collect();
    check_built(
        format_2().with_duplicate_keys(DuplicateKeys::KeepAll),
        &repeated,
        &[],
    );
    // The last of the dropped entries is the only one with that variant.
    let mut dropped: Vec<_> = (0..100u64).map(|number| (number, Event::Move(1))).collect();
    dropped.push((99, Event::Start));
    check_built(
        format_2().with_duplicate_keys(DuplicateKeys::First),
        &dropped,
        &[],
    );
}
