//! Memory that ranges of files are read into.

mod aligned;
mod kept;
mod transfer;

#[cfg(feature = "io-uring")]
pub(crate) use aligned::Buffer;
pub(crate) use kept::with_buffer;
#[cfg(feature = "io-uring")]
pub(crate) use transfer::Transfer;
pub(crate) use transfer::fill;

#[cfg(test)]
mod tests;
