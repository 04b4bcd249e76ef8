//! Keys to look up, read from files.
//!
//! [`KeyInput`] reads keys one per line, as JSON, or from columns of tables, and encodes them as the map stores them. A thread
//! does that and hands over a [`KeyBatch`] after the other, in the order of the file; about three are in memory, however
//! long the file.

mod batch;
mod format;
mod input;
#[cfg(feature = "parquet")]
mod kept;
mod notation;
mod parser;
mod read;
mod stream;
mod text;

pub use batch::{KeyBatch, KeyPlace};
pub use format::KeyFileFormat;
pub use input::{KeyInput, KeySettings};
#[cfg(feature = "parquet")]
pub use kept::KeptRows;
pub use notation::KeyNotation;
pub use parser::KeyParser;
pub use stream::{KeyStopper, KeyStream};
pub use text::KeyText;
