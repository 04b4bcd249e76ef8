//! Format 1, chapter 1 of `FORMAT.md`: one file for each of its structures.

pub(crate) mod bucket;
pub(crate) mod bucket_meta;
pub(crate) mod header;
pub(crate) mod meta;
pub(crate) mod metadata;
pub(crate) mod metadata_decoder;
pub(crate) mod metadata_stream;
pub(crate) mod placement;
mod validate;
