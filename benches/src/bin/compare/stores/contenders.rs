//! The stores, and what tables say of them.

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

/// One of those that are compared.
#[derive(Debug)]
pub(crate) struct Contender {
    /// Its name on the command line and in file names.
    pub(crate) id: &'static str,
    /// Its name in tables.
    pub(crate) title: &'static str,
    /// What it is set to, in one line.
    settings: &'static str,
    /// The crate it is in, if its title does not tell which version that is.
    pub(super) package: Option<&'static str>,
    pub(crate) kind: Kind,
    /// Whose files it reads, its own or those of another.
    pub(crate) built_by: &'static str,
    /// Whether it has files, which may be on disk only.
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

    /// What it is set to, in one line, behind the version of its crate.
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

/// The version of a dependency that this program was compiled with.
fn version(package: &str) -> Option<&'static str> {
    let lock = include_str!("../../../../Cargo.lock");
    let (_, behind) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    behind.split('"').next()
}

/// All of them, in the order of the tables.
pub(crate) const ALL: &[Contender] = &[
    Contender::new(
        "v2-mapped",
        "massmap v2, mapped",
        current::MAPPED_PAGES,
        Kind::Ours,
    ),
    Contender::new(
        "v2-file",
        "massmap v2, File",
        current::PAGES_THROUGH_CALLS,
        Kind::Ours,
    )
    .reads_files_of("v2-mapped"),
    Contender::new(
        "v2-filter-mapped",
        "massmap v2 with miss filter, mapped",
        current::FILTERED,
        Kind::Ours,
    ),
    Contender::new(
        "v2-filter-file",
        "massmap v2 with miss filter, File",
        current::FILTERED_THROUGH_CALLS,
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
        current::BUCKETS_THROUGH_CALLS,
        Kind::OursFormat1,
    )
    .reads_files_of("v1-mapped"),
    Contender::new(
        "massmap-0.1.5-16",
        "massmap 0.1.5, 16 entries a bucket",
        v0_1_5::BY_ENTRIES,
        Kind::Other,
    ),
    Contender::new(
        "massmap-0.1.5-4k",
        "massmap 0.1.5, 4 KiB a bucket",
        v0_1_5::BY_BYTES,
        Kind::Other,
    ),
    Contender::new(
        "massmap-0.1.5-1",
        "massmap 0.1.5, one entry a bucket",
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

/// The one with this id.
pub(crate) fn contender(id: &str) -> Option<&'static Contender> {
    ALL.iter().find(|contender| contender.id == id)
}

/// Why the store with this id cannot keep these entries; `None` if it can.
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

/// The store with this id; `None` if there is none, or if it is [`unfit`] and that is a matter of types.
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
