//! Entries that are written and read again.

mod reading;
mod refusals;
mod schemas;

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use massmap::dynamic::{KeySchema, TypedKey, TypedValue};
use massmap::format::EntryTypes;
use massmap::{
    BytesReader, FormatVersion, KnownHashLoader, MassMapBuilder, MassMapHashLoader, MassMapInner,
    MemoryWriter, Xxh3HashLoader,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde::Serialize;

use super::*;
use crate::{EntryNames, EntrySchemas, EntryTask, Input, InputError, InputSettings, Source};

type Builder = MassMapBuilder<KnownHashLoader>;

const FORMATS: &[(ExportFormat, &str)] = &[
    (ExportFormat::Ndjson, "ndjson"),
    (ExportFormat::Json, "json"),
    (ExportFormat::Csv, "csv"),
    (ExportFormat::Tsv, "tsv"),
    #[cfg(feature = "parquet")]
    (ExportFormat::Parquet, "parquet"),
    #[cfg(feature = "parquet")]
    (ExportFormat::Arrow, "arrow"),
];

fn builder() -> Builder {
    <Builder as Default>::default()
        .with_hash_config(Xxh3HashLoader::default_config())
        .with_format(FormatVersion::V2)
}

fn built<K: Serialize + Hash + Eq, V: Serialize>(builder: Builder, entries: &[(K, V)]) -> Vec<u8> {
    let writer = MemoryWriter::new();
    builder.build(&writer, entries.iter()).unwrap();
    writer.into_inner()
}

fn loaded(file: &[u8]) -> MassMapInner<BytesReader<&[u8]>, KnownHashLoader> {
    MassMapInner::load(BytesReader::new(file)).unwrap()
}

/// The entries of a file in another format.
fn exported(file: &[u8], format: ExportFormat) -> Result<Vec<u8>, ExportError> {
    let map = loaded(file);
    let mut exported = Vec::new();
    let mut writer = entry_writer(format, &map.schemas(), &mut exported)?;
    for block in map.raw_blocks() {
        let block = block.unwrap();
        for entry in block.iter() {
            writer.write(entry.key, entry.value)?;
        }
    }
    writer.finish()?;
    Ok(exported)
}

/// Builds a file like another one.
struct BuildLike<'a>(&'a [u8]);

impl EntryTask for BuildLike<'_> {
    type Output = Result<Vec<u8>, String>;

    fn run<K: Serialize + Hash + Eq, V: Serialize>(
        self,
        _: &EntryNames,
        entries: impl Iterator<Item = Result<(K, V), InputError>>,
    ) -> Self::Output {
        let map = loaded(self.0);
        let mut builder = Builder::like(&map);
        if let Some(types) = map.entry_types() {
            builder = builder.with_entry_types(types.clone());
        }
        let entries: Result<Vec<_>, _> = entries.collect();
        Ok(built(builder, &entries.map_err(|error| error.message())?))
    }
}

/// Builds a file like `file` of a text, or says why not.
fn built_like(
    file: &[u8],
    text: impl AsRef<[u8]>,
    name: &str,
    change: impl FnOnce(&mut InputSettings),
) -> Result<Vec<u8>, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    let mut settings = InputSettings::new([Source::of_path(path)]);
    let map = loaded(file);
    settings.schemas = Some(EntrySchemas::of(&map).unwrap());
    settings.allow_empty = map.is_empty();
    change(&mut settings);
    let without_path = |message: String| message.replace(&format!("{}/", directory.path().display()), "");
    let input = Input::open(&settings).map_err(|error| without_path(error.message()))?;
    input.run(BuildLike(file)).map_err(without_path)
}

/// Writes a file in every format and builds it again. Gives the refusals of formats.
#[track_caller]
fn check(file: &[u8]) -> Vec<(&'static str, String)> {
    let mut refusals = Vec::new();
    for &(format, name) in FORMATS {
        match exported(file, format) {
            Ok(exported) => {
                let again = built_like(file, &exported, &format!("entries.{name}"), |_| {});
                let text = String::from_utf8_lossy(&exported);
                let again = again.unwrap_or_else(|error| panic!("{error}\n{text}"));
                assert!(again == file, "{name}: {text}");
            }
            Err(error) => refusals.push((name, error.to_string())),
        }
    }
    refusals
}

/// Builds entries in several ways, of which all formats hold all.
#[track_caller]
fn check_entries<K: Serialize + Hash + Eq, V: Serialize>(entries: &[(K, V)]) {
    for field_names in [false, true] {
        let file = built(builder().with_field_names(field_names), entries);
        assert_eq!(check(&file), []);
    }
}

