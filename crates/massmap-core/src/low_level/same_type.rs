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

#[cfg(test)]
mod tests {
    use super::same_type;

    #[test]
    fn a_value_is_only_of_its_own_type() {
        assert_eq!(same_type::<u64, u64>(7), Some(7u64));
        assert_eq!(same_type::<u64, i64>(7), None);
        assert_eq!(same_type::<f64, f64>(0.5), Some(0.5));
        assert_eq!(same_type::<u64, Box<u64>>(7), None);
        assert_eq!(same_type::<u32, char>(7), None);
    }
}
