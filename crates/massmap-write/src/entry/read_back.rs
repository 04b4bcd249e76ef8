//! Decoding each entry again while a map is built.

mod watch;

use std::any::type_name;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::ops::Range;

use massmap_core::codec::EncodeError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use watch::Watch;

use crate::entry::encoding::Encoding;
use crate::error::WriteError;

/// How many characters of a decoder's message an error quotes: it may hold what was decoded.
const LONGEST_CAUSE: usize = 200;

/// Decodes what lies at a range of some bytes, encodes it again behind them, and returns its hash if it is a key.
type Again<S> = fn(&mut Vec<u8>, Range<usize>, Encoding, &S) -> Result<u64, Failure>;

/// What decodes keys and values, as types that the builder does not know.
pub(crate) struct ReadBack<S> {
    key: Again<S>,
    value: Again<S>,
    key_type: &'static str,
    value_type: &'static str,
}

/// Why something was not encoded again.
enum Failure {
    Decode(rmp_serde::decode::Error),
    Encode(EncodeError),
}

/// An entry as it was given, and where it lies.
pub(crate) struct Written<'a, K: ?Sized, V: ?Sized> {
    pub(crate) ordinal: u64,
    pub(crate) key: &'a K,
    pub(crate) value: &'a V,
    pub(crate) hash: u64,
    /// How long the encoded key is, in bytes.
    pub(crate) key_length: usize,
    /// How long the encoded value is, in bytes.
    pub(crate) value_length: usize,
}

impl<S: BuildHasher> ReadBack<S> {
    pub(crate) fn new<K, V>() -> Self
    where
        K: DeserializeOwned + Serialize + Hash,
        V: DeserializeOwned + Serialize,
    {
        Self {
            key: |bytes, range, encoding, build_hasher| {
                again::<K>(bytes, range, encoding).map(|key| build_hasher.hash_one(key))
            },
            value: |bytes, range, encoding, _| again::<V>(bytes, range, encoding).map(|_| 0),
            key_type: type_name::<K>(),
            value_type: type_name::<V>(),
        }
    }

    /// Reads the last entry of `bytes` back.
    ///
    /// # Errors
    ///
    /// [`WriteError::NotDecoded`], [`WriteError::DecodedDifferently`] or [`WriteError::HashedDifferently`].
    pub(crate) fn check<K, V>(
        &self,
        bytes: &mut Vec<u8>,
        entry: &Written<'_, K, V>,
        encoding: Encoding,
        build_hasher: &S,
    ) -> Result<(), WriteError>
    where
        K: Serialize + ?Sized,
        V: Serialize + ?Sized,
    {
        let end = bytes.len();
        let middle = end - entry.value_length;
        let start = middle - entry.key_length;
        let key = Part {
            name: "key",
            type_name: self.key_type,
            again: self.key,
            range: start..middle,
        };
        let value = Part {
            name: "value",
            type_name: self.value_type,
            again: self.value,
            range: middle..end,
        };
        let hash = key.check(bytes, entry.ordinal, entry.key, encoding, build_hasher)?;
        if hash != entry.hash {
            return Err(WriteError::HashedDifferently {
                ordinal: entry.ordinal,
                type_name: self.key_type,
            });
        }
        value.check(bytes, entry.ordinal, entry.value, encoding, build_hasher)?;
        Ok(())
    }
}

fn again<T: DeserializeOwned + Serialize>(
    bytes: &mut Vec<u8>,
    range: Range<usize>,
    encoding: Encoding,
) -> Result<T, Failure> {
    let encoded = bytes.get(range).unwrap_or_default();
    let mut decoder = rmp_serde::Deserializer::from_read_ref(encoded);
    let value = T::deserialize(Watch::new(&mut decoder)).map_err(Failure::Decode)?;
    encoding.encode(&value, bytes).map_err(Failure::Encode)?;
    Ok(value)
}

/// A key or a value.
struct Part<S> {
    name: &'static str,
    type_name: &'static str,
    again: Again<S>,
    /// Where it lies.
    range: Range<usize>,
}

impl<S: BuildHasher> Part<S> {
    /// Returns the hash of the key.
    fn check<T: Serialize + ?Sized>(
        &self,
        bytes: &mut Vec<u8>,
        ordinal: u64,
        original: &T,
        encoding: Encoding,
        build_hasher: &S,
    ) -> Result<u64, WriteError> {
        let end = bytes.len();
        let compared = self.compare(bytes, original, encoding, build_hasher);
        bytes.truncate(end);
        Err(match compared {
            Ok(Compared::Same { hash }) => return Ok(hash),
            Ok(Compared::Different { stored, again }) => WriteError::DecodedDifferently {
                ordinal,
                part: self.name,
                type_name: self.type_name,
                stored,
                again,
            },
            Err(Failure::Decode(error)) => WriteError::NotDecoded {
                ordinal,
                part: self.name,
                type_name: self.type_name,
                cause: error.to_string().chars().take(LONGEST_CAUSE).collect(),
            },
            Err(Failure::Encode(error)) => WriteError::encoding(ordinal, self.name, self.type_name, error),
        })
    }

    /// Encodes what is decoded behind the other bytes, and maybe the original, and compares the two.
    fn compare<T: Serialize + ?Sized>(
        &self,
        bytes: &mut Vec<u8>,
        original: &T,
        encoding: Encoding,
        build_hasher: &S,
    ) -> Result<Compared, Failure> {
        let end = bytes.len();
        // Of the type that it was, it has to be written by the same calls. Arrays hide what field names show: that a struct has
        // become a tuple, or a field another one.
        let same_type = self.type_name == type_name::<T>();
        let named = encoding.with_rules(|rules| rules.field_names |= same_type);
        let mut before = self.range.clone();
        if named != encoding {
            named.encode(original, bytes).map_err(Failure::Encode)?;
            before = end..bytes.len();
        }
        let middle = bytes.len();
        let hash = (self.again)(bytes, self.range.clone(), named, build_hasher)?;
        if bytes.get(before.clone()) == bytes.get(middle..) {
            return Ok(Compared::Same { hash });
        }
        let stored = excerpt(bytes.get(before).unwrap_or_default());
        let again = excerpt(bytes.get(middle..).unwrap_or_default());
        // What has no order, such as a `HashMap`, comes in another one each time that it is made.
        let sorted = named.with_rules(|rules| rules.sorted = true);
        bytes.truncate(end);
        sorted.encode(original, bytes).map_err(Failure::Encode)?;
        let middle = bytes.len();
        (self.again)(bytes, self.range.clone(), sorted, build_hasher)?;
        match bytes.get(end..middle) == bytes.get(middle..) {
            true => Ok(Compared::Same { hash }),
            false => Ok(Compared::Different { stored, again }),
        }
    }
}

/// What a comparison has shown.
enum Compared {
    Same { hash: u64 },
    Different { stored: String, again: String },
}

/// The beginning of some bytes, printable.
fn excerpt(bytes: &[u8]) -> String {
    const LONGEST: usize = 40;
    let text = bytes.get(..LONGEST).unwrap_or(bytes).escape_ascii();
    match bytes.len() > LONGEST {
        true => format!("{text}…"),
        false => text.to_string(),
    }
}

// Written out, since derived ones would ask of `S` what function pointers do not need.
impl<S> Clone for ReadBack<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for ReadBack<S> {}

impl<S> fmt::Debug for ReadBack<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadBack")
            .field("key_type", &self.key_type)
            .field("value_type", &self.value_type)
            .finish_non_exhaustive()
    }
}
