//! The end of a file, which says where its messages are.

use std::sync::Arc;

use anyhow::{Context, anyhow, bail, ensure};
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::{Block, MetadataVersion, root_as_footer};
use arrow_schema::Schema;

use super::framing::MAGIC;
use crate::input::source::meter::Meter;
use crate::input::source::origin::Origin;
use crate::input::source::positioned::PositionedFile;

/// The last bytes: the length of the footer, and these.
const END: &[u8; 6] = b"ARROW1";

/// A file and what its end says.
pub(super) struct IndexedFile {
    pub(super) file: PositionedFile,
    pub(super) schema: Schema,
    pub(super) version: MetadataVersion,
    /// Those of dictionaries, and then those of rows.
    pub(super) blocks: Vec<Block>,
}

impl IndexedFile {
    /// Opens a file; `None` if it is none of Arrow IPC but perhaps a stream.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read, or is damaged.
    pub(super) fn open(origin: &Origin, meter: &Arc<Meter>) -> anyhow::Result<Option<Self>> {
        let Some(file) = PositionedFile::open(origin, meter)? else {
            return Ok(None);
        };
        let mut magic = Vec::new();
        if file.length() < MAGIC.len() as u64 {
            return Ok(None);
        }
        file.read_into(0, MAGIC.len(), &mut magic)?;
        if magic != MAGIC {
            return Ok(None);
        }
        let footer = footer(&file)?;
        let footer = root_as_footer(&footer).map_err(|_| anyhow!("its end is damaged"))?;
        let schema = footer.schema().context("its end is damaged: it has no schema")?;
        let schema = try_fb_to_schema(schema).context("its columns are of unknown types")?;
        let dictionaries = footer.dictionaries().into_iter().flatten();
        let batches = footer.recordBatches().into_iter().flatten();
        Ok(Some(Self {
            schema,
            version: footer.version(),
            blocks: dictionaries.chain(batches).copied().collect(),
            file,
        }))
    }
}

fn footer(file: &PositionedFile) -> anyhow::Result<Vec<u8>> {
    const TRAILER: u64 = 4 + END.len() as u64;
    let truncated = "it is truncated: the end of the file is missing";
    let start = file.length().checked_sub(TRAILER).context(truncated)?;
    let mut trailer = Vec::new();
    file.read_into(start, 10, &mut trailer)?;
    let (length, end) = trailer.split_first_chunk().context(truncated)?;
    ensure!(end == END, truncated);
    let length = u64::from(u32::from_le_bytes(*length));
    let Some(offset) = start.checked_sub(length) else {
        bail!("its end is damaged");
    };
    let mut footer = Vec::new();
    file.read_into(offset, usize::try_from(length)?, &mut footer)?;
    Ok(footer)
}
