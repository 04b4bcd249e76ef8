//! Reading compressed values, `FORMAT.md` section 2.4.2.
//!
//! Needs the feature `zstd`. Without it there is no [`ValueDecoder`], and files that need one do not open.

#[cfg(feature = "zstd")]
mod decoder;
mod error;
#[cfg(feature = "zstd")]
mod thread;
#[cfg(not(feature = "zstd"))]
mod unavailable;

#[cfg(feature = "zstd")]
pub use decoder::ValueDecoder;
pub use error::ValueError;
#[cfg(not(feature = "zstd"))]
pub use unavailable::ValueDecoder;
