//! Entries: encoding, batches and sums.

mod batch;
mod encoder;
mod encoding;
mod read_back;
mod stored_key;
mod stored_types;
mod totals;

pub(crate) use batch::{Batch, EntryHeader};
pub(crate) use encoder::EntryEncoder;
pub(crate) use encoding::Encoding;
pub(crate) use read_back::ReadBack;
pub(crate) use stored_key::hash_stored_key;
pub(crate) use stored_types::StoredTypes;
pub(crate) use totals::Totals;
