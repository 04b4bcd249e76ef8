//! The bytes of massmap files: codecs, validation and limits.
//!
//! This crate knows what a massmap file looks like, and nothing else: it performs no I/O, computes no hashes and decodes
//! neither keys nor values. It can be used alone, to write an inspector (such as `examples/inspect.rs`), a repair tool or
//! another kind of reader. To look keys up, use the crate `massmap` instead.
//!
//! The layout is specified in `FORMAT.md` beside this crate. Both formats are final: later versions read every file of either, and
//! section 2.9 says what they may add to format 2. A file of format 1 is read in three steps:
//!
//! 1. [`MassMapHeader::deserialize`] decodes the first 24 bytes, and [`MassMapHeader::validate`] checks them;
//! 2. [`Metadata::decode`] decodes and validates the `meta_length` bytes at `meta_offset`; [`MetadataDecoder`] does so
//!    without keeping the index;
//! 3. [`bucket_of`] gives the bucket of a key's hash, and [`BucketEntries::decode`] walks over the entries in the bytes of a
//!    bucket.
//!
//! ```
//! use massmap_format::{BucketEntries, Metadata, MassMapHeader};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use massmap_format::{MassMapBucketMeta, MassMapMeta, encode_bucket_header, encode_metadata_header};
//! # let mut file = vec![0; MassMapHeader::SIZE];
//! # encode_bucket_header(1, &mut file);
//! # file.extend_from_slice(b"\x92\xa5apple\x01");
//! # let bucket = MassMapBucketMeta { offset: 24, length: file.len() as u32 - 24, count: 1 };
//! # let meta_offset = file.len() as u64;
//! # let meta = MassMapMeta {
//! #     entry_count: 1, bucket_count: 1, occupied_bucket_count: 1, occupied_bucket_range: 0..1, ..Default::default()
//! # };
//! # encode_metadata_header(&meta, &mut file)?;
//! # bucket.encode(&mut file);
//! # let header = MassMapHeader { meta_offset, meta_length: file.len() as u64 - meta_offset };
//! # file[..MassMapHeader::SIZE].copy_from_slice(&header.serialize());
//! // `file` holds the bytes of a whole massmap file with the entry "apple" => 1.
//! let header = MassMapHeader::deserialize(&file[..MassMapHeader::SIZE])?;
//! header.validate()?;
//! let metadata = Metadata::decode(&header, &file[header.meta_offset as usize..])?;
//! for bucket in metadata.buckets.iter().filter(|bucket| bucket.count > 0) {
//!     let payload = &file[bucket.offset as usize..][..bucket.length as usize];
//!     for entry in BucketEntries::decode(payload, bucket.count)? {
//!         let entry = entry?;
//!         assert_eq!((entry.key, entry.value), (&b"\xa5apple"[..], &b"\x01"[..]));
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A file of format 2 is read in four steps:
//!
//! 1. [`PagedHeader::decode`] decodes and validates the first or the last 512 bytes; [`PagedHeader::tail`] gives the range of all
//!    sections;
//! 2. [`Section::verify`] checks a section; [`PagedMetadata::decode`], [`PageIndex::new`], and [`MissFilter::new`] decode
//!    its content;
//! 3. [`spread`] and [`bin_of`] turn the hash of a key into a bin, [`PageIndex::run_of_bin`] gives the run of pages of the bin,
//!    and [`PagedHeader::extent_of`] the byte range of the run;
//! 4. [`Page::decode`] takes the bytes and the [`PagedHeader::page_layout`], and [`Page::verify`] checks them. [`fraction_of`] and
//!    [`slot_of`] give the slot of a hash, [`Directory::entries_of`] its entries, and [`Page::entry`] each of these.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::cast_possible_truncation))]

mod error;
mod hash_config;
mod raw_entry;
mod shard;
mod v1;
mod v2;
mod version;
mod walker;

pub use error::FormatError;
pub use hash_config::MassMapHashConfig;
pub use raw_entry::RawEntry;
pub use shard::{ShardLabel, shard_of_bucket, shard_of_hash};
pub use v1::bucket::{BucketEntries, encode_bucket_header, encode_entry_header};
pub use v1::bucket_meta::MassMapBucketMeta;
pub use v1::header::MassMapHeader;
pub use v1::meta::{MassMapInfo, MassMapMeta};
pub use v1::metadata::{Metadata, encode_metadata_header};
pub use v1::metadata_decoder::MetadataDecoder;
pub use v1::metadata_stream::MetadataStream;
pub use v1::placement::bucket_of;
pub use v2::compression::description::{CompressionDescription, DictionarySource};
pub use v2::compression::stored_value::{StoredFrame, StoredValue};
pub use v2::file_id::FileIdMixer;
pub use v2::header::PagedHeader;
pub use v2::page::{
    Directory, DirectoryEncoder, EntryLayout, EntryWidths, LongRun, MAX_PAGE_SIZE, MIN_PAGE_SIZE, Page,
    PageEncoder, PageLayout, RunChecksum, RunChecksums, RunEncoder, encode_run,
};
pub use v2::placement::{bin_of, fraction_in_page, fraction_of, slot_of, spread};
pub use v2::schema::{IntegerType, MAX_SCHEMA_LENGTH, Schema, Variant};
pub use v2::tail::metadata::{DuplicateKeys, EntryTypes, PagedMetadata};
pub use v2::tail::miss_filter::{MissFilter, MissFilterEncoder, MissFilterLine};
pub use v2::tail::page_index::{
    PageIndex, PageRun, PageRuns, SinglePage, encode_page_index, positions_begun, stream_page_index,
};
pub use v2::tail::section::{Section, SectionBlocks, SectionBuilder, SectionCheck, SectionKind};
pub use v2::tail::stored_bytes::StoredBytes;
pub use version::FormatVersion;
pub use walker::{MAX_DEPTH, Walker};
