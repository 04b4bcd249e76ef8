//! Writes files of format 2 with what is in them, for readers in other languages to be tested with.
//!
//! `reader_fixtures DIRECTORY` writes pairs of `NAME.massmap` and `NAME.json`; what the latter say is described in
//! `crates/massmap-format/python/test_reader.py`.

use std::error::Error;
use std::fs;
use std::hash::{Hash, Hasher};
use std::num::NonZero;
use std::path::Path;

use massmap::{Compression, FormatVersion, MassMapBuilder, MemoryWriter, Xxh3HashLoader};
use serde::Serialize;
use serde_json::{Value, json};

/// What one file is like.
struct Fixture {
    name: &'static str,
    page_size: u32,
    miss_filter: bool,
    entries: u64,
    /// Length of every seventh value, in bytes; the others are small.
    large: usize,
}

const FIXTURES: [Fixture; 6] = [
    Fixture {
        name: "small",
        page_size: 512,
        miss_filter: true,
        entries: 300,
        large: 3,
    },
    Fixture {
        name: "middle",
        page_size: 4096,
        miss_filter: false,
        entries: 20_000,
        large: 3,
    },
    Fixture {
        name: "runs",
        page_size: 512,
        miss_filter: true,
        entries: 200,
        large: 7_000,
    },
    Fixture {
        name: "wide-runs",
        page_size: 4096,
        miss_filter: false,
        entries: 50,
        large: 300_000,
    },
    Fixture {
        name: "empty",
        page_size: 4096,
        miss_filter: true,
        entries: 0,
        large: 0,
    },
    Fixture {
        name: "single",
        page_size: 4096,
        miss_filter: false,
        entries: 1,
        large: 0,
    },
];

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os()
        .nth(1)
        .ok_or("usage: reader_fixtures DIRECTORY")?;
    let directory = Path::new(&directory);
    fs::create_dir_all(directory)?;
    for fixture in &FIXTURES {
        fixture.write(directory, "string", |number| format!("key {number} ключ"))?;
        fixture.write(directory, "u64", |number| {
            number.wrapping_mul(0x0123_4567_89ab_cdef)
        })?;
    }
    write_key_types(directory)?;
    write_fixed_values(directory)?;
    write_compressed(directory)
}

/// A struct of fixed width.
#[derive(Serialize)]
struct Price {
    cents: i32,
    is_final: bool,
}

/// Bytes that are stored as such.
struct Three([u8; 3]);

