//! What a builder can be set to.

use std::hash::Hash;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use massmap_format::DuplicateKeys;
use massmap_write::{Compression, Progress};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Builder;

/// The page size for maps in object stores, in bytes: see [`Builder::for_object_store`].
pub const OBJECT_STORE_PAGE_SIZE: u32 = 16 << 10;

impl Builder {
    /// What a lookup reads: the size of a page in bytes, a power of two from 512 to 1 MiB. Unless set, it is 4096, or
    /// less for entries shorter than 16 bytes, and for maps that fit in one smaller page.
    ///
    /// 1 KiB is faster on small entries that the page cache holds. Entries of more than about a quarter of a page leave some of
    /// each page empty: larger pages, or [runs of several](Self::with_longest_run), make less of that.
    #[must_use]
    pub fn with_page_size(self, page_size: u32) -> Self {
        Self(self.0.with_page_size(page_size))
    }

    /// For a map that will be read from an object store, or by HTTP: sets the [page size](Self::with_page_size) to
    /// [`OBJECT_STORE_PAGE_SIZE`].
    ///
    /// | the map lies | page size | since |
    /// |---|---|---|
    /// | in the page cache, in mapped memory, on an NVMe drive | unset: 4 KiB or less | a lookup takes longer the more it reads and checks |
    /// | in an object store, behind HTTP, on a network drive | 16 KiB, or up to 64 KiB | a request takes as long for 64 KiB as for 4; larger pages have a smaller index, which is read to open the map, and leave less of a file empty |
    ///
    /// Of this setting and `with_page_size`, the later one counts.
    #[must_use]
    pub fn for_object_store(self) -> Self {
        self.with_page_size(OBJECT_STORE_PAGE_SIZE)
    }

    /// How many pages entries may share, which a lookup then reads together: from 1 to 16; 1 unless set.
    ///
    /// With 8, files whose entries take a quarter of a page and more become much smaller, and a lookup reads four pages on
    /// average.
    #[must_use]
    pub fn with_longest_run(self, pages: u32) -> Self {
        Self(self.0.with_longest_run(pages))
    }

    /// What to do with entries whose keys are equal: an error, unless set.
    #[must_use]
    pub fn with_duplicate_keys(self, duplicate_keys: DuplicateKeys) -> Self {
        Self(self.0.with_duplicate_keys(duplicate_keys))
    }

    /// Notes something about the map in its file, under a name. A second note with that name replaces the first.
    #[must_use]
    pub fn with_user_metadata(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        Self(self.0.with_user_metadata(name, value))
    }

    /// Whether the file gets a filter by which most missing keys cost no read. It takes about 9 bits a key, in the file and in
    /// the memory of each program that opens it.
    #[must_use]
    pub fn with_miss_filter(self, value: bool) -> Self {
        Self(self.0.with_miss_filter(value))
    }

    /// How values are compressed; they are not unless this is set. Needs the feature `zstd`, as reading does.
    ///
    /// JSON documents and the like of 200 bytes to 4 KiB take about a third of their size. Lookups still read one page and decompress one
    /// value, which takes a microsecond or two. Entries of a fixed width, such as integers, are never compressed.
    #[must_use]
    pub fn with_compression(self, compression: Compression) -> Self {
        Self(self.0.with_compression(compression))
    }

    /// Whether structs are stored with the names of their fields, which is **recommended wherever structs may change** between
    /// building and reading.
    ///
    /// Without names, a file does not open with a struct whose fields are in another order, or that has a new one among them. With
    /// names, files are larger.
    #[must_use]
    pub fn with_field_names(self, value: bool) -> Self {
        Self(self.0.with_field_names(value))
    }

    /// Decodes every entry again while building, as a `K` and a `V`, and refuses those that would not come back equal, or whose
    /// keys would hash differently. A build takes up to about twice as long.
    ///
    /// `K` and `V` are the types that the map will be opened with.
    #[must_use]
    pub fn with_read_back<K, V>(self) -> Self
    where
        K: DeserializeOwned + Serialize + Hash,
        V: DeserializeOwned + Serialize,
    {
        Self(self.0.with_read_back::<K, V>())
    }

