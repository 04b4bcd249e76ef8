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

use super::footer::IndexedFile;
use super::framing::{Framed, MAGIC};
use crate::input::columnar::batches::{At, BatchSink, Flow, ReadError, decoded, pass_on};
use crate::input::settings::InputSettings;
use crate::input::source::meter::Meter;
use crate::input::source::origin::Origin;
use crate::input::source::positioned::PositionedFile;
use crate::input::source::{self, Opened, Text};

/// The most bytes before the first message of a file: some writers align it for vector instructions.
const LONGEST_MAGIC: usize = 128;

/// An open file or stream of Arrow IPC.
pub(crate) struct ArrowFile {
    messages: Messages,
    schema: Arc<Schema>,
    version: MetadataVersion,
}

/// Where messages come from.
enum Messages {
    Indexed {
        file: PositionedFile,
        blocks: std::vec::IntoIter<Block>,
    },
    Stream {
        text: Text,
        /// Whether it is a file, which has an end mark, although it cannot be read at any position.
        is_file: bool,
    },
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
        if let Some(indexed) = IndexedFile::open(origin, meter)? {
            return Ok(Self {
                messages: Messages::Indexed {
                    file: indexed.file,
                    blocks: indexed.blocks.into_iter(),
                },
                schema: Arc::new(indexed.schema),
                version: indexed.version,
            });
        }
        let Opened {
            mut text, beginning, ..
        } = source::open_binary(origin, settings.zstd_window_log, meter)?;
        if beginning.starts_with(b"FEA1") {
            bail!(
                "it is Feather of version 1, which is not read: read_table and write_feather of pyarrow.feather make version 2 of it"
            );
        }
        let is_file = beginning.starts_with(&MAGIC);
        let mut first = Vec::new();
        if is_file {
            // What aligns the first message lies before it.
            for _ in 0..LONGEST_MAGIC / MAGIC.len() {
                first.clear();
                let word = (&mut text).take(MAGIC.len() as u64).read_to_end(&mut first);
                word.context("cannot read it")?;
                if first != MAGIC && first != [0; MAGIC.len()] {
                    break;
                }
            }
        }
        let framed = Framed::read(&mut first.as_slice().chain(&mut text));
        let Some(framed) = framed.context("it is not Arrow IPC")? else {
            bail!("it is not Arrow IPC: it has no message");
        };
        let message = framed.message().context("it is not Arrow IPC")?;
        let Some(described) = message.header_as_schema() else {
            bail!("it is not Arrow IPC: it does not begin with a schema");
        };
        let schema = try_fb_to_schema(described).context("its columns are of unknown types")?;
        Ok(Self {
            schema: Arc::new(schema),
            version: message.version(),
            messages: Messages::Stream { text, is_file },
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
        loop {
            let failed = |error| ReadError::at(at, error);
            let Some(framed) = self.messages.next().map_err(failed)? else {
                return self.messages.finish().map_err(failed);
            };
            if let Some(batch) = decode(&mut decoder, framed, max_record).map_err(failed)? {
                if let Flow::Stop = pass_on(&batch, batch.get_array_memory_size(), at, sink)? {
                    return Ok(());
                }
                at.row += batch.num_rows() as u64;
                at.part.1 += 1;
            }
        }
    }
}

impl Messages {
    /// The next message; `None` at the end.
    fn next(&mut self) -> anyhow::Result<Option<Framed>> {
        match self {
            Self::Indexed { file, blocks } => match blocks.next() {
                Some(block) => Framed::read_block(file, &block).map(Some),
                None => Ok(None),
            },
            Self::Stream { text, .. } => Framed::read(text),
        }
    }

    /// Checks that what follows the messages is there.
    fn finish(&mut self) -> anyhow::Result<()> {
        match self {
            Self::Indexed { file, .. } => file.count_all(),
            Self::Stream { is_file: false, .. } => {}
            Self::Stream { text, is_file: true } => {
                // All that matters of it has been read, but a cut is to be noticed.
                let mut end = [0; 6];
                let mut read = 0u64;
                for byte in text.bytes() {
                    end.rotate_left(1);
                    end[5] = byte.map_err(crate::input::error::unreadable)?;
                    read += 1;
                }
                if read < 10 || end != *b"ARROW1" {
                    bail!("it is truncated: the end of the file is missing");
                }
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
            decoded(|| decoder.read_dictionary(&block, &bytes))?.context("a dictionary is damaged")?;
            Ok(None)
        }
        MessageHeader::RecordBatch => {
            decoded(|| decoder.read_record_batch(&block, &bytes))?.context("a batch is damaged")
        }
        MessageHeader::Schema => bail!("there is a second schema: it is damaged"),
        // Tensors, for example.
        _ => Ok(None),
    }
}
