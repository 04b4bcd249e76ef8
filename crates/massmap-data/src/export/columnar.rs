//! Writes Parquet and Arrow IPC, whose columns have types.
//!
//! | in the map | column |
//! |---|---|
//! | bool, integers of 8 to 64 bits, f32, f64 | the same |
//! | u128, i128 | a string of digits: decimals of other programs have at most 38 |
//! | character, string | string |
//! | bytes | binary, of fixed size if all have the same length, of at most 256 |
//! | unit | null |
//! | optional value | nullable |
//! | sequence | list |
//! | map | map |
//! | struct, tuple | struct, with the names of the fields, or `0`, `1` and so on |
//! | enum whose variants have no content | string, the name of the variant |
//! | any other enum, a struct or tuple without fields, a map with optional keys, values of several types | string, JSON |
//!
//! A key or a value that is a struct or a tuple is a column for each of its parts, as in other tables.

mod builder;
mod column;
mod entries;
mod fields;
mod file;
mod scalars;

pub use column::ValueColumn;
pub(crate) use entries::{ColumnarEntries, ColumnarWriter, PartColumns};
pub(crate) use file::{ColumnarFile, ColumnarFormat, of_arrow};
