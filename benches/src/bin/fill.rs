//! Prints how full the pages of format 2 are, the size of its index, and how much a hit reads, for several lengths of entries
//! and sizes of pages.
//!
//! ```text
//! cargo run --release --manifest-path benches/Cargo.toml --bin fill
//! ```
//!
//! The first table is about files that the builder writes, into up to 2 GB of memory. The second table is computed for other
//! numbers of bins, which the builder does not offer.

use std::io;

use massmap::{BytesReader, FormatVersion, MassMapBuilder, MassMapInner, MemoryWriter};
use massmap_benches::{Dataset, Integers, Strings, mix};
use massmap_format::{
    EntryLayout, EntryTypes, EntryWidths, Page, PageIndex, PageLayout, SectionKind, bin_of,
    encode_page_index, spread,
};
use serde::Serialize;

/// Number of bytes of the header of a run, and of the checksums of its parts.
fn before_entries(page_size: u32) -> u64 {
    8 + 4 * u64::from(PageLayout::part_count_of(page_size))
}

const PAGE_SIZES: [u32; 5] = [4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10];

/// Numbers of bins per full page.
const BINS: [u64; 5] = [16, 32, 64, 128, 256];

fn main() -> io::Result<()> {
    let shapes = [
        Shape::of::<Integers>("u64 → u64", 10_000_000, EntryWidths::new(8, 8)),
        Shape::of::<Strings>("21 B → 100 B", 5_000_000, None),
        Shape::with_length("266 B", 2_000_000, 266),
        Shape::with_length("1,000 B", 500_000, 1000),
        Shape::with_length("3,000 B", 200_000, 3000),
    ];
    println!(
        "| entries | page size | fill | keys and values | overhead per entry | index bits per page | pages per hit | bytes per hit |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for shape in &shapes {
        for page_size in PAGE_SIZES {
            (shape.build)(page_size)?.print(shape, page_size);
        }
    }

    println!("\n| entries | page size | bins per page | fill | index bits per page | pages per hit |");
    println!("|---|--:|--:|--:|--:|--:|");
    for shape in &shapes {
        for page_size in [PAGE_SIZES[0], PAGE_SIZES[2]] {
            for bins in BINS {
                let file = shape.simulate(page_size, bins)?;
                println!(
                    "| {} | {page_size} | {bins} | {:.2} % | {:.2} | {:.2} |",
                    shape.name,
                    100.0 * file.fill(shape, page_size),
                    file.index_bits(),
                    file.pages_per_hit(shape)
                );
            }
        }
    }
    Ok(())
}

/// Entries of one length.
struct Shape {
    name: &'static str,
    entries: u64,
    /// Stored length of key and value.
    length: u64,
    entry_layout: EntryLayout,
    build: Box<dyn Fn(u32) -> io::Result<Figures>>,
}

impl Shape {
    /// Entries of a data set, which have these widths or are MessagePack.
    fn of<D: Dataset>(name: &'static str, entries: u64, widths: Option<EntryWidths>) -> Self {
        Self {
            name,
            entries,
            // Without the header of the array of two in format 1.
            length: widths.map_or(D::ENTRY_LENGTH - 1, |widths| widths.entry().into()),
            entry_layout: widths.map_or(EntryLayout::Variable, EntryLayout::Fixed),
            build: Box::new(move |page_size| {
                figures(
                    page_size,
                    (0..entries).map(|ordinal| (D::key(ordinal), D::value(ordinal))),
                )
            }),
        }
    }

    /// With an integer as the key, and a string of the remaining length.
    fn with_length(name: &'static str, entries: u64, length: usize) -> Self {
        let header = if length - 9 - 2 < 256 { 2 } else { 3 };
        let value = "v".repeat(length - 9 - header);
        Self {
            name,
            entries,
            length: length as u64,
            entry_layout: EntryLayout::Variable,
            build: Box::new(move |page_size| {
                figures(
                    page_size,
                    (0..entries).map(|ordinal| (mix(ordinal), value.as_str())),
                )
            }),
        }
    }

    /// The layout of the pages of a file with entries of this one length, with directories of 7/4 bits an entry.
    fn layout(&self, page_size: u32) -> io::Result<PageLayout> {
        let room = 7 * (u64::from(page_size) - before_entries(page_size));
        let words = room.div_ceil(256 * self.length_in_page(page_size) + 56).max(1);
        let words = words.try_into().map_err(io::Error::other)?;
        Ok(PageLayout::new(self.entry_layout, page_size, words)?)
    }

    /// Length of an entry and its end.
    fn length_in_page(&self, page_size: u32) -> u64 {
        self.length + self.entry_layout.end_width(page_size.into()) as u64
    }

