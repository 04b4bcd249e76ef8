//! Describes a massmap file: its header and metadata, the sizes of its buckets or runs of pages, and the first damaged one.
//!
//! ```text
//! cargo run -p massmap-format --example inspect -- FILE
//! ```
//!
//! A reader that depends on `massmap-format` alone. It accepts any file: it allocates no more memory than the file really
//! holds, and reports damage as an error of one line.

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::process::ExitCode;

use massmap_format::{
    BucketEntries, MassMapBucketMeta, MassMapHeader, MassMapMeta, Metadata, Page, PageIndex, PageLayout,
    PageRun, PagedHeader, PagedMetadata, SectionKind,
};

/// Length of the longest bar, in characters.
const BAR: u64 = 40;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let (Some(path), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: inspect FILE");
        return ExitCode::from(2);
    };
    let result = File::open(&path)
        .map_err(Into::into)
        .and_then(|file| inspect(BufReader::new(file), &mut io::stdout().lock()));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {}", path.display(), one_line(&*error));
            ExitCode::FAILURE
        }
    }
}

/// Writes a description of `file` to `out`.
///
/// # Errors
///
/// The first damage in the file, or an error of reading or writing.
pub(crate) fn inspect(mut file: impl Read + Seek, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut buffer = Vec::new();
    read(&mut file, 0, MassMapHeader::SIZE as u64, &mut buffer).map_err(|error| named("header", error))?;
    if PagedHeader::is_magic(&buffer) {
        return inspect_pages(&mut file, &mut buffer, out);
    }
    let header = MassMapHeader::deserialize(&buffer)?;
    header.validate()?;
    writeln!(out, "format: 1")?;
    writeln!(
        out,
        "metadata: {} bytes at offset {}",
        header.meta_length, header.meta_offset
    )?;

    read(&mut file, header.meta_offset, header.meta_length, &mut buffer)
        .map_err(|error| named("metadata", error))?;
    let Metadata { meta, buckets } = Metadata::decode(&header, &buffer)?;
    writeln!(
        out,
        "buckets: {}, of which {} have entries, in {}..{}",
        meta.bucket_count,
        meta.occupied_bucket_count,
        meta.occupied_bucket_range.start,
        meta.occupied_bucket_range.end
    )?;
    common(&meta, out)?;
    histogram(
        "bytes in a bucket",
        buckets.iter().map(|bucket| bucket.length),
        out,
    )?;
    histogram(
        "entries in a bucket",
        buckets.iter().map(|bucket| bucket.count),
        out,
    )?;

    for (index, bucket) in buckets.iter().enumerate().filter(|(_, bucket)| bucket.count > 0) {
        check(&mut file, bucket, &mut buffer)
            .map_err(|error| named(&format!("bucket {index} at offset {}", bucket.offset), error))?;
    }
    writeln!(out, "all buckets are sound")?;
    Ok(())
}

/// Writes a description of `file`, which has format 2, to `out`.
fn inspect_pages(
    file: &mut (impl Read + Seek),
    buffer: &mut Vec<u8>,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    read(file, 0, PagedHeader::SIZE as u64, buffer).map_err(|error| named("header", error))?;
    let header = PagedHeader::decode(buffer)?;
    writeln!(out, "format: 2")?;
    writeln!(
        out,
        "pages: {} of {} bytes, {} bins",
        header.page_count, header.page_size, header.bins
    )?;
    for section in &header.sections {
        writeln!(
            out,
            "section {}: {} bytes at offset {}",
            section.kind, section.length, section.offset
        )?;
    }
    let mut section = |kind| -> Result<Vec<u8>, Box<dyn Error>> {
        let section = header.section(kind)?;
        read(file, section.offset, section.length, buffer).map_err(|error| named("section", error))?;
        let content = section.verify(buffer)?.len();
        buffer.truncate(content);
        Ok(std::mem::take(buffer))
    };
    let metadata = PagedMetadata::decode(&section(SectionKind::Metadata)?)?;
    metadata.validate(&header)?;
    common(&metadata.meta, out)?;
    writeln!(out, "duplicate keys: {:?}", metadata.duplicate_keys)?;
    for (name, value) in &metadata.user {
        writeln!(out, "note {name:?}: {value:?}")?;
    }
    if header.page_count == 0 {
        return Ok(());
    }
    let index = PageIndex::new(section(SectionKind::PageIndex)?, header.page_count, header.bins)?;
    let lengths = index
        .runs()
        .filter_map(|run| header.extent_of(&run).ok())
        .map(|(_, length)| length);
    histogram("bytes in a run of pages", lengths, out)?;
    let layout = header.page_layout(metadata.types.widths())?;
    let mut pages = 0;
    for run in index.runs() {
        check_run(file, &header, layout, &run, buffer)
            .map_err(|error| named(&format!("the run at page {}", run.first_page), error))?;
        pages += run.pages;
    }
    match pages == header.page_count {
        true => Ok(writeln!(out, "all pages are sound")?),
        false => Err(format!("the page index is damaged: it leads to {pages} pages").into()),
    }
}

