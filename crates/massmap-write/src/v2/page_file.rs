//! Writing a file of format 2 so that an incomplete one does not open.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use massmap_core::codec::EntryCodec;
use massmap_format::{
    CompressionDescription, EntryLayout, MassMapHeader, MassMapInfo, MassMapMeta, PageLayout, PagedHeader,
    PagedMetadata, RunEncoder, Section, SectionKind, ShardLabel, bin_of, fraction_of, stream_page_index,
};
use massmap_io::MassMapWriter;

use super::file_id::file_id;
use super::miss_filter::{self, MissFilterBuilder};
use super::oversized_bin::OversizedBin;
use super::packing::{EntriesSize, bins, page_layout};
use crate::config::{Description, Settings, Shard};
use crate::entry::Totals;
use crate::resources::{BufferedWriter, Resources, SpooledFile, TemporaryFiles};

/// A file of format 2 that is being written: its pages in order, then its tail, and finally its header.
pub(crate) struct PageFile<'w> {
    writer: BufferedWriter<'w>,
    longest_run: u32,
    layout: PageLayout,
    choices: u32,
    /// Makes the records of entries, unless they stay MessagePack.
    codec: Option<Arc<EntryCodec>>,
    file_id: u64,
    entries_digest: u64,
    bins: u64,
    shard: Option<ShardLabel>,
    build_id: [u8; 16],
    metadata: PagedMetadata,
    compression: Option<CompressionDescription>,
    /// The first bin of each page so far.
    first_bins: SpooledFile,
    page_count: u64,
    runs: u64,
    entry_count: u64,
    entries_length: u64,
    /// The last spread hash so far.
    last: u64,
    filter: Option<MissFilterBuilder>,
}

/// A run of pages with its place in the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlacedRun {
    pub(crate) first_page: u64,
    pub(crate) pages: u64,
    /// From the first bin of the run to before that of the next one.
    first_bin: u64,
    end_bin: u64,
}

impl PlacedRun {
    /// See [`fraction_of`].
    pub(crate) fn fraction_of(&self, spread: u64, bins: u64) -> u32 {
        fraction_of(spread, bins, self.first_bin, self.end_bin)
    }
}

impl<'w> PageFile<'w> {
    /// Begins a file for entries with these totals.
    ///
    /// Nothing is written before the first run, nor at all if the metadata cannot be encoded.
    pub(crate) fn new(
        writer: &'w dyn MassMapWriter,
        settings: &Settings,
        description: Description,
        totals: Totals,
        compression: Option<CompressionDescription>,
        resources: &Resources,
    ) -> io::Result<Self> {
        let entries = EntriesSize {
            count: totals.entry_count,
            length: totals.stored_length(),
        };
        let layout = page_layout(entries, totals.layout(), settings.page_size)?;
        let page_size = layout.page_size();
        let names = description.names.only_if(settings.type_names());
        let metadata = PagedMetadata {
            // The counts are set when they are known.
            meta: MassMapMeta {
                hash_config: description.hash_config,
                key_type: names.key_type,
                value_type: names.value_type,
                ..MassMapMeta::default()
            },
            duplicate_keys: settings.duplicate_keys(),
            hash_probes: description.hash_probes,
            user: settings.user_metadata.clone(),
            types: totals.types.clone(),
        };
        metadata.encode()?;
        let shards = settings.shard.map_or(1, |shard| shard.count);
        let lines = miss_filter::lines(totals.entry_count, shards);
        let bins = bins(entries, layout, shards);
        let filter = settings
            .miss_filter()
            .then(|| MissFilterBuilder::new(lines, resources));
        Ok(Self {
            writer: BufferedWriter::after_header(writer, settings.writer_buffer_size, page_size as usize),
            longest_run: settings.longest_run(),
            layout,
            choices: PagedHeader::choices_of(settings.page_size.is_some(), settings.longest_run()),
            codec: EntryCodec::new(&totals.types).map(Arc::new),
            file_id: file_id(
                settings,
                &totals,
                layout,
                stored_bins(totals.entry_count, bins),
                metadata.hash_probes,
                compression
                    .as_ref()
                    .filter(|_| layout.entries() == EntryLayout::Compressed),
            ),
            entries_digest: totals.entries_digest,
            bins,
            shard: settings.shard.map(Shard::label),
            build_id: settings.build_id.unwrap_or_default(),
            metadata,
            compression,
            first_bins: SpooledFile::new(&resources.files, resources.memory.spooled_file()),
            page_count: 0,
            runs: 0,
            entry_count: 0,
            entries_length: 0,
            last: 0,
            filter,
        })
    }

    /// The most pages that bins may share.
    pub(crate) fn longest_run(&self) -> u32 {
        self.longest_run
    }

    pub(crate) fn layout(&self) -> PageLayout {
        self.layout
    }

    /// What makes the records of entries, unless they stay MessagePack.
    pub(crate) fn codec(&self) -> Option<&Arc<EntryCodec>> {
        self.codec.as_ref()
    }

    pub(crate) fn file_id(&self) -> u64 {
        self.file_id
    }

    pub(crate) fn bins(&self) -> u64 {
        self.bins
    }

    /// The bin behind that of the last entry so far. The last run ends before it.
    pub(crate) fn end_bin(&self) -> u64 {
        bin_of(self.last, self.bins) + 1
    }

