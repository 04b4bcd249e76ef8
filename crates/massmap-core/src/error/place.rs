//! A place in a file, as errors name it.

use std::fmt;

/// A bucket of format 1 or a page of format 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The bucket with this index, from 0.
    Bucket(usize),
    /// The page with this number, from 0. For a run of pages, its first page.
    Page(usize),
}

impl Place {
    /// Index of the bucket, or number of the page.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Bucket(index) | Self::Page(index) => index,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bucket(index) => write!(f, "bucket {index}"),
            Self::Page(index) => write!(f, "page {index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn buckets_are_called_buckets_and_pages_pages() {
        assert_eq!(Place::Bucket(3).to_string(), "bucket 3");
        assert_eq!(Place::Page(0).to_string(), "page 0");
        assert_eq!((Place::Bucket(3).index(), Place::Page(4).index()), (3, 4));
    }
}
