//! Where text comes from: files and standard input, decompressed, without byte order mark.

pub(super) mod compression;

pub(super) mod limit;
pub(super) mod unsupported;

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, bail};

use crate::input::format::sniff;
use crate::input::json::document::unreadable;
use compression::Compression;

/// How much is read at a time.
const BUFFER: usize = 1 << 17;

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// A place that an input comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    File(PathBuf),
    StandardInput,
}

impl Origin {
    /// Whether both are the same file, whatever the paths to it.
    pub(super) fn is_same_file(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(one), Self::File(other)) => match (one.canonicalize(), other.canonicalize()) {
                (Ok(one), Ok(other)) => one == other,
                _ => one == other,
            },
            _ => self == other,
        }
    }

    /// Whether it can be read again, unlike standard input, and pipes that have a name.
    pub(super) fn is_lasting(&self) -> bool {
        match self {
            Self::StandardInput => false,
            Self::File(path) => fs::metadata(path).is_ok_and(|metadata| metadata.is_file()),
        }
    }
}

impl From<PathBuf> for Origin {
    fn from(path: PathBuf) -> Self {
        match path.as_os_str() == "-" {
            true => Self::StandardInput,
            false => Self::File(path),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::StandardInput => f.write_str("standard input"),
        }
    }
}

/// How much has been read of all inputs.
#[derive(Debug)]
pub(crate) struct Meter {
    read: AtomicU64,
    decompressed: AtomicU64,
    total: Option<u64>,
}

impl Meter {
    /// Checks that the inputs are there.
    ///
    /// # Errors
    ///
    /// Fails if a file is not.
    pub(super) fn of<'a>(origins: impl Iterator<Item = &'a Origin>) -> anyhow::Result<Self> {
        let mut total = Some(0);
        for origin in origins {
            let length = match origin {
                Origin::StandardInput => None,
                Origin::File(path) => {
                    let metadata = fs::metadata(path).context("cannot open the file");
                    let metadata = metadata.with_context(|| origin.to_string())?;
                    // A pipe, such as `<(…)` in a shell, has no length.
                    metadata.is_file().then_some(metadata.len())
                }
            };
            total = total.zip(length).map(|(total, length)| total + length);
        }
        Ok(Self {
            read: AtomicU64::new(0),
            decompressed: AtomicU64::new(0),
            total,
        })
    }

    /// Bytes that have been read, and how many there are if that is known.
    pub(crate) fn read(&self) -> (u64, Option<u64>) {
        (self.read.load(Ordering::Relaxed), self.total)
    }

    /// Bytes of text that have been read. They are counted as they are buffered.
    pub(super) fn decompressed(&self) -> u64 {
        self.decompressed.load(Ordering::Relaxed)
    }
}

/// The text of an input.
// The buffer is outermost: JSON is read byte by byte.
pub(super) type Text = BufReader<Box<dyn Read + Send>>;

/// Text, and as much of its beginning as tells what it is.
pub(super) struct Opened {
    pub(super) text: Text,
    pub(super) beginning: Vec<u8>,
    /// What its name says that it is compressed with, though it has not a byte.
    pub(super) lacks: Option<&'static str>,
}

/// Opens an input, and finds out whether it is compressed; a window of zstd may have up to 2 to the power of `window_log`
/// bytes, where that is given.
///
/// # Errors
///
/// Fails if it cannot be opened, its beginning cannot be read, or it is no text.
pub(super) fn open(origin: &Origin, window_log: Option<u32>, meter: &Arc<Meter>) -> anyhow::Result<Opened> {
    let raw: Box<dyn Read + Send> = match origin {
        Origin::File(path) => Box::new(File::open(path).context("cannot open the file")?),
        Origin::StandardInput => Box::new(io::stdin()),
    };
    let opened = text(raw, window_log, meter, Compression::of_name(&origin.to_string()))?;
    unsupported::refuse_foreign(&opened.beginning, origin)?;
    Ok(opened)
}

