//! The only unsafe code of this crate: instructions that Rust has no safe way to ask for, and one reinterpreted reference.
//!
//! Each of these files has a safe, portable equivalent for other processors, and tests that hold the two against each other.

pub(crate) mod bit_instructions;
pub(crate) mod match_tags;
pub(crate) mod prefetch;
pub(crate) mod text;
