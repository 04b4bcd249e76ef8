//! Readers of remote objects, on servers that behave well and on ones that do not.

#![expect(clippy::unwrap_used, reason = "all of this is part of tests")]

mod blocking;
mod object_reader;
mod remote;
