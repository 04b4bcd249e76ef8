//! Opening maps.

#[cfg(feature = "io-uring")]
use std::fs::File;
use std::hash::Hash;
use std::path::Path;

use bytes::Bytes;
use massmap_core::dynamic::Type;
use massmap_format::MassMapMeta;
use massmap_hash::{KnownHashLoader, MassMapHashLoader};
#[cfg(target_os = "linux")]
use massmap_io::DirectFile;
#[cfg(feature = "mmap")]
use massmap_io::MappedFileOptions;
use massmap_io::{AnyReader, FilePool, MassMapReader};
#[cfg(feature = "io-uring")]
use massmap_io::{IoError, UringFile};
use massmap_read::{ChecksumPolicy, MassMap, MassMapInner};
use serde::de::DeserializeOwned;

use crate::{Error, Map, Result, UntypedMap};

/// Opens the map in the file at `path`, which is read by ordinary reads.
///
/// [`OpenOptions`] opens maps in other ways.
///
/// ```
/// # fn main() -> massmap::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("fruits.massmap");
/// massmap::Builder::new().build(&path, [("apple", 1u32), ("banana", 2)])?;
/// let map = massmap::open::<String, u32>(&path)?;
/// assert_eq!(map.get("apple")?, Some(1));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of [`OpenOptions::open`].
pub fn open<K, V>(path: impl AsRef<Path>) -> Result<Map<K, V>>
where
    K: DeserializeOwned + Eq + Hash,
    V: DeserializeOwned,
{
    OpenOptions::new().open(path)
}

/// How maps are opened.
///
/// Without any option, a file is read by ordinary reads, checksums are checked at the first read of each page where the bytes are
/// in memory and at every read elsewhere, and a sample of the keys is checked against their type. Of the methods that choose how
/// files are read, [`pooled`](Self::pooled), `direct` and `mapped`, the one called last counts.
///
/// ```
/// use massmap::{ChecksumPolicy, OpenOptions};
///
/// # fn main() -> massmap::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("fruits.massmap");
/// massmap::Builder::new().build(&path, [("apple", "red"), ("banana", "yellow")])?;
///
/// // SAFETY: this file is only ever replaced by a `Builder`, which renames a new one over it.
/// let options = unsafe { OpenOptions::new().mapped() };
/// let map = options.open::<String, String>(&path)?;
/// let color: Option<&str> = map.get_ref("banana")?;
/// assert_eq!(color, Some("yellow"));
///
/// // Where the disk is not trusted, whatever is in memory:
/// let map = options.checksum_policy(ChecksumPolicy::EveryRead).open::<String, String>(&path)?;
/// # assert_eq!(map.get("apple")?.as_deref(), Some("red"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    backend: Backend,
    /// How many reads of a batch are in flight.
    #[cfg(feature = "io-uring")]
    in_flight: Option<usize>,
    checksum_policy: Option<ChecksumPolicy>,
    key_type: Option<String>,
    value_type: Option<String>,
    check_all_keys: bool,
}

/// How the file at a path is read.
#[derive(Debug, Clone, Default)]
enum Backend {
    #[default]
    File,
    Pooled(FilePool),
    #[cfg(target_os = "linux")]
    Direct,
    #[cfg(feature = "mmap")]
    Mapped(MappedFileOptions),
}

impl OpenOptions {
    /// Options as [`open`] has them.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens files in `pool`, which keeps only some of its files open: for more maps than a program may have files open.
    #[must_use]
    pub fn pooled(mut self, pool: &FilePool) -> Self {
        self.backend = Backend::Pooled(pool.clone());
        self
    }

