//! Damaged files: no panic, no endless loop, no more memory than a small multiple of the file.
//!
//! Format 1 has no checksum, so that a damaged key or value can look like another one. How often that happens is printed
//! (`cargo test -p massmap --test it damage -- --nocapture`).

mod counts;
mod every_bit;
mod exercise;
