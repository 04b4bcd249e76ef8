//! The format of a file.

/// A file format. The first eight bytes of a file tell which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FormatVersion {
    /// Buckets, as massmap 0.1.5 writes them.
    V1,
    /// Aligned, checksummed pages.
    V2,
}
