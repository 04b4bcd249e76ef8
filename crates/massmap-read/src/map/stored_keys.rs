//! The keys of a file, as a program knows them.

use std::any::type_name;
use std::hash::Hash;
use std::marker::PhantomData;

use massmap_core::ReadError;
use massmap_core::codec::Role;
use massmap_hash::MassMapHashLoader;
use rmp_serde::decode::Error as DecodeError;
use serde::Deserialize;

use crate::MassMapInner;

/// What a program knows of the keys of a file: their Rust type, or no more than its name.
pub trait StoredKeys<R, H: MassMapHashLoader> {
    /// What errors call the type.
    fn type_name(&self) -> &'static str;

    /// Refuses the type if it cannot be that of the file according to the names of both, or to what the file says of its keys.
    fn check_names(&self, inner: &MassMapInner<R, H>) -> Result<(), ReadError>;

    /// The hash of an encoded key, which fails if it is no key of the type.
    fn hash(&self, inner: &MassMapInner<R, H>, encoded: &[u8]) -> Result<u64, DecodeError>;
}

/// Keys of the type `K`.
#[derive(Debug)]
pub struct KeysOf<K>(PhantomData<fn() -> K>);

impl<K> KeysOf<K> {
    /// The only value.
    pub const NEW: Self = Self(PhantomData);
}

impl<K> Clone for KeysOf<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for KeysOf<K> {}

impl<K, R, H: MassMapHashLoader> StoredKeys<R, H> for KeysOf<K>
where
    K: for<'de> Deserialize<'de> + Hash,
{
    fn type_name(&self) -> &'static str {
        type_name::<K>()
    }

    fn check_names(&self, inner: &MassMapInner<R, H>) -> Result<(), ReadError> {
        inner.check_key_names::<K>()?;
        inner.check_type::<K>(Role::Key)
    }

    fn hash(&self, inner: &MassMapInner<R, H>, encoded: &[u8]) -> Result<u64, DecodeError> {
        Ok(inner.hash(&inner.index().key_codec().decode::<K>(encoded)?))
    }
}
