//! Walking a whole file and reporting what is wrong with it.

use std::collections::HashSet;
use std::hash::Hash;
use std::io;

use massmap_format::{DuplicateKeys, FormatError, MassMapHeader, PagedHeader, RawEntry, spread};
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::layout::{Extent, Layout, Pages};
use crate::scan::Block;
use crate::sequential::{LONGEST_READ, Sequential};
use crate::{ChecksumPolicy, MassMap, MassMapInner, Problem, VerifyReport};

impl<K, V, R: MassMapReader, H: MassMapHashLoader> MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de> + Clone,
{
    /// Reads the whole file and checks everything about it that can be checked.
    ///
    /// In either format: every bucket or page can be read and holds as many entries as it should, every key can be decoded
    /// and lies where it is looked for. In format 2 also: every checksum; the order of the entries; fingerprints; the miss
    /// filter knows every key; no key twice, if the file says so; unused bytes are zero; nothing lies behind the end.
    /// Values are walked over, not decoded.
    pub fn verify(&self) -> VerifyReport {
        verify(self.inner(), true, |block, entry| {
            let key: K = block.origin.decode_key(entry)?;
            Ok(Some(self.inner().hash(&key)))
        })
    }
}

impl<R: MassMapReader, H: MassMapHashLoader> MassMapInner<R, H> {
    /// Like [`MassMap::verify`], without what takes the type of the keys: whether they can be decoded, and lie where they
    /// are looked for.
    pub fn verify(&self) -> VerifyReport {
        verify(self, false, |_, _| Ok(None))
    }
}

/// Checks everything; `hash` gives the hash of an entry's key if the type of the keys is known.
fn verify<R: MassMapReader, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
    keys_checked: bool,
    hash: impl Fn(&Block<'_>, &RawEntry<'_>) -> io::Result<Option<u64>>,
) -> VerifyReport {
    let mut report = VerifyReport::new(inner.format(), keys_checked);
    let mut entries_length = 0;
    if let (true, Err(error)) = (keys_checked, inner.check_hash_function()) {
        report.add(Problem::of(None, &error.into()));
    }
    // Whatever the policy of the map: checking is what this is for.
    let mut reads = Sequential::new(inner, inner.layout().offset(usize::MAX), LONGEST_READ)
        .with_policy(ChecksumPolicy::EveryRead);
    for extent in inner.places().extents() {
        let extent = match extent {
            Ok(extent) => extent,
            Err(error) => {
                report.add(Problem::of(None, &error));
                continue;
            }
        };
        if let Err(error) = inner.places().check_run(&extent) {
            report.add(Problem::of(Some(extent.index as u64), &error.into()));
        }
        match reads.read(extent, |block| check_block(inner, &extent, &block, &hash)) {
            Ok(checked) => {
                report.blocks += 1;
                report.bytes += extent.length;
                report.entries += checked.entries;
                entries_length += checked.entries_length;
                checked
                    .problems
                    .into_iter()
                    .for_each(|problem| report.add(problem));
            }
            Err(error) => report.add(Problem::of(Some(extent.index as u64), &error)),
        }
    }
    match inner.layout() {
        Layout::Pages(pages) => {
            if report.is_ok() {
                let header = &pages.header;
                for (what, stated, found) in [
                    ("entries", header.entry_count, report.entries),
                    ("bytes of entries", header.entries_length, entries_length),
                    ("runs of pages", inner.meta.occupied_bucket_count, report.blocks),
                    (
                        "pages from the first",
                        inner.meta.occupied_bucket_range.end,
                        header.page_count,
                    ),
                    (
                        "pages before the first",
                        inner.meta.occupied_bucket_range.start,
                        0,
                    ),
                ] {
                    if stated != found {
                        let message = format!("the file says that it has {stated} {what}, it has {found}");
                        report.add(Problem { place: None, message });
                    }
                }
            }
            check_frame(&inner.reader, pages, &mut report);
        }
        // Opening has checked these bytes; this format allows any behind them.
        Layout::Buckets(_) => report.bytes += MassMapHeader::SIZE as u64 + inner.header.meta_length,
    }
    report
}

