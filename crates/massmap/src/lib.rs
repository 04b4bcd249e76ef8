//! facade
pub use massmap_format::{
    FormatError, MassMapBucketMeta, MassMapHashConfig, MassMapHeader, MassMapInfo, MassMapMeta,
};
pub use massmap_hash::{
    HashError, KnownHashLoader, MassMapDefaultHashLoader, MassMapHashLoader, Xxh3HashLoader,
};
pub use massmap_io::{BytesReader, IoError, MassMapReader, MassMapWriter, MemoryWriter};
pub use massmap_read::{Keys, MassMap, MassMapInner, MassMapIter, ReadError, Values};
pub use massmap_write::{MassMapBuilder, MassMapMerger, WriteError};
