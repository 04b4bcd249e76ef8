//! Files that are built again from what they say of themselves and of their entries.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;
use std::hash::Hash;

use massmap::dynamic::{KeyError, TypedKey, TypedValue};
use massmap::{
    BytesReader, Compression, DuplicateKeys, FormatVersion, KnownHashLoader, MassMapBuilder,
    MassMapDefaultHashLoader, MassMapHashLoader, MassMapInner, MemoryWriter, Xxh3HashLoader,
};
use serde::Serialize;

type Builder = MassMapBuilder<KnownHashLoader>;

fn loaded(file: &[u8]) -> MassMapInner<BytesReader<&[u8]>, KnownHashLoader> {
    MassMapInner::load(BytesReader::new(file)).unwrap()
}

fn built<K: Serialize + Hash + Eq, V: Serialize>(builder: Builder, entries: &[(K, V)]) -> Vec<u8> {
    let writer = MemoryWriter::new();
    builder.build(&writer, entries.iter()).unwrap();
    writer.into_inner()
}

/// The entries of a file as they can be had without their types.
fn typed(file: &[u8]) -> Vec<(TypedKey, TypedValue)> {
    let map = loaded(file);
    let (keys, [_, values]) = (map.key_schema().unwrap(), map.schemas());
    let blocks: Vec<_> = map.raw_blocks().map(Result::unwrap).collect();
    let entries = blocks.iter().flat_map(|block| block.iter());
    let typed = entries.map(|entry| {
        (
            TypedKey::encoded(&keys, entry.key.into()).unwrap(),
            TypedValue::encoded(&values, entry.value.into()).unwrap(),
        )
    });
    typed.collect()
}

/// Builds a file again without the types of its entries.
fn built_again(file: &[u8]) -> Vec<u8> {
    let map = loaded(file);
    let mut builder: Builder = MassMapBuilder::like(&map);
    if let Some(types) = map.entry_types() {
        builder = builder.with_entry_types(types.clone());
    }
    built(builder, &typed(file))
}

#[track_caller]
fn check_with<K: Serialize + Hash + Eq, V: Serialize>(builder: Builder, entries: &[(K, V)]) {
    let file = built(builder, entries);
    assert!(built_again(&file) == file, "{:?}", loaded(&file).meta);
}

fn format_2() -> Builder {
    <Builder as Default>::default()
        .with_hash_config(Xxh3HashLoader::default_config())
        .with_format(FormatVersion::V2)
}

