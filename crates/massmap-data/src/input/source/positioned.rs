//! Files that are read at any position.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;

use super::meter::Meter;
use super::origin::Origin;

/// An open file or object, from which one thread reads.
pub(in crate::input) struct PositionedFile {
    bytes: Bytes,
    length: u64,
    meter: Arc<Meter>,
    /// What the meter has been told of this file.
    counted: AtomicU64,
}

/// Where bytes come from.
enum Bytes {
    File(File),
    #[cfg(feature = "object-store")]
    Object(Box<super::object::Object>),
}

/// Bytes that are worth a read of a file.
const READ: usize = 256 << 10;

/// Bytes that are worth a request to a store.
#[cfg(feature = "object-store")]
const REQUEST: usize = 4 << 20;

impl PositionedFile {
    /// Opens an input; `None` if it is none that can be read at any position.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be opened.
    pub(in crate::input) fn open(origin: &Origin, meter: &Arc<Meter>) -> anyhow::Result<Option<Self>> {
        match origin {
            Origin::StandardInput | Origin::Table => Ok(None),
            Origin::File(path) => {
                let file = File::open(path).context("cannot open the file")?;
                let is_file = file.metadata().context("cannot open the file")?.is_file();
                match is_file {
                    true => Ok(Some(
                        Self::new(file, Arc::clone(meter)).context("cannot open the file")?,
                    )),
                    false => Ok(None),
                }
            }
            #[cfg(feature = "object-store")]
            Origin::Url { url, length } => {
                Ok(Some(Self::of_object(url, length.is_none(), Arc::clone(meter))?))
            }
            #[cfg(not(feature = "object-store"))]
            Origin::Url { .. } => anyhow::bail!(crate::location::WITHOUT_URLS),
        }
    }

    /// Reads from a file, and tells `meter` how much.
    fn new(file: File, meter: Arc<Meter>) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self {
            bytes: Bytes::File(file),
            length,
            meter,
            counted: AtomicU64::new(0),
        })
    }

    /// Reads from an object in a store. Its length is that noted for `meter`, unless `is_new`.
    #[cfg(feature = "object-store")]
    fn of_object(url: &str, is_new: bool, meter: Arc<Meter>) -> io::Result<Self> {
        let object = super::object::Object::open(url)?;
        let length = object.length();
        if is_new {
            meter.found_length(length);
        }
        Ok(Self {
            bytes: Bytes::Object(Box::new(object)),
            length,
            meter,
            counted: AtomicU64::new(0),
        })
    }

    /// How many bytes should be read at a time.
    pub(in crate::input) fn worth_a_read(&self) -> usize {
        match self.bytes {
            Bytes::File(_) => READ,
            #[cfg(feature = "object-store")]
            Bytes::Object(_) => REQUEST,
        }
    }

    /// Length in bytes.
    pub(in crate::input) fn length(&self) -> u64 {
        self.length
    }

    /// Appends `count` bytes from `offset` on to `out`, which are in the file.
    pub(in crate::input) fn read_into(&self, offset: u64, count: usize, out: &mut Vec<u8>) -> io::Result<()> {
        let end = offset.checked_add(count as u64);
        if end.is_none_or(|end| end > self.length) {
            let what = format!(
                "{count} bytes at {offset} are beyond the end of the file: it is damaged or truncated"
            );
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
        }
        let start = out.len();
        out.try_reserve_exact(count).map_err(io::Error::other)?;
        match &self.bytes {
            Bytes::File(file) => {
                let mut file = file;
                file.seek(SeekFrom::Start(offset))?;
                file.take(count as u64).read_to_end(out)?;
            }
            #[cfg(feature = "object-store")]
            Bytes::Object(object) => object.read_into(offset, count as u64, out)?,
        }
        if out.len() - start != count {
            let what = "the file became shorter while it was read";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
        }
        self.count(count as u64);
        Ok(())
    }

    /// Counts what is read or left out, but no more than the file has.
    pub(in crate::input) fn count(&self, bytes: u64) {
        let before = self.counted.load(Ordering::Relaxed);
        let bytes = bytes.min(self.length.saturating_sub(before));
        self.counted.store(before + bytes, Ordering::Relaxed);
        self.meter.add_read(bytes);
    }

    /// Counts the rest of the file.
    pub(in crate::input) fn count_all(&self) {
        self.count(self.length);
    }
}
