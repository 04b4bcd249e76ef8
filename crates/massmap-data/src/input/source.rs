//! Opens files and standard input: decompresses them and skips a byte order mark.

mod compression;
pub(in crate::input) mod inputs;
pub(crate) mod limit;
pub(crate) mod line;
pub(crate) mod meter;
#[cfg(feature = "object-store")]
mod object;
pub(crate) mod origin;
#[cfg(feature = "parquet")]
pub(in crate::input) mod positioned;
pub(in crate::input) mod unsupported;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};

use super::error::unreadable;
use compression::Compression;
use meter::Meter;
use origin::Origin;

/// Number of bytes at the beginning of a text from which its format is guessed.
pub(in crate::input) const BEGINNING: usize = 4096;

/// Size of the read buffers, in bytes.
const BUFFER: usize = 1 << 17;

/// What UTF-8 may begin with. It is no part of the text.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The text of an input.
// Buffered on the outside, since JSON is read byte by byte.
pub(crate) type Text = BufReader<Box<dyn Read + Send>>;

/// An open input.
pub(crate) struct Opened {
    pub(crate) text: Text,
    /// The first [`BEGINNING`] bytes of the text, to guess its format from.
    pub(crate) beginning: Vec<u8>,
    /// The compression that the name of an empty file suggests.
    pub(crate) missing_compression: Option<&'static str>,
}

/// Opens an input and decompresses it if needed. `window_log` is the binary logarithm of the largest zstd window, in bytes.
///
/// # Errors
///
/// Fails if it cannot be opened, its beginning cannot be read, or it is not text.
pub(crate) fn open(origin: &Origin, window_log: Option<u32>, meter: &Arc<Meter>) -> anyhow::Result<Opened> {
    let opened = open_binary(origin, window_log, meter)?;
    unsupported::reject(&opened.beginning, origin)?;
    Ok(opened)
}

/// Like [`open`], but does not wait for more than the first bytes of a pipe, whose writer may wait for answers. NULs between texts are
/// allowed if `has_nuls`: they look like UTF-16.
///
/// # Errors
///
/// Those of [`open`].
pub(crate) fn open_pipe(
    origin: &Origin,
    has_nuls: bool,
    window_log: Option<u32>,
    meter: &Arc<Meter>,
) -> anyhow::Result<Opened> {
    let opened = open_unchecked(origin, Wanted::Available, window_log, meter)?;
    if !has_nuls {
        unsupported::reject(&opened.beginning, origin)?;
    }
    Ok(opened)
}

/// Opens an input that need not be text; otherwise like [`open`].
///
/// # Errors
///
/// Fails if it cannot be opened, or its beginning cannot be read.
pub(in crate::input) fn open_binary(
    origin: &Origin,
    window_log: Option<u32>,
    meter: &Arc<Meter>,
) -> anyhow::Result<Opened> {
    open_unchecked(origin, Wanted::Beginning, window_log, meter)
}

/// Opens an input and decompresses it if needed, whether it is text or not.
fn open_unchecked(
    origin: &Origin,
    wanted: Wanted,
    window_log: Option<u32>,
    meter: &Arc<Meter>,
) -> anyhow::Result<Opened> {
    let raw: Box<dyn Read + Send> = match origin {
        Origin::File(path) => Box::new(File::open(path).context("cannot open the file")?),
        #[cfg(feature = "object-store")]
        Origin::Url { url, length } => {
            let object = object::ObjectText::open(url)?;
            if length.is_none() {
                meter.found_length(object.length());
            }
            Box::new(object)
        }
        #[cfg(not(feature = "object-store"))]
        Origin::Url { .. } => bail!(crate::location::WITHOUT_URLS),
        Origin::StandardInput => Box::new(io::stdin()),
        Origin::Table => bail!("it is no file: its batches have to be given"),
    };
    let named = Compression::of_name(&origin.to_string());
    text(raw, wanted, window_log, meter, named)
}

