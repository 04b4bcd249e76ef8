//! Ranges of an object, for programs that block.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use massmap_async::object_store::path::Path;
use massmap_async::object_store::{GetOptions, GetRange, ObjectStore};
use tokio::runtime::Handle;

use crate::context::Context;

/// Reads an object with a request for each range.
#[derive(Debug, Clone)]
pub(super) struct Ranges {
    runtime: Handle,
    store: Arc<dyn ObjectStore>,
    path: Path,
}

impl Ranges {
    pub(super) fn new(context: &Context, path: &str) -> Self {
        Self {
            runtime: context.runtime.handle().clone(),
            store: context.server.store(),
            path: Path::from(path),
        }
    }

    /// The bytes of a range, and the length of the object, which the answer tells.
    pub(super) fn read(&self, range: Range<u64>) -> io::Result<(Bytes, u64)> {
        self.runtime.block_on(async {
            let options = GetOptions {
                range: Some(GetRange::Bounded(range)),
                ..GetOptions::default()
            };
            let answer = self.store.get_opts(&self.path, options).await?;
            let length = answer.meta.size;
            Ok((answer.bytes().await?, length))
        })
    }
}
