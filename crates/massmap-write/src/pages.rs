//! Writing entries as a file of format 2.

use std::io;

use massmap_format::{
    MassMapHeader, MassMapInfo, MassMapMeta, PagedHeader, PagedMetadata, RawEntry, Section, SectionKind,
    bin_of, encode_page_index, encode_run, fingerprint_of, pages_needed,
};
use massmap_io::MassMapWriter;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::WriteError;
use crate::arranged::Identity;
use crate::file::Sink;
use crate::filter::encode_filter;
use crate::settings::Settings;

/// Bins a page: fewer make pages less full, more make the index larger. 64 leaves 1 to 2 % of pages with small entries
/// empty, at 8.5 bits of index a page.
const BINS_PER_PAGE: u64 = 64;

/// Sums over all entries that come in, whichever order they come in.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Totals {
    pub(crate) entry_count: u64,
    /// Length of all keys and values, in bytes.
    pub(crate) entries_length: u64,
    /// Tells files apart: the sum, modulo 2^64, of the hashes of the encoded entries.
    pub(crate) file_id: u64,
}

impl Totals {
    /// Adds an entry.
    pub(crate) fn add(&mut self, spread: u64, entry: &RawEntry<'_>) {
        let hash = xxh3_64_with_seed(entry.value, xxh3_64_with_seed(entry.key, spread));
        self.add_all(Self {
            entry_count: 1,
            entries_length: (entry.key.len() + entry.value.len()) as u64,
            file_id: hash,
        });
    }

    /// Adds the entries of another file.
    pub(crate) fn add_all(&mut self, other: Self) {
        self.entry_count = self.entry_count.saturating_add(other.entry_count);
        self.entries_length = self.entries_length.saturating_add(other.entries_length);
        self.file_id = self.file_id.wrapping_add(other.file_id);
    }

    /// Number of bins for these entries.
    fn bins(&self, page_size: u32) -> u64 {
        // A fingerprint and two bytes of offset an entry, a header of eight bytes a page.
        let length = self
            .entries_length
            .saturating_add(self.entry_count.saturating_mul(3));
        length
            .div_ceil(u64::from(page_size) - 8)
            .max(1)
            .saturating_mul(BINS_PER_PAGE)
    }
}

/// Writes a whole file: clears the header, has `feed` push all entries in the order of their spread hashes, writes the
/// tail, and only then the header.
pub(crate) fn write_pages<W: MassMapWriter>(
    writer: &W,
    settings: Settings,
    identity: Identity,
    totals: Totals,
    feed: impl FnOnce(&mut PageWriter<'_, '_, W>) -> io::Result<()>,
) -> io::Result<MassMapInfo> {
    let page_size = settings.page_size();
    let bins = totals.bins(page_size);
    let mut metadata = PagedMetadata {
        // The counts follow when they are known.
        meta: MassMapMeta {
            hash_config: identity.hash_config,
            key_type: identity.key_type,
            value_type: identity.value_type,
            ..MassMapMeta::default()
        },
        duplicate_keys: settings.duplicate_keys(),
        hash_probes: identity.hash_probes,
        user: settings.user_metadata.clone(),
    };
    // If they cannot be encoded, that had better come to light before the target is touched.
    metadata.encode()?;
    let first_page = vec![0; page_size as usize];
    writer.write_all_at(&first_page, 0)?;
    let mut sink = Sink::new(writer, settings.writer_buffer_size, page_size.into());
    let mut pages = PageWriter {
        sink: &mut sink,
        page_size,
        file_id: totals.file_id,
        bins,
        page: Run::default(),
        page_first_bin: 0,
        bin: Run::default(),
        bin_number: 0,
        first_bins: Vec::new(),
        runs: 0,
        written: Totals::default(),
        hashes: settings.miss_filter().then(Vec::new),
        scratch: Vec::new(),
    };
    feed(&mut pages)?;
    let Written {
        first_bins,
        runs,
        totals: written,
        hashes,
    } = pages.finish()?;

    let page_count = first_bins.len() as u64;
    metadata.meta.entry_count = written.entry_count;
    metadata.meta.bucket_count = page_count;
    metadata.meta.occupied_bucket_count = runs;
    metadata.meta.occupied_bucket_range = 0..page_count;
    let mut sections = vec![(SectionKind::Metadata, metadata.encode()?)];
    if page_count > 0 {
        sections.push((SectionKind::PageIndex, encode_page_index(&first_bins, bins)?));
        if let Some(hashes) = hashes {
            sections.push((SectionKind::MissFilter, encode_filter(&hashes)?));
        }
    }
    let mut header = PagedHeader {
        page_size,
        optional_features: 0,
        required_features: 0,
        file_id: totals.file_id,
        entry_count: written.entry_count,
        entries_length: written.entries_length,
        page_count,
        bins: if page_count > 0 { bins } else { 0 },
        sections: Vec::new(),
    };
    for (kind, bytes) in &sections {
        sink.align(PagedHeader::SECTION_ALIGNMENT)?;
        header.sections.push(Section::of(*kind, sink.position(), bytes));
        sink.write(bytes)?;
    }
    sink.flush()?;
    writer.write_all_at(&header.encode(), 0)?;

    let metadata_section = header.section(SectionKind::Metadata)?;
    Ok(MassMapInfo {
        header: MassMapHeader {
            meta_offset: metadata_section.offset,
            meta_length: metadata_section.length,
        },
        meta: metadata.meta,
    })
}