/// How much of a text is read before it is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// The first [`BEGINNING`] bytes.
    Beginning,
    /// As few as tell whether it is compressed, and what comes with them.
    Available,
}

/// Opens a file of uncompressed JSON, for `convert`.
///
/// # Errors
///
/// Fails if it cannot be opened or read, or is something else. The error names `build` if that reads it.
pub(in crate::input) fn open_plain(path: &Path) -> anyhow::Result<Opened> {
    let raw = File::open(path).context("cannot open the file")?;
    let (beginning, raw) = peek(raw, BEGINNING, |_| false).map_err(unreadable)?;
    if beginning.starts_with(BYTE_ORDER_MARK) {
        bail!("it begins with a byte order mark, which is not JSON: remove it, or use build, which skips it");
    }
    if let Some(compression) = Compression::of(&beginning) {
        let name = compression.name();
        bail!("it is compressed with {name}: decompress it first, or use build, which does that");
    }
    unsupported::reject(&beginning, &Origin::File(path.to_owned()))?;
    Ok(Opened {
        text: BufReader::with_capacity(BUFFER, Box::new(raw)),
        beginning,
        missing_compression: None,
    })
}

/// Decompresses `raw`. `named` is the compression that its name suggests.
fn text(
    raw: Box<dyn Read + Send>,
    wanted: Wanted,
    window_log: Option<u32>,
    meter: &Arc<Meter>,
    named: Option<Compression>,
) -> anyhow::Result<Opened> {
    let read = Arc::clone(meter);
    let raw = CountingReader {
        inner: raw,
        count: move |count| read.add_read(count),
    };
    let is_available = wanted == Wanted::Available;
    let is_enough = move |magic: &[u8]| is_available && !Compression::may_begin(magic);
    let (magic, raw) = peek(raw, 4, is_enough).map_err(unreadable)?;
    let raw = BufReader::with_capacity(BUFFER, raw);
    let compression = Compression::of(&magic);
    if let Some(truncated) = Compression::of_truncated(&magic, named) {
        let (name, count) = (truncated.name(), magic.len());
        bail!("it is truncated: it ends after the first {count} bytes of {name} data");
    }
    let decompressed: Box<dyn Read + Send> = match compression {
        Some(compression) => compression.decoder(raw, window_log)?,
        None => Box::new(raw),
    };
    let written = Arc::clone(meter);
    let decompressed = CountingReader {
        inner: decompressed,
        count: move |count| written.add_decompressed(count),
    };
    let is_enough = move |beginning: &[u8]| {
        is_available && !BYTE_ORDER_MARK.starts_with(beginning) && !Compression::may_begin(beginning)
    };
    let (mut beginning, text) = peek(decompressed, BEGINNING, is_enough).map_err(unreadable)?;
    if compression.is_some() {
        unsupported::reject_nested(&beginning)?;
    }
    let mut text = BufReader::with_capacity(BUFFER, Box::new(text) as Box<dyn Read + Send>);
    if beginning.starts_with(BYTE_ORDER_MARK) {
        text.read_exact(&mut [0; 3]).map_err(unreadable)?;
        beginning.drain(..3);
    }
    Ok(Opened {
        text,
        beginning,
        missing_compression: named.filter(|_| magic.is_empty()).map(Compression::name),
    })
}

/// Returns up to `count` bytes of the beginning, or fewer that are enough, and a reader of everything.
fn peek(
    mut reader: impl Read,
    count: usize,
    is_enough: impl Fn(&[u8]) -> bool,
) -> io::Result<(Vec<u8>, impl Read)> {
    let mut beginning = vec![0; count];
    let mut length = 0;
    while let Some(free @ [_, ..]) = beginning.get_mut(length..) {
        match reader.read(free) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        if is_enough(beginning.get(..length).unwrap_or_default()) {
            break;
        }
    }
    beginning.truncate(length);
    let again = io::Cursor::new(beginning.clone());
    Ok((beginning, again.chain(reader)))
}

/// Counts the bytes read. Retries interrupted reads, since not all decompressors do.
struct CountingReader<R, F> {
    inner: R,
    count: F,
}

