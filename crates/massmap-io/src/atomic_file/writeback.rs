//! Having the system write to disk early what will have to be there.

use std::fs::File;

/// The least that is worth a system call, in bytes.
const LEAST: usize = 256 << 10;

/// Has the system begin to write these bytes of `file` to disk, and does not wait for the end of that.
///
/// Left to itself it begins when the file is synced, or half a minute later: the disk has nothing to do as long as a build
/// computes, and the build nothing while it syncs. A hint: where a write to the disk fails, syncing the file says so.
pub(super) fn begin(file: &File, offset: u64, length: usize) {
    if length < LEAST {
        return;
    }
    #[cfg(target_os = "linux")]
    if let (Ok(offset), Ok(length)) = (offset.try_into(), length.try_into()) {
        use std::os::fd::AsRawFd;
        #[expect(unsafe_code, reason = "no library has this system call in a safe form")]
        // SAFETY: takes numbers alone, of which the first is that of an open file.
        unsafe {
            libc::sync_file_range(file.as_raw_fd(), offset, length, libc::SYNC_FILE_RANGE_WRITE);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (file, offset);
}