/// Builds encoded entries of these types.
fn built_of(types: EntryTypes, entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let keys = KeySchema::of_file(Some(&types), "").unwrap();
    let values = StaticSchema::new(types.value.clone());
    let entries: Vec<_> = entries
        .iter()
        .map(|(key, value)| {
            let key = TypedKey::encoded(&keys, key.as_slice().into()).unwrap();
            (
                key,
                TypedValue::encoded(&values, value.as_slice().into()).unwrap(),
            )
        })
        .collect();
    let names = schemas::has_named_fields(&types);
    built(
        builder().with_field_names(names).with_entry_types(types),
        &entries,
    )
}

proptest! {
    #[test]
    fn entries_of_any_types_come_back(
        (types, entries) in schemas::types().prop_flat_map(|types| {
            let entries = schemas::entries(&types);
            (Just(types), entries)
        }),
    ) {
        let file = built_of(types, &entries);
        for (format, message) in check(&file) {
            let is_known = match format {
                "csv" => message.contains(" is empty, not"),
                "tsv" => {
                    message.contains(" is empty, not")
                        || message.contains(" a text with a tab, not")
                        || message.contains("a text with a line break, not")
                        || message.contains("a text that begins with a byte order mark, not")
                }
                _ => false,
            };
            prop_assert!(is_known, "{}: {}", format, message);
        }
    }

    #[test]
    fn bytes_that_are_something_else_are_errors_or_are_written(
        types in schemas::types(),
        bytes in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..40),
            schemas::types().prop_flat_map(|types| schemas::value(&types.value)),
        ],
    ) {
        let schemas = [types.key, types.value].map(StaticSchema::new);
        for &(format, _) in FORMATS {
            let mut text = Vec::new();
            let mut writer = entry_writer(format, &schemas, &mut text).unwrap();
            let is_text = !matches!(format, ExportFormat::Parquet | ExportFormat::Arrow);
            let mut is_whole = true;
            for (key, value) in [(&bytes, &bytes), (&vec![0xc0], &bytes)] {
                match writer.write(key, value) {
                    Ok(()) => {}
                    Err(ExportError::Refused { part, .. }) => {
                        is_whole = false;
                        prop_assert!(part.contains("a key") || part.contains("the key"));
                    }
                    // Columns have no room for another row then.
                    Err(ExportError::Write(_)) if !is_text && !is_whole => {}
                    Err(error) => return Err(TestCaseError::fail(error.to_string())),
                }
            }
            prop_assert_eq!(writer.finish().is_ok(), is_text || is_whole);
            prop_assert!(!is_text || str::from_utf8(&text).is_ok());
        }
        let mut lines = KeyLines::new(&schemas[0], Vec::new()).unwrap().raw();
        _ = lines.write(&bytes);
    }

    #[test]
    fn texts_that_are_something_else_are_errors_or_are_read(
        (types, entries) in schemas::types().prop_flat_map(|types| {
            let entries = schemas::entries(&types);
            (Just(types), entries)
        }),
        bytes in schemas::types().prop_flat_map(|types| schemas::value(&types.value)),
    ) {
        // What is JSON by another schema.
        let any = StaticSchema::new(massmap::Schema::Any);
        let mut json = Vec::new();
        prop_assume!(JsonText::new(&any).unwrap().write(&bytes, &mut json).is_ok());
        let json = String::from_utf8(json).unwrap();
        let file = built_of(types, &entries);
        for (name, text) in [
            ("a.ndjson", format!("[{json},{json}]")),
            ("a.json", format!("{{\"a\":{json}}}")),
            ("a.csv", format!("key,value\n{json},{json}\n")),
        ] {
            if let Err(message) = built_like(&file, text, name, |_| {}) {
                prop_assert!(message.starts_with(name) && message.chars().count() < 700, "{}", message);
            }
        }
    }
}

#[derive(Serialize, Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Event {
    Start,
    Move(i8),
    Line(u8, Option<char>),
    Stop { code: u64, why: String },
}

fn events() -> Vec<Event> {
    let stop = |code, why: &str| Event::Stop {
        code,
        why: why.to_owned(),
    };
    vec![
        Event::Start,
        Event::Move(-128),
        Event::Line(255, Some('é')),
        Event::Line(0, None),
        stop(u64::MAX, "\"a\",\\b"),
        stop(0, ""),
    ]
}

#[derive(Serialize, Debug, Clone, PartialEq, Eq, Hash)]
struct Record {
    id: u32,
    tags: Vec<String>,
    event: Option<Event>,
    #[serde(rename = "a, \"b\"")]
    odd: bool,
}