    /// Computes a file with this many bins per page.
    fn simulate(&self, page_size: u32, bins_per_page: u64) -> io::Result<Figures> {
        let layout = self.layout(page_size)?;
        let directory = layout.directory_length(page_size.into());
        let length = self.entries * self.length_in_page(page_size);
        let filled = length.div_ceil(u64::from(page_size) - before_entries(page_size) - directory);
        let bins = filled * bins_per_page;
        // Not the hashes of the builder, but equally random.
        let mut in_bins: Vec<u64> = (0..self.entries)
            .map(|ordinal| bin_of(spread(mix(ordinal)), bins))
            .collect();
        in_bins.sort_unstable();
        let pages_of = |count: u64| {
            layout
                .pages_needed(count, count * self.length)
                .ok_or_else(|| io::Error::other("the bin is too large"))
        };

        let mut first_bins = Vec::new();
        let mut figures = Figures::default();
        let mut run = (0, 0);
        let mut close = |(count, first_bin): (u64, u64)| {
            let pages = pages_of(count)?;
            figures.runs += 1;
            figures.pages_of_hits += pages * count;
            first_bins.extend((0..pages).map(|_| first_bin));
            io::Result::Ok(())
        };
        for bin in in_bins.chunk_by(|one, other| one == other) {
            let count = bin.len() as u64;
            if run.0 > 0 && pages_of(run.0 + count)? > 1 {
                close(run)?;
                run = (0, bin[0]);
            }
            run.0 += count;
        }
        close(run)?;
        figures.pages = first_bins.len() as u64;
        figures.index_length = encode_page_index(&first_bins, bins)?.len() as u64;
        Ok(figures)
    }
}

/// Properties of a file of format 2.
#[derive(Debug, Default)]
struct Figures {
    pages: u64,
    runs: u64,
    /// Length of the page index in bytes.
    index_length: u64,
    /// Number of pages read by looking up each entry once.
    pages_of_hits: u64,
}

impl Figures {
    /// The share of the pages that is used.
    fn fill(&self, shape: &Shape, page_size: u32) -> f64 {
        let pages = self.pages * u64::from(page_size);
        let directories = shape
            .layout(page_size)
            .map_or(0, |layout| layout.directory_length(pages));
        let used = self.runs * before_entries(page_size)
            + directories
            + shape.entries * shape.length_in_page(page_size);
        used as f64 / pages as f64
    }

    fn index_bits(&self) -> f64 {
        (8 * self.index_length) as f64 / self.pages as f64
    }

    fn pages_per_hit(&self, shape: &Shape) -> f64 {
        self.pages_of_hits as f64 / shape.entries as f64
    }

    fn print(&self, shape: &Shape, page_size: u32) {
        let bytes = (self.pages * u64::from(page_size)) as f64;
        let payload = (shape.entries * shape.length) as f64;
        let beyond = (bytes + self.index_length as f64 - payload) / shape.entries as f64;
        println!(
            "| {} | {page_size} | {:.2} % | {:.2} % | {beyond:.2} | {:.2} | {:.3} | {:.0} |",
            shape.name,
            100.0 * self.fill(shape, page_size),
            100.0 * payload / bytes,
            self.index_bits(),
            self.pages_per_hit(shape),
            self.pages_per_hit(shape) * f64::from(page_size),
        );
    }
}

/// Builds a map in memory and measures it.
fn figures<K, V>(page_size: u32, entries: impl Iterator<Item = (K, V)>) -> io::Result<Figures>
where
    K: Serialize + std::hash::Hash + Eq,
    V: Serialize,
{
    let writer = MemoryWriter::new();
    MassMapBuilder::default()
        .with_format(FormatVersion::V2)
        .with_page_size(page_size)
        .build(&writer, entries)?;
    let file = writer.into_inner();
    let map: MassMapInner<_> = MassMapInner::load(BytesReader::new(&file))?;
    let header = map.paged_header().expect("the file is of format 2");
    let section = header.section(SectionKind::PageIndex)?;
    let part = |offset: u64, length: u64| &file[offset as usize..][..length as usize];
    let index = PageIndex::new(
        section.verify(part(section.offset, section.length))?,
        header.page_count,
        header.bins,
    )?;
    let widths = map.entry_types().and_then(EntryTypes::widths);
    let layout = header.page_layout(widths)?;
    let mut figures = Figures {
        pages: header.page_count,
        index_length: section.length,
        ..Figures::default()
    };
    for run in index.runs() {
        let (offset, length) = header.extent_of(&run)?;
        figures.runs += 1;
        let page = Page::decode(part(offset, length.into()), layout)?;
        figures.pages_of_hits += run.pages * page.len() as u64;
    }
    Ok(figures)
}
