//! What a file says about the types of its keys and values.

use std::any::type_name;

use massmap_format::{FormatVersion, MassMapMeta};

use crate::Place;

/// The types that a file names, for errors to name them, and for key types that cannot be meant to be told from it.
///
/// Names are for information: programs may call one type by different names, and different types by one. Only of integers and
/// strings, which every program calls alike, is it known what other names mean.
#[derive(Debug, Clone)]
pub(crate) struct FileTypes {
    pub(crate) format: FormatVersion,
    /// At most [`LONGEST`](Self::LONGEST) characters, as that of the values.
    pub(crate) key_type: String,
    pub(crate) value_type: String,
}

/// What a type is that is known by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known<'a> {
    /// The integer type of this name.
    Integer(&'a str),
    Text,
}

impl FileTypes {
    /// How many characters of a name are kept. A file may have names of any length.
    const LONGEST: usize = 200;

    pub(crate) fn new(format: FormatVersion, meta: &MassMapMeta) -> Self {
        let beginning = |name: &str| name.chars().take(Self::LONGEST).collect();
        Self {
            format,
            key_type: beginning(&meta.key_type),
            value_type: beginning(&meta.value_type),
        }
    }

    /// The bucket, or the page, with this index.
    pub(crate) fn place(&self, index: usize) -> Place {
        match self.format {
            FormatVersion::V1 => Place::Bucket(index),
            _ => Place::Page(index),
        }
    }

    /// Whether the file calls its keys what this program calls a `K`, apart from references.
    pub(crate) fn name_keys<K>(&self) -> bool {
        let asked = canonical(type_name::<K>());
        canonical(&self.key_type)
            .chars()
            .eq(asked.chars().take(Self::LONGEST))
    }

    /// Whether keys of the file cannot be looked up as a `K` according to the names of both.
    ///
    /// An integer is no string. In format 2, an integer is none of another type either: those that both have may be all that a
    /// check of some keys sees, and hash alike, while others do not. Only `usize` is a `u64`, and `isize` an `i64`, if
    /// `sizes_have_64_bits` in the hash function of the file. In format 1, programs that were written for massmap 0.1.5 may
    /// rely on types that hash alike.
    pub(crate) fn forbid_keys<K>(&self, sizes_have_64_bits: bool) -> bool {
        let (asked, stored) = (canonical(type_name::<K>()), canonical(&self.key_type));
        let (Some(asked), Some(stored)) = (Known::by(&asked), Known::by(&stored)) else {
            return false;
        };
        match (asked, stored) {
            (Known::Text, Known::Text) => false,
            (Known::Integer(asked), Known::Integer(stored)) => {
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
}

impl<'a> Known<'a> {
    fn by(name: &'a str) -> Option<Self> {
        match name {
            "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128"
            | "isize" => Some(Self::Integer(name)),
            // All of them hash and encode as the text that they hold.
            "str"
            | "alloc::string::String"
            | "alloc::boxed::Box<str>"
            | "alloc::borrow::Cow<str>"
            | "alloc::rc::Rc<str>"
            | "alloc::sync::Arc<str>" => Some(Self::Text),
            _ => None,
        }
    }
}

/// A type name without what changes neither hash nor encoding: references, and lifetimes, which compilers from 1.91 on write
/// out as `'_`.
fn canonical(name: &str) -> String {
    let name = name.replace("'_, ", "").replace("'_ ", "");
    name.trim_start_matches('&').to_owned()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::sync::Arc;

    use super::*;

    fn types(format: FormatVersion, key_type: &str) -> FileTypes {
        let meta = MassMapMeta {
            key_type: key_type.to_owned(),
            ..MassMapMeta::default()
        };
        FileTypes::new(format, &meta)
    }

    #[test]
    fn integers_are_no_strings_in_either_format() {
        for format in [FormatVersion::V1, FormatVersion::V2] {
            for integer in ["u8", "u64", "&u64", "i128", "usize"] {
                let types = types(format, integer);
                assert!(types.forbid_keys::<String>(true));
                assert!(types.forbid_keys::<&str>(true));
                assert!(types.forbid_keys::<Cow<'_, str>>(true));
                assert!(!types.forbid_keys::<Vec<u8>>(true), "what this is, no name tells");
            }
            for text in [
                "&str",
                "&'_ str",
                "alloc::string::String",
                "alloc::borrow::Cow<'_, str>",
            ] {
                let types = types(format, text);
                assert!(types.forbid_keys::<u32>(true));
                assert!(types.forbid_keys::<isize>(true));
                assert!(!types.forbid_keys::<Arc<str>>(true));
                assert!(!types.forbid_keys::<String>(true));
            }
            assert!(!types(format, "").forbid_keys::<u64>(true));
            assert!(!types(format, "my::Id").forbid_keys::<u64>(true));
        }
    }

    #[test]
    fn integers_are_of_one_type_in_format_2() {
        let old = types(FormatVersion::V1, "i32");
        assert!(!old.forbid_keys::<i64>(true));
        let new = types(FormatVersion::V2, "i32");
        assert!(new.forbid_keys::<i64>(true));
        assert!(new.forbid_keys::<u32>(true));
        assert!(!new.forbid_keys::<i32>(false));
    }

    #[test]
    fn sizes_are_64_bits_where_they_are_hashed_so() {
        for (name, stable) in [("u64", true), ("u64", false), ("usize", true), ("usize", false)] {
            let types = types(FormatVersion::V2, name);
            assert_eq!(types.forbid_keys::<usize>(stable), name == "u64" && !stable);
            assert_eq!(types.forbid_keys::<u64>(stable), name == "usize" && !stable);
            assert!(types.forbid_keys::<u32>(stable));
            assert!(types.forbid_keys::<isize>(stable));
        }
        assert!(!types(FormatVersion::V2, "i64").forbid_keys::<isize>(true));
        assert!(types(FormatVersion::V2, "i64").forbid_keys::<usize>(true));
    }

    #[test]
    fn names_are_kept_to_their_beginning_and_compared_so() {
        let long = "é".repeat(1000);
        assert_eq!(types(FormatVersion::V2, &long).key_type.chars().count(), 200);
        assert!(types(FormatVersion::V2, "&str").name_keys::<&str>());
        assert!(types(FormatVersion::V2, "u64").name_keys::<&u64>());
        assert!(!types(FormatVersion::V2, "u64").name_keys::<u32>());
    }
}
