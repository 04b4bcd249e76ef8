//! Keys that the map does not have.

use massmap::UntypedMap;
use massmap::dynamic::{Key, Value};

use super::keys::{Budget, Sample};
use crate::commands::random::Random;

/// How much memory a key may take once it is decoded, in bytes.
const LARGEST_KEY: usize = 1 << 20;

/// The widths of the integers that are tried, in bits: types of integers differ.
const WIDTHS: [u32; 8] = [64, 63, 32, 31, 16, 15, 8, 7];

/// A key for each of `samples`, of about the same form, that the map does not have; fewer, if time is short or if there are hardly any.
///
/// # Errors
///
/// Those of lookups.
pub(super) fn keys(map: &UntypedMap, samples: &[Sample], budget: Budget) -> massmap::Result<Vec<Box<[u8]>>> {
    let mut random = Random::new(2);
    let mut keys = Vec::new();
    for sample in samples {
        if budget.is_used_up() && !keys.is_empty() {
            break;
        }
        // What is too large to be decoded has no counterpart.
        let Ok(mut value) = map.key_type().decode(&sample.key, LARGEST_KEY) else {
            continue;
        };
        for bits in WIDTHS {
            alter(&mut value, bits, &mut random);
            // Not every integer is one of the type, for example.
            let Ok(key) = map.key_type().key(&value) else {
                continue;
            };
            if !map.contains_key(Key::encoded(key.as_bytes()))? {
                keys.push(key.as_bytes().into());
                break;
            }
        }
    }
    Ok(keys)
}

/// Replaces what the value is made of by something random of the same kind: integers by those of up to so many bits.
fn alter(value: &mut Value, bits: u32, random: &mut Random) {
    match value {
        Value::Bool(value) => *value = random.below(2) == 1,
        Value::Integer(_) => *value = Value::from(random.number() >> (64 - bits)),
        Value::String(text) => *text = altered(text, random),
        Value::Bytes(bytes) => bytes.fill_with(|| letter(random)),
        Value::Array(elements) => {
            for element in elements {
                alter(element, bits, random);
            }
        }
        _ => {}
    }
}

/// A text of as many characters.
fn altered(text: &str, random: &mut Random) -> String {
    let length = text.chars().count();
    // A character of its own, which is stored as a string, may be any.
    let any = u32::try_from(random.below(0xd800)).ok().and_then(char::from_u32);
    match any.filter(|_| length == 1) {
        Some(character) => character.into(),
        None => (0..length).map(|_| char::from(letter(random))).collect(),
    }
}

fn letter(random: &mut Random) -> u8 {
    b'a' + u8::try_from(random.below(26)).unwrap_or(0)
}