impl Serialize for Three {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl Three {
    /// As Python's reader gives them in JSON.
    fn expected(&self) -> Value {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let [a, b, c] = self.0.map(usize::from);
        let bits = a << 16 | b << 8 | c;
        let digits = [18, 12, 6, 0].map(|shift| char::from(DIGITS[bits >> shift & 63]));
        json!({ "base64": String::from_iter(digits) })
    }
}

/// Writes files whose entries have a fixed width.
fn write_fixed_values(directory: &Path) -> Result<(), Box<dyn Error>> {
    let price = |number: u64| Price {
        cents: 700 - i32::try_from(number).expect("the numbers are small"),
        is_final: number.is_multiple_of(3),
    };
    write_fixed(directory, "integers", false, |number| {
        let value = u64::MAX >> (number % 64);
        (value, json!(value))
    })?;
    write_fixed(directory, "units", false, |_| ((), Value::Null))?;
    write_fixed(directory, "structs", false, |number| {
        let price = price(number);
        let expected = json!([price.cents, price.is_final]);
        (price, expected)
    })?;
    write_fixed(directory, "named", true, |number| {
        let expected = json!([price(number), [number as f64 / 8.0, -1.5], "é"]);
        ((price(number), [number as f64 / 8.0, -1.5], 'é'), expected)
    })?;
    write_fixed(directory, "bytes", false, |number| {
        let [a, b, ..] = number.to_le_bytes();
        let bytes = Three([a, b, a ^ 0xff]);
        let expected = bytes.expected();
        ((bytes, [(1u8, -1i16); 2]), json!([expected, [[1, -1], [1, -1]]]))
    })
}

/// Writes entries with the values that `value` gives, and the JSON that is expected of them.
fn write_fixed<V: Serialize>(
    directory: &Path,
    name: &str,
    field_names: bool,
    value: impl Fn(u64) -> (V, Value),
) -> Result<(), Box<dyn Error>> {
    let key = |number: u64| (u32::MAX >> (number % 32), number);
    let path = directory.join(format!("fixed-{name}.massmap"));
    let builder = MassMapBuilder::<Xxh3HashLoader>::default()
        .with_format(FormatVersion::V2)
        .with_page_size(512)
        .with_miss_filter(true)
        .with_field_names(field_names);
    builder.build_to_path(&path, (0..500).map(|number| (key(number), value(number).0)))?;
    let entries: Vec<_> = (0..500).map(|number| (key(number), value(number).1)).collect();
    let missing: Vec<_> = (500..700).map(key).collect();
    let description = json!({ "entries": entries, "missing": missing, "user_metadata": {} });
    fs::write(path.with_extension("json"), description.to_string())?;
    Ok(())
}

/// Writes files with compressed values: with a dictionary of the file's own values, a given one and none, and with values that are
/// long or do not compress.
fn write_compressed(directory: &Path) -> Result<(), Box<dyn Error>> {
    let text = |number: u64| match number % 50 {
        // A generator whose output does not compress.
        0 => (0..number)
            .map(|place| char::from(b'!' + (place * place * 7919 % 101 * (number + 3) % 89) as u8))
            .collect::<String>(),
        1 => "long ".repeat(usize::try_from(number * 1_000).unwrap_or(0)),
        _ => format!("the value number {number} of {}", number % 7).repeat(1 + number as usize % 9),
    };
    let value =
        |number: u64| json!([number, text(number), { "a field": null, "another": number as f64 / 4.0 }]);
    let dictionary = "of the value number another a field ".repeat(5);
    for (name, compression) in [
        ("trained", Compression::zstd().with_dictionary_size(8 << 10)),
        (
            "given",
            Compression::zstd().with_level(3).with_dictionary(dictionary),
        ),
        ("plain", Compression::zstd().with_dictionary_size(0)),
    ] {
        let entries: Vec<_> = (0..600)
            .map(|number| (format!("key {number}"), value(number)))
            .collect();
        let missing: Vec<_> = (600..700).map(|number| format!("key {number}")).collect();
        let path = directory.join(format!("compressed-{name}.massmap"));
        let builder = MassMapBuilder::<Xxh3HashLoader>::default()
            .with_format(FormatVersion::V2)
            .with_compression(compression);
        builder.build_to_path(&path, entries.iter())?;
        let description = json!({ "entries": entries, "missing": missing, "user_metadata": {} });
        fs::write(path.with_extension("json"), description.to_string())?;
    }
    Ok(())
}

/// A struct of this program.
#[derive(Serialize, PartialEq, Eq, Hash)]
struct Struct {
    number: u64,
    name: &'static str,
}

/// An enum of this program.
#[derive(Serialize, PartialEq, Eq, Hash)]
enum Choice {
    Nothing,
    Number(u32),
    Pair(u8, char),
    Named { text: String },
}

/// A key that is hashed in a way of its own: in lower case.
#[derive(Serialize, PartialEq, Eq)]
struct AnyCase(String);

impl Hash for AnyCase {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_lowercase().hash(state);
    }
}

