//! Compressing the output.

use std::fmt;
use std::io::{self, Write};

use flate2::write::GzEncoder;

/// Writes what the name of a file suggests: gzip, zstd, or the bytes as they are.
pub struct NamedWriter<W: Write>(Encoder<W>);

enum Encoder<W: Write> {
    Plain(W),
    Gzip(GzEncoder<W>),
    #[cfg(feature = "zstd")]
    Zstd(zstd::Encoder<'static, W>),
}

impl<W: Write> Encoder<W> {
    #[cfg(feature = "zstd")]
    fn zstd(out: W) -> io::Result<Self> {
        zstd::Encoder::new(out, zstd::DEFAULT_COMPRESSION_LEVEL).map(Self::Zstd)
    }

    #[cfg(not(feature = "zstd"))]
    fn zstd(_: W) -> io::Result<Self> {
        let message = "this program was built without zstd: give the file another name";
        Err(io::Error::new(io::ErrorKind::Unsupported, message))
    }
}

impl<W: Write> NamedWriter<W> {
    /// A writer of a file with this name.
    ///
    /// # Errors
    ///
    /// Fails for a name that ends in `.zst` in a program that was built without the feature `zstd`; those of the compressor.
    pub fn new(name: &str, out: W) -> io::Result<Self> {
        let name = name.to_ascii_lowercase();
        Ok(Self(if name.ends_with(".gz") {
            Encoder::Gzip(GzEncoder::new(out, flate2::Compression::default()))
        } else if name.ends_with(".zst") {
            Encoder::zstd(out)?
        } else {
            Encoder::Plain(out)
        }))
    }

    /// Ends the output, and gives back what it was written to.
    ///
    /// # Errors
    ///
    /// Those of writing the end.
    pub fn finish(self) -> io::Result<W> {
        match self.0 {
            Encoder::Plain(out) => Ok(out),
            Encoder::Gzip(encoder) => encoder.finish(),
            #[cfg(feature = "zstd")]
            Encoder::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for NamedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Encoder::Plain(out) => out.write(bytes),
            Encoder::Gzip(encoder) => encoder.write(bytes),
            #[cfg(feature = "zstd")]
            Encoder::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        // Only what is not compressed: a flushed compressor compresses less.
        match &mut self.0 {
            Encoder::Plain(out) => out.flush(),
            _ => Ok(()),
        }
    }
}

impl<W: Write> fmt::Debug for NamedWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedWriter").finish_non_exhaustive()
    }
}