impl<R: Read, F: FnMut(u64)> Read for CountingReader<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(count) => {
                    (self.count)(count as u64);
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

    /// Returns single bytes, as a pipe may, and is interrupted before each.
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
        let all = read_as(bytes, Wanted::Beginning);
        // However much is read first.
        assert_eq!(read_as(bytes, Wanted::Available), all);
        all
    }

    fn read_as(bytes: &[u8], wanted: Wanted) -> Result<Vec<u8>, String> {
        let meter = meter();
        let trickle = Box::new(Trickle(io::Cursor::new(bytes.to_vec()), false));
        let mut read = Vec::new();
        text(trickle, wanted, None, &meter, None)
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
    fn compression_is_detected_by_the_first_bytes() {
        for text in [&b""[..], b"a", b"ab", b"abc", b"abcd", "{\"ä\": 1}".as_bytes()] {
            assert_eq!(read(text).as_deref(), Ok(text));
            assert_eq!(read(&gzip(text)).as_deref(), Ok(text));
            assert_eq!(read(&zstd(text)).as_deref(), Ok(text));
        }
    }

    #[test]
    fn several_gzip_members_or_zstd_frames_are_one_text() {
        assert_eq!(
            read(&[gzip(b"a"), gzip(b""), gzip(b"b")].concat()),
            Ok(b"ab".to_vec())
        );
        let skipped = [&b"\x5a\x2a\x4d\x18\x02\0\0\0.."[..]].concat();
        let frames = [skipped.clone(), zstd(b"a"), skipped, zstd(b"b")].concat();
        assert_eq!(read(&frames), Ok(b"ab".to_vec()));
    }

    #[test]
    fn zeros_after_gzip_data_are_skipped_and_anything_after_them_is_an_error() {
        for count in [1, 511, 512, 200_000] {
            let padded = [gzip(b"a"), gzip(b"b"), vec![0; count]].concat();
            assert_eq!(read(&padded), Ok(b"ab".to_vec()));
            for tail in [&b"x"[..], &gzip(b"c")] {
                let message = read(&[&padded, tail].concat()).unwrap_err();
                let start =
                    "cannot read it: cannot decompress the gzip data: there are bytes after the zeros";
                assert!(message.starts_with(start), "{message}");
            }
        }
        // Zeros alone are not gzip data.
        assert_eq!(read(&[0; 3]), Ok(vec![0; 3]));
    }

    #[test]
    fn data_that_are_compressed_twice_are_refused() {
        for (bytes, name) in [
            (gzip(&gzip(b"a")), "gzip"),
            (gzip(&zstd(b"a")), "zstd"),
            (zstd(&gzip(b"a")), "gzip"),
        ] {
            let message = format!("it is compressed twice, with {name} inside: decompress it once first");
            assert_eq!(read(&bytes), Err(message));
        }
    }

    #[test]
    fn one_byte_order_mark_is_skipped_inside_compression_too() {
        let marked = b"\xef\xbb\xbfa\xef\xbb\xbf";
        for bytes in [marked.to_vec(), gzip(marked), zstd(marked)] {
            assert_eq!(read(&bytes).as_deref(), Ok(&b"a\xef\xbb\xbf"[..]));
        }
    }

    #[test]
    fn truncated_data_and_data_with_a_tail_are_errors() {
        let text = b"text that is long enough to be cut";
        for (compressed, name) in [(gzip(text), "gzip"), (zstd(text), "zstd")] {
            let failure = format!("cannot read it: cannot decompress the {name} data: ");
            for length in 2..compressed.len() {
                let message = read(&compressed[..length]).unwrap_err();
                let cut = format!("it is truncated: it ends after the first {length} bytes of {name} data");
                assert!(
                    message.starts_with(&failure) || length < 4 && message == cut,
                    "{length} {message}"
                );
            }
            let message = read(&[compressed, b"more of it".to_vec()].concat()).unwrap_err();
            assert!(message.starts_with(&failure), "{message}");
        }
    }
}
