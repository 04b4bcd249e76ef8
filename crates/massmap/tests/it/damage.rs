//! Damaged files cause no panic, no endless loop, and take no more memory than a small multiple of their length.
//!
//! Format 1 has no checksums, so a damaged key or value can look like a valid one. The tests print how often that happens:
//! `cargo test -p massmap --test it damage -- --nocapture`.

mod counts;
mod every_bit;
mod exercise;
