//! When checksums are checked.

use std::io::Result;
use std::sync::atomic::{AtomicBool, Ordering};

use massmap::{Builder, BytesReader, ChecksumPolicy, Error, Map, MassMapReader, OpenOptions, ReadError};

use super::files::{ENTRIES, file_of_squares, flip, squares};

/// Where the checksum of a page of a file is, which no lookup looks at but to check it.
fn place_of_checksum(file: &[u8], page: u64) -> usize {
    let map = OpenOptions::new().open_bytes::<u64, u64>(file.to_vec()).unwrap();
    let header = map.as_mass_map().inner().paged_header().unwrap();
    header.page_offset(page).unwrap() as usize
}

/// Shows intact bytes at first, and damaged ones from then on.
struct Turning {
    intact: Vec<u8>,
    damaged: Vec<u8>,
    is_damaged: AtomicBool,
    in_memory: bool,
}

impl Turning {
    fn new(in_memory: bool) -> Self {
        let intact = Builder::new().build_bytes(squares()).unwrap();
        let mut damaged = intact.clone();
        (0..4).for_each(|page| damaged[place_of_checksum(&intact, page)] ^= 1);
        Self {
            intact,
            damaged,
            is_damaged: AtomicBool::new(false),
            in_memory,
        }
    }

    fn bytes(&self) -> &[u8] {
        match self.is_damaged.load(Ordering::Relaxed) {
            true => &self.damaged,
            false => &self.intact,
        }
    }
}

impl MassMapReader for Turning {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        BytesReader::new(self.bytes()).read_exact_at(offset, length, f)
    }

    fn in_memory(&self) -> Option<&[u8]> {
        self.in_memory.then(|| self.bytes())
    }
}

/// How many lookups notice the damage: after all keys were looked up before there was any, or not.
fn noticed(options: &OpenOptions, in_memory: bool, looked_up_before: bool) -> usize {
    let map: Map<u64, u64, _> = options.open_reader(Turning::new(in_memory)).unwrap();
    if looked_up_before {
        assert!((0..ENTRIES).all(|key| map.get(&key).unwrap() == Some(key * key)));
    }
    map.reader().is_damaged.store(true, Ordering::Relaxed);
    let is_noticed = |key: &u64| match map.get(key) {
        Ok(_) => false,
        Err(Error::Read(ReadError::DamagedPage { .. })) => true,
        Err(other) => panic!("{other:?}"),
    };
    (0..ENTRIES).filter(is_noticed).count()
}

#[test]
fn in_memory_a_page_is_checked_when_it_is_read_first() {
    let options = OpenOptions::new();
    assert_eq!(noticed(&options, true, true), 0);
    assert!(noticed(&options, true, false) > 100);
}

#[test]
fn elsewhere_a_page_is_checked_whenever_it_is_read() {
    let options = OpenOptions::new();
    let again = noticed(&options, false, true);
    assert!(again > 100);
    assert_eq!(noticed(&options, false, false), again);
}

#[test]
fn a_policy_that_is_set_holds_wherever_the_bytes_are() {
    for in_memory in [false, true] {
        let with = |policy| OpenOptions::new().checksum_policy(policy);
        assert!(noticed(&with(ChecksumPolicy::EveryRead), in_memory, true) > 100);
        assert_eq!(noticed(&with(ChecksumPolicy::FirstRead), in_memory, true), 0);
        assert!(noticed(&with(ChecksumPolicy::FirstRead), in_memory, false) > 100);
        assert_eq!(noticed(&with(ChecksumPolicy::Never), in_memory, false), 0);
    }
}

#[test]
fn a_file_that_is_damaged_while_it_is_open_is_noticed() {
    let (_scratch, path) = file_of_squares();
    let map = massmap::open::<u64, u64>(&path).unwrap();
    assert!((0..ENTRIES).all(|key| map.get(&key).unwrap() == Some(key * key)));
    let place = place_of_checksum(&std::fs::read(&path).unwrap(), 1);
    flip(&path, place as u64);
    let errors: Vec<_> = (0..ENTRIES).filter_map(|key| map.get(&key).err()).collect();
    assert!(!errors.is_empty());
    for error in errors {
        assert!(
            matches!(error, Error::Read(ReadError::DamagedPage { .. })),
            "{error:?}"
        );
    }
}