/// Packs entries into pages. Holds the entries of a page and a bin, eight bytes for each page and, for a miss filter, eight
/// bytes for each key.
pub(crate) struct PageWriter<'s, 'w, W: MassMapWriter> {
    sink: &'s mut Sink<'w, W>,
    page_size: u32,
    file_id: u64,
    bins: u64,
    /// Whole bins that share a page, or one bin that takes a run.
    page: Run,
    page_first_bin: u64,
    /// The entries so far of the bin `bin_number`.
    bin: Run,
    bin_number: u64,
    first_bins: Vec<u64>,
    runs: u64,
    written: Totals,
    /// The spread hashes for the miss filter.
    hashes: Option<Vec<u64>>,
    scratch: Vec<u8>,
}

/// What a [`PageWriter`] leaves to be written behind the pages.
struct Written {
    first_bins: Vec<u64>,
    runs: u64,
    totals: Totals,
    hashes: Option<Vec<u64>>,
}

/// Entries on their way into one run of pages.
#[derive(Default)]
struct Run {
    /// Fingerprint and end in `bytes` of each entry.
    entries: Vec<(u8, usize)>,
    bytes: Vec<u8>,
}

impl Run {
    fn append(&mut self, other: &mut Self) {
        let start = self.bytes.len();
        self.entries.extend(
            other
                .entries
                .drain(..)
                .map(|(fingerprint, end)| (fingerprint, start + end)),
        );
        self.bytes.append(&mut other.bytes);
    }

    fn pages_needed(&self, other: &Self, page_size: u32) -> Option<u64> {
        let count = self.entries.len() + other.entries.len();
        let length = self.bytes.len() + other.bytes.len();
        pages_needed(count as u64, length as u64, page_size)
    }

    fn iter(&self) -> impl Iterator<Item = (u8, &[u8])> + Clone {
        let starts = std::iter::once(0).chain(self.entries.iter().map(|&(_, end)| end));
        let ranges = starts.zip(&self.entries);
        ranges
            .map(|(start, &(fingerprint, end))| (fingerprint, self.bytes.get(start..end).unwrap_or_default()))
    }
}

impl<W: MassMapWriter> PageWriter<'_, '_, W> {
    /// Takes the next entry; spread hashes never decrease.
    pub(crate) fn push(&mut self, spread: u64, entry: &RawEntry<'_>) -> io::Result<()> {
        let bin = bin_of(spread, self.bins);
        if bin != self.bin_number {
            self.close_bin()?;
            self.bin_number = bin;
        }
        self.bin.bytes.extend_from_slice(entry.key);
        self.bin.bytes.extend_from_slice(entry.value);
        self.bin
            .entries
            .push((fingerprint_of(spread), self.bin.bytes.len()));
        self.written.entry_count += 1;
        self.written.entries_length += (entry.key.len() + entry.value.len()) as u64;
        if let Some(hashes) = &mut self.hashes {
            // The filter's construction fails on duplicates, and they come one behind the other.
            if hashes.last() != Some(&spread) {
                hashes.push(spread);
            }
        }
        Ok(())
    }

    fn close_bin(&mut self) -> io::Result<()> {
        if self.bin.entries.is_empty() {
            return Ok(());
        }
        if self.page.pages_needed(&self.bin, self.page_size) != Some(1) && !self.page.entries.is_empty() {
            self.emit()?;
            self.page_first_bin = self.bin_number;
        }
        self.page.append(&mut self.bin);
        Ok(())
    }

    fn emit(&mut self) -> io::Result<()> {
        let length = self.page.bytes.len() as u64;
        let pages = self.page.pages_needed(&Run::default(), self.page_size);
        let pages = pages.ok_or(WriteError::BinTooLarge { length })?;
        let first_page = self.first_bins.len() as u64;
        self.scratch.clear();
        encode_run(
            self.page.iter(),
            pages,
            self.page_size,
            self.file_id,
            first_page,
            &mut self.scratch,
        );
        self.sink.write(&self.scratch)?;
        self.first_bins.extend((0..pages).map(|_| self.page_first_bin));
        self.runs += 1;
        self.page.entries.clear();
        self.page.bytes.clear();
        Ok(())
    }

    fn finish(mut self) -> io::Result<Written> {
        self.close_bin()?;
        if !self.page.entries.is_empty() {
            self.emit()?;
        }
        Ok(Written {
            first_bins: self.first_bins,
            runs: self.runs,
            totals: self.written,
            hashes: self.hashes,
        })
    }
}
