//! The files whose reads a ring carries out.

use std::fs::File;

use crate::MassMapReader;

/// The files that a [`UringFile`](crate::UringFile) can be made of: [`File`] and, on Linux, `DirectFile`.
pub trait RingFile: MassMapReader + sealed::Handle {}

impl RingFile for File {}

#[cfg(target_os = "linux")]
impl RingFile for crate::DirectFile {}

mod sealed {
    use std::fs::File;

    /// What the ring has to know of a file.
    pub trait Handle {
        #[cfg(target_os = "linux")]
        fn descriptor(&self) -> std::os::fd::BorrowedFd<'_>;

        /// What offsets and lengths of reads are multiples of.
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
