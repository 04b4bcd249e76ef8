//! Readers and writers over the positional reads and writes of the platform.

use std::cell::Cell;
use std::io::Result;

use crate::retry::retry;
use crate::{IoError, MassMapReader, MassMapWriter};

#[cfg(unix)]
use std::os::unix::fs::FileExt;
#[cfg(windows)]
use std::os::windows::fs::FileExt;

#[cfg(unix)]
fn read_some<T: FileExt + ?Sized>(file: &T, buffer: &mut [u8], offset: u64) -> Result<usize> {
    file.read_at(buffer, offset)
}

#[cfg(windows)]
fn read_some<T: FileExt + ?Sized>(file: &T, buffer: &mut [u8], offset: u64) -> Result<usize> {
    file.seek_read(buffer, offset)
}

#[cfg(unix)]
fn write_some<T: FileExt + ?Sized>(file: &T, data: &[u8], offset: u64) -> Result<usize> {
    file.write_at(data, offset)
}

#[cfg(windows)]
fn write_some<T: FileExt + ?Sized>(file: &T, data: &[u8], offset: u64) -> Result<usize> {
    file.seek_write(data, offset)
}

/// What a thread's buffer starts with: lookups in buckets up to this size take one system call from the first one on.
const INITIAL_BUFFER: usize = 16 << 10;

/// The largest buffer that a thread keeps between reads.
const LARGEST_KEPT_BUFFER: usize = 256 << 10;

thread_local! {
    /// Buffer that reads reuse, so that a lookup neither allocates nor clears memory. All of its length is initialised.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl<T: FileExt> MassMapReader for T {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        // Taken rather than borrowed: `f` may read as well. Without one while the thread ends and its buffer is gone.
        let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
        let result = fill(self, &mut buffer, offset, length).and_then(f);
        if buffer.len() <= LARGEST_KEPT_BUFFER {
            // Likewise: then the buffer is freed here.
            _ = BUFFER.try_with(|kept| kept.set(buffer));
        }
        result
    }
}

/// Reads the range into the beginning of `buffer` and returns it.
///
/// The buffer grows only as bytes arrive, at most to twice what has been read: a range that is not there, however long,
/// costs no memory. In a buffer that is long enough already, the range takes one read.
fn fill<'a, T: FileExt>(file: &T, buffer: &'a mut Vec<u8>, offset: u64, length: u64) -> Result<&'a [u8]> {
    let out_of_memory = || IoError::OutOfMemory { offset, length };
    let wanted = usize::try_from(length).map_err(|_| out_of_memory())?;
    let mut filled = 0;
    while filled < wanted {
        if filled == buffer.len() {
            let target = wanted.min(filled.saturating_mul(2)).max(INITIAL_BUFFER);
            buffer
                .try_reserve_exact(target - filled)
                .map_err(|_| out_of_memory())?;
            buffer.resize(target, 0);
        }
        let end = wanted.min(buffer.len());
        let free = buffer
            .get_mut(filled..end)
            .expect("less is filled than wanted, and than the buffer is long");
        // Beyond the largest offset there are no bytes.
        let read = match offset.checked_add(filled as u64) {
            Some(position) => retry(|| read_some(file, free, position))?,
            None => 0,
        };
        if read == 0 {
            return Err(IoError::UnexpectedEnd {
                offset,
                length,
                available: filled as u64,
            }
            .into());
        }
        filled += read;
    }
    Ok(buffer.get(..wanted).expect("as many bytes were read"))
}

impl<T: FileExt> MassMapWriter for T {
    fn write_all_at(&self, data: &[u8], offset: u64) -> Result<()> {
        let mut written = 0;
        while let Some(rest) = data.get(written..).filter(|rest| !rest.is_empty()) {
            let count = match offset.checked_add(written as u64) {
                Some(position) => retry(|| write_some(self, rest, position))?,
                None => 0,
            };
            if count == 0 {
                let length = data.len() as u64;
                return Err(IoError::WriteZero {
                    offset,
                    length,
                    written: written as u64,
                }
                .into());
            }
            written += count;
        }
        Ok(())
    }
}
