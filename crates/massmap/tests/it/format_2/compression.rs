//! Files with compressed values.

mod hostile;
mod merging;
mod reading;
mod sameness;

use massmap::Compression;
use serde::{Deserialize, Serialize};

/// A document like many others.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
pub(super) struct Document {
    title: String,
    year: u16,
    tags: Vec<String>,
    text: String,
}

/// A number that looks random.
fn mixed(number: u64) -> u64 {
    let number = (number ^ number >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (number ^ number >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 7
}

/// Documents of one to twenty sentences.
pub(super) fn documents(range: std::ops::Range<u64>) -> Vec<(String, Document)> {
    const WORDS: [&str; 16] = [
        "the", "river", "of", "a", "former", "captain", "who", "returns", "to", "village", "and", "finds",
        "that", "nothing", "is", "there",
    ];
    let sentence = |seed: u64| -> String {
        let words = (0..9).map(|place| WORDS[(mixed(seed + place) % 16) as usize]);
        words.collect::<Vec<_>>().join(" ") + ". "
    };
    let document = |number: u64| Document {
        title: format!("The {} {}", WORDS[(mixed(number) % 16) as usize], number),
        year: 1900 + (mixed(number) % 120) as u16,
        tags: (0..number % 4)
            .map(|tag| WORDS[(mixed(number * 7 + tag) % 16) as usize].to_owned())
            .collect(),
        text: (0..1 + mixed(number) % 20)
            .map(|place| sentence(number * 1000 + place * 20))
            .collect(),
    };
    range
        .map(|number| (format!("document {number}"), document(number)))
        .collect()
}

/// Bytes that do not compress.
pub(super) fn noise(length: usize, seed: u64) -> String {
    (0..length as u64)
        .map(|place| char::from(33 + (mixed(seed * 1_000_003 + place) % 90) as u8))
        .collect()
}

/// Compression with a dictionary that is made quickly.
pub(super) fn zstd() -> Compression {
    Compression::zstd().with_level(3).with_dictionary_size(1 << 10)
}

/// A dictionary.
fn dictionary() -> Vec<u8> {
    let values = documents(1_000_000..1_000_020);
    values
        .iter()
        .flat_map(|(_, value)| rmp_serde::to_vec(value).unwrap())
        .collect()
}
