use std::fmt;
use std::io::Result;

use massmap::{BytesReader, MassMapReader};

/// Called with offset and length before each read.
type Hook = Box<dyn Fn(u64, u64) -> Result<()> + Send + Sync>;

/// A file in memory whose reads a test can count or make fail.
pub struct HookedReader {
    bytes: BytesReader<Vec<u8>>,
    hook: Hook,
}

impl HookedReader {
    /// Reads `bytes`. `hook` is called with offset and length before each read; if it fails, the read fails.
    pub fn new(
        bytes: impl Into<Vec<u8>>,
        hook: impl Fn(u64, u64) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self {
            bytes: BytesReader::new(bytes.into()),
            hook: Box::new(hook),
        }
    }
}

impl MassMapReader for HookedReader {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        (self.hook)(offset, length)?;
        self.bytes.read_exact_at(offset, length, f)
    }
}

impl fmt::Debug for HookedReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HookedReader").finish_non_exhaustive()
    }
}