fn check_run(
    file: &mut (impl Read + Seek),
    header: &PagedHeader,
    layout: PageLayout,
    run: &PageRun,
    buffer: &mut Vec<u8>,
) -> Result<(), Box<dyn Error>> {
    let (offset, length) = header.extent_of(run)?;
    read(file, offset, length.into(), buffer)?;
    let page = Page::decode(buffer, layout)?;
    page.verify(header.file_id, run.first_page)?;
    for index in 0..page.len() {
        page.entry(index)?;
    }
    Ok(())
}

/// Writes the metadata that both formats have.
fn common(meta: &MassMapMeta, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "entries: {}", meta.entry_count)?;
    // Quoted and escaped: a file must not be able to send commands to a terminal.
    let parameters = meta.hash_config.parameters.to_string();
    writeln!(out, "hash: {:?} {parameters:?}", meta.hash_config.name)?;
    writeln!(out, "key type: {:?}", meta.key_type)?;
    writeln!(out, "value type: {:?}", meta.value_type)
}

fn check(
    file: &mut (impl Read + Seek),
    bucket: &MassMapBucketMeta,
    buffer: &mut Vec<u8>,
) -> Result<(), Box<dyn Error>> {
    read(file, bucket.offset, bucket.length.into(), buffer)?;
    for entry in BucketEntries::decode(buffer, bucket.count)? {
        entry?;
    }
    Ok(())
}

/// Reads `length` bytes at `offset` into `buffer`, replacing its content.
fn read(
    file: &mut (impl Read + Seek),
    offset: u64,
    length: u64,
    buffer: &mut Vec<u8>,
) -> Result<(), Box<dyn Error>> {
    file.seek(SeekFrom::Start(offset))?;
    buffer.clear();
    // Grows as bytes are read, so a length beyond the end of the file costs no memory.
    let read = file.take(length).read_to_end(buffer)?;
    if read as u64 == length {
        Ok(())
    } else {
        Err(format!(
            "the file ends early: {length} bytes belong at offset {offset}, but only {read} are there"
        )
        .into())
    }
}

/// Adds what `error` is about.
fn named(what: &str, error: impl Into<Box<dyn Error>>) -> Box<dyn Error> {
    format!("{what}: {}", one_line(&*error.into())).into()
}

/// An error with all its causes.
pub(crate) fn one_line(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        source = cause.source();
    }
    line.replace(char::is_control, " ")
}

/// Writes how many of `sizes` lie between each power of two and the next; zeros have a line of their own.
fn histogram(title: &str, sizes: impl Iterator<Item = u32>, out: &mut impl Write) -> io::Result<()> {
    // Class 0 is for 0, class n for sizes from 2^(n-1) to 2^n - 1.
    let mut classes = [0u64; 33];
    for size in sizes {
        classes[(u32::BITS - size.leading_zeros()) as usize] += 1;
    }
    let most = classes.iter().copied().max().unwrap_or(0).max(1);
    let first = classes.iter().position(|&count| count > 0).unwrap_or(0);
    let last = classes.iter().rposition(|&count| count > 0).unwrap_or(0);
    writeln!(out, "{title}:")?;
    for (class, &count) in classes.iter().enumerate().take(last + 1).skip(first) {
        let range = match class {
            0 => "0".to_owned(),
            1 => "1".to_owned(),
            _ => format!("{}-{}", 1u64 << (class - 1), (1u64 << class) - 1),
        };
        // Rounded up, so that every class with a size has a bar.
        let bar = "#".repeat((count * BAR).div_ceil(most) as usize);
        writeln!(out, "{}", format!("{range:>21} {count:>10} {bar}").trim_end())?;
    }
    Ok(())
}
