//! Writes files of format 2 with what is in them, for readers in other languages to be tested with.
//!
//! `reader_fixtures DIRECTORY` writes pairs of `NAME.massmap` and `NAME.json`; what the latter say is described in
//! `crates/massmap-format/python/test_reader.py`.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;

use massmap::{FormatVersion, MassMapBuilder, Xxh3HashLoader};
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
    Ok(())
}

impl Fixture {
    fn write<K>(&self, directory: &Path, key_type: &str, key: impl Fn(u64) -> K) -> Result<(), Box<dyn Error>>
    where
        K: Serialize + std::hash::Hash + Eq,
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
        MassMapBuilder::<Xxh3HashLoader>::default()
            .with_format(FormatVersion::V2)
            .with_hash_seed(self.entries)
            .with_page_size(self.page_size)
            .with_miss_filter(self.miss_filter)
            .with_user_metadata("note", "naïve")
            .build(&File::create(path.with_extension("massmap"))?, entries.iter())?;
        let description = json!({
            "key_type": key_type,
            "entries": entries,
            "missing": missing,
            "user_metadata": { "note": "naïve" },
        });
        fs::write(path.with_extension("json"), description.to_string())?;
        Ok(())
    }
}