    /// Whether the file gets the names that Rust has for the types of keys and values; `false` unless set.
    ///
    /// They are for people: what keys and values are is in the file anyway. They may differ between compilers, and so may the bytes
    /// of files with them.
    #[must_use]
    pub fn with_type_names(self, value: bool) -> Self {
        Self(self.0.with_type_names(value))
    }

    /// What the file calls the type of the keys, in place of the name that Rust has for it, if it has [names](Self::with_type_names).
    /// For keys that stand in for those of another type, and are encoded and hashed like them.
    #[must_use]
    pub fn with_key_type_name(self, name: impl Into<String>) -> Self {
        Self(self.0.with_key_type_name(name))
    }

    /// What the file calls the type of the values, in place of the name that Rust has for it, if it has
    /// [names](Self::with_type_names). For values that were encoded elsewhere.
    #[must_use]
    pub fn with_value_type_name(self, name: impl Into<String>) -> Self {
        Self(self.0.with_value_type_name(name))
    }

    /// The seed of the hash function; 0 unless set. Maps to be merged need the same one.
    #[must_use]
    pub fn with_hash_seed(self, seed: u64) -> Self {
        Self(self.0.with_hash_seed(seed))
    }

    /// About how many bytes of memory a build may take; 512 MiB unless set, and never less than 64 KiB. What does not fit goes to
    /// temporary files.
    #[must_use]
    pub fn with_memory_limit(self, bytes: usize) -> Self {
        Self(self.0.with_memory_limit(bytes))
    }

    /// The directory for temporary files; that of the file to be written, unless set. Nothing is left of them, however the program
    /// ends.
    #[must_use]
    pub fn with_spill_dir(self, path: impl Into<PathBuf>) -> Self {
        Self(self.0.with_spill_dir(path))
    }

    /// How many threads work beside the one that takes the entries; those that the program shares through rayon, unless set. With 1
    /// that thread does everything.
    #[must_use]
    pub fn with_threads(self, count: usize) -> Self {
        Self(self.0.with_threads(count))
    }

    /// How many bytes are collected before they are written; 256 KiB, which is the most for a file, unless set.
    #[must_use]
    pub fn with_writer_buffer_size(self, size: usize) -> Self {
        Self(self.0.with_writer_buffer_size(size))
    }

    /// Calls `observer` many times a second with how far the build has come. It must return quickly.
    #[must_use]
    pub fn with_progress(self, observer: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self(self.0.with_progress(observer))
    }

    /// A flag that ends the build soon after it becomes `true`, with [`WriteError::Cancelled`](crate::WriteError::Cancelled). The file stays
    /// as it was.
    #[must_use]
    pub fn with_cancellation(self, cancelled: Arc<AtomicBool>) -> Self {
        Self(self.0.with_cancellation(cancelled))
    }

    /// Keeps only the entries of one shard: number `index`, from 0, of `count` equal ranges of hashes.
    ///
    /// For building a map in parts, in several processes or on several machines, with the same settings otherwise. Each may be
    /// given all entries, or those that [`Shards::shard_of`](crate::Shards::shard_of) gives it. [`merge`](crate::merge) makes of
    /// the parts the file that one build would have made, byte for byte.
    #[must_use]
    pub fn with_shard(self, index: u32, count: u32) -> Self {
        Self(self.0.with_shard(index, count))
    }

    /// What all shards of this build have in common and no other build has: 16 bytes, such as a UUID, chosen by whoever
    /// distributes the work. [`merge`](crate::merge) then refuses shards of different builds.
    #[must_use]
    pub fn with_build_id(self, id: impl Into<[u8; 16]>) -> Self {
        Self(self.0.with_build_id(id))
    }
}
