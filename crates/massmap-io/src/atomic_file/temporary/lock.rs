//! The lock on a temporary file.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;

/// Locks `file` until all its clones are closed, or one is unlocked. `false` if another process, or other code of this one, holds
/// the lock, and if the file system has no locks, which gives various errors.
pub(super) fn try_lock(file: &File) -> bool {
    loop {
        match file.try_lock() {
            Ok(()) => return true,
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
}