    /// Counts an entry that will be written, which takes `length` bytes as MessagePack, or with a compressed value. Spread hashes must
    /// not decrease.
    #[inline]
    pub(crate) fn count(&mut self, spread: u64, length: usize) -> io::Result<()> {
        self.last = spread;
        self.entry_count += 1;
        self.entries_length += match self.layout.entries() {
            EntryLayout::Fixed(widths) => widths.entry().into(),
            EntryLayout::Variable | EntryLayout::Compressed => length as u64,
        };
        match &mut self.filter {
            Some(filter) => filter.add(spread),
            None => Ok(()),
        }
    }

    /// Places the next run, which holds these bins and has so many pages.
    pub(crate) fn place(&mut self, bins: Range<u64>, pages: u64) -> io::Result<PlacedRun> {
        let (first_bin, end_bin) = (bins.start, bins.end);
        let first_page = self.page_count;
        (0..pages).try_for_each(|_| self.first_bins.write(&first_bin.to_le_bytes()))?;
        self.page_count += pages;
        self.runs += 1;
        Ok(PlacedRun {
            first_page,
            pages,
            first_bin,
            end_bin,
        })
    }

    /// Appends encoded runs.
    pub(crate) fn write(&mut self, runs: &[u8]) -> io::Result<()> {
        self.writer.write(runs)
    }

    /// Writes a run of a single bin.
    pub(crate) fn write_oversized(
        &mut self,
        placed: PlacedRun,
        encoder: RunEncoder,
        bin: &OversizedBin,
    ) -> io::Result<()> {
        let (bins, page_size) = (self.bins, self.layout.page_size());
        let fraction_of = |spread| placed.fraction_of(spread, bins);
        // The checksums stand before the bytes that they cover. They are computed first, since not every target can go back.
        let mut sums = encoder.clone();
        let mut add = |piece: &[u8]| {
            sums.add(piece);
            Ok(())
        };
        bin.write_directory(&encoder, fraction_of, &mut add)?;
        bin.write_entries(&encoder, page_size, &mut add)?;
        let checksums = sums.checksums(self.file_id, placed.first_page);

        let mut write = |piece: &[u8]| self.writer.write(piece);
        write(&encoder.header(checksums.checksum))?;
        bin.write_directory(&encoder, fraction_of, &mut write)?;
        write(&checksums.part_checksums)?;
        bin.write_entries(&encoder, page_size, &mut write)
    }

    /// Writes the tail and the two headers.
    pub(crate) fn finish(mut self) -> io::Result<MassMapInfo> {
        let Self { page_count, .. } = self;
        let meta = &mut self.metadata.meta;
        meta.entry_count = self.entry_count;
        meta.bucket_count = page_count;
        meta.occupied_bucket_count = self.runs;
        meta.occupied_bucket_range = 0..page_count;
        let mut header = PagedHeader {
            page_size: self.layout.page_size(),
            optional_features: 0,
            required_features: PagedHeader::required_features_of(self.layout.entries()),
            file_id: self.file_id,
            entry_count: self.entry_count,
            entries_length: self.entries_length,
            page_count,
            bins: stored_bins(self.entry_count, self.bins),
            directory_words: self.layout.directory_words(),
            choices: self.choices,
            shard: self.shard,
            build_id: self.build_id,
            entries_digest: self.entries_digest,
            sections: Vec::new(),
        };
        let metadata = self.metadata.encode()?;
        let metadata = self.write_section(SectionKind::Metadata, |write| write(&metadata))?;
        header.sections.push(metadata);
        if page_count > 0 {
            let first_bins = std::mem::replace(
                &mut self.first_bins,
                SpooledFile::new(&TemporaryFiles::default(), 0),
            );
            let end_bin = self.end_bin();
            header
                .sections
                .push(self.write_section(SectionKind::PageIndex, |write| {
                    stream_page_index(
                        page_count,
                        end_bin,
                        |page| {
                            first_bins.read(0..first_bins.len(), 8, |bins| {
                                let mut bins = bins.as_chunks().0.iter().copied().map(u64::from_le_bytes);
                                bins.try_for_each(&mut *page)
                            })
                        },
                        write,
                    )
                })?);
            if let Some(filter) = self.filter.take() {
                let (beginning, lines) = filter.finish()?;
                header
                    .sections
                    .push(self.write_section(SectionKind::MissFilter, |write| {
                        write(&beginning)?;
                        lines.read(0..lines.len(), 1, write)
                    })?);
            }
        }
        if let Some(compression) = self.compression.take() {
            let bytes = compression.encode();
            header
                .sections
                .push(self.write_section(SectionKind::Compression, |write| write(&bytes))?);
        }
        self.writer.finish_with_two_headers(&header.encode())?;
        Ok(MassMapInfo {
            header: MassMapHeader {
                meta_offset: metadata.offset,
                meta_length: metadata.length,
            },
            meta: self.metadata.described_meta(),
        })
    }

    /// Writes a section. `encode` gives its content piece by piece.
    fn write_section(
        &mut self,
        kind: SectionKind,
        encode: impl FnOnce(&mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()>,
    ) -> io::Result<Section> {
        self.writer.align(PagedHeader::SECTION_ALIGNMENT)?;
        let mut section = Section::builder(kind, self.writer.position());
        encode(&mut |bytes| {
            section.add(bytes);
            self.writer.write(bytes)
        })?;
        let (section, checksums) = section.finish();
        self.writer.write(&checksums)?;
        Ok(section)
    }
}

/// The number of bins that the header states: none without entries.
fn stored_bins(entry_count: u64, bins: u64) -> u64 {
    match entry_count {
        0 => 0,
        _ => bins,
    }
}
