//! Byte-range readers and writers: what massmap files are read from and written to.
//!
//! [`MassMapReader`] and [`MassMapWriter`] are two small traits over positions in a byte sequence. They are implemented
//! for everything that offers positional reads and writes the way [`std::fs::File`] does, on Unix and Windows, and for
//! memory ([`BytesReader`], [`MemoryWriter`]). Implement them to keep maps elsewhere: in an object store, behind a cache,
//! on a block device. This crate knows nothing of what the bytes mean.
//!
//! `MappedFile`, behind the feature `mmap`, which is on by default, reads a file where the system maps it into memory, and
//! lends its bytes. `DirectFile`, on Linux, reads one past the page cache; `UringFile`, behind the feature `io-uring`, keeps
//! many reads in flight.
//!
//! Two kinds of files do more than [`std::fs::File`]: an [`AtomicFile`] appears under its name complete or not at all, and a
//! [`FilePool`] reads more files than may be open at a time.
//!
//! A backend of your own can be checked with the suite that the built-in ones pass, `conformance`, behind the cargo
//! feature `conformance`.
//!
//! ```
//! use massmap_io::{MassMapReader, MassMapWriter, MemoryWriter};
//!
//! let writer = MemoryWriter::new();
//! writer.write_all_at(b"world", 6)?;
//! writer.write_all_at(b"hello ", 0)?;
//!
//! let reader = writer.into_reader();
//! assert_eq!(reader.read_exact_at(6, 5, |bytes| Ok(bytes.to_vec()))?, b"world");
//! assert!(reader.read_exact_at(6, 6, |_| Ok(())).is_err());
//! # Ok::<(), std::io::Error>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::cast_possible_truncation))]

mod any_reader;
mod atomic_file;
mod backends;
mod buffer;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod error;
mod file_id;
mod retry;
mod traits;

pub use any_reader::AnyReader;
pub use atomic_file::{AtomicFile, Heartbeat, IntoAtomicFile, NotKept};
#[cfg(target_os = "linux")]
pub use backends::DirectFile;
pub use backends::{BytesReader, FilePool, MemoryWriter, PooledFile};
#[cfg(feature = "mmap")]
pub use backends::{MappedFile, MappedFileOptions};
#[cfg(feature = "io-uring")]
pub use backends::{RingFile, UringFile};
pub use error::{IoError, PublishStep};
pub use file_id::FileId;
pub use traits::{LendingReader, MassMapReader, MassMapWriter};
