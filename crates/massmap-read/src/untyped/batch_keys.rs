//! Keys of batches of which the program knows the type.

use massmap_core::dynamic::{Key, Type};
use massmap_core::{Candidates, Fallback, FastSearch};
use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;

use crate::MassMapInner;

/// A key of [`UntypedMap::batch_find`](crate::UntypedMap::batch_find): an integer, a string, or any [`Key`].
///
/// In maps whose keys are of that very type, integers of 32 and 64 bits and strings are looked up without being encoded.
pub trait BatchKey<'k>: Into<Key<'k>> + sealed::Sealed {
    /// Whether keys of a map are of this type. Otherwise they are looked up as [`Key`]s.
    #[doc(hidden)]
    fn is_of(key_type: &Type) -> bool;

    /// The hash of a key in a map whose keys are of this type.
    #[doc(hidden)]
    fn hash<R, H: MassMapHashLoader>(&self, inner: &MassMapInner<R, H>) -> u64;

    /// Looks for the key among the entries that may have it, in a map whose keys are of this type.
    #[doc(hidden)]
    fn find<'a>(
        &self,
        search: &FastSearch<'a>,
        candidates: &Candidates<'a>,
    ) -> Result<Option<(usize, RawEntry<'a>)>, Fallback>;
}

mod sealed {
    use massmap_core::dynamic::Key;

    /// Not implemented elsewhere: how keys are looked up is not part of the interface.
    pub trait Sealed {}

    impl Sealed for u32 {}
    impl Sealed for u64 {}
    impl Sealed for i32 {}
    impl Sealed for i64 {}
    impl Sealed for &str {}
    impl Sealed for Key<'_> {}
}

macro_rules! integer_keys {
    ($($integer:ident)*) => {$(
        impl<'k> BatchKey<'k> for $integer {
            fn is_of(key_type: &Type) -> bool {
                *key_type == Type::parse(stringify!($integer))
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn hash<R, H: MassMapHashLoader>(&self, inner: &MassMapInner<R, H>) -> u64 {
                inner.hash(self)
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn find<'a>(
                &self,
                search: &FastSearch<'a>,
                candidates: &Candidates<'a>,
            ) -> Result<Option<(usize, RawEntry<'a>)>, Fallback> {
                search.find::<Self, Self>(candidates, self)
            }
        }
    )*};
}

integer_keys!(u32 u64 i32 i64);

impl<'k> BatchKey<'k> for &'k str {
    fn is_of(key_type: &Type) -> bool {
        key_type.is_string()
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn hash<R, H: MassMapHashLoader>(&self, inner: &MassMapInner<R, H>) -> u64 {
        inner.hash(*self)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn find<'a>(
        &self,
        search: &FastSearch<'a>,
        candidates: &Candidates<'a>,
    ) -> Result<Option<(usize, RawEntry<'a>)>, Fallback> {
        search.find::<String, str>(candidates, self)
    }
}

/// Always looked up as such.
impl<'k> BatchKey<'k> for Key<'k> {
    fn is_of(_: &Type) -> bool {
        false
    }

    fn hash<R, H: MassMapHashLoader>(&self, _: &MassMapInner<R, H>) -> u64 {
        0
    }

    fn find<'a>(
        &self,
        _: &FastSearch<'a>,
        _: &Candidates<'a>,
    ) -> Result<Option<(usize, RawEntry<'a>)>, Fallback> {
        Err(Fallback)
    }
}
