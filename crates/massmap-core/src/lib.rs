//! The logic of opening, looking up, iterating and verifying massmap files, without I/O.
//!
//! For those who bring their own I/O: over a network, asynchronously, through another language. This crate says *which ranges of a
//! file are needed* and *what their bytes say*. It reads nothing, starts no threads, and knows neither the types of keys and values nor
//! the hash function. The crates `massmap-read` and `massmap` are loops around it.
//!
//! A lookup of a key takes these steps:
//!
//! 1. [`Opening`] asks for one or two ranges and gives an [`Index`], once for each file.
//! 2. [`Index::probe`] takes the key's hash and gives the one [`Extent`] to read, or says that the key is missing. For many keys at
//!    once, [`BatchPlan`] sorts and coalesces the extents.
//! 3. [`Index::block`] takes the extent's bytes, and [`Block::find`] finds the entry. [`Codec`] compares keys and decodes values.
//!
//! Where the whole file lies in memory, [`Index::find_in_memory`] takes the last two steps at once, and [`Index::fast_search`] does most
//! of such lookups in fewer instructions.
//!
//! Before the first key is reported as missing, a [`KeyCheck`] has to pass: with another hash function or key type than those of the
//! file, every key would seem to be missing. [`Index::extents`] and [`ReadAhead`] are for iterating, [`Verification`] checks a
//! whole file.
//!
//! `examples/remote.rs` shows all of this over a channel.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::cast_possible_truncation))]

mod block;
mod checks;
pub mod codec;
mod compression;
mod error;
mod index;
mod low_level;
mod open;
mod reads;

pub use block::Block;
pub use block::checksum::ChecksumPolicy;
pub use checks::key_check::evidence::Examined;
pub use checks::key_check::hash_probes::HashProbes;
pub use checks::key_check::type_names::TypeNames;
pub use checks::key_check::{KeyCheck, Verdict, confirm_miss};
pub use checks::verify::report::{Problem, VerifyReport};
pub use checks::verify::{CheckedBlock, CheckedRange, Verification};
pub use codec::{Codec, dynamic};
pub use compression::{ValueDecoder, ValueError};
pub use error::fallback::{Fallback, LookupError};
pub use error::{Place, ReadError, with_causes};
pub use index::Index;
pub use index::buckets::BucketIndex;
pub use index::extent::Extent;
pub use index::extents::Extents;
pub use index::pages::PagedIndex;
pub use index::pages::fast::{Candidates, FastPlace, FastSearch};
pub use index::placement_range::PlacementRange;
pub use index::prefetch::prefetch_entry;
pub use index::probe::Probe;
pub use index::slot::Slot;
pub use low_level::bit_instructions::BitInstructions;
pub use open::headers::HeaderCopy;
pub use open::opened::Opened;
pub use open::{Decoded, Opening, Request, Step};
pub use reads::batch_plan::{BatchPlan, BatchRead, BatchReads, Coalescing, SameExtent};
pub use reads::read_ahead::{PlannedRead, ReadAhead};

// What functions of this crate return or take.
pub use bytes::Bytes;
pub use massmap_format::{
    DuplicateKeys, EntryLayout, FormatError, FormatVersion, MassMapBucketMeta, MassMapHeader, MassMapMeta,
    PagedHeader, RawEntry, ShardLabel,
};
