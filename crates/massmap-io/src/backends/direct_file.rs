//! Reading files past the page cache.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Result};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{AtFlags, OFlags, StatxFlags, statx};
use rustix::io::Errno;

use crate::buffer::{fill, with_buffer};
use crate::retry::retry;
use crate::{FileId, IoError, MassMapReader};

/// What reads are aligned to where the kernel does not say what they have to be: enough for all but rare devices.
const DEFAULT_ALIGNMENT: usize = 4096;

/// A file that is read past the page cache (`O_DIRECT`). Only on Linux.
///
/// For files much larger than memory, whose pages would be gone from the cache before they are looked up again. Each read goes to
/// the device, without a copy in between, and leaves the cache to others. Files that the cache can hold are read faster
/// as [`File`].
///
/// The kernel reads whole blocks into aligned memory. Ranges that are not blocks are rounded out, so a bucket of format 1
/// costs up to a block more at each end; pages of format 2 are blocks if the page size is a multiple of
/// [`alignment`](Self::alignment). Like [`File`], it reads into a buffer that each thread keeps.
///
/// ```no_run
/// use massmap_io::{DirectFile, MassMapReader};
///
/// let file = DirectFile::open("words.massmap")?;
/// assert_eq!(file.read_exact_at(0, 8, |bytes| Ok(bytes.to_vec()))?, b"MASSMAP!");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct DirectFile {
    /// Opened with `O_DIRECT`.
    file: File,
    /// A power of two, what both offsets and memory have to be a multiple of.
    alignment: usize,
}

impl DirectFile {
    /// Opens the file at `path`.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened, with [`IoError::Open`] as payload, or if the file system does not read it past the
    /// cache, with [`IoError::DirectRefused`]: open it as [`File`] then.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::open_aligned(path).map_err(|source| {
            let path = path.to_owned();
            match source.raw_os_error() {
                Some(code) if code == Errno::INVAL.raw_os_error() => IoError::DirectRefused { path },
                _ => IoError::Open { path, source },
            }
            .into()
        })
    }

    /// Fails with `EINVAL`, as the kernel does, if the file cannot be read past the cache.
    fn open_aligned(path: &Path) -> Result<Self> {
        let direct = OFlags::DIRECT.bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(direct).open(path)?;
        let file = match alignment(&file) {
            Stated::Refused => return Err(Errno::INVAL.into()),
            Stated::Alignment(alignment) => Self { file, alignment },
            Stated::Unknown => {
                let file = Self {
                    file,
                    alignment: DEFAULT_ALIGNMENT,
                };
                // Some file systems refuse only reads. An empty file is read all the same.
                match file.read_exact_at(0, 1, |_| Ok(())) {
                    Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error),
                    _ => file,
                }
            }
        };
        Ok(file)
    }

    /// What the offsets and lengths of reads are rounded out to, in bytes: a power of two.
    ///
    /// That of the device as the kernel states it (since Linux 6.1; often 512), or else 4096.
    #[must_use]
    pub fn alignment(&self) -> u64 {
        self.alignment as u64
    }

    #[cfg(feature = "io-uring")]
    pub(crate) fn block(&self) -> usize {
        self.alignment
    }

    /// The open file. Reads that are not aligned fail there.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }
}

impl MassMapReader for DirectFile {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        with_buffer(|buffer| {
            let read = |free: &mut [u8], position| retry(|| self.file.read_at(free, position));
            f(fill(buffer, (offset, length), self.alignment, read)?)
        })
    }

    fn source_id(&self) -> Option<FileId> {
        FileId::of(&self.file)
    }
}

/// What the kernel says of direct reads of a file.
#[derive(Debug)]
enum Stated {
    Alignment(usize),
    Refused,
    /// Nothing, or nothing to make sense of.
    Unknown,
}

fn alignment(file: &File) -> Stated {
    let Ok(stat) = statx(file, c"", AtFlags::EMPTY_PATH, StatxFlags::DIOALIGN) else {
        return Stated::Unknown;
    };
    if stat.stx_mask & StatxFlags::DIOALIGN.bits() == 0 {
        return Stated::Unknown;
    }
    if stat.stx_dio_offset_align == 0 {
        return Stated::Refused;
    }
    let alignment = stat.stx_dio_offset_align.max(stat.stx_dio_mem_align);
    match usize::try_from(alignment) {
        Ok(alignment) if alignment.is_power_of_two() => Stated::Alignment(alignment),
        _ => Stated::Unknown,
    }
}

#[cfg(test)]
mod tests;
