//! Readers and writers over the positional file I/O of the platform.

use std::any::TypeId;
use std::fs::File;
use std::io::Result;

use crate::buffer::{fill, with_buffer};
use crate::retry::retry;
use crate::{FileId, IoError, MassMapReader, MassMapWriter, SourceSize};

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

impl<T: FileExt> MassMapReader for T {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        with_buffer(|buffer| {
            let read = |free: &mut [u8], position| retry(|| read_some(self, free, position));
            f(fill(buffer, (offset, length), 1, read)?)
        })
    }

    fn source_size(&self) -> Option<SourceSize> {
        as_file(self).and_then(SourceSize::of)
    }

    fn source_id(&self) -> Option<FileId> {
        as_file(self).and_then(FileId::of)
    }
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

    fn check_target(&self) -> Result<()> {
        match as_file(self) {
            Some(file) if appends(file)? => Err(IoError::AppendOnly.into()),
            _ => Ok(()),
        }
    }

    fn target_length(&self) -> Result<Option<u64>> {
        match as_file(self) {
            Some(file) => Ok(Some(file.metadata()?.len())),
            None => Ok(length_by_reading(self)),
        }
    }

    fn target_id(&self) -> Option<FileId> {
        as_file(self).and_then(FileId::of)
    }
}

/// The length of something with positional reads, which all end at the same offset. `None` if it cannot be read.
fn length_by_reading<T: FileExt + ?Sized>(file: &T) -> Option<u64> {
    let has = |offset| match retry(|| read_some(file, &mut [0], offset)) {
        Ok(count) => Some(count > 0),
        Err(_) => None,
    };
    // The end lies behind `there`, if that is not 0, and not behind `end`.
    let (mut there, mut end) = (0, 1);
    while has(end - 1)? {
        there = end;
        end = end.checked_mul(2)?;
    }
    while end - there > 1 {
        let middle = there + (end - there) / 2;
        match has(middle - 1)? {
            true => there = middle,
            false => end = middle,
        }
    }
    Some(there)
}

/// `this` as a file, if it is a [`File`] rather than another type with positional reads and writes.
#[expect(
    unsafe_code,
    reason = "a reference is cast to its own type, which was checked"
)]
fn as_file<T>(this: &T) -> Option<&File> {
    if typeid::of::<T>() != TypeId::of::<File>() {
        return None;
    }
    // SAFETY: `T` is `File`, so the reference is cast to its own type.
    Some(unsafe { &*(&raw const *this).cast::<File>() })
}

/// Whether the system ignores the offsets of writes and appends all of them to the file.
///
/// POSIX forbids that, and other systems comply (`pwrite(2)`, BUGS).
#[cfg(any(target_os = "linux", target_os = "android"))]
fn appends(file: &File) -> Result<bool> {
    let flags = rustix::fs::fcntl_getfl(file)?;
    Ok(flags.contains(rustix::fs::OFlags::APPEND))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn appends(_: &File) -> Result<bool> {
    Ok(false)
}
