//! Comparing a stored key with the one that is looked up.

use std::borrow::Borrow;

use rmp_serde::decode::Error;
use serde::Deserialize;

use crate::codec::decode::{decode, string_bytes};
use crate::low_level::text::{as_text, text_of};

/// Whether `encoded` decodes to a `K` that equals `sought`.
///
/// Strings are compared in their encoded form, since decoding a `String` allocates.
///
/// # Errors
///
/// The error of decoding.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn is_same_key<K, Q>(encoded: &[u8], sought: &Q) -> Result<bool, Error>
where
    K: for<'de> Deserialize<'de> + Borrow<Q>,
    Q: Eq + ?Sized,
{
    if let (Some(sought), Some(stored)) = (as_text::<K, Q>(sought), string_bytes(encoded)) {
        // Bytes that equal a text are valid text. Others may be damaged, which decoding reports.
        let same = stored == sought.as_bytes();
        if same || text_of(stored).is_some() {
            return Ok(same);
        }
    }
    Ok(decode::<K>(encoded)?.borrow() == sought)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_same_if_they_decode_to_equal_values() {
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
    fn an_undecodable_key_is_an_error_whatever_is_sought() {
        for encoded in [&b"\xa2a\xff"[..], b"\x01", b"\xc0", b"\x92\x01\x02"] {
            is_same_key::<String, str>(encoded, "a").unwrap_err();
            is_same_key::<String, String>(encoded, &"a".to_owned()).unwrap_err();
        }
    }
}
