//! One of two readers.

use std::io::Result;
use std::ops::Range;

use massmap::Bytes;
use massmap::remote::{AsyncReader, Suffix};

/// A reader that is one thing or another, as settings say.
#[derive(Debug)]
pub(super) enum Either<L, R> {
    Left(L),
    Right(R),
}

/// Evaluates an expression with the reader.
macro_rules! with_reader {
    ($either:expr, $reader:ident => $result:expr) => {
        match $either {
            Either::Left($reader) => $result,
            Either::Right($reader) => $result,
        }
    };
}

impl<L: AsyncReader, R: AsyncReader> AsyncReader for Either<L, R> {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        with_reader!(self, reader => reader.read(range).await)
    }

    async fn read_many(&self, ranges: Vec<Range<u64>>) -> Result<Vec<Bytes>> {
        with_reader!(self, reader => reader.read_many(ranges).await)
    }

    async fn read_suffix(&self, length: u64) -> Result<Suffix> {
        with_reader!(self, reader => reader.read_suffix(length).await)
    }

    fn location(&self) -> &str {
        with_reader!(self, reader => reader.location())
    }
}
