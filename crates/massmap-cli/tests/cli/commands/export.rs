//! Commands that write the entries of a file, and files that are built of them again.

mod dump;
mod keys;
mod like;
mod sample;
mod types;
