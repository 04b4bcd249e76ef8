//! Readers of remote objects, on servers that behave well and on ones that do not.

mod blocking;
mod object_reader;
mod remote;
