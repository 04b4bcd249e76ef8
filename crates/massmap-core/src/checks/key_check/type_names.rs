//! The names that a file gives its key and value types.

use massmap_format::{FormatVersion, MassMapMeta};
use rmp_serde::decode::Error as DecodeError;

use crate::codec::dynamic::Type;
use crate::{Index, Place, ReadError};

/// The names that a file gives its key and value types and its hash function.
///
/// Errors quote them, and they rule out some key types. Otherwise they are informative: programs may call one type by different
/// names, and different types by one. Only the names of integers and strings mean the same in every program.
#[derive(Debug, Clone)]
pub struct TypeNames {
    format: FormatVersion,
    key_type: String,
    value_type: String,
    hash: String,
}

/// A type that is recognized by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known<'a> {
    /// The integer type of this name.
    Integer(&'a str),
    Text,
}

impl TypeNames {
    /// Stands for the key type that the file names, if a program knows no other.
    pub const OF_FILE: &'static str = "the type that the file names";

    /// Most characters of a name that are kept. A file may have names of any length.
    const LONGEST: usize = 200;

    /// The names in the metadata of a file.
    #[must_use]
    pub fn new(format: FormatVersion, meta: &MassMapMeta) -> Self {
        let beginning = |name: &str| name.chars().take(Self::LONGEST).collect();
        Self {
            format,
            key_type: beginning(&meta.key_type),
            value_type: beginning(&meta.value_type),
            hash: meta.hash_config.name.clone(),
        }
    }

    /// The key type, at most its first 200 characters.
    #[must_use]
    pub fn key_type(&self) -> &str {
        &self.key_type
    }

    /// The value type, at most its first 200 characters.
    #[must_use]
    pub fn value_type(&self) -> &str {
        &self.value_type
    }

    /// The name of the hash function.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether the file gives its keys the name `key_type`, apart from references.
    #[must_use]
    pub fn name_keys(&self, key_type: &str) -> bool {
        if key_type == Self::OF_FILE {
            return true;
        }
        let asked = canonical(key_type);
        let mut beginning = asked.chars().take(Self::LONGEST);
        canonical(&self.key_type).chars().eq(beginning.by_ref()) || {
            let known = Type::parse(&asked);
            known.can_be_key() && Type::parse(&self.key_type) == known
        }
    }

    /// Checks that keys of the type named `key_type` may be looked up, as far as the names tell.
    ///
    /// An integer is not a string. In format 2, an integer is also not one of another type. The keys that both types have may
    /// hash alike while others do not, and a check of some keys may see only those that do. The exceptions are `usize` for `u64`
    /// and `isize` for `i64`, if `sizes_have_64_bits` in the hash function of the file. In format 1, programs written for massmap
    /// 0.1.5 may rely on types that hash alike.
    ///
    /// # Errors
    ///
    /// [`ReadError::KeyType`].
    pub fn check_key_type(
        &self,
        key_type: &'static str,
        sizes_have_64_bits: impl FnOnce() -> bool,
    ) -> Result<(), ReadError> {
        if !self.forbid_keys(key_type, sizes_have_64_bits) {
            return Ok(());
        }
        Err(ReadError::KeyType {
            key_type,
            file_key_type: self.key_type.clone(),
        })
    }

    fn forbid_keys(&self, key_type: &str, sizes_have_64_bits: impl FnOnce() -> bool) -> bool {
        let (asked, stored) = (canonical(key_type), canonical(&self.key_type));
        let (Some(asked), Some(stored)) = (Known::from_name(&asked), Known::from_name(&stored)) else {
            return false;
        };
        match (asked, stored) {
            (Known::Text, Known::Text) => false,
            (Known::Integer(asked), Known::Integer(stored)) => {
                let sizes_have_64_bits = sizes_have_64_bits();
                let hashed_as = |name| match name {
                    "usize" if sizes_have_64_bits => "u64",
                    "isize" if sizes_have_64_bits => "i64",
                    _ => name,
                };
                self.format != FormatVersion::V1 && hashed_as(asked) != hashed_as(stored)
            }
            _ => true,
        }
    }

    /// The error of a key in `place` that cannot be decoded as a `key_type`.
    #[cold]
    #[must_use]
    pub fn undecodable_key(&self, place: Place, key_type: &'static str, cause: DecodeError) -> ReadError {
        ReadError::Key {
            place,
            key_type,
            file_key_type: self.key_type.clone(),
            cause,
        }
    }

    /// The error of a value in `place` that cannot be decoded as a `value_type`.
    #[cold]
    #[must_use]
    pub fn undecodable_value(&self, place: Place, value_type: &'static str, cause: DecodeError) -> ReadError {
        ReadError::Value {
            place,
            value_type,
            file_value_type: self.value_type.clone(),
            cause,
        }
    }

