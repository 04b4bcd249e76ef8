//! Readers of remote objects, on servers that behave well and on ones that do not.

mod object_reader;
