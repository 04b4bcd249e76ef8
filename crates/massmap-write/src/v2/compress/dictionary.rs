//! Choosing the dictionary.

use massmap_format::CompressionDescription;

use super::samples::Samples;
use super::{ValueEncoder, train, version};
use crate::config::{Dictionary, Zstd};
use crate::error::WriteError;

/// The shortest dictionary that the library makes, in bytes.
const SHORTEST: u32 = 256;

/// Number of bytes of samples for each byte of the dictionary, as the library recommends.
const SAMPLES_PER_BYTE: u64 = 100;

/// If all values have so many times more bytes than the longest dictionary, shorter ones are not tried: what they would save is nothing
/// to the file.
const LARGE: u64 = 100;

/// The most bytes of samples that are compressed to see what a dictionary saves.
const MOST_TRIED: u64 = 512 << 10;

/// Number of bytes of samples that are needed to choose a dictionary.
pub(in crate::v2) fn sample_budget(compression: Option<&Zstd>) -> u64 {
    match compression.map(|zstd| &zstd.dictionary) {
        Some(Dictionary::Trained { limit }) if *limit >= SHORTEST => SAMPLES_PER_BYTE * u64::from(*limit),
        _ => 0,
    }
}

/// What a file says of its compression: with the dictionary that was given, or the one that makes it shortest.
pub(in crate::v2) fn choose_dictionary(
    compression: &Zstd,
    samples: &Samples,
) -> Result<CompressionDescription, WriteError> {
    let dictionary = match &compression.dictionary {
        Dictionary::Given(dictionary) => dictionary.to_vec(),
        Dictionary::Trained { limit } => best_dictionary(compression.level, *limit, samples)?,
    };
    Ok(compression.describe(dictionary, version()))
}

/// What a file says of its compression if nothing in it is compressed.
pub(in crate::v2) fn describe_unused(compression: &Zstd) -> CompressionDescription {
    let dictionary = match &compression.dictionary {
        Dictionary::Given(dictionary) => dictionary.to_vec(),
        Dictionary::Trained { .. } => Vec::new(),
    };
    compression.describe(dictionary, version())
}

/// The dictionary with which all values and itself take the fewest bytes, by the samples. It is empty where none pays.
fn best_dictionary(level: i32, limit: u32, samples: &Samples) -> Result<Vec<u8>, WriteError> {
    let lengths: Vec<_> = samples.iter().map(<[u8]>::len).collect();
    if lengths.is_empty() {
        return Ok(Vec::new());
    }
    let bytes: Vec<_> = samples.iter().flatten().copied().collect();
    let is_large = samples.length_of_all() / LARGE >= u64::from(limit);
    let sizes: &[u32] = match is_large {
        true => &[limit],
        false => &[limit, limit / 4, limit / 16],
    };
    let mut best = Vec::new();
    let mut lowest = cost(level, &best, samples)?;
    for size in sizes.iter().filter(|size| **size >= SHORTEST) {
        let Some(dictionary) = train(&bytes, &lengths, *size as usize) else {
            continue;
        };
        let cost = cost(level, &dictionary, samples)?;
        if cost < lowest {
            (lowest, best) = (cost, dictionary);
        }
    }
    Ok(best)
}

/// Estimates the number of bytes that all values and the dictionary take.
fn cost(level: i32, dictionary: &[u8], samples: &Samples) -> Result<u64, WriteError> {
    let mut context = ValueEncoder::new(dictionary, level)?.context()?;
    let (mut tried, mut stored) = (0, Vec::new());
    for sample in samples.iter() {
        context.encode(sample, &mut stored)?;
        tried += sample.len() as u64;
        if tried >= MOST_TRIED {
            break;
        }
    }
    let all = u128::from(samples.length_of_all()) * stored.len() as u128 / u128::from(tried.max(1));
    Ok(u64::try_from(all)
        .unwrap_or(u64::MAX)
        .saturating_add(dictionary.len() as u64))
}
