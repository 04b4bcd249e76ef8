//! Objects in stores.

use std::io::Result;
use std::ops::Range;
use std::sync::Arc;

use massmap_async::{AsyncReader, BlockingReader, Bytes, ObjectReader, Suffix};

use super::traffic::Traffic;

/// An open object.
pub(super) type Remote = BlockingReader<Counted>;

/// Opens the object at a URL.
pub(super) fn open(url: &str, traffic: &Arc<Traffic>) -> Result<Remote> {
    BlockingReader::open(Counted {
        reader: ObjectReader::from_url(url)?,
        traffic: Arc::clone(traffic),
    })
}

/// A reader whose requests are counted.
pub(super) struct Counted {
    reader: ObjectReader,
    traffic: Arc<Traffic>,
}

impl AsyncReader for Counted {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        self.traffic.add(range.end.saturating_sub(range.start));
        self.reader.read(range).await
    }

    async fn read_suffix(&self, length: u64) -> Result<Suffix> {
        let suffix = self.reader.read_suffix(length).await?;
        self.traffic.add(suffix.bytes.len() as u64);
        Ok(suffix)
    }

    fn ranges_at_once(&self) -> usize {
        self.reader.ranges_at_once()
    }

    fn location(&self) -> &str {
        self.reader.location()
    }
}
