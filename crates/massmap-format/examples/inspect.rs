//! Prints what stands in a massmap file: header, metadata, how large its buckets are, and the first damaged one.
//!
//! ```text
//! cargo run -p massmap-format --example inspect -- FILE
//! ```
//!
//! A reader made from `massmap-format` alone. It takes whatever file it is given: it allocates no more than the file
//! really holds, and what is wrong with the file is an error of one line.

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::process::ExitCode;

use massmap_format::{BucketEntries, MassMapBucketMeta, MassMapHeader, Metadata};

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

/// Writes to `out` what stands in `file`.
///
/// # Errors
///
/// What is wrong with the file, or an error of reading it or of writing.
pub(crate) fn inspect(mut file: impl Read + Seek, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut buffer = Vec::new();
    read(&mut file, 0, MassMapHeader::SIZE as u64, &mut buffer).map_err(|error| named("header", error))?;
    let header = MassMapHeader::deserialize(&buffer)?;
    header.validate()?;
    writeln!(
        out,
        "metadata: {} bytes at offset {}",
        header.meta_length, header.meta_offset
    )?;

    read(&mut file, header.meta_offset, header.meta_length, &mut buffer)
        .map_err(|error| named("metadata", error))?;
    let Metadata { meta, buckets } = Metadata::decode(&header, &buffer)?;
    writeln!(out, "entries: {}", meta.entry_count)?;
    writeln!(
        out,
        "buckets: {}, of which {} have entries, in {}..{}",
        meta.bucket_count,
        meta.occupied_bucket_count,
        meta.occupied_bucket_range.start,
        meta.occupied_bucket_range.end
    )?;
    // Quoted and escaped: a file must not be able to send a terminal commands.
    writeln!(
        out,
        "hash: {:?} {:?}",
        meta.hash_config.name,
        meta.hash_config.parameters.to_string()
    )?;
    writeln!(out, "key type: {:?}", meta.key_type)?;
    writeln!(out, "value type: {:?}", meta.value_type)?;
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

/// Reads `length` bytes at `offset` into `buffer`, in place of what it holds.
fn read(
    file: &mut (impl Read + Seek),
    offset: u64,
    length: u64,
    buffer: &mut Vec<u8>,
) -> Result<(), Box<dyn Error>> {
    file.seek(SeekFrom::Start(offset))?;
    buffer.clear();
    // Grows as bytes come, so a length that the file does not have costs nothing.
    let read = file.take(length).read_to_end(buffer)?;
    if read as u64 == length {
        Ok(())
    } else {
        Err(format!("the file ends early: {length} bytes belong at offset {offset}, {read} are there").into())
    }
}

/// Says what `error` is about.
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

/// Prints how many of `sizes` lie between each power of two and the next, and empty ones by themselves.
fn histogram(title: &str, sizes: impl Iterator<Item = u32>, out: &mut impl Write) -> io::Result<()> {
    // Class 0 is for 0; class n for those from 2^(n-1) to 2^n - 1.
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
        // Rounded up, so that what is there can be seen.
        let bar = "#".repeat((count * BAR).div_ceil(most) as usize);
        writeln!(out, "{}", format!("{range:>21} {count:>10} {bar}").trim_end())?;
    }
    Ok(())
}