    /// Reads files past the page cache: for files much larger than memory on a fast disk. Only on Linux.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub fn direct(mut self) -> Self {
        self.backend = Backend::Direct;
        self
    }

    /// Keeps up to `depth` reads of a batch in flight, from 1 to 4096, with io_uring: for batches from disk. 128 suits most disks. Other
    /// depths are taken for the nearest one in that range.
    ///
    /// Goes together with ordinary and [`direct`](Self::direct) reads. Where the system has no io_uring, batches read one page
    /// after the other.
    #[cfg(feature = "io-uring")]
    #[must_use]
    pub fn io_uring(mut self, depth: usize) -> Self {
        self.in_flight = Some(depth);
        self
    }

    /// Maps files into memory, which makes lookups in files that the page cache holds fastest: they take no system call and copy
    /// nothing.
    ///
    /// # Safety
    ///
    /// Until the last map that is opened with these options, or a clone of them, is gone, nobody may change its file or make it
    /// shorter, as the [contract](crate::MappedFile#safety-contract) of mapped files says in full. Replacing a file by a rename,
    /// as a [`Builder`](crate::Builder) does, is no change.
    #[cfg(feature = "mmap")]
    #[expect(
        unsafe_code,
        reason = "whoever maps a file has to promise that its bytes stay"
    )]
    #[must_use]
    pub unsafe fn mapped(self) -> Self {
        // SAFETY: the caller promises the same.
        unsafe { self.mapped_with(MappedFileOptions::new()) }
    }

    /// Maps files into memory, with advice to the system; see [`mapped`](Self::mapped).
    ///
    /// # Safety
    ///
    /// That of [`mapped`](Self::mapped).
    #[cfg(feature = "mmap")]
    #[expect(
        unsafe_code,
        reason = "whoever maps a file has to promise that its bytes stay"
    )]
    #[must_use]
    pub unsafe fn mapped_with(mut self, options: MappedFileOptions) -> Self {
        self.backend = Backend::Mapped(options);
        self
    }

    /// When checksums are checked. Format 1 has none.
    ///
    /// Unless set, at the first read of each page where the bytes are in memory, in mapped files for example, and at every read
    /// elsewhere.
    #[must_use]
    pub fn checksum_policy(mut self, policy: ChecksumPolicy) -> Self {
        self.checksum_policy = Some(policy);
        self
    }

    /// Opens only files with this type of keys, as `std::any::type_name` gives it, or as [types](Map::entry_types) are shown: `u64`, for
    /// example, or `alloc::string::String`, which stands for all string types, as does `string`.
    #[must_use]
    pub fn expect_key_type(mut self, name: impl Into<String>) -> Self {
        self.key_type = Some(name.into());
        self
    }

    /// Opens only files with this type of values; see [`expect_key_type`](Self::expect_key_type).
    ///
    /// Otherwise, files open with values of any type, and a value that cannot be decoded is an error when it is looked up.
    #[must_use]
    pub fn expect_value_type(mut self, name: impl Into<String>) -> Self {
        self.value_type = Some(name.into());
        self
    }

    /// Whether all keys are checked against their type and the hash function when a map is opened, rather than a sample of them.
    ///
    /// Reads the whole file. Worth it where the type of the keys may have changed since the map was built: a sample can miss what
    /// holds for few keys.
    #[must_use]
    pub fn check_all_keys(mut self, value: bool) -> Self {
        self.check_all_keys = value;
        self
    }

    /// Opens the map in the file at `path`.
    ///
    /// Takes three or four small reads, and memory for the index: about one byte a page, or nothing if the file is mapped.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if the file cannot be opened; [`Error::Format`] if it is no map, or is damaged where it describes itself;
    /// [`Error::Hash`] if its hash function is not known; [`Error::Read`] if its keys are of another type than `K`;
    /// [`Error::UnexpectedType`] if it names other types than expected; [`Error::OptionsConflict`] if these options exclude each
    /// other.
    pub fn open<K, V>(&self, path: impl AsRef<Path>) -> Result<Map<K, V>>
    where
        K: DeserializeOwned + Eq + Hash,
        V: DeserializeOwned,
    {
        self.open_reader(self.reader(path.as_ref())?)
    }

    /// Opens the map that `bytes` hold: a `Vec<u8>`, for example, or a `&'static [u8]`. Nothing is copied.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open), but for files.
    pub fn open_bytes<K, V>(&self, bytes: impl Into<Bytes>) -> Result<Map<K, V>>
    where
        K: DeserializeOwned + Eq + Hash,
        V: DeserializeOwned,
    {
        self.open_reader(AnyReader::from(bytes.into()))
    }

    /// Opens the map that `reader` reads: one of the program's own, or a backend by itself. What these options say of how files
    /// are read makes no difference.
    ///
    /// ```
    /// use massmap::{BytesReader, OpenOptions};
    ///
    /// # fn main() -> massmap::Result<()> {
    /// let bytes = massmap::Builder::new().build_bytes([("apple", 1u32)])?;
    /// let map = OpenOptions::new().open_reader::<String, u32, _>(BytesReader::new(&bytes[..]))?;
    /// assert_eq!(map.get("apple")?, Some(1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open), but for files, and those of the reader.
    pub fn open_reader<K, V, R>(&self, reader: R) -> Result<Map<K, V, R>>
    where
        K: DeserializeOwned + Eq + Hash,
        V: DeserializeOwned,
        R: MassMapReader,
    {
        let map: MassMap<K, V, R, KnownHashLoader> = self.load(reader)?.cast();
        if self.check_all_keys {
            map.check_all_keys()?;
        } else {
            map.check_key_type()?;
        }
        Ok(map.into())
    }

    /// Opens the map in the file at `path` without types, or with types and a hash function that are not known: for tools.
    ///
    /// Keys are checked by the first lookup, unless [all of them](Self::check_all_keys) are to be checked when the map is opened.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open), but for key types and hash functions unless all keys are to be checked.
    pub fn open_untyped(&self, path: impl AsRef<Path>) -> Result<UntypedMap> {
        self.open_untyped_reader(self.reader(path.as_ref())?)
    }

    /// Opens the map that `bytes` hold without types: see [`open_untyped`](Self::open_untyped). Nothing is copied.
    ///
    /// # Errors
    ///
    /// Those of [`open_untyped`](Self::open_untyped), but for files.
    pub fn open_untyped_bytes(&self, bytes: impl Into<Bytes>) -> Result<UntypedMap> {
        self.open_untyped_reader(AnyReader::from(bytes.into()))
    }

    /// Opens the map that `reader` reads without types: see [`open_untyped`](Self::open_untyped) and
    /// [`open_reader`](Self::open_reader).
    ///
    /// # Errors
    ///
    /// Those of both, but for files.
    pub fn open_untyped_reader<R: MassMapReader>(&self, reader: R) -> Result<UntypedMap<R>> {
        let map = massmap_read::UntypedMap::from(self.load(reader)?);
        if self.check_all_keys {
            map.check_all_keys()?;
        }
        Ok(map.into())
    }

    /// Opens the map that `reader` reads, and checks the names of its types.
    fn load<R: MassMapReader, H: MassMapHashLoader>(&self, reader: R) -> Result<MassMapInner<R, H>> {
        let inner = MassMapInner::load(reader)?;
        self.check_types(&inner.meta)?;
        let default = match inner.reader.in_memory() {
            Some(_) => ChecksumPolicy::FirstRead,
            None => ChecksumPolicy::EveryRead,
        };
        Ok(inner.with_checksum_policy(self.checksum_policy.unwrap_or(default)))
    }

    fn check_types(&self, meta: &MassMapMeta) -> Result<()> {
        for (role, expected, found) in [
            ("key", &self.key_type, &meta.key_type),
            ("value", &self.value_type, &meta.value_type),
        ] {
            if let Some(expected) = expected
                && Type::parse(expected) != Type::parse(found)
            {
                return Err(Error::UnexpectedType {
                    role,
                    expected: expected.clone(),
                    found: found.clone(),
                });
            }
        }
        Ok(())
    }

    /// Opens the file at `path`.
    fn reader(&self, path: &Path) -> Result<AnyReader> {
        #[cfg(feature = "io-uring")]
        if let Some(depth) = self.in_flight {
            return self.ring_reader(path, depth);
        }
        Ok(match &self.backend {
            Backend::File => AnyReader::open(path)?,
            Backend::Pooled(pool) => pool.open(path)?.into(),
            #[cfg(target_os = "linux")]
            Backend::Direct => DirectFile::open(path)?.into(),
            #[cfg(feature = "mmap")]
            #[expect(unsafe_code, reason = "the options were made by a promise")]
            Backend::Mapped(options) => {
                // SAFETY: whoever has set this option has promised that the file stays as it is.
                unsafe { options.open(path)? }.into()
            }
        })
    }

    /// Opens the file at `path` with up to `depth` reads in flight.
    #[cfg(feature = "io-uring")]
    fn ring_reader(&self, path: &Path, depth: usize) -> Result<AnyReader> {
        let other = match &self.backend {
            Backend::File => {
                let file = File::open(path).map_err(|source| IoError::Open {
                    path: path.to_owned(),
                    source,
                })?;
                return Ok(UringFile::new(file).with_depth(depth).into());
            }
            #[cfg(target_os = "linux")]
            Backend::Direct => return Ok(UringFile::new(DirectFile::open(path)?).with_depth(depth).into()),
            Backend::Pooled(_) => "reading files of a pool",
            #[cfg(feature = "mmap")]
            Backend::Mapped(_) => "mapping files",
        };
        Err(Error::OptionsConflict {
            one: "reading with io_uring",
            other,
        })
    }
}
