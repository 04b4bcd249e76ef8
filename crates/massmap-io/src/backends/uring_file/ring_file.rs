//! Files that a ring can read.

use std::fs::File;

use crate::MassMapReader;

/// The files that a [`UringFile`](crate::UringFile) can read: [`File`] and, on Linux, `DirectFile`.
pub trait RingFile: MassMapReader + sealed::Handle {}

impl RingFile for File {}

#[cfg(target_os = "linux")]
impl RingFile for crate::DirectFile {}

mod sealed {
    use std::fs::File;

    /// The properties of a file that the ring needs.
    pub trait Handle {
        #[cfg(target_os = "linux")]
        fn descriptor(&self) -> std::os::fd::BorrowedFd<'_>;

        /// Offsets and lengths of reads are multiples of this.
        #[cfg(target_os = "linux")]
        fn alignment(&self) -> usize;
    }

    #[cfg(not(target_os = "linux"))]
    impl Handle for File {}

    #[cfg(target_os = "linux")]
    impl Handle for File {
        fn descriptor(&self) -> std::os::fd::BorrowedFd<'_> {
            std::os::fd::AsFd::as_fd(self)
        }

        fn alignment(&self) -> usize {
            1
        }
    }

    #[cfg(target_os = "linux")]
    impl Handle for crate::DirectFile {
        fn descriptor(&self) -> std::os::fd::BorrowedFd<'_> {
            std::os::fd::AsFd::as_fd(self.file())
        }

        fn alignment(&self) -> usize {
            self.block()
        }
    }
}
