//! Lower bounds of the time of lookups.

use std::fs::File;
use std::hint::black_box;
use std::io;

use massmap::{LendingReader, MassMapReader};
use massmap_benches::{Contestant, Dataset, Prepared};

use crate::PAGE;
use crate::ours::open_mapped;
use crate::serial::Keys;

/// The limit of lookups in mapped files.
pub(crate) const FLOOR: &str = "floor: hash, read a word";

/// The limit of lookups through system calls.
pub(crate) const PREAD: &str = "floor: hash, pread 4 KiB";

const WORD: usize = size_of::<u64>();

/// Hashes a key and reads one word of the mapped file, at a position that depends on the hash.
///
/// The next key depends on that word: a chain of one hash and one random access, which every lookup also contains.
pub(crate) fn floor<'a, D>(keys: &'a Keys<D::Key>, prepared: &Prepared<D>) -> io::Result<Contestant<'a>>
where
    D: Dataset<Key: 'a, Value: 'a>,
{
    let (map, file) = (open_mapped(prepared)?, prepared.map_file()?);
    // Touches every page before the measurement.
    black_box(
        file.bytes()
            .iter()
            .step_by(PAGE as usize)
            .fold(0, |sum, byte| sum ^ byte),
    );
    let words = file.bytes().len() / WORD;
    let mut positions = Positions::default();
    Ok(keys.limit(FLOOR, move |key| {
        let at = positions.next(map.inner().hash(key), words) * WORD;
        let word = file.bytes()[at..].first_chunk();
        u64::from_le_bytes(*word.expect("the position is in the file"))
    }))
}

/// Hashes a key and reads one page of the file, at a position that depends on the hash, with one system call into the same buffer
/// as lookups. The time of the kernel's copy depends on its alignment.
pub(crate) fn pread<'a, D>(keys: &'a Keys<D::Key>, prepared: &Prepared<D>) -> io::Result<Contestant<'a>>
where
    D: Dataset<Key: 'a, Value: 'a>,
{
    let (map, file) = (prepared.open()?, File::open(prepared.path())?);
    let pages = file.metadata()?.len() / u64::from(PAGE);
    let pages = usize::try_from(pages).map_err(io::Error::other)?;
    let mut positions = Positions::default();
    Ok(keys.limit(PREAD, move |key| {
        let page = positions.next(map.inner().hash(key), pages) as u64;
        file.read_exact_at(page * u64::from(PAGE), PAGE.into(), |bytes| {
            Ok(u64::from_le_bytes(
                *bytes.last_chunk().expect("a page is longer than a word"),
            ))
        })
        .expect("the position is in the file")
    }))
}

/// Positions that depend on hashes and differ in each call, so that few keys do not read few positions.
#[derive(Default)]
struct Positions(u64);

impl Positions {
    /// A number below `end`.
    fn next(&mut self, hash: u64, end: usize) -> usize {
        // Multiples of the golden ratio are spread evenly.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        ((u128::from(hash ^ self.0) * end as u128) >> 64) as usize
    }
}
