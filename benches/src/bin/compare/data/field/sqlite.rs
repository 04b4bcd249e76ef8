//! Keys and values as SQLite has them.

use std::io;

use massmap_benches::digest;
use rusqlite::types::ValueRef;
use serde_bytes::ByteBuf;

/// What SQLite knows keys and values as.
pub(crate) trait Column {
    /// Type of the column.
    const TYPE: &str;
    /// What follows the definition of a table with such keys.
    const TABLE: &str;

    /// The field as SQLite takes it.
    fn column(&self) -> ValueRef<'_>;

    /// The digest of what SQLite lends.
    fn digest_column(lent: ValueRef<'_>) -> io::Result<u64>;
}

/// The order of the signed integers that SQLite knows has to be that of the unsigned ones.
const SIGN: u64 = 1 << 63;

impl Column for u64 {
    const TYPE: &str = "INTEGER";
    // The primary key is the number of the row then, for which the tree of the table is searched.
    const TABLE: &str = "";

    fn column(&self) -> ValueRef<'_> {
        ValueRef::Integer((self ^ SIGN) as i64)
    }

    fn digest_column(lent: ValueRef<'_>) -> io::Result<u64> {
        let integer = lent.as_i64().map_err(io::Error::other)?;
        Ok(digest(&(integer as u64 ^ SIGN).to_be_bytes()))
    }
}

impl Column for String {
    const TYPE: &str = "TEXT";
    // Otherwise there would be a second tree, from keys to the numbers of rows.
    const TABLE: &str = "WITHOUT ROWID";

    fn column(&self) -> ValueRef<'_> {
        ValueRef::Text(self.as_bytes())
    }

    fn digest_column(lent: ValueRef<'_>) -> io::Result<u64> {
        // SQLite tells only the bytes, and they need not be checked again.
        match lent {
            ValueRef::Text(bytes) => Ok(digest(bytes)),
            _ => Err(io::Error::other("SQLite gave something else than text")),
        }
    }
}

impl Column for ByteBuf {
    const TYPE: &str = "BLOB";
    const TABLE: &str = "WITHOUT ROWID";

    fn column(&self) -> ValueRef<'_> {
        ValueRef::Blob(self)
    }

    fn digest_column(lent: ValueRef<'_>) -> io::Result<u64> {
        match lent {
            ValueRef::Blob(bytes) => Ok(digest(bytes)),
            _ => Err(io::Error::other("SQLite gave something else than bytes")),
        }
    }
}
