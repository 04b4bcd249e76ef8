//! Decompresses gzip and zstd data, detected by their first bytes.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// First bytes of a member: RFC 1952 section 2.3.1.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// First bytes of a frame: RFC 8878 section 3.1.1.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// First bytes of a skippable frame, after a byte with four bits of any value: RFC 8878 section 3.1.2.
const ZSTD_SKIPPABLE: [u8; 3] = [0x2a, 0x4d, 0x18];

/// A compression format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::input) enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    /// The compression of data with this beginning.
    pub(in crate::input) fn of(beginning: &[u8]) -> Option<Self> {
        if beginning.starts_with(&GZIP) {
            Some(Self::Gzip)
        } else if beginning.starts_with(&ZSTD) || is_skippable_frame(beginning) {
            Some(Self::Zstd)
        } else {
            None
        }
    }

    /// Whether what follows these few bytes can make a difference to the compression.
    pub(in crate::input) fn may_begin(bytes: &[u8]) -> bool {
        let is_beginning = |magic: &[u8]| bytes.len() < magic.len() && magic.starts_with(bytes);
        let of_skippable = match bytes {
            [0x50..=0x5f, rest @ ..] => rest.len() < ZSTD_SKIPPABLE.len() && ZSTD_SKIPPABLE.starts_with(rest),
            _ => false,
        };
        is_beginning(&GZIP) || is_beginning(&ZSTD) || of_skippable
    }

    /// The compression that the name of a file suggests.
    pub(in crate::input) fn of_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().rsplit_once('.')? {
            (_, "gz") => Some(Self::Gzip),
            (_, "zst") => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The compression of data that were truncated to these few bytes; `None` if they may be text. `named` is the compression
    /// that their name suggests.
    pub(in crate::input) fn of_truncated(all: &[u8], named: Option<Self>) -> Option<Self> {
        let is_truncated =
            |magic: &[u8]| !all.is_empty() && all.len() < magic.len() && magic.starts_with(all);
        if is_truncated(&GZIP) {
            Some(Self::Gzip)
        } else if is_truncated(&ZSTD) && (all.len() > 1 || named == Some(Self::Zstd)) {
            // The first byte alone is a parenthesis in text.
            Some(Self::Zstd)
        } else {
            None
        }
    }

    pub(in crate::input) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// Decompresses `raw`. `window_log` is the binary logarithm of the largest zstd window, in bytes.
    ///
    /// # Errors
    ///
    /// Fails if this program was built without the decompressor.
    pub(in crate::input) fn decoder(
        self,
        raw: impl BufRead + Send + 'static,
        window_log: Option<u32>,
    ) -> anyhow::Result<Box<dyn Read + Send>> {
        match self {
            Self::Gzip => Ok(Box::new(Decoder {
                inner: Members::new(raw),
                compression: self,
            })),
            Self::Zstd => zstd_decoder(raw, window_log),
        }
    }
}

fn is_skippable_frame(beginning: &[u8]) -> bool {
    matches!(beginning, [0x50..=0x5f, rest @ ..] if rest.starts_with(&ZSTD_SKIPPABLE))
}

#[cfg(feature = "zstd")]
fn zstd_decoder(
    raw: impl BufRead + Send + 'static,
    window_log: Option<u32>,
) -> anyhow::Result<Box<dyn Read + Send>> {
    let mut inner = zstd::Decoder::with_buffer(raw).map_err(crate::input::error::unreadable)?;
    if let Some(log) = window_log {
        inner
            .window_log_max(log)
            .map_err(crate::input::error::unreadable)?;
    }
    Ok(Box::new(Decoder {
        inner,
        compression: Compression::Zstd,
    }))
}

#[cfg(not(feature = "zstd"))]
fn zstd_decoder(_: impl BufRead + Send + 'static, _: Option<u32>) -> anyhow::Result<Box<dyn Read + Send>> {
    anyhow::bail!(
        "it is compressed with zstd, but this program was built without zstd: decompress it with zstd -dc"
    )
}

/// Concatenated gzip members, followed by any number of zeros. `gzip` also accepts these: they fill the last block of a tape or
/// disk.
struct Members<R> {
    /// `None` at the end.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    fn new(raw: R) -> Self {
        Self {
            member: Some(GzDecoder::new(raw)),
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            if let Some(member) = self.member.take() {
                let mut rest = member.into_inner();
                let padding = skip_zeros(&mut rest)?;
                if rest.fill_buf()?.is_empty() {
                    continue;
                }
                if padding > 0 {
                    let what = "there are bytes after the zeros that follow the data";
                    return Err(io::Error::new(io::ErrorKind::InvalidData, what));
                }
                self.member = Some(GzDecoder::new(rest));
            }
        }
        Ok(0)
    }
}

/// Returns the number of zeros skipped.
fn skip_zeros(raw: &mut impl BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let bytes = raw.fill_buf()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        if zeros == 0 {
            return Ok(skipped);
        }
        skipped += zeros as u64;
        raw.consume(zeros);
    }
}

/// Adds to errors that they come from decompression.
struct Decoder<R> {
    inner: R,
    compression: Compression,
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|error| {
            let name = self.compression.name();
            let mut message = format!("cannot decompress the {name} data: {error}");
            // The message of zstd about a window above the limit.
            if message.ends_with("Frame requires too much memory for decoding") {
                message += ": its window exceeds 128 MiB or the limit of --zstd-window-log, which can be up to 31, for 2 GiB, as \
                            in zstd --long=31";
            }
            io::Error::new(error.kind(), message)
        })
    }
}
