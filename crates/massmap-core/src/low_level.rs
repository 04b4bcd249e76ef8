//! The only unsafe code of this crate: instructions that safe Rust does not offer, references that are
//! reinterpreted, and loads whose bounds are compared at once.
//!
//! Each of these files has a safe, portable equivalent for other processors, and tests that compare the two.

pub(crate) mod bit_instructions;
pub(crate) mod integer;
pub(crate) mod positions;
pub(crate) mod prefetch;
pub(crate) mod records;
pub(crate) mod same_type;
pub(crate) mod select;
pub(crate) mod text;
