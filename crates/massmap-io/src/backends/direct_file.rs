//! Reading files without the page cache.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Result};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{AtFlags, OFlags, StatxFlags, statx};
use rustix::io::Errno;

use crate::buffer::{fill, with_buffer};
use crate::retry::retry;
use crate::{FileId, IoError, MassMapReader, SourceSize};

/// The alignment of reads if the kernel does not state one: sufficient for all but rare devices.
const DEFAULT_ALIGNMENT: usize = 4096;

/// A file that is read without the page cache (`O_DIRECT`). Only on Linux.
///
/// For files much larger than memory, whose pages would be evicted from the cache before the next lookup in them. Each read
/// goes to the device, without a copy, and leaves the cache to other files. Files that fit in the cache are read faster as
/// [`File`].
///
/// The kernel reads whole blocks into aligned memory. Other ranges are extended to whole blocks, so a bucket of format 1 costs
/// up to a block more at each end; pages of format 2 are whole blocks if the page size is a multiple of
/// [`alignment`](Self::alignment). As with [`File`], each thread keeps a buffer for its reads.
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
    /// A power of two, which offsets and addresses have to be multiples of.
    alignment: usize,
}

impl DirectFile {
    /// Opens the file at `path`.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened, with [`IoError::Open`] as payload, or if the file system does not support direct
    /// reads, with [`IoError::DirectRefused`]: then open it as [`File`].
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

    /// Fails with `EINVAL`, as the kernel does, if the file system does not support direct reads.
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
                // Some file systems refuse the reads only. In an empty file, they reach its end.
                match file.read_exact_at(0, 1, |_| Ok(())) {
                    Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error),
                    _ => file,
                }
            }
        };
        Ok(file)
    }

    /// Offsets and lengths of reads are extended to multiples of this, in bytes: a power of two.
    ///
    /// That of the device, if the kernel states it (since Linux 6.1; often 512), otherwise 4096.
    #[must_use]
    pub fn alignment(&self) -> u64 {
        self.alignment as u64
    }

    #[cfg(feature = "io-uring")]
    pub(crate) fn block(&self) -> usize {
        self.alignment
    }

    /// The open file. Unaligned reads of it fail.
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

    fn source_size(&self) -> Option<SourceSize> {
        SourceSize::of(&self.file)
    }

    fn source_id(&self) -> Option<FileId> {
        FileId::of(&self.file)
    }
}

/// The kernel's statement about direct reads of a file.
#[derive(Debug)]
enum Stated {
    Alignment(usize),
    Refused,
    /// No statement, or an implausible one.
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
