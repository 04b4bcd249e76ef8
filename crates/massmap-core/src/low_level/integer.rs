//! Integers behind generic types.

use std::any::TypeId;

/// An integer of any type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Integer {
    U8(u8),
    U16(u16),
    U32(u32),
    U64(u64),
    U128(u128),
    I8(i8),
    I16(i16),
    I32(i32),
    I64(i64),
    I128(i128),
}

/// The integer `sought` if both `K` and `Q` are this type of integers.
#[cfg_attr(not(debug_assertions), inline(always))]
#[expect(
    unsafe_code,
    reason = "reinterprets a reference whose type is known by its type identity"
)]
pub(crate) fn as_integer<K, Q: ?Sized>(sought: &Q) -> Option<Integer> {
    macro_rules! compare {
        ($($variant:ident $integer:ty)*) => {
            $(
                let id = TypeId::of::<$integer>();
                if typeid::of::<K>() == id && typeid::of::<Q>() == id {
                    // SAFETY: `Q` is this type, so this is a valid reference to it.
                    return Some(Integer::$variant(unsafe { *(&raw const *sought).cast::<$integer>() }));
                }
            )*
        };
    }
    compare! {
        U64 u64 U32 u32 U16 u16 U8 u8 U128 u128
        I64 i64 I32 i32 I16 i16 I8 i8 I128 i128
    }
    None
}

/// Whether `K` and `Q` are the same type of integers. Known when the program is compiled.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn is_integer<K, Q: ?Sized>() -> bool {
    macro_rules! is_one_of {
        ($($integer:ty)*) => {{
            let (key, sought) = (typeid::of::<K>(), typeid::of::<Q>());
            key == sought && ($(key == TypeId::of::<$integer>())||*)
        }};
    }
    is_one_of!(u64 u32 u16 u8 u128 i64 i32 i16 i8 i128)
}

#[cfg(test)]
mod tests {
    use super::{Integer, as_integer, is_integer};

    #[test]
    fn integers_are_told_without_a_value() {
        assert!(is_integer::<u64, u64>() && is_integer::<i128, i128>() && is_integer::<u8, u8>());
        assert!(!is_integer::<u64, i64>() && !is_integer::<String, str>() && !is_integer::<bool, bool>());
    }

    #[test]
    fn integers_are_told_by_both_types() {
        assert_eq!(as_integer::<u64, u64>(&u64::MAX), Some(Integer::U64(u64::MAX)));
        assert_eq!(as_integer::<u32, u32>(&7), Some(Integer::U32(7)));
        assert_eq!(as_integer::<u16, u16>(&7), Some(Integer::U16(7)));
        assert_eq!(as_integer::<u8, u8>(&7), Some(Integer::U8(7)));
        assert_eq!(
            as_integer::<u128, u128>(&(1 << 100)),
            Some(Integer::U128(1 << 100))
        );
        assert_eq!(as_integer::<i64, i64>(&-1), Some(Integer::I64(-1)));
        assert_eq!(as_integer::<i32, i32>(&-1), Some(Integer::I32(-1)));
        assert_eq!(as_integer::<i16, i16>(&-1), Some(Integer::I16(-1)));
        assert_eq!(as_integer::<i8, i8>(&-1), Some(Integer::I8(-1)));
        assert_eq!(as_integer::<i128, i128>(&-1), Some(Integer::I128(-1)));
        assert_eq!(as_integer::<Box<u64>, u64>(&1), None);
        assert_eq!(as_integer::<String, str>("1"), None);
        assert_eq!(as_integer::<bool, bool>(&true), None);
    }
}
