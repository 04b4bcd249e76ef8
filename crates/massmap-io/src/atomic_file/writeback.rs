//! Early writes to disk.

use std::fs::File;

/// The least number of bytes that is worth a system call.
const LEAST: usize = 256 << 10;

/// Makes the system begin to write these bytes of `file` to disk, without waiting.
///
/// By default, the system begins when the file is synced, or after half a minute: then the disk is idle while a build computes,
/// and the build waits while the file is synced. This is only a hint: if writing to disk fails, syncing the file reports it.
pub(super) fn begin(file: &File, offset: u64, length: usize) {
    if length < LEAST {
        return;
    }
    #[cfg(target_os = "linux")]
    if let (Ok(offset), Ok(length)) = (offset.try_into(), length.try_into()) {
        use std::os::fd::AsRawFd;
        #[expect(unsafe_code, reason = "no library has this system call in a safe form")]
        // SAFETY: all arguments are numbers, and the first is the descriptor of an open file.
        unsafe {
            libc::sync_file_range(file.as_raw_fd(), offset, length, libc::SYNC_FILE_RANGE_WRITE);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (file, offset);
}
