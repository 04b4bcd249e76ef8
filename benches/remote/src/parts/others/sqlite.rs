//! A database of SQLite, read through a virtual file system.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use sqlite_vfs::{DatabaseHandle, LockKind, OpenOptions, Vfs, WalDisabled};

use super::contestant::Contestant;
use super::ranges::Ranges;
use crate::context::Context;
use crate::data::Entries;

const SELECT: &str = "SELECT value FROM map WHERE key = ?";

/// What is read first, and kept: the header is asked for again and again.
const PREFIX: u64 = 4096;

/// Length of a row, and of an interior page's entry for a leaf, in bytes.
const ROW: u64 = 110;
const INTERIOR: u64 = 15;

pub(super) struct Sqlite {
    page_size: u32,
    path: String,
    /// Keys that lie so far apart that each interior page leads to two of them.
    spread: Vec<i64>,
    connection: Option<Connection>,
}

impl Sqlite {
    pub(super) fn new(context: &Context, entries: Entries, page_size: u32) -> anyhow::Result<Self> {
        let path = format!("map-{page_size}.sqlite");
        let file = tempfile::NamedTempFile::new()?;
        let keys = write(entries, page_size, Connection::open(file.path())?)?;
        context.server.put(&path, fs::read(file.path())?);
        let ranges = Ranges::new(context, &path);
        sqlite_vfs::register(&path, Remote { ranges }, false).map_err(|error| anyhow::anyhow!("{error}"))?;
        let page = u64::from(page_size);
        let step = (page / ROW) * (page / INTERIOR) / 2;
        Ok(Self {
            page_size,
            path,
            spread: keys.into_iter().step_by(step as usize).collect(),
            connection: None,
        })
    }
}

/// Writes the table, in the order of its keys, and gives these.
fn write(entries: Entries, page_size: u32, mut connection: Connection) -> anyhow::Result<Vec<i64>> {
    connection.execute_batch(&format!(
        "PRAGMA page_size = {page_size}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
         CREATE TABLE map (key INTEGER PRIMARY KEY, value TEXT NOT NULL);"
    ))?;
    let mut rows: Vec<_> = entries.iter().map(|(key, value)| (key as i64, value)).collect();
    rows.sort_unstable();
    let transaction = connection.transaction()?;
    let mut insert = transaction.prepare("INSERT INTO map VALUES (?, ?)")?;
    for row in &rows {
        insert.execute(rusqlite::params![row.0, row.1])?;
    }
    drop(insert);
    transaction.commit()?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(rows.into_iter().map(|(key, _)| key).collect())
}

fn look_up(connection: &Connection, key: i64) -> rusqlite::Result<Option<String>> {
    let mut select = connection.prepare_cached(SELECT)?;
    select.query_row([key], |row| row.get(0)).optional()
}

impl Contestant for Sqlite {
    fn name(&self) -> String {
        format!("SQLite, pages of {} KiB", self.page_size >> 10)
    }

    /// Until a statement is prepared, which reads the schema.
    fn open(&mut self, _: &Context) -> anyhow::Result<()> {
        self.connection = None;
        let flags =
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let url = format!("file:{}?immutable=1", self.path);
        let connection = Connection::open_with_flags_and_vfs(url, flags, &self.path[..])?;
        connection.execute_batch("PRAGMA cache_size = -65536")?;
        connection.prepare_cached(SELECT)?;
        self.connection = Some(connection);
        Ok(())
    }

    fn get(&mut self, _: &Context, key: u64) -> anyhow::Result<Option<String>> {
        let connection = self.connection.as_ref().context("the database is open")?;
        Ok(look_up(connection, key as i64)?)
    }

    fn warm(&mut self, _: &Context) -> anyhow::Result<()> {
        let connection = self.connection.as_ref().context("the database is open")?;
        for key in &self.spread {
            look_up(connection, *key)?;
        }
        Ok(())
    }
}

/// A file system with one file, on the server.
struct Remote {
    ranges: Ranges,
}

/// The file, open.
struct RemoteFile {
    ranges: Ranges,
    /// The first bytes, and the length of the file, once something has been read.
    start: Mutex<Option<(Bytes, u64)>>,
}

impl RemoteFile {
    fn start(&self) -> Result<(Bytes, u64)> {
        let mut start = self
            .start
            .lock()
            .map_err(|_| Error::other("another thread panicked"))?;
        if start.is_none() {
            *start = Some(self.ranges.read(0..PREFIX)?);
        }
        start.clone().ok_or_else(|| ErrorKind::Other.into())
    }
}

fn read_only<T>() -> Result<T> {
    Err(ErrorKind::ReadOnlyFilesystem.into())
}

impl DatabaseHandle for RemoteFile {
    type WalIndex = WalDisabled;

    fn size(&self) -> Result<u64> {
        Ok(self.start()?.1)
    }

    fn read_exact_at(&mut self, buffer: &mut [u8], offset: u64) -> Result<()> {
        let end = offset + buffer.len() as u64;
        let (start, length) = self.start()?;
        if end > length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let bytes = match end <= start.len() as u64 {
            true => start.slice(offset as usize..end as usize),
            false => self.ranges.read(offset..end)?.0,
        };
        buffer.copy_from_slice(&bytes);
        Ok(())
    }

    fn write_all_at(&mut self, _: &[u8], _: u64) -> Result<()> {
        read_only()
    }

    fn sync(&mut self, _: bool) -> Result<()> {
        Ok(())
    }

    fn set_len(&mut self, _: u64) -> Result<()> {
        read_only()
    }

    fn lock(&mut self, _: LockKind) -> Result<bool> {
        Ok(true)
    }

    fn reserved(&mut self) -> Result<bool> {
        Ok(false)
    }

    fn current_lock(&self) -> Result<LockKind> {
        Ok(LockKind::None)
    }

    fn wal_index(&self, _: bool) -> Result<WalDisabled> {
        Ok(WalDisabled)
    }
}

impl Vfs for Remote {
    type Handle = RemoteFile;

    fn open(&self, _: &str, _: OpenOptions) -> Result<RemoteFile> {
        Ok(RemoteFile {
            ranges: self.ranges.clone(),
            start: Mutex::new(None),
        })
    }

    fn delete(&self, _: &str) -> Result<()> {
        read_only()
    }

    /// There are no journals.
    fn exists(&self, _: &str) -> Result<bool> {
        Ok(false)
    }

    fn temporary_name(&self) -> String {
        "temporary".to_owned()
    }

    fn random(&self, buffer: &mut [i8]) {
        // For names of files that are never made.
        buffer.fill(1);
    }

    fn sleep(&self, duration: Duration) -> Duration {
        std::thread::sleep(duration);
        duration
    }
}
