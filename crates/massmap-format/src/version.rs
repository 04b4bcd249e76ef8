//! Which format a file has.

/// A file format, told by the first eight bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FormatVersion {
    /// Buckets, as massmap 0.1.5 writes them.
    V1,
    /// Aligned, checksummed pages.
    V2,
}
