//! Keys of which a program knows no more than the file says.

use massmap_core::dynamic::{Key, KeyError, Type};
use massmap_core::{ReadError, TypeNames};
use massmap_hash::MassMapHashLoader;
use rmp_serde::decode::Error as DecodeError;
use serde::de::Error as _;

use crate::MassMapInner;
use crate::map::stored_keys::StoredKeys;

/// Keys of the type that the file names.
#[derive(Debug, Clone, Copy)]
pub struct NamedKeys<'a>(pub(super) &'a Type);

impl<R, H: MassMapHashLoader> StoredKeys<R, H> for NamedKeys<'_> {
    fn type_name(&self) -> &'static str {
        TypeNames::OF_FILE
    }

    fn check_names(&self, _: &MassMapInner<R, H>) -> Result<(), ReadError> {
        Ok(())
    }

    fn hash(&self, inner: &MassMapInner<R, H>, encoded: &[u8]) -> Result<u64, DecodeError> {
        let mut buffer = Vec::new();
        let encoded = inner.index().key_codec().to_messagepack(encoded, &mut buffer)?;
        let key = self.0.key(Key::encoded(encoded)).map_err(undecodable)?;
        Ok(inner.hash(&key))
    }
}

#[cold]
pub(super) fn undecodable(error: KeyError) -> DecodeError {
    DecodeError::custom(error)
}
