//! What pages are kept under.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use quick_cache::Equivalent;

use crate::reader::version_tag::VersionTag;

/// A version of a file, in pages of one size.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileKey {
    identity: Identity,
    page_size: u64,
    /// Hash of the others: it is needed at each lookup.
    hash: u64,
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum Identity {
    Known {
        location: String,
        version: VersionTag,
    },
    /// A file that cannot be told from others: only the one reader finds the pages that it read.
    OfOneReader(u64),
}

impl FileKey {
    /// The key of what the reader with this number reads.
    pub(super) fn new(location: &str, version: &VersionTag, page_size: u64, reader: u64) -> Self {
        let can_be_told = version.is_strong() && !version.as_str().is_empty() && !location.is_empty();
        let identity = match can_be_told {
            true => Identity::Known {
                location: location.to_owned(),
                version: version.clone(),
            },
            false => Identity::OfOneReader(reader),
        };
        let mut hasher = DefaultHasher::new();
        (&identity, page_size).hash(&mut hasher);
        Self {
            identity,
            page_size,
            hash: hasher.finish(),
        }
    }
}

/// A page of a file.
#[derive(Debug, Clone)]
pub(super) struct PageKey {
    file: Arc<FileKey>,
    number: u64,
}

impl PageKey {
    pub(super) fn new(file: &Arc<FileKey>, number: u64) -> Self {
        Self {
            file: Arc::clone(file),
            number,
        }
    }
}

impl PartialEq for PageKey {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number && same_file(&self.file, &other.file)
    }
}

impl Eq for PageKey {}

impl Hash for PageKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.file.hash, self.number).hash(state);
    }
}

/// The same as a [`PageKey`], for lookups.
#[derive(Debug)]
pub(super) struct PageRef<'a> {
    pub(super) file: &'a Arc<FileKey>,
    pub(super) number: u64,
}

impl Hash for PageRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.file.hash, self.number).hash(state);
    }
}

impl Equivalent<PageKey> for PageRef<'_> {
    fn equivalent(&self, key: &PageKey) -> bool {
        self.number == key.number && same_file(self.file, &key.file)
    }
}

fn same_file(a: &Arc<FileKey>, b: &Arc<FileKey>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart_by_location_version_and_size_of_pages() {
        let strong = VersionTag::strong;
        let file = |location, version, page_size| FileKey::new(location, &version, page_size, 1);
        let one = file("a", strong("1"), 4096);
        assert_eq!(one, FileKey::new("a", &strong("1"), 4096, 2), "another reader");
        for other in [
            file("b", strong("1"), 4096),
            file("a", strong("2"), 4096),
            file("a", strong("1"), 8192),
            file("a", VersionTag::weak("1"), 4096),
            file("a1", strong(""), 4096),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn files_that_cannot_be_told_apart_are_different_for_each_reader() {
        for (location, version) in [
            ("a", VersionTag::weak("1")),
            ("", VersionTag::strong("1")),
            ("a", VersionTag::strong("")),
        ] {
            let key = |reader| FileKey::new(location, &version, 4096, reader);
            assert_eq!(key(1), key(1));
            assert_ne!(key(1), key(2));
        }
    }

    #[test]
    fn a_page_is_found_by_reference() {
        let file = |location| Arc::new(FileKey::new(location, &VersionTag::strong("1"), 4096, 1));
        let key = PageKey::new(&file("a"), 7);
        let hash = |hashed: &dyn Fn(&mut DefaultHasher)| {
            let mut hasher = DefaultHasher::new();
            hashed(&mut hasher);
            hasher.finish()
        };
        for (location, number, found) in [("a", 7, true), ("a", 8, false), ("b", 7, false)] {
            let file = file(location);
            let reference = PageRef { file: &file, number };
            assert_eq!(reference.equivalent(&key), found);
            let hashes = (
                hash(&|hasher| reference.hash(hasher)),
                hash(&|hasher| key.hash(hasher)),
            );
            assert_eq!(hashes.0 == hashes.1, found);
        }
    }
}
