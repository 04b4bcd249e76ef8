//! Types whose values are all alike.

use std::any::{TypeId, type_name};

/// How deep types may nest to be recognized.
const MAX_DEPTH: usize = 8;

/// Types of the language, of which nothing depends on their values. `usize` and `isize` are none: they are hashed as they are, and
/// stored with 64 bits.
const SCALARS: [&str; 15] = [
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "str", "u128", "u16", "u32", "u64", "u8",
];

/// Which parts of an entry are plain: numbers, characters, texts, and arrays and tuples of these.
///
/// All values of a plain type have the same schema, are encoded as one value that readers accept, and are hashed by their canonical
/// bytes, as the implementations of the standard library and of serde show. So builders need not find it out for each entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlainParts {
    /// Whether the key is of a plain type.
    pub key: bool,
    /// Whether the value is.
    pub value: bool,
}

impl PlainParts {
    /// Those of entries of these types.
    ///
    /// ```
    /// use massmap_core::codec::PlainParts;
    ///
    /// let plain = PlainParts::of::<([u8; 16], u32), Vec<u8>>();
    /// assert!(plain.key && !plain.value);
    /// ```
    #[must_use]
    pub fn of<K: ?Sized, V: ?Sized>() -> Self {
        Self {
            key: is_plain::<K>(),
            value: is_plain::<V>(),
        }
    }
}

/// Whether `T` is a plain type.
fn is_plain<T: ?Sized>() -> bool {
    if typeid::of::<T>() == TypeId::of::<String>() {
        return true;
    }
    // Other types have paths in their names. So these are only those of the language itself.
    plain(type_name::<T>(), MAX_DEPTH) == Some("")
}

/// What follows the plain type at the beginning of `name`.
fn plain(name: &str, depth: usize) -> Option<&str> {
    let depth = depth.checked_sub(1)?;
    if let Some(referenced) = name.strip_prefix('&') {
        return plain(referenced, depth);
    }
    if let Some(element) = name.strip_prefix('[') {
        let (length, rest) = plain(element, depth)?.strip_prefix("; ")?.split_once(']')?;
        // How arrays without elements are hashed depends on the type of the elements, which is not stored.
        let length: u32 = length.parse().ok()?;
        return (length > 0).then_some(rest);
    }
    if let Some(mut fields) = name.strip_prefix('(') {
        loop {
            if let Some(rest) = fields.strip_prefix(')') {
                return Some(rest);
            }
            let rest = plain(fields, depth)?;
            // Tuples of one element end with a comma.
            let behind_comma = rest
                .strip_prefix(',')
                .map(|rest| rest.strip_prefix(' ').unwrap_or(rest));
            fields = behind_comma.unwrap_or(rest);
        }
    }
    let end = name.find(|character: char| !character.is_ascii_alphanumeric());
    let (word, rest) = name.split_at(end.unwrap_or(name.len()));
    (SCALARS.contains(&word) && !rest.starts_with(['_', ':', '<'])).then_some(rest)
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};

    use massmap_format::{Schema, Walker};
    use serde::Serialize;

    use super::*;
    use crate::codec::{EncodeRules, is_canonical, messagepack, widen_schema};

    /// Tells calls apart that other hash functions do not.
    #[derive(Default)]
    struct Calls(Vec<u8>);

    impl Hasher for Calls {
        fn finish(&self) -> u64 {
            let mut hasher = DefaultHasher::new();
            hasher.write(&self.0);
            hasher.finish()
        }

        fn write(&mut self, bytes: &[u8]) {
            self.0.push(u8::MAX);
            self.0.extend_from_slice(bytes);
        }

        fn write_u8(&mut self, byte: u8) {
            self.0.extend([1, byte]);
        }

        fn write_usize(&mut self, number: usize) {
            self.0.push(2);
            self.0.extend(number.to_le_bytes());
        }
    }

    fn check_shape<T: Serialize + Debug>(values: &[T]) {
        assert!(is_plain::<T>(), "{values:?}");
        let rules = EncodeRules::default();
        let schema_of = |value: &T| {
            let mut schema = Schema::Never;
            widen_schema(&mut schema, value, rules);
            schema
        };
        for value in values {
            assert_eq!(schema_of(value), schema_of(&values[0]));
            let mut encoded = Vec::new();
            messagepack::encode(value, rules, &mut encoded).unwrap();
            assert_eq!(Walker::new(&encoded).value().unwrap(), encoded);
        }
    }

    fn check<T: Serialize + Hash + Debug>(values: &[T]) {
        check_shape(values);
        for value in values {
            let calls = BuildHasherDefault::<Calls>::default();
            assert!(is_canonical(&calls, value, calls.hash_one(value)), "{value:?}");
        }
    }

    #[test]
    fn values_of_plain_types_are_all_alike() {
        check(&[0, 1, u64::MAX]);
        check(&[0u8, 255]);
        check(&[0u16, 255]);
        check(&[0u32, 255]);
        check(&[0u128, 255]);
        check(&[0, i64::MIN, -1]);
        check(&[0i8, i8::MIN]);
        check(&[0i16, i16::MIN]);
        check(&[0i32, i32::MIN]);
        check(&[0i128, i128::MIN]);
        check(&[false, true]);
        check(&['a', '\u{10ffff}', '\0']);
        check(&["", "a", "\u{10ffff}"]);
        check(&[&"", &"a"]);
        check(&[String::new(), "a".repeat(70_000)]);
        check(&[[0u8; 16], [255; 16]]);
        check(&[[0u64; 32], [u64::MAX; 32]]);
        check(&[[[0u8; 2]; 3], [[1; 2], [0; 2], [255; 2]]]);
        check(&[(0u64, 0u32), (u64::MAX, 1)]);
        check(&[(0u8,), (255,)]);
        check(&[(), ()]);
        check(&[[('a', false, ((), ""))], [('b', true, ((), "c"))]]);
        check(&[&[0u8; 4]]);
        check_shape(&[0.0, f64::NAN, -1e300]);
        check_shape(&[[0.0f32; 3], [f32::INFINITY; 3]]);
        check_shape(&[(1u64, 2.0), (0, -0.0)]);
    }

    #[test]
    fn other_types_are_not_plain() {
        #[expect(
            non_camel_case_types,
            reason = "a type of the same name as one of the language"
        )]
        struct u64;
        assert!(!is_plain::<u64>());
        assert!(!is_plain::<[u64; 2]>());
        assert!(!is_plain::<(u8, u64)>());
        assert!(!is_plain::<usize>());
        assert!(!is_plain::<isize>());
        assert!(!is_plain::<Option<u8>>());
        assert!(!is_plain::<Vec<u8>>());
        assert!(!is_plain::<[u8]>());
        assert!(!is_plain::<&[u8]>());
        assert!(!is_plain::<[u8; 0]>());
        assert!(!is_plain::<(u8, Vec<u8>)>());
        assert!(!is_plain::<(String, u8)>());
        assert!(!is_plain::<std::num::NonZeroU8>());
        assert!(!is_plain::<fn(u8) -> u8>());
        assert!(!is_plain::<*const u8>());
        assert!(!is_plain::<&mut u8>());
        assert!(!is_plain::<dyn Debug>());
    }
}
