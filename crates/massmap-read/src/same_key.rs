//! Whether a stored key is the one that is sought.

use std::any::TypeId;
use std::borrow::Borrow;

use rmp_serde::decode::Error;
use serde::Deserialize;

use crate::decode::{decode, string_bytes};

/// Whether `encoded` is the key `sought`: whether it decodes to a `K` that equals it.
///
/// Decoding a `String` allocates. Where one is compared with a string, the encoded text is.
///
/// # Errors
///
/// What decoding reports.
#[inline(always)]
pub(crate) fn is_same_key<K, Q>(encoded: &[u8], sought: &Q) -> Result<bool, Error>
where
    K: for<'de> Deserialize<'de> + Borrow<Q>,
    Q: Eq + ?Sized,
{
    if let (Some(sought), Some(stored)) = (as_text::<K, Q>(sought), string_bytes(encoded)) {
        // What equals a text is one. What does not may be damaged, and is reported then.
        let same = stored == sought.as_bytes();
        if same || std::str::from_utf8(stored).is_ok() {
            return Ok(same);
        }
    }
    Ok(decode::<K>(encoded)?.borrow() == sought)
}

/// The text of `sought`, if keys are `String`s and it is one or a `str`.
#[inline(always)]
#[expect(
    unsafe_code,
    reason = "a type that is known by its identity is taken for what it is"
)]
fn as_text<K, Q: ?Sized>(sought: &Q) -> Option<&str> {
    if typeid::of::<K>() != TypeId::of::<String>() {
        return None;
    }
    let sought = &raw const sought;
    if typeid::of::<Q>() == TypeId::of::<str>() {
        // SAFETY: `Q` is `str`, so that the two are references to the same type, with the same lifetime.
        Some(unsafe { *sought.cast::<&str>() })
    } else if typeid::of::<Q>() == TypeId::of::<String>() {
        // SAFETY: `Q` is `String`, likewise.
        Some(unsafe { *sought.cast::<&String>() })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_compared_as_they_are_and_no_other_types() {
        assert_eq!(as_text::<String, str>("a"), Some("a"));
        assert_eq!(as_text::<String, String>(&"a".to_owned()), Some("a"));
        assert_eq!(as_text::<Box<str>, str>("a"), None);
        assert_eq!(as_text::<String, [u8]>(b"a"), None);
        assert_eq!(as_text::<Vec<u8>, [u8]>(b"a"), None);
        assert_eq!(as_text::<u64, u64>(&1), None);
    }

    #[test]
    fn keys_are_the_same_if_what_they_decode_to_is() {
        for (encoded, same) in [
            (&b"\xa2ab"[..], true),
            (b"\xd9\x02ab", true),
            (b"\xdb\0\0\0\x02ab", true),
            (b"\xc4\x02ab", true),
            (b"\xa2ac", false),
            (b"\xa1a", false),
            (b"\xa3abc", false),
        ] {
            assert_eq!(
                is_same_key::<String, str>(encoded, "ab").unwrap(),
                same,
                "{encoded:x?}"
            );
            assert_eq!(
                is_same_key::<String, String>(encoded, &"ab".to_owned()).unwrap(),
                same
            );
            assert_eq!(is_same_key::<Box<str>, str>(encoded, "ab").unwrap(), same);
        }
        assert!(is_same_key::<u64, u64>(b"\xcc\xff", &255).unwrap());
        assert!(!is_same_key::<u64, u64>(b"\xcc\xff", &254).unwrap());
    }

    #[test]
    fn what_is_no_key_of_the_type_is_an_error_whatever_is_sought() {
        for encoded in [&b"\xa2a\xff"[..], b"\x01", b"\xc0", b"\x92\x01\x02"] {
            is_same_key::<String, str>(encoded, "a").unwrap_err();
            is_same_key::<String, String>(encoded, &"a".to_owned()).unwrap_err();
        }
    }
}
