//! Values behind generic types.

use std::any::TypeId;

/// `value` as a `B`, if that is the type it has.
///
/// Which it is, is known when the program is compiled.
#[cfg_attr(not(debug_assertions), inline(always))]
#[expect(
    unsafe_code,
    reason = "reinterprets a value whose type is known by its type identity"
)]
pub(crate) fn same_type<A: Copy + 'static, B>(value: A) -> Option<B> {
    if typeid::of::<B>() != TypeId::of::<A>() {
        return None;
    }
    // SAFETY: both are the same type, of which the value is copied. An `A` borrows nothing, so neither does the `B`.
    Some(unsafe { std::mem::transmute_copy::<A, B>(&value) })
}

/// A copy of `sought` as an `A`, if that is the type both of it and of keys, `K`.
///
/// Which they are, is known when the program is compiled.
#[cfg_attr(not(debug_assertions), inline(always))]
#[expect(
    unsafe_code,
    reason = "reinterprets a reference whose type is known by its type identity"
)]
pub(crate) fn copy_as<A: Copy + 'static, K, Q: ?Sized>(sought: &Q) -> Option<A> {
    if !are_both::<A, K, Q>() {
        return None;
    }
    // SAFETY: `Q` is this type, so this is a valid reference to it.
    Some(unsafe { *(&raw const *sought).cast::<A>() })
}

/// Whether `K` and `Q` are both this type.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn are_both<A: 'static, K, Q: ?Sized>() -> bool {
    let id = TypeId::of::<A>();
    typeid::of::<K>() == id && typeid::of::<Q>() == id
}

#[cfg(test)]
mod tests {
    use super::{copy_as, same_type};

    #[test]
    fn a_key_is_only_copied_as_its_own_type() {
        assert_eq!(copy_as::<[u8; 4], [u8; 4], [u8; 4]>(b"four"), Some(*b"four"));
        assert_eq!(copy_as::<[u8; 4], [u8; 4], [u8]>(b"four"), None);
        assert_eq!(copy_as::<[u8; 4], Box<[u8; 4]>, [u8; 4]>(b"four"), None);
        assert_eq!(copy_as::<u32, [u8; 4], [u8; 4]>(b"four"), None);
    }

    #[test]
    fn a_value_is_only_of_its_own_type() {
        assert_eq!(same_type::<u64, u64>(7), Some(7u64));
        assert_eq!(same_type::<u64, i64>(7), None);
        assert_eq!(same_type::<f64, f64>(0.5), Some(0.5));
        assert_eq!(same_type::<u64, Box<u64>>(7), None);
        assert_eq!(same_type::<u32, char>(7), None);
    }
}
