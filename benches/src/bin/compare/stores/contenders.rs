//! The list of stores, and their descriptions in tables.

use super::hash_tables::{cdb64, hash_map, odht};
use super::interface::Store;
use super::log_structured::fjall;
#[cfg(feature = "rocksdb")]
use super::log_structured::rocksdb;
use super::massmap::buckets::Buckets;
use super::massmap::current::{self, Backend, Layout, Ours};
use super::massmap::v0_1_5::{self, Published};
use super::trees::{lmdb, redb, sqlite};
use crate::data::Entries;
use crate::data::field::Field;
use crate::results::Kind;

/// A store in the comparison.
#[derive(Debug)]
pub(crate) struct Contender {
    /// Its name on the command line and in file names.
    pub(crate) id: &'static str,
    /// Its name in tables.
    pub(crate) title: &'static str,
    /// Its settings, in one line.
    settings: &'static str,
    /// Its crate, if the title does not contain the version.
    pub(super) package: Option<&'static str>,
    pub(crate) kind: Kind,
    /// The store that builds its files: itself or another.
    pub(crate) built_by: &'static str,
    /// Whether it has files, so that uncached lookups can be measured.
    pub(crate) cold: bool,
}

impl Contender {
    const fn new(id: &'static str, title: &'static str, settings: &'static str, kind: Kind) -> Self {
        Self {
            id,
            title,
            settings,
            package: None,
            kind,
            built_by: id,
            cold: true,
        }
    }

    const fn reads_files_of(self, id: &'static str) -> Self {
        Self { built_by: id, ..self }
    }

    const fn of(self, package: &'static str) -> Self {
        Self {
            package: Some(package),
            ..self
        }
    }

    /// The version of its crate and its settings, in one line.
    pub(crate) fn settings(&self) -> String {
        let named = |package| {
            format!(
                "{package} {}; ",
                version(package).expect("a dependency is locked")
            )
        };
        self.package.map_or_else(String::new, named) + self.settings
    }
}

/// The version of a dependency, from the lock file.
fn version(package: &str) -> Option<&'static str> {
    let lock = include_str!("../../../../Cargo.lock");
    let (_, behind) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    behind.split('"').next()
}

/// All stores, in the order of the tables.
pub(crate) const ALL: &[Contender] = &[
    Contender::new(
        "v2-mapped",
        "massmap v2, mapped",
        current::MAPPED_PAGES,
        Kind::Ours,
    ),
    Contender::new("v2-file", "massmap v2, File", current::READ_PAGES, Kind::Ours)
        .reads_files_of("v2-mapped"),
    Contender::new(
        "v2-filter-mapped",
        "massmap v2 with miss filter, mapped",
        current::MAPPED_FILTERED,
        Kind::Ours,
    ),
    Contender::new(
        "v2-filter-file",
        "massmap v2 with miss filter, File",
        current::READ_FILTERED,
        Kind::Ours,
    )
    .reads_files_of("v2-filter-mapped"),
    Contender::new(
        "v1-mapped",
        "massmap v1, mapped",
        current::MAPPED_BUCKETS,
        Kind::OursFormat1,
    ),
    Contender::new(
        "v1-file",
        "massmap v1, File",
        current::READ_BUCKETS,
        Kind::OursFormat1,
    )
    .reads_files_of("v1-mapped"),
    Contender::new(
        "massmap-0.1.5-16",
        "massmap 0.1.5, 16 entries per bucket",
        v0_1_5::BY_ENTRIES,
        Kind::Other,
    ),
    Contender::new(
        "massmap-0.1.5-4k",
        "massmap 0.1.5, 4 KiB per bucket",
        v0_1_5::BY_BYTES,
        Kind::Other,
    ),
    Contender::new(
        "massmap-0.1.5-1",
        "massmap 0.1.5, one entry per bucket",
        v0_1_5::BY_ONE,
        Kind::Other,
    ),
    Contender::new("cdb64", "cdb64", cdb64::SETTINGS, Kind::Other).of("cdb64"),
    Contender::new("lmdb", "LMDB", lmdb::SETTINGS, Kind::Other).of("heed"),
    Contender::new("redb", "redb", redb::SETTINGS, Kind::Other).of("redb"),
    #[cfg(feature = "rocksdb")]
    Contender::new("rocksdb", "RocksDB", rocksdb::SETTINGS, Kind::Other).of("rocksdb"),
    Contender::new("sqlite", "SQLite", sqlite::SETTINGS, Kind::Other).of("rusqlite"),
    Contender::new("fjall", "fjall", fjall::SETTINGS, Kind::Other).of("fjall"),
    Contender::new("odht", "odht", odht::SETTINGS, Kind::Other).of("odht"),
    Contender {
        cold: false,
        ..Contender::new("hash-map", "HashMap", hash_map::SETTINGS, Kind::InMemory)
    },
];

/// The store with this ID.
pub(crate) fn contender(id: &str) -> Option<&'static Contender> {
    ALL.iter().find(|contender| contender.id == id)
}

/// Why the store with this ID cannot hold these entries; `None` if it can.
pub(crate) fn unfit<K: Field, V: Field>(id: &str, entries: &Entries<K, V>) -> Option<&'static str> {
    let fits = match id {
        "lmdb" => entries.key_lengths_are_in(&lmdb::KEY_LENGTHS),
        "fjall" => entries.key_lengths_are_in(&fjall::KEY_LENGTHS),
        "odht" => odht::store::<K, V>(entries.fixed()).is_some(),
        _ => true,
    };
    match id {
        _ if fits => None,
        "lmdb" => Some(lmdb::UNFIT),
        "fjall" => Some(fjall::UNFIT),
        _ => Some(odht::UNFIT),
    }
}

/// The store with this ID; `None` if there is none, or if it does not support the types.
pub(crate) fn store<K: Field, V: Field>(id: &str, entries: &Entries<K, V>) -> Option<Box<dyn Store<K, V>>> {
    let pages = |filter, backend| {
        Box::new(Ours {
            layout: Layout::Pages { filter },
            backend,
        })
    };
    let buckets = |backend| {
        Box::new(Ours {
            layout: Layout::Buckets,
            backend,
        })
    };
    Some(match id {
        "v2-mapped" => pages(false, Backend::Mapped),
        "v2-file" => pages(false, Backend::File),
        "v2-filter-mapped" => pages(true, Backend::Mapped),
        "v2-filter-file" => pages(true, Backend::File),
        "v1-mapped" => buckets(Backend::Mapped),
        "v1-file" => buckets(Backend::File),
        "massmap-0.1.5-16" => Box::new(Published(Buckets::Entries(16))),
        "massmap-0.1.5-4k" => Box::new(Published(Buckets::Bytes(4096))),
        "massmap-0.1.5-1" => Box::new(Published(Buckets::Entries(1))),
        "cdb64" => Box::new(cdb64::Cdb64),
        "lmdb" => Box::new(lmdb::Lmdb),
        "redb" => Box::new(redb::Redb),
        #[cfg(feature = "rocksdb")]
        "rocksdb" => Box::new(rocksdb::RocksDb),
        "sqlite" => Box::new(sqlite::Sqlite),
        "fjall" => Box::new(fjall::Fjall),
        "odht" => return odht::store(entries.fixed()),
        "hash-map" => Box::new(hash_map::InMemory),
        _ => return None,
    })
}
