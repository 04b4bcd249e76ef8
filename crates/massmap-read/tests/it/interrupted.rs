//! Reads that fail while all entries are read.

use std::cell::Cell;
use std::io::{Error, ErrorKind, Result};

use massmap_format::FormatVersion;
use massmap_hash::Xxh3HashLoader;
use massmap_io::{BytesReader, MassMapReader};
use massmap_read::UntypedMap;
use massmap_write::MassMapBuilder;

/// Fails once, if an error is set.
struct FailingOnce {
    bytes: BytesReader<Vec<u8>>,
    error: Cell<Option<ErrorKind>>,
}

impl MassMapReader for FailingOnce {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        match self.error.take() {
            Some(kind) => Err(Error::from(kind)),
            None => self.bytes.read_exact_at(offset, length, f),
        }
    }
}

fn map() -> UntypedMap<FailingOnce> {
    let builder = MassMapBuilder::<Xxh3HashLoader>::default()
        .with_format(FormatVersion::V2)
        .with_page_size(512);
    let entries: Vec<(u64, u64)> = (0..1000).map(|number| (number, number)).collect();
    let reader = FailingOnce {
        bytes: BytesReader::new(support::files::build(builder, &entries)),
        error: Cell::new(None),
    };
    UntypedMap::load(reader).unwrap()
}

#[test]
fn a_read_that_was_interrupted_is_not_made_again_page_by_page() {
    let map = map();
    map.inner().reader.error.set(Some(ErrorKind::Interrupted));
    let first = map.iter().next().unwrap();
    assert_eq!(first.unwrap_err().kind(), ErrorKind::Interrupted);
    // Whoever goes on all the same finds the rest.
    map.inner().reader.error.set(Some(ErrorKind::Interrupted));
    assert!(map.iter().filter(Result::is_ok).count() > 900);
    assert_eq!(map.iter().filter(Result::is_ok).count(), 1000);
}

#[test]
fn pages_are_read_one_by_one_after_any_other_error() {
    let map = map();
    map.inner().reader.error.set(Some(ErrorKind::TimedOut));
    assert_eq!(map.iter().filter(Result::is_ok).count(), 1000);
}
