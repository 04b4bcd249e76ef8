//! Readers.

#[cfg(feature = "object_store")]
pub(crate) mod blocking;
pub(crate) mod memory;
#[cfg(feature = "object_store")]
pub(crate) mod object_store;
