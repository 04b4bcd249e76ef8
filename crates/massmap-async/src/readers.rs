//! Readers.

#[cfg(feature = "object_store")]
pub(crate) mod blocking;
#[cfg(feature = "cache")]
pub(crate) mod cached;
pub(crate) mod hedged;
pub(crate) mod in_place;
pub(crate) mod memory;
#[cfg(feature = "object_store")]
pub(crate) mod object_store;
#[cfg(feature = "tokio")]
pub(crate) mod offloaded;
pub(crate) mod time_limit;
pub(crate) mod timer;
