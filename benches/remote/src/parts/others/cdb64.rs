//! A constant database with offsets of 64 bits.

use std::io::{self, BufWriter, Read, Seek};

use anyhow::Context as _;
use cdb64::{Cdb, CdbHash, CdbWriter, ReaderAt};

use super::contestant::Contestant;
use super::ranges::Ranges;
use crate::context::Context;
use crate::data::Entries;

const PATH: &str = "map.cdb64";

pub(super) struct Cdb64 {
    database: Option<Cdb<Remote, CdbHash>>,
}

struct Remote(Ranges);

impl ReaderAt for Remote {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let (bytes, _) = self.0.read(offset..offset + buffer.len() as u64)?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

impl Cdb64 {
    pub(super) fn new(context: &Context, entries: Entries) -> anyhow::Result<Self> {
        let file = tempfile::tempfile()?;
        let mut writer = CdbWriter::<_, CdbHash>::new(BufWriter::new(file))?;
        for (key, value) in entries.iter() {
            writer.put(&key.to_le_bytes(), value.as_bytes())?;
        }
        writer.finalize()?;
        let mut file = writer.into_inner()?.into_inner()?;
        let mut bytes = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        context.server.put(PATH, bytes);
        Ok(Self { database: None })
    }
}

impl Contestant for Cdb64 {
    fn name(&self) -> String {
        "cdb64".to_owned()
    }

    fn open(&mut self, context: &Context) -> anyhow::Result<()> {
        self.database = Some(Cdb::new(Remote(Ranges::new(context, PATH)))?);
        Ok(())
    }

    fn get(&mut self, _: &Context, key: u64) -> anyhow::Result<Option<String>> {
        let database = self.database.as_ref().context("the database is open")?;
        let value = database.get(&key.to_le_bytes())?;
        Ok(value.map(String::from_utf8).transpose()?)
    }
}