/// Builds entries in several ways.
#[track_caller]
fn check<K: Serialize + Hash + Eq + Clone + Debug, V: Serialize + Clone>(entries: &[(K, V)]) {
    let foldhash = MassMapDefaultHashLoader::default_config;
    for field_names in [false, true] {
        let builder = || format_2().with_field_names(field_names);
        check_with(builder(), entries);
        check_with(builder().with_type_names(true), entries);
        check_with(builder().with_hash_seed(7), entries);
        check_with(builder().with_hash_config(foldhash()).with_hash_seed(7), entries);
    }
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
            code: number,
            why: "reason".repeat(number as usize % 5),
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

/// Values of a type under keys of different types.
#[track_caller]
fn check_values<V: Serialize + Clone>(value: impl Fn(u64) -> V) {
    let entries: Vec<_> = (0..300)
        .map(|number| (format!("key {number}"), value(number)))
        .collect();
    check(&entries);
    check(&entries[..1]);
}

/// Keys of a type.
#[track_caller]
fn check_keys<K: Serialize + Hash + Eq + Clone + Debug>(key: impl Fn(u64) -> K) {
    let entries: Vec<_> = (0..300).map(|number| (key(number), number)).collect();
    check(&entries);
}

#[test]
fn values_of_every_type_give_the_same_file() {
    check_values(|number| number as u8);
    check_values(|number| number as u16 * 200);
    check_values(|number| number as u32);
    check_values(|number| u64::MAX - number);
    check_values(|number| u128::MAX - u128::from(number));
    check_values(|number| -(number as i64) as i8);
    check_values(|number| -(number as i64) as i16);
    check_values(|number| -(number as i64) as i32);
    check_values(|number| i64::MIN + number as i64);
    check_values(|number| i128::MIN + i128::from(number));
    check_values(|number| number as usize);
    check_values(|number| number as f32 / 7.0);
    check_values(|number| f64::from_bits(number << 52));
    check_values(|number| number % 2 == 0);
    check_values(|number| char::from_u32(0x1f980 + number as u32));
    check_values(|number| "x".repeat(number as usize));
    check_values(|_| ());
    check_values(|number| (number % 2 == 0).then_some(number));
    check_values(|_| None::<u8>);
    check_values(|number| vec![number as u8; number as usize % 20]);
    check_values(|_| Vec::<u8>::new());
    check_values(|number| [number as f32; 8]);
    check_values(|number| [[number as u16; 2]; 20]);
    check_values(|number| (number as u8, number.to_string(), (number % 2 == 0, -1.5f32)));
    check_values(|number| BTreeMap::from([(number.to_string(), number), ("all".to_owned(), 1)]));
    check_values(|number| HashMap::from([(number as i16, Some(number))]));
    check_values(|_| BTreeMap::<u8, u8>::new());
    check_values(|number| BTreeSet::from([number, 7]));
    check_values(event);
    check_values(record);
    check_values(|number| {
        Ok::<_, ()>(number).and_then(|number| (number % 3 > 0).then_some(number).ok_or(()))
    });
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
fn keys_of_every_type_give_the_same_file() {
    check_keys(|number| number as u16);
    check_keys(|number| number as u32);
    check_keys(|number| number << 40);
    check_keys(|number| u128::MAX - u128::from(number));
    check_keys(|number| -(number as i64) as i16);
    check_keys(|number| -(number as i64) as i32);
    check_keys(|number| i64::MIN + number as i64);
    check_keys(|number| i128::MIN + i128::from(number));
    check_keys(|number| number as usize);
    check_keys(|number| char::from_u32(0x400 + number as u32).unwrap());
    check_keys(|number| "\0x".repeat(number as usize));
    check_keys(|number| (number > 0).then_some(number));
    check_keys(|number| vec![number as u16; number as usize % 20 + 1]);
    check_keys(|number| vec![number.to_string(); number as usize]);
    check_keys(|number| number.to_be_bytes());
    check_keys(|number| (number as u8 % 3, number.to_string(), Some((number, 'a'))));
    check_keys(|number| (event(number), number));
    check_keys(record);
    check_keys(|number| BTreeMap::from([(number.to_string(), number)]));
}

#[test]
fn settings_are_those_of_the_file() {
    let entries: Vec<_> = (0..2000u64)
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
    for builder in [
        format_2(),
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
        format_2()
            .with_type_names(true)
            .with_key_type_name("")
            .with_value_type_name("only"),
    ] {
        check_with(builder, &entries);
    }
    // Entries of a fixed width are not compressed, and the file says how they would be.
    let fixed: Vec<_> = (0..2000u64).map(|number| (number, number * number)).collect();
    check_with(
        format_2().with_compression(Compression::zstd().with_level(5)),
        &fixed,
    );
    check_with(format_2(), &fixed[..0]);
    check_with(
        format_2().with_miss_filter(true).with_type_names(true),
        &fixed[..0],
    );
}

#[test]
fn repeated_keys_stay_in_their_order_and_dropped_ones_leave_their_types() {
    let repeated: Vec<_> = (0..900u64).map(|number| (number % 100, number)).collect();
    check_with(format_2().with_duplicate_keys(DuplicateKeys::KeepAll), &repeated);
    // The last of the dropped entries is the only one with that variant.
    let mut dropped: Vec<_> = (0..100u64).map(|number| (number, Event::Move(1))).collect();
    dropped.push((99, Event::Start));
    check_with(format_2().with_duplicate_keys(DuplicateKeys::First), &dropped);
    dropped.reverse();
    check_with(format_2().with_duplicate_keys(DuplicateKeys::Last), &dropped);
}

#[test]
fn files_of_format_1_give_the_same_file_if_the_names_of_their_types_tell_enough() {
    fn format_1() -> Builder {
        <Builder as Default>::default()
    }
    fn check_keys<K: Serialize + Hash + Eq>(key: impl Fn(u64) -> K) {
        let entries: Vec<_> = (0..300).map(|number| (key(number), number)).collect();
        check_with(format_1(), &entries);
        check_with(format_1().with_bucket_count(7).with_hash_seed(3), &entries);
        let xxh3 = format_1().with_hash_config(Xxh3HashLoader::default_config());
        check_with(xxh3.with_duplicate_keys(DuplicateKeys::Last), &entries);
        check_with(format_1(), &entries[..0]);
    }
    check_keys(|number| number);
    check_keys(|number| number.to_string());
    check_keys(|number| number as usize);
    check_keys(|number| std::num::NonZero::new(number + 1).unwrap());
    check_keys(|number| (number as u8, Some(number.to_string())));
    check_keys(|number| vec![number as i128; number as usize % 3]);
    // Values of any other type are taken as they are stored.
    let values: Vec<_> = (0..300).map(|number| (number, record(number))).collect();
    check_with(format_1(), &values);
    let repeated: Vec<_> = (0..300u64).map(|number| (number % 7, number as f32)).collect();
    check_with(format_1(), &repeated);
}

#[test]
fn keys_that_are_hashed_in_a_way_of_their_own_are_refused() {
    #[derive(Serialize, PartialEq, Eq)]
    struct Own(u32);

    impl Hash for Own {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            state.write_u8(7);
        }
    }

    let file = built(format_2(), &[(Own(1), 1u8)]);
    assert!(matches!(
        loaded(&file).key_schema().unwrap_err(),
        KeyError::CustomHash { .. }
    ));
    let named = built(format_2().with_type_names(true), &[(Own(1), 1u8)]);
    assert!(matches!(
        loaded(&named).key_schema().unwrap_err(),
        KeyError::CustomHash { .. }
    ));
    let file = built(<Builder as Default>::default(), &[(Own(1), 1u8)]);
    assert!(matches!(
        loaded(&file).key_schema().unwrap_err(),
        KeyError::UnknownType { .. }
    ));
}

#[test]
fn types_are_widened_only_by_what_is_given() {
    let wide = built(format_2(), &[(1u64, Event::Start), (2, Event::Move(1))]);
    let types = loaded(&wide).entry_types().unwrap().clone();
    let one = [(1u64, Event::Start)];
    let shown = |builder: Builder| {
        loaded(&built(builder, &one))
            .entry_types()
            .unwrap()
            .value
            .to_string()
    };
    assert_eq!(shown(format_2()), "one of Start");
    assert_eq!(
        shown(format_2().with_entry_types(types.clone())),
        "one of Start, Move(i8)"
    );
    let format_1 = <Builder as Default>::default().with_entry_types(types);
    let error = format_1.build(&MemoryWriter::new(), one.iter()).unwrap_err();
    assert!(error.to_string().contains("what keys and values are"), "{error}");
}
