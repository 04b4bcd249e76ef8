//! A map of which a program knows no types.

mod lookup;
mod walk;

use std::fmt;
use std::io;

use massmap_core::dynamic::Type;
use massmap_io::AnyReader;
use massmap_read::steps::NamedKeys;
use massmap_read::{MassMapInner, TolerantHashLoader, UntypedMap};

use crate::maps::description::description;
use crate::options::AsyncOpenOptions;
use crate::reader::AsyncReader;
use crate::reader::version_tag::VersionTag;
use crate::remote::opening::open;
use crate::remote::{Remote, Shared};

/// An opened map whose types are those that the file names, read asynchronously through `R`: for tools, and for programs in other
/// languages. The asynchronous form of [`UntypedMap`], which says more.
///
/// ```
/// use massmap_async::{AsyncUntypedMap, MemoryReader};
///
/// # let writer = massmap_io::MemoryWriter::new();
/// # massmap_write::MassMapBuilder::default().build(&writer, [("apple", (1u32, true)), ("fig", (2, false))].iter())?;
/// # let reader = MemoryReader::new(writer.into_inner());
/// # futures_executor::block_on(async {
/// let map = AsyncUntypedMap::open(reader).await?;
/// assert_eq!(map.get("apple").await?, Some((1, true).into()));
/// assert_eq!(map.get_as::<(u32, bool)>("fig").await?, Some((2, false)));
/// assert!(map.get(7).await.is_err(), "keys are strings");
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct AsyncUntypedMap<R> {
    source: Source<R>,
    version: VersionTag,
}

enum Source<R> {
    /// The bytes are in memory.
    Memory {
        map: UntypedMap<AnyReader>,
        reader: R,
    },
    Remote {
        map: UntypedMap<R>,
        shared: Shared,
    },
}

/// Evaluates an expression with the untyped map.
macro_rules! with_map {
    ($any:expr, $map:ident => $result:expr) => {
        match &$any.source {
            Source::Memory { map: $map, .. } => $result,
            Source::Remote { map: $map, .. } => $result,
        }
    };
}

/// Evaluates an expression with the map below.
macro_rules! with_inner {
    ($any:expr, $inner:ident => $result:expr) => {
        with_map!($any, map => {
            let $inner = map.inner();
            $result
        })
    };
}

impl<R: AsyncReader> AsyncUntypedMap<R> {
    /// Opens a map of either format with the default options, as [`AsyncMassMap::open`](crate::AsyncMassMap::open) does.
    ///
    /// # Errors
    ///
    /// Those of [`AsyncMassMap::open`](crate::AsyncMassMap::open), but for the hash function and the types.
    pub async fn open(reader: R) -> io::Result<Self> {
        Self::open_with(reader, &AsyncOpenOptions::new()).await
    }

    /// Opens a map like [`open`](Self::open), with options.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open).
    pub async fn open_with(reader: R, options: &AsyncOpenOptions) -> io::Result<Self> {
        if let Some(bytes) = reader.shared_bytes() {
            let map = UntypedMap::load(AnyReader::from(bytes))?.with_checksum_policy(options.policy);
            return Ok(Self {
                source: Source::Memory { map, reader },
                version: VersionTag::strong(""),
            });
        }
        let file = open(&reader, options).await?;
        let inner = MassMapInner::<R, TolerantHashLoader>::from_opened(file.opened, reader)?;
        let map = Self {
            source: Source::Remote {
                map: inner.into(),
                shared: Shared::new(options.reads),
            },
            version: file.version,
        };
        // A map whose keys cannot be looked up can be walked over.
        if let Source::Remote { map, shared } = &map.source
            && map.check_lookups().is_ok()
        {
            remote(map, shared).check_at_opening(&file.suffix)?;
        }
        Ok(map)
    }

    /// The map that was opened as `inner`: nothing is read. `version` is what the reader told of the file. For programs that look keys up
    /// in both ways, and keep one index.
    pub fn from_inner(
        inner: MassMapInner<R, TolerantHashLoader>,
        version: VersionTag,
        options: &AsyncOpenOptions,
    ) -> Self {
        Self {
            source: Source::Remote {
                map: inner.into(),
                shared: Shared::new(options.reads),
            },
            version,
        }
    }

    /// Reads and examines a sample of the keys, as [`AsyncMassMap::check_keys`](crate::AsyncMassMap::check_keys) does. Returns `false` if
    /// damage prevents the check.
    ///
    /// # Errors
    ///
    /// Those of [`UntypedMap::check_keys`], and any error of the reader.
    pub async fn check_keys(&self) -> io::Result<bool> {
        match &self.source {
            Source::Memory { map, .. } => map.check_keys(),
            Source::Remote { map, shared } => {
                map.check_lookups()?;
                remote(map, shared).check_keys().await
            }
        }
    }
}

impl<R> AsyncUntypedMap<R> {
    description!(with_inner);

    /// The reader of the file.
    pub fn reader(&self) -> &R {
        match &self.source {
            Source::Memory { reader, .. } => reader,
            Source::Remote { map, .. } => &map.inner().reader,
        }
    }

    /// The version of the file that is read.
    pub fn version(&self) -> &VersionTag {
        &self.version
    }

    /// Sets how many bytes of memory a dynamic [`Value`](massmap_core::dynamic::Value) may take; 64 MiB unless set. A larger one is an
    /// error; its encoded bytes can be had.
    #[must_use]
    pub fn with_value_limit(mut self, bytes: usize) -> Self {
        self.source = match self.source {
            Source::Memory { map, reader } => Source::Memory {
                map: map.with_value_limit(bytes),
                reader,
            },
            Source::Remote { map, shared } => Source::Remote {
                map: map.with_value_limit(bytes),
                shared,
            },
        };
        self
    }

    /// The type of the keys.
    pub fn key_type(&self) -> &Type {
        with_map!(self, map => map.key_type())
    }

    /// The type of the values.
    pub fn value_type(&self) -> &Type {
        with_map!(self, map => map.value_type())
    }

    /// Checks that keys can be looked up: that they can be hashed by what the file tells of them, and that the hash function is known.
    /// Reads nothing.
    ///
    /// # Errors
    ///
    /// Those of [`UntypedMap::check_lookups`].
    pub fn check_lookups(&self) -> io::Result<()> {
        with_map!(self, map => map.check_lookups())
    }
}

/// Lookups through the reader.
fn remote<'a, R>(
    map: &'a UntypedMap<R>,
    shared: &'a Shared,
) -> Remote<'a, R, TolerantHashLoader, NamedKeys<'a>> {
    Remote {
        inner: map.inner(),
        shared,
        keys: map.stored_keys(),
    }
}

impl<R: fmt::Debug> fmt::Debug for AsyncUntypedMap<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncUntypedMap")
            .field("reader", self.reader())
            .field("version", &self.version)
            .field("entries", &self.len())
            .finish_non_exhaustive()
    }
}
