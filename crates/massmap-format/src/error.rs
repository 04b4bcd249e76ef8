//! Errors in the bytes of a massmap file.

use std::io;

use crate::v2::tail::section::kind::SectionKind;

/// Malformed or inconsistent bytes of a massmap file, or data that the format cannot hold.
///
/// Converted into [`std::io::Error`], the error is the payload (`error.get_ref()`, then `downcast_ref::<FormatError>()`).
/// The kind is [`io::ErrorKind::InvalidData`], or [`io::ErrorKind::InvalidInput`] for errors that only writers get.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The header does not have the length that the format prescribes.
    #[error("a massmap header has {expected} bytes, not {length}")]
    HeaderSize {
        /// Number of bytes that were given.
        length: usize,
        /// Number of bytes that a header has.
        expected: usize,
    },
    /// The file begins with neither `MASSMAP!` nor `MASSMAP2`.
    #[error("not a massmap file: it begins with {found:02x?} instead of \"MASSMAP!\" or \"MASSMAP2\"")]
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
    /// The header announces metadata of 0 bytes.
    #[error(
        "the header places 0 bytes of metadata at offset {meta_offset}: the file is damaged or its build failed"
    )]
    NoMetadata {
        /// Offset of the metadata according to the header.
        meta_offset: u64,
    },
    /// The metadata would end beyond the largest offset.
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
        "the MessagePack data ends early: {needed} more bytes belong at position {position}, but only {available} are there"
    )]
    Truncated {
        /// Position of the missing bytes in the slice.
        position: usize,
        /// The least number of bytes that belong there.
        needed: u64,
        /// Number of bytes that are there.
        available: usize,
    },
    /// The byte 0xc1, which MessagePack never uses.
    #[error("byte 0xc1 at position {position} cannot begin a MessagePack value")]
    ReservedMarker {
        /// Position of the byte in the slice.
        position: usize,
    },
    /// A value whose type is not the one that the format prescribes.
    #[error("byte {marker:#04x} at position {position} instead of {expected}")]
    UnexpectedMarker {
        /// Position of the byte in the slice.
        position: usize,
        /// The byte that was found.
        marker: u8,
        /// What belongs there.
        expected: &'static str,
    },
    /// An array whose length is not the one that the format prescribes.
    #[error("an array of {found} elements at position {position} instead of {expected}")]
    ArrayLength {
        /// Position of the array in the slice.
        position: usize,
        /// Number of its elements.
        found: u32,
        /// Number of elements that it must have.
        expected: u32,
    },
    /// An integer that does not fit its field.
    #[error("{value} at position {position} does not fit the field {field}")]
    IntegerTooLarge {
        /// Position of the integer in the slice.
        position: usize,
        /// The integer.
        value: u64,
        /// The field.
        field: &'static str,
    },
    /// Arrays and maps that nest deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    #[error("arrays and maps nest deeper than {limit} at position {position}")]
    TooDeep {
        /// Position of the innermost array or map in the slice.
        position: usize,
        /// The deepest nesting allowed.
        limit: usize,
    },
    /// Bytes left over behind a complete value.
    #[error("{length} bytes are left over at position {position}")]
    TrailingBytes {
        /// Position of the first of them.
        position: usize,
        /// Number of bytes left over.
        length: usize,
    },
    /// The metadata fields cannot be decoded as a `MassMapMeta`.
    #[error("the metadata cannot be decoded")]
    MetaDecode {
        /// The error of the decoder.
        #[source]
        source: rmp_serde::decode::Error,
    },
    /// The metadata fields cannot be encoded, for example hash parameters with an integer of more than 64 bits.
    #[error("the metadata cannot be encoded")]
    MetaEncode {
        /// The error of the encoder.
        #[source]
        source: rmp_serde::encode::Error,
    },
    /// The name or the parameters of a hash function are longer than the format allows.
    #[error("the {field} of the hash function takes {length} bytes, but at most {limit} are allowed")]
    HashConfigTooLong {
        /// `name` or `parameters`.
        field: &'static str,
        /// Its encoded length, in bytes.
        length: usize,
        /// The greatest length allowed, in bytes.
        limit: usize,
    },
    /// Metadata fields that are too long for a reader to hold in memory.
    #[error(
        "the fields of the metadata take more than {length} bytes, which only type names could fill: the file is damaged"
    )]
    FieldsTooLong {
        /// Number of bytes that were examined.
        length: usize,
    },
    /// A metadata section of format 2 that is longer than the format allows.
    #[error("the metadata takes {length} bytes, but at most {limit} are allowed: shorten the user metadata")]
    MetadataTooLong {
        /// Its length in bytes.
        length: u64,
        /// The greatest length allowed, in bytes.
        limit: u64,
    },
    /// A schema that is longer than the format allows.
    #[error(
        "the description of a type has {length} bytes, but at most {limit} are allowed: the file is damaged"
    )]
    SchemaTooLong {
        /// Its length in bytes.
        length: usize,
        /// The greatest length allowed, in bytes.
        limit: u32,
    },
    /// A map without buckets, which cannot hold any key.
    #[error("a map needs at least one bucket, but this one has none")]
    ZeroBuckets,
    /// More buckets than a MessagePack array can list.
    #[error("{bucket_count} buckets are more than the 4294967295 that the format can list")]
    TooManyBuckets {
        /// Number of buckets that were asked for.
        bucket_count: u64,
    },
    /// The metadata and the bucket index disagree about a count.
    #[error("the metadata says {field} is {meta}, but the bucket index says {index}: the file is damaged")]
    CountMismatch {
        /// The field of the metadata.
        field: &'static str,
        /// Its value.
        meta: u64,
        /// The count in the bucket index.
        index: u64,
    },
    /// The metadata and the bucket index disagree about which buckets are occupied.
    #[error(
        "the metadata says the occupied buckets lie in {}..{}, but the bucket index says in {}..{}: the file is damaged",
        meta.start, meta.end, index.start, index.end
    )]
    OccupiedRangeMismatch {
        /// The range in the metadata.
        meta: std::ops::Range<u64>,
        /// The range in the bucket index.
        index: std::ops::Range<u64>,
    },
    /// The index entry of an empty bucket is not all zeros.
    #[error(
        "bucket {index} has no entries, but an offset of {offset} and a length of {length}: the file is damaged"
    )]
    EmptyBucketNotZero {
        /// The bucket.
        index: u64,
        /// Its offset in the file.
        offset: u64,
        /// Its length in bytes.
        length: u32,
    },
    /// A bucket that does not begin where the previous one ends.
    #[error(
        "bucket {index} begins at offset {offset} instead of {expected}, where the bytes before it end: the file is damaged"
    )]
    BucketNotContiguous {
        /// The bucket.
        index: u64,
        /// Its offset in the file.
        offset: u64,
        /// The offset at which it must begin.
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
        /// Number of its entries according to the index.
        count: u32,
    },
    /// The buckets do not end where the metadata begins.
    #[error("the buckets end at offset {end}, but the metadata begins at {meta_offset}: the file is damaged")]
    BucketsEnd {
        /// The end of the last bucket.
        end: u64,
        /// Offset of the metadata.
        meta_offset: u64,
    },
    /// The number of entries in a bucket differs from that in its index entry.
    #[error("the bucket holds {found} entries, but the bucket index says {expected}")]
    BucketCount {
        /// Number of entries according to the payload.
        found: u32,
        /// Number of entries according to the index.
        expected: u32,
    },
    /// The checksum of a format 2 header does not match its bytes.
    #[error(
        "the header is damaged: it stores the checksum {stored:#010x}, but its bytes give {computed:#010x}"
    )]
    HeaderChecksum {
        /// The checksum in the header.
        stored: u32,
        /// The checksum of its bytes.
        computed: u32,
    },
    /// A file that needs features that this version does not have.
    #[error(
        "the file needs features that this version of massmap does not know (bits {unknown:#x}): use a newer one"
    )]
    UnknownFeatures {
        /// The unknown features, one bit each.
        unknown: u32,
    },
    /// A page size that format 2 does not allow.
    #[error("{page_size} is not a page size: that is a power of two from 512 to 1048576 bytes")]
    PageSize {
        /// The page size.
        page_size: u32,
    },
    /// The file claims to be a shard that cannot exist.
    #[error("there is no shard {index} of {count}: the file is damaged")]
    NoSuchShard {
        /// Number of the shard, from 0.
        index: u32,
        /// Number of shards.
        count: u32,
    },
    /// Numbers of entries, pages and bins that contradict each other.
    #[error(
        "{entry_count} entries in {page_count} pages and {bins} bins are impossible: the file is damaged"
    )]
    PagedCounts {
        /// Number of entries.
        entry_count: u64,
        /// Number of pages.
        page_count: u64,
        /// Number of bins.
        bins: u64,
    },
    /// A directory that no page of this size can have.
    #[error(
        "a directory of {directory_words} words in a page of {page_size} bytes; it has at least one, and takes at most an eighth of the page: the file is damaged"
    )]
    DirectoryWords {
        /// Number of words of 64 bits.
        directory_words: u32,
        /// The page size, in bytes.
        page_size: u32,
    },
    /// Entries that are shorter than possible, or too long for their pages.
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
    /// Entries that cannot all have the same length, although the header says so.
    #[error(
        "{entry_count} entries of {entries_length} bytes in all cannot have one width, as the header says: the file is damaged"
    )]
    FixedEntries {
        /// Number of entries.
        entry_count: u64,
        /// Length of all entries, in bytes.
        entries_length: u64,
    },
    /// Entries of one width according to the header, but of another one, or of none, according to the types of keys and values.
    #[error(
        "entries of {length} bytes each, but by the types that the metadata names {}: the file is damaged",
        match width { Some(width) => format!("they have {width}"), None => "they may differ in length".to_owned() }
    )]
    EntryWidth {
        /// Length of an entry according to the header, in bytes.
        length: u32,
        /// Length of an entry according to the metadata, in bytes, if all have the same.
        width: Option<u32>,
    },
    /// Sections that do not follow the pages, one after the other.
    #[error("the sections do not follow the pages, one after the other: the file is damaged")]
    SectionOffsets,
    /// A section that the file needs is missing.
    #[error("the file has no section {kind:?}: it is damaged")]
    MissingSection {
        /// The kind of section.
        kind: SectionKind,
    },
    /// Two sections of the same kind.
    #[error("the file has section {kind} twice: it is damaged")]
    DuplicateSection {
        /// The section's kind.
        kind: u32,
    },
    /// A section of a known kind behind one of an unknown kind.
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
        "the name at position {position} of the metadata is not greater than the one before it: user metadata is sorted, and its names are unique"
    )]
    UserMetadataOrder {
        /// Position of the name in the section.
        position: usize,
    },
    /// The metadata of format 2 and the header disagree about a count.
    #[error("the metadata says {field} is {meta}, but the header says {header}: the file is damaged")]
    HeaderMismatch {
        /// The field of the metadata.
        field: &'static str,
        /// Its value.
        meta: u64,
        /// The value in the header.
        header: u64,
    },
    /// The checksum of a section does not match its bytes.
    #[error(
        "section {kind} is damaged: the header stores the checksum {stored:#010x}, but its bytes give {computed:#010x}"
    )]
    SectionChecksum {
        /// The section.
        kind: u32,
        /// The checksum in the header.
        stored: u32,
        /// The checksum of its bytes.
        computed: u32,
    },
    /// A section whose length is not that of any content with the checksums of its blocks.
    #[error(
        "section {kind} of {length} bytes does not consist of blocks and their checksums: the file is damaged"
    )]
    SectionBlocks {
        /// The section.
        kind: u32,
        /// Its length in bytes.
        length: u64,
    },
    /// The checksum of a block of a section does not match its bytes.
    #[error(
        "block {block} of section {kind} is damaged: the section stores the checksum {stored:#010x}, but its bytes give {computed:#010x}"
    )]
    BlockChecksum {
        /// The section.
        kind: u32,
        /// The block of 4096 bytes, from 0.
        block: u64,
        /// The checksum in the section.
        stored: u32,
        /// The checksum of its bytes.
        computed: u32,
    },
    /// Bytes of a section that is read in parts, which are needed and have not been supplied. The file is not at fault.
    #[error(
        "the {length} bytes at byte {offset} of the file have not been supplied: they are part of section {kind}, which is read in parts"
    )]
    SectionPartMissing {
        /// The section.
        kind: u32,
        /// Where the bytes begin in the file.
        offset: u64,
        /// How many there are.
        length: u64,
    },
    /// A page index whose length does not fit its numbers of pages and bins.
    #[error("a page index of {length} bytes does not fit {pages} pages and {bins} bins: the file is damaged")]
    PageIndexLength {
        /// Its length in bytes.
        length: u64,
        /// Number of pages.
        pages: u64,
        /// Number of bins.
        bins: u64,
    },
    /// A bin whose page the page index does not lead to.
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
        "the page index is damaged: the bytes at position {position} are not those that the first bins of its pages give"
    )]
    PageIndexBytes {
        /// Position in the section.
        position: u64,
    },
    /// A run that has more pages than format 2 allows, or lies outside the file's pages.
    #[error(
        "{pages} pages of {page_size} bytes from page {first_page} on exceed the 4294967295 bytes of a run, or the {page_count} pages of the file: the file is damaged"
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
    #[error(
        "the first bins of {pages} pages are not sorted, not below {bins}, more than 8192 bins a page apart, or not from 1 to 4294967295"
    )]
    FirstBins {
        /// Number of pages.
        pages: u64,
        /// The bin behind those of the last page.
        bins: u64,
    },
    /// The checksum of a page does not match its bytes and its position.
    #[error(
        "page {page} is damaged or misplaced: it stores the checksum {stored:#010x}, but its bytes give {computed:#010x}"
    )]
    PageChecksum {
        /// The page, or the first one of a run.
        page: u64,
        /// The checksum in the page.
        stored: u32,
        /// The checksum of its bytes.
        computed: u32,
    },
    /// A directory of entries that does not fit its page.
    #[error("the directory of entries does not fit the page of {length} bytes")]
    PageDirectory {
        /// Length of the page or run, in bytes.
        length: usize,
    },
    /// An entry that lies outside its page, or is not a key and a value.
    #[error("entry {index} of the page is damaged")]
    PageEntry {
        /// The entry, from 0.
        index: usize,
    },
    /// A section that does not say how values are compressed.
    #[error(
        "the section that says how values are compressed {problem}: the file is damaged, or needs a newer version"
    )]
    CompressionDescription {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Entries that have a fixed width and compressed values at once, according to the header.
    #[error(
        "the header says that entries have a fixed width and that values are compressed: the file is damaged"
    )]
    FixedAndCompressed,
    /// A value that is neither stored as it is nor as one frame of Zstandard.
    #[error("the stored value {problem}: it is damaged")]
    StoredValue {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A miss filter whose length contradicts its header.
    #[error("the miss filter of {length} bytes is damaged")]
    MissFilter {
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
