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

#[cfg(test)]
mod tests {
    use super::as_text;

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
