//! Memory that ranges of files are read into.

pub(crate) mod aligned;
mod kept;
pub(crate) mod transfer;

pub(crate) use kept::with_buffer;
pub(crate) use transfer::fill;

#[cfg(test)]
mod tests;