/// Opens a file that is to be plain JSON, as massmap 0.1.5's tool reads it.
///
/// # Errors
///
/// Fails if it cannot be opened or read, or is something else; `build` reads some of that.
pub(super) fn open_plain(path: &Path) -> anyhow::Result<Opened> {
    let raw = File::open(path).context("cannot open the file")?;
    let (beginning, raw) = peek(raw, sniff::LOOKED_AT).map_err(unreadable)?;
    if beginning.starts_with(&BYTE_ORDER_MARK) {
        bail!("it begins with a byte order mark, which is no JSON: remove it, or use build, which skips it");
    }
    if let Some(compression) = Compression::of(&beginning) {
        let name = compression.name();
        bail!("it is compressed with {name}: decompress it before, or use build, which does");
    }
    unsupported::refuse_foreign(&beginning, &Origin::File(path.to_owned()))?;
    Ok(Opened {
        text: BufReader::with_capacity(BUFFER, Box::new(raw)),
        beginning,
        lacks: None,
    })
}

/// The text in `raw`, whose name may say that it is compressed.
fn text(
    raw: Box<dyn Read + Send>,
    window_log: Option<u32>,
    meter: &Arc<Meter>,
    named: Option<Compression>,
) -> anyhow::Result<Opened> {
    let read = Arc::clone(meter);
    let raw = Tapped {
        inner: raw,
        tap: move |count| _ = read.read.fetch_add(count, Ordering::Relaxed),
    };
    let (magic, raw) = peek(raw, 4).map_err(unreadable)?;
    let raw = BufReader::with_capacity(BUFFER, raw);
    let compression = Compression::of(&magic);
    if let Some(cut) = Compression::cut(&magic, named) {
        let (name, count) = (cut.name(), magic.len());
        bail!("it is cut short: it ends after {count} of the bytes that {name} data begin with");
    }
    let decompressed: Box<dyn Read + Send> = match compression {
        Some(compression) => compression.decoder(raw, window_log)?,
        None => Box::new(raw),
    };
    let written = Arc::clone(meter);
    let decompressed = Tapped {
        inner: decompressed,
        tap: move |count| _ = written.decompressed.fetch_add(count, Ordering::Relaxed),
    };
    let (mut beginning, text) = peek(decompressed, sniff::LOOKED_AT).map_err(unreadable)?;
    if compression.is_some() {
        unsupported::refuse_nested(&beginning)?;
    }
    let mut text = BufReader::with_capacity(BUFFER, Box::new(text) as Box<dyn Read + Send>);
    if beginning.starts_with(&BYTE_ORDER_MARK) {
        text.read_exact(&mut [0; 3]).map_err(unreadable)?;
        beginning.drain(..3);
    }
    Ok(Opened {
        text,
        beginning,
        lacks: named.filter(|_| magic.is_empty()).map(Compression::name),
    })
}

/// Up to `count` bytes from the beginning, and everything.
fn peek(mut reader: impl Read, count: usize) -> io::Result<(Vec<u8>, impl Read)> {
    let mut beginning = Vec::with_capacity(count);
    reader.by_ref().take(count as u64).read_to_end(&mut beginning)?;
    let again = io::Cursor::new(beginning.clone());
    Ok((beginning, again.chain(reader)))
}

/// Tells how many bytes come through, and tries again when it is interrupted, which not all who read do.
struct Tapped<R, F> {
    inner: R,
    tap: F,
}

impl<R: Read, F: FnMut(u64)> Read for Tapped<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(count) => {
                    (self.tap)(count as u64);
                    return Ok(count);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn meter() -> Arc<Meter> {
        Arc::new(Meter::of([].into_iter()).unwrap())
    }

    /// Gives a byte at a time, as a pipe may, and is interrupted before each.
    struct Trickle(io::Cursor<Vec<u8>>, bool);

