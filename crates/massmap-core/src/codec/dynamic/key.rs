//! Keys of types that are known by name only.

mod canonical;
mod hash;
mod parts;

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::codec::dynamic::{KeyError, Type, Value};

use canonical::Canonical;
use hash::Feed;
use parts::{Ignore, visit_encoded, visit_value};

/// A key, encoded as in a file, that hashes as its Rust type does.
///
/// Made by [`Type::key`] and [`Type::encoded_key`].
#[derive(Clone)]
pub struct EncodedKey<'a> {
    key_type: &'a Type,
    /// A key of that type.
    bytes: Cow<'a, [u8]>,
}

impl Type {
    /// The key that `value` stands for, encoded as Rust programs encode it.
    ///
    /// A byte array stands for a sequence of `u8`, as does an array of integers; an array for a tuple; a string for a character.
    ///
    /// # Errors
    ///
    /// [`KeyError::UnknownType`] unless keys of this type [can be hashed](Self::can_be_key), and other variants if `value` is
    /// none of them. With [`KeyError::OutOfRange`] and [`KeyError::WrongLength`] no map can have the key.
    pub fn key(&self, value: &Value) -> Result<EncodedKey<'_>, KeyError> {
        self.check_is_known()?;
        let mut canonical = Canonical::default();
        visit_value(&self.0, value, &mut canonical)?;
        Ok(EncodedKey {
            key_type: self,
            bytes: canonical.into_bytes().into(),
        })
    }

    /// The key that `bytes` encode, which may be one that a file holds.
    ///
    /// # Errors
    ///
    /// Those of [`key`](Self::key), and [`KeyError::Damaged`] if `bytes` are no MessagePack value.
    pub fn encoded_key<'a>(&'a self, bytes: &'a [u8]) -> Result<EncodedKey<'a>, KeyError> {
        self.check_is_known()?;
        visit_encoded(&self.0, bytes, &mut Ignore)?;
        Ok(EncodedKey {
            key_type: self,
            bytes: bytes.into(),
        })
    }

    /// Fails unless keys of this type can be hashed.
    ///
    /// # Errors
    ///
    /// [`KeyError::UnknownType`].
    pub fn check_is_known(&self) -> Result<(), KeyError> {
        match self.can_be_key() {
            true => Ok(()),
            false => Err(KeyError::UnknownType {
                type_name: self.to_string(),
            }),
        }
    }
}

impl EncodedKey<'_> {
    /// The key as it is encoded.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether `stored`, an encoded key, is this one. One key may be encoded in several ways.
    ///
    /// # Errors
    ///
    /// A [`KeyError`] if `stored` is no key of the type.
    pub fn is_same(&self, stored: &[u8]) -> Result<bool, KeyError> {
        if *stored == *self.bytes {
            return Ok(true);
        }
        Ok(self.canonical(stored)? == self.canonical(&self.bytes)?)
    }

    fn canonical(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut canonical = Canonical::default();
        visit_encoded(&self.key_type.0, bytes, &mut canonical)?;
        Ok(canonical.into_bytes())
    }
}

impl Hash for EncodedKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let visited = visit_encoded(&self.key_type.0, &self.bytes, &mut Feed::new(state));
        visited.expect("checked when it was made");
    }
}

impl fmt::Debug for EncodedKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "EncodedKey({} of the type {})",
            self.bytes.escape_ascii(),
            self.key_type
        )
    }
}

#[cfg(test)]
mod tests;
