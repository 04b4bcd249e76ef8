//! The bytes of an answer.

#[cfg(feature = "fs")]
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
#[cfg(feature = "fs")]
use massmap_io::MassMapReader;
use object_store::{GetResult, GetResultPayload, Result};

/// Memory for a body before its first bytes are there. What an answer says of its length may be wrong.
const FIRST_CAPACITY: usize = 256 << 10;

/// Reads the bytes of an answer. Gives as many as there are, but not many more than it says that there are: the caller compares the
/// length.
pub(crate) async fn collect(answer: GetResult) -> Result<Bytes> {
    let range = answer.range.clone();
    match answer {
        GetResult {
            payload: GetResultPayload::Stream(stream),
            ..
        } => collect_stream(stream, range.end.saturating_sub(range.start)).await,
        #[cfg(feature = "fs")]
        GetResult {
            payload: GetResultPayload::File(file, _),
            ..
        } => read_file(file, range).await,
        #[allow(
            unreachable_patterns,
            reason = "whether there are files depends on a feature of object_store, which any crate may turn on"
        )]
        answer => answer.bytes().await,
    }
}

/// Reads a local file, where holes may make a range longer than what is stored: memory grows with the bytes that are there.
#[cfg(feature = "fs")]
async fn read_file(file: std::fs::File, range: Range<u64>) -> Result<Bytes> {
    let length = range.end.saturating_sub(range.start);
    if length == 0 {
        return Ok(Bytes::new());
    }
    let read = move || {
        file.read_exact_at(range.start, length, |bytes| Ok(Bytes::copy_from_slice(bytes)))
            .map_err(|source| object_store::Error::Generic {
                store: "file",
                source: source.into(),
            })
    };
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(read).await?,
        Err(_) => read(),
    }
}

async fn collect_stream(mut stream: BoxStream<'static, Result<Bytes>>, length: u64) -> Result<Bytes> {
    let Some(first) = stream.try_next().await? else {
        return Ok(Bytes::new());
    };
    let Some(second) = stream.try_next().await? else {
        return Ok(first);
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let mut all = BytesMut::with_capacity(length.min(FIRST_CAPACITY.max(first.len() + second.len())));
    all.extend_from_slice(&first);
    all.extend_from_slice(&second);
    while all.len() <= length
        && let Some(bytes) = stream.try_next().await?
    {
        all.extend_from_slice(&bytes);
    }
    Ok(all.freeze())
}