    /// The error of the entry number `entry` in the extent `extent` of `index`, whose key, decoded as a `key_type`, has the hash
    /// `hash` and belongs elsewhere.
    #[cold]
    #[must_use]
    pub fn misplaced_key(
        &self,
        index: &Index,
        extent: usize,
        entry: usize,
        hash: u64,
        key_type: &'static str,
    ) -> ReadError {
        ReadError::HashMismatch {
            stored_in: index.place(extent),
            entry,
            hashed_to: index.place(index.index_of_hash(hash).unwrap_or(0)),
            hash_name: self.hash.clone(),
            key_type,
            file_key_type: self.key_type.clone(),
        }
    }
}

impl<'a> Known<'a> {
    fn from_name(name: &'a str) -> Option<Self> {
        match name {
            "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128"
            | "isize" => Some(Self::Integer(name)),
            // All of these hash and encode like the text that they hold.
            "str"
            | "string"
            | "alloc::string::String"
            | "alloc::boxed::Box<str>"
            | "alloc::borrow::Cow<str>"
            | "alloc::rc::Rc<str>"
            | "alloc::sync::Arc<str>" => Some(Self::Text),
            _ => None,
        }
    }
}

/// A type name without the parts that change neither hash nor encoding: references, and lifetimes, which compilers from 1.91 on
/// write as `'_`.
fn canonical(name: &str) -> String {
    let name = name.replace("'_, ", "").replace("'_ ", "");
    name.trim_start_matches('&').to_owned()
}

#[cfg(test)]
mod tests {
    use std::any::type_name;
    use std::borrow::Cow;
    use std::sync::Arc;

    use super::*;

    fn types(format: FormatVersion, key_type: &str) -> TypeNames {
        let meta = MassMapMeta {
            key_type: key_type.to_owned(),
            ..MassMapMeta::default()
        };
        TypeNames::new(format, &meta)
    }

    #[test]
    fn integers_are_no_strings_in_either_format() {
        for format in [FormatVersion::V1, FormatVersion::V2] {
            for integer in ["u8", "u64", "&u64", "i128", "usize"] {
                let types = types(format, integer);
                assert!(types.forbid_keys(type_name::<String>(), || true));
                assert!(types.forbid_keys(type_name::<&str>(), || true));
                assert!(types.forbid_keys(type_name::<Cow<'_, str>>(), || true));
                assert!(
                    !types.forbid_keys(type_name::<Vec<u8>>(), || true),
                    "what this is, no name tells"
                );
            }
            for text in [
                "&str",
                "&'_ str",
                "alloc::string::String",
                "alloc::borrow::Cow<'_, str>",
            ] {
                let types = types(format, text);
                assert!(types.forbid_keys(type_name::<u32>(), || true));
                assert!(types.forbid_keys(type_name::<isize>(), || true));
                assert!(!types.forbid_keys(type_name::<Arc<str>>(), || true));
                assert!(!types.forbid_keys(type_name::<String>(), || true));
            }
            assert!(!types(format, "").forbid_keys(type_name::<u64>(), || true));
            assert!(!types(format, "my::Id").forbid_keys(type_name::<u64>(), || true));
        }
    }

    #[test]
    fn integers_are_of_one_type_in_format_2() {
        let old = types(FormatVersion::V1, "i32");
        assert!(!old.forbid_keys(type_name::<i64>(), || true));
        let new = types(FormatVersion::V2, "i32");
        assert!(new.forbid_keys(type_name::<i64>(), || true));
        assert!(new.forbid_keys(type_name::<u32>(), || true));
        assert!(!new.forbid_keys(type_name::<i32>(), || false));
    }

    #[test]
    fn usize_matches_u64_only_if_it_is_hashed_with_64_bits() {
        for (name, stable) in [("u64", true), ("u64", false), ("usize", true), ("usize", false)] {
            let types = types(FormatVersion::V2, name);
            assert_eq!(
                types.forbid_keys(type_name::<usize>(), || stable),
                name == "u64" && !stable
            );
            assert_eq!(
                types.forbid_keys(type_name::<u64>(), || stable),
                name == "usize" && !stable
            );
            assert!(types.forbid_keys(type_name::<u32>(), || stable));
            assert!(types.forbid_keys(type_name::<isize>(), || stable));
        }
        assert!(!types(FormatVersion::V2, "i64").forbid_keys(type_name::<isize>(), || true));
        assert!(types(FormatVersion::V2, "i64").forbid_keys(type_name::<usize>(), || true));
    }

    #[test]
    fn only_the_beginning_of_a_name_is_kept_and_compared() {
        let long = "é".repeat(1000);
        assert_eq!(types(FormatVersion::V2, &long).key_type.chars().count(), 200);
        assert!(types(FormatVersion::V2, "&str").name_keys(type_name::<&str>()));
        assert!(types(FormatVersion::V2, "u64").name_keys(type_name::<&u64>()));
        assert!(!types(FormatVersion::V2, "u64").name_keys(type_name::<u32>()));
    }
}
