//! The backends: files, mapped files, memory and others.

#[cfg(target_os = "linux")]
mod direct_file;
mod file;
mod file_pool;
#[cfg(feature = "mmap")]
mod mapped_file;
mod memory;
#[cfg(feature = "io-uring")]
mod uring_file;

#[cfg(target_os = "linux")]
pub use direct_file::DirectFile;
pub use file_pool::{FilePool, PooledFile};
#[cfg(feature = "mmap")]
pub use mapped_file::{MappedFile, MappedFileOptions};
pub use memory::{BytesReader, MemoryWriter};
#[cfg(feature = "io-uring")]
pub use uring_file::{RingFile, UringFile};

#[cfg(test)]
mod tests;
