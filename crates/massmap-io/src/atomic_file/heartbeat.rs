//! A sign that a temporary file is in use while nothing is written to it.

use std::fs::File;
use std::io::Result;
use std::sync::{Mutex, TryLockError};
use std::time::{Duration, Instant};

/// The least time between beats. A file is stale after a day without one.
const INTERVAL: Duration = Duration::from_secs(10 * 60);

/// Shows other hosts, which may not see the lock, that an [`AtomicFile`](crate::AtomicFile) is in use.
///
/// Writing does so too. A heartbeat is for work that may take a day before something is written. Drop it before the file is
/// committed.
#[derive(Debug)]
pub struct Heartbeat {
    file: File,
    /// The time of the last beat, if there was one.
    last: Mutex<Option<Instant>>,
}

impl Heartbeat {
    pub(super) fn new(file: File) -> Self {
        Self {
            file,
            last: Mutex::new(None),
        }
    }

    /// Touches the file, unless a beat has done so in the last ten minutes. May be called often, and by several threads.
    ///
    /// If touching fails, the next call tries again.
    pub fn beat(&self) {
        let mut last = match self.last.try_lock() {
            Ok(last) => last,
            Err(TryLockError::Poisoned(last)) => last.into_inner(),
            // Another thread is touching it.
            Err(TryLockError::WouldBlock) => return,
        };
        let is_due = last.is_none_or(|last| last.elapsed() >= INTERVAL);
        if is_due && touch(&self.file).is_ok() {
            *last = Some(Instant::now());
        }
    }
}

/// Sets the modification time to the present, by the file system's clock where that is possible.
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
    fn a_beat_touches_the_file_unless_the_last_one_was_recent() {
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

            *heartbeat.last.lock().unwrap() = Instant::now().checked_sub(INTERVAL);
        }
    }
}
