//! Byte-range readers and writers, which massmap files are read from and written to.
//!
//! [`MassMapReader`] and [`MassMapWriter`] are two small traits over positions in a byte sequence. They are implemented
//! for every type with positional reads and writes like those of [`std::fs::File`], on Unix and Windows, and for memory
//! ([`BytesReader`], [`MemoryWriter`]). Implement them to store maps elsewhere: in an object store, behind a cache, on a
//! block device. This crate does not interpret the bytes.
//!
//! `MappedFile`, with the default feature `mmap`, maps a file into memory and lends its bytes. `DirectFile`, on Linux, reads
//! a file without the page cache. `UringFile`, with the feature `io-uring`, keeps many reads in flight.
//!
//! Two types do more than [`std::fs::File`]: an [`AtomicFile`] appears at its path complete or not at all, and a [`FilePool`]
//! reads more files than may be open at a time.
//!
//! Test your own backend with the suite that the built-in ones pass: the module `conformance`, with the cargo feature of
//! that name.
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
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::cast_possible_truncation))]

mod any_reader;
mod atomic_file;
mod backends;
mod buffer;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod error;
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
pub use traits::file_id::FileId;
pub use traits::source_size::SourceSize;
pub use traits::{LendingReader, MassMapReader, MassMapWriter};