/// Writes a file for each of many types of keys, and one whose keys are hashed in a way of their own.
fn write_key_types(directory: &Path) -> Result<(), Box<dyn Error>> {
    fn narrow<T: TryFrom<u64, Error: std::fmt::Debug>>(number: u64) -> T {
        T::try_from(number).expect("the numbers are small")
    }
    fn letter(number: u64) -> char {
        ['a', 'é', '漢', '🦀', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'][narrow::<usize>(number)]
    }
    fn optional(number: u64) -> Option<u64> {
        (number != 3).then_some(number << 40)
    }
    write_keys(directory, "u8", narrow::<u8>)?;
    write_keys(directory, "u16", |number| narrow::<u16>(number) << 12)?;
    write_keys(directory, "u32", narrow::<u32>)?;
    write_keys(directory, "u64", |number| number)?;
    write_keys(directory, "u128", u128::from)?;
    write_keys(directory, "usize", narrow::<usize>)?;
    write_keys(directory, "i8", |number| narrow::<i8>(number) - 5)?;
    write_keys(directory, "i32", |number| 5 - (narrow::<i32>(number) << 20))?;
    write_keys(directory, "i64", |number| narrow::<i64>(number) - 3)?;
    write_keys(directory, "i128", |number| i128::from(number) - 5)?;
    write_keys(directory, "nonzero", |number| {
        NonZero::new(number + 1).expect("one and more")
    })?;
    write_keys(directory, "char", letter)?;
    write_keys(directory, "str", |number| &"abcdefghijkl"[..narrow(number)])?;
    write_keys(directory, "boxed", |number| format!("{number}").into_boxed_str())?;
    write_keys(directory, "bytes", |number| {
        vec![narrow::<u8>(20 * number); narrow(number)]
    })?;
    write_keys(directory, "words", |number| vec![narrow::<u16>(300 * number); 3])?;
    write_keys(directory, "array", |number| [narrow::<u8>(number), 7])?;
    write_keys(directory, "tuple", |number| {
        (narrow::<u32>(number), format!("{number}"))
    })?;
    write_keys(directory, "nested", |number| {
        ((number % 2 == 0, letter(number)), [number; 2])
    })?;
    write_keys(directory, "optional", optional)?;

    // All that there are.
    let entries = [(true, 1), (false, 0)];
    let expected = json!({ "entries": entries, "missing": [], "user_metadata": {} });
    let builder = || MassMapBuilder::<Xxh3HashLoader>::default().with_format(FormatVersion::V2);
    let path = directory.join("keys-bool.massmap");
    builder().build_to_path(&path, entries.iter())?;
    fs::write(path.with_extension("json"), expected.to_string())?;

    write_keys(directory, "struct", |number| Struct {
        number,
        name: if number == 7 { "seven" } else { "other" },
    })?;
    write_keys(directory, "enum", |number| match number % 4 {
        0 if number == 0 => Choice::Nothing,
        0 | 1 => Choice::Number(narrow::<u32>(number)),
        2 => Choice::Pair(narrow::<u8>(number), letter(number)),
        _ => Choice::Named {
            text: number.to_string(),
        },
    })?;
    builder().build_to_path(
        directory.join("custom.massmap"),
        (0..10u64).map(|number| (AnyCase(format!("KEY {number}")), number)),
    )?;
    Ok(())
}

/// Writes ten entries, whose values are the numbers of their keys, and says so, with two more keys that are missing.
fn write_keys<K>(directory: &Path, name: &str, key: impl Fn(u64) -> K) -> Result<(), Box<dyn Error>>
where
    K: Serialize + Hash + Eq,
{
    let entries: Vec<_> = (0..10).map(|number| (key(number), number)).collect();
    let path = directory.join(format!("keys-{name}.massmap"));
    MassMapBuilder::<Xxh3HashLoader>::default()
        .with_format(FormatVersion::V2)
        .with_page_size(512)
        .build_to_path(&path, entries.iter())?;
    let description = json!({
        "entries": entries,
        "missing": [key(10), key(11)],
        "user_metadata": {},
    });
    fs::write(path.with_extension("json"), description.to_string())?;
    Ok(())
}

impl Fixture {
    fn write<K>(&self, directory: &Path, key_type: &str, key: impl Fn(u64) -> K) -> Result<(), Box<dyn Error>>
    where
        K: Serialize + Hash + Eq,
    {
        let value = |number: u64| match number % 7 {
            3 => json!("x".repeat(self.large)),
            _ => json!([number, format!("value {number}"), null, -1.5]),
        };
        let entries: Vec<(K, Value)> = (0..self.entries)
            .map(|number| (key(number), value(number)))
            .collect();
        let missing: Vec<K> = (self.entries..self.entries + 200).map(&key).collect();

        let path = directory.join(format!("{}-{key_type}", self.name));
        let builder = MassMapBuilder::<Xxh3HashLoader>::default()
            .with_format(FormatVersion::V2)
            .with_hash_seed(self.entries)
            .with_page_size(self.page_size)
            .with_user_metadata("note", "naïve");
        let writer = MemoryWriter::new();
        builder
            .with_miss_filter(self.miss_filter)
            .build(&writer, entries.iter())?;
        let file = writer.into_inner();
        fs::write(path.with_extension("massmap"), file)?;
        let description = json!({
            "entries": entries,
            "missing": missing,
            "user_metadata": { "note": "naïve" },
        });
        fs::write(path.with_extension("json"), description.to_string())?;
        Ok(())
    }
}