fn records() -> Vec<Record> {
    let record = |id, tags: &[&str], event| Record {
        id,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        event,
        odd: id % 2 == 1,
    };
    let mut records: Vec<_> = events()
        .into_iter()
        .map(|event| record(7, &["a", ""], Some(event)))
        .collect();
    records.push(record(u32::MAX, &[], None));
    records
}

#[test]
fn text_is_exactly_this() {
    let text = |format, entries: &[(&str, Record)]| {
        exported(&built(builder(), entries), format).map(String::from_utf8)
    };
    let text = |format, entries: &[(&str, Record)]| text(format, entries).unwrap().unwrap();
    let mut records = records();
    let entries = [("key", records.swap_remove(4))];
    let json = r#"["key",{"id":7,"tags":["a",""],"event":{"Stop":{"code":18446744073709551615,"why":"\"a\",\\b"}},"a, \"b\"":true}]"#;
    assert_eq!(text(ExportFormat::Ndjson, &entries), format!("{json}\n"));
    assert_eq!(text(ExportFormat::Json, &entries), format!("[\n{json}\n]\n"));
    assert_eq!(text(ExportFormat::Json, &[]), "[]\n");
    assert_eq!(
        text(ExportFormat::Csv, &entries),
        r#"key,id,tags,event,"a, ""b"""
key,7,"[""a"",""""]","{""Stop"":{""code"":18446744073709551615,""why"":""\""a\"",\\b""}}",true
"#
    );
    assert_eq!(
        text(ExportFormat::Tsv, &entries),
        "key\tid\ttags\tevent\ta, \"b\"\n\
         key\t7\t[\"a\",\"\"]\t{\"Stop\":{\"code\":18446744073709551615,\"why\":\"\\\"a\\\",\\\\b\"}}\ttrue\n"
    );
}

/// Bytes, which serde has as a type of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Bytes(&'static [u8]);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

fn numbered<V>(values: impl IntoIterator<Item = V>) -> Vec<(u32, V)> {
    (0..).zip(values).collect()
}

#[test]
fn extreme_values_come_back() {
    check_entries(&numbered([0, u8::MAX]));
    check_entries(&numbered([0, u64::MAX]));
    check_entries(&numbered([i64::MIN, -1, i64::MAX]));
    check_entries(&numbered([0, u128::MAX, u128::from(u64::MAX) + 1]));
    check_entries(&numbered([i128::MIN, -1, i128::MAX]));
    check_entries(&numbered([
        0.0,
        -0.0,
        f64::MIN_POSITIVE,
        5e-324,
        f64::MAX,
        f64::NAN,
        -f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.1,
        1e21,
        9_007_199_254_740_993.0,
    ]));
    check_entries(&numbered([
        0.1f32,
        -0.0,
        f32::MAX,
        1e-45,
        f32::NAN,
        -f32::NAN,
        f32::INFINITY,
        16_777_216.0,
    ]));
    check_entries(&numbered(['\0', '\u{10ffff}', '"', ',', '\u{1f980}']));
    check_entries(&numbered([Bytes(b""), Bytes(b"\0"), Bytes(&[255; 100])]));
    check_entries(&numbered([(), ()]));
    check_entries(&numbered([Some(5u8), None]));
    check_entries(&numbered([vec![vec![1u8], vec![]], vec![]]));
    check_entries(&numbered([[[1.5f32; 2]; 3]]));
    check_entries(&numbered([(1u8, "a", (true, -1.5f32)), (2, "", (false, 0.0))]));
    check_entries(&numbered(events()));
    check_entries(&numbered(records()));
    check_entries(&numbered([BTreeMap::from([("b", 1), ("a", 2)]), BTreeMap::new()]));
    check_entries(&numbered([HashMap::from([(-5i16, Some("x"))]), HashMap::new()]));
    check_entries(&numbered([BTreeMap::from([((1u8, 'a'), ()), ((2, 'b'), ())])]));
    check_entries(&numbered([BTreeMap::from([('x', 1u8), ('"', 2)])]));
    check_entries(&numbered([
        serde_json::json!({"b": [1, -1, 1.0, null, true], "a": {"": {}}}),
        serde_json::json!(null),
        serde_json::json!("text"),
        serde_json::json!(u64::MAX),
        serde_json::json!(-0.0),
    ]));
    let keys: Vec<_> = records().into_iter().zip(0u8..).collect();
    check_entries(&keys);
    let keys: Vec<_> = events()
        .into_iter()
        .map(|event| ((event, Some(1u8)), "v"))
        .collect();
    check_entries(&keys);
    check_entries(&[("", 1.5), ("\u{1b}[31m,\u{2028}\u{7f}", 2.5)]);
    check_entries(&[(Bytes(b""), 1u8), (Bytes(b"\xff\n"), 2)]);
    check_entries::<u8, u8>(&[]);
}
