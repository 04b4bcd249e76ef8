//! JSON and NDJSON.

use std::io::Write;

use massmap::dynamic::StaticSchema;

use super::json::{JsonText, named_key, write_json};
use super::row::Row;
use crate::export::error::{ExportError, Refusal};
use crate::export::writer::EntryWriter;

/// Writes the pairs of both formats.
struct Pairs {
    schemas: [StaticSchema; 2],
    row: Row,
}

impl Pairs {
    fn new(key: &StaticSchema, value: &StaticSchema) -> Result<Self, ExportError> {
        JsonText::new(key).map_err(|refusal| refusal.of("a key of this map"))?;
        JsonText::new(value).map_err(|refusal| refusal.of("a value of this map"))?;
        Ok(Self {
            schemas: [key.clone(), value.clone()],
            row: Row::default(),
        })
    }

    /// The pair of an entry, behind `before`.
    fn pair(&mut self, before: &str, key: &[u8], value: &[u8]) -> Result<&[u8], ExportError> {
        let Self { schemas, row } = self;
        let [keys, values] = schemas.each_ref().map(StaticSchema::as_schema);
        row.clear();
        write!(row, "{before}[")
            .map_err(Refusal::from)
            .and_then(|()| write_json(keys, key, true, row))
            .map_err(|refusal| refusal.of(named_key(keys, key)))?;
        write!(row, ",")
            .map_err(Refusal::from)
            .and_then(|()| write_json(values, value, true, row))
            .and_then(|()| Ok(write!(row, "]")?))
            .map_err(|refusal| refusal.of(format!("the value of {}", named_key(keys, key))))?;
        Ok(&row.0)
    }
}

/// Writes NDJSON.
pub(in crate::export) struct Lines<W> {
    pairs: Pairs,
    out: W,
}

impl<W: Write> Lines<W> {
    pub(in crate::export) fn new(
        key: &StaticSchema,
        value: &StaticSchema,
        out: W,
    ) -> Result<Self, ExportError> {
        let pairs = Pairs::new(key, value)?;
        Ok(Self { pairs, out })
    }
}

impl<W: Write> EntryWriter for Lines<W> {
    fn write(&mut self, key: &[u8], value: &[u8]) -> Result<(), ExportError> {
        let pair = self.pairs.pair("", key, value)?;
        self.out
            .write_all(pair)
            .and_then(|()| self.out.write_all(b"\n"))
            .map_err(ExportError::Write)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.out.flush().map_err(ExportError::Write)
    }
}

/// Writes JSON: one array.
pub(in crate::export) struct Document<W> {
    pairs: Pairs,
    is_empty: bool,
    out: W,
}

impl<W: Write> Document<W> {
    pub(in crate::export) fn new(
        key: &StaticSchema,
        value: &StaticSchema,
        mut out: W,
    ) -> Result<Self, ExportError> {
        let pairs = Pairs::new(key, value)?;
        out.write_all(b"[").map_err(ExportError::Write)?;
        Ok(Self {
            pairs,
            is_empty: true,
            out,
        })
    }
}

impl<W: Write> EntryWriter for Document<W> {
    fn write(&mut self, key: &[u8], value: &[u8]) -> Result<(), ExportError> {
        let before = if self.is_empty { "\n" } else { ",\n" };
        let pair = self.pairs.pair(before, key, value)?;
        self.is_empty = false;
        self.out.write_all(pair).map_err(ExportError::Write)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        let end: &[u8] = if self.is_empty { b"]\n" } else { b"\n]\n" };
        self.out
            .write_all(end)
            .and_then(|()| self.out.flush())
            .map_err(ExportError::Write)
    }
}
