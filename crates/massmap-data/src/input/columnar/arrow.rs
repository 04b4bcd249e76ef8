//! Arrow IPC: files (also called Feather) and streams, both of which are messages one after the other.

mod footer;
mod framing;
mod reader;

pub(super) use reader::ArrowFile;