    impl Read for Trickle {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let length = buffer.len().min(1);
            self.0.read(buffer.get_mut(..length).unwrap_or_default())
        }
    }

    fn read(bytes: &[u8]) -> Result<Vec<u8>, String> {
        let meter = meter();
        let trickle = Box::new(Trickle(io::Cursor::new(bytes.to_vec()), false));
        let mut read = Vec::new();
        text(trickle, None, &meter, None)
            .and_then(|mut opened| opened.text.read_to_end(&mut read).map_err(unreadable))
            .map_err(|error| format!("{error:#}"))?;
        assert_eq!(meter.read(), (bytes.len() as u64, Some(0)));
        Ok(read)
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        zstd::encode_all(text, 1).unwrap()
    }

    #[test]
    fn compression_is_recognised_by_the_beginning() {
        for text in [&b""[..], b"a", b"ab", b"abc", b"abcd", "{\"ä\": 1}".as_bytes()] {
            assert_eq!(read(text).as_deref(), Ok(text));
            assert_eq!(read(&gzip(text)).as_deref(), Ok(text));
            assert_eq!(read(&zstd(text)).as_deref(), Ok(text));
        }
    }

    #[test]
    fn several_members_and_frames_are_one_text() {
        assert_eq!(
            read(&[gzip(b"a"), gzip(b""), gzip(b"b")].concat()),
            Ok(b"ab".to_vec())
        );
        let skipped = [&b"\x5a\x2a\x4d\x18\x02\0\0\0.."[..]].concat();
        let frames = [skipped.clone(), zstd(b"a"), skipped, zstd(b"b")].concat();
        assert_eq!(read(&frames), Ok(b"ab".to_vec()));
    }

    #[test]
    fn zeros_behind_gzip_data_are_no_data_and_anything_behind_them_is_an_error() {
        for count in [1, 511, 512, 200_000] {
            let padded = [gzip(b"a"), gzip(b"b"), vec![0; count]].concat();
            assert_eq!(read(&padded), Ok(b"ab".to_vec()));
            for behind in [&b"x"[..], &gzip(b"c")] {
                let message = read(&[&padded, behind].concat()).unwrap_err();
                let start =
                    "cannot read it: cannot decompress the gzip data: there is something behind the zeros";
                assert!(message.starts_with(start), "{message}");
            }
        }
        // Zeros alone are no gzip data.
        assert_eq!(read(&[0; 3]), Ok(vec![0; 3]));
    }

    #[test]
    fn data_that_are_compressed_twice_are_refused() {
        for (bytes, name) in [
            (gzip(&gzip(b"a")), "gzip"),
            (gzip(&zstd(b"a")), "zstd"),
            (zstd(&gzip(b"a")), "gzip"),
        ] {
            let message = format!("it is compressed twice, with {name} inside: decompress it once before");
            assert_eq!(read(&bytes), Err(message));
        }
    }

    #[test]
    fn a_byte_order_mark_is_skipped_inside_compression_too_and_only_once() {
        let marked = b"\xef\xbb\xbfa\xef\xbb\xbf";
        for bytes in [marked.to_vec(), gzip(marked), zstd(marked)] {
            assert_eq!(read(&bytes).as_deref(), Ok(&b"a\xef\xbb\xbf"[..]));
        }
    }

    #[test]
    fn what_is_cut_short_or_followed_by_something_else_is_an_error() {
        let text = b"text that is long enough to be cut";
        for (compressed, name) in [(gzip(text), "gzip"), (zstd(text), "zstd")] {
            let failure = format!("cannot read it: cannot decompress the {name} data: ");
            for length in 2..compressed.len() {
                let message = read(&compressed[..length]).unwrap_err();
                let cut = format!(
                    "it is cut short: it ends after {length} of the bytes that {name} data begin with"
                );
                assert!(
                    message.starts_with(&failure) || length < 4 && message == cut,
                    "{length} {message}"
                );
            }
            let message = read(&[compressed, b"more of it".to_vec()].concat()).unwrap_err();
            assert!(message.starts_with(&failure), "{message}");
        }
    }

    #[test]
    fn the_total_is_known_if_all_inputs_are_files() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        fs::write(&path, "12345").unwrap();
        let file = Origin::from(path);
        let total = |origins: &[&Origin]| Meter::of(origins.iter().copied()).unwrap().read().1;
        assert_eq!(total(&[&file, &file]), Some(10));
        assert_eq!(total(&[&file, &Origin::from(PathBuf::from("-"))]), None);
        let missing = Origin::from(directory.path().join("b"));
        assert!(Meter::of([&file, &missing].into_iter()).is_err());
    }
}