/// What is in a bucket or run.
#[derive(Default)]
struct Checked {
    entries: u64,
    /// Length of all keys and values, in bytes.
    entries_length: u64,
    problems: Vec<Problem>,
}

/// Checks a bucket or run.
fn check_block<R: MassMapReader, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
    extent: &Extent,
    block: &Block<'_>,
    hash: impl Fn(&Block<'_>, &RawEntry<'_>) -> io::Result<Option<u64>>,
) -> io::Result<Checked> {
    let place = Some(extent.index as u64);
    let mut checked = Checked::default();
    let problems = &mut checked.problems;
    let mut add = |message| problems.push(Problem { place, message });
    let unique = inner.duplicate_keys() != DuplicateKeys::KeepAll;
    let mut keys = HashSet::new();
    let mut previous = 0;
    let mut number = 0;
    if block.padding().iter().any(|byte| *byte != 0) {
        add("unused bytes are not zero".to_owned());
    }
    let home = inner.places().home(extent);
    block.for_each(|entry| {
        let index = number;
        number += 1;
        checked.entries_length += (entry.key.len() + entry.value.len()) as u64;
        if unique && !keys.insert(entry.key) {
            add(format!("entry {index} has the key of an earlier one"));
        }
        let Some(hash) = hash(block, &entry)? else {
            return Ok(());
        };
        // The search that lookups make, too: it uses parts of the index that the run itself has no part in.
        if !home.belongs(hash, block, index) || inner.places().place(hash) != extent.index {
            add(format!(
                "the key of entry {index} is not found where its hash says"
            ));
        }
        if let Layout::Pages(_) = inner.layout() {
            let spread = spread(hash);
            if spread < previous {
                add(format!("entry {index} is out of order"));
            }
            previous = spread;
        }
        Ok(())
    })?;
    checked.entries = number as u64;
    Ok(checked)
}

/// Checks what surrounds the pages: the first page and the tail, as they are in the file now, and that nothing follows.
fn check_frame<R: MassMapReader>(reader: &R, pages: &Pages, report: &mut VerifyReport) {
    let header = &pages.header;
    let first_page = reader.read_exact_at(0, header.page_size.into(), |bytes| {
        let mut expected = header.encode().to_vec();
        expected.resize(bytes.len(), 0);
        Ok(bytes == expected)
    });
    report.expect(first_page, "the first page is not the header and zeros");

    let (offset, length) = header.tail();
    let tail = reader.read_exact_at(offset, length, |tail| {
        check_sections(header, tail).map_err(io::Error::from)
    });
    report.expect(tail, "bytes between the sections are not zero");
    report.bytes += u64::from(header.page_size) + length;

    match reader.read_exact_at(offset + length, 1, |_| Ok(())) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
        behind => report.expect(
            behind.map(|()| false),
            "there are bytes behind the end, as when a file is written over a longer one",
        ),
    }
}

/// Whether the bytes between the sections of the tail are zero; an error if a checksum is wrong.
fn check_sections(header: &PagedHeader, tail: &[u8]) -> Result<bool, FormatError> {
    let (tail_offset, _) = header.tail();
    let mut end = 0;
    let mut zeros = true;
    for section in &header.sections {
        let range = || {
            let start = usize::try_from(section.offset.checked_sub(tail_offset)?).ok()?;
            let gap = tail.get(end..start)?;
            let bytes = tail.get(start..start.checked_add(usize::try_from(section.length).ok()?)?)?;
            Some((gap, bytes, start + bytes.len()))
        };
        let (gap, bytes, next) = range().ok_or(FormatError::SectionPlaces)?;
        section.verify(bytes)?;
        zeros &= gap.iter().all(|byte| *byte == 0);
        end = next;
    }
    Ok(zeros)
}
