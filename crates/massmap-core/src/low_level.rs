//! The only unsafe code of this crate: instructions that safe Rust does not offer, and one reinterpreted reference.
//!
//! Each of these files has a safe, portable equivalent for other processors, and tests that compare the two.

pub(crate) mod bit_instructions;
pub(crate) mod prefetch;
pub(crate) mod select;
pub(crate) mod text;
