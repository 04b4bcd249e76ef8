//! Keys and values in the types of SQLite.

use std::io;

use massmap_benches::digest;
use rusqlite::types::ValueRef;
use serde_bytes::ByteBuf;

/// A key or value in SQLite.
pub(crate) trait Column {
    /// Type of the column.
    const TYPE: &str;
    /// Suffix of the definition of a table with such keys.
    const TABLE: &str;

    fn column(&self) -> ValueRef<'_>;

    /// The digest of a value that SQLite returns.
    fn digest_column(value: ValueRef<'_>) -> io::Result<u64>;
}

/// Flipping this bit maps unsigned to signed integers, the only ones in SQLite, and keeps their order.
const SIGN: u64 = 1 << 63;

impl Column for u64 {
    const TYPE: &str = "INTEGER";
    // The key is then the rowid, by which the tree of the table is sorted.
    const TABLE: &str = "";

    fn column(&self) -> ValueRef<'_> {
        ValueRef::Integer((self ^ SIGN) as i64)
    }

    fn digest_column(value: ValueRef<'_>) -> io::Result<u64> {
        let integer = value.as_i64().map_err(io::Error::other)?;
        Ok(digest(&(integer as u64 ^ SIGN).to_be_bytes()))
    }
}

impl Column for String {
    const TYPE: &str = "TEXT";
    // Otherwise, a second tree would map keys to rowids.
    const TABLE: &str = "WITHOUT ROWID";

    fn column(&self) -> ValueRef<'_> {
        ValueRef::Text(self.as_bytes())
    }

    fn digest_column(value: ValueRef<'_>) -> io::Result<u64> {
        // The bytes need not be validated again.
        match value {
            ValueRef::Text(bytes) => Ok(digest(bytes)),
            _ => Err(io::Error::other("SQLite returned something other than text")),
        }
    }
}

impl Column for ByteBuf {
    const TYPE: &str = "BLOB";
    const TABLE: &str = "WITHOUT ROWID";

    fn column(&self) -> ValueRef<'_> {
        ValueRef::Blob(self)
    }

    fn digest_column(value: ValueRef<'_>) -> io::Result<u64> {
        match value {
            ValueRef::Blob(bytes) => Ok(digest(bytes)),
            _ => Err(io::Error::other("SQLite returned something other than bytes")),
        }
    }
}
