//! Reading entries back: decoding each entry after it is encoded, to check that readers get it back.

use std::any::type_name;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::ops::Range;

use massmap_core::codec::{EncodeError, Role, TypeDifference, check_type, messagepack};
use massmap_format::{EntryTypes, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::entry::encoding::Encoding;
use crate::error::WriteError;

/// The number of characters of a decoder's message that an error quotes. The message may contain the decoded value.
const MAX_CAUSE: usize = 200;

/// Decodes the value at a range of some bytes, appends its encoding to them, and returns its hash if it is a key.
type Recode<S> = fn(&mut Vec<u8>, Range<usize>, Encoding, &S) -> Result<u64, Failure>;

/// Compares a type with what a file says of its keys or values.
type CheckType = fn(&Schema, Role) -> Result<(), TypeDifference>;

/// Decodes keys and values, as types that the builder does not know.
pub(crate) struct ReadBack<S> {
    key: Recode<S>,
    value: Recode<S>,
    check_key_type: CheckType,
    check_value_type: CheckType,
    key_type: &'static str,
    value_type: &'static str,
}

/// Why a value could not be decoded and encoded again.
enum Failure {
    Decode(rmp_serde::decode::Error),
    Encode(EncodeError),
}

/// An entry of the input, and the lengths of its encoding.
pub(crate) struct EncodedEntry<'a, K: ?Sized, V: ?Sized> {
    pub(crate) ordinal: u64,
    pub(crate) key: &'a K,
    pub(crate) value: &'a V,
    pub(crate) hash: u64,
    /// Length of the encoded key, in bytes.
    pub(crate) key_length: usize,
    /// Length of the encoded value, in bytes.
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
                recode::<K>(bytes, range, encoding).map(|key| build_hasher.hash_one(key))
            },
            value: |bytes, range, encoding, _| recode::<V>(bytes, range, encoding).map(|_| 0),
            check_key_type: check_type::<K>,
            check_value_type: check_type::<V>,
            key_type: type_name::<K>(),
            value_type: type_name::<V>(),
        }
    }

    /// Checks that a file of these types opens with those that are read back.
    ///
    /// # Errors
    ///
    /// [`WriteError::TypeDiffers`].
    pub(crate) fn check_types(&self, types: &EntryTypes) -> Result<(), WriteError> {
        let key = (self.check_key_type)(&types.key, Role::Key);
        let value = (self.check_value_type)(&types.value, Role::Value);
        for (checked, part, type_name) in [(key, "key", self.key_type), (value, "value", self.value_type)] {
            checked.map_err(|difference| WriteError::TypeDiffers {
                part,
                type_name,
                difference: difference.to_string(),
            })?;
        }
        Ok(())
    }

    /// Reads back the last entry of `bytes`.
    ///
    /// # Errors
    ///
    /// [`WriteError::NotDecoded`], [`WriteError::DecodedDifferently`] or [`WriteError::HashedDifferently`].
    pub(crate) fn check<K, V>(
        &self,
        bytes: &mut Vec<u8>,
        entry: &EncodedEntry<'_, K, V>,
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
        let key = Component {
            name: "key",
            type_name: self.key_type,
            recode: self.key,
            range: start..middle,
        };
        let value = Component {
            name: "value",
            type_name: self.value_type,
            recode: self.value,
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

fn recode<T: DeserializeOwned + Serialize>(
    bytes: &mut Vec<u8>,
    range: Range<usize>,
    encoding: Encoding,
) -> Result<T, Failure> {
    let encoded = bytes.get(range).unwrap_or_default();
    let value: T = messagepack::decode_strict(encoded).map_err(Failure::Decode)?;
    encoding.encode(&value, bytes).map_err(Failure::Encode)?;
    Ok(value)
}

/// A key or a value.
struct Component<S> {
    name: &'static str,
    type_name: &'static str,
    recode: Recode<S>,
    /// Its position in the bytes.
    range: Range<usize>,
}

impl<S: BuildHasher> Component<S> {
    /// Returns the hash, if it is a key.
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
                cause: error.to_string().chars().take(MAX_CAUSE).collect(),
            },
            Err(Failure::Encode(error)) => WriteError::encoding(ordinal, self.name, self.type_name, error),
        })
    }

    /// Appends the encoding of the decoded value to the bytes, and compares it with the original encoding.
    fn compare<T: Serialize + ?Sized>(
        &self,
        bytes: &mut Vec<u8>,
        original: &T,
        encoding: Encoding,
        build_hasher: &S,
    ) -> Result<Compared, Failure> {
        let end = bytes.len();
        // If the type is the original one, it must be encoded by the same calls. Field names show differences that arrays hide:
        // a struct that has become a tuple, or a field in the place of another one.
        let same_type = self.type_name == type_name::<T>();
        let named = encoding.with_rules(|rules| rules.field_names |= same_type);
        let mut before = self.range.clone();
        if named != encoding {
            named.encode(original, bytes).map_err(Failure::Encode)?;
            before = end..bytes.len();
        }
        let middle = bytes.len();
        let hash = (self.recode)(bytes, self.range.clone(), named, build_hasher)?;
        if bytes.get(before.clone()) == bytes.get(middle..) {
            return Ok(Compared::Same { hash });
        }
        let stored = excerpt(bytes.get(before).unwrap_or_default());
        let again = excerpt(bytes.get(middle..).unwrap_or_default());
        // Unordered collections, such as a `HashMap`, may be encoded in another order each time.
        let sorted = named.with_rules(|rules| rules.sorted = true);
        bytes.truncate(end);
        sorted.encode(original, bytes).map_err(Failure::Encode)?;
        let middle = bytes.len();
        (self.recode)(bytes, self.range.clone(), sorted, build_hasher)?;
        match bytes.get(end..middle) == bytes.get(middle..) {
            true => Ok(Compared::Same { hash }),
            false => Ok(Compared::Different { stored, again }),
        }
    }
}

/// The result of a comparison.
enum Compared {
    Same { hash: u64 },
    Different { stored: String, again: String },
}

/// The beginning of `bytes`, printable.
fn excerpt(bytes: &[u8]) -> String {
    const MAX_LENGTH: usize = 40;
    let text = bytes.get(..MAX_LENGTH).unwrap_or(bytes).escape_ascii();
    match bytes.len() > MAX_LENGTH {
        true => format!("{text}…"),
        false => text.to_string(),
    }
}

// Not derived: derived implementations would require traits of `S` that function pointers do not need.
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
