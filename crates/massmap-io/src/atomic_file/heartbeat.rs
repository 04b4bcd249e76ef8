//! Signs of life of a file that is not being written.

use std::fs::File;
use std::io::Result;
use std::sync::{Mutex, TryLockError};
use std::time::{Duration, Instant};

/// How long there are no signs, at least. Stale is what has had none for a day.
const PAUSE: Duration = Duration::from_secs(10 * 60);

/// Shows other hosts, which may not see the lock, that an [`AtomicFile`](crate::AtomicFile) is in use.
///
/// Writing does so as well. This is for work of which a day may go by before something is written. To be dropped before the
/// file is committed.
#[derive(Debug)]
pub struct Heartbeat {
    file: File,
    /// When there was the last sign, if there was one.
    last: Mutex<Option<Instant>>,
}

impl Heartbeat {
    pub(super) fn new(file: File) -> Self {
        Self {
            file,
            last: Mutex::new(None),
        }
    }

    /// Touches the file, unless this has done so in the last ten minutes. May be called often, and by several threads.
    ///
    /// If it cannot be touched, the next call tries again.
    pub fn beat(&self) {
        let mut last = match self.last.try_lock() {
            Ok(last) => last,
            Err(TryLockError::Poisoned(last)) => last.into_inner(),
            // Another thread is at it.
            Err(TryLockError::WouldBlock) => return,
        };
        let is_due = last.is_none_or(|last| last.elapsed() >= PAUSE);
        if is_due && touch(&self.file).is_ok() {
            *last = Some(Instant::now());
        }
    }
}

/// Sets the time of the last change to the present, by the clock of the file's system where there is a way to do that.
fn touch(file: &File) -> Result<()> {
    #[cfg(unix)]
    {
        use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, futimens};
        let special = |tv_nsec| Timespec { tv_sec: 0, tv_nsec };
        let times = Timestamps {
            last_access: special(UTIME_OMIT),
            last_modification: special(UTIME_NOW),
        };
        Ok(rustix::io::retry_on_intr(|| futimens(file, &times))?)
    }
    #[cfg(not(unix))]
    file.set_modified(std::time::SystemTime::now())
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn a_beat_touches_the_file_unless_there_has_just_been_one() {
        let file = tempfile::tempfile().unwrap();
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let modified = || file.metadata().unwrap().modified().unwrap();

        let heartbeat = Heartbeat::new(file.try_clone().unwrap());
        for _ in 0..2 {
            file.set_modified(old).unwrap();
            heartbeat.beat();
            let age = SystemTime::now().duration_since(modified()).unwrap();
            assert!(age < Duration::from_secs(3600), "{age:?}");

            file.set_modified(old).unwrap();
            heartbeat.beat();
            assert_eq!(modified(), old);

            *heartbeat.last.lock().unwrap() = Instant::now().checked_sub(PAUSE);
        }
    }
}
