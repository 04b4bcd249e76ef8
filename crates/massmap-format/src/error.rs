//! What can be wrong with the bytes of a massmap file.

use std::io;

use crate::v2::tail::section::kind::SectionKind;

/// A malformed or inconsistent part of a massmap file, or data that the format cannot hold.
///
/// Every variant carries the data that its message names. Converted into [`std::io::Error`], the error is the payload
/// (`error.get_ref()`, then `downcast_ref::<FormatError>()`) and the kind is [`io::ErrorKind::InvalidData`], or
/// [`io::ErrorKind::InvalidInput`] for what only a writer can run into.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The header is not as long as the format prescribes.
    #[error("a massmap header is {expected} bytes long, these are {length}")]
    HeaderSize {
        /// How many bytes were given.
        length: usize,
        /// How many there must be.
        expected: usize,
    },
    /// The file begins with neither `MASSMAP!` nor `MASSMAP2`.
    #[error("not a massmap file: it begins with {found:02x?} where \"MASSMAP!\" or \"MASSMAP2\" belongs")]
    Magic {
        /// The first eight bytes.
        found: [u8; 8],
    },
    /// The metadata would begin inside the header.
    #[error(
        "the header places the metadata at offset {meta_offset}, inside the header: the file is damaged or its build failed"
    )]
    MetaInsideHeader {
        /// Offset of the metadata according to the header.
        meta_offset: u64,
    },
    /// A header that announces no metadata at all.
    #[error(
        "the header places 0 bytes of metadata at offset {meta_offset}: the file is damaged or its build failed"
    )]
    NoMetadata {
        /// Offset of the metadata according to the header.
        meta_offset: u64,
    },
    /// The metadata would end beyond what an offset can address.
    #[error(
        "the header places {meta_length} bytes of metadata at offset {meta_offset}, beyond the largest possible file: the file is damaged"
    )]
    MetaOverflow {
        /// Offset of the metadata according to the header.
        meta_offset: u64,
        /// Length of the metadata according to the header.
        meta_length: u64,
    },
    /// The bytes end in the middle of a MessagePack value.
    #[error(
        "the MessagePack data ends early: {needed} more bytes belong at position {position}, {available} are there"
    )]
    Truncated {
        /// Position in the slice at which the missing bytes begin.
        position: usize,
        /// How many bytes belong there, at least.
        needed: u64,
        /// How many bytes are left there.
        available: usize,
    },
    /// The byte 0xc1, which MessagePack never uses.
    #[error("byte 0xc1 at position {position} begins no MessagePack value")]
    ReservedMarker {
        /// Position of the byte in the slice.
        position: usize,
    },
    /// A value of another type than the format prescribes.
    #[error("byte {marker:#04x} at position {position} where {expected} belongs")]
    UnexpectedMarker {
        /// Position of the byte in the slice.
        position: usize,
        /// The byte that was found.
        marker: u8,
        /// What belongs there.
        expected: &'static str,
    },
    /// An array of another length than the format prescribes.
    #[error("an array of {found} elements at position {position} where {expected} belong")]
    ArrayLength {
        /// Position of the array in the slice.
        position: usize,
        /// How many elements it has.
        found: u32,
        /// How many it must have.
        expected: u32,
    },
    /// An integer that does not fit the field it is for.
    #[error("{value} at position {position} does not fit the field {field}")]
    IntegerTooLarge {
        /// Position of the integer in the slice.
        position: usize,
        /// The integer.
        value: u64,
        /// The field it was read for.
        field: &'static str,
    },
    /// Arrays and maps nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    #[error("arrays and maps nest deeper than {limit} at position {position}")]
    TooDeep {
        /// Position of the innermost array or map in the slice.
        position: usize,
        /// The deepest nesting allowed.
        limit: usize,
    },
    /// Bytes left over after what should have filled them.
    #[error("{length} bytes are left over at position {position}")]
    TrailingBytes {
        /// Position of the first byte too many.
        position: usize,
        /// How many there are.
        length: usize,
    },
    /// The metadata fields are not what MassMapMeta holds.
    #[error("the metadata cannot be decoded")]
    MetaDecode {
        /// What the decoder objected to.
        #[source]
        source: rmp_serde::decode::Error,
    },
    /// The metadata fields cannot be encoded, for example hash parameters with an integer of more than 64 bits.
    #[error("the metadata cannot be encoded")]
    MetaEncode {
        /// What the encoder objected to.
        #[source]
        source: rmp_serde::encode::Error,
    },
    /// A name or parameters of a hash function that are longer than the format allows.
    #[error("the {field} of the hash function takes {length} bytes, at most {limit} are allowed")]
    HashConfigTooLong {
        /// `name` or `parameters`.
        field: &'static str,
        /// Its encoded length, in bytes.
        length: usize,
        /// The greatest length allowed, in bytes.
        limit: usize,
    },
    /// Metadata fields longer than any that a reader of a file takes in memory.
    #[error(
        "the fields of the metadata take more than {length} bytes, which only names of types can: the file is damaged"
    )]
    FieldsTooLong {
        /// How many bytes have been looked at.
        length: usize,
    },
    /// A metadata section of format 2 that is longer than the format allows.
    #[error("the metadata take {length} bytes, at most {limit} are allowed: note less in the user metadata")]
    MetadataTooLong {
        /// Its length in bytes.
        length: u64,
        /// The greatest length allowed, in bytes.
        limit: u64,
    },
    /// A map without buckets, in which no key has a place.
    #[error("a map needs at least one bucket, this one has none")]
    ZeroBuckets,
    /// More buckets than a MessagePack array can list.
    #[error("{bucket_count} buckets are more than the format can list, 4294967295")]
    TooManyBuckets {
        /// How many buckets were asked for.
        bucket_count: u64,
    },
    /// The metadata and the bucket index disagree about a count.
    #[error("the metadata says {field} is {meta}, the bucket index says {index}: the file is damaged")]
    CountMismatch {
        /// The field of the metadata.
        field: &'static str,
        /// Its value.
        meta: u64,
        /// What the bucket index adds up to.
        index: u64,
    },
    /// The metadata and the bucket index disagree about which buckets are occupied.
    #[error(
        "the metadata says the occupied buckets lie in {}..{}, the bucket index says in {}..{}: the file is damaged",
        meta.start, meta.end, index.start, index.end
    )]
    OccupiedRangeMismatch {
        /// The range in the metadata.
        meta: std::ops::Range<u64>,
        /// The range that the bucket index spans.
        index: std::ops::Range<u64>,
    },
    /// An index entry of a bucket without entries that is not all zeros.
    #[error(
        "bucket {index} has no entries, yet an offset of {offset} and a length of {length}: the file is damaged"
    )]
    EmptyBucketNotZero {
        /// The bucket.
        index: u64,
        /// Its offset in the file.
        offset: u64,
        /// Its length in bytes.
        length: u32,
    },
    /// A bucket that does not begin where the one before it ends.
    #[error(
        "bucket {index} begins at offset {offset}, not at {expected} where the bytes before it end: the file is damaged"
    )]
    BucketNotContiguous {
        /// The bucket.
        index: u64,
        /// Its offset in the file.
        offset: u64,
        /// Where it must begin.
        expected: u64,
    },
    /// A bucket too short for its entries.
    #[error(
        "bucket {index} has {count} entries in {length} bytes, which cannot hold them: the file is damaged"
    )]
    BucketTooShort {
        /// The bucket.
        index: u64,
        /// Its length in bytes.
        length: u32,
        /// How many entries it has according to the index.
        count: u32,
    },
    /// The buckets do not end where the metadata begins.
    #[error("the buckets end at offset {end}, the metadata begins at {meta_offset}: the file is damaged")]
    BucketsEnd {
        /// Where the last bucket ends.
        end: u64,
        /// Where the metadata begins.
        meta_offset: u64,
    },
    /// A bucket payload with another number of entries than its index entry says.
    #[error("the bucket holds {found} entries, the bucket index says {expected}")]
    BucketCount {
        /// How many entries the payload announces.
        found: u32,
        /// How many the index says.
        expected: u32,
    },
    /// The checksum of a format 2 header does not fit its bytes.
    #[error("the header is damaged: its checksum is {stored:#010x}, that of its bytes {computed:#010x}")]
    HeaderChecksum {
        /// The checksum in the header.
        stored: u32,
        /// The checksum of its bytes.
        computed: u32,
    },
    /// A file that needs features which this version does not have.
    #[error(
        "the file needs features that this version of massmap does not know (bits {unknown:#x}): use a newer one"
    )]
    UnknownFeatures {
        /// The features that are not known, a bit each.
        unknown: u32,
    },
    /// A page size that format 2 does not allow.
    #[error("a page of {page_size} bytes: pages are a power of two from 512 to 1048576 bytes long")]
    PageSize {
        /// The page size.
        page_size: u32,
    },
    /// Numbers of entries, pages and bins that cannot be together.
    #[error("{entry_count} entries in {page_count} pages and {bins} bins cannot be: the file is damaged")]
    PagedCounts {
        /// Number of entries.
        entry_count: u64,
        /// Number of pages.
        page_count: u64,
        /// Number of bins.
        bins: u64,
    },
    /// Entries shorter than entries can be, or too long for their pages.
    #[error(
        "{entry_count} entries of {entries_length} bytes in all cannot fill {page_count} pages of {page_size} bytes: the file is damaged"
    )]
    EntriesLength {
        /// Number of entries.
        entry_count: u64,
        /// Length of all entries, in bytes.
        entries_length: u64,
        /// Number of pages.
        page_count: u64,
        /// The page size, in bytes.
        page_size: u32,
    },
    /// Entries that cannot all have the same length, in a file that says that they have.
    #[error(
        "{entry_count} entries of {entries_length} bytes in all cannot have the same length, as the header says: the file is damaged"
    )]
    UniformEntries {
        /// Number of entries.
        entry_count: u64,
        /// Length of all entries, in bytes.
        entries_length: u64,
    },
    /// Sections that do not lie one behind the other, behind the pages.
    #[error(
        "the header places its sections elsewhere than behind the pages, one after the other: the file is damaged"
    )]
    SectionOffsets,
    /// A section that the file needs is not there.
    #[error("the file has no section {kind:?}: it is damaged")]
    MissingSection {
        /// The section.
        kind: SectionKind,
    },
    /// Two sections of the same kind.
    #[error("the file has section {kind} twice: it is damaged")]
    DuplicateSection {
        /// The section's kind.
        kind: u32,
    },
    /// A section of a kind that this version knows behind one that it does not know.
    #[error(
        "section {kind} lies behind section {unknown}, which this version does not know: sections of the known kinds come first"
    )]
    SectionOrder {
        /// The known section's kind.
        kind: u32,
        /// The unknown section's kind.
        unknown: u32,
    },
    /// Names in the user metadata that do not ascend.
    #[error(
        "the name at position {position} of the metadata is not greater than the one before it: user metadata are sorted, and none comes twice"
    )]
    UserMetadataOrder {
        /// Position of the name in the section.
        position: usize,
    },
    /// A miss filter in one piece and one in parts.
    #[error("the file has two miss filters, one of them in parts: it is damaged")]
    TwoMissFilters,
    /// The metadata of format 2 and the header disagree about a count.
    #[error("the metadata says {field} is {meta}, the header says {header}: the file is damaged")]
    HeaderMismatch {
        /// The field of the metadata.
        field: &'static str,
        /// Its value.
        meta: u64,
        /// What the header says.
        header: u64,
    },
    /// The checksum of a section does not fit its bytes.
    #[error("section {kind} is damaged: its checksum is {stored:#010x}, that of its bytes {computed:#010x}")]
    SectionChecksum {
        /// The section.
        kind: u32,
        /// The checksum in the header.
        stored: u32,
        /// The checksum of its bytes.
        computed: u32,
    },
    /// A page index of another length than its numbers of pages and bins give.
    #[error(
        "a page index of {length} bytes is not that of {pages} pages and {bins} bins: the file is damaged"
    )]
    PageIndexLength {
        /// Its length in bytes.
        length: u64,
        /// Number of pages.
        pages: u64,
        /// Number of bins.
        bins: u64,
    },
    /// A page index that leads nowhere.
    #[error("the page index is damaged: it does not lead to the page of bin {bin}")]
    BinNotIndexed {
        /// The bin that was looked for.
        bin: u64,
    },
    /// A page that the page index does not lead to.
    #[error("the page index is damaged or too short: it does not lead to page {page}")]
    PageNotIndexed {
        /// The page that was looked for.
        page: u64,
    },
    /// A page index that is not encoded as the format says.
    #[error(
        "the page index is damaged: the 8 bytes at its position {position} are not those that the first bins of its pages give"
    )]
    PageIndexBytes {
        /// Position in the section.
        position: u64,
    },
    /// A run of more pages than format 2 allows.
    #[error(
        "{pages} pages from page {first_page} on, {page_size} bytes each, are more than the 4294967295 bytes of a run, or lie outside the file's {page_count} pages: the file is damaged"
    )]
    RunLength {
        /// The first page of the run.
        first_page: u64,
        /// Number of its pages.
        pages: u64,
        /// The page size, in bytes.
        page_size: u32,
        /// Number of pages of the file.
        page_count: u64,
    },
    /// First bins that no page index can hold.
    #[error("the first bins of {pages} pages are not sorted, do not begin with 0 or do not lie below {bins}")]
    FirstBins {
        /// Number of pages.
        pages: u64,
        /// Number of bins.
        bins: u64,
    },
    /// The checksum of a page does not fit its bytes and place.
    #[error(
        "the checksum of page {page} is {stored:#010x}, that of its bytes {computed:#010x}: it is damaged or out of place"
    )]
    PageChecksum {
        /// The page, or the first one of a run.
        page: u64,
        /// The checksum in the page.
        stored: u32,
        /// The checksum of its bytes.
        computed: u32,
    },
    /// A page whose directory does not fit it.
    #[error("the directory of entries does not fit the page of {length} bytes")]
    PageDirectory {
        /// Length of the page or run, in bytes.
        length: usize,
    },
    /// An entry of a page that lies outside it or is not a key and a value.
    #[error("entry {index} of the page is damaged")]
    PageEntry {
        /// The entry, from 0.
        index: usize,
    },
    /// A miss filter whose header and length do not fit together.
    #[error("the miss filter of {length} bytes is damaged")]
    MissFilter {
        /// Its length in bytes.
        length: usize,
    },
    /// A miss filter in parts that do not lie one behind the other and fill it.
    #[error("the miss filter of {length} bytes is damaged: its {parts} parts do not fill it")]
    MissFilterTable {
        /// Its length in bytes.
        length: usize,
        /// How many parts it says that it has.
        parts: u64,
    },
    /// A part of a miss filter whose header and length do not fit together.
    #[error("part {part} of the miss filter, {length} bytes long, is damaged")]
    MissFilterPart {
        /// The part, from 0.
        part: u64,
        /// Its length in bytes.
        length: usize,
    },
}

impl From<FormatError> for io::Error {
    fn from(error: FormatError) -> Self {
        let kind = match error {
            FormatError::MetaEncode { .. }
            | FormatError::TooManyBuckets { .. }
            | FormatError::FirstBins { .. } => io::ErrorKind::InvalidInput,
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, error)
    }
}
