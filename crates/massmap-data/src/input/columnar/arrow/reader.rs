//! Batches of the rows of an input.

use std::io::Read;
use std::sync::Arc;

use anyhow::{Context, bail};
use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::FileDecoder;
use arrow_ipc::{Block, MessageHeader, MetadataVersion};
use arrow_schema::Schema;

use super::framing::{Framed, MAGIC};
use crate::input::columnar::batches::{At, BatchSink, Flow, ReadError};
use crate::input::settings::InputSettings;
use crate::input::source::meter::Meter;
use crate::input::source::origin::Origin;
use crate::input::source::{self, Opened, Text};

/// The bytes that a batch should have.
const TARGET: usize = 2 << 20;

/// The most rows of a batch.
const MOST_ROWS: usize = 8192;

/// An open file or stream of Arrow IPC.
pub(in crate::input::columnar) struct ArrowFile {
    text: Text,
    schema: Arc<Schema>,
    version: MetadataVersion,
    /// Whether it is a file, which has an end mark.
    is_file: bool,
}

impl ArrowFile {
    /// Opens an input and reads which columns it has.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read, is not Arrow IPC, or is damaged.
    pub(in crate::input::columnar) fn open(
        origin: &Origin,
        settings: &InputSettings,
        meter: &Arc<Meter>,
    ) -> anyhow::Result<Self> {
        let Opened {
            mut text, beginning, ..
        } = source::open_binary(origin, settings.zstd_window_log, meter)?;
        if beginning.starts_with(b"FEA1") {
            bail!("it is Feather of version 1, which is not read: pyarrow.feather.read_table and write_feather make version 2 of it");
        }
        let is_file = beginning.starts_with(&MAGIC);
        if is_file {
            text.read_exact(&mut [0; MAGIC.len()]).context("cannot read it")?;
        }
        let Some(framed) = Framed::read(&mut text).context("it is not Arrow IPC")? else {
            bail!("it is not Arrow IPC: it has no message");
        };
        let message = framed.message().context("it is not Arrow IPC")?;
        let Some(described) = message.header_as_schema() else {
            bail!("it is not Arrow IPC: it does not begin with a schema");
        };
        let schema = try_fb_to_schema(described).context("its columns are of unknown types")?;
        Ok(Self {
            text,
            schema: Arc::new(schema),
            version: message.version(),
            is_file,
        })
    }

    /// Its columns.
    pub(in crate::input::columnar) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Passes batches of the columns at these paths to `sink`, in the order of the rows.
    ///
    /// # Errors
    ///
    /// Fails if the input is damaged, or `sink` fails.
    pub(in crate::input::columnar) fn read(
        mut self,
        paths: &[&[String]],
        max_record: u64,
        sink: &mut BatchSink<'_>,
    ) -> Result<(), ReadError> {
        let is_wanted = |name: &String| paths.iter().any(|path| path.first() == Some(name));
        let columns = self.schema.fields().iter().enumerate();
        let wanted = columns.filter(|(_, column)| is_wanted(column.name()));
        let wanted = wanted.map(|(index, _)| index).collect();
        let mut decoder = FileDecoder::new(Arc::clone(&self.schema), self.version).with_projection(wanted);
        let mut at = At {
            row: 0,
            part: ("batch", 1),
        };
        let mut last = at;
        loop {
            let failed = |error| ReadError::at(at, error);
            let Some(framed) = Framed::read(&mut self.text).map_err(failed)? else {
                break;
            };
            match decode(&mut decoder, framed, max_record).map_err(failed)? {
                Some(batch) => {
                    if let Flow::Stop = pass_on(&batch, at, sink)? {
                        return Ok(());
                    }
                    at.row += batch.num_rows() as u64;
                    at.part.1 += 1;
                    last = at;
                }
                None => {}
            }
        }
        if self.is_file {
            // The description at the end of a file, of which all that matters has been read.
            let mut rest = Vec::new();
            let read = self.text.by_ref().take(1 << 30).read_to_end(&mut rest);
            if read.is_err() || !rest.ends_with(b"ARROW1") {
                let error = anyhow::anyhow!("it is truncated: the end of the file is missing");
                return Err(ReadError::at(last, error));
            }
        }
        Ok(())
    }
}

/// The batch of a message, if it has one. Dictionaries are kept for later ones.
fn decode(decoder: &mut FileDecoder, framed: Framed, max_record: u64) -> anyhow::Result<Option<RecordBatch>> {
    framed.check_buffers(max_record)?;
    let kind = framed.message()?.header_type();
    let header_length = i32::try_from(framed.header_length).context("the header of a message is too long")?;
    let body_length = i64::try_from(framed.bytes.len() - framed.header_length)?;
    let block = Block::new(0, header_length, body_length);
    let bytes = Buffer::from_vec(framed.bytes);
    match kind {
        MessageHeader::DictionaryBatch => {
            decoder
                .read_dictionary(&block, &bytes)
                .context("a dictionary is damaged")?;
            Ok(None)
        }
        MessageHeader::RecordBatch => decoder
            .read_record_batch(&block, &bytes)
            .context("a batch is damaged"),
        MessageHeader::Schema => bail!("there is a second schema: it is damaged"),
        // Tensors, for example.
        _ => Ok(None),
    }
}

/// Passes on a batch in parts that are not too large.
fn pass_on(batch: &RecordBatch, at: At, sink: &mut BatchSink<'_>) -> Result<Flow, ReadError> {
    let rows = batch.num_rows();
    let average = batch.get_array_memory_size().div_ceil(rows.max(1)).max(1);
    let step = (TARGET / average).clamp(1, MOST_ROWS);
    for start in (0..rows).step_by(step) {
        let part = batch.slice(start, step.min(rows - start));
        let at = At {
            row: at.row + start as u64,
            ..at
        };
        if let Flow::Stop = sink(at, part)? {
            return Ok(Flow::Stop);
        }
    }
    Ok(Flow::Continue)
}
