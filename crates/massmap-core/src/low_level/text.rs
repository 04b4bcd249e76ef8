//! Strings behind generic types.

use std::any::TypeId;

/// The text of `sought` if `K` is `String` and `Q` is `str` or `String`.
#[cfg_attr(not(debug_assertions), inline(always))]
#[expect(
    unsafe_code,
    reason = "reinterprets a reference whose type is known by its type identity"
)]
pub(crate) fn as_text<K, Q: ?Sized>(sought: &Q) -> Option<&str> {
    if typeid::of::<K>() != TypeId::of::<String>() {
        return None;
    }
    let sought = &raw const sought;
    if typeid::of::<Q>() == TypeId::of::<str>() {
        // SAFETY: `Q` is `str`, so both are references to the same type, with the same lifetime.
        Some(unsafe { *sought.cast::<&str>() })
    } else if typeid::of::<Q>() == TypeId::of::<String>() {
        // SAFETY: `Q` is `String`, likewise.
        Some(unsafe { *sought.cast::<&String>() })
    } else {
        None
    }
}

/// `bytes` as text, if they are UTF-8.
///
/// Nearly all text in maps is ASCII, which is faster to tell than UTF-8.
#[cfg_attr(not(debug_assertions), inline(always))]
#[expect(unsafe_code, reason = "ASCII is not checked again")]
pub(crate) fn text_of(bytes: &[u8]) -> Option<&str> {
    if is_ascii(bytes) {
        // SAFETY: ASCII is UTF-8.
        return Some(unsafe { std::str::from_utf8_unchecked(bytes) });
    }
    std::str::from_utf8(bytes).ok()
}

/// Like [`is_ascii`](slice::is_ascii), which takes the last bytes one by one where processors have SSE2.
#[cfg_attr(not(debug_assertions), inline(always))]
fn is_ascii(bytes: &[u8]) -> bool {
    const HIGHEST: u64 = 0x8080_8080_8080_8080;
    match bytes.last_chunk() {
        // Those of the last word may be looked at twice.
        Some(last) => {
            let words = bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word));
            words.fold(u64::from_le_bytes(*last), |all, word| all | word) & HIGHEST == 0
        }
        None => bytes.iter().all(u8::is_ascii),
    }
}

#[cfg(test)]
mod tests {
    use super::{as_text, text_of};

    #[test]
    fn text_is_what_is_utf_8() {
        for length in 0..70 {
            let mut bytes = vec![b'a'; length];
            assert_eq!(text_of(&bytes), Some("a".repeat(length).as_str()));
            for place in 0..length {
                bytes[place] = 0xff;
                assert_eq!(text_of(&bytes), None);
                bytes[place] = b'a';
            }
            bytes.extend_from_slice("é".as_bytes());
            assert_eq!(text_of(&bytes), std::str::from_utf8(&bytes).ok());
        }
    }

    #[test]
    fn strings_are_compared_as_they_are_and_no_other_types() {
        assert_eq!(as_text::<String, str>("a"), Some("a"));
        assert_eq!(as_text::<String, String>(&"a".to_owned()), Some("a"));
        assert_eq!(as_text::<Box<str>, str>("a"), None);
        assert_eq!(as_text::<String, [u8]>(b"a"), None);
        assert_eq!(as_text::<Vec<u8>, [u8]>(b"a"), None);
        assert_eq!(as_text::<u64, u64>(&1), None);
    }
}
